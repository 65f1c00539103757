//! The command-line program: parsing and output; the library does the work.

#![forbid(unsafe_code)]

mod commands;
mod images;
mod input;
mod output;
mod progress;
mod rows;
mod source;

use std::process::ExitCode;

use clap::FromArgMatches;

use mixlab::InterruptScope;

use commands::{Args, command_line};
use output::Usage;

/// The exit code that shells use for a process ended by an interrupt.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    // evcxr starts this program again to run the cells of a notebook; the call does not return then
    #[cfg(feature = "notebooks")]
    mixlab::notebook::run::runtime_hook();

    let args = Args::from_arg_matches(&command_line().get_matches());
    let args = args.unwrap_or_else(|error| error.exit());
    // without a handler, an interrupt would leave unfinished files
    if !args.command.handles_interrupts() {
        let scope = InterruptScope::enter();
        let _ = ctrlc::set_handler(move || {
            scope.remove_unfinished_files();
            std::process::exit(INTERRUPTED);
        });
    }
    output::set_quiet(args.quiet);
    if let Err(error) = mixlab::instruction_set() {
        return output::fail(&Usage(error.to_string()).into());
    }
    match args.command.run() {
        Ok(code) => code,
        Err(error) => output::fail(&error),
    }
}
