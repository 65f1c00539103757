//! Charts of rows and their model, by pairs of columns.

use std::cmp::Ordering;

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};

use super::chart::layer::{BandScale, component_entry, named_components};
use super::chart::{Chart, around, uncertainty_entries};
use super::colour::Colour;
use super::draw::shade;
use super::entry::Entry;
use super::figure::Figure;
use crate::compute::random::some_rows;
use crate::error::{Error, Result};
use crate::mixture::inference::most_probable;
use crate::pipeline::Pipeline;
use crate::rows::kind::ValueKind;

/// Maximum number of rows drawn in a chart, and of points in all charts of a matrix.
const MAX_ROWS: usize = 4000;
const MAX_POINTS: usize = 6000;
/// Maximum number of rows drawn over a density.
const MAX_ROWS_OVER_DENSITY: usize = 400;
/// Number of sampled rows from which the levels of a density are computed.
const LEVEL_ROWS: usize = 4000;
/// Shares of the rows within the bands of a density.
const SHARES: [f64; 6] = [0.1, 0.25, 0.5, 0.75, 0.9, 0.99];

/// Charts of rows and their model by pairs of columns, with the marginal density of the model in these columns.
///
/// # Examples
/// ```
/// use mixlab::plot::Pairs;
/// use mixlab::prelude::*;
///
/// let survey = datasets::survey();
/// let model = Pipeline::from(GaussianMixture::params(4).fit(&survey)?);
/// let names = ["age", "income"].map(String::from);
/// let pairs = Pairs::new(&model, survey.records.view(), &[0, 1], &names)?;
/// assert_eq!(pairs.matrix()?.size().0, 462);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Pairs<'a> {
    model: &'a Pipeline,
    columns: Vec<usize>,
    names: Vec<String>,
    kinds: Vec<ValueKind>,
    /// The chosen columns of the rows to draw, and the component of each row.
    rows: Array2<f64>,
    labels: Vec<usize>,
    posteriors: Array2<f64>,
    source: &'static str,
}

impl<'a> Pairs<'a> {
    /// Charts of `columns` of `rows`, shape `(n_samples, n_features)`, under `names`. At most 4000 rows are drawn; a chart is without the
    /// rows whose values in it are missing or spikes. The columns are numbers: [`ShareBars`](super::ShareBars) are for categories.
    /// Columns with a [shape](crate::Shape), in which components are Gaussian, are drawn in it, and its name is added to theirs.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`], [`Error::NonFinite`], and [`Error::InvalidParam`] unless `columns` are distinct columns of
    /// the model, at least one.
    pub fn new(
        model: &'a Pipeline,
        rows: ArrayView2<'_, f64>,
        columns: &[usize],
        names: &[String],
    ) -> Result<Self> {
        if names.len() != columns.len() {
            return Err(Error::shape("names", columns.len(), names.len()));
        }
        model.shaped_marginal(columns)?;
        let rows = some_rows(rows, MAX_ROWS);
        let posteriors = model.predict_proba(&rows)?;
        let labels = posteriors.rows().into_iter().map(most_probable).collect();
        let mut rows = rows.select(Axis(1), columns);
        let mut names = names.to_vec();
        for ((&column, name), mut values) in columns.iter().zip(&mut names).zip(rows.columns_mut())
        {
            let spikes = model.layout().spikes(column);
            values.mapv_inplace(|value| if spikes.contains(&value) { f64::NAN } else { value });
            if let Some(shape) = model.shape_of(column) {
                values.mapv_inplace(|value| shape.apply(value));
                *name = format!("{name} ({})", shape.name());
            }
        }
        let columns = columns.to_vec();
        let kinds = vec![ValueKind::Numeric; columns.len()];
        Ok(Self { model, columns, names, kinds, rows, labels, posteriors, source: "data" })
    }

    /// Sets the kinds of the columns: the ticks of dates are dates.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless there are as many kinds as columns.
    pub fn kinds(mut self, kinds: &[ValueKind]) -> Result<Self> {
        if kinds.len() != self.columns.len() {
            return Err(Error::shape("kinds", self.columns.len(), kinds.len()));
        }
        self.kinds = kinds.to_vec();
        Ok(self)
    }

