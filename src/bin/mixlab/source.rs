//! Where the rows of a fit are: in memory, in a file that is larger, or wherever the machines of a cluster read them.

use std::path::Path;
#[cfg(feature = "cluster")]
use std::path::PathBuf;

#[cfg(feature = "cluster")]
use mixlab::ModelFile;
#[cfg(feature = "cluster")]
use mixlab::cluster::Engine;
use mixlab::{Column, ImageShape, MemoryBudget, RowSource, WithMemoryBudget, format_bytes};

#[cfg(feature = "cluster")]
use crate::input::Like;
use crate::input::{self, Purpose};
use crate::input::{DataArgs, ReadArgs};
use crate::output::note;

/// Bytes that a fit takes beside the rows, or thereabouts.
const BESIDE: u64 = 32 << 20;

/// Rows to fit to.
pub struct Source {
    rows: Box<dyn RowSource>,
    n_samples: usize,
    columns: Vec<Column>,
    /// The shape of images, if the rows are images.
    image: Option<ImageShape>,
    is_in_memory: bool,
}

impl Source {
    /// Reads what the arguments name, or opens it if it is larger than `memory` bytes, or than what is left if there is
    /// no limit. Behind a preprocessor rows are in memory twice more: scaled, and reduced.
    pub fn open(
        data: &DataArgs,
        purpose: Purpose<'_>,
        memory: Option<u64>,
        has_preprocessor: bool,
    ) -> anyhow::Result<Self> {
        let budget = memory.map_or_else(MemoryBudget::default, MemoryBudget::of);
        let purpose = Purpose { memory: budget, ..purpose };
        if let [one] = data.data.as_slice()
            && input::is_table(one)
            && is_large(one, (&data.how, purpose), memory, if has_preprocessor { 2 } else { 0 })?
        {
            let table = input::open(one, &data.how, purpose)?;
            let copied = match table.n_copied() {
                None => "they stay in the file".to_owned(),
                Some(bytes) => format!("they are in a temporary file of {}", format_bytes(bytes)),
            };
            note(format_args!(
                "{} rows are more than {} holds: {copied}, and every pass over them reads it",
                table.n_samples(),
                memory.map_or("the memory that is left".to_owned(), format_bytes)
            ));
            return Ok(Self::elsewhere(table.n_samples(), table.columns().to_vec(), table));
        }
        let input = input::read(&data.data, &data.how, purpose)?;
        if let Some(bytes) = memory {
            let rows = 8 * input.records().len() as u64;
            note(format_args!(
                "the rows are read into memory: {} of {}",
                format_bytes(rows),
                format_bytes(bytes)
            ));
        }
        Ok(Self {
            n_samples: input.records().nrows(),
            columns: Column::all(input.records().view(), &input.names()),
            image: input.image,
            rows: Box::new(WithMemoryBudget(input.sheet.table, budget)),
            is_in_memory: true,
        })
    }

    /// Rows that are not in the memory of this process.
    fn elsewhere(n_samples: usize, columns: Vec<Column>, rows: impl RowSource + 'static) -> Self {
        Self { rows: Box::new(rows), n_samples, columns, image: None, is_in_memory: false }
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
        let wanted = if data.how.columns.is_empty() { purpose.names() } else { &data.how.columns };
        let wanted = (!wanted.is_empty()).then_some(wanted);
        let table = engine.open(&paths, wanted, &data.how.exclude)?;
        mixlab::table::check_expected_columns(purpose.names(), table.column_names().len())?;
        let columns = table.columns()?;
        Ok(Self::elsewhere(table.n_rows(), columns, table))
    }

    /// Loads a model, and opens Parquet files on a cluster to ask it about their rows.
    #[cfg(feature = "cluster")]
    pub fn open_asked(
        model: &Path,
        data: &DataArgs,
        place: &str,
    ) -> anyhow::Result<(ModelFile, Self)> {
        let file = ModelFile::load(model)?;
        let names = file.feature_names();
        let like = Some(Like { names: &names, image: file.image });
        let source = Self::open_on_cluster(data, Purpose { like, ..Purpose::default() }, place)?;
        Ok((file, source))
    }

    /// What fits are made to.
    pub fn rows(&self) -> &dyn RowSource {
        self.rows.as_ref()
    }

    pub fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// The columns, and what they hold.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The shape of images, if the rows are images.
    pub fn image(&self) -> Option<ImageShape> {
        self.image
    }

    pub fn is_in_memory(&self) -> bool {
        self.is_in_memory
    }
}

/// Whether a table should stay in its file: with `n_copies` of its rows in memory it takes more than is left.
pub fn is_large(
    data: &str,
    (how, purpose): (&ReadArgs, Purpose<'_>),
    memory: Option<u64>,
    n_copies: u64,
) -> anyhow::Result<bool> {
    let path = Path::new(data);
    if data == "-" || path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        // nobody knows how much will come
        return Ok(memory.is_some());
    }
    let size = input::size(path, how, purpose)?;
    let Some(size) = size else { return Ok(false) };
    let needed = size.peak.max((1 + n_copies).saturating_mul(size.bytes)).saturating_add(BESIDE);
    Ok(purpose.memory.available().is_some_and(|available| needed > available))
}
