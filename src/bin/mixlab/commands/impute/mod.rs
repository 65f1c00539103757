//! `mixlab impute`

mod args;
mod images;
mod mask;
mod rows;

use mixlab::{Clipping, ModelFile, Rounding, UserUnits};

use crate::output::output_file;

pub use args::ImputeArgs;

pub fn run(args: &ImputeArgs) -> anyhow::Result<()> {
    let file = ModelFile::load(&args.model)?;
    let output = output_file(args.output.as_deref());
    let is_of_images = file.image.is_some();
    let clipping = args.clip.or(is_of_images.then_some(Clipping::None)).unwrap_or_default();
    let rounding = args.round.or(is_of_images.then_some(Rounding::None)).unwrap_or_default();
    let units = UserUnits { rounding, clipping, complete: true };
    if is_of_images { images::run(args, units, output) } else { rows::run(args, units, output) }
}
