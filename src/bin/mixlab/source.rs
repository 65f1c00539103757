//! Where the rows of a fit are: in memory, or in a file that is larger.

use std::path::Path;

use mixlab::table::StreamedTable;
use mixlab::{
    Criteria, Feature, FrontEnd, ImageShape, Pipeline, PipelineParams, Selection, SelectionParams,
    ToRows, Watch, available_memory, limit_memory,
};

use crate::args::DataArgs;
use crate::input::{self, Input, Purpose};
use crate::output::note;

/// Bytes that a fit takes beside the rows, or thereabouts.
const BESIDE: u64 = 32 << 20;

/// Rows to fit to.
pub enum Source {
    Memory(Box<Input>),
    File(StreamedTable),
}

impl Source {
    /// Reads what the arguments name, or opens it if it is larger than `memory` bytes, or than what is left if there is
    /// no limit.
    pub fn open(
        data: &DataArgs,
        purpose: Purpose<'_>,
        memory: Option<u64>,
    ) -> anyhow::Result<Self> {
        if let Some(bytes) = memory {
            limit_memory(bytes);
        }
        if let [one] = data.data.as_slice()
            && input::is_table(one)
            && is_large(one, data, purpose, memory)?
        {
            let table = input::open(one, &data.how, purpose)?;
            let copied = match table.n_copied() {
                None => "they stay in the file".to_owned(),
                Some(bytes) => format!("they are in a temporary file of {}", size(bytes)),
            };
            note(format_args!(
                "{} rows are more than {} holds: {copied}, and every pass over them reads it",
                table.n_samples(),
                memory.map_or("the memory that is left".to_owned(), size)
            ));
            return Ok(Self::File(table));
        }
        let input = input::read(&data.data, &data.how, purpose)?;
        if let Some(bytes) = memory {
            let rows = 8 * input.records().len() as u64;
            note(format_args!("the rows are read into memory: {} of {}", size(rows), size(bytes)));
        }
        Ok(Self::Memory(Box::new(input)))
    }

    pub fn n_samples(&self) -> usize {
        match self {
            Self::Memory(input) => input.records().nrows(),
            Self::File(table) => table.n_samples(),
        }
    }

    pub fn n_features(&self) -> usize {
        match self {
            Self::Memory(input) => input.records().ncols(),
            Self::File(table) => table.features().len(),
        }
    }

    /// The columns, and what they hold.
    pub fn features(&self) -> Vec<Feature> {
        match self {
            Self::Memory(input) => Feature::all(input.records().view(), &input.names()),
            Self::File(table) => table.features().to_vec(),
        }
    }

    /// The shape of images, if the rows are images.
    pub fn image(&self) -> Option<ImageShape> {
        match self {
            Self::Memory(input) => input.image,
            Self::File(_) => None,
        }
    }

    pub fn is_in_memory(&self) -> bool {
        matches!(self, Self::Memory(_))
    }

    pub fn fit_front_end(&self, params: &PipelineParams) -> mixlab::Result<FrontEnd> {
        params.fit_front_end(self.rows())
    }

    pub fn select(
        &self,
        front_end: &FrontEnd,
        params: &SelectionParams,
        watch: &dyn Watch,
    ) -> mixlab::Result<Selection> {
        front_end.select_watched(self.rows(), params, watch)
    }

    pub fn criteria(&self, pipeline: &Pipeline) -> mixlab::Result<Criteria> {
        pipeline.criteria(self.rows())
    }

    fn rows(&self) -> &dyn ToRows {
        match self {
            Self::Memory(input) => &input.sheet.table,
            Self::File(table) => table,
        }
    }
}

/// Whether a table should stay in its file.
fn is_large(
    data: &str,
    args: &DataArgs,
    purpose: Purpose<'_>,
    memory: Option<u64>,
) -> anyhow::Result<bool> {
    if data == "-" {
        // nobody knows how much will come
        return Ok(memory.is_some());
    }
    let size = input::size(Path::new(data), &args.how, purpose)?;
    Ok(match (size, available_memory()) {
        (Some(size), Some(available)) => size.peak.saturating_add(BESIDE) > available,
        (Some(size), None) => memory.is_some_and(|memory| size.peak + BESIDE > memory),
        (None, _) => false,
    })
}

/// Bytes, in words.
pub fn size(bytes: u64) -> String {
    match bytes {
        1_000_000_000.. => format!("{:.1} GB", bytes as f64 / 1e9),
        1_000_000.. => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.0} kB", bytes as f64 / 1e3),
    }
}
