//! Invariants of mixtures of numbers and categories with missing values.

use std::ops::Range;

use mixlab::prelude::*;
use mixlab::{
    Block, BlockRows, CovarianceType, Error, GaussianMixture, GmmParams, Init, Noise, RowBlocks,
};
use ndarray::{Array1, Array2, ArrayD, Axis, array, s};
use proptest::prelude::*;

const NAN: f64 = f64::NAN;

/// Random rows: `d` numbers in two groups, and a category of each of `n_levels` levels behind them, each value missing with
/// probability `missing`; deterministic in `seed`.
fn rows(n: usize, d: usize, n_levels: &[usize], missing: f64, seed: u64) -> Array2<f64> {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut uniform = move || {
        // xorshift (Marsaglia 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    Array2::from_shape_fn((n, d + n_levels.len()), |(i, j)| {
        let group = (i % 2) as f64;
        let value = if j < d {
            let normal = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            normal * (1.0 + 0.5 * group) + 2.5 * group * (j + 1) as f64
        } else {
            let levels = n_levels[j - d] as f64;
            (levels * uniform().powf(1.0 + group)).floor().min(levels - 1.0)
        };
        let is_missing = uniform() < missing;
        // the first rows are complete, so that every level and number occurs
        if is_missing && i >= 12 {
            NAN
        } else if j >= d && i < n_levels[j - d] {
            i as f64
        } else {
            value
        }
    })
}

fn dataset(rows: &Array2<f64>) -> DatasetBase<Array2<f64>, ()> {
    DatasetBase::new(rows.clone(), ())
}

fn family() -> impl Strategy<Value = CovarianceType> {
    proptest::sample::select(CovarianceType::EVERY.to_vec())
}

/// Parameters of a maximum-likelihood fit to [`rows`].
fn params(family: CovarianceType, d: usize, n_categories: usize) -> GmmParams {
    GaussianMixture::params(2)
        .covariance_type(family)
        .categorical(d..d + n_categories)
        .smoothing(0.0)
        .reg_covar(0.0)
        .n_init(1)
}

/// A model of [`rows`] to start from.
fn start(
    rows: &Array2<f64>,
    family: CovarianceType,
    d: usize,
    n_levels: &[usize],
) -> GaussianMixture {
    let params = params(family, d, n_levels.len()).smoothing(1.0).reg_covar(1e-2).tol(1e-2);
    params.fit(&dataset(rows)).unwrap()
}

