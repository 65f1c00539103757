//! The fields of rules between columns.

use ndarray::Array2;

use super::columns::{column_fields, read_columns};
use super::described::{Described, Section};
use super::fields::{Fields, malformed};
use super::source::{Source, count};
use crate::error::Result;
use crate::rows::rules::{Rule, Rules};

impl Section for Rules {
    const NAMES: &'static [&'static str] = &["rules", "table_names"];
}

impl Described for Rules {
    /// Combinations are optional.
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        let rules: Vec<String> = self.rules().iter().map(ToString::to_string).collect();
        fields.push("rules", rules);
        let of_rule = |(at, levels): (usize, &[Vec<f64>])| -> Vec<[f64; 2]> {
            levels.iter().flatten().map(|&value| [at as f64, value]).collect()
        };
        let levels: Vec<[f64; 2]> =
            self.levels().into_iter().enumerate().flat_map(of_rule).collect();
        if !levels.is_empty() {
            fields.push("rule_combinations", Array2::from(levels).into_dyn());
        }
        fields.extend(column_fields(self.columns(), "table"));
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        let lines: String = source.read("rules")?;
        let columns = read_columns(source, "table")?;
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let rules = lines.split('\n').map(|line| Rule::parse(line, &names));
        let rules = rules.collect::<Result<Vec<Rule>>>()?;
        let has_levels = source.group(&["rule_combinations"])?;
        let values =
            if has_levels { source.read("rule_combinations")? } else { Array2::zeros((0, 2)) };
        let levels = levels(&rules, &values)?;
        Self::new(rules, columns, levels)
    }
}

/// The combinations of each rule that is one, of rows of its number and a value.
fn levels(rules: &[Rule], values: &Array2<f64>) -> Result<Vec<Vec<Vec<f64>>>> {
    let malformed =
        || malformed("array \"rule_combinations\" is not of the combinations of the rules".into());
    if values.ncols() != 2 {
        return Err(malformed());
    }
    let widths = rules.iter().filter_map(|rule| match rule {
        Rule::Combination { columns } => Some(columns.len()),
        _ => None,
    });
    let widths: Vec<usize> = widths.collect();
    let mut of_rules: Vec<Vec<f64>> = vec![Vec::new(); widths.len()];
    for row in values.rows() {
        let rule = of_rules.get_mut(count("rule_combinations", row[0])?).ok_or_else(malformed)?;
        rule.push(row[1]);
    }
    let split = |(values, &width): (Vec<f64>, &usize)| {
        let is_whole = values.len().is_multiple_of(width);
        is_whole.then(|| values.chunks(width).map(<[f64]>::to_vec).collect()).ok_or_else(malformed)
    };
    of_rules.into_iter().zip(&widths).map(split).collect()
}
