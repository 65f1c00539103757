//! Charts: layers on one pair of axes.

mod curves;
mod extent;
mod histogram;
pub(super) mod layer;
mod lines;
mod points;
mod regions;

use std::fmt::{self, Formatter};

use layer::Layer;

pub(crate) use extent::around;

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
}
