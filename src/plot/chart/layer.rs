//! What charts draw.

use plotters::style::RGBColor;

use crate::mixture::GaussianMixture;
use crate::plot::colour::Colour;

/// What a chart draws.
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

impl Layer {
    /// Name that stands in the legend; empty if none does.
    pub(in crate::plot) fn name(&self) -> &str {
        match self {
            Self::Points { name, .. } | Self::Line { name, .. } => name,
            _ => "",
        }
    }

    /// Points and corners of lines; none of layers that are areas.
    pub(in crate::plot) fn points(&self) -> &[(f64, f64)] {
        match self {
            Self::Points { points, .. }
            | Self::Line { points, .. }
            | Self::Mixed { points, .. } => points,
            _ => &[],
        }
    }
}
