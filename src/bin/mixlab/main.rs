//! The command line: parsing and printing; all work is done by the library.

#![forbid(unsafe_code)]

mod advice;
mod args;
mod checkpoint;
mod commands;
mod images;
mod input;
mod output;
mod progress;
mod rows;
mod source;

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
    if let Err(error) = mixlab::instruction_set() {
        return output::fail(&output::Usage(error.to_string()).into());
    }
    let result = match args.command {
        Command::Fit(args) => commands::fit::run(&args),
        Command::Sample(args) => commands::sample::run(&args),
        Command::Predict(args) => commands::predict::run(&args),
        Command::Score(args) => commands::score::run(&args),
        Command::Info(args) => commands::info::run(&args),
        #[cfg(feature = "plot")]
        Command::Plot(args) => commands::plot::run(&args),
        Command::Compare(args) => commands::compare::run(&args),
        Command::Convert(args) => commands::convert::run(&args),
        #[cfg(feature = "cluster")]
        Command::Cluster(args) => commands::cluster::run(&args),
        #[cfg(feature = "reproduce")]
        Command::Reproduce(args) => commands::reproduce::run(&args),
        #[cfg(feature = "verify")]
        Command::Verify(args) => commands::verify::run(&args),
        Command::Datasets(args) => commands::datasets::run(&args),
        #[cfg(feature = "notebooks")]
        Command::Notebook(args) => commands::notebook::run(&args),
        Command::Completions(args) => commands::convert::completions(&args),
        Command::Man(args) => commands::convert::man(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => output::fail(&error),
    }
}
