//! Text tables of the components of a model, in the units of the data.

use ndarray::{Array1, ArrayView1, ArrayView2};

use super::{TextTable, significant};
use crate::model_file::ModelFile;
use crate::pipeline::Pipeline;
use crate::rows::kind::ValueKind;

/// Maximum number of levels of a category that are listed; the others are summed.
const MOST_LEVELS: usize = 6;

impl TextTable {
    /// Returns a table of the given components of a model file in the units of the data: one column per component, a line
    /// of weights, one of degrees of freedom if tails are heavy, and for each column of the data a line with mean ± standard deviation, or lines with the shares of levels, the
    /// largest first, and a line with the share of missing values, if these are informative. Without components, returns one line
    /// per component with its weight.
    pub fn components(file: &ModelFile, components: &[usize]) -> Self {
        let pipeline = &file.pipeline;
        let weights = pipeline.mixture().weights();
        if components.is_empty() {
            let lines = (0..weights.len()).map(|k| vec![k.to_string(), percent(weights[k])]);
            return Self::new(["component", "weight"]).lines(lines);
        }
        let header = components.iter().map(|component| format!("component {component}"));
        let mut text_table = Self::new(std::iter::once(String::new()).chain(header));
        let mut push = |name: String, cell: &dyn Fn(usize) -> String| {
            let cells = components.iter().map(|&component| cell(component));
            text_table.lines.push(std::iter::once(name).chain(cells).collect());
        };
        push("weight".into(), &|component| percent(weights[component]));
        if let Some(all) = pipeline.mixture().degrees_of_freedom() {
            push("degrees of freedom".into(), &|component| {
                significant(all[component], all[component])
            });
        }
        let (means, deviations) = (pipeline.means(), pipeline.standard_deviations());
        for (column, name) in file.column_names().iter().enumerate() {
            let kind =
                file.columns.get(column).map(|column| column.kind.clone()).unwrap_or_default();
            if let Some(probabilities) = pipeline.level_probabilities(column) {
                let names = file.level_names(column).unwrap_or_default();
                for (level, shares) in largest(probabilities, weights.to_owned(), &names) {
                    push(format!("{name}: {level}"), &|component| percent(shares[component]));
                }
            } else if let Ok(at) = pipeline.layout().numbers().binary_search(&column) {
                let cell =
                    |component| spread(means[[component, at]], deviations[[component, at]], &kind);
                push(name.clone(), &cell);
            }
            if let Some(probabilities) = pipeline.spike_probabilities(column) {
                let spikes = pipeline.layout().spikes(column);
                for (spike, shares) in spikes.iter().zip(probabilities.columns()) {
                    let cell = |component| percent(shares[component]);
                    push(format!("{name} exactly {spike}"), &cell);
                }
            }
            if let Some(missing) = pipeline.missing_probabilities(column) {
                push(format!("{name} missing"), &|component| percent(missing[component]));
            }
        }
        text_table
    }
}

impl TextTable {
    /// One line per column of the data with what components with these weights expect there: mean ± standard deviation, which are
    /// given for the columns that are numbers, with the shares of spikes, or the shares of the largest levels.
    pub fn expected(
        file: &ModelFile,
        weights: ArrayView1<'_, f64>,
        numbers: Option<(ArrayView1<'_, f64>, Array1<f64>)>,
    ) -> Self {
        let line = |(column, name): (usize, String)| {
            let kind =
                file.columns.get(column).map(|column| column.kind.clone()).unwrap_or_default();
            let text = match (file.pipeline.level_probabilities(column), &numbers) {
                (Some(probabilities), _) => {
                    let names = file.level_names(column).unwrap_or_default();
                    let levels = largest(probabilities, weights.to_owned(), &names);
                    let share = |(level, shares): &(String, Array1<f64>)| {
                        format!("{level} {}", percent(weights.dot(shares)))
                    };
                    levels.iter().map(share).collect::<Vec<_>>().join(", ")
                }
                (None, Some((mean, deviation))) => {
                    let at = file.pipeline.layout().numbers().binary_search(&column);
                    let at = at.expect("a column is a number or a category");
                    let spikes = spikes(&file.pipeline, weights, column);
                    spread(mean[at], deviation[at], &kind) + &spikes
                }
                (None, None) => String::new(),
            };
            vec![name, text]
        };
        let lines = file.column_names().into_iter().enumerate().map(line);
        Self::new(["column", "expected"]).lines(lines)
    }
}

/// The shares of the spikes of a column, with these weights of the components.
fn spikes(pipeline: &Pipeline, weights: ArrayView1<'_, f64>, column: usize) -> String {
    let Some(probabilities) = pipeline.spike_probabilities(column) else { return String::new() };
    let shares = weights.dot(&probabilities);
    let text = |(spike, &share): (&f64, &f64)| format!(", exactly {spike} {}", percent(share));
    pipeline.layout().spikes(column).iter().zip(&shares).map(text).collect()
}

/// Returns the levels with the largest shares of all rows and their probabilities in each component, and the others as one.
fn largest(
    probabilities: ArrayView2<'_, f64>,
    weights: Array1<f64>,
    names: &[String],
) -> Vec<(String, Array1<f64>)> {
    let shares = weights.dot(&probabilities);
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]));
    // one more line is as short as the line of the others
    let n_shown = if order.len() <= MOST_LEVELS + 1 { order.len() } else { MOST_LEVELS };
    let listed = |&level: &usize| (names[level].clone(), probabilities.column(level).to_owned());
    let mut lines: Vec<_> = order[..n_shown].iter().map(listed).collect();
    let others = &order[n_shown..];
    if !others.is_empty() {
        let sum = others.iter().map(|&level| probabilities.column(level).to_owned());
        let sum = sum.fold(Array1::zeros(weights.len()), |sum, of_level| sum + of_level);
        lines.push((format!("{} other levels", others.len()), sum));
    }
    lines
}

/// Formats mean ± standard deviation, with the mean of dates as a date.
fn spread(mean: f64, deviation: f64, kind: &ValueKind) -> String {
    match kind.text(mean) {
        Some(date) => format!("{date} ± {} days", significant(deviation, deviation)),
        None => format!("{} ± {}", significant(mean, deviation), significant(deviation, deviation)),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_largest_levels_are_listed_and_the_others_summed() {
        let all: Vec<String> = (0..9).map(|level| format!("l{level}")).collect();
        let probabilities = array![
            [0.01, 0.02, 0.03, 0.04, 0.1, 0.1, 0.2, 0.2, 0.3],
            [0.01, 0.02, 0.03, 0.04, 0.1, 0.2, 0.2, 0.1, 0.3]
        ];
        let lines = largest(probabilities.view(), array![0.4, 0.6], &all);
        let names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["l8", "l6", "l5", "l7", "l4", "l3", "3 other levels"]);
        assert!((lines[6].1[0] - 0.06).abs() < 1e-12);
        // seven levels need no line of others
        let seven = probabilities.slice_axis(ndarray::Axis(1), ndarray::Slice::from(..7));
        assert_eq!(largest(seven, array![0.4, 0.6], &all).len(), 7);
    }
}
