//! Output of `mixlab fit`.

use std::io::Write;
use std::time::Duration;

use mixlab::table::SchemaEntry;
use mixlab::{Criteria, Pipeline, Selection, SelectionCell, TextTable};
use serde::Serialize;

use super::classes::ClassOutput;
use super::holdout::HoldoutOutput;
use crate::commands::schema::EntryOutput;
use crate::output::table_with_mark;

/// Result of the command.
pub struct Outcome {
    pub n_samples: usize,
    /// Number of columns of the data.
    pub n_features: usize,
    /// The preprocessor with the best mixture.
    pub pipeline: Pipeline,
    pub selection: Selection,
    /// Criteria in the space of the data, if a preprocessor transforms it.
    pub data_space: Option<Criteria>,
    pub total: Duration,
}

/// JSON output.
#[derive(Serialize)]
pub struct FitOutput<'a> {
    n_samples: usize,
    n_features: usize,
    n_reduced: usize,
    working_bytes: u64,
    n_components: usize,
    covariance_type: &'static str,
    #[serde(flatten)]
    criteria: CriteriaOutput,
    converged: bool,
    n_iter: usize,
    n_passes: usize,
    seconds: SecondsOutput,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_space: Option<CriteriaOutput>,
    /// Rows that were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    holdout: Option<HoldoutOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<ClassOutput>,
    /// The models of the search, if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    selection: Option<Vec<CellOutput>>,
    /// How the columns of the table are read.
    schema: Vec<EntryOutput<'a>>,
}

#[derive(Serialize)]
struct SecondsOutput {
    init: f64,
    em: f64,
    total: f64,
}

#[derive(Serialize)]
struct CriteriaOutput {
    log_likelihood: f64,
    score: f64,
    bic: f64,
    aic: f64,
    icl: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<f64>,
    n_parameters: usize,
}

#[derive(Serialize)]
struct CellOutput {
    n_components: usize,
    covariance_type: &'static str,
    #[serde(flatten)]
    outcome: CellOutcome,
}

#[derive(Serialize)]
#[serde(untagged)]
enum CellOutcome {
    Fitted {
        log_likelihood: f64,
        bic: f64,
        aic: f64,
        icl: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        held_out: Option<f64>,
        n_parameters: usize,
        converged: bool,
        n_iter: usize,
    },
    Failed {
        error: String,
    },
}

impl<'a> FitOutput<'a> {
    pub fn new(
        outcome: &Outcome,
        holdout: Option<HoldoutOutput>,
        classes: Option<ClassOutput>,
        schema: &'a [SchemaEntry],
    ) -> Self {
        let best = outcome.selection.best();
        let cells = outcome.selection.cells();
        Self {
            n_samples: outcome.n_samples,
            n_features: outcome.n_features,
            n_reduced: best.model.n_features(),
            working_bytes: best.report.working_bytes,
            n_components: best.model.n_components(),
            covariance_type: best.model.covariance_type().name(),
            criteria: CriteriaOutput::from(&best.criteria),
            converged: best.report.converged(),
            n_iter: best.report.n_iter(),
            n_passes: best.report.best().n_passes,
            seconds: SecondsOutput {
                init: best.report.seconds_init(),
                em: best.report.seconds_em(),
                total: outcome.total.as_secs_f64(),
            },
            data_space: outcome.data_space.as_ref().map(CriteriaOutput::from),
            holdout,
            classes,
            selection: (cells.len() > 1).then(|| cells.iter().map(CellOutput::from).collect()),
            schema: schema.iter().map(EntryOutput::from).collect(),
        }
    }
}

impl From<&Criteria> for CriteriaOutput {
    fn from(criteria: &Criteria) -> Self {
        Self {
            log_likelihood: criteria.log_likelihood,
            score: criteria.score(),
            bic: criteria.bic,
            aic: criteria.aic,
            icl: criteria.icl,
            held_out: criteria.held_out,
            n_parameters: criteria.n_parameters,
        }
    }
}

impl From<&SelectionCell> for CellOutput {
    fn from(cell: &SelectionCell) -> Self {
        let outcome = match &cell.outcome {
            Ok(fit) => CellOutcome::Fitted {
                log_likelihood: fit.criteria.log_likelihood,
                bic: fit.criteria.bic,
                aic: fit.criteria.aic,
                icl: fit.criteria.icl,
                held_out: fit.criteria.held_out,
                n_parameters: fit.criteria.n_parameters,
                converged: fit.report.converged(),
                n_iter: fit.report.n_iter(),
            },
            Err(error) => CellOutcome::Failed { error: error.to_string() },
        };
        let covariance_type = cell.covariance_type.name();
        Self { n_components: cell.n_components, covariance_type, outcome }
    }
}

impl Outcome {
    /// Writes the search as a table, and a description of the best model.
    pub fn write(
        &self,
        held_out: Option<&HoldoutOutput>,
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        if self.selection.cells().len() > 1 {
            let text_table = TextTable::from(&self.selection);
            let table = table_with_mark(&text_table, Some(self.selection.best_index()));
            writeln!(out, "{}\n", table.trim_fmt())?;
        }
        let best = self.selection.best();
        let (k, family) = (best.model.n_components(), best.model.covariance_type());
        let (n_features, n_reduced) = (self.n_features, best.model.n_features());
        let reduced = match self.pipeline.preprocessor().pca() {
            Some(_) if n_reduced != n_features => format!(", reduced to {n_reduced}"),
            _ => String::new(),
        };
        let layout = self.pipeline.layout();
        let has_missing = |&&column: &&usize| layout.has_missing(column);
        let reduced = match layout.indicators().iter().filter(has_missing).count() {
            0 => reduced,
            1 => reduced + ", 1 with missing values",
            n => format!("{reduced}, {n} with missing values"),
        };
        writeln!(out, "{} rows x {n_features} features{reduced}", self.n_samples)?;
        let plural = if k == 1 { "component" } else { "components" };
        writeln!(
            out,
            "{k} {plural}, {family} covariances, {} parameters",
            best.criteria.n_parameters
        )?;
        let stop = if best.report.converged() { "converged" } else { "not converged" };
        let n_iter = best.report.n_iter();
        let plural = if n_iter == 1 { "iteration" } else { "iterations" };
        writeln!(out, "{stop} after {n_iter} {plural}")?;
        write_criteria(out, "", &best.criteria)?;
        if let Some(criteria) = &self.data_space {
            write_criteria(out, "in the space of the data: ", criteria)?;
        }
        if let Some(HoldoutOutput { file, n_samples, score }) = held_out {
            writeln!(
                out,
                "log-likelihood of a row {score:.3} in {n_samples} rows left out, written to {file}"
            )?;
        }
        Ok(())
    }
}

fn write_criteria(out: &mut dyn Write, space: &str, criteria: &Criteria) -> std::io::Result<()> {
    let Criteria { log_likelihood, aic, bic, icl, held_out, .. } = criteria;
    write!(
        out,
        "{space}log-likelihood {log_likelihood:.3}, BIC {bic:.3}, AIC {aic:.3}, ICL {icl:.3}"
    )?;
    match held_out {
        Some(held_out) => writeln!(out, ", held-out {held_out:.3}"),
        None => writeln!(out),
    }
}
