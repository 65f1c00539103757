//! `mixlab given`

use std::path::{Path, PathBuf};

use clap::Parser;
use mixlab::ModelFile;

use super::info;
use crate::input::{Assignment, given};
use crate::output::{check_folder, check_not_input, note, print};

/// Describe the model of the other columns, given the values of some.
///
/// A conditional of a mixture is a mixture: its weights are the probabilities of the components given the values, and its means
/// and covariances are those of the other columns. It is exact, and -o writes it as a model of its own, for every command. Given a
/// range of a column, that column is truncated, and the result is described and sampled, but not written.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab given survey.npz age=67\n  \
    mixlab given heart.npz age=50 sex=0 --json\n  \
    mixlab given survey.npz age=67 visits=6 -o rest.npz")]
pub struct GivenArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Values of columns: numbers, dates and levels as in the data; of one column of numbers or dates also a range, age=40..50.
    #[arg(value_name = "NAME=VALUE", required = true)]
    pub values: Vec<Assignment>,

    /// Model file of the other columns to write: .npz, or .json.
    #[arg(short, long, value_name = "MODEL.npz")]
    pub output: Option<PathBuf>,

    /// Print one JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

pub fn run(args: &GivenArgs) -> anyhow::Result<()> {
    if let Some(path) = &args.output {
        check_not_input(path, [args.model.as_path()].map(Path::new))?;
        ModelFile::check_name(path)?;
        check_folder(path)?;
    }
    let file = ModelFile::load(&args.model)?;
    let model = given(&file, &args.values)?;
    let rest = args.output.as_ref().map(|_| model.to_file()).transpose()?;
    info::show_given(&file, &model, args.json)?;
    if let Some((path, rest)) = args.output.as_ref().zip(rest) {
        rest.save(path)?;
        if args.json {
            note(format_args!("written to {}", path.display()));
        } else {
            print(|out| writeln!(out, "\nwritten to {}", path.display()))?;
        }
    }
    Ok(())
}
