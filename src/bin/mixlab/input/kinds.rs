//! Kinds of columns: recognised dates, and the options that change them.

use mixlab::ModelFile;
use mixlab::table::KindChoice;

use super::ReadArgs;
use crate::output::{Usage, listed, note};

/// Returns the kinds of the columns that are read: those of a model, or those of the options.
pub fn kind_choice(read_args: &ReadArgs, model: Option<&ModelFile>) -> Result<KindChoice, Usage> {
    match model {
        Some(file) if !file.columns.is_empty() => {
            refuse_kinds(read_args)?;
            Ok(KindChoice::of(&file.columns))
        }
        _ => {
            Ok(KindChoice::detect().numeric(read_args.numeric.iter()).dates(read_args.date.iter()))
        }
    }
}

/// Returns an error for options of kinds, where those of a model are used.
pub fn refuse_kinds(read_args: &ReadArgs) -> Result<(), Usage> {
    if read_args.numeric.is_empty() && read_args.date.is_empty() {
        return Ok(());
    }
    Err(Usage(
        "--numeric and --date do not apply to a model, which reads its columns as they were fitted; fit again with them"
            .into(),
    ))
}

/// Says which columns were recognised as dates, and the option that changes it; columns that --date names are not mentioned.
pub fn note_dates<'a>(read_args: &ReadArgs, dates: impl Iterator<Item = &'a str>) {
    let names: Vec<&str> =
        dates.filter(|name| !read_args.date.iter().any(|given| given == name)).collect();
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let columns = match names.len() {
        0 => return,
        1 => "column",
        _ => "columns",
    };
    let (quoted, listed) = (quoted.join(", "), listed(&names));
    let (is, keeps) =
        if names.len() == 1 { ("is", "it a number") } else { ("are", "them numbers") };
    note(format_args!(
        "{columns} {quoted} {is} read as dates YYYYMMDD; --numeric {listed} keeps {keeps}"
    ));
}
