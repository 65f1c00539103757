//! The command line: parsing and printing; all work is done by the library.

#![forbid(unsafe_code)]

mod commands;
mod images;
mod input;
mod output;
mod progress;
mod rows;
mod source;

use std::process::ExitCode;

use clap::Parser;

use mixlab::InterruptScope;

use commands::Args;
use output::Usage;

/// The exit code that shells give to what an interrupt has ended.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    // evcxr starts this program again to run the cells of a notebook; that does not return
    #[cfg(feature = "notebooks")]
    mixlab::notebook::run::runtime_hook();

    let args = Args::parse();
    // without a handler an interrupt ends the process as well, but leaves what is half written
    if !args.command.ends_by_itself() {
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
