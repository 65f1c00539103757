//! `mixlab score`

mod anomalies;
mod args;
mod output;
mod scored;

use crate::input::InputRows;
use crate::output::{output_file, print_json};
#[cfg(feature = "cluster")]
use crate::rows::RowBlock;
use crate::rows::{self, Format};
#[cfg(feature = "cluster")]
use crate::source::Source;
use anomalies::Anomalies;
use args::Limit;
use output::{ScoreOutput, print_summary};
use scored::Scored;

pub use args::ScoreArgs;

pub fn run(args: &ScoreArgs) -> anyhow::Result<()> {
    let output = output_file(args.output.as_deref());
    let format = Format::of(output)?;
    #[cfg(feature = "cluster")]
    if let Some(place) = &args.cluster {
        return run_on_cluster(args, place);
    }
    let only = args.only || format == Format::Npy;
    let writes = output.is_some() || !args.json;
    let twice = matches!(args.limit(), Some(Limit::Share(_)));
    let (file, rows) = InputRows::open(&args.model, &args.input, output, (!only && writes, twice))?;
    if let Some(limit) = args.limit() {
        let (summary, found) = Anomalies::find(limit, &file, &rows, only)?;
        if args.json {
            print_json(&ScoreOutput::of_anomalies(&summary, &found))?;
        }
        let n_found = found.rows.len();
        if writes {
            found.write(output, format)?;
        }
        if output.is_some() && !args.json {
            print_summary(&summary, Some(n_found))?;
        }
        return Ok(());
    }
    let mut scored = Scored::new(args.json, only);
    let blocks = rows.pieces()?.map(|sheet| scored.block(&file, rows.path(), &sheet?));
    if writes {
        rows::write(output, blocks)?;
    } else {
        blocks.into_iter().try_for_each(|block| block.map(drop))?;
    }
    if args.json {
        print_json(&ScoreOutput::of_all(&scored))?;
    } else if output.is_some() {
        print_summary(&scored.summary, None)?;
    }
    Ok(())
}

/// Scores rows on a cluster.
#[cfg(feature = "cluster")]
fn run_on_cluster(args: &ScoreArgs, place: &str) -> anyhow::Result<()> {
    let (file, source) = Source::open_with_model(&args.model, &args.input, place)?;
    let mut scored = Scored::new(false, true);
    let log_density = file.pipeline.score_samples(source.rows())?;
    let block = scored.append_to(RowBlock::default(), &log_density);
    let output = output_file(args.output.as_deref());
    rows::write(output, std::iter::once(Ok(block)))?;
    if output.is_some() {
        print_summary(&scored.summary, None)?;
    }
    Ok(())
}
