//! `mixlab man`

use clap::Parser;

use super::command_line;
use crate::output::{Usage, print};

/// Write the manual page of mixlab or of a command.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab man > mixlab.1\n  \
    mixlab man fit | man -l -")]
pub struct ManArgs {
    /// Command [default: mixlab itself].
    pub command: Option<String>,
}

pub fn run(args: &ManArgs) -> anyhow::Result<()> {
    let mut whole = command_line();
    // names the commands mixlab-fit and so on, and adds the global options to each
    whole.build();
    let page = match &args.command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(command) => command.clone(),
            None => {
                return Err(
                    Usage(format!("there is no command {name:?}; see mixlab --help")).into()
                );
            }
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    print(|out| out.write_all(&text))
}
