//! `mixlab fit`

mod args;
mod classes;
mod columns;
mod holdout;
mod lists;
mod observer;
mod output;
mod rules;
mod settings;
mod shapes;

use std::path::Path;
use std::time::Instant;

use mixlab::report::Advice;
use mixlab::{
    Checkpoint, CovarianceType, GaussianMixture, GmmParams, Init, Levels, ModelFile, Pca, Pipeline,
    PipelineParams, PreprocessedRows, Preprocessor, SearchSummary, Selection, SelectionParams,
};

use crate::input::{Expected, Purpose, names_of};
use crate::output::{check_folder, check_not_input, note, print, print_json};
use crate::source::Source;
use classes::ClassOutput;
use columns::name_columns;
use holdout::Holdout;
use observer::ShownFit;
use output::{FitOutput, Outcome};
use settings::Settings;

pub use args::FitArgs;

pub fn run(args: &FitArgs) -> anyhow::Result<()> {
    match &args.class {
        Some(class) => {
            let input = classes::with_class(&args.input, class);
            run_with(&FitArgs { input, ..args.clone() })
        }
        None => run_with(args),
    }
}

fn run_with(args: &FitArgs) -> anyhow::Result<()> {
    let begin = Instant::now();
    if let Some(path) = &args.output {
        check_output(path, &args.input.data)?;
    }
    let start = args.start.as_deref().map(ModelFile::load).transpose()?;
    let (source, held_out) = open(args, start.as_ref())?;
    let source = rules::apply(source, args, start.as_ref())?;
    let settings = Settings::new(args, source.image().is_some());
    let class = args.class.as_deref().map(|class| classes::column(class, &source)).transpose()?;
    let params = preprocessor_params(args, &settings, &source)?;
    let params = class.into_iter().fold(params, PipelineParams::class);
    let mut rows = match &start {
        Some(start) => PreprocessedRows::new(source.rows(), start.pipeline.preprocessor().clone()),
        None => params.preprocess(source.rows()),
    }
    .map_err(|error| name_columns(error, &Preprocessor::default(), &source))?;
    let checkpoint = checkpoint(args.output.as_deref(), &source, rows.preprocessor());
    let search = search((args, &settings), start.as_ref(), &rows, &source);
    let n_models = search.n_cells() * class.map_or(1, |column| n_classes(&source, column) + 1);
    let selection = rows
        .select(&search, &ShownFit::new(n_models, checkpoint.as_ref()))
        .map_err(|error| name_columns(error, rows.preprocessor(), &source))?;
    let of_best = selection.best().criteria;
    let has_units = !rows.preprocessor().keeps_units();
    let outcome = Outcome {
        n_samples: source.n_samples(),
        n_features: source.columns().len(),
        data_space: has_units.then(|| rows.in_data_space(&of_best)).transpose()?,
        pipeline: rows.pipeline(&selection)?,
        selection,
        total: begin.elapsed(),
    };
    let of_held_out =
        held_out.as_ref().map(|rows| rows.output(&outcome.pipeline, source.rules())).transpose()?;
    let of_classes = class.map(|column| {
        let training = outcome.pipeline.class_errors(source.rows())?;
        let found = (&outcome.selection, &training);
        ClassOutput::of(args, (&source, column), (&params, &search), found)
    });
    let of_classes = of_classes.transpose()?;
    advise(args, &outcome);
    rules::offer(&source, args)?;
    settings.shape.report(&outcome.pipeline, &source);
    settings.report(args);
    if args.json {
        // pixels have no schema
        let is_table = source.image().is_none();
        let entries = if is_table { source.schema().entries() } else { &[] };
        print_json(&FitOutput::new(&outcome, of_held_out, of_classes, entries))?;
    } else {
        print(|out| {
            outcome.write(of_held_out.as_ref(), out)?;
            of_classes.iter().try_for_each(|of_classes| of_classes.write(out))
        })?;
    }
    // the result is printed first, in case the file cannot be written
    let Some(path) = &args.output else {
        note("the model is not saved; use -o MODEL.npz to write it to a file");
        return Ok(());
    };
    let (image, columns) = (source.image(), source.columns().to_vec());
    let search = Some(SearchSummary::of(&outcome.selection, outcome.n_samples));
    let (pipeline, rules) = (outcome.pipeline, source.rules().cloned());
    ModelFile { pipeline, image, columns, rules, search }.save(path)?;
    if let Some(rows) = &held_out {
        rows.write(source.table_columns())?;
    }
    if let Some(checkpoint) = &checkpoint {
        checkpoint.remove();
    }
    if !args.json {
        print(|out| writeln!(out, "written to {}", path.display()))?;
    }
    Ok(())
}

/// Opens the rows, in memory, in their file or on a cluster; with a model to continue from, its columns in its order.
fn open(args: &FitArgs, start: Option<&ModelFile>) -> anyhow::Result<(Source, Option<Holdout>)> {
    let names = start.map(|start| names_of(start.table_columns())).unwrap_or_default();
    let expected = start.map(|start| Expected { names: &names, image: start.image });
    let purpose = Purpose { expected, ..Purpose::default() };
    if let Some(share) = args.holdout {
        let kinds = start.map(ModelFile::table_columns);
        let (source, rows) = holdout::open(args, share, Purpose { kinds, ..purpose })?;
        return Ok((source, Some(rows)));
    }
    #[cfg(feature = "cluster")]
    if let Some(place) = &args.cluster {
        return Ok((Source::open_on_cluster(&args.input, purpose, place)?, None));
    }
    let has_preprocessor = match start {
        Some(start) => !start.pipeline.preprocessor().is_identity(),
        // whether these are images is not known yet
        None => Settings::new(args, false).has_preprocessor(args),
    };
    Ok((Source::open(&args.input, purpose, (args.memory, has_preprocessor), start)?, None))
}

