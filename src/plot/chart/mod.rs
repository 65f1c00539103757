//! Charts: layers on one pair of axes.

mod curves;
mod extent;
mod histogram;
pub(super) mod layer;
mod lines;
mod points;
mod quantiles;
mod regions;

use std::fmt::{self, Formatter};

use layer::{Layer, PointSize};

use crate::rows::kind::ValueKind;

pub(crate) use extent::around;
pub(super) use points::uncertainty_entries;

/// Nominal size of the plotting area of a chart, and of one of a matrix.
const LARGE: (f64, f64) = (358.0, 270.0);
const SMALL: (f64, f64) = (190.0, 150.0);

/// A pair of axes with layers, drawn in the order of their addition.
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
    /// Whether the horizontal axis counts.
    pub(super) whole_x: bool,
    /// Kinds of the values on both axes.
    pub(super) x_kind: ValueKind,
    pub(super) y_kind: ValueKind,
    /// Whether the chart is one of a matrix.
    pub(super) is_small: bool,
    x_range: Option<(f64, f64)>,
    y_range: Option<(f64, f64)>,
    pub(super) layers: Vec<Layer>,
}

impl fmt::Debug for Chart {
    /// Formats the title only: a chart has thousands of points.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chart").field("title", &self.title).finish_non_exhaustive()
    }
}

impl Chart {
    /// An empty chart with a title and labels of its axes.
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
            whole_x: false,
            x_kind: ValueKind::Numeric,
            y_kind: ValueKind::Numeric,
            is_small: false,
            x_range: None,
            y_range: None,
            layers: Vec::new(),
        }
    }

    /// Sets the same scale on both axes, so that shapes are not distorted.
    pub fn equal_axes(mut self) -> Self {
        self.equal_axes = true;
        self
    }

    /// Sets the kinds of the values on both axes: the ticks of dates, in days, are dates.
    pub fn kinds(mut self, x_kind: ValueKind, y_kind: ValueKind) -> Self {
        (self.x_kind, self.y_kind) = (x_kind, y_kind);
        self
    }

    /// Fixes the range of the horizontal axis, so that charts can be compared side by side.
    pub fn x_range(mut self, low: f64, high: f64) -> Self {
        self.x_range = Some((low, high));
        self
    }

    /// Fixes the range of the vertical axis, so that charts can be compared side by side.
    pub fn y_range(mut self, low: f64, high: f64) -> Self {
        self.y_range = Some((low, high));
        self
    }

    pub(super) fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Makes the chart small, for a matrix of charts.
    pub(super) fn small(mut self) -> Self {
        self.is_small = true;
        self
    }

    /// Nominal size of the plotting area.
    pub(super) fn plot_size(&self) -> (f64, f64) {
        if self.is_small { SMALL } else { LARGE }
    }

    pub(super) fn has_bands(&self) -> bool {
        self.layers.iter().any(|layer| matches!(layer, Layer::Bands { .. }))
    }

    pub(super) fn has_bars(&self) -> bool {
        self.layers.iter().any(|layer| matches!(layer, Layer::Bars { .. }))
    }

    /// Number of points of the data, which determines how they are drawn.
    pub(super) fn n_data_points(&self) -> usize {
        let n_points = |layer: &Layer| match layer {
            Layer::Points { points, size: PointSize::OfData, .. } => points.len(),
            _ => 0,
        };
        self.layers.iter().map(n_points).sum()
    }
}
