//! Points: of one colour, by label, by posterior.

use std::cmp::Ordering;

use ndarray::{ArrayView1, ArrayView2};

use super::Chart;
use super::layer::{Dot, Layer, PointSize, component_name, legend_marker, named_components};
use crate::mixture::inference::most_probable;
use crate::plot::colour::Colour;
use crate::plot::drawing::{Marker, MarkerShape};
use crate::plot::entry::Entry;
use crate::plot::number::short_number;

/// Radius of a centre.
const CENTER: f64 = 4.5;
/// Radius and opacity of points coloured by posterior.
const DOT: (f64, f64) = (2.0, 0.9);
/// Radii of the most certain and of the most uncertain point, and their opacities.
const CERTAIN: (f64, f64) = (1.5, 0.45);
const UNCERTAIN: (f64, f64) = (6.0, 0.75);
/// Number of sizes between them.
const SIZES: f64 = 12.0;

impl Chart {
    /// Adds the first two columns of `points`; a `name` that is not empty appears in the legend.
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
            marker: MarkerShape::Circle,
            size: PointSize::OfData,
        });
        self
    }

    /// Adds the first two columns of `points`, with a colour and a shape for each label.
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
                marker: MarkerShape::number(label),
                size: PointSize::OfData,
            });
        }
        self
    }

    /// Adds the first two columns of `points`, coloured by soft assignment: the colours of the components mixed by the
    /// posteriors, shape `(n_points, n_components)`, with the marker of the most probable component. The legend names up to six
    /// components.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn posterior_points(
        mut self,
        points: ArrayView2<'_, f64>,
        posterior: ArrayView2<'_, f64>,
    ) -> Self {
        let (radius, opacity) = DOT;
        let dot = |(at, posterior): ((f64, f64), ArrayView1<'_, f64>)| {
            let component = most_probable(posterior);
            let (colour, marker) = (Colour::mixed(posterior), MarkerShape::number(component));
            (component, Dot { at, colour, marker, radius, opacity })
        };
        let dots = in_two_columns(points).into_iter().zip(posterior.rows()).map(dot);
        let mut dots: Vec<(usize, Dot)> = dots.collect();
        // points of one style follow each other, so that files are smaller
        dots.sort_by_key(|(component, dot)| (*component, dot.colour.bytes()));
        let dots = dots.into_iter().map(|(_, dot)| dot).collect();
        let entries = component_dots(posterior.ncols());
        self.layers.push(Layer::Dots { dots, entries });
        self
    }

    /// Adds the first two columns of `points`, coloured by the most probable component and larger the less certain it is: by the
    /// probability of all other components, `1 - max posterior`, as in mclust. `posterior` has shape `(n_points, n_components)`. The
    /// legend names up to six components, and some sizes.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn uncertain_points(
        self,
        points: ArrayView2<'_, f64>,
        posterior: ArrayView2<'_, f64>,
    ) -> Self {
        let entries = uncertainty_entries(posterior.ncols());
        self.uncertain_dots(points, posterior, entries)
    }

    /// Adds uncertain points with entries of the legend.
    pub(in crate::plot) fn uncertain_dots(
        mut self,
        points: ArrayView2<'_, f64>,
        posterior: ArrayView2<'_, f64>,
        entries: Vec<Entry>,
    ) -> Self {
        let most = most_uncertain(posterior.ncols());
        let dot = |(at, posterior): ((f64, f64), ArrayView1<'_, f64>)| {
            let component = most_probable(posterior);
            // of few sizes, so that points share their style
            let share = ((1.0 - posterior[component]) / most).clamp(0.0, 1.0);
            let (radius, opacity) = uncertain((SIZES * share).round() / SIZES);
            let (colour, marker) =
                (Colour::Number(component).rgb(), MarkerShape::number(component));
            Dot { at, colour, marker, radius, opacity }
        };
        let mut dots: Vec<Dot> =
            in_two_columns(points).into_iter().zip(posterior.rows()).map(dot).collect();
        // uncertain points are above certain ones
        let order = |dot: &Dot| (dot.radius, dot.colour.bytes());
        dots.sort_by(|a, b| order(a).partial_cmp(&order(b)).unwrap_or(Ordering::Equal));
        self.layers.push(Layer::Dots { dots, entries });
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
            marker: MarkerShape::Circle,
            size: PointSize::Fixed(CENTER),
        });
        self
    }
}

/// The largest uncertainty, of equal posteriors.
fn most_uncertain(n_components: usize) -> f64 {
    1.0 - 1.0 / n_components.max(2) as f64
}

/// Radius and opacity at a share of the largest uncertainty.
fn uncertain(share: f64) -> (f64, f64) {
    let between = |from: f64, to: f64| from + share * (to - from);
    (between(CERTAIN.0, UNCERTAIN.0), between(CERTAIN.1, UNCERTAIN.1))
}

/// The entries of points of each component, unless they are many.
fn component_dots(n_components: usize) -> Vec<Entry> {
    let entry = |component: usize| {
        let marker = legend_marker(MarkerShape::number(component), Colour::Number(component));
        Entry::points(component_name(component), marker)
    };
    named_components(n_components).map(entry).collect()
}

/// The entries of points of each component, and of some sizes, of uncertain points.
pub(in crate::plot) fn uncertainty_entries(n_components: usize) -> Vec<Entry> {
    let most = most_uncertain(n_components);
    let size = |share: f64| {
        let (radius, opacity) = uncertain(share);
        let fill = Some(Colour::Grey.rgb().mix(opacity));
        let marker = Marker { shape: MarkerShape::Circle, radius, fill, edge: None };
        Entry::points(format!("uncertainty {}", short_number(share * most, 2)), marker)
    };
    component_dots(n_components).into_iter().chain([0.0, 0.5, 1.0].map(size)).collect()
}

/// The first two columns as points.
///
/// # Panics
/// If there are fewer than two columns.
fn in_two_columns(points: ArrayView2<'_, f64>) -> Vec<(f64, f64)> {
    assert!(points.ncols() >= 2, "points to draw have {} columns, not two", points.ncols());
    points.rows().into_iter().map(|row| (row[0], row[1])).collect()
}
