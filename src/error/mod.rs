//! The one error type of the library.
//!
//! Every message names the place, the value found there and what to do about it, in lower case and
//! without a full stop, so that a command line or a notebook can print it as it is.

mod constructors;
mod dataset;
mod image;
mod wording;

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use self::wording::{columns_are_constant, first_names, rows_are, values_are};

pub use dataset::{DatasetError, FailedDownload};
pub use image::ImageError;
pub use wording::format_bytes;

/// `Result` with mixlab's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong in mixlab.
///
/// What many rooms raise is a variant here; what one room alone raises is an enum of its own, such as
/// [`DatasetError`], behind a variant that adds no words.
///
/// Rows, columns and components are counted from 0, as in the arrays; lines and columns of text
/// files are counted from 1, as editors do.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter is outside of its range.
    #[error("{name} is {value}, but it must be {expected}")]
    InvalidParam {
        /// Name of the parameter.
        name: &'static str,
        /// The value it has.
        value: String,
        /// The values it may have.
        expected: &'static str,
    },
    /// There are too few rows for what was asked.
    #[error("{} too few for {wanted}; it takes at least {needed}", rows_are(*n_samples))]
    TooFewSamples {
        /// Number of rows there are.
        n_samples: usize,
        /// Number of rows needed.
        needed: usize,
        /// What they are needed for.
        wanted: String,
    },
    /// Two sizes that must agree differ.
    #[error("{what} has {found} where {expected} was expected")]
    ShapeMismatch {
        /// The array and the axis.
        what: &'static str,
        /// The size it should have.
        expected: String,
        /// The size it has.
        found: String,
    },
    /// A record is NaN or infinite.
    #[error(
        "row {row}, column {column} (counted from 0) is {value}; remove or replace the rows that are not finite"
    )]
    NonFinite {
        /// Row of the first such record.
        row: usize,
        /// Column of the first such record.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A sample weight is negative, NaN or infinite, or all of them are zero.
    #[error(
        "the sample weight of row {row} is {value}; weights must be finite, not negative and not all zero"
    )]
    InvalidWeight {
        /// Row of the first such weight.
        row: usize,
        /// The weight.
        value: f32,
    },
    /// Columns have one and the same value in every row, so their variances have no estimates.
    #[error(
        "{}, without a density; leave them out, or drop such directions with PCA",
        columns_are_constant(columns)
    )]
    ConstantColumns {
        /// All of them.
        columns: Vec<usize>,
    },
    /// A column spans so wide a range that squares of its distances overflow.
    #[error(
        "column {column} (counted from 0) reaches from {min:e} to {max:e}, too wide to square distances; divide it by a power of ten"
    )]
    TooWide {
        /// The column.
        column: usize,
        /// Its smallest value.
        min: f64,
        /// Its largest value.
        max: f64,
    },
    /// A covariance matrix is not positive definite.
    #[error(
        "component {component} has a singular covariance; raise reg_covar (now {reg_covar:e}) or lower n_components"
    )]
    SingularCovariance {
        /// The component; 0 for the matrix that tied components share.
        component: usize,
        /// The regularisation that was not enough.
        reg_covar: f64,
    },
    /// A component has lost all of its rows during EM.
    #[error(
        "component {component} has no rows left; lower n_components or try another seed or init"
    )]
    EmptyComponent {
        /// The component.
        component: usize,
    },
    /// The log-likelihood left the range of floating-point numbers.
    #[error(
        "the log-likelihood is {value} at EM iteration {iteration}; standardize the columns, or look for rows far away from all others"
    )]
    Diverged {
        /// EM iteration, counted from 0 (the start).
        iteration: usize,
        /// The log-likelihood.
        value: f64,
    },
    /// Every restart of a fit failed; the first reason stands for all of them.
    #[error("all {n_init} restarts failed, the first because {first}")]
    AllRestartsFailed {
        /// Number of restarts.
        n_init: usize,
        /// Why the first one failed.
        first: Box<Error>,
    },
    /// Every cell of a selection grid failed; the first reason stands for all of them.
    #[error("all {n_cells} models of the search failed, the first because {first}")]
    AllCellsFailed {
        /// Number of cells.
        n_cells: usize,
        /// Why the first one failed.
        first: Box<Error>,
    },
    /// A file is no notebook, or its cells cannot be run.
    #[error("{}: {problem}", path.display())]
    Notebook {
        /// The notebook.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Something needs more memory than there is.
    #[error(
        "{what} needs {} of memory and {} are left; make it smaller, or use a machine with more memory",
        format_bytes(*needed),
        format_bytes(*available)
    )]
    TooLarge {
        /// What needs it.
        what: &'static str,
        /// Bytes that it needs.
        needed: u64,
        /// Bytes that are left.
        available: u64,
    },
    /// A factorisation did not converge.
    #[error("the {what} did not converge; look for columns of very different scale")]
    NoConvergence {
        /// The factorisation.
        what: &'static str,
    },
    /// A direction without variance cannot be whitened.
    #[error(
        "principal component {component} has no variance left to whiten; keep at most {rank} components"
    )]
    CannotWhiten {
        /// The first direction without variance.
        component: usize,
        /// Number of directions that have variance.
        rank: usize,
    },
    /// A text table cannot be read.
    #[error("{}, line {line}, column {column}: {problem}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column of the table, counted from 1.
        column: usize,
        /// What is wrong there, and the remedy.
        problem: String,
    },
    /// A line of a text table has more or fewer values than its first.
    #[error(
        "{}, line {line}, column {column}: the line has {found} values between {separator} where the first has {expected}; complete or remove it",
        path.display()
    )]
    RaggedTable {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The first column that is missing or too many, counted from 1.
        column: usize,
        /// Values of the line.
        found: usize,
        /// Values of the first line.
        expected: usize,
        /// What separates values.
        separator: &'static str,
    },
    /// A table has gaps where numbers are wanted.
    #[error(
        "{}, {unit} {line}, column {column}: the value of {name:?} is missing; {} missing in {n_rows} of {}{of_rows} rows: fill in what is missing, or leave such rows or columns out",
        path.display(), values_are(*n_values), if *so_far { "the first " } else { "" }
    )]
    MissingValues {
        /// The file.
        path: PathBuf,
        /// What is counted: `line` of a text, `row` of an array.
        unit: &'static str,
        /// Where the first missing value is, counted from 1.
        line: usize,
        /// Its column, counted from 1.
        column: usize,
        /// Name of that column.
        name: String,
        /// Missing values.
        n_values: usize,
        /// Rows with missing values.
        n_rows: usize,
        /// All rows, or those that were read.
        of_rows: usize,
        /// Whether there may be more rows than were read.
        so_far: bool,
    },
    /// A table has an infinite value.
    #[error(
        "{}, {unit} {line}, column {column}: the value of {name:?} is {value}; replace it or remove the {unit}",
        path.display()
    )]
    InfiniteValue {
        /// The file.
        path: PathBuf,
        /// What is counted: `line` of a text, `row` of an array.
        unit: &'static str,
        /// Where the first infinite value is, counted from 1.
        line: usize,
        /// Its column, counted from 1.
        column: usize,
        /// Name of that column.
        name: String,
        /// The value.
        value: f64,
    },
    /// Every row of a table has a gap.
    #[error("{}: all {n_rows} rows have missing values; leave out the columns that are empty", path.display())]
    NothingComplete {
        /// The file.
        path: PathBuf,
        /// All rows.
        n_rows: usize,
    },
    /// Columns of a table hold text.
    #[error("{}: {list} text, not numbers{example}; leave such columns out or encode them", path.display())]
    TextColumns {
        /// The file.
        path: PathBuf,
        /// Their names in words, and that they hold it.
        list: String,
        /// One of the texts, and where it is, in words; may be empty.
        example: String,
        /// Their names.
        columns: Vec<String>,
    },
    /// A table has no column of a name.
    #[error("{} has no column {name:?}; it has {known}", path.display())]
    UnknownColumn {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
        /// Names that there are.
        known: String,
    },
    /// A table has no rows.
    #[error("{} has no rows of numbers", path.display())]
    EmptyTable {
        /// The file.
        path: PathBuf,
    },
    /// An array file cannot be read.
    #[error("{} is not an array file that mixlab reads: {problem}", path.display())]
    ArrayFormat {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and the remedy.
        problem: String,
    },
    /// A model file cannot be read.
    #[error("{} is not a model that this mixlab reads: {problem}", path.display())]
    ModelFormat {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and the remedy.
        problem: String,
    },
    /// A dataset is unknown, or not here.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Images cannot be read.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Data have another number of columns than the model or the table that they should suit.
    #[error(
        "{} columns are expected ({}), and the data have {found}",
        expected.len(),
        first_names(expected)
    )]
    UnexpectedColumns {
        /// Names of the columns that are expected.
        expected: Vec<String>,
        /// Number of columns of the data.
        found: usize,
    },
    /// A picture cannot be drawn.
    #[error("the figure cannot be drawn: {problem}")]
    Drawing {
        /// What the drawing library said.
        problem: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<std::io::Error>,
    },
    /// Files that should be parts of one table differ in a column.
    #[error(
        "{}: {problem}, unlike {}; parts of one table must have the same columns",
        path.display(), first.display()
    )]
    UnlikeParts {
        /// The file.
        path: PathBuf,
        /// The first file.
        first: PathBuf,
        /// What differs.
        problem: String,
    },
    /// A column of a table that is shared among machines has values that are no numbers.
    #[error(
        "column {name:?} of {table}: {problem}; leave out or replace such rows, or leave out the column"
    )]
    ColumnValues {
        /// The table: its file, or the first of them.
        table: String,
        /// The column.
        name: String,
        /// What is wrong with its values.
        problem: String,
    },
    /// The machines that share the work cannot be reached, or fail.
    #[error("{place}: {problem}")]
    Cluster {
        /// Who fails, with the address.
        place: String,
        /// What happened, and the remedy.
        problem: String,
    },
    /// An error of linfa's own dataset checks.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}
