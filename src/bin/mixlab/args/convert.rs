//! `mixlab convert`, `completions` and `man`.

use std::path::PathBuf;

use clap::Parser;
use clap_complete::Shell;

/// Convert a model to or from JSON, or to arrays for scikit-learn.
///
/// Files ending in .json hold nested lists under the names of the arrays. With --sklearn the archive has the attributes of
/// a fitted scikit-learn model: set weights_, means_, covariances_ and precisions_cholesky_ of a GaussianMixture to the
/// arrays of these names.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab convert survey.npz survey.json\n  \
    mixlab convert survey.json survey.npz\n  \
    mixlab convert survey.npz for-sklearn.npz --sklearn")]
pub struct ConvertArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Where to write it.
    #[arg(value_name = "FILE")]
    pub output: PathBuf,

    /// Write the attributes of scikit-learn's models.
    #[arg(long)]
    pub sklearn: bool,
}

/// Write a script that completes the commands of a shell.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab completions bash > ~/.local/share/bash-completion/completions/mixlab\n  \
    mixlab completions fish > ~/.config/fish/completions/mixlab.fish")]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: Shell,
}

/// Write the manual page of mixlab or of a command.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab man > mixlab.1\n  \
    mixlab man fit | man -l -")]
pub struct ManArgs {
    /// A command; without one, the page of mixlab itself.
    pub command: Option<String>,
}
