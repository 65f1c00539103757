//! `mixlab convert`

use std::path::PathBuf;

use clap::Parser;
use mixlab::ModelFile;

use crate::output::{check_folder, check_not_input};

/// Convert a model to or from JSON, or to arrays for scikit-learn.
///
/// scikit-learn has no categories and no indicators of missing values, so models with them are refused. A .json file holds nested lists under the names of the arrays. With --sklearn the archive holds the attributes of a fitted
/// scikit-learn model: set weights_, means_, covariances_ and precisions_cholesky_ of a GaussianMixture to the arrays of
/// these names.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab convert survey.npz survey.json\n  \
    mixlab convert survey.json survey.npz\n  \
    mixlab convert survey.npz for-sklearn.npz --sklearn")]
pub struct ConvertArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// File to write: .npz or .json.
    #[arg(value_name = "FILE")]
    pub output: PathBuf,

    /// Write the attributes of fitted scikit-learn models.
    #[arg(long)]
    pub sklearn: bool,
}

pub fn run(args: &ConvertArgs) -> anyhow::Result<()> {
    let output = args.output.as_path();
    check_folder(output)?;
    let file = ModelFile::load(&args.model)?;
    check_not_input(output, [args.model.as_path()])?;
    let saved = if args.sklearn { file.save_for_sklearn(output) } else { file.save(output) };
    Ok(saved?)
}