/// Returns the checkpoint of a fit to rows that do not fit into memory: such a fit takes long and can be continued.
fn checkpoint(
    output: Option<&Path>,
    source: &Source,
    preprocessor: &Preprocessor,
) -> Option<Checkpoint<'static>> {
    let output = output.filter(|_| !source.is_in_memory())?;
    let on_error =
        |error: &mixlab::Error| note(format_args!("the checkpoint cannot be written: {error}"));
    let checkpoint =
        Checkpoint::beside(output, preprocessor.clone(), source.columns().to_vec(), on_error)
            .rules(source.rules().cloned());
    note(format_args!(
        "the best model so far is saved in {}; --start continues from it",
        checkpoint.path().display()
    ));
    Some(checkpoint)
}

/// Prints advice on possible problems of the fit.
fn advise(args: &FitArgs, outcome: &Outcome) {
    let Outcome { selection, n_samples, pipeline, .. } = outcome;
    let (preprocessor, is_default) = (pipeline.preprocessor(), args.components.is_none());
    Advice::on_fit(selection, *n_samples, preprocessor, is_default).into_iter().for_each(note);
}

/// Returns an error if the output cannot be written or is an input file.
fn check_output(path: &Path, data: &[String]) -> anyhow::Result<()> {
    check_not_input(path, data.iter().map(Path::new))?;
    ModelFile::check_name(path)?;
    Ok(check_folder(path)?)
}

fn preprocessor_params(
    args: &FitArgs,
    settings: &Settings,
    source: &Source,
) -> anyhow::Result<PipelineParams> {
    let columns = source.columns().iter().enumerate();
    let categorical = columns.filter(|(_, column)| column.kind.is_categorical());
    let params = Pipeline::params()
        .categorical(categorical.map(|(at, _)| at))
        .missing(args.missing)
        .standardize(settings.standardize)
        .mixture(GaussianMixture::params(1).seed(args.seed));
    let params = settings.shape.set(params, source)?;
    Ok(match args.pca {
        Some(n_components) => params.pca(Pca::params(n_components).whiten(args.whiten)),
        None => params,
    })
}

/// Number of classes in a column of the rows.
fn n_classes(source: &Source, column: usize) -> usize {
    source.columns()[column].kind.levels().map_or(1, Levels::n_levels)
}

/// The parameters of the search.
fn search(
    (args, settings): (&FitArgs, &Settings),
    start: Option<&ModelFile>,
    rows: &PreprocessedRows<'_>,
    source: &Source,
) -> SelectionParams {
    let start = start.map(|start| start.pipeline.mixture());
    let n_components = match (&settings.n_components, start) {
        (Some(numbers), _) => numbers.clone(),
        (None, Some(start)) => vec![start.n_components()],
        // there cannot be more components than rows
        (None, None) => (1..=10.min(source.n_samples())).collect(),
    };
    let types = match (&args.covariance, start) {
        (Some(types), _) => types.0.clone(),
        (None, Some(start)) => vec![start.covariance_type()],
        (None, None) => CovarianceType::ALL.to_vec(),
    };
    let layout = rows.preprocessor().layout();
    let n_numbers = layout.map_or(source.columns().len(), |layout| layout.numbers().len());
    let n_reduced = rows.preprocessor().pca().map_or(n_numbers, Pca::n_components);
    if let Some(advice) = Advice::before_fit(source.n_samples(), n_reduced, &types) {
        note(advice);
    }
    Selection::params(n_components)
        .covariance_types(types)
        .class_models(args.class_model.0.iter().copied())
        .criterion(settings.criterion)
        .n_folds(args.folds as usize)
        .skip_overparameterised(!args.try_all)
        .mixture(mixture_params((args, settings), start))
}

fn mixture_params(
    (args, settings): (&FitArgs, &Settings),
    start: Option<&GaussianMixture>,
) -> GmmParams {
    let init = match start {
        Some(start) => Init::Model(Box::new(start.clone())),
        None => args.init.clone(),
    };
    // from a given model all restarts are identical
    let n_init = settings.n_init.unwrap_or(if start.is_some() { 1 } else { 10 });
    let params = GaussianMixture::params(1)
        .n_init(n_init as usize)
        .max_iter(args.max_iter)
        .accelerate(args.accelerate)
        .allow_degenerate(args.allow_degenerate)
        .smoothing(args.smoothing)
        .init(init)
        .seed(args.seed);
    let params = match args.tails.or(start.map(GaussianMixture::tails)) {
        Some(tails) => params.tails(tails),
        None => params,
    };
    let params = match args.tol {
        Some(tol) => params.tol(tol),
        None => params.remaining_gain(args.remaining_gain),
    };
    match args.reg_covar {
        Some(reg_covar) => params.reg_covar(reg_covar),
        None => params.relative_reg_covar(args.relative_reg_covar),
    }
}