    /// Sets whether the rows were sampled from the model, for the titles.
    pub fn generated(mut self, generated: bool) -> Self {
        self.source = if generated { "generated" } else { "data" };
        self
    }

    /// Draws a matrix with each pair of columns twice: below the diagonal, the rows by component with the ellipses of the components;
    /// above it, the density in bands that contain 10, 25, 50, 75, 90 and 99 % of all rows. On the diagonal is a histogram of each
    /// column with the densities of the components.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`] if a component has no variance in a column.
    pub fn matrix(&self) -> Result<Figure> {
        let n = self.columns.len();
        if n == 1 {
            return self.single();
        }
        let entries = self.components().into_iter().chain([bands()]).collect();
        let mut figure = Figure::new().columns(n).shared_axes().legend(entries);
        for y in 0..n {
            for x in 0..n {
                let chart = match x.cmp(&y) {
                    Ordering::Less => self.scatter(x, y)?,
                    Ordering::Equal => {
                        // the vertical labels are those of the line
                        let kind = self.kinds[y].clone();
                        let mut chart = self.histogram(x, false)?.kinds(kind.clone(), kind);
                        chart.y_label.clone_from(&self.names[y]);
                        chart
                    }
                    Ordering::Greater => self.density(x, y)?,
                };
                // the labels of the axes say what a chart of a matrix shows
                figure = figure.panel(chart.titled("").small());
            }
        }
        Ok(figure)
    }

    /// Draws the density of each pair of columns in bands that contain 10, 25, 50, 75, 90 and 99 % of all rows; for a single
    /// column, its histogram and density curves.
    ///
    /// # Errors
    /// As [`matrix`](Self::matrix).
    pub fn densities(&self) -> Result<Figure> {
        self.each_pair(|x, y| self.density(x, y))
    }

    /// Draws the rows of each pair of columns, coloured by component, with dashed decision boundaries from these two columns
    /// only; for a single column, its histogram and density curves.
    ///
    /// # Errors
    /// As [`matrix`](Self::matrix).
    pub fn boundaries(&self) -> Result<Figure> {
        let figure = self.each_pair(|x, y| {
            let marginal = self.model.shaped_marginal(&[self.columns[x], self.columns[y]])?;
            let mut chart = self.empty(x, y);
            if self.model.n_features() > 2 {
                // colours are by all columns, so that some rows are beyond a boundary
                chart.title += ": boundaries by these columns only";
            }
            let (points, labels) = self.pair(x, y);
            chart.labelled_points(points.view(), &labels).boundaries(&marginal)
        });
        Ok(self.with_legend(figure?, self.components()))
    }

    /// Draws the rows of each pair of columns, coloured by component and larger the less certain the component of a row is; for a
    /// single column, its histogram and density curves.
    ///
    /// # Errors
    /// As [`matrix`](Self::matrix).
    pub fn uncertainty(&self) -> Result<Figure> {
        let figure = self.each_pair(|x, y| {
            let rows = self.complete(x, y);
            let points = self.rows.select(Axis(0), &rows).select(Axis(1), &[x, y]);
            let posteriors = self.posteriors.select(Axis(0), &rows);
            let chart = self.empty(x, y);
            Ok(chart.uncertain_dots(points.view(), posteriors.view(), Vec::new()))
        });
        let n_components = self.model.mixture().n_components();
        Ok(self.with_legend(figure?, uncertainty_entries(n_components)))
    }

    /// Adds a legend, unless the figure is a histogram with a legend.
    fn with_legend(&self, figure: Figure, entries: Vec<Entry>) -> Figure {
        if self.columns.len() == 1 { figure } else { figure.legend(entries) }
    }

    /// The entries of the components, unless they are many.
    fn components(&self) -> Vec<Entry> {
        named_components(self.model.mixture().n_components()).map(component_entry).collect()
    }

    fn each_pair(&self, chart: impl Fn(usize, usize) -> Result<Chart>) -> Result<Figure> {
        let n = self.columns.len();
        if n == 1 {
            return self.single();
        }
        let mut figure = Figure::new();
        for x in 0..n {
            for y in x + 1..n {
                figure = figure.panel(chart(x, y)?);
            }
        }
        Ok(figure)
    }

