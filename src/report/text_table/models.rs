//! Text tables of models and fits.

use std::iter;

use ndarray::{ArrayView1, ArrayView2};

use super::{TextTable, number};
use crate::error::Error;
use crate::kmeans::KMeans;
use crate::mixture::{Criterion, FitReport, GaussianMixture, Selection, SelectionCell, StopReason};
use crate::pipeline::Pipeline;
use crate::preprocess::pca::Pca;
use crate::preprocess::preprocessor::Preprocessor;
use crate::preprocess::scaler::StandardScaler;
use crate::preprocess::shape::Shape;

/// Maximum number of values of a point that are shown.
const VALUES: usize = 6;

/// Formats a point in parentheses, truncated to [`VALUES`] values.
fn point(values: ArrayView1<'_, f64>) -> String {
    let shown = values.iter().take(VALUES).map(|&value| number(value));
    let dots = (values.len() > VALUES).then(|| "...".to_owned());
    format!("({})", shown.chain(dots).collect::<Vec<_>>().join(", "))
}

/// Formats a count with its noun: `1 component`, `2 components`.
pub(crate) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

impl From<&GaussianMixture> for TextTable {
    /// One line per component: weight, mean, and standard deviation of each number; degrees of freedom if tails are heavy.
    fn from(model: &GaussianMixture) -> Self {
        let line = |component: usize| {
            let deviations = model.covariance(component).diag().mapv(f64::sqrt);
            let mut line = vec![
                component.to_string(),
                number(model.weights()[component]),
                point(model.means().row(component)),
                point(deviations.view()),
            ];
            line.extend(model.degrees_of_freedom().map(|all| number(all[component])));
            line
        };
        let columns = ["component", "weight", "mean", "standard deviations"].into_iter();
        let tails = model.degrees_of_freedom().map(|_| "degrees of freedom");
        Self::new(columns.chain(tails))
            .with_caption(format!("Gaussian mixture: {}", described(model)))
            .lines((0..model.n_components()).map(line))
    }
}

fn described(model: &GaussianMixture) -> String {
    let (k, n_categories) = (model.n_components(), model.categories().n_columns());
    let mut parts = vec![count(k, "component")];
    if model.n_numeric() > 0 {
        parts.push(format!("{} covariances", model.covariance_type()));
        if model.degrees_of_freedom().is_some() {
            parts.push("heavy tails".to_owned());
        }
    }
    if n_categories == 0 {
        parts.push(count(model.n_features(), "feature"));
    } else {
        parts.push(count(model.n_numeric(), "number"));
        let plural = if n_categories == 1 { "category" } else { "categories" };
        parts.push(format!("{n_categories} {plural}"));
    }
    parts.push(count(model.n_parameters(), "parameter"));
    parts.join(", ")
}

/// Describes why a restart stopped.
fn stopped(reason: &StopReason) -> String {
    match reason {
        StopReason::Converged => "converged".into(),
        StopReason::MaxIter => "max-iter".into(),
        StopReason::Outperformed => "outperformed".into(),
        StopReason::Failed(error) => format!("failed: {error}"),
    }
}

impl From<&FitReport> for TextTable {
    /// One line per restart: iterations, log-likelihood, and the reason why it stopped.
    fn from(report: &FitReport) -> Self {
        let caption = format!(
            "{} after {}, log-likelihood {:.3}",
            if report.converged() { "converged" } else { "not converged" },
            count(report.n_iter(), "iteration"),
            report.log_likelihood(),
        );
        let lines = report.restarts.iter().enumerate().map(|(index, restart)| {
            let mark = if index == report.best { "  <- kept" } else { "" };
            vec![
                index.to_string(),
                restart.n_iter().to_string(),
                restart.log_likelihood().map_or(String::new(), |value| format!("{value:.3}")),
                format!("{}{mark}", stopped(&restart.stop)),
            ]
        });
        Self::new(["restart", "iterations", "log-likelihood", "stopped"])
            .with_caption(caption)
            .lines(lines)
    }
}

impl From<&Selection> for TextTable {
    /// One line per model of the search: parameters, log-likelihood and criteria, or the error of its fit.
    fn from(selection: &Selection) -> Self {
        let criteria: Vec<Criterion> =
            selection.best().criteria.iter().map(|(criterion, _)| criterion).collect();
        let lines = selection.cells().iter().enumerate().map(|(index, cell)| {
            let mark = if index == selection.best_index() { "  <- best" } else { "" };
            selection_line(cell, &criteria, mark)
        });
        let columns = ["components", "covariance", "parameters", "log-likelihood"].into_iter();
        let columns = columns.chain(criteria.iter().map(|criterion| criterion.name()));
        Self::new(columns.chain(["stopped"])).lines(lines)
    }
}

