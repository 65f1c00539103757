//! `mixlab cluster`: the processes of a cluster.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use mixlab::cluster::{Executor, Scheduler};

use crate::output::{Usage, note};

/// Start the processes of a cluster for large Parquet files.
///
/// One scheduler distributes the work among executors. All processes must see the same files under the same paths.
#[derive(Parser)]
#[command(after_help = "Examples:\n  mixlab cluster scheduler\n  \
    mixlab cluster executor --scheduler 127.0.0.1:50050")]
pub struct ClusterArgs {
    #[command(subcommand)]
    pub command: ClusterCommand,
}

#[derive(Subcommand)]
pub enum ClusterCommand {
    Scheduler(SchedulerArgs),
    Executor(ExecutorArgs),
}

/// Distribute work to executors until interrupted.
///
/// There is no authentication: every client that reaches the port can have files read. By default the scheduler listens to
/// this machine only; listen to other machines only within a trusted network.
#[derive(Args)]
pub struct SchedulerArgs {
    /// Address to listen on; 0.0.0.0 for all addresses of this machine.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub bind: IpAddr,

    /// Port to listen on; 0 for any free port.
    #[arg(long, default_value_t = 50050, value_name = "PORT")]
    pub port: u16,

    /// Name or address at which executors reach this machine [default: the address of --bind].
    #[arg(long, value_name = "HOST")]
    pub name: Option<String>,
}

/// Execute work of a scheduler until interrupted.
#[derive(Args)]
pub struct ExecutorArgs {
    /// The scheduler.
    #[arg(long, value_name = "HOST:PORT")]
    pub scheduler: String,

    /// Address to listen on; 0.0.0.0 for all addresses of this machine.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub bind: IpAddr,

    /// Port for results; 0 for any free port.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub port: u16,

    /// Port for work; 0 for any free port.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub grpc_port: u16,

    /// Number of partitions of a table that are processed at the same time [default: one per processor].
    #[arg(
        long,
        default_value_t = 0,
        hide_default_value = true,
        value_name = "N",
        allow_negative_numbers = true
    )]
    pub threads: usize,

    /// Folder for intermediate results [default: the system's temporary folder].
    #[arg(long, value_name = "FOLDER")]
    pub work_dir: Option<PathBuf>,
}

/// Starts a process of a cluster and runs until it ends.
pub fn run(args: &ClusterArgs) -> anyhow::Result<()> {
    match &args.command {
        ClusterCommand::Scheduler(args) => scheduler(args),
        ClusterCommand::Executor(args) => executor(args),
    }
}

/// Prints the risk of listening to other machines.
fn warn_of_risk(bind: IpAddr) {
    if !bind.is_loopback() {
        note(format_args!(
            "--bind {bind} listens to other machines without authentication: whoever reaches the port can have files of this \
             machine read; use it only within a trusted network"
        ));
    }
}

fn scheduler(args: &SchedulerArgs) -> anyhow::Result<()> {
    if args.bind.is_unspecified() && args.name.is_none() {
        let text = format!(
            "--bind {} listens on every address, but executors need a single name of this machine; add --name HOST",
            args.bind
        );
        return Err(Usage(text).into());
    }
    warn_of_risk(args.bind);
    let scheduler = Scheduler::new(args.bind, args.port, args.name.clone());
    Ok(scheduler.run(|text| note(text))?)
}

fn executor(args: &ExecutorArgs) -> anyhow::Result<()> {
    warn_of_risk(args.bind);
    let executor = Executor {
        scheduler: args.scheduler.clone(),
        bind: args.bind,
        port: args.port,
        grpc_port: args.grpc_port,
        threads: args.threads,
        work_dir: args.work_dir.clone(),
    };
    Ok(executor.run(|text| note(text))?)
}
