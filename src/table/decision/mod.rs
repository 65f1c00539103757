//! Decisions that a reader takes for the user.

mod wording;

/// A decision that the reader of a table has taken, where it differs from the plain default. Its `Display` is one line without the
/// name of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The text is UTF-16, without a byte-order mark that says so.
    Utf16,
    /// Lines that begin with this text are comments.
    Comments {
        /// Beginning of the comments.
        prefix: String,
        /// The first of them, counted from 1.
        line: usize,
    },
    /// The first line is data, so the columns have no names.
    NoNames {
        /// The line, counted from 1.
        line: usize,
        /// Number of columns.
        n_columns: usize,
    },
    /// The first line holds numbers, which are names.
    NumericNames {
        /// The line, counted from 1.
        line: usize,
        /// The names.
        names: Vec<String>,
    },
    /// A comment holds the names.
    NamesInComment {
        /// The line, counted from 1.
        line: usize,
        /// The names.
        names: Vec<String>,
    },
    /// Names that occur more than once are changed.
    RenamedColumns {
        /// The names in the file and the names of the table.
        renamed: Vec<(String, String)>,
    },
    /// The line below the names holds units.
    Units {
        /// The line, counted from 1.
        line: usize,
        /// The units.
        units: Vec<String>,
    },
    /// A column identifies the rows, so it is not used as data.
    RowIndex {
        /// Name of the column in the table.
        name: String,
        /// Whether the file has a name for it.
        is_named: bool,
        /// Name of the last column, by which a range of columns can be selected.
        last: String,
    },
    /// A column that is used as data increases by one from row to row.
    CountingColumn {
        /// Name of the column.
        name: String,
    },
    /// Columns without a name and without values are ignored.
    EmptyColumns {
        /// The columns, counted from 1.
        columns: Vec<usize>,
    },
    /// The decimal mark is a comma where points are usual.
    DecimalCommas {
        /// A value.
        text: String,
    },
    /// Thousands are separated by this mark.
    Thousands {
        /// The mark.
        mark: char,
        /// Names of the columns.
        columns: Vec<String>,
        /// A value.
        text: String,
        /// The value as it is read.
        value: String,
        /// Whether the decimal mark of other values proves it.
        is_certain: bool,
    },
    /// The mark in all values such as `1,234` is taken as a decimal mark, although it could separate thousands.
    AmbiguousMarks {
        /// The mark.
        mark: char,
        /// A value.
        text: String,
    },
    /// Columns hold truth values, which are read as 1 and 0.
    Booleans {
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// Columns that number the rows, as data frames write them, are not used as data.
    IndexColumns {
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// Texts are categories.
    Categories {
        /// Names of the columns, and their numbers of levels.
        columns: Vec<(String, usize)>,
    },
    /// The rare texts of a column are one level.
    OtherLevel {
        /// Name of the column.
        column: String,
        /// Number of different texts.
        n_texts: usize,
        /// Number of rows with a rare one.
        n_rows: u64,
    },
    /// Texts that are no levels of a model.
    UnknownLevels {
        /// Name of the column.
        column: String,
        /// One of the texts.
        example: String,
        /// Number of different texts.
        n_texts: usize,
        /// Number of rows with one of them.
        n_rows: u64,
        /// Whether they are the level `other`, and not missing values.
        becomes_other: bool,
    },
    /// Columns hold dates or times.
    Dates {
        /// Names of the columns.
        columns: Vec<String>,
        /// Their form, such as `%d.%m.%Y` or `YYYYMMDD`.
        form: String,
        /// Whether the dates are numbers.
        is_number: bool,
    },
    /// No date of a column shows whether the day or the month is first.
    AmbiguousDates {
        /// Name of the column.
        column: String,
        /// Whether the month is taken as the first.
        is_month_first: bool,
    },
    /// The few whole numbers of columns, which are read as numbers, may be codes of categories.
    LikelyCodes {
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// A sign of every number of columns is left out.
    Signs {
        /// The sign.
        sign: char,
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// Columns whose texts nearly all differ are left out.
    Names {
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// A column of numbers and, in some rows, a few words is left out.
    NumbersAndTexts {
        /// Name of the column.
        column: String,
        /// The words.
        words: Vec<String>,
        /// Number of rows with one of them.
        n_rows: u64,
    },
    /// Columns with one value are left out.
    ConstantColumns {
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// Columns without values are left out.
    NoValues {
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// Values of columns are missing.
    MissingValues {
        /// Names of the columns, and their numbers of missing values.
        columns: Vec<(String, u64)>,
    },
    /// An array of more than two dimensions is read as images.
    Images {
        /// Number of images.
        n_images: usize,
        /// Height, width and number of values per pixel.
        size: [usize; 3],
    },
}
