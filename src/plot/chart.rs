//! A chart: layers in one pair of axes.

use std::fmt::{self, Formatter};

use ndarray::{ArrayView1, ArrayView2};
use plotters::style::RGBColor;

use super::colour::Colour;
use super::ellipse::{Window, circle, ellipse};
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::rows::summaries::extent;

/// A pair of axes with layers, drawn in the order in which they were added.
///
/// # Examples
/// ```
/// use mixlab::plot::{Chart, Colour, Figure};
/// use mixlab::prelude::*;
///
/// let moons = datasets::moons();
/// let model = GaussianMixture::params(7).fit(&moons)?;
/// let chart = Chart::new("Seven Gaussians", "x", "y")
///     .equal_axes()
///     .points("data", moons.records.view(), Colour::Grey)
///     .ellipses(&model)?;
/// let png = Figure::new().panel(chart).png()?;
/// assert_eq!(&png[1..4], b"PNG");
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Clone)]
pub struct Chart {
    pub(super) title: String,
    pub(super) x_label: String,
    pub(super) y_label: String,
    pub(super) equal_axes: bool,
    x_range: Option<(f64, f64)>,
    y_range: Option<(f64, f64)>,
    pub(super) layers: Vec<Layer>,
}

/// What a chart draws.
#[derive(Debug, Clone)]
pub(super) enum Layer {
    Points {
        name: String,
        points: Vec<(f64, f64)>,
        colour: Colour,
        radius: f64,
    },
    Line {
        name: String,
        points: Vec<(f64, f64)>,
        colour: Colour,
        dashed: bool,
    },
    /// A convex region; it does not widen the axes.
    Region {
        corners: Vec<(f64, f64)>,
        colour: Colour,
        opacity: f64,
    },
    Marker {
        at: (f64, f64),
        text: String,
    },
    /// Bars from zero: left and right edge, and height.
    Bars {
        bars: Vec<((f64, f64), f64)>,
    },
    /// Points, each of its own colour.
    Mixed {
        points: Vec<(f64, f64)>,
        colours: Vec<RGBColor>,
    },
    /// Bands of -ln p(x) between levels.
    Bands {
        model: Box<GaussianMixture>,
        levels: Vec<f64>,
    },
    /// Where the most probable component changes.
    Boundaries {
        model: Box<GaussianMixture>,
    },
}

impl fmt::Debug for Chart {
    /// The title alone: a chart holds thousands of points.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chart").field("title", &self.title).finish_non_exhaustive()
    }
}

/// Standard deviations at which ellipses are drawn, the widest first, and how dark the filling of the
/// heaviest component is.
const RINGS: [(f64, f64); 3] = [(3.0, 0.10), (2.0, 0.16), (1.0, 0.26)];

impl Chart {
    /// An empty chart with the names of its axes.
    pub fn new(
        title: impl Into<String>,
        x_label: impl Into<String>,
        y_label: impl Into<String>,
    ) -> Self {
        Self {
            title: title.into(),
            x_label: x_label.into(),
            y_label: y_label.into(),
            equal_axes: false,
            x_range: None,
            y_range: None,
            layers: Vec::new(),
        }
    }

    /// Makes a unit as long on one axis as on the other, for pictures in which shapes matter.
    pub fn equal_axes(mut self) -> Self {
        self.equal_axes = true;
        self
    }

    /// Fixes the range of the horizontal axis, so that charts side by side compare.
    pub fn x_range(mut self, low: f64, high: f64) -> Self {
        self.x_range = Some((low, high));
        self
    }

    /// Fixes the range of the vertical axis, so that charts side by side compare.
    pub fn y_range(mut self, low: f64, high: f64) -> Self {
        self.y_range = Some((low, high));
        self
    }

    /// Adds bars whose heights are the density of `values` in `n_bins` equal bins: their area is 1, so that
    /// density curves compare.
    pub fn histogram(mut self, values: ArrayView1<'_, f64>, n_bins: usize) -> Self {
        let bars = density_bars(values, n_bins, extent(values));
        self.layers.push(Layer::Bars { bars });
        self
    }

    /// Adds bars of `values` and the outline of those of `others`, which stand in the legend, with the same edges: over the
    /// range of both, so that they compare.
    pub fn two_histograms(
        mut self,
        values: ArrayView1<'_, f64>,
        name: impl Into<String>,
        others: ArrayView1<'_, f64>,
        n_bins: usize,
    ) -> Self {
        let both = extent(values.iter().chain(&others));
        self.layers.push(Layer::Bars { bars: density_bars(values, n_bins, both) });
        let bars = density_bars(others, n_bins, both).into_iter();
        // steps along the edges of the bars
        let steps = bars.flat_map(|((left, right), height)| [(left, height), (right, height)]);
        self.line(name, steps, Colour::ORANGE)
    }

    /// Adds the outline of such bars as a line, to compare other values with them; a `name` that is not empty stands in
    /// the legend.
    pub fn histogram_outline(
        self,
        name: impl Into<String>,
        values: ArrayView1<'_, f64>,
        n_bins: usize,
        colour: Colour,
    ) -> Self {
        let bars = density_bars(values, n_bins, extent(values)).into_iter();
        self.line(name, bars.map(|((left, right), height)| (0.5 * (left + right), height)), colour)
    }

