//! A scheduler and an executor inside this process.

use std::fmt::Display;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use arrow_flight::flight_service_server::FlightServiceServer;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::utils::{
    GrpcClientConfig, GrpcServerConfig, create_grpc_client_endpoint, create_grpc_server,
    create_grpc_server_incoming,
};
use ballista_executor::executor::Executor;
use ballista_executor::executor_process::{ExecutorProcessConfig, structure_executor_metadata};
use ballista_executor::executor_server;
use ballista_executor::flight_service::BallistaFlightService;
use ballista_executor::health::ExecutorHealth;
use ballista_executor::metrics::LoggingMetricsCollector;
use ballista_executor::shutdown::ShutdownNotifier;
use ballista_scheduler::scheduler_process::start_grpc_service_with_listener;
use datafusion::execution::runtime_env::RuntimeEnv;
use tokio::sync::mpsc;

use super::cluster_error;
use super::work_folder::WorkFolder;
use super::{scheduler, settings};
use crate::error::{Error, Result};

/// Any free port of the loopback interface.
const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// Maximum size of a message in bytes.
const MAX_MESSAGE_BYTES: usize = settings::MAX_MESSAGE_BYTES as usize;

/// The scheduler and executor of a local engine, which stop when it is dropped.
pub(super) struct LocalEngine {
    /// The scheduler as HOST:PORT.
    pub(super) address: String,
    _executor: RunningExecutor,
    _folder: WorkFolder,
}

/// Keeps an executor running until it is dropped.
struct RunningExecutor {
    _shutdown: ShutdownNotifier,
    _stop: mpsc::Receiver<bool>,
}

/// Starts a scheduler and an executor with `parallelism` threads, on free ports of this machine.
///
/// # Errors
/// [`Error::Cluster`] and [`Error::Io`].
pub(super) async fn start(parallelism: usize) -> Result<LocalEngine> {
    let folder = WorkFolder::new(None)?;
    let address = start_scheduler().await?;
    let config = Arc::new(ExecutorProcessConfig {
        port: serve_results(&folder)?,
        grpc_port: free_port().map_err(engine_error)?,
        vcores: parallelism,
        ..settings::executor(&folder)
    });
    let executor = start_executor(&address, config, &folder).await?;
    Ok(LocalEngine { address, _executor: executor, _folder: folder })
}

/// Starts a scheduler, and returns its address.
async fn start_scheduler() -> Result<String> {
    let listener = scheduler::listen(ANY_PORT.into()).map_err(engine_error)?;
    let address: SocketAddr = listener.local_addr().map_err(engine_error)?;
    let server = scheduler::create(&address.ip().to_string(), address.port()).await?;
    tokio::spawn(start_grpc_service_with_listener(listener, server));
    Ok(address.to_string())
}

/// Serves the results in a folder, and returns the port.
fn serve_results(folder: &WorkFolder) -> Result<u16> {
    let server = GrpcServerConfig::default();
    let incoming = create_grpc_server_incoming(ANY_PORT.into(), &server).map_err(engine_error)?;
    let port = incoming.local_addr().map_err(engine_error)?.port();
    let results = FlightServiceServer::new(BallistaFlightService::new(folder.text()))
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    tokio::spawn(create_grpc_server(&server).add_service(results).serve_with_incoming(incoming));
    Ok(port)
}

/// Starts an executor of a scheduler.
async fn start_executor(
    scheduler: &str,
    config: Arc<ExecutorProcessConfig>,
    folder: &WorkFolder,
) -> Result<RunningExecutor> {
    let grpc =
        GrpcClientConfig { max_message_size: MAX_MESSAGE_BYTES, ..GrpcClientConfig::default() };
    let endpoint = create_grpc_client_endpoint(format!("http://{scheduler}"), Some(&grpc));
    let channel = endpoint.map_err(engine_error)?.connect().await.map_err(engine_error)?;
    let client = SchedulerGrpcClient::new(channel)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
        .max_decoding_message_size(MAX_MESSAGE_BYTES);
    let environment = Arc::new(RuntimeEnv::default());
    let executor = Executor::with_default_execution_engine(
        structure_executor_metadata(&config, u32::try_from(config.vcores).unwrap_or(1)),
        &folder.text(),
        Arc::new(move |_| Ok(environment.clone())),
        settings::producer(),
        Arc::new(BallistaFunctionRegistry::default()),
        Arc::new(LoggingMetricsCollector::default()),
        config.vcores,
    );
    let shutdown = ShutdownNotifier::new();
    let (stop, stopped) = mpsc::channel(1);
    executor_server::startup(
        client,
        config,
        Arc::new(executor),
        settings::codec(),
        stop,
        &shutdown,
        ExecutorHealth::new(),
    )
    .await
    .map_err(engine_error)?;
    Ok(RunningExecutor { _shutdown: shutdown, _stop: stopped })
}

/// Returns a free port.
fn free_port() -> std::io::Result<u16> {
    TcpListener::bind(ANY_PORT)?.local_addr().map(|address| address.port())
}

fn engine_error(error: impl Display) -> Error {
    cluster_error("the engine of this process", error)
}
