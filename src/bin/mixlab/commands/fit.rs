//! `mixlab fit`

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use mixlab::{
    CovarianceType, Criteria, Error, Feature, FrontEnd, GaussianMixture, GmmParams, History, Init,
    Listing, ModelFile, Pass, Pca, Pipeline, Selection, SelectionCell, Watch, ending,
};
use serde_json::{Value, json};

use crate::advice;
use crate::args::FitArgs;
use crate::checkpoint::Checkpoint;
use crate::input::{Like, Purpose};
use crate::output::{Usage, check_folder, check_not_input, exclude, note, print, table_with_mark};
use crate::progress;
use crate::source::Source;

/// What a run of the command found out.
struct Outcome {
    n_samples: usize,
    /// Columns of the data, and what the front end makes of them.
    n_features: usize,
    front_end: FrontEnd,
    selection: Selection,
    /// Criteria in the space of the data, if a front end makes it another than the mixture's.
    data_space: Option<Criteria>,
    total: Duration,
}

pub fn run(args: &FitArgs) -> anyhow::Result<ExitCode> {
    let begin = Instant::now();
    if let Some(path) = &args.output {
        check_output(path, &args.input.data)?;
    }
    let start = args.start.as_deref().map(ModelFile::load).transpose()?;
    // the columns of a model to go on from, in its order
    let names = start.as_ref().map(ModelFile::feature_names).unwrap_or_default();
    let like = start.as_ref().map(|start| Like { names: &names, image: start.image });
    let purpose = Purpose { like, carry: false };
    let has_front_end = match &start {
        Some(start) => !start.pipeline.front_end().is_identity(),
        None => args.standardize || args.pca.is_some(),
    };
    let source = open(args, purpose, has_front_end)?;
    let front_end = match &start {
        Some(start) => start.pipeline.front_end().clone(),
        None => source.fit_front_end(&front_end_params(args))?,
    };
    let checkpoint = Checkpoint::of(args.output.as_deref(), &source, &front_end);
    let selection = select(args, start.as_ref(), &front_end, &source, &checkpoint)
        .map_err(|error| name_columns(error, &front_end, &source))?;
    let pipeline = Pipeline::new(front_end.clone(), selection.best_model().clone())?;
    let data_space = match front_end.is_identity() {
        true => None,
        false => Some(source.criteria(&pipeline)?),
    };
    let outcome = Outcome {
        n_samples: source.n_samples(),
        n_features: source.n_features(),
        front_end,
        selection,
        data_space,
        total: begin.elapsed(),
    };
    for advice in advice::on_fit(
        &outcome.selection,
        outcome.n_samples,
        &outcome.front_end,
        args.reg_covar,
        args.components.is_none(),
    )? {
        note(advice);
    }
    match args.json {
        true => print(|out| writeln!(out, "{:#}", outcome.json()))?,
        false => print(|out| outcome.write(out))?,
    }
    // what was found is printed before the disk can fail
    if let Some(path) = &args.output {
        let (image, features) = (source.image(), source.features());
        let history = Some(History::of(&outcome.selection, outcome.n_samples));
        ModelFile { pipeline, image, features, history }.save(path)?;
        checkpoint.remove();
        if !args.json {
            print(|out| writeln!(out, "written to {}", path.display()))?;
        }
    } else {
        note("the model is not kept; -o MODEL.npz writes it to a file");
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the rows where the arguments say they should be.
fn open(args: &FitArgs, purpose: Purpose<'_>, has_front_end: bool) -> anyhow::Result<Source> {
    #[cfg(feature = "cluster")]
    if let Some(place) = &args.cluster {
        return Source::open_on_cluster(&args.input, purpose, place);
    }
    Source::open(&args.input, purpose, args.memory, has_front_end)
}

/// Refuses to write where it cannot be done, or over the data.
fn check_output(path: &Path, data: &[String]) -> Result<(), Usage> {
    check_not_input(path, data.iter().map(Path::new))?;
    if !["npz", "json"].contains(&ending(path).as_str()) {
        return Err(Usage(format!(
            "{} is no name for a model; let it end in .npz or .json",
            path.display()
        )));
    }
    check_folder(path)
}

/// Names the columns that an error is about, where columns of the mixture are those of the data.
fn name_columns(error: Error, front_end: &FrontEnd, source: &Source) -> anyhow::Error {
    let column = match error {
        _ if front_end.pca().is_some() => return error.into(),
        Error::ConstantColumn { .. } => return constant_columns(source).into(),
        Error::NonFinite { column, .. } | Error::TooWide { column, .. } => column,
        _ => return error.into(),
    };
    match source.features().get(column) {
        Some(Feature { name, .. }) => {
            Usage(format!("{name:?}: {error} (--exclude leaves columns out)")).into()
        }
        None => error.into(),
    }
}

/// All columns without variance, so that they can be left out at once.
fn constant_columns(source: &Source) -> Usage {
    let features = source.features();
    let is_constant = |feature: &&Feature| feature.range.is_some_and(|(low, high)| low == high);
    let constant = features.iter().filter(is_constant);
    let names: Vec<String> = constant.map(|feature| feature.name.clone()).collect();
    if source.image().is_some() {
        return Usage(format!(
            "{} of {} pixels have the same value in every image, so that they have no density; drop such directions \
             with --pca, for instance --pca 0.99",
            names.len(),
            features.len()
        ));
    }
    let quoted: Vec<String> = names.iter().take(12).map(|name| format!("{name:?}")).collect();
    let dots = if names.len() > 12 { ", ..." } else { "" };
    let (have, they) = if names.len() == 1 { ("has", "it has") } else { ("have", "they have") };
    Usage(format!(
        "{}{dots} {have} the same value in every row, so that {they} no density; leave out what is constant ({}), or \
         drop such directions with --pca",
        quoted.join(", "),
        exclude(&names)
    ))
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
    front_end: &FrontEnd,
    source: &Source,
    checkpoint: &Checkpoint,
) -> mixlab::Result<Selection> {
    let start = start.map(|start| start.pipeline.mixture());
    let n_components = match (&args.components, start) {
        (Some(numbers), _) => numbers.0.clone(),
        (None, Some(start)) => vec![start.n_components()],
        // more components than rows cannot be
        (None, None) => (1..=10.min(source.n_samples())).collect(),
    };
    let types = match (&args.covariance, start) {
        (Some(types), _) => types.0.clone(),
        (None, Some(start)) => vec![start.covariance_type()],
        (None, None) => CovarianceType::ALL.to_vec(),
    };
    let n_latent = front_end.pca().map_or(source.n_features(), Pca::n_components);
    if let Some(advice) = advice::before_fit(source.n_samples(), n_latent, &types) {
        note(advice);
    }
    let bar = progress::models(n_components.len() * types.len());
    let params = Selection::params(n_components)
        .covariance_types(types)
        .criterion(args.criterion)
        .mixture(mixture_params(args, start));
    let selection = source.select(front_end, &params, &Looker { bar: &bar, checkpoint });
    bar.finish_and_clear();
    selection
}

/// Who looks on while models are fitted: shows how far they are, and keeps what there is so far.
struct Looker<'a> {
    bar: &'a ProgressBar,
    checkpoint: &'a Checkpoint,
}

impl Watch for Looker<'_> {
    fn cell(&self, cell: &SelectionCell) {
        progress::fitted(self.bar, format!("{} {}", cell.n_components, cell.covariance_type));
    }

    fn pass(&self, pass: &Pass<'_>) {
        progress::pass(self.bar, pass);
        self.checkpoint.keep(pass);
    }
}

