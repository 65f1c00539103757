//! The processes that do the work.

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
use super::probe::{Answer, host, host_and_port, no_scheduler, wait};
use super::process::{asked_to_end, runtime};
use super::settings;
use super::work_folder::WorkFolder;
use crate::error::{Error, Result};

/// How long an executor waits for a scheduler that has not started yet.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long work goes on once the process is asked to end.
const GRACE: Duration = Duration::from_secs(10);
/// Before work that ended by itself begins again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often it is looked whether the scheduler answers.
const LOOK: Duration = Duration::from_millis(20);

/// An executor that is about to start.
///
/// Like the scheduler it asks nobody for a password.
#[derive(Debug, Clone)]
pub struct Executor {
    /// The scheduler as HOST:PORT.
    pub scheduler: String,
    /// The address that others reach it at.
    pub bind: IpAddr,
    /// The port for results; 0 takes one that is free.
    pub port: u16,
    /// The port for work; 0 takes one that is free.
    pub grpc_port: u16,
    /// Partitions that are worked on at the same time; 0 for as many as there are processors.
    pub threads: usize,
    /// Where a folder for intermediate results is made; the system's folder for temporary files if none is given.
    pub work_dir: Option<PathBuf>,
}

impl Executor {
    /// Works until the process is asked to end; tells in words when it is ready, and when the scheduler comes and goes.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for an address that is none, [`Error::Cluster`] if no scheduler answers or a port is
    /// taken, [`Error::Io`] for the folder.
    pub fn run(mut self, mut tell: impl FnMut(&str)) -> Result<()> {
        host_and_port(&self.scheduler)?;
        if wait(&self.scheduler, PATIENCE, Answer::Idle) == Answer::None {
            return Err(no_scheduler(&self.scheduler));
        }
        let folder = WorkFolder::new(self.work_dir.as_deref())?;
        [self.port, self.grpc_port] = self.ports()?;
        let health = ExecutorHealth::new();
        let runtime = runtime()?;
        let (place, is_asked) = (self.place(), Cell::new(false));
        let ended = runtime.block_on(async {
            tokio::select! {
                ended = self.work(&folder, &health, &is_asked) => ended,
                () = async {
                    asked_to_end().await;
                    is_asked.set(true);
                    tokio::time::sleep(GRACE).await;
                } => Ok(()),
                () = follow(&health, &place, &self.scheduler, &mut tell) => Ok(()),
            }
        });
        runtime.shutdown_background();
        ended
    }

    /// The executor in words.
    fn place(&self) -> String {
        format!("the executor at {}:{}", host(self.bind), self.port)
    }

    /// Works until the process is asked to end. The engine ends its work when the scheduler does not answer five heartbeats,
    /// or takes this executor for lost; here it is started again.
    async fn work(
        &self,
        folder: &WorkFolder,
        health: &ExecutorHealth,
        is_asked: &Cell<bool>,
    ) -> Result<()> {
        let first = start_executor_process(Arc::new(self.config(folder, health)?)).await;
        first.map_err(|error| not_started(&self.place(), &error.to_string()))?;
        while !is_asked.get() {
            TERMINATING.store(false, Ordering::Release);
            tokio::time::sleep(AGAIN).await;
            // a scheduler that is not there yet, or ports that are not free yet
            if let Ok(config) = self.config(folder, health) {
                let _ = start_executor_process(Arc::new(config)).await;
            }
        }
        Ok(())
    }

    /// The settings of the engine, with an identity of their own.
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
            override_create_grpc_client_endpoint: Some(settings::patience_of_work()),
            health: health.clone(),
            ..settings::executor(folder)
        })
    }

    fn ports(&self) -> Result<[u16; 2]> {
        // both are held until both are known
        let (_first, first) = self.listen(self.port)?;
        let (_second, second) = self.listen(self.grpc_port)?;
        Ok([first, second])
    }

    fn listen(&self, port: u16) -> Result<(TcpListener, u16)> {
        let address = SocketAddr::new(self.bind, port);
        let wrong = |error| cluster_error(format_args!("the executor at {address}"), error);
        let listener = TcpListener::bind(address).map_err(wrong)?;
        let port = listener.local_addr().map_err(wrong)?.port();
        Ok((listener, port))
    }
}

fn not_started(place: &str, text: &str) -> Error {
    // in words of the engine, when a scheduler cannot reach who asks it for work
    match text.contains("could not connect") {
        true => cluster_error(
            place,
            "the scheduler cannot reach it; give --bind an address that the scheduler reaches",
        ),
        false => cluster_error(place, text),
    }
}

/// Tells when the scheduler comes and goes, forever.
async fn follow(
    health: &ExecutorHealth,
    place: &str,
    scheduler: &str,
    tell: &mut impl FnMut(&str),
) {
    let (mut has_answered, mut answers) = (false, false);
    loop {
        let is_ready = health.is_ready();
        if is_ready != answers {
            tell(&match (is_ready, has_answered) {
                (true, false) => format!("{place} is ready for the scheduler at {scheduler}"),
                (true, true) => format!("the scheduler at {scheduler} answers again"),
                (false, _) => {
                    format!("the scheduler at {scheduler} does not answer any more; waiting for it")
                }
            });
            (has_answered, answers) = (true, is_ready);
        }
        tokio::time::sleep(LOOK).await;
    }
}
