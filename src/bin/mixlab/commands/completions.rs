//! `mixlab completions`

use clap::{CommandFactory, Parser};
use clap_complete::Shell;

use super::Args;
use crate::output::print;

/// Write a completion script for a shell.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab completions bash > ~/.local/share/bash-completion/completions/mixlab\n  \
    mixlab completions fish > ~/.config/fish/completions/mixlab.fish")]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: Shell,
}

pub fn run(args: &CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "mixlab", &mut script);
    print(|out| out.write_all(&script))
}
