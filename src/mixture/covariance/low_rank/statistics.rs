//! The statistics of a component, and its loadings by them; formulas are at the top of the module.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::compute::linalg;
use crate::mixture::covariance::moments::add_squares;
use crate::mixture::covariance::{Moments, Regularisation, Scratch, Spread};
use crate::rows::Block;

/// Adds rows to the sums of a component with q factors.
pub(super) fn add(
    q: usize,
    moments: &mut Moments,
    component: usize,
    (block, weights): (&Block, &[f64]),
    scratch: &mut Scratch,
) {
    let (center, first, second) = moments.of_component(component);
    let d = center.len();
    let second = &mut second[component * (q + 1) * d..][..(q + 1) * d];
    let (squares, _) = second.split_at_mut(d);
    add_squares(block, weights, &center, (first, squares));
    let chosen = block.not_negligible(weights);
    let z = scratch.rows.resize(chosen.len() * d);
    block.write_offsets(chosen.iter().copied(), weights, &center, z);
    let z = ArrayView2::from_shape((chosen.len(), d), &*z).expect("a whole matrix");
    let along = scratch.by_row.fill_with(chosen.len() * q, 0.0);
    linalg::add_product(along, z, moments.directions().of_component(component, q).0.t());
    let along = ArrayView2::from_shape((chosen.len(), q), &*along).expect("a whole matrix");
    let products = &mut moments.second[component * (q + 1) * d..][d..(q + 1) * d];
    linalg::add_product(products, along.t(), z);
}

/// Adds the covariance of the `missing` numbers of rows whose weights sum to `count`.
pub(super) fn add_spread(
    q: usize,
    moments: &mut Moments,
    component: usize,
    missing: &[usize],
    (spread, count): (&Spread, f64),
) {
    let d = moments.n_features();
    let directions = moments.directions().of_component(component, q).0.select(Axis(1), missing);
    let products = spread.products(&directions);
    let sums = &mut moments.second[component * (q + 1) * d..][..(q + 1) * d];
    for (&column, variance) in missing.iter().zip(spread.variances()) {
        sums[column] += count * variance;
    }
    for (sums, products) in sums[d..].chunks_exact_mut(d).zip(products.rows()) {
        for (&column, product) in missing.iter().zip(products) {
            sums[column] += count * product;
        }
    }
}

/// The sums of a component: Σ r (x - c)² (d), and Σ r B (x - c) (x - c)ᵀ (q, d).
fn sums_of(second: &[f64], component: usize, (q, d): (usize, usize)) -> (&[f64], &[f64]) {
    second[component * (q + 1) * d..][..(q + 1) * d].split_at(d)
}

/// The loadings of a component by its statistics, and diag(S).
pub(super) fn loadings_of(
    moments: &Moments,
    component: usize,
    rank: usize,
    regularisation: &Regularisation,
) -> (Array2<f64>, Array1<f64>) {
    let (q, d) = (rank, moments.n_features());
    let (squares, along) = sums_of(moments.second(), component, (q, d));
    let (count, shift) = (moments.count(component), moments.shift(component));
    let (directions, spread) = moments.directions().of_component(component, q);
    let along_shift = directions.dot(&shift);
    let added = ArrayView1::from(&regularisation.columns);
    let mut variances = &ArrayView1::from(squares) / count - &shift * &shift;
    // A = B S
    let along = ArrayView2::from_shape((q, d), along).expect("q × d sums");
    let mut products = &along / count;
    for ((mut row, along_shift), direction) in
        products.rows_mut().into_iter().zip(&along_shift).zip(directions.rows())
    {
        row.scaled_add(-along_shift, &shift);
        // a direction in which no row differs from the mean would never have loadings
        if spread.is_none() {
            row += &(&direction * &added);
        }
    }
    // E, of which rounding must not make a direction without variance negative
    let mut of_factors = linalg::product(products.view(), directions.t());
    match spread {
        Some(spread) => of_factors += &spread,
        None => variances += &added,
    }
    let largest = of_factors.diag().fold(0.0_f64, |a, &b| a.max(b));
    of_factors.diag_mut().mapv_inplace(|value| value + 1e-14 * largest);
    let loadings = match linalg::inverse_cholesky(of_factors) {
        Some(inverse) => linalg::product(inverse.view(), products.view()),
        None => Array2::zeros((q, d)),
    };
    (loadings, variances)
}
