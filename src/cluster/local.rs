//! A scheduler and an executor inside of this process.

use std::fmt::Display;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as Probe};
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

/// A port of this machine that is free.
const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// Most bytes of a message.
const MESSAGE: usize = settings::MESSAGE as usize;

/// Who serves this process.
pub(super) struct Local {
    /// The scheduler as HOST:PORT.
    pub(super) address: String,
    _executor: RunningExecutor,
    _folder: WorkFolder,
}

/// What an executor works as long as it is held.
struct RunningExecutor {
    _shutdown: ShutdownNotifier,
    _stop: mpsc::Receiver<bool>,
}

/// Starts a scheduler and an executor of so many threads, on ports of this machine that are free.
///
/// # Errors
/// [`Error::Cluster`] and [`Error::Io`].
pub(super) async fn start(parallelism: usize) -> Result<Local> {
    let folder = WorkFolder::new(None)?;
    let address = start_scheduler().await?;
    let config = Arc::new(ExecutorProcessConfig {
        port: serve_results(&folder)?,
        grpc_port: free_port().map_err(wrong)?,
        vcores: parallelism,
        ..settings::executor(&folder)
    });
    let executor = start_executor(&address, config, &folder).await?;
    Ok(Local { address, _executor: executor, _folder: folder })
}

/// Starts a scheduler, and gives its address.
async fn start_scheduler() -> Result<String> {
    let listener = scheduler::listen(ANY_PORT.into()).map_err(wrong)?;
    let address: SocketAddr = listener.local_addr().map_err(wrong)?;
    let server = scheduler::create(&address.ip().to_string(), address.port()).await?;
    tokio::spawn(start_grpc_service_with_listener(listener, server));
    Ok(address.to_string())
}

/// Hands out the results in a folder, and gives the port for them.
fn serve_results(folder: &WorkFolder) -> Result<u16> {
    let server = GrpcServerConfig::default();
    let incoming = create_grpc_server_incoming(ANY_PORT.into(), &server).map_err(wrong)?;
    let port = incoming.local_addr().map_err(wrong)?.port();
    let results = FlightServiceServer::new(BallistaFlightService::new(folder.text()))
        .max_decoding_message_size(MESSAGE)
        .max_encoding_message_size(MESSAGE);
    tokio::spawn(create_grpc_server(&server).add_service(results).serve_with_incoming(incoming));
    Ok(port)
}

/// Starts an executor of a scheduler.
async fn start_executor(
    scheduler: &str,
    config: Arc<ExecutorProcessConfig>,
    folder: &WorkFolder,
) -> Result<RunningExecutor> {
    let grpc = GrpcClientConfig { max_message_size: MESSAGE, ..GrpcClientConfig::default() };
    let endpoint = create_grpc_client_endpoint(format!("http://{scheduler}"), Some(&grpc));
    let channel = endpoint.map_err(wrong)?.connect().await.map_err(wrong)?;
    let client = SchedulerGrpcClient::new(channel)
        .max_encoding_message_size(MESSAGE)
        .max_decoding_message_size(MESSAGE);
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
    .map_err(wrong)?;
    Ok(RunningExecutor { _shutdown: shutdown, _stop: stopped })
}

/// A port that nobody listens at.
fn free_port() -> std::io::Result<u16> {
    Probe::bind(ANY_PORT)?.local_addr().map(|address| address.port())
}

fn wrong(error: impl Display) -> Error {
    cluster_error("the engine of this process", error)
}
