//! `mixlab cluster`.

use std::process::ExitCode;

use mixlab::cluster::{Executor, Scheduler};

use crate::args::{ClusterArgs, ClusterCommand, ExecutorArgs, SchedulerArgs};
use crate::output::{Usage, note};

/// Starts a process of a cluster, and ends with it.
pub fn run(args: &ClusterArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        ClusterCommand::Scheduler(args) => scheduler(args)?,
        ClusterCommand::Executor(args) => executor(args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn scheduler(args: &SchedulerArgs) -> anyhow::Result<()> {
    if args.bind.is_unspecified() && args.name.is_none() {
        let text = format!(
            "--bind {} listens to every network, but executors must know this machine by one name; add --name HOST",
            args.bind
        );
        return Err(Usage(text).into());
    }
    let scheduler = Scheduler::new(args.bind, args.port, args.name.clone());
    scheduler.run(|address| note(format_args!("the scheduler is ready at {address}")))?;
    Ok(())
}

fn executor(args: &ExecutorArgs) -> anyhow::Result<()> {
    let executor = Executor {
        scheduler: args.scheduler.clone(),
        bind: args.bind,
        port: args.port,
        grpc_port: args.grpc_port,
        threads: args.threads,
        work_dir: args.work_dir.clone(),
    };
    executor.run(|text| note(text))?;
    Ok(())
}
