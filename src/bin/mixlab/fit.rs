//! `mixlab fit`

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table};
use indicatif::{ProgressBar, ProgressStyle};
use linfa::DatasetBase;
use mixlab::{
    CovarianceType, Criteria, FrontEnd, GaussianMixture, GmmParams, Init, ModelFile, Pca, Pipeline,
    Selection, SelectionCell,
};
use serde_json::{Value, json};

use crate::args::FitArgs;
use crate::input::{self, Input};
use crate::output::{self, print};

/// What a run of the command found out.
struct Outcome {
    n_samples: usize,
    n_features: usize,
    selection: Selection,
    /// Criteria in the space of the data, if a front end makes it another than the mixture's.
    data_space: Option<Criteria>,
    total: Duration,
}

pub fn run(args: &FitArgs) -> anyhow::Result<ExitCode> {
    let begin = Instant::now();
    let Input { table, image } = input::read(&args.data)?;
    let start = args.start.as_deref().map(ModelFile::load).transpose()?;

    let front_end = match &start {
        Some(start) => start.pipeline.front_end().clone(),
        None => front_end_params(args).fit_front_end(&table)?,
    };
    let feature_names = table.feature_names().to_vec();
    let latent = DatasetBase::from(front_end.try_transform(table.records.view())?);
    let selection = select(args, start.as_ref(), &latent)?;

    let data_space = match front_end.is_identity() {
        true => None,
        false => Some(pipeline(&front_end, &selection)?.criteria(&table)?),
    };
    if let Some(path) = &args.output {
        let pipeline = pipeline(&front_end, &selection)?;
        ModelFile { pipeline, image, feature_names }.save(path)?;
    }
    let outcome = Outcome {
        n_samples: latent.records.nrows(),
        n_features: latent.records.ncols(),
        selection,
        data_space,
        total: begin.elapsed(),
    };
    warn(&outcome);
    match args.json {
        true => print(|out| writeln!(out, "{:#}", outcome.json()))?,
        false => print(|out| outcome.write(out, args.output.as_deref()))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn pipeline(front_end: &FrontEnd, selection: &Selection) -> mixlab::Result<Pipeline> {
    Pipeline::new(front_end.clone(), selection.best_model().clone())
}

fn front_end_params(args: &FitArgs) -> mixlab::PipelineParams {
    let params = Pipeline::params().standardize(args.standardize);
    match args.pca {
        Some(n_components) => params.pca(Pca::params(n_components).whiten(args.whiten)),
        None => params,
    }
}

fn select(
    args: &FitArgs,
    start: Option<&ModelFile>,
    latent: &DatasetBase<ndarray::Array2<f64>, ndarray::Array1<()>>,
) -> mixlab::Result<Selection> {
    let start = start.map(|start| start.pipeline.mixture());
    let n_components = match (&args.components, start) {
        (Some(numbers), _) => numbers.0.clone(),
        (None, Some(start)) => vec![start.n_components()],
        (None, None) => (1..=10).collect(),
    };
    let types = match (&args.covariance, start) {
        (Some(types), _) => types.0.clone(),
        (None, Some(start)) => vec![start.covariance_type()],
        (None, None) => vec![CovarianceType::Full],
    };
    let bar = progress(n_components.len() * types.len());
    let selection = Selection::params(n_components)
        .covariance_types(types)
        .criterion(args.criterion)
        .mixture(mixture_params(args, start))
        .fit_observed(latent, |cell| {
            bar.set_message(format!("{} {}", cell.n_components, cell.covariance_type));
            bar.inc(1);
        });
    bar.finish_and_clear();
    selection
}

fn mixture_params(args: &FitArgs, start: Option<&GaussianMixture>) -> GmmParams {
    let init = match start {
        Some(start) => Init::Model(Box::new(start.clone())),
        None => args.init.clone(),
    };
    GaussianMixture::params(1)
        .n_init(args.n_init)
        .max_iter(args.max_iter)
        .tol(args.tol)
        .reg_covar(args.reg_covar)
        .init(init)
        .seed(args.seed)
}

/// A bar on standard error; it stays silent where that is not a terminal.
fn progress(n_cells: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} models, {eta} left  {msg}");
    ProgressBar::new(n_cells as u64).with_style(style.expect("a valid template"))
}

/// Says on standard error what a user should know about the chosen model.
fn warn(outcome: &Outcome) {
    let best = outcome.selection.best();
    if !best.report.converged() {
        eprintln!(
            "mixlab: not converged after {} iterations; raise --max-iter or --tol",
            best.report.n_iter()
        );
    }
    let failed = outcome.selection.cells().iter().filter(|cell| cell.outcome.is_err()).count();
    if failed > 0 {
        let all = outcome.selection.cells().len();
        eprintln!("mixlab: {failed} of {all} models could not be fitted; the table says why");
    }
}

impl Outcome {
    fn json(&self) -> Value {
        let best = self.selection.best();
        let Criteria { log_likelihood, aic, bic, icl, n_parameters, .. } = best.criteria;
        let mut object = json!({
            "n_samples": self.n_samples,
            "n_features": self.n_features,
            "n_components": best.model.n_components(),
            "covariance_type": best.model.covariance_type().name(),
            "log_likelihood": log_likelihood,
            "score": best.criteria.score(),
            "bic": bic,
            "aic": aic,
            "icl": icl,
            "n_parameters": n_parameters,
            "converged": best.report.converged(),
            "n_iter": best.report.n_iter(),
            "seconds": {
                "init": best.report.seconds_init(),
                "em": best.report.seconds_em(),
                "total": self.total.as_secs_f64(),
            },
        });
        if let Some(criteria) = &self.data_space {
            object["data_space"] = json!({
                "log_likelihood": criteria.log_likelihood,
                "score": criteria.score(),
                "bic": criteria.bic,
                "aic": criteria.aic,
                "icl": criteria.icl,
                "n_parameters": criteria.n_parameters,
            });
        }
        if self.selection.cells().len() > 1 {
            object["selection"] = self.selection.cells().iter().map(cell_json).collect();
        }
        object
    }

    fn write(&self, out: &mut dyn Write, model: Option<&Path>) -> std::io::Result<()> {
        if self.selection.cells().len() > 1 {
            writeln!(out, "{}\n", self.table().trim_fmt())?;
        }
        let best = self.selection.best();
        let (k, family) = (best.model.n_components(), best.model.covariance_type());
        writeln!(out, "{} rows x {} features", self.n_samples, self.n_features)?;
        let plural = if k == 1 { "component" } else { "components" };
        writeln!(
            out,
            "{k} {plural}, {family} covariances, {} parameters",
            best.criteria.n_parameters
        )?;
        let stop = if best.report.converged() { "converged" } else { "not converged" };
        writeln!(out, "{stop} after {} iterations", best.report.n_iter())?;
        write_criteria(out, "", &best.criteria)?;
        if let Some(criteria) = &self.data_space {
            write_criteria(out, "in the space of the data: ", criteria)?;
        }
        if let Some(path) = model {
            writeln!(out, "written to {}", path.display())?;
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = output::table(&[
            "components",
            "covariance",
            "parameters",
            "log-likelihood",
            "bic",
            "aic",
            "icl",
            "stopped",
        ]);
        for column in [0, 2, 3, 4, 5, 6] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for (index, cell) in self.selection.cells().iter().enumerate() {
            let mark = if index == self.selection.best_index() { "  <- best" } else { "" };
            table.add_row(cell_row(cell, mark));
        }
        table
    }
}

fn cell_row(cell: &SelectionCell, mark: &str) -> Vec<String> {
    let mut row = vec![cell.n_components.to_string(), cell.covariance_type.to_string()];
    match &cell.outcome {
        Ok(fit) => {
            let Criteria { log_likelihood, aic, bic, icl, n_parameters, .. } = fit.criteria;
            let number = |value: f64| format!("{value:.3}");
            let stop = if fit.report.converged() { "converged" } else { "max-iter" };
            row.push(n_parameters.to_string());
            row.extend([log_likelihood, bic, aic, icl].map(number));
            row.push(format!("{stop}{mark}"));
        }
        Err(error) => {
            row.extend(std::iter::repeat_n(String::new(), 5));
            row.push(format!("failed: {error}"));
        }
    }
    row
}

fn cell_json(cell: &SelectionCell) -> Value {
    let mut object = json!({
        "n_components": cell.n_components,
        "covariance_type": cell.covariance_type.name(),
    });
    match &cell.outcome {
        Ok(fit) => {
            object["log_likelihood"] = json!(fit.criteria.log_likelihood);
            object["bic"] = json!(fit.criteria.bic);
            object["aic"] = json!(fit.criteria.aic);
            object["icl"] = json!(fit.criteria.icl);
            object["n_parameters"] = json!(fit.criteria.n_parameters);
            object["converged"] = json!(fit.report.converged());
            object["n_iter"] = json!(fit.report.n_iter());
        }
        Err(error) => object["error"] = json!(error.to_string()),
    }
    object
}

fn write_criteria(out: &mut dyn Write, space: &str, criteria: &Criteria) -> std::io::Result<()> {
    let Criteria { log_likelihood, aic, bic, icl, .. } = criteria;
    writeln!(
        out,
        "{space}log-likelihood {log_likelihood:.3}, BIC {bic:.3}, AIC {aic:.3}, ICL {icl:.3}"
    )
}