    /// Adds the first two columns of `points`; a `name` that is not empty stands in the legend.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn points(
        mut self,
        name: impl Into<String>,
        points: ArrayView2<'_, f64>,
        colour: Colour,
    ) -> Self {
        self.layers.push(Layer::Points {
            name: name.into(),
            points: in_two_columns(points),
            colour,
            radius: 1.8,
        });
        self
    }

    /// Adds the first two columns of `points`, coloured by label.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn labelled_points<'a>(
        mut self,
        points: ArrayView2<'_, f64>,
        labels: impl IntoIterator<Item = &'a usize>,
    ) -> Self {
        let labels: Vec<usize> = labels.into_iter().copied().collect();
        let n_labels = labels.iter().max().map_or(0, |largest| largest + 1);
        for label in 0..n_labels {
            let rows = points.rows().into_iter().zip(&labels).filter(|(_, l)| **l == label);
            self.layers.push(Layer::Points {
                name: String::new(),
                points: rows.map(|(row, _)| (row[0], row[1])).collect(),
                colour: Colour::Number(label),
                radius: 1.8,
            });
        }
        self
    }

    /// Adds a line through points; a `name` that is not empty stands in the legend.
    pub fn line(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
        colour: Colour,
    ) -> Self {
        self.add_line(name.into(), points.into_iter().collect(), colour, false)
    }

    /// Adds a dashed line through points.
    pub fn dashed_line(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
        colour: Colour,
    ) -> Self {
        self.add_line(name.into(), points.into_iter().collect(), colour, true)
    }

    fn add_line(
        mut self,
        name: String,
        points: Vec<(f64, f64)>,
        colour: Colour,
        dashed: bool,
    ) -> Self {
        self.layers.push(Layer::Line { name, points, colour, dashed });
        self
    }

    /// Marks a point with a ring and a few words.
    pub fn marker(mut self, at: (f64, f64), text: impl Into<String>) -> Self {
        self.layers.push(Layer::Marker { at, text: text.into() });
        self
    }

    /// Adds the ellipses of a mixture at 1, 2 and 3 standard deviations, the darker the heavier the
    /// component.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) in fewer than two dimensions.
    pub fn ellipses(mut self, model: &GaussianMixture) -> Result<Self> {
        let heaviest = model.weights().iter().fold(0.0_f64, |a, &b| a.max(b));
        for (component, &weight) in model.weights().iter().enumerate() {
            let covariance = model.covariance(component);
            for (sigmas, opacity) in RINGS {
                self.layers.push(Layer::Region {
                    corners: ellipse(model.means().row(component), &covariance, sigmas)?,
                    colour: Colour::BLUE,
                    opacity: opacity * (weight / heaviest).max(0.15),
                });
            }
        }
        Ok(self)
    }

    /// Fills the chart by the negative log-density -ln p(x), the darker the denser: a shade for each band
    /// between two of the rising `levels`.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) unless the mixture has two dimensions.
    pub fn log_density(mut self, model: &GaussianMixture, levels: &[f64]) -> Result<Self> {
        let model = Box::new(in_the_plane(model)?.clone());
        self.layers.push(Layer::Bands { model, levels: levels.to_vec() });
        Ok(self)
    }

    /// Dashes the boundaries between the regions where one component is more probable than all others.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) unless the mixture has two dimensions.
    pub fn boundaries(mut self, model: &GaussianMixture) -> Result<Self> {
        self.layers.push(Layer::Boundaries { model: Box::new(in_the_plane(model)?.clone()) });
        Ok(self)
    }

    /// Adds the first two columns of `points`, each in the mix of its components' colours by their
    /// posteriors, shape `(n_points, n_components)`: a soft assignment that can be seen.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn posterior_points(
        mut self,
        points: ArrayView2<'_, f64>,
        posterior: ArrayView2<'_, f64>,
    ) -> Self {
        self.layers.push(Layer::Mixed {
            points: in_two_columns(points),
            colours: posterior.rows().into_iter().map(Colour::mixed).collect(),
        });
        self
    }

    /// Adds larger dots, such as means or centroids.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn centers(mut self, centers: ArrayView2<'_, f64>) -> Self {
        self.layers.push(Layer::Points {
            name: String::new(),
            points: in_two_columns(centers),
            colour: Colour::RED,
            radius: 4.0,
        });
        self
    }

    /// Adds circles, such as those of k-means clusters, in the colours of their numbers.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn circles(mut self, centers: ArrayView2<'_, f64>, radii: &[f64]) -> Self {
        for (number, (center, &radius)) in centers.rows().into_iter().zip(radii).enumerate() {
            self.layers.push(Layer::Region {
                corners: circle((center[0], center[1]), radius),
                colour: Colour::Number(number),
                opacity: 0.15,
            });
        }
        self
    }

    /// A window around points, lines and markers, and around regions as far as they do not dwarf these.
    pub(super) fn window(&self) -> Window {
        let (mut x, mut y, mut wide_x, mut wide_y) =
            (Span::EMPTY, Span::EMPTY, Span::EMPTY, Span::EMPTY);
        for layer in &self.layers {
            let (points, is_region) = match layer {
                Layer::Points { points, .. } | Layer::Line { points, .. } => {
                    (points.as_slice(), false)
                }
                Layer::Marker { at, .. } => (std::slice::from_ref(at), false),
                Layer::Region { corners, .. } => (corners.as_slice(), true),
                Layer::Mixed { points, .. } => (points.as_slice(), false),
                Layer::Bars { bars } => {
                    for &((left, right), height) in bars {
                        x.include(left);
                        x.include(right);
                        y.include(0.0);
                        y.include(height);
                    }
                    continue;
                }
                Layer::Bands { .. } | Layer::Boundaries { .. } => continue,
            };
            for &(px, py) in points {
                wide_x.include(px);
                wide_y.include(py);
                if !is_region {
                    x.include(px);
                    y.include(py);
                }
            }
        }
        let marked = self.layers.iter().any(|layer| matches!(layer, Layer::Marker { .. }));
        let y_air = if marked { ROOM_FOR_NOTES } else { AIR };
        let bars = self.layers.iter().any(|layer| matches!(layer, Layer::Bars { .. }));
        let y = self.y_range.unwrap_or_else(|| match bars {
            true => (0.0, y.high * (1.0 + ROOM_FOR_LEGEND)),
            false => y.with_air(y_air).towards(wide_y),
        });
        let x = self.x_range.unwrap_or_else(|| x.with_air(AIR).towards(wide_x));
        Window { x, y }
    }
}

