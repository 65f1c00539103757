//! `mixlab cluster`: the processes that passes are shared among.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Start the processes that share the work on large Parquet files.
///
/// One scheduler hands out the work, executors do it. All of them must see the same files under the same paths.
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

/// Hand out work to executors until interrupted.
///
/// Nobody is asked for a password: whoever reaches the port can have files read. It listens to this machine alone unless
/// told otherwise; let it listen to others only in a network that you trust.
#[derive(Args)]
pub struct SchedulerArgs {
    /// Address to listen at; 0.0.0.0 for all of this machine.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub bind: IpAddr,

    /// Port to listen at; 0 takes one that is free.
    #[arg(long, default_value_t = 50050, value_name = "PORT")]
    pub port: u16,

    /// Name or address by which executors reach this machine [default: the address listened at].
    #[arg(long, value_name = "HOST")]
    pub name: Option<String>,
}

/// Work for a scheduler until interrupted.
#[derive(Args)]
pub struct ExecutorArgs {
    /// The scheduler.
    #[arg(long, value_name = "HOST:PORT")]
    pub scheduler: String,

    /// Address to listen at; 0.0.0.0 for all of this machine.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub bind: IpAddr,

    /// Port for results; 0 takes one that is free.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub port: u16,

    /// Port for work; 0 takes one that is free.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub grpc_port: u16,

    /// Parts of a table that are worked on at the same time [default: one per processor].
    #[arg(long, default_value_t = 0, hide_default_value = true, value_name = "N")]
    pub threads: usize,

    /// Folder for intermediate results [default: the system's folder for temporary files].
    #[arg(long, value_name = "FOLDER")]
    pub work_dir: Option<PathBuf>,
}
