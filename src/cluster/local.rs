//! A scheduler and an executor inside of this process.

use std::net::{Ipv4Addr, TcpListener as Probe};
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
use super::{MOST_BYTES, scheduler, settings};
use crate::error::Result;

/// Who serves this process.
pub(super) struct Local {
    /// The scheduler as HOST:PORT.
    pub(super) address: String,
    // held for as long as there is work
    _shutdown: ShutdownNotifier,
    _stop: mpsc::Receiver<bool>,
    _folder: WorkFolder,
}

/// Starts a scheduler and an executor of so many threads, on ports of this machine that are free.
pub(super) async fn start(parallelism: usize) -> Result<Local> {
    let folder = WorkFolder::new(None)?;
    let wrong = |error: &dyn std::fmt::Display| cluster_error("the engine of this process", error);
    let listener =
        scheduler::listen((Ipv4Addr::LOCALHOST, 0).into()).map_err(|error| wrong(&error))?;
    let port = listener.local_addr().map_err(|error| wrong(&error))?.port();
    let server = scheduler::create("127.0.0.1", port).await?;
    tokio::spawn(start_grpc_service_with_listener(listener, server));

    let address = format!("127.0.0.1:{port}");
    let message = MOST_BYTES + MOST_BYTES / 8;
    let grpc = GrpcClientConfig { max_message_size: message, ..GrpcClientConfig::default() };
    let endpoint = create_grpc_client_endpoint(format!("http://{address}"), Some(&grpc))
        .map_err(|error| wrong(&error))?;
    let channel = endpoint.connect().await.map_err(|error| wrong(&error))?;
    let client = SchedulerGrpcClient::new(channel)
        .max_encoding_message_size(message)
        .max_decoding_message_size(message);

    let results =
        create_grpc_server_incoming((Ipv4Addr::LOCALHOST, 0).into(), &GrpcServerConfig::default())
            .map_err(|error| wrong(&error))?;
    let results_port = results.local_addr().map_err(|error| wrong(&error))?.port();
    let limit = u32::try_from(message).unwrap_or(u32::MAX);
    let config = Arc::new(ExecutorProcessConfig {
        port: results_port,
        grpc_port: free_port().map_err(|error| wrong(&error))?,
        vcores: parallelism,
        work_dir: Some(folder.text()),
        grpc_max_decoding_message_size: limit,
        grpc_max_encoding_message_size: limit,
        executor_heartbeat_interval_seconds: settings::HEARTBEAT.as_secs(),
        ..ExecutorProcessConfig::default()
    });
    let environment = Arc::new(RuntimeEnv::default());
    let executor = Executor::with_default_execution_engine(
        structure_executor_metadata(&config, u32::try_from(parallelism).unwrap_or(1)),
        &folder.text(),
        Arc::new(move |_| Ok(environment.clone())),
        settings::producer(),
        Arc::new(BallistaFunctionRegistry::default()),
        Arc::new(LoggingMetricsCollector::default()),
        parallelism,
    );
    let flight = FlightServiceServer::new(BallistaFlightService::new(folder.text()))
        .max_decoding_message_size(message)
        .max_encoding_message_size(message);
    tokio::spawn(
        create_grpc_server(&GrpcServerConfig::default())
            .add_service(flight)
            .serve_with_incoming(results),
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
    .map_err(|error| wrong(&error))?;
    Ok(Local { address, _shutdown: shutdown, _stop: stopped, _folder: folder })
}

/// A port that nobody listens at.
fn free_port() -> std::io::Result<u16> {
    Probe::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr().map(|address| address.port())
}
