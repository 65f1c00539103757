//! Rules between columns: the option, and rules that are found.

use mixlab::{ModelFile, Rule, Rules};

use super::FitArgs;
use super::settings::ModelPurpose;
use crate::input::names_of;
use crate::output::{Usage, note};
use crate::source::Source;

/// Maximum number of rules that are offered.
const MOST_OFFERED: usize = 6;

/// The rows with the rules of the arguments, or with those of a model to continue from.
pub fn apply(source: Source, args: &FitArgs, start: Option<&ModelFile>) -> anyhow::Result<Source> {
    if let Some(start) = start {
        return Ok(match &start.rules {
            Some(rules) => source.with_rules(rules.clone(), start.columns.clone()),
            None => source,
        });
    }
    if args.rules.is_empty() {
        return Ok(source);
    }
    if source.image().is_some() {
        return Err(Usage("--rule is for tables, and these are images".into()).into());
    }
    #[cfg(feature = "cluster")]
    if args.cluster.is_some() {
        return Err(
            Usage("--rule needs the rows on this machine; leave --cluster out".into()).into()
        );
    }
    let names = names_of(source.columns());
    let parse = |text: &String| {
        Rule::parse(text, &names).map_err(|error| match left_out(text, &source) {
            Some(usage) => anyhow::Error::from(usage),
            None => error.into(),
        })
    };
    let rules = args.rules.iter().map(parse).collect::<anyhow::Result<Vec<Rule>>>()?;
    let (rules, columns) = Rules::fit(rules, source.columns(), source.rows())?;
    let of_model = names_of(&columns).join("; ");
    note(format_args!("with the rules, the columns of the model are {of_model}"));
    Ok(source.with_rules(rules, columns))
}

/// Returns an error that names a column that has been left out of the table, if a rule has it.
fn left_out(rule: &str, source: &Source) -> Option<Usage> {
    let entries = source.schema().entries().iter();
    let mut left_out = entries.filter(|entry| entry.column.is_none() && rule.contains(&entry.name));
    let name = &left_out.next()?.name;
    Some(Usage(format!(
        "rule {rule:?}: the column {name:?} is left out of the model, so that no rule can have it"
    )))
}

/// Says which rules hold in all rows, unless some are given. Orders of columns concern samples alone; columns that follow from others
/// count twice in every model.
pub fn offer(source: &Source, args: &FitArgs) -> mixlab::Result<()> {
    if source.rules().is_some() || source.image().is_some() {
        return Ok(());
    }
    if !source.is_in_memory() && args.purpose == ModelPurpose::Samples {
        note(format_args!(
            "rules between columns are searched for in memory alone; give those that hold with --rule"
        ));
    }
    let is_offered =
        |rule: &Rule| args.purpose == ModelPurpose::Samples || !matches!(rule, Rule::AtMost { .. });
    let found = Rule::find(source.rows(), source.columns())?;
    let options: Vec<String> = found
        .iter()
        .filter(|rule| is_offered(rule))
        .map(|rule| format!("--rule {:?}", rule.to_string()))
        .collect();
    if !options.is_empty() {
        let dots = if options.len() > MOST_OFFERED { ", ..." } else { "" };
        let shown = options[..options.len().min(MOST_OFFERED)].join(" ");
        note(format_args!("rules hold in all rows, and samples keep them with {shown}{dots}"));
    }
    Ok(())
}
