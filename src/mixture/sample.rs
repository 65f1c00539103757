//! Random samples from a model.

use ndarray::{Array1, Array2, Axis};
use rand::distributions::{Distribution, WeightedIndex};
use rayon::prelude::*;

use super::GaussianMixture;
use super::covariance::Factor;
use crate::compute::random::{BatchedRng, child_seed, fill_normal};
use crate::compute::simd;
use crate::compute::simd::colour::{Colour, PANEL_ROWS};

/// Number of rows drawn from one random stream.
pub(crate) const ROWS_PER_STREAM: usize = 1024;

/// Number of panels of rows that are filled before they are multiplied.
const PANELS: usize = 8;

/// The child seeds for components, for numbers, for levels, for the factors of low-rank covariances and for heavy tails.
const COMPONENTS: u64 = 0;
const NUMBERS: u64 = 1;
const LEVELS: u64 = 2;
const FACTORS: u64 = 3;
const TAILS: u64 = 4;

impl GaussianMixture {
    /// Draws `n_samples` independent rows: the component by weight, then the numbers from the component's Gaussian and each
    /// category from its probabilities, as the index of a level.
    ///
    /// Returns the rows, shape `(n_samples, n_features)`, and the component of each, shape `(n_samples,)`. The same seed
    /// gives the same rows on any number of threads and any processor; a larger sample begins with the rows of a smaller one.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let model = GaussianMixture::params(4).fit(&datasets::stretched_blobs())?;
    /// let (rows, labels) = model.sample(5, 0);
    /// assert_eq!((rows.dim(), labels.len()), ((5, 2), 5));
    /// assert_eq!(model.sample(9, 0).0.slice(ndarray::s![..5, ..]), rows);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn sample(&self, n_samples: usize, seed: u64) -> (Array2<f64>, Array1<usize>) {
        Sampler::new(self).rows(0, n_samples, seed)
    }
}

/// What samples of a mixture need: computed once for all blocks of a sample.
#[derive(Debug, Clone)]
pub(crate) struct Sampler<'a> {
    mixture: &'a GaussianMixture,
    component: WeightedIndex<f64>,
    factors: Vec<Factor>,
}

impl<'a> Sampler<'a> {
    pub(crate) fn new(mixture: &'a GaussianMixture) -> Self {
        let component = WeightedIndex::new(mixture.weights())
            .expect("weights of a mixture are not negative and sum to 1");
        let factor = |component| mixture.covariances().factor(component, mixture.n_numeric());
        Self { mixture, component, factors: (0..mixture.n_components()).map(factor).collect() }
    }

    /// A sampler of rows without the noise of low-rank covariances.
    pub(crate) fn without_noise(self) -> Self {
        Self { factors: self.factors.into_iter().map(Factor::without_noise).collect(), ..self }
    }

    /// The rows of [`GaussianMixture::sample`] from the first one of a random stream on.
    pub(crate) fn rows(
        &self,
        first_stream: u64,
        n_samples: usize,
        seed: u64,
    ) -> (Array2<f64>, Array1<usize>) {
        let mixture = self.mixture;
        let mut rows = Array2::zeros((n_samples, mixture.n_features()));
        let mut labels = Array1::zeros(n_samples);
        let blocks = rows
            .axis_chunks_iter_mut(Axis(0), ROWS_PER_STREAM)
            .into_par_iter()
            .zip(labels.axis_chunks_iter_mut(Axis(0), ROWS_PER_STREAM))
            .enumerate();
        let seeds =
            [COMPONENTS, NUMBERS, LEVELS, FACTORS, TAILS].map(|purpose| child_seed(seed, purpose));
        blocks.for_each(|(index, (mut rows, mut labels))| {
            let [mut of_components, mut of_numbers, mut of_levels, mut of_factors, mut of_tails] =
                seeds.map(|seed| BatchedRng::new(seed, first_stream + index as u64));
            labels.mapv_inplace(|_| self.component.sample(&mut of_components));
            let labels = labels.as_slice().expect("a block of labels");
            let rows = rows.as_slice_mut().expect("rows of a row-major array");
            for row in rows.chunks_exact_mut(mixture.n_features()) {
                fill_normal(&mut of_numbers, &mut row[..mixture.n_numeric()]);
            }
            let mut factors = vec![0.0; labels.len() * self.n_factors()];
            fill_normal(&mut of_factors, &mut factors);
            if let Some(tails) = mixture.student() {
                self.scale(rows, labels, &mut factors, |label| {
                    tails.draw_scale(label, &mut of_tails)
                });
            }
            self.colour(rows, labels, &factors);
            if mixture.categories().n_columns() > 0 {
                for (row, &label) in rows.chunks_exact_mut(mixture.n_features()).zip(labels) {
                    for (category, level) in row[mixture.n_numeric()..].iter_mut().enumerate() {
                        *level = mixture.categories().draw(category, label, &mut of_levels) as f64;
                    }
                    mixture.categories().to_row_order(row);
                }
            }
        });
        (rows, labels)
    }

