//! The layers of a chart.

use std::ops::Range;

use crate::mixture::GaussianMixture;
use crate::plot::colour::{Colour, Rgb};
use crate::plot::drawing::{Marker, MarkerShape, Paint, Stroke};
use crate::plot::ellipse::Ellipse;
use crate::plot::entry::Entry;
use crate::plot::window::Window;

/// Radius of the markers of a legend.
const IN_LEGEND: f64 = 3.0;
/// Maximum number of components that a legend names.
const MAX_NAMED: usize = 6;
/// Opacity of bars.
const OF_BARS: f64 = 0.3;

/// A layer of a chart.
#[derive(Debug, Clone)]
pub(in crate::plot) enum Layer {
    Points {
        name: String,
        points: Vec<(f64, f64)>,
        colour: Colour,
        marker: MarkerShape,
        size: PointSize,
    },
    /// A line, with a marker at each of its points if there is a shape for them.
    Line {
        name: String,
        points: Vec<(f64, f64)>,
        style: LineStyle,
        marker: Option<MarkerShape>,
    },
    /// A filled ellipse, which extends the axes only within limits.
    Region {
        ellipse: Ellipse,
        colour: Colour,
        opacity: f64,
    },
    Marker {
        at: (f64, f64),
        text: String,
    },
    Bars {
        name: String,
        bars: Vec<Bar>,
    },
    /// Points, each with a style of its own, which the entries of the legend explain.
    Dots {
        dots: Vec<Dot>,
        entries: Vec<Entry>,
    },
    /// Bands of -ln p(x) between levels.
    Bands {
        model: Box<GaussianMixture>,
        levels: Vec<f64>,
        scale: BandScale,
    },
    /// Decision boundaries, where the most probable component changes.
    Boundaries {
        model: Box<GaussianMixture>,
    },
}

/// The meaning of the levels of bands: a text for each level, and what they measure.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::plot) struct BandScale {
    pub(in crate::plot) title: String,
    pub(in crate::plot) labels: Vec<String>,
}

/// Size of points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::plot) enum PointSize {
    /// By the number of points in the chart.
    OfData,
    /// A radius.
    Fixed(f64),
}

impl PointSize {
    /// Radius of the markers of a curve of so many points.
    pub(in crate::plot) fn on_curve(n_points: usize) -> f64 {
        if n_points > 40 { 1.8 } else { 3.2 }
    }
}

/// The edges of a bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::plot) struct Bar {
    pub(in crate::plot) left: f64,
    pub(in crate::plot) right: f64,
    pub(in crate::plot) low: f64,
    pub(in crate::plot) high: f64,
}

impl Bar {
    /// Whether a part of the bar is within a window.
    pub(in crate::plot) fn overlaps(&self, window: Window) -> bool {
        let ((left, right), (low, high)) = (window.x, window.y);
        self.left < right && left < self.right && self.low < high && low < self.high
    }
}

/// A point with a style of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::plot) struct Dot {
    pub(in crate::plot) at: (f64, f64),
    pub(in crate::plot) colour: Rgb,
    pub(in crate::plot) marker: MarkerShape,
    pub(in crate::plot) radius: f64,
    pub(in crate::plot) opacity: f64,
}

/// The style of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::plot) struct LineStyle {
    pub(in crate::plot) colour: Colour,
    pub(in crate::plot) width: f64,
    pub(in crate::plot) dashes: &'static [f64],
}

impl LineStyle {
    pub(in crate::plot) fn solid(colour: Colour) -> Self {
        Self { colour, width: 2.0, dashes: &[] }
    }

    pub(in crate::plot) fn dashed(colour: Colour) -> Self {
        Self { dashes: &[6.0, 5.0], ..Self::solid(colour) }
    }

    /// A style by number, which differs in colour and dashes.
    pub(in crate::plot) fn number(number: usize) -> Self {
        const DASHES: [&[f64]; 4] = [&[], &[8.0, 3.0], &[2.0, 2.5], &[8.0, 3.0, 2.0, 3.0]];
        Self { dashes: DASHES[number % DASHES.len()], ..Self::solid(Colour::Number(number)) }
    }

    pub(in crate::plot) fn stroke(&self) -> Stroke {
        Stroke { paint: self.colour.rgb().solid(), width: self.width, dashes: self.dashes }
    }
}

impl Layer {
    /// Calls `on_point` with points and corners of lines; not with those of areas.
    pub(in crate::plot) fn each_point(&self, on_point: impl FnMut((f64, f64))) {
        match self {
            Self::Points { points, .. } | Self::Line { points, .. } => {
                points.iter().copied().for_each(on_point);
            }
            Self::Dots { dots, .. } => dots.iter().map(|dot| dot.at).for_each(on_point),
            _ => {}
        }
    }

    /// The entries of the legend of a chart that explain the layer.
    pub(in crate::plot) fn entries(&self) -> Vec<Entry> {
        let entry = match self {
            Self::Points { name, colour, marker, .. } => {
                Entry::points(name, legend_marker(*marker, *colour))
            }
            Self::Line { name, style, marker, .. } => {
                let marker = marker.map(|marker| legend_marker(marker, style.colour));
                Entry::line(name, style.stroke(), marker)
            }
            Self::Bars { name, .. } => Entry::areas(name, [bar_paint()]),
            Self::Dots { entries, .. } => return entries.clone(),
            _ => return Vec::new(),
        };
        if entry.has_name() { vec![entry] } else { Vec::new() }
    }
}

/// The paint of bars.
pub(in crate::plot) fn bar_paint() -> Paint {
    Colour::Grey.rgb().mix(OF_BARS)
}

/// A marker as it is in a legend.
pub(in crate::plot) fn legend_marker(shape: MarkerShape, colour: Colour) -> Marker {
    Marker { shape, radius: IN_LEGEND, fill: Some(colour.rgb().solid()), edge: None }
}

/// The entry of a component, with the style of its points and of its curve.
pub(in crate::plot) fn component_entry(number: usize) -> Entry {
    let marker = legend_marker(MarkerShape::number(number), Colour::Number(number));
    Entry::line(component_name(number), LineStyle::number(number).stroke(), Some(marker))
}

/// The components that a legend names: none of many, whose colours repeat.
pub(in crate::plot) fn named_components(n_components: usize) -> Range<usize> {
    0..if n_components > MAX_NAMED { 0 } else { n_components }
}

pub(in crate::plot) fn component_name(number: usize) -> String {
    format!("component {number}")
}