fn selection_line(cell: &SelectionCell, criteria: &[Criterion], mark: &str) -> Vec<String> {
    let families = cell.outcome.as_ref().map(|fit| fit.model.class_families());
    let covariance = match families.unwrap_or_default() {
        [_, _, ..] => "by class".to_owned(),
        _ => cell.covariance_type.to_string(),
    };
    let mut line = vec![cell.n_components.to_string(), covariance];
    match &cell.outcome {
        Ok(fit) => {
            line.push(fit.criteria.n_parameters.to_string());
            let criteria = criteria.iter().map(|&criterion| fit.criteria.get(criterion));
            let values = iter::once(fit.criteria.log_likelihood).chain(criteria);
            // a part of the rows to which a model cannot be fitted leaves it without a value
            let known =
                |value: f64| if value.is_nan() { String::new() } else { format!("{value:.3}") };
            line.extend(values.map(known));
            let degenerate = if cell.is_degenerate() { ", degenerate" } else { "" };
            line.push(format!("{}{degenerate}{mark}", stopped(&fit.report.best().stop)));
        }
        Err(error) => {
            line.extend(iter::repeat_n(String::new(), 2 + criteria.len()));
            line.push(match error {
                Error::TooManyParameters { .. } => error.to_string(),
                _ => format!("failed: {error}"),
            });
        }
    }
    line
}

impl From<&KMeans> for TextTable {
    /// One line per cluster: its centroid.
    fn from(clusters: &KMeans) -> Self {
        let centroids: ArrayView2<'_, f64> = clusters.centroids();
        let caption = format!(
            "k-means: {}, inertia {} after {}",
            count(centroids.nrows(), "cluster"),
            number(clusters.inertia()),
            count(clusters.n_iter(), "iteration"),
        );
        let lines = centroids.rows().into_iter().enumerate();
        Self::new(["cluster", "centroid"])
            .with_caption(caption)
            .lines(lines.map(|(cluster, centroid)| vec![cluster.to_string(), point(centroid)]))
    }
}

impl From<&Pca> for TextTable {
    /// One line per principal component: its variance, its share of the total variance, and the cumulative share.
    fn from(pca: &Pca) -> Self {
        let mut sum = 0.0;
        let ratios = pca.explained_variance_ratio();
        let lines: Vec<_> = pca
            .explained_variance()
            .iter()
            .zip(&ratios)
            .enumerate()
            .map(|(component, (&variance, &ratio))| {
                sum += ratio;
                vec![component.to_string(), number(variance), number(ratio), number(sum)]
            })
            .collect();
        Self::new(["component", "variance", "share", "cumulative share"])
            .with_caption(format!("PCA: {}", kept(pca)))
            .lines(lines)
    }
}

fn kept(pca: &Pca) -> String {
    format!(
        "{} of {} components hold {:.1} % of the variance{}",
        pca.n_components(),
        pca.n_features(),
        100.0 * pca.explained_variance_ratio().sum(),
        if pca.whiten() { ", whitened" } else { "" },
    )
}

impl From<&StandardScaler> for TextTable {
    /// One line per column: mean and standard deviation.
    fn from(scaler: &StandardScaler) -> Self {
        let columns = scaler.mean().into_iter().zip(scaler.scale()).enumerate();
        Self::new(["column", "mean", "scale"])
            .with_caption("Standard scaler: columns to mean 0 and standard deviation 1")
            .lines(columns.map(|(column, (&mean, &scale))| {
                vec![column.to_string(), number(mean), number(scale)]
            }))
    }
}

impl From<&Preprocessor> for TextTable {
    /// One line per step.
    fn from(preprocessor: &Preprocessor) -> Self {
        Self::new(["step", "what it does"]).lines(steps(preprocessor))
    }
}

fn steps(preprocessor: &Preprocessor) -> Vec<Vec<String>> {
    let columns = preprocessor.layout().map(|layout| {
        let (numbers, categories) = (layout.numbers().len(), layout.categories().len());
        let mut parts = vec![count(numbers, "number")];
        if categories > 0 {
            let plural = if categories == 1 { "category" } else { "categories" };
            parts.push(format!("{categories} {plural}"));
        }
        let has_missing = |&&column: &&usize| layout.has_missing(column);
        match layout.indicators().iter().filter(has_missing).count() {
            0 => {}
            n => parts.push(format!("{} of missing values", count(n, "indicator"))),
        }
        match layout.numbers().iter().map(|&column| layout.spikes(column).len()).sum() {
            0 => {}
            n => parts.push(count(n, "spike")),
        }
        vec!["columns".to_owned(), parts.join(", ")]
    });
    let shapes = preprocessor.shapes().map(|shapes| {
        let names = shapes.as_slice().iter().map(Shape::name).enumerate();
        let named = names.filter(|(_, name)| *name != "none");
        let named = named.map(|(number, name)| format!("{name} of number {number}"));
        vec!["shapes".to_owned(), named.collect::<Vec<_>>().join(", ")]
    });
    let scaler = preprocessor.scaler().map(|_| {
        vec!["scaler".to_owned(), "columns to mean 0 and standard deviation 1".to_owned()]
    });
    let pca = preprocessor.pca().map(|pca| vec!["PCA".to_owned(), kept(pca)]);
    columns.into_iter().chain(shapes).chain(scaler).chain(pca).collect()
}

impl From<&Pipeline> for TextTable {
    /// One line per step.
    fn from(pipeline: &Pipeline) -> Self {
        Self::from(pipeline.preprocessor())
            .with_caption(format!(
                "Pipeline: a density of {}",
                count(pipeline.n_features(), "feature")
            ))
            .line(["mixture".to_owned(), described(pipeline.mixture())])
    }
}
