//! The layers of a chart.

use plotters::style::RGBColor;

use crate::mixture::GaussianMixture;
use crate::plot::colour::Colour;

/// A layer of a chart.
#[derive(Debug, Clone)]
pub(in crate::plot) enum Layer {
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
    /// A convex region, which extends the axes only within limits.
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
    /// Points with individual colours.
    Mixed {
        points: Vec<(f64, f64)>,
        colours: Vec<RGBColor>,
    },
    /// Bands of -ln p(x) between levels.
    Bands {
        model: Box<GaussianMixture>,
        levels: Vec<f64>,
    },
    /// Decision boundaries, where the most probable component changes.
    Boundaries {
        model: Box<GaussianMixture>,
    },
}

impl Layer {
    /// Name in the legend; empty if the layer has none.
    pub(in crate::plot) fn name(&self) -> &str {
        match self {
            Self::Points { name, .. } | Self::Line { name, .. } => name,
            _ => "",
        }
    }

    /// Points and corners of lines; empty for areas.
    pub(in crate::plot) fn points(&self) -> &[(f64, f64)] {
        match self {
            Self::Points { points, .. }
            | Self::Line { points, .. }
            | Self::Mixed { points, .. } => points,
            _ => &[],
        }
    }
}
