//! The space in which restarts are started by distances: numbers in some units, and categories as scaled indicators of their
//! levels.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Slice};

use crate::compute::linalg;
use crate::error::Result;
use crate::rows::Block;
use crate::rows::layout::RowLayout;
use crate::rows::mixed::{MISSING, MixedRows};
use crate::rows::summaries::ColumnSummary;

/// Categories of more levels take no part in distances: their indicators would be many, and nearly all 0.
const MOST_LEVELS: usize = 50;

/// The numbers of rows as coordinates.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum NumberMap {
    /// As they are.
    #[default]
    Identity,
    /// `(x - mean) / deviation`.
    Scaled { means: Vec<f64>, deviations: Vec<f64> },
    /// `L⁻¹ (x - mean)`, with the covariance `L Lᵀ`; of complete rows.
    Whitened { means: Vec<f64>, inverse: Array2<f64> },
}

impl NumberMap {
    /// Writes the coordinates of numbers, both one column of `n` rows after the other.
    fn write(&self, n: usize, numbers: &[f64], to: &mut [f64]) {
        match self {
            Self::Identity => to.copy_from_slice(numbers),
            Self::Scaled { means, deviations } => {
                let columns = numbers.chunks_exact(n).zip(to.chunks_exact_mut(n));
                for ((from, to), (mean, deviation)) in columns.zip(means.iter().zip(deviations)) {
                    to.iter_mut().zip(from).for_each(|(to, from)| *to = (from - mean) / deviation);
                }
            }
            Self::Whitened { means, inverse } => {
                to.fill(0.0);
                for (to, factors) in to.chunks_exact_mut(n).zip(inverse.rows()) {
                    let columns = numbers.chunks_exact(n).zip(means).zip(factors);
                    for ((from, mean), factor) in columns.filter(|(_, factor)| **factor != 0.0) {
                        to.iter_mut()
                            .zip(from)
                            .for_each(|(to, from)| *to += factor * (from - mean));
                    }
                }
            }
        }
    }

    /// The numbers with these coordinates, (k, d).
    fn inverse(&self, coordinates: ArrayView2<'_, f64>) -> Array2<f64> {
        match self {
            Self::Identity => coordinates.as_standard_layout().into_owned(),
            Self::Scaled { means, deviations } => {
                coordinates.to_owned() * ArrayView1::from(deviations) + ArrayView1::from(means)
            }
            Self::Whitened { means, inverse } => {
                let mut factor = Array2::zeros(inverse.dim());
                linalg::invert_lower(inverse, &mut factor);
                coordinates.dot(&factor.t()) + ArrayView1::from(means)
            }
        }
    }

    /// Whether the map takes rows of `n` numbers.
    #[cfg_attr(not(feature = "cluster"), allow(dead_code, reason = "checked when it was sent"))]
    fn fits(&self, n: usize) -> bool {
        match self {
            Self::Identity => true,
            Self::Scaled { means, deviations } => means.len() == n && deviations.len() == n,
            Self::Whitened { means, inverse } => means.len() == n && inverse.dim() == (n, n),
        }
    }
}

/// The coordinates of rows for distances. A missing value is a missing coordinate.
///
/// A category of L levels has L coordinates, which are 0 except for that of its level. They are scaled so that, with equally
/// frequent levels, the variance of all of them together is the mean variance of a number.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct StartSpace {
    layout: RowLayout,
    numbers: Box<NumberMap>,
    /// Coordinate of the level of each category; 0 for categories that take no part.
    scales: Vec<f64>,
    /// Mean of each coordinate, or its value at equal frequencies.
    means: Vec<f64>,
}

impl StartSpace {
    /// The space of rows with these columns, of which numbers have these coordinates.
    pub(crate) fn new(layout: &RowLayout, columns: &[ColumnSummary], numbers: NumberMap) -> Self {
        if layout.is_plain() {
            return Self { numbers: Box::new(numbers), ..Self::default() };
        }
        let n_numeric = columns.len() as f64;
        let total: f64 = columns.iter().map(|column| column.variance).sum();
        let is_in_data = numbers == NumberMap::Identity;
        let variance = if is_in_data && total > 0.0 { total / n_numeric } else { 1.0 };
        let scale = |&n_levels: &usize| match n_levels {
            2..=MOST_LEVELS => (variance / (1.0 - 1.0 / n_levels as f64)).sqrt(),
            _ => 0.0,
        };
        let scales: Vec<f64> = layout.n_levels.iter().map(scale).collect();
        let mean = |column: &ColumnSummary| if is_in_data { column.mean } else { 0.0 };
        let mut means: Vec<f64> = columns.iter().map(mean).collect();
        for (&n_levels, &scale) in layout.n_levels.iter().zip(&scales).filter(|(_, s)| **s > 0.0) {
            means.extend(vec![scale / n_levels as f64; n_levels]);
        }
        // models of categories of many levels alone still need a coordinate
        if means.is_empty() {
            means.push(0.0);
        }
        Self { layout: layout.clone(), numbers: Box::new(numbers), scales, means }
    }

    /// Whether coordinates are the numbers of complete rows without categories, as they are.
    pub(crate) fn is_identity(&self) -> bool {
        self.layout.is_plain() && *self.numbers == NumberMap::Identity
    }

