//! The command line: parsing and printing; all work is done by the library.

#![forbid(unsafe_code)]

mod args;
mod datasets;
mod fit;
mod input;
mod output;
mod progress;
#[cfg(feature = "plot")]
mod reproduce;
mod sample;
#[cfg(feature = "verify")]
mod verify;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    let result = match Args::parse().command {
        Command::Fit(args) => fit::run(&args),
        Command::Sample(args) => sample::run(&args),
        #[cfg(feature = "plot")]
        Command::Reproduce(args) => reproduce::run(&args),
        #[cfg(feature = "verify")]
        Command::Verify(args) => verify::run(&args),
        Command::Datasets(args) => datasets::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => output::fail(&error),
    }
}