/// Left and right edge, and height, of each bar of a histogram of area 1; none if all values are equal.
fn density_bars(
    values: ArrayView1<'_, f64>,
    n_bins: usize,
    (low, high): (f64, f64),
) -> Vec<((f64, f64), f64)> {
    let width = (high - low) / n_bins as f64;
    if !(width.is_finite() && width > 0.0) {
        return Vec::new();
    }
    let mut counts = vec![0_usize; n_bins];
    for value in values {
        let bin = ((value - low) / width) as usize;
        counts[bin.min(n_bins - 1)] += 1;
    }
    let height = |count: usize| count as f64 / (values.len() as f64 * width);
    let bars = counts.into_iter().enumerate().map(|(bin, count)| {
        let left = low + bin as f64 * width;
        ((left, left + width), height(count))
    });
    bars.collect()
}

/// A range around values, with a little air on both sides.
pub(crate) fn around<'a>(values: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    let (low, high) = extent(values);
    let air = if high > low { 0.05 * (high - low) } else { 1.0 };
    (low - air, high + air)
}

/// The first two columns as points.
///
/// # Panics
/// If there are fewer.
fn in_two_columns(points: ArrayView2<'_, f64>) -> Vec<(f64, f64)> {
    assert!(points.ncols() >= 2, "points to draw have {} columns, not two", points.ncols());
    points.rows().into_iter().map(|row| (row[0], row[1])).collect()
}

/// A mixture of two dimensions.
fn in_the_plane(model: &GaussianMixture) -> Result<&GaussianMixture> {
    match model.n_features() {
        2 => Ok(model),
        other => Err(Error::shape("the mixture", "2 dimensions to draw its density in", other)),
    }
}

impl Chart {
    /// How many points and corners of lines lie in a part of the chart, to find room for words.
    pub(super) fn crowd(&self, part: Window) -> usize {
        let drawn = self.layers.iter().flat_map(|layer| match layer {
            Layer::Points { points, .. } | Layer::Line { points, .. } => points.as_slice(),
            Layer::Mixed { points, .. } => points.as_slice(),
            _ => &[],
        });
        drawn.filter(|point| part.contains(**point)).count()
    }
}

/// Share of a span that is left free on both sides.
const AIR: f64 = 0.07;
const ROOM_FOR_NOTES: f64 = 0.16;

/// Share of the height of bars that is left free above them.
const ROOM_FOR_LEGEND: f64 = 0.2;

/// Share of a span that regions may add on each side.
const REACH: f64 = 0.35;

/// An interval that grows.
#[derive(Debug, Clone, Copy)]
struct Span {
    low: f64,
    high: f64,
}

impl Span {
    const EMPTY: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };

    fn include(&mut self, value: f64) {
        if value.is_finite() {
            self.low = self.low.min(value);
            self.high = self.high.max(value);
        }
    }

    fn with_air(self, share: f64) -> Self {
        let Self { low, high } = self;
        if low > high {
            return Self { low: 0.0, high: 1.0 };
        }
        let air = if high > low { share * (high - low) } else { 0.5 * low.abs().max(1.0) };
        Self { low: low - air, high: high + air }
    }

    /// Widened to reach `wide`, but only so far.
    fn towards(self, wide: Self) -> (f64, f64) {
        let most = REACH * (self.high - self.low);
        (wide.low.clamp(self.low - most, self.low), wide.high.clamp(self.high, self.high + most))
    }
}
