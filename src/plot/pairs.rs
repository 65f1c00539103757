//! Rows and a model of them, seen by pairs of columns.

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};

use super::chart::{Chart, around};
use super::colour::Colour;
use super::figure::Figure;
use crate::compute::random::some_rows;
use crate::error::{Error, Result};
use crate::pipeline::Pipeline;

/// Most rows that are drawn.
const MOST_ROWS: usize = 4000;
/// Most rows that are drawn over a density.
const OVER_DENSITY: usize = 400;
/// Most components that a legend names.
const MOST_NAMED: usize = 6;
/// Rows by which levels of density are chosen.
const LEVEL_ROWS: usize = 4000;
/// Shares of the rows that lie within the bands of a density.
const SHARES: [f64; 6] = [0.1, 0.25, 0.5, 0.75, 0.9, 0.99];

/// Rows and a model of them, seen by pairs of columns: each by the density that the model has in these columns alone.
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
/// assert_eq!(pairs.matrix()?.size(), (880, 720));
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Pairs<'a> {
    model: &'a Pipeline,
    columns: Vec<usize>,
    names: Vec<String>,
    /// The chosen columns of the rows to draw, and the component of each row.
    rows: Array2<f64>,
    labels: Vec<usize>,
    what: &'static str,
}

impl<'a> Pairs<'a> {
    /// Columns of `rows`, shape `(n_samples, n_features)`, with their names. Of very many rows a few thousand are drawn.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`], [`Error::NonFinite`], and [`Error::InvalidParam`] unless `columns` are different
    /// features, at least one.
    pub fn new(
        model: &'a Pipeline,
        rows: ArrayView2<'_, f64>,
        columns: &[usize],
        names: &[String],
    ) -> Result<Self> {
        if names.len() != columns.len() {
            return Err(Error::shape("names", columns.len(), names.len()));
        }
        model.marginal(columns)?;
        let rows = some_rows(rows, MOST_ROWS);
        let labels = model.try_predict(&rows)?.to_vec();
        let rows = rows.select(Axis(1), columns);
        let (columns, names) = (columns.to_vec(), names.to_vec());
        Ok(Self { model, columns, names, rows, labels, what: "data" })
    }

    /// Says whether the rows were drawn from the model, for the legend.
    pub fn generated(mut self, generated: bool) -> Self {
        self.what = if generated { "generated" } else { "data" };
        self
    }

    /// Every pair of columns: rows in the colours of their components with the ellipses of these; and each column as a
    /// histogram with the densities of the components.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`] if a component has no width in a column.
    pub fn matrix(&self) -> Result<Figure> {
        let n = self.columns.len();
        let mut figure = Figure::new().columns(n);
        for y in 0..n {
            for x in 0..n {
                figure =
                    figure.panel(if x == y { self.histogram(x)? } else { self.scatter(x, y)? });
            }
        }
        Ok(figure)
    }

    /// The density of each pair of columns in bands that hold 10, 25, 50, 75, 90 and 99 % of all rows; of a single column
    /// its curve.
    ///
    /// # Errors
    /// As [`matrix`](Self::matrix).
    pub fn densities(&self) -> Result<Figure> {
        self.each_pair(|x, y| {
            let marginal = self.model.marginal(&[self.columns[x], self.columns[y]])?;
            let (drawn, _) = marginal.sample(LEVEL_ROWS, 0);
            let mut depths = marginal.score_samples(&drawn)?.mapv(|log| -log).to_vec();
            depths.sort_by(f64::total_cmp);
            let at = |share: f64| depths[(share * (depths.len() - 1) as f64) as usize];
            let chart = self.empty(x, y).log_density(&marginal, &SHARES.map(at))?;
            let some = Slice::from(..OVER_DENSITY.min(self.rows.nrows()));
            let points = self.pair(x, y);
            Ok(chart.points("", points.slice_axis(Axis(0), some), Colour::Grey))
        })
    }

    /// Each pair of columns: rows in the colours of their components, and dashes where the most probable component
    /// changes by these two columns alone; of a single column its histogram and density.
    ///
    /// # Errors
    /// As [`matrix`](Self::matrix).
    pub fn boundaries(&self) -> Result<Figure> {
        self.each_pair(|x, y| {
            let marginal = self.model.marginal(&[self.columns[x], self.columns[y]])?;
            let mut chart = self.empty(x, y);
            if self.model.n_features() > 2 {
                // colours are by all columns, so that some lie beyond a boundary
                chart.title += ": boundaries by these two alone";
            }
            chart.labelled_points(self.pair(x, y).view(), &self.labels).boundaries(&marginal)
        })
    }

    fn each_pair(&self, chart: impl Fn(usize, usize) -> Result<Chart>) -> Result<Figure> {
        let n = self.columns.len();
        if n == 1 {
            return Ok(Figure::new().panel(self.histogram(0)?));
        }
        let mut figure = Figure::new();
        for x in 0..n {
            for y in x + 1..n {
                figure = figure.panel(chart(x, y)?);
            }
        }
        Ok(figure)
    }

    fn empty(&self, x: usize, y: usize) -> Chart {
        let title = format!("{} and {}", self.names[x], self.names[y]);
        Chart::new(title, &self.names[x], &self.names[y])
    }

    fn pair(&self, x: usize, y: usize) -> Array2<f64> {
        self.rows.select(Axis(1), &[x, y])
    }

    fn scatter(&self, x: usize, y: usize) -> Result<Chart> {
        let marginal = self.model.marginal(&[self.columns[x], self.columns[y]])?;
        let chart = self.empty(x, y).labelled_points(self.pair(x, y).view(), &self.labels);
        chart.ellipses(&marginal)
    }

    fn histogram(&self, column: usize) -> Result<Chart> {
        let marginal = self.model.marginal(&[self.columns[column]])?;
        let values: Array1<f64> = self.rows.column(column).to_owned();
        let name = &self.names[column];
        // colours that repeat and legends that hide the curves would help nobody
        let few = marginal.n_components() <= MOST_NAMED;
        let name_of = |k: usize| if few { format!("component {k}") } else { String::new() };
        Chart::new(format!("{name} ({} as bars)", self.what), name, "density")
            .histogram(values.view(), n_bins(values.len()))
            .component_curves(&marginal, around(&values), name_of)
    }
}

/// Bars of a histogram: about the square root of the number of values, but no more than can be seen.
fn n_bins(n_values: usize) -> usize {
    ((n_values as f64).sqrt() as usize).clamp(5, 40)
}
