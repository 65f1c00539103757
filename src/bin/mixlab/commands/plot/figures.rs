//! The figures of `mixlab plot`.

use mixlab::plot::{Chart, Figure, ImageGrid, MissingMap, Pairs, ShareBars};
use mixlab::{ModelFile, ValueKind};
use ndarray::{Axis, concatenate};

use super::columns::{columns, named_columns};
use super::{PlotArgs, PlotKind};
use crate::input;
use crate::output::Usage;

/// Number of rows that are generated if no data are given.
const ROWS: usize = 1000;

pub(super) fn criterion(args: &PlotArgs, file: &ModelFile) -> anyhow::Result<Figure> {
    let search = file.search.as_ref().filter(|search| search.entries.len() > 1);
    let Some(search) = search else {
        return Err(Usage(format!(
            "{} was not chosen by a search, so there is no curve; fit with several numbers of components",
            args.model.display()
        ))
        .into());
    };
    let criterion = args.criterion.unwrap_or(search.criterion);
    if search.curves(criterion).is_empty() {
        return Err(Usage(format!(
            "{} has no {} of its models; fit with --criterion {criterion}",
            args.model.display(),
            criterion.label()
        ))
        .into());
    }
    Ok(Figure::new().panel(Chart::of_search_summary("How many components?", search, criterion)))
}

pub(super) fn means(file: &ModelFile) -> anyhow::Result<Figure> {
    let Some(shape) = file.image else {
        return Err(Usage("means can be plotted for models of images only".into()).into());
    };
    let weights = file.pipeline.mixture().weights();
    let captions = weights.iter().enumerate().map(|(k, w)| format!("{k}: {:.1} %", 100.0 * w));
    let grid = ImageGrid::new("Means of the components", file.pipeline.means().view(), shape)?;
    Ok(Figure::new().panel(grid.captions(captions)?))
}

/// Bars of the shares of levels, and of missing values, in the components.
pub(super) fn categories(args: &PlotArgs, file: &ModelFile) -> anyhow::Result<Figure> {
    let model = &file.pipeline;
    let has_bars = |column: &usize| {
        model.level_probabilities(*column).is_some()
            || model.missing_probabilities(*column).is_some()
    };
    let names = file.column_names();
    let can_show: Vec<usize> = (0..names.len()).filter(has_bars).collect();
    let weights = model.mixture().weights();
    let mut figure = Figure::new();
    for column in columns(args, file, &can_show)? {
        let name = &names[column];
        if let Some(probabilities) = model.level_probabilities(column) {
            let levels = file.level_names(column).unwrap_or_default();
            let title = format!("{name} by component");
            figure = figure.panel(ShareBars::of_components(title, weights, levels, probabilities)?);
        }
        if let Some(missing) = model.missing_probabilities(column) {
            let missing = missing.insert_axis(Axis(1));
            let shares = concatenate![Axis(1), 1.0 - &missing, missing];
            let title = format!("{name}: missing values by component");
            let levels = ["observed", "missing"];
            figure = figure.panel(ShareBars::of_components(title, weights, levels, shares.view())?);
        }
    }
    Ok(figure)
}

/// Bars of the components among the rows of each level.
pub(super) fn posteriors(args: &PlotArgs, file: &ModelFile) -> anyhow::Result<Figure> {
    let (model, names) = (&file.pipeline, file.column_names());
    let is_category = |column: &usize| model.level_probabilities(*column).is_some();
    let can_show: Vec<usize> = (0..names.len()).filter(is_category).collect();
    let weights = model.mixture().weights();
    let mut figure = Figure::new();
    for column in columns(args, file, &can_show)? {
        if let Some(probabilities) = model.level_probabilities(column) {
            let levels = file.level_names(column).unwrap_or_default();
            let title = format!("components by {}", names[column]);
            figure = figure.panel(ShareBars::of_levels(title, weights, levels, probabilities)?);
        }
    }
    Ok(figure)
}

/// A map of the missing values of the data.
pub(super) fn missing(args: &PlotArgs, file: &ModelFile) -> anyhow::Result<Figure> {
    if args.data.is_empty() {
        let problem = "a map of missing values needs rows; name a table after the model";
        return Err(Usage(problem.into()).into());
    }
    let rows = input::rows_of_model(file, &args.data, &args.read_args)?;
    let labels = file.pipeline.try_predict(&rows)?;
    let names = file.column_names();
    let all: Vec<usize> = (0..names.len()).collect();
    let shown = if args.show.is_empty() { all } else { named_columns(args, &names)? };
    let title = match rows.nrows() {
        1 => "Missing values of one row".to_owned(),
        n_rows => format!("Missing values of {n_rows} rows"),
    };
    let rows = rows.select(Axis(1), &shown);
    let names = shown.iter().map(|&column| names[column].as_str());
    Ok(Figure::new().panel(MissingMap::new(title, names, rows.view(), &labels.to_vec())?))
}

pub(super) fn pairs(args: &PlotArgs, file: &ModelFile) -> anyhow::Result<Figure> {
    let names = file.column_names();
    let is_number = |column: &usize| file.pipeline.level_probabilities(*column).is_none();
    let numbers: Vec<usize> = (0..names.len()).filter(is_number).collect();
    let columns = columns(args, file, &numbers)?;
    let generated = args.data.is_empty();
    let rows = if generated {
        file.pipeline.sample(ROWS, args.seed).0
    } else {
        input::rows_of_model(file, &args.data, &args.read_args)?
    };
    let chosen: Vec<String> = columns.iter().map(|&column| names[column].clone()).collect();
    let kind = |&column: &usize| file.columns.get(column).map(|column| column.kind.clone());
    let kinds: Vec<ValueKind> = columns.iter().map(|at| kind(at).unwrap_or_default()).collect();
    let pairs = Pairs::new(&file.pipeline, rows.view(), &columns, &chosen)?;
    let pairs = pairs.kinds(&kinds)?.generated(generated);
    Ok(match args.kind {
        PlotKind::Density => pairs.densities()?,
        PlotKind::Boundaries => pairs.boundaries()?,
        PlotKind::Uncertainty => pairs.uncertainty()?,
        _ => pairs.matrix()?,
    })
}
