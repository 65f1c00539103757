//! The command line: parsing and printing; all work is done by the library.

#![forbid(unsafe_code)]

mod args;
mod datasets;
mod fit;
mod input;
#[cfg(feature = "notebooks")]
mod notebook;
mod output;
mod progress;
#[cfg(feature = "reproduce")]
mod reproduce;
mod sample;
#[cfg(feature = "verify")]
mod verify;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    // evcxr starts this program again to run the cells of a notebook; that does not return
    #[cfg(feature = "notebooks")]
    mixlab::notebook::run::runtime_hook();

    let result = match Args::parse().command {
        Command::Fit(args) => fit::run(&args),
        Command::Sample(args) => sample::run(&args),
        #[cfg(feature = "reproduce")]
        Command::Reproduce(args) => reproduce::run(&args),
        #[cfg(feature = "verify")]
        Command::Verify(args) => verify::run(&args),
        Command::Datasets(args) => datasets::run(&args),
        #[cfg(feature = "notebooks")]
        Command::Notebook(args) => notebook::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => output::fail(&error),
    }
}
