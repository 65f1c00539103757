//! The command line: parsing and printing; all work is done by the library.

#![forbid(unsafe_code)]

mod advice;
mod args;
mod checkpoint;
#[cfg(feature = "cluster")]
mod cluster;
mod compare;
mod convert;
mod datasets;
mod fit;
mod images;
mod info;
mod input;
#[cfg(feature = "notebooks")]
mod notebook;
mod output;
#[cfg(feature = "plot")]
mod plot;
mod predict;
mod progress;
#[cfg(feature = "reproduce")]
mod reproduce;
mod rows;
mod sample;
mod score;
mod source;
#[cfg(feature = "verify")]
mod verify;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

/// The exit code that shells give to what an interrupt has ended.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    // evcxr starts this program again to run the cells of a notebook; that does not return
    #[cfg(feature = "notebooks")]
    mixlab::notebook::run::runtime_hook();

    let args = Args::parse();
    // without a handler an interrupt ends the process as well, but leaves what is half written
    if !args.command.ends_by_itself() {
        let _ = ctrlc::set_handler(|| {
            mixlab::remove_unfinished_files();
            std::process::exit(INTERRUPTED);
        });
    }
    output::set_quiet(args.quiet);
    let result = match args.command {
        Command::Fit(args) => fit::run(&args),
        Command::Sample(args) => sample::run(&args),
        Command::Predict(args) => predict::run(&args),
        Command::Score(args) => score::run(&args),
        Command::Info(args) => info::run(&args),
        #[cfg(feature = "plot")]
        Command::Plot(args) => plot::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Convert(args) => convert::run(&args),
        #[cfg(feature = "cluster")]
        Command::Cluster(args) => cluster::run(&args),
        #[cfg(feature = "reproduce")]
        Command::Reproduce(args) => reproduce::run(&args),
        #[cfg(feature = "verify")]
        Command::Verify(args) => verify::run(&args),
        Command::Datasets(args) => datasets::run(&args),
        #[cfg(feature = "notebooks")]
        Command::Notebook(args) => notebook::run(&args),
        Command::Completions(args) => convert::completions(&args),
        Command::Man(args) => convert::man(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => output::fail(&error),
    }
}
