//! The classes of rows: the options, and what was fitted.

use std::io::Write;
use std::str::FromStr;

use mixlab::{
    ClassErrors, ClassModel, GaussianMixture, PipelineParams, Selection, SelectionParams, TextTable,
};
use serde::Serialize;

use super::FitArgs;
use crate::input::DataArgs;
use crate::output::{Usage, counted, table};
use crate::source::Source;

/// The models of classes that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassModels(pub Vec<ClassModel>);

impl FromStr for ClassModels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self(ClassModel::ALL.to_vec()));
        }
        let model = text.parse();
        model
            .map(|model| Self(vec![model]))
            .map_err(|_| format!("{text:?} is not auto, edda or mixtures"))
    }
}

/// The data, of which the column with the class is read as a category.
pub fn with_class(input: &DataArgs, class: &str) -> DataArgs {
    let mut input = input.clone();
    let columns = &mut input.read_args.columns.0;
    if !columns.is_empty() && !columns.iter().any(|name| name == class) {
        columns.push(class.to_owned());
    }
    input.read_args.categorical.0.push(class.to_owned());
    input
}

/// The column of the rows with the class.
///
/// # Errors
/// If there is no such column, or the rows are not in memory.
pub fn column(class: &str, source: &Source) -> Result<usize, Usage> {
    if source.image().is_some() {
        return Err(Usage("--class is a column of a table, and these are images".into()));
    }
    if !source.is_in_memory() {
        return Err(Usage(
            "--class needs the rows in memory: raise --memory, or fit to a sample of the rows"
                .into(),
        ));
    }
    let found = source.columns().iter().position(|column| column.name == class);
    found.ok_or_else(|| {
        Usage(format!(
            "{class:?} has the same value in every row, or is left out; --class needs at least two classes"
        ))
    })
}

/// The classes of a fit, and how well they are predicted.
#[derive(Serialize)]
pub struct ClassOutput {
    column: String,
    model: &'static str,
    classes: Vec<ClassLine>,
    /// Rows without a class.
    n_unlabelled: usize,
    training: ErrorOutput,
    cross_validated: ErrorOutput,
    n_folds: u32,
}

/// One class.
#[derive(Serialize)]
struct ClassLine {
    class: String,
    n_samples: usize,
    n_components: usize,
    covariance_type: String,
}

/// How well classes are predicted.
#[derive(Serialize)]
struct ErrorOutput {
    error: f64,
    n_wrong: usize,
    brier: f64,
    /// Rows of each class by predicted class.
    confusion: Vec<Vec<usize>>,
}

impl From<&ClassErrors> for ErrorOutput {
    fn from(errors: &ClassErrors) -> Self {
        Self {
            error: errors.error(),
            n_wrong: errors.n_wrong(),
            brier: errors.brier,
            confusion: errors.confusion.rows().into_iter().map(|row| row.to_vec()).collect(),
        }
    }
}

impl ClassOutput {
    /// Predicts the classes of the rows by the model, and by models that have not seen them.
    ///
    /// # Errors
    /// Errors of the fits without a part of the rows.
    pub fn of(
        args: &FitArgs,
        (source, column): (&Source, usize),
        (params, search): (&PipelineParams, &SelectionParams),
        (found, training): (&Selection, &ClassErrors),
    ) -> mixlab::Result<Self> {
        let model = found.best_model();
        let n_rows = training.confusion.rows().into_iter().map(|row| row.sum());
        let n_rows: Vec<usize> = n_rows.collect();
        let n_folds = args.folds.min(training.n_samples() as u32);
        let cross_validated =
            params.cross_validate_classes(source.rows(), search, model, n_folds as usize)?;
        let kind = &source.columns()[column].kind;
        let of_components = model.class_of_components().unwrap_or_default();
        let line = |class: usize| ClassLine {
            class: kind.text(class as f64).unwrap_or_else(|| class.to_string()),
            n_samples: n_rows[class],
            n_components: of_components.iter().filter(|&&other| other == class).count(),
            covariance_type: family_of(model, class),
        };
        Ok(Self {
            column: source.columns()[column].name.clone(),
            model: if model.class_families().len() == 1 { "edda" } else { "mixtures" },
            classes: (0..n_rows.len()).map(line).collect(),
            n_unlabelled: source.n_samples() - training.n_samples(),
            training: ErrorOutput::from(training),
            cross_validated: ErrorOutput::from(&cross_validated),
            n_folds,
        })
    }

    /// Writes the classes, their errors, and which are taken for which.
    pub fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let names = || self.classes.iter().map(|line| line.class.clone());
        let headings = ["rows", "components", "covariance"].map(str::to_owned);
        let headings = [self.column.clone()].into_iter().chain(headings);
        let predicted = names().map(|name| format!("predicted {name}"));
        let lines = self.classes.iter().zip(&self.cross_validated.confusion);
        let lines = lines.map(|(line, predicted)| {
            let ClassLine { class, n_samples, n_components, covariance_type } = line;
            let numbers = [*n_samples, *n_components].map(|n| n.to_string());
            let mut cells = vec![class.clone()];
            cells.extend(numbers);
            cells.push(covariance_type.clone());
            cells.extend(predicted.iter().map(ToString::to_string));
            cells
        });
        let text_table = TextTable::new(headings.chain(predicted)).lines(lines);
        writeln!(out, "\n{}", table(&text_table).trim_fmt())?;
        if self.n_unlabelled > 0 {
            let rows = counted(self.n_unlabelled, "row");
            writeln!(out, "{rows} without a class took part in the fit")?;
        }
        let error = |errors: &ErrorOutput| {
            format!(
                "{:.1} % ({}), Brier score {:.4}",
                100.0 * errors.error,
                counted(errors.n_wrong, "row"),
                errors.brier
            )
        };
        writeln!(out, "error on these rows {}", error(&self.training))?;
        writeln!(
            out,
            "error in {} parts left out in turn {}; the table has these predictions",
            self.n_folds,
            error(&self.cross_validated)
        )?;
        let n_rows = || self.classes.iter().map(|line| line.n_samples);
        let n_wrong = n_rows().sum::<usize>() - n_rows().max().unwrap_or(0);
        let percent = 100.0 * n_wrong as f64 / n_rows().sum::<usize>() as f64;
        writeln!(out, "error of the most frequent class for all rows {percent:.1} %")
    }
}

/// The family of a class; that over all classes if they share one.
fn family_of(model: &GaussianMixture, class: usize) -> String {
    match model.class_families() {
        [family] => format!("{family} over all classes"),
        families => families[class].to_string(),
    }
}