    /// Number of coordinates of rows of `n_numeric` numbers.
    fn n_coordinates(&self, n_numeric: usize) -> usize {
        if self.layout.is_plain() { n_numeric } else { self.means.len() }
    }

    /// The numbers of centres in the units of the data, shape (k, `n_numeric`).
    pub(crate) fn numbers(&self, centers: ArrayView2<'_, f64>, n_numeric: usize) -> Array2<f64> {
        let centers = centers.slice_axis_move(Axis(1), Slice::from(..n_numeric));
        self.numbers.inverse(centers).as_standard_layout().into_owned()
    }

    /// Number of coordinates of rows with this layout and `n_numeric` numbers; none if the space is not one for such rows.
    #[cfg_attr(not(feature = "cluster"), allow(dead_code, reason = "checked when it was sent"))]
    pub(crate) fn coordinates_of(&self, layout: &RowLayout, n_numeric: usize) -> Option<usize> {
        if !self.numbers.fits(n_numeric) {
            return None;
        }
        if self.layout.is_plain() {
            return layout.categorical.is_empty().then_some(n_numeric);
        }
        let taken = layout.n_levels.iter().zip(&self.scales).filter(|(_, scale)| **scale > 0.0);
        let n_coordinates = n_numeric + taken.map(|(n_levels, _)| n_levels).sum::<usize>();
        let fits = self.layout == *layout
            && self.scales.len() == layout.n_levels.len()
            && self.means.len() == n_coordinates.max(1);
        fits.then_some(self.means.len())
    }

    /// Passes the coordinates of some rows to `use_block`, as a block.
    pub(crate) fn with_block(&self, rows: MixedRows<'_>, use_block: impl FnOnce(&Block)) {
        if self.is_identity() {
            return use_block(rows.numbers);
        }
        let n = rows.n_rows();
        let mut block = Block::default();
        let n_numeric = rows.numbers.feature_major().len() / n.max(1);
        let written = block.fill_by_feature(0, (n, self.n_coordinates(n_numeric)), |to| {
            let (numbers, indicators) = to.split_at_mut(rows.numbers.feature_major().len());
            self.numbers.write(n, rows.numbers.feature_major(), numbers);
            indicators.fill(0.0);
            let codes = rows.codes.chunks_exact(n);
            let mut indicators = indicators.chunks_exact_mut(n);
            let categories = codes.zip(&self.layout.n_levels).zip(&self.scales);
            for ((codes, &n_levels), &scale) in categories.filter(|(_, scale)| **scale > 0.0) {
                for (level, to) in indicators.by_ref().take(n_levels).enumerate() {
                    let coordinate = |code: u32| match code {
                        MISSING => f64::NAN,
                        _ if code as usize == level => scale,
                        _ => 0.0,
                    };
                    to.iter_mut().zip(codes).for_each(|(to, &code)| *to = coordinate(code));
                }
            }
            Ok(())
        });
        written.expect("coordinates are computed from checked rows");
        use_block(&block);
    }

    /// The coordinates of rows, (n, D).
    ///
    /// # Errors
    /// [`Error::UnknownLevel`](crate::Error::UnknownLevel).
    pub(crate) fn coordinates(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        if self.is_identity() {
            return Ok(rows.to_owned());
        }
        let mut block = Block::default();
        block.fill(0, rows);
        let n_numeric = rows.ncols() - self.layout.categorical.len();
        let mut coordinates = Array2::zeros((rows.nrows(), self.n_coordinates(n_numeric)));
        let split = block.split(&self.layout)?;
        for part in split.parts() {
            self.with_block(part, |block| {
                for (row, values) in block.records().rows().into_iter().enumerate() {
                    coordinates.row_mut(part.index(row)).assign(&values);
                }
            });
        }
        Ok(coordinates)
    }

    /// Replaces missing coordinates of centres by the means.
    pub(crate) fn complete(&self, mut centers: Array2<f64>) -> Array2<f64> {
        if !self.layout.is_plain() {
            for (mut column, &mean) in centers.axis_iter_mut(Axis(1)).zip(&self.means) {
                column.mapv_inplace(|value| if value.is_nan() { mean } else { value });
            }
        }
        centers
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::array;

    use super::*;

    #[test]
    fn coordinates_are_scaled_or_whitened_and_undone() {
        let rows = array![[1.0, 200.0], [3.0, 260.0], [2.0, 160.0], [6.0, 500.0]];
        let means = vec![3.0, 280.0];
        let deviations = vec![2.0, 50.0];
        let scaled = NumberMap::Scaled { means: means.clone(), deviations };
        // the factor of a covariance of variances 4 and 5000
        let factor = array![[2.0, 0.0], [50.0, 50.0]];
        let mut inverse = Array2::zeros((2, 2));
        linalg::invert_lower(&factor, &mut inverse);
        let whitened = NumberMap::Whitened { means, inverse };
        for (map, last) in [(scaled, [1.5, 4.4]), (whitened, [1.5, 2.9])] {
            let space = StartSpace { numbers: Box::new(map), ..StartSpace::default() };
            assert!(!space.is_identity());
            let coordinates = space.coordinates(rows.view()).unwrap();
            assert_abs_diff_eq!(
                coordinates.row(3),
                array![last[0], last[1]].view(),
                epsilon = 1e-12
            );
            assert_abs_diff_eq!(space.numbers(coordinates.view(), 2), rows, epsilon = 1e-12);
        }
    }
}
