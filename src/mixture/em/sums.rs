//! Statistics taken apart and put together again, by whoever sends them elsewhere.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::compute::scatter::stride;
use crate::mixture::covariance::CovarianceType;
use crate::mixture::em::statistics::{Part, Statistics};

impl Part {
    /// What was gathered.
    pub(crate) fn statistics(&self) -> &[Statistics] {
        &self.statistics
    }

    /// What was gathered, alone.
    pub(crate) fn into_statistics(self) -> Vec<Statistics> {
        self.statistics
    }
}

impl Statistics {
    /// Statistics of these sums (counts, first moments, log-likelihood) about these centres, with those of the second
    /// moments that count; none if they do not belong together.
    pub(crate) fn of_sums(
        covariance_type: CovarianceType,
        centers: Array2<f64>,
        (counts, first, log_likelihood): (Array1<f64>, Array2<f64>, f64),
        counted: &[f64],
    ) -> Option<Self> {
        let (k, d) = centers.dim();
        if counts.len() != k || first.dim() != (k, d) {
            return None;
        }
        // no more than what was sent, nor the lower halves of that many matrices
        if covariance_type.second_len(k, d) / 3 > counted.len() + 3 * d * k {
            return None;
        }
        let mut second = vec![0.0; covariance_type.second_len(k, d)];
        let mut n_placed = 0;
        for (place, &sum) in covariance_type.counted(k, d).zip(counted) {
            second[place] = sum;
            n_placed += 1;
        }
        let complete =
            n_placed == counted.len() && covariance_type.counted(k, d).nth(n_placed).is_none();
        complete.then_some(Self { covariance_type, centers, counts, first, second, log_likelihood })
    }

    pub(crate) fn covariance_type(&self) -> CovarianceType {
        self.covariance_type
    }

    /// All Nₖ, (k).
    pub(crate) fn counts(&self) -> ArrayView1<'_, f64> {
        self.counts.view()
    }

    /// First moments about the centres, (k, d).
    pub(crate) fn first(&self) -> ArrayView2<'_, f64> {
        self.first.view()
    }

    /// Places of the second moments that count.
    pub(crate) fn counted(&self) -> impl Iterator<Item = usize> + use<> {
        self.covariance_type.counted(self.n_components(), self.n_features())
    }

    /// The scatter of the first component about its centre, if the covariances are full: a symmetric matrix.
    pub(crate) fn scatter(&self) -> Array2<f64> {
        let stride = stride(self.n_features());
        let entry = |(i, j): (usize, usize)| self.second[i.max(j) * stride + i.min(j)];
        Array2::from_shape_fn((self.n_features(), self.n_features()), entry)
    }
}
