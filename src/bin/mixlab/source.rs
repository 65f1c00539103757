//! Sources of the rows of a fit: memory, a file that does not fit into memory, or a cluster.

use std::path::Path;
#[cfg(feature = "cluster")]
use std::path::PathBuf;

#[cfg(feature = "cluster")]
use mixlab::cluster::Engine;
use mixlab::table::Schema;
use mixlab::{
    Column, ImageShape, MemoryBudget, ModelFile, RowSource, RuledRows, Rules, WithMemoryBudget,
    format_bytes,
};

#[cfg(feature = "cluster")]
use crate::input::Expected;
use crate::input::{self, DataArgs, Input, Purpose, ReadArgs};
#[cfg(feature = "cluster")]
use crate::output::Usage;
use crate::output::note;

/// Approximate number of bytes that a fit takes in addition to the rows.
const OVERHEAD: u64 = 32 << 20;

/// Rows to fit to.
pub struct Source {
    rows: Box<dyn RowSource>,
    n_samples: usize,
    columns: Vec<Column>,
    rules: Option<Rules>,
    /// Kinds of the columns and columns that are left out; empty on a cluster.
    schema: Schema,
    /// The shape of images, if the rows are images.
    image: Option<ImageShape>,
    is_in_memory: bool,
}

impl Source {
    /// Reads the data, or opens them as a stream if they are larger than `memory` bytes, or than the available memory if
    /// there is no limit. With a preprocessor the rows are in memory twice more: scaled and reduced.
    ///
    /// Columns have the kinds of `model`, a model to continue from, or they are detected.
    pub fn open(
        data: &DataArgs,
        purpose: Purpose<'_>,
        (memory, has_preprocessor): (Option<u64>, bool),
        model: Option<&ModelFile>,
    ) -> anyhow::Result<Self> {
        let kinds = model.map(ModelFile::table_columns);
        let budget = memory.map_or_else(MemoryBudget::default, MemoryBudget::of);
        let purpose = Purpose { memory: budget, kinds, ..purpose };
        if let [one] = data.data.as_slice()
            && input::is_table(one)
            && is_large(
                one,
                (&data.read_args, purpose),
                memory,
                if has_preprocessor { 2 } else { 0 },
            )?
        {
            let table = input::open(one, &data.read_args, purpose)?;
            let location = match table.n_copied() {
                None => "every pass reads the file".to_owned(),
                Some(bytes) => {
                    format!("every pass reads a temporary file of {}", format_bytes(bytes))
                }
            };
            note(format_args!(
                "{} rows do not fit into {}; {location}",
                table.n_samples(),
                memory.map_or("the available memory".to_owned(), format_bytes)
            ));
            let (image, schema) = (table.image(), table.schema().clone());
            let source = Self::external(table.n_samples(), table.columns().to_vec(), table);
            return Ok(Self { image, schema, ..source });
        }
        let input = input::read(&data.data, &data.read_args, purpose)?;
        if let Some(bytes) = memory {
            let rows = 8 * input.records().len() as u64;
            note(format_args!(
                "the rows are read into memory: {} of {}",
                format_bytes(rows),
                format_bytes(bytes)
            ));
        }
        Ok(Self::in_memory(input, budget))
    }

    /// The rows of an input in memory.
    pub fn in_memory(input: Input, budget: MemoryBudget) -> Self {
        Self {
            n_samples: input.records().nrows(),
            columns: describe(&input),
            rules: None,
            schema: input.sheet.schema,
            image: input.image,
            rows: Box::new(WithMemoryBudget(input.sheet.table, budget)),
            is_in_memory: true,
        }
    }

    /// Creates a source of rows that are not in the memory of this process.
    fn external(n_samples: usize, columns: Vec<Column>, rows: impl RowSource + 'static) -> Self {
        let (schema, image) = (Schema::default(), None);
        Self {
            rows: Box::new(rows),
            n_samples,
            columns,
            rules: None,
            schema,
            image,
            is_in_memory: false,
        }
    }

