//! Areas: ellipses and densities of mixtures, circles of clusters.

use ndarray::ArrayView2;

use super::Chart;
use super::layer::{BandScale, Layer};
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::plot::colour::Colour;
use crate::plot::ellipse::Ellipse;
use crate::plot::number::short_number;

/// Standard deviations at which ellipses are drawn, the widest first, and the opacity of the filling for the component of
/// largest weight.
const RINGS: [(f64, f64); 3] = [(3.0, 0.10), (2.0, 0.16), (1.0, 0.26)];

impl Chart {
    /// Adds the ellipses of a mixture at 1, 2 and 3 standard deviations, or at these multiples of the matrix of components with heavy
    /// tails; components of larger weight are darker.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) in fewer than two dimensions.
    pub fn ellipses(self, model: &GaussianMixture) -> Result<Self> {
        self.ellipses_in(model, |_| Colour::BLUE)
    }

    /// Adds the same ellipses in the colours of the components.
    ///
    /// # Errors
    /// Same as [`ellipses`](Self::ellipses).
    pub fn component_ellipses(self, model: &GaussianMixture) -> Result<Self> {
        self.ellipses_in(model, Colour::Number)
    }

    fn ellipses_in(
        mut self,
        model: &GaussianMixture,
        colour: impl Fn(usize) -> Colour,
    ) -> Result<Self> {
        let means = model.means();
        let heaviest = model.weights().iter().fold(0.0_f64, |a, &b| a.max(b));
        for (component, &weight) in model.weights().iter().enumerate() {
            let matrix = model.scale_matrix(component);
            for (sigmas, opacity) in RINGS {
                self.layers.push(Layer::Region {
                    ellipse: Ellipse::of_gaussian(means.row(component), &matrix, sigmas)?,
                    colour: colour(component),
                    opacity: opacity * (weight / heaviest).max(0.15),
                });
            }
        }
        Ok(self)
    }

    /// Adds circles, such as those of k-means clusters, coloured by number.
    ///
    /// # Panics
    /// If there are fewer than two columns.
    pub fn circles(mut self, centers: ArrayView2<'_, f64>, radii: &[f64]) -> Self {
        for (number, (center, &radius)) in centers.rows().into_iter().zip(radii).enumerate() {
            self.layers.push(Layer::Region {
                ellipse: Ellipse::circle((center[0], center[1]), radius),
                colour: Colour::Number(number),
                opacity: 0.15,
            });
        }
        self
    }

    /// Fills the chart with bands of the negative log-density -ln p(x) between the increasing `levels`, with a scale on the right;
    /// darker is denser.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) unless the mixture has two dimensions.
    pub fn log_density(self, model: &GaussianMixture, levels: &[f64]) -> Result<Self> {
        let labels = levels.iter().map(|level| short_number(*level, 3)).collect();
        self.density_bands(model, levels, BandScale { title: "−ln p(x)".into(), labels })
    }

    /// Fills the chart with bands between levels of -ln p(x) that have a meaning of their own.
    pub(in crate::plot) fn density_bands(
        mut self,
        model: &GaussianMixture,
        levels: &[f64],
        scale: BandScale,
    ) -> Result<Self> {
        let model = Box::new(two_dimensional(model)?.clone());
        self.layers.push(Layer::Bands { model, levels: levels.to_vec(), scale });
        Ok(self)
    }

    /// Adds the decision boundaries as dashed lines, between the regions where one component is the most probable.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) unless the mixture has two dimensions.
    pub fn boundaries(mut self, model: &GaussianMixture) -> Result<Self> {
        self.layers.push(Layer::Boundaries { model: Box::new(two_dimensional(model)?.clone()) });
        Ok(self)
    }
}

/// Checks that a mixture has two dimensions.
fn two_dimensional(model: &GaussianMixture) -> Result<&GaussianMixture> {
    if model.n_features() == 2 {
        return Ok(model);
    }
    let expected = "2 dimensions to draw its density in";
    Err(Error::shape("the mixture", expected, model.n_features()))
}
