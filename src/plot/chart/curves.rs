//! Curves of densities, selection criteria and explained variance.

use ndarray::{Array1, Axis};

use super::Chart;
use super::layer::{LineStyle, component_name, named_components};
use crate::error::Result;
use crate::mixture::{CovarianceType, Criterion, GaussianMixture, Selection};
use crate::model_file::SearchSummary;
use crate::plot::colour::Colour;
use crate::preprocess::pca::Pca;

/// Number of corners of a density curve.
const CORNERS: usize = 400;

impl Chart {
    /// A chart of a criterion against the number of components, with a line for each covariance type and a marked minimum.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let search = Selection::params(1..=6).fit(&datasets::stretched_blobs())?;
    /// let chart = Chart::of_selection("How many components?", &search, Criterion::Bic);
    /// assert_eq!(Figure::new().panel(chart).size(), (440, 360));
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn of_selection(
        title: impl Into<String>,
        selection: &Selection,
        criterion: Criterion,
    ) -> Self {
        let mut families = Vec::new();
        for cell in selection.cells() {
            if !families.contains(&cell.covariance_type) {
                families.push(cell.covariance_type);
            }
        }
        let curves = families.into_iter();
        let curves = curves.map(|family| (family, selection.curve(family, criterion))).collect();
        Self::of_curves(title, curves, criterion)
    }

    /// The same chart for the search summary of a model file.
    pub fn of_search_summary(
        title: impl Into<String>,
        summary: &SearchSummary,
        criterion: Criterion,
    ) -> Self {
        Self::of_curves(title, summary.curves(criterion), criterion)
    }

    fn of_curves(
        title: impl Into<String>,
        curves: Vec<(CovarianceType, Vec<(f64, f64)>)>,
        criterion: Criterion,
    ) -> Self {
        let name = criterion.label();
        let mut chart = Self::new(title, "components", format!("{name} (lower is better)"));
        let n_families = curves.len();
        let mut values: Vec<f64> =
            curves.iter().flat_map(|(_, curve)| curve).map(|(_, value)| *value).collect();
        values.sort_by(f64::total_cmp);
        // how much the second best of all models is worse
        let next = match values[..] {
            [best, second, ..] => format!(", next +{:.1}", second - best),
            _ => String::new(),
        };
        let mut lowest: Option<((f64, f64), String)> = None;
        for (number, (family, curve)) in curves.into_iter().enumerate() {
            for &(k, value) in &curve {
                if lowest.as_ref().is_none_or(|((_, least), _)| value < *least) {
                    let note = match n_families {
                        1 => format!("lowest at {k}{next}"),
                        _ => format!("{k}, {family}{next}"),
                    };
                    lowest = Some(((k, value), note));
                }
            }
            let name = if n_families == 1 { "" } else { family.name() };
            chart = chart.curve(name, curve, number);
        }
        match lowest {
            Some((at, note)) => chart.marker(at, note),
            None => chart,
        }
    }

    /// A chart of the cumulative explained variance against the number of principal components, with the last one marked.
    pub fn of_explained_variance(pca: &Pca) -> Self {
        let mut sum = 0.0;
        let cumulative =
            pca.explained_variance_ratio().into_iter().enumerate().map(|(index, ratio)| {
                sum += ratio;
                (index as f64 + 1.0, sum)
            });
        let shares: Vec<(f64, f64)> = cumulative.collect();
        let n_components = pca.n_components();
        let note = format!("{n_components} components: {:.0} %", 100.0 * sum);
        let mut chart =
            Self::new("Cumulative explained variance", "principal components", "share of variance");
        chart.whole_x = true;
        chart.line("", shares, Colour::BLUE).marker((n_components as f64, sum), note)
    }

    /// Adds the density curves of a mixture of one dimension: each component times its weight, in a colour and a style by number,
    /// over their sum, the density of the mixture, as a thick grey line. If `name` is not empty, the legend has it for the mixture,
    /// and up to six components.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) unless the mixture has one dimension.
    pub fn mixture_curves(
        self,
        name: impl Into<String>,
        model: &GaussianMixture,
        (from, to): (f64, f64),
    ) -> Result<Self> {
        let style = LineStyle { width: 5.0, ..LineStyle::solid(Colour::Grey) };
        let name = name.into();
        let is_named = !name.is_empty();
        let chart = self.styled_line(name, density(model, 1.0, from, to)?, style, None);
        chart.component_curves(model, (from, to), is_named)
    }

    /// Adds the densities of the components, each times its weight, with names in the legend if there are to be some and the
    /// components are few.
    pub(in crate::plot) fn component_curves(
        self,
        model: &GaussianMixture,
        (from, to): (f64, f64),
        is_named: bool,
    ) -> Result<Self> {
        // the legend of many components would hide the curves
        let named = named_components(if is_named { model.n_components() } else { 0 });
        let name = |k: usize| if named.contains(&k) { component_name(k) } else { String::new() };
        let mut chart = self;
        for (component, &weight) in model.weights().iter().enumerate() {
            let curve = density(&model.alone(component)?, weight, from, to)?;
            chart = chart.styled_line(name(component), curve, LineStyle::number(component), None);
        }
        Ok(chart)
    }
}

/// The density of a model along a line, times a weight.
fn density(model: &GaussianMixture, weight: f64, from: f64, to: f64) -> Result<Vec<(f64, f64)>> {
    let xs = Array1::linspace(from, to, CORNERS);
    let log_density = model.score_samples(&xs.clone().insert_axis(Axis(1)))?;
    Ok(xs.iter().zip(&log_density).map(|(&x, log)| (x, weight * log.exp())).collect())
}