    /// Opens Parquet files on the cluster that `place` names: `local`, or the scheduler at HOST:PORT.
    #[cfg(feature = "cluster")]
    pub fn open_on_cluster(
        data: &DataArgs,
        purpose: Purpose<'_>,
        place: &str,
    ) -> anyhow::Result<Self> {
        input::refuse_reading_options(&data.read_args)?;
        let engine = match place {
            "local" => Engine::local(std::thread::available_parallelism().map_or(1, usize::from))?,
            address => Engine::connect(address)?,
        };
        let paths: Vec<PathBuf> = data.data.iter().map(PathBuf::from).collect();
        let names = if data.read_args.columns.is_empty() {
            purpose.names()
        } else {
            &data.read_args.columns
        };
        let names = (!names.is_empty()).then_some(names);
        let table = engine.open(&paths, names, &data.read_args.exclude)?;
        mixlab::table::check_expected_columns(purpose.names(), table.column_names().len())?;
        let path = data.data.first().map(String::as_str).unwrap_or_default();
        input::report_decisions(path, table.decisions());
        let columns = table.columns()?;
        Ok(Self::external(table.n_rows(), columns, table))
    }

    /// Loads a model and opens Parquet files on a cluster to apply it to their rows.
    #[cfg(feature = "cluster")]
    pub fn open_with_model(
        model: &Path,
        data: &DataArgs,
        place: &str,
    ) -> anyhow::Result<(ModelFile, Self)> {
        let file = ModelFile::load(model)?;
        if file.rules.is_some() {
            let problem = "the model has rules between columns, which need the rows on this machine; leave --cluster out";
            return Err(Usage(problem.into()).into());
        }
        if let Some(column) = file.columns.iter().find(|column| !column.kind.is_numeric()) {
            return Err(Usage(format!(
                "the model reads column {:?} as dates, which --cluster does not; leave --cluster out, or fit with --numeric",
                column.name
            ))
            .into());
        }
        let names = file.feature_names();
        let expected = Some(Expected { names: &names, image: file.image });
        let source =
            Self::open_on_cluster(data, Purpose { expected, ..Purpose::default() }, place)?;
        Ok((file, source))
    }

    /// The rows of a model of which rules make these rows, with the columns of the model.
    pub fn with_rules(self, rules: Rules, columns: Vec<Column>) -> Self {
        let rows = Box::new(RuledRows { rows: self.rows, rules: rules.clone() });
        Self { rows, columns, rules: Some(rules), ..self }
    }

    /// Returns the rows.
    pub fn rows(&self) -> &dyn RowSource {
        self.rows.as_ref()
    }

    pub fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// The rules of which the rows of the model are made.
    pub fn rules(&self) -> Option<&Rules> {
        self.rules.as_ref()
    }

    /// The columns of the table: those of the rules, or those of the model.
    pub fn table_columns(&self) -> &[Column] {
        self.rules.as_ref().map_or(&self.columns, Rules::columns)
    }

    /// Returns the columns of the model, with ranges and decimals.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the kinds of the columns, and the columns that are left out.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the shape of images, if the rows are images.
    pub fn image(&self) -> Option<ImageShape> {
        self.image
    }

    pub fn is_in_memory(&self) -> bool {
        self.is_in_memory
    }
}

/// Describes the columns of rows in memory. Pixels of images are numbers without spikes.
fn describe(input: &Input) -> Vec<Column> {
    let mut columns = input.sheet.schema.columns();
    if input.image.is_some() {
        columns.iter_mut().for_each(|column| column.spikes.clear());
    }
    columns
}

/// Whether a table should stay in its file: it does not fit into memory with `n_copies` additional copies of its rows.
pub fn is_large(
    data: &str,
    (read_args, purpose): (&ReadArgs, Purpose<'_>),
    memory: Option<u64>,
    n_copies: u64,
) -> anyhow::Result<bool> {
    let path = Path::new(data);
    if data == "-" || path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        // the size of the input is unknown
        return Ok(memory.is_some());
    }
    let size = input::size(path, read_args, purpose)?;
    let Some(size) = size else { return Ok(false) };
    let needed = size.peak.max((1 + n_copies).saturating_mul(size.bytes)).saturating_add(OVERHEAD);
    Ok(purpose.memory.available().is_some_and(|available| needed > available))
}