    /// Number of factors of each component.
    fn n_factors(&self) -> usize {
        self.factors.iter().map(Factor::n_factors).max().unwrap_or(0)
    }

    /// Multiplies the standard normal numbers of each row, and those for its factors, by what `draw` returns for its component.
    fn scale(
        &self,
        rows: &mut [f64],
        labels: &[usize],
        factors: &mut [f64],
        mut draw: impl FnMut(usize) -> f64,
    ) {
        let (width, n_numeric) = (self.mixture.n_features(), self.mixture.n_numeric());
        let n_factors = self.n_factors();
        for (at, (row, &label)) in rows.chunks_exact_mut(width).zip(labels).enumerate() {
            let scale = draw(label);
            let factors = &mut factors[at * n_factors..][..n_factors];
            row[..n_numeric].iter_mut().chain(factors).for_each(|value| *value *= scale);
        }
    }

    /// Turns standard normal numbers, and those for `factors` of each row, into those of the components of the rows, several rows of a
    /// component at once.
    fn colour(&self, rows: &mut [f64], labels: &[usize], factors: &[f64]) {
        let (width, n_numeric) = (self.mixture.n_features(), self.mixture.n_numeric());
        if n_numeric == 0 {
            return;
        }
        let means = self.mixture.means();
        // columns may have been selected from a mixture, which makes them contiguous
        let means = means.as_standard_layout();
        let order = by_component(labels, self.factors.len());
        let of_components = order.chunk_by(|a, b| labels[*a] == labels[*b]);
        let panels: Vec<&[usize]> = of_components.flat_map(|of| of.chunks(PANEL_ROWS)).collect();
        let mut values = vec![[0.0; PANEL_ROWS]; PANELS * n_numeric];
        let n_factors = self.n_factors();
        let mut of_panel = vec![[0.0; PANEL_ROWS]; n_factors];
        // several panels are filled before the first one is read, since a read of several numbers waits for writes of each
        for panels in panels.chunks(PANELS) {
            for (panel, values) in panels.iter().zip(values.chunks_exact_mut(n_numeric)) {
                for (lane, row) in panel.iter().enumerate() {
                    for (values, number) in values.iter_mut().zip(&rows[row * width..]) {
                        values[lane] = *number;
                    }
                }
            }
            for (panel, values) in panels.iter().zip(values.chunks_exact_mut(n_numeric)) {
                let component = labels[panel[0]];
                for (lane, row) in panel.iter().enumerate() {
                    for (values, factor) in of_panel.iter_mut().zip(&factors[row * n_factors..]) {
                        values[lane] = *factor;
                    }
                }
                let root = self.factors[component].root(&of_panel);
                let mean = means.row(component);
                let mean = mean.to_slice().expect("rows of a row-major array");
                simd::run(Colour { root, mean, panel: values });
                for (lane, row) in panel.iter().enumerate() {
                    for (values, number) in values.iter().zip(&mut rows[row * width..]) {
                        *number = values[lane];
                    }
                }
            }
        }
    }
}

/// The rows by component, and for each component in their order.
fn by_component(labels: &[usize], n_components: usize) -> Vec<usize> {
    let mut begins = vec![0; n_components + 1];
    labels.iter().for_each(|label| begins[label + 1] += 1);
    for component in 0..n_components {
        begins[component + 1] += begins[component];
    }
    let mut order = vec![0; labels.len()];
    for (row, &label) in labels.iter().enumerate() {
        order[begins[label]] = row;
        begins[label] += 1;
    }
    order
}
