//! Low-rank covariances against the matrices that they are.

use ndarray::Array;
use rand::Rng;

use super::*;
use crate::compute::random::stream;
use crate::mixture::covariance::Covariances;

const SHAPE: (usize, usize, usize) = (2, 7, 3);

/// Covariances with one kind of noise, and the same matrices as full ones.
fn some(kind: Noise) -> (LowRank, Full) {
    let (k, d, q) = SHAPE;
    let mut rng = stream(1, 0);
    let loadings = Array::from_shape_simple_fn((k, d, q), || rng.gen_range(-2.0..2.0));
    let noise: Vec<f64> = (0..kind.len(k, d)).map(|_| rng.gen_range(0.1..1.0)).collect();
    let noise = kind.of_all(&noise, (k, d));
    let low_rank = LowRank::new(kind, loadings, noise, 0.0).unwrap();
    let matrices = (0..k).map(|component| low_rank.covariance(component, d)).collect();
    (low_rank, Full::of(matrices, 0.0).unwrap())
}

#[test]
fn densities_and_diagonals_are_those_of_the_matrices() {
    let (k, d, _) = SHAPE;
    let mut rng = stream(2, 0);
    let rows = Array2::from_shape_simple_fn((50, d), || rng.gen_range(-5.0..5.0));
    let means = Array2::from_shape_simple_fn((k, d), || rng.gen_range(-1.0..1.0));
    let mut block = Block::default();
    block.fill(0, rows.view());
    for kind in Noise::ALL {
        let (low_rank, full) = some(kind);
        let (mut found, mut expected) = (vec![0.0; 50 * k], vec![0.0; 50 * k]);
        let (offsets, scratch) = (vec![0.5, -0.25], &mut Scratch::default());
        low_rank.log_prob(means.view(), &offsets, &block, &mut found, scratch);
        full.log_prob(means.view(), &offsets, &block, &mut expected, scratch);
        for (found, expected) in found.iter().zip(&expected) {
            approx::assert_relative_eq!(found, expected, max_relative = 1e-12);
        }
        for component in 0..k {
            let x = rows.row(component).to_vec();
            let square = |x: Vec<f64>| x.iter().map(|x| x * x).sum::<f64>();
            approx::assert_relative_eq!(
                square(low_rank.whiten(component, &x)),
                square(full.whiten(component, &x)),
                max_relative = 1e-12
            );
            approx::assert_abs_diff_eq!(
                low_rank.diagonal(component, d),
                full.diagonal(component, d),
                epsilon = 1e-12
            );
        }
    }
}

#[test]
fn smallest_variances_are_the_smallest_eigenvalues() {
    let (k, d, _) = SHAPE;
    for kind in Noise::ALL {
        let (low_rank, full) = some(kind);
        let expected = full.smallest_variances(k).unwrap();
        approx::assert_relative_eq!(
            low_rank.smallest_variances(k).unwrap(),
            expected,
            max_relative = 1e-9
        );
        for factor in [0.999, 1.001] {
            let floor = vec![factor * expected[1]; d];
            assert_eq!(low_rank.are_below(&floor, k)[1], factor > 1.0, "{kind:?}");
        }
        // a floor between the noise variances
        let floor: Vec<f64> = (0..d).map(|column| 0.1 + 0.1 * column as f64).collect();
        assert_eq!(low_rank.are_below(&floor, k), full.are_below(&floor, k));
    }
}

#[test]
fn factors_are_regressed_on_rows_as_by_the_joint_covariance() {
    let (_, d, q) = SHAPE;
    let (low_rank, full) = some(Noise::Diag);
    for component in 0..SHAPE.0 {
        let (regression, found_spread) = low_rank.directions.of_component(component, q);
        let loadings = low_rank.loadings(component);
        // Wᵀ Σ⁻¹, column by column of Σ⁻¹ = P Pᵀ
        let factor = full.precisions_cholesky();
        let factor = factor.index_axis(Axis(0), component).to_owned();
        let factor = factor.into_shape_with_order((d, d)).unwrap();
        let expected = loadings.t().dot(&factor).dot(&factor.t());
        approx::assert_abs_diff_eq!(regression, expected.view(), epsilon = 1e-12);
        let spread = Array2::eye(q) - expected.dot(&loadings);
        approx::assert_abs_diff_eq!(found_spread.unwrap(), spread.view(), epsilon = 1e-12);
    }
}

#[test]
fn principal_axes_are_the_same_covariances_and_their_own_principal_axes() {
    let (low_rank, full) = some(Noise::Diag);
    let rotated = low_rank.canonical().unwrap();
    let again = rotated.clone().canonical().unwrap();
    approx::assert_abs_diff_eq!(rotated.loadings, again.loadings, epsilon = 1e-12);
    for component in 0..SHAPE.0 {
        approx::assert_abs_diff_eq!(
            rotated.covariance(component, 0),
            full.covariance(component, 0),
            epsilon = 1e-12
        );
    }
}

#[test]
fn noise_that_is_not_positive_is_refused() {
    let (k, d, q) = SHAPE;
    for wrong in [0.0, -1.0] {
        let mut arrays = vec![Array3::zeros((k, d, q)).into_dyn()];
        arrays.push(Array2::from_elem((k, d), wrong).into_dyn());
        let lookup = |name| Ok(arrays[usize::from(name == NOISE)].clone());
        let spec = CovarianceSpec::LowRank { rank: q, noise: Noise::Diag };
        let error = Covariances::from_arrays(spec, lookup, k, d).unwrap_err();
        assert!(matches!(error, Error::SingularCovariance { component: 0, .. }));
    }
}
