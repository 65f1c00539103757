//! The executor process, which reads the rows and computes partial aggregates.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_executor::executor_server::TERMINATING;
use ballista_executor::health::ExecutorHealth;

use super::cluster_error;
use super::codec::{LogicalCodec, PhysicalCodec};
use super::probe::{SchedulerStatus, host, host_and_port, no_scheduler, wait_for_status};
use super::process::{runtime, termination_signal};
use super::settings;
use super::work_folder::WorkFolder;
use crate::error::{Error, Result};

/// Maximum wait for a scheduler that has not started yet.
const SCHEDULER_TIMEOUT: Duration = Duration::from_secs(15);
/// Maximum time for running tasks to finish after a termination signal.
const GRACE_PERIOD: Duration = Duration::from_secs(10);
/// Delay before the engine is restarted.
const RESTART_DELAY: Duration = Duration::from_secs(1);
/// Interval between checks of the connection to the scheduler.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Settings of an executor.
///
/// Like the scheduler, it has no authentication.
#[derive(Debug, Clone)]
pub struct Executor {
    /// The scheduler as HOST:PORT.
    pub scheduler: String,
    /// The address to listen on, at which the other processes reach it.
    pub bind: IpAddr,
    /// The port for results; 0 for any free port.
    pub port: u16,
    /// The port for work; 0 for any free port.
    pub grpc_port: u16,
    /// Number of partitions that are processed at the same time; 0 for one per processor.
    pub threads: usize,
    /// Folder for intermediate results; by default the system's temporary folder.
    pub work_dir: Option<PathBuf>,
}

impl Executor {
    /// Executes work until the process is interrupted or terminated; running tasks then have ten seconds to finish, unless
    /// there is a second signal. Reports to `report` when it is ready, when the connection to the scheduler is lost and
    /// restored, and when it stops.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for an invalid address, [`Error::Cluster`] if no scheduler responds or a port is in use,
    /// [`Error::Io`] for the folder.
    pub fn run(mut self, mut report: impl FnMut(&str)) -> Result<()> {
        host_and_port(&self.scheduler)?;
        if wait_for_status(&self.scheduler, SCHEDULER_TIMEOUT, SchedulerStatus::NoExecutors)
            == SchedulerStatus::Unreachable
        {
            return Err(no_scheduler(&self.scheduler));
        }
        let folder = WorkFolder::new(self.work_dir.as_deref())?;
        [self.port, self.grpc_port] = self.ports()?;
        let health = ExecutorHealth::new();
        let runtime = runtime()?;
        let (place, is_stopping) = (self.place(), Cell::new(false));
        let result = runtime.block_on(async {
            tokio::select! {
                result = self.work(&folder, &health, &is_stopping) => result,
                () = stop_on_signal(&is_stopping) => Ok(()),
                () = report_connection(&health, &place, &self.scheduler, &is_stopping, &mut report) => Ok(()),
            }
        });
        runtime.shutdown_background();
        result
    }

    /// Name of the executor in messages.
    fn place(&self) -> String {
        format!("the executor at {}:{}", host(self.bind), self.port)
    }

    /// Executes work until the process is terminated. The engine stops when the scheduler does not respond to five heartbeats,
    /// or removes this executor; it is then restarted.
    async fn work(
        &self,
        folder: &WorkFolder,
        health: &ExecutorHealth,
        is_stopping: &Cell<bool>,
    ) -> Result<()> {
        let first = start_executor_process(Arc::new(self.config(folder, health)?)).await;
        first.map_err(|error| not_started(&self.place(), &error.to_string()))?;
        while !is_stopping.get() {
            TERMINATING.store(false, Ordering::Release);
            tokio::time::sleep(RESTART_DELAY).await;
            // the engine may have stopped because of the signal, before it was noticed here
            if is_stopping.get() {
                break;
            }
            // fails while the scheduler is away or the ports are still in use, and is tried again
            if let Ok(config) = self.config(folder, health) {
                let _ = start_executor_process(Arc::new(config)).await;
            }
        }
        Ok(())
    }

    /// Returns the settings of the engine, with a new identity.
    fn config(
        &self,
        folder: &WorkFolder,
        health: &ExecutorHealth,
    ) -> Result<ExecutorProcessConfig> {
        let (scheduler_host, scheduler_port) = host_and_port(&self.scheduler)?;
        Ok(ExecutorProcessConfig {
            bind_host: host(self.bind),
            port: self.port,
            grpc_port: self.grpc_port,
            scheduler_host: scheduler_host.to_owned(),
            scheduler_port,
            vcores: self.threads,
            task_scheduling_policy: TaskSchedulingPolicy::PushStaged,
            override_config_producer: Some(settings::producer()),
            override_logical_codec: Some(Arc::new(LogicalCodec::default())),
            override_physical_codec: Some(Arc::new(PhysicalCodec::default())),
            override_create_grpc_client_endpoint: Some(settings::work_timeouts()),
            health: health.clone(),
            ..settings::executor(folder)
        })
    }

    fn ports(&self) -> Result<[u16; 2]> {
        // both stay bound until both are known, so they differ
        let (_first, first) = self.listen(self.port)?;
        let (_second, second) = self.listen(self.grpc_port)?;
        Ok([first, second])
    }

    fn listen(&self, port: u16) -> Result<(TcpListener, u16)> {
        let address = SocketAddr::new(self.bind, port);
        let to_error = |error| cluster_error(format_args!("the executor at {address}"), error);
        let listener = TcpListener::bind(address).map_err(to_error)?;
        let port = listener.local_addr().map_err(to_error)?.port();
        Ok((listener, port))
    }
}

/// Waits for a termination signal, and then for the end of the grace period or a second signal.
async fn stop_on_signal(is_stopping: &Cell<bool>) {
    termination_signal().await;
    is_stopping.set(true);
    tokio::select! {
        () = tokio::time::sleep(GRACE_PERIOD) => {}
        () = termination_signal() => {}
    }
}

fn not_started(place: &str, text: &str) -> Error {
    // the message of the engine when the scheduler cannot connect to an executor
    if text.contains("could not connect") {
        let remedy = "the scheduler cannot connect to it; set --bind to an address that the scheduler can reach";
        return cluster_error(place, remedy);
    }
    cluster_error(place, text)
}

/// Reports when the connection to the scheduler is established, lost or restored, and when the executor stops; never returns.
async fn report_connection(
    health: &ExecutorHealth,
    place: &str,
    scheduler: &str,
    is_stopping: &Cell<bool>,
    report: &mut impl FnMut(&str),
) {
    let (mut was_connected, mut is_connected) = (false, false);
    loop {
        if is_stopping.get() {
            report(&format!("{place} finishes its running tasks and stops"));
            return std::future::pending().await;
        }
        let is_ready = health.is_ready();
        if is_ready != is_connected {
            report(&match (is_ready, was_connected) {
                (true, false) => format!("{place} is ready for the scheduler at {scheduler}"),
                (true, true) => format!("the scheduler at {scheduler} responds again"),
                (false, _) => {
                    format!("the scheduler at {scheduler} no longer responds; waiting for it")
                }
            });
            (was_connected, is_connected) = (true, is_ready);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