    /// Draws the histogram of a single column, with density curves.
    fn single(&self) -> Result<Figure> {
        Ok(Figure::new().panel(self.histogram(0, true)?))
    }

    fn empty(&self, x: usize, y: usize) -> Chart {
        let title = format!("{} and {}", self.names[x], self.names[y]);
        let [x_kind, y_kind] = [x, y].map(|column| self.kinds[column].clone());
        Chart::new(title, &self.names[x], &self.names[y]).kinds(x_kind, y_kind)
    }

    /// The rows where two columns are observed.
    fn complete(&self, x: usize, y: usize) -> Vec<usize> {
        let is_complete = |&row: &usize| !(self.rows[[row, x]] + self.rows[[row, y]]).is_nan();
        (0..self.rows.nrows()).filter(is_complete).collect()
    }

    /// The values of two columns, where both are observed, and the components of the rows.
    fn pair(&self, x: usize, y: usize) -> (Array2<f64>, Vec<usize>) {
        let rows = self.complete(x, y);
        let labels = rows.iter().map(|&row| self.labels[row]).collect();
        (self.rows.select(Axis(0), &rows).select(Axis(1), &[x, y]), labels)
    }

    fn density(&self, x: usize, y: usize) -> Result<Chart> {
        let marginal = self.model.shaped_marginal(&[self.columns[x], self.columns[y]])?;
        let (drawn, _) = marginal.sample(LEVEL_ROWS, 0);
        let mut levels = marginal.score_samples(&drawn)?.mapv(|log| -log).to_vec();
        levels.sort_by(f64::total_cmp);
        let quantile = |share: f64| levels[(share * (levels.len() - 1) as f64) as usize];
        let (points, _) = self.pair(x, y);
        let drawn_rows = Slice::from(..MAX_ROWS_OVER_DENSITY.min(points.nrows()));
        let points = points.slice_axis(Axis(0), drawn_rows);
        let [(left, right), (low, high)] =
            [0, 1].map(|axis| around(drawn.column(axis).iter().chain(points.column(axis))));
        let chart = self.empty(x, y).x_range(left, right).y_range(low, high);
        let scale =
            BandScale { title: "share of all rows".into(), labels: SHARES.map(percent).into() };
        let chart = chart.density_bands(&marginal, &SHARES.map(quantile), scale)?;
        Ok(chart.points("", points, Colour::Grey))
    }

    fn scatter(&self, x: usize, y: usize) -> Result<Chart> {
        let marginal = self.model.shaped_marginal(&[self.columns[x], self.columns[y]])?;
        let (points, labels) = self.pair(x, y);
        let n_pairs = (self.columns.len() * (self.columns.len() - 1) / 2).max(1);
        let drawn_rows = Slice::from(..(MAX_POINTS / n_pairs).min(points.nrows()));
        let points = points.slice_axis(Axis(0), drawn_rows);
        let labels = &labels[..points.nrows()];
        let chart = self.empty(x, y).labelled_points(points, labels);
        chart.component_ellipses(&marginal)
    }

    fn histogram(&self, column: usize, has_legend: bool) -> Result<Chart> {
        let marginal = self.model.shaped_marginal(&[self.columns[column]])?;
        let values: Array1<f64> =
            self.rows.column(column).iter().copied().filter(|value| !value.is_nan()).collect();
        let name = &self.names[column];
        Chart::new(format!("{name} ({} as bars)", self.source), name, "density")
            .kinds(self.kinds[column].clone(), ValueKind::Numeric)
            .histogram(values.view(), n_bins(values.len()))
            .component_curves(&marginal, around(&values), has_legend)
    }
}

/// The entry of the bands of densities.
fn bands() -> Entry {
    let shares = SHARES.map(|share| format!("{:.0}", 100.0 * share)).join(", ");
    let shades = SHARES.iter().enumerate().map(|(band, _)| shade(band, SHARES.len()).solid());
    Entry::areas(format!("densest {shares} % of all rows"), shades.collect::<Vec<_>>())
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// Number of bins of a histogram: the square root of the number of values, between 5 and 40.
fn n_bins(n_values: usize) -> usize {
    ((n_values as f64).sqrt() as usize).clamp(5, 40)
}