fn mixture_params(args: &FitArgs, start: Option<&GaussianMixture>) -> GmmParams {
    let init = match start {
        Some(start) => Init::Model(Box::new(start.clone())),
        None => args.init.clone(),
    };
    // from one start all restarts are the same
    let n_init = args.n_init.unwrap_or(if start.is_some() { 1 } else { 10 });
    GaussianMixture::params(1)
        .n_init(n_init as usize)
        .max_iter(args.max_iter)
        .tol(args.tol)
        .accelerate(args.accelerate)
        .reg_covar(args.reg_covar)
        .init(init)
        .seed(args.seed)
}

impl Outcome {
    fn json(&self) -> Value {
        let best = self.selection.best();
        let Criteria { log_likelihood, aic, bic, icl, n_parameters, .. } = best.criteria;
        let mut object = json!({
            "n_samples": self.n_samples,
            "n_features": self.n_features,
            "n_latent": best.model.n_features(),
            "working_bytes": best.report.working_bytes,
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
            "n_passes": best.report.best().n_passes,
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

    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        if self.selection.cells().len() > 1 {
            let listing = Listing::from(&self.selection);
            let table = table_with_mark(&listing, Some(self.selection.best_index()));
            writeln!(out, "{}\n", table.trim_fmt())?;
        }
        let best = self.selection.best();
        let (k, family) = (best.model.n_components(), best.model.covariance_type());
        let (n_features, n_latent) = (self.n_features, best.model.n_features());
        let reduced = match n_features == n_latent {
            true => String::new(),
            false => format!(", reduced to {n_latent}"),
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
        Ok(())
    }
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
