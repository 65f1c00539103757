//! Kinds of columns: the options that choose them, and those of a model.

use mixlab::Column;
use mixlab::table::KindChoice;

use super::ReadArgs;
use crate::output::Usage;

/// Returns the kinds of the columns of a model, which may be unknown.
pub fn kinds_of(read_args: &ReadArgs, columns: &[Column]) -> Result<KindChoice, Usage> {
    refuse_kinds(read_args)?;
    Ok(if columns.is_empty() { KindChoice::numbers() } else { KindChoice::of(columns) })
}

/// Returns the choice to detect kinds, apart from those of the options.
pub fn detected(read_args: &ReadArgs) -> KindChoice {
    let with_order = |suffix: &'static str| {
        read_args.date.iter().filter_map(move |name| name.strip_suffix(suffix))
    };
    let is_plain = |name: &&String| !name.ends_with("=dmy") && !name.ends_with("=mdy");
    KindChoice::detect()
        .categorical(read_args.categorical.iter())
        .numeric(read_args.numeric.iter())
        .dates(read_args.date.iter().filter(is_plain))
        .day_first(with_order("=dmy"))
        .month_first(with_order("=mdy"))
}

/// Returns an error for options of kinds, where those of a model are used.
fn refuse_kinds(read_args: &ReadArgs) -> Result<(), Usage> {
    let lists = [&read_args.categorical, &read_args.numeric, &read_args.date];
    if lists.into_iter().all(|names| names.is_empty()) {
        return Ok(());
    }
    Err(Usage(
        "--categorical, --numeric and --date do not apply to a model, which reads its columns as they were fitted; fit again \
         with them"
            .into(),
    ))
}
