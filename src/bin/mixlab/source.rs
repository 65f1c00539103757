//! Where the rows of a fit are: in memory, in a file that is larger, or wherever the machines of a cluster read them.

use std::path::Path;
#[cfg(feature = "cluster")]
use std::path::PathBuf;

#[cfg(feature = "cluster")]
use mixlab::cluster::{ClusterTable, Engine};
use mixlab::table::StreamedTable;
use mixlab::{
    Criteria, Feature, FrontEnd, ImageShape, Pipeline, PipelineParams, Selection, SelectionParams,
    Watch, available_memory, limit_memory, size_in_words,
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
    #[cfg(feature = "cluster")]
    Cluster(Box<Shared>),
}

/// Rows on a cluster, and what is known of their columns.
#[cfg(feature = "cluster")]
pub struct Shared {
    table: ClusterTable,
    features: Vec<Feature>,
}

impl Source {
    /// Reads what the arguments name, or opens it if it is larger than `memory` bytes, or than what is left if there is
    /// no limit. Behind a front end rows are in memory twice more: scaled, and reduced.
    pub fn open(
        data: &DataArgs,
        purpose: Purpose<'_>,
        memory: Option<u64>,
        has_front_end: bool,
    ) -> anyhow::Result<Self> {
        if let Some(bytes) = memory {
            limit_memory(bytes);
        }
        if let [one] = data.data.as_slice()
            && input::is_table(one)
            && is_large(one, (data, purpose), memory, if has_front_end { 2 } else { 0 })?
        {
            let table = input::open(one, &data.how, purpose)?;
            let copied = match table.n_copied() {
                None => "they stay in the file".to_owned(),
                Some(bytes) => format!("they are in a temporary file of {}", size_in_words(bytes)),
            };
            note(format_args!(
                "{} rows are more than {} holds: {copied}, and every pass over them reads it",
                table.n_samples(),
                memory.map_or("the memory that is left".to_owned(), size_in_words)
            ));
            return Ok(Self::File(table));
        }
        let input = input::read(&data.data, &data.how, purpose)?;
        if let Some(bytes) = memory {
            let rows = 8 * input.records().len() as u64;
            note(format_args!(
                "the rows are read into memory: {} of {}",
                size_in_words(rows),
                size_in_words(bytes)
            ));
        }
        Ok(Self::Memory(Box::new(input)))
    }

    /// Opens Parquet files for the processes that `place` names: `local`, or the scheduler at HOST:PORT.
    #[cfg(feature = "cluster")]
    pub fn open_on_cluster(
        data: &DataArgs,
        purpose: Purpose<'_>,
        place: &str,
    ) -> anyhow::Result<Self> {
        input::refuse_reading_options(&data.how)?;
        let engine = match place {
            "local" => Engine::local(std::thread::available_parallelism().map_or(1, usize::from))?,
            address => Engine::connect(address)?,
        };
        let paths: Vec<PathBuf> = data.data.iter().map(PathBuf::from).collect();
        let wanted = match data.how.columns.is_empty() {
            true => purpose.names(),
            false => &data.how.columns,
        };
        let wanted = (!wanted.is_empty()).then_some(wanted);
        let table = engine.open(&paths, wanted, &data.how.exclude)?;
        input::check_like(purpose, table.columns().len())?;
        let features = table.features()?;
        Ok(Self::Cluster(Box::new(Shared { table, features })))
    }

    pub fn n_samples(&self) -> usize {
        match self {
            Self::Memory(input) => input.records().nrows(),
            Self::File(table) => table.n_samples(),
            #[cfg(feature = "cluster")]
            Self::Cluster(shared) => shared.table.n_rows(),
        }
    }

    pub fn n_features(&self) -> usize {
        match self {
            Self::Memory(input) => input.records().ncols(),
            Self::File(table) => table.features().len(),
            #[cfg(feature = "cluster")]
            Self::Cluster(shared) => shared.features.len(),
        }
    }

    /// The columns, and what they hold.
    pub fn features(&self) -> Vec<Feature> {
        match self {
            Self::Memory(input) => Feature::all(input.records().view(), &input.names()),
            Self::File(table) => table.features().to_vec(),
            #[cfg(feature = "cluster")]
            Self::Cluster(shared) => shared.features.clone(),
        }
    }

    /// The shape of images, if the rows are images.
    pub fn image(&self) -> Option<ImageShape> {
        match self {
            Self::Memory(input) => input.image,
            _ => None,
        }
    }

    pub fn is_in_memory(&self) -> bool {
        matches!(self, Self::Memory(_))
    }

    pub fn fit_front_end(&self, params: &PipelineParams) -> mixlab::Result<FrontEnd> {
        match self {
            Self::Memory(input) => params.fit_front_end(&input.sheet.table),
            Self::File(table) => params.fit_front_end(table),
            #[cfg(feature = "cluster")]
            Self::Cluster(shared) => shared.table.fit_front_end(params),
        }
    }

    pub fn select(
        &self,
        front_end: &FrontEnd,
        params: &SelectionParams,
        watch: &dyn Watch,
    ) -> mixlab::Result<Selection> {
        match self {
            Self::Memory(input) => front_end.select_watched(&input.sheet.table, params, watch),
            Self::File(table) => front_end.select_watched(table, params, watch),
            #[cfg(feature = "cluster")]
            Self::Cluster(shared) => shared.table.select(front_end, params, watch),
        }
    }

    pub fn criteria(&self, pipeline: &Pipeline) -> mixlab::Result<Criteria> {
        match self {
            Self::Memory(input) => pipeline.criteria(&input.sheet.table),
            Self::File(table) => pipeline.criteria(table),
            #[cfg(feature = "cluster")]
            Self::Cluster(shared) => shared.table.criteria(pipeline),
        }
    }
}

/// Whether a table should stay in its file.
fn is_large(
    data: &str,
    (args, purpose): (&DataArgs, Purpose<'_>),
    memory: Option<u64>,
    n_copies: u64,
) -> anyhow::Result<bool> {
    let path = Path::new(data);
    if data == "-" || path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        // nobody knows how much will come
        return Ok(memory.is_some());
    }
    let size = input::size(path, &args.how, purpose)?;
    let Some(size) = size else { return Ok(false) };
    let needed = size.peak.max((1 + n_copies).saturating_mul(size.bytes)).saturating_add(BESIDE);
    Ok(available_memory().or(memory).is_some_and(|available| needed > available))
}
