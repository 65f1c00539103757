//! The error type of the library.
//!
//! Every message names the place, the value found there and the remedy, in lower case and without a full stop, so that a
//! command line or a notebook can print it unchanged.

mod constructors;
mod dataset;
mod image;
mod wording;

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use self::wording::{
    columns_are_constant, columns_are_empty, first_names, other_texts, reasons, rows_are, values,
};

pub use dataset::{DatasetError, FailedDownload};
pub use image::ImageError;
pub use wording::format_bytes;

/// `Result` with mixlab's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error of mixlab.
///
/// Errors that many modules raise are variants of this enum. Errors of one module alone form an enum of their own, such as
/// [`DatasetError`], in a variant that adds no words.
///
/// Rows, columns and components are counted from 0, as in arrays. Lines and columns of text files are counted from 1, as in
/// editors.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter is outside of its range.
    #[error("{name} is {value}, but it must be {expected}")]
    InvalidParam {
        /// Name of the parameter.
        name: &'static str,
        /// The rejected value.
        value: String,
        /// The accepted values.
        expected: &'static str,
    },
    /// There are too few rows for the requested operation.
    #[error("{} too few for {wanted}; at least {needed} are needed", rows_are(*n_samples))]
    TooFewSamples {
        /// Number of rows.
        n_samples: usize,
        /// Number of rows that are needed.
        needed: usize,
        /// The operation that needs them.
        wanted: String,
    },
    /// The rows of a class cannot be fitted.
    #[error("class {class} cannot have a mixture of its own: {error}")]
    InClass {
        /// The class, an index of a level.
        class: usize,
        /// The reason.
        error: Box<Error>,
    },
    /// Two sizes that must agree differ.
    #[error("{what} has {found} where {expected} was expected")]
    ShapeMismatch {
        /// The array and the axis.
        what: &'static str,
        /// The expected size.
        expected: String,
        /// The actual size.
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
    /// A value of a category is not the index of a level.
    #[error(
        "row {row}, column {column} (counted from 0) is {value}, not one of the {n_levels} levels of the category, which are numbered from 0; correct it, or replace it by NaN for a missing value"
    )]
    UnknownLevel {
        /// Row of the first such value.
        row: usize,
        /// Column of the category.
        column: usize,
        /// The value.
        value: f64,
        /// Number of levels.
        n_levels: usize,
    },
    /// Columns have no value at all.
    #[error("{}; leave out columns without values", columns_are_empty(columns))]
    EmptyColumns {
        /// Indices of all columns without values.
        columns: Vec<usize>,
    },
    /// A column cannot have the shape that is requested for it.
    #[error("column {column} cannot have the shape {shape}: it needs {expected}")]
    ColumnShape {
        /// Index of the column.
        column: usize,
        /// The shape.
        shape: &'static str,
        /// What the shape needs.
        expected: &'static str,
    },
    /// A method for complete rows is used on rows with missing values.
    #[error(
        "{what} needs complete rows, and values are missing; fill in or leave out what is missing, or fit without it"
    )]
    IncompleteRows {
        /// The method.
        what: &'static str,
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
    /// Columns have the same value in every row, so their variances cannot be estimated.
    #[error(
        "{}, so the rows have no density; leave out constant columns, or reduce the dimension with PCA",
        columns_are_constant(columns)
    )]
    ConstantColumns {
        /// Indices of all constant columns.
        columns: Vec<usize>,
    },
    /// The range of a column is so wide that squared distances overflow.
    #[error(
        "column {} ranges from {min:e} to {max:e}, too wide for squared distances; remove fill values, or divide it by a power of ten",
        column + 1
    )]
    TooWide {
        /// The column.
        column: usize,
        /// Its smallest value.
        min: f64,
        /// Its largest value.
        max: f64,
    },
    /// A model of a search has more parameters than the data have values, and was not tried.
    #[error("not tried: {n_parameters} parameters for {n_numbers} values")]
    TooManyParameters {
        /// Number of free parameters of the model.
        n_parameters: usize,
        /// Number of values: rows times columns.
        n_numbers: usize,
    },
    /// A covariance matrix is not positive definite.
    #[error(
        "component {component} has a singular covariance; raise reg_covar (now {reg_covar:e}) or lower n_components"
    )]
    SingularCovariance {
        /// The component; 0 for the matrix that tied components share.
        component: usize,
        /// The regularisation that was not sufficient.
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
    /// The log-likelihood is not a finite number.
    #[error(
        "the log-likelihood is {value} at EM iteration {iteration}; standardize the columns, or look for outliers far away from all other rows"
    )]
    Diverged {
        /// EM iteration, counted from 0 (the start).
        iteration: usize,
        /// The log-likelihood.
        value: f64,
    },
    /// Every restart of a fit failed; the first error is reported.
    #[error("all {n_init} restarts failed, the first with: {first}")]
    AllRestartsFailed {
        /// Number of restarts.
        n_init: usize,
        /// Error of the first restart.
        first: Box<Error>,
    },
    /// Every cell of a selection grid failed; the first error is reported.
    #[error("all {n_cells} models of the search failed, the first with: {first}")]
    AllCellsFailed {
        /// Number of cells.
        n_cells: usize,
        /// Error of the first cell.
        first: Box<Error>,
    },
    /// A file is not a notebook, or its cells cannot be run.
    #[error("{}: {problem}", path.display())]
    Notebook {
        /// The notebook.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
    /// An operation needs more memory than is available.
    #[error(
        "{what} needs {} of memory, but only {} are available; make it smaller, or use a machine with more memory",
        format_bytes(*needed),
        format_bytes(*available)
    )]
    TooLarge {
        /// The object that needs it.
        what: &'static str,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are available.
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
        /// The problem, and the remedy.
        problem: String,
    },
    /// A value in a column of numbers is a text.
    #[error(
        "{}, line {line}, column {column}: the value of {name:?} is {text:?}, not a number{}; correct it, or declare it as a missing value",
        path.display(), other_texts(*n_values)
    )]
    TextValue {
        /// The file.
        path: PathBuf,
        /// Line of the first such value, counted from 1.
        line: usize,
        /// Its column, counted from 1.
        column: usize,
        /// Name of that column.
        name: String,
        /// The value.
        text: String,
        /// Number of texts in that column.
        n_values: usize,
    },
    /// The mark in a number may be a decimal mark or a separator of thousands.
    #[error(
        "{}, line {line}, column {column}: {text:?} in {name:?} may be one number with a decimal mark or thousands, and no other value decides it; state the decimal mark",
        path.display()
    )]
    AmbiguousNumber {
        /// The file.
        path: PathBuf,
        /// Line of the number, counted from 1.
        line: usize,
        /// Its column, counted from 1.
        column: usize,
        /// Name of that column.
        name: String,
        /// The number as it is written.
        text: String,
    },
    /// A quote is not closed.
    #[error("{}, line {line}: the quote that opens in this line is not closed; close or remove it", path.display())]
    UnclosedQuote {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// A line above the names or the rows is not part of the table.
    #[error(
        "{}, line {line}: the line has {} where the following lines have {expected}; skip the lines that are not part of the table",
        path.display(), values(*found)
    )]
    TitleLine {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// Number of values in the line.
        found: usize,
        /// Number of values in the following lines.
        expected: usize,
        /// Number of lines above the names or the rows.
        n_lines: usize,
    },
    /// A text table has names and no rows.
    #[error("{}, line {line}: the table has no rows, only this line of names", path.display())]
    NamesOnly {
        /// The file.
        path: PathBuf,
        /// Line of the names, counted from 1.
        line: usize,
    },
    /// A line of a text table has more or fewer values than the first line.
    #[error(
        "{}, line {line}, column {column}: the line has {} between {separator} where the first has {expected}; complete or remove it",
        path.display(), values(*found)
    )]
    RaggedTable {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The first column that is missing or too many, counted from 1.
        column: usize,
        /// Number of values in the line.
        found: usize,
        /// Number of values in the first line.
        expected: usize,
        /// The separator of values.
        separator: &'static str,
    },
    /// A table has an infinite value.
    #[error(
        "{}, {unit} {line}, column {column}: the value of {name:?} is {value}; replace it or remove the {unit}",
        path.display()
    )]
    InfiniteValue {
        /// The file.
        path: PathBuf,
        /// Unit of the position: `line` of a text, `row` of an array.
        unit: &'static str,
        /// Position of the first infinite value, counted from 1.
        line: usize,
        /// Its column, counted from 1.
        column: usize,
        /// Name of that column.
        name: String,
        /// The value.
        value: f64,
    },
    /// Every row of a table has a missing value.
    #[error("{}: all {n_rows} rows have missing values; leave out the columns that are empty", path.display())]
    NothingComplete {
        /// The file.
        path: PathBuf,
        /// Number of rows.
        n_rows: usize,
    },
    /// Columns of a table hold text.
    #[error("{}: {list} text, not numbers{example}; leave such columns out or encode them", path.display())]
    TextColumns {
        /// The file.
        path: PathBuf,
        /// Their names and the verb, as the message has them.
        list: String,
        /// One of the texts and its position, as the message has them; may be empty.
        example: String,
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// Columns of a table hold values of another kind than numbers, such as dates or lists.
    #[error("{}: {list}, not numbers; leave such columns out, or convert them to numbers in the file", path.display())]
    OtherColumns {
        /// The file.
        path: PathBuf,
        /// Their names and kinds, as the message has them.
        list: String,
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// A file is of a format that is not read.
    #[error("{} is {format}, which mixlab does not read; {remedy}", path.display())]
    ForeignFormat {
        /// The file.
        path: PathBuf,
        /// Name of the format, with its article.
        format: String,
        /// The remedy.
        remedy: String,
    },
    /// A table has no column of the requested name.
    #[error("{} has no column {name:?}; it has {known}", path.display())]
    UnknownColumn {
        /// The file.
        path: PathBuf,
        /// The requested name.
        name: String,
        /// The names of the columns, joined.
        known: String,
    },
    /// A column of a given value is none of the model.
    #[error("the model has no column {name:?}; it has {known}")]
    GivenColumn {
        /// The requested name.
        name: String,
        /// The names of the columns, joined.
        known: String,
    },
    /// A rule between columns cannot be read or kept.
    #[error("the rule {rule:?}: {problem}")]
    InvalidRule {
        /// The rule, as it is written.
        rule: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A rule between columns does not hold in all rows.
    #[error(
        "the rule {rule:?} is broken in {n_rows} of the rows, first in row {} (counted from 1), where {values}; correct or leave out these rows, or leave out the rule",
        row + 1
    )]
    BrokenRule {
        /// The rule, as it is written.
        rule: String,
        /// Number of rows in which it is broken.
        n_rows: usize,
        /// The first of them, counted from 0.
        row: usize,
        /// Its values of the columns of the rule.
        values: String,
    },
    /// A text is no value of its column.
    #[error("{value:?} is no value of the column {name:?}; {expected}")]
    GivenValue {
        /// Name of the column.
        name: String,
        /// The text.
        value: String,
        /// The values of the column.
        expected: String,
    },
    /// A value of a column of dates is not a date.
    #[error(
        "{}, row {row}: {value} in {name:?} is not a date of the form YYYYMMDD; correct it, or use the column as numbers",
        path.display()
    )]
    InvalidDate {
        /// The file.
        path: PathBuf,
        /// Row of the first such value, counted from 1.
        row: usize,
        /// Name of its column.
        name: String,
        /// The value.
        value: f64,
    },
    /// All columns of a table are left out.
    #[error("{}: no column is left to use: {}", path.display(), reasons(left_out))]
    NoColumns {
        /// The file.
        path: PathBuf,
        /// Names of the columns, and why each is left out.
        left_out: Vec<(String, String)>,
    },
    /// A table has no rows.
    #[error("{} has no rows of numbers", path.display())]
    EmptyTable {
        /// The file.
        path: PathBuf,
    },
    /// A file is not an array file that mixlab can read.
    #[error("{} is not an array file that mixlab reads: {problem}", path.display())]
    ArrayFormat {
        /// The file.
        path: PathBuf,
        /// The problem, and the remedy.
        problem: String,
    },
    /// A file is not a model file that mixlab can read.
    #[error("{} is not a model that this mixlab reads: {problem}", path.display())]
    ModelFormat {
        /// The file.
        path: PathBuf,
        /// The problem, and the remedy.
        problem: String,
    },
    /// A dataset is unknown, or cannot be obtained.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Images cannot be read.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Data have another number of columns than the model or the table that they are used with.
    #[error(
        "{} columns are expected ({}), and the data have {found}",
        expected.len(),
        first_names(expected)
    )]
    UnexpectedColumns {
        /// Names of the expected columns.
        expected: Vec<String>,
        /// Number of columns of the data.
        found: usize,
    },
    /// A figure cannot be drawn.
    #[error("the figure cannot be drawn: {problem}")]
    Drawing {
        /// The message of the drawing library.
        problem: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: Arc<std::io::Error>,
    },
    /// Files that form one table differ in a column.
    #[error(
        "{}: {problem}, unlike {}; files of one table must have the same columns",
        path.display(), first.display()
    )]
    UnlikeParts {
        /// The file.
        path: PathBuf,
        /// The first file.
        first: PathBuf,
        /// The difference.
        problem: String,
    },
    /// A column of a table on a cluster has values that are not numbers.
    #[error(
        "column {name:?} of {table}: {problem}; leave out or replace such rows, or leave out the column"
    )]
    ColumnValues {
        /// The table: its file, or the first of its files.
        table: String,
        /// The column.
        name: String,
        /// The problem with its values.
        problem: String,
    },
    /// The machines of a cluster cannot be reached, or fail.
    #[error("{place}: {problem}")]
    Cluster {
        /// The machine or service that fails, with its address.
        place: String,
        /// The problem, and the remedy.
        problem: String,
    },
    /// An error of linfa's dataset checks.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}