/// An array of the covariances with columns of the rows in another order.
fn permuted_array(
    family: CovarianceType,
    name: &str,
    array: &ArrayD<f64>,
    order: &[usize],
) -> ArrayD<f64> {
    let last = Axis(array.ndim() - 1);
    match (family, name) {
        (CovarianceType::Tied, _) => array.select(Axis(0), order).select(Axis(1), order),
        (CovarianceType::Spherical, _) => array.clone(),
        (CovarianceType::LowRank { .. }, "loadings") => array.select(Axis(1), order),
        (CovarianceType::LowRank { noise: Noise::Spherical | Noise::TiedSpherical, .. }, _) => {
            array.clone()
        }
        _ if array.ndim() == 3 => array.select(Axis(1), order).select(Axis(2), order),
        _ => array.select(last, order),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_log_likelihood_never_falls(
        family in family(),
        d in 0_usize..4,
        levels in proptest::collection::vec(1_usize..6, 0..3),
        missing in 0.0_f64..0.4,
        seed in 1_u64..1000,
    ) {
        prop_assume!(d + levels.len() > 0);
        let rows = rows(90, d, &levels, missing, seed);
        let params = params(family, d, levels.len()).tol(0.0).max_iter(40).accelerate(false);
        // a category of one level says nothing about components, which can lose all rows
        prop_assume!(d > 0 || levels.iter().any(|&n_levels| n_levels > 1));
        let (_, report) = params.fit_with_report(&dataset(&rows)).unwrap();
        // from the second M-step on: the first one is smoothed
        let path = &report.restarts[0].log_likelihoods[1..];
        for pair in path.windows(2) {
            prop_assert!(pair[1] >= pair[0] - 1e-9 * pair[0].abs(), "{pair:?}");
        }
    }

    #[test]
    fn orders_of_rows_columns_and_levels_do_not_matter(
        family in family(),
        d in 1_usize..4,
        missing in 0.0_f64..0.4,
        seed in 1_u64..1000,
    ) {
        let n_levels = [3, 2];
        let rows = rows(80, d, &n_levels, missing, seed);
        let start = start(&rows, family, d, &n_levels);
        // equally many steps: rounding could end one path earlier than the other
        let params = params(family, d, 2).tol(0.0).max_iter(40).accelerate(false);
        let fitted = |rows: &Array2<f64>, start: &GaussianMixture, categorical: &[usize]| {
            let params = params.clone().categorical(categorical.iter().copied());
            let params = params.init(Init::Model(Box::new(start.clone())));
            params.fit_with_report(&dataset(rows)).unwrap().1.log_likelihood()
        };
        let expected = fitted(&rows, &start, &[d, d + 1]);
        // rows from the last to the first; numbers in reverse order behind the categories, which change places; levels in reverse
        let numbers: Vec<usize> = (0..d).rev().collect();
        let order: Vec<usize> = [d + 1, d].into_iter().chain(numbers.iter().copied()).collect();
        let mut permuted = rows.slice(s![..;-1, ..]).select(Axis(1), &order);
        permuted.column_mut(0).mapv_inplace(|level| 1.0 - level);
        permuted.column_mut(1).mapv_inplace(|level| 2.0 - level);
        let reversed = |category: usize| {
            start.categories().probabilities(category).slice(s![.., ..;-1]).to_owned()
        };
        let arrays = start.covariances().arrays();
        let start = GaussianMixture::from_arrays(
            start.weights().to_owned(),
            start.means().select(Axis(1), &numbers),
            family,
            |name| {
                let array = arrays.iter().find(|(known, _)| *known == name).unwrap();
                Ok(permuted_array(family, name, &array.1, &numbers))
            },
        );
        let start = start.unwrap().with_categories(vec![0, 1], vec![reversed(1), reversed(0)]);
        let found = fitted(&permuted, &start.unwrap(), &[0, 1]);
        prop_assert!((found - expected).abs() < 1e-6, "{found} and {expected}");
    }

    #[test]
    fn densities_of_incomplete_rows_are_marginals(
        family in family(),
        d in 1_usize..5,
        seed in 1_u64..1000,
    ) {
        let n_levels = [2, 3];
        let data = rows(60, d, &n_levels, 0.3, seed);
        let model = start(&data, family, d, &n_levels);
        let found = model.score_samples(&dataset(&data)).unwrap();
        for (row, log_density) in data.rows().into_iter().zip(&found) {
            // numbers: the mixture of the observed columns; categories: the sum over the levels of the missing ones
            let observed: Vec<usize> = (0..d).filter(|&column| !row[column].is_nan()).collect();
            let levels = |j: usize| match row[d + j] {
                level if level.is_nan() => (0..n_levels[j]).collect(),
                level => vec![level as usize],
            };
            let mut density = 0.0;
            for k in 0..2 {
                let of_numbers = if observed.is_empty() {
                    1.0
                } else {
                    let covariance = model.covariance(k);
                    let covariance = covariance.select(Axis(0), &observed).select(Axis(1), &observed);
                    let component = GaussianMixture::new(
                        array![1.0],
                        model.means().select(Axis(0), &[k]).select(Axis(1), &observed),
                        CovarianceType::Tied,
                        covariance.into_dyn(),
                    );
                    let numbers = row.select(Axis(0), &observed).insert_axis(Axis(0));
                    component.unwrap().score_samples(&dataset(&numbers)).unwrap()[0].exp()
                };
                let of_levels: f64 = (0..2)
                    .map(|j| {
                        let probabilities = model.categories().probabilities(j);
                        levels(j).iter().map(|&level| probabilities[[k, level]]).sum::<f64>()
                    })
                    .product();
                density += model.weights()[k] * of_numbers * of_levels;
            }
            prop_assert!((log_density - density.ln()).abs() < 1e-9, "{log_density} and {}", density.ln());
        }
    }

    #[test]
    fn rows_without_any_value_change_nothing(family in family(), seed in 1_u64..1000) {
        let (d, n_levels) = (3, [3]);
        let complete = rows(80, d, &n_levels, 0.0, seed);
        let start = start(&complete, family, d, &n_levels);
        let mut more = Array2::from_elem((90, 4), NAN);
        more.slice_mut(s![..80, ..]).assign(&complete);
        let params = params(family, d, 1).remaining_gain(1e-8).init(Init::Model(Box::new(start)));
        let (expected, before) = params.fit_with_report(&dataset(&complete)).unwrap();
        let (found, after) = params.fit_with_report(&dataset(&more)).unwrap();
        // the ends of two paths; those of low-rank covariances converge slowly
        let most = if family.name() == "low-rank" { 1e-2 } else { 1e-6 };
        prop_assert!((before.log_likelihood() - after.log_likelihood()).abs() < most);
        prop_assert!(expected.means().iter().zip(found.means()).all(|(a, b)| (a - b).abs() < 1e-3));
        let empty = Array2::from_elem((1, 4), NAN);
        prop_assert!(found.score_samples(&dataset(&empty)).unwrap()[0].abs() < 1e-12);
        let posterior = found.predict_proba(&dataset(&empty)).unwrap();
        prop_assert!(posterior.row(0).iter().zip(found.weights()).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}

#[test]
fn one_component_has_the_frequencies_and_the_moments_of_the_columns() {
    let rows = array![[1.0, 0.0], [2.0, 1.0], [4.0, 1.0], [5.0, NAN], [3.0, 2.0], [9.0, 1.0]];
    let model = GaussianMixture::params(1).categorical([1]).smoothing(0.0).reg_covar(0.0);
    let model = model.fit(&dataset(&rows)).unwrap();
    let probabilities = model.categories().probabilities(0).to_owned();
    approx::assert_abs_diff_eq!(probabilities, array![[0.2, 0.6, 0.2]], epsilon = 1e-15);
    approx::assert_abs_diff_eq!(model.means()[[0, 0]], 4.0, epsilon = 1e-14);
    approx::assert_abs_diff_eq!(model.covariance(0)[[0, 0]], 40.0 / 6.0, epsilon = 1e-13);
}

#[test]
fn smoothing_adds_rows_with_the_overall_shares() {
    let rows = array![[0.0, 0.0], [0.1, 0.0], [0.2, 1.0], [9.0, 1.0], [9.1, 1.0]];
    let model = GaussianMixture::params(2).covariance_type(CovarianceType::Tied).categorical([1]);
    let model = model.smoothing(2.0).fit(&dataset(&rows)).unwrap();
    // components of 3 and 2 rows; overall shares 0.4 and 0.6
    let expected = array![[(2.0 + 0.8) / 5.0, (1.0 + 1.2) / 5.0], [0.8 / 4.0, (2.0 + 1.2) / 4.0]];
    let probabilities = model.categories().probabilities(0).to_owned();
    approx::assert_abs_diff_eq!(probabilities, expected, epsilon = 1e-9);
}

#[test]
fn columns_without_values_are_named() {
    let mut rows = rows(20, 3, &[2], 0.0, 1);
    rows.column_mut(1).fill(NAN);
    rows.column_mut(3).fill(NAN);
    match GaussianMixture::params(2).categorical([3]).fit(&dataset(&rows)) {
        Err(Error::EmptyColumns { columns }) => assert_eq!(columns, [1, 3]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn levels_that_the_fit_has_not_seen_are_named() {
    let rows = rows(40, 1, &[3], 0.1, 2);
    let model = GaussianMixture::params(2).categorical([1]).fit(&dataset(&rows)).unwrap();
    for value in [3.0, -1.0, 0.5] {
        match model.try_predict(&dataset(&array![[0.0, 1.0], [0.0, value]])) {
            Err(Error::UnknownLevel { row, column, value: found, n_levels }) => {
                assert_eq!((row, column, found, n_levels), (1, 1, value, 3));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_category_with_one_level_and_one_with_many_are_fitted() {
    let mut rows = rows(30, 2, &[1], 0.0, 3);
    let model = GaussianMixture::params(2).categorical([2]).fit(&dataset(&rows)).unwrap();
    assert_eq!(model.categories().probabilities(0), array![[1.0], [1.0]]);
    rows.column_mut(2).iter_mut().enumerate().for_each(|(row, level)| *level = (row * 344) as f64);
    let model = GaussianMixture::params(2).categorical([2]).fit(&dataset(&rows)).unwrap();
    assert_eq!(model.categories().probabilities(0).dim(), (2, 9977));
    assert!(model.score(&dataset(&rows)).unwrap().is_finite());
}

#[test]
fn samples_have_the_shares_of_the_model() {
    let rows = rows(200, 1, &[3], 0.0, 5);
    let rows = rows.select(Axis(1), &[1, 0]);
    let model = GaussianMixture::params(2).categorical([0]).fit(&dataset(&rows)).unwrap();
    let (sample, _) = model.sample(20_000, 1);
    let expected = model.weights().dot(&model.categories().probabilities(0));
    for level in 0..3 {
        let share = sample.column(0).iter().filter(|&&x| x == level as f64).count() as f64 / 2e4;
        // four standard errors
        assert!((share - expected[level]).abs() < 0.015, "{share} and {}", expected[level]);
    }
    let mean = sample.column(1).mean().unwrap();
    assert!((mean - model.weights().dot(&model.means().column(0))).abs() < 0.1);
}

/// Rows that are read block by block, as those of a file.
struct Read(Array2<f64>);

impl RowBlocks for Read {
    fn n_samples(&self) -> usize {
        self.0.nrows()
    }

    fn n_features(&self) -> usize {
        self.0.ncols()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> mixlab::Result<()> {
        block.fill(rows.start, self.0.slice(s![rows, ..]));
        Ok(())
    }
}

#[test]
fn rows_that_are_read_block_by_block_give_the_fit_of_rows_in_memory() {
    let rows = rows(3000, 4, &[3, 4], 0.2, 6);
    for family in CovarianceType::EVERY {
        let params =
            GaussianMixture::params(2).covariance_type(family).categorical([4, 5]).n_init(3);
        let in_memory = params.fit(&dataset(&rows)).unwrap();
        let (read, _) = params.fit_with_report(&BlockRows(Read(rows.clone()))).unwrap();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-10 * a.abs().max(1.0);
        assert!(in_memory.means().iter().zip(read.means()).all(|(&a, &b)| near(a, b)), "{family}");
        let of = |model: &GaussianMixture| -> Array1<f64> {
            model.covariances().to_array().iter().copied().collect()
        };
        assert!(of(&in_memory).iter().zip(&of(&read)).all(|(&a, &b)| near(a, b)), "{family}");
        for category in 0..2 {
            let [a, b] =
                [&in_memory, &read].map(|model| model.categories().probabilities(category));
            assert!(a.iter().zip(b).all(|(&a, &b)| near(a, b)), "{family}");
        }
    }
}

#[test]
fn latent_classes_need_no_numbers() {
    let rows = rows(200, 0, &[3, 2, 4], 0.1, 7);
    let search =
        Selection::params(1..=3).mixture(GaussianMixture::params(1).categorical([0, 1, 2]));
    let search = search.fit(&dataset(&rows)).unwrap();
    // there are no families to choose from
    assert_eq!(search.cells().len(), 3);
    let model = &search.best().model;
    assert_eq!((model.n_features(), model.n_numeric()), (3, 0));
    let k = model.n_components();
    assert_eq!(model.n_parameters(), k - 1 + k * (2 + 1 + 3));
    assert_eq!(model.try_predict(&dataset(&rows)).unwrap().len(), 200);
}

#[test]
fn clusterings_of_incomplete_rows_use_the_observed_coordinates() {
    let rows = array![[0.0, 0.1], [0.2, NAN], [NAN, 0.0], [9.0, 9.2], [NAN, 9.0], [9.1, NAN]];
    let clusters = KMeans::params(2).fit(&dataset(&rows)).unwrap();
    let labels = clusters.try_predict(&dataset(&rows)).unwrap();
    assert!(labels[0] == labels[1] && labels[1] == labels[2]);
    assert!(labels[3] == labels[4] && labels[4] == labels[5] && labels[0] != labels[3]);
    let near = clusters.centroids().row(labels[0]).to_owned();
    approx::assert_abs_diff_eq!(near, array![0.1, 0.05], epsilon = 1e-12);
}
