//! Tests of comparisons.

use ndarray::{Array1, Array2, Axis};
use rand::Rng;
use rand::seq::SliceRandom;
use rand_distr::StandardNormal;
use rayon::prelude::*;

use super::*;
use crate::compute::random::stream;
use crate::datasets;

fn compare(original: &Array2<f64>, synthetic: &Array2<f64>, seed: u64) -> Comparison {
    let names: Vec<String> = (0..original.ncols()).map(|column| format!("c{column}")).collect();
    let params = Comparison::params().seed(seed);
    params.compare(original.view(), synthetic.view(), &names).unwrap()
}

/// Shuffles every column independently.
fn shuffled(rows: &Array2<f64>, seed: u64) -> Array2<f64> {
    let mut copy = rows.clone();
    for (index, mut column) in copy.columns_mut().into_iter().enumerate() {
        let mut values = column.to_vec();
        values.shuffle(&mut stream(seed, index as u64));
        column.assign(&Array1::from(values));
    }
    copy
}

fn halves(rows: &Array2<f64>, seed: u64) -> (Array2<f64>, Array2<f64>) {
    let mut order: Vec<usize> = (0..rows.nrows()).collect();
    order.shuffle(&mut stream(seed, 99));
    let (left, right) = order.split_at(rows.nrows() / 2);
    (rows.select(Axis(0), left), rows.select(Axis(0), right))
}

#[test]
fn halves_of_a_table_pass_and_shuffled_columns_fail() {
    let tables = [
        datasets::survey().records,
        datasets::stretched_blobs().records,
        datasets::make_moons(1000, 0.05, 0).unwrap().records,
        datasets::digits().records,
    ];
    let mut refused = 0;
    for (index, rows) in tables.iter().enumerate() {
        for seed in 0..5 {
            let (left, right) = halves(rows, seed);
            let fair = compare(&left, &right, seed);
            assert!(!fair.nearest.copies(), "{fair:?}");
            refused += usize::from(!fair.follows());
        }
        let unfair = compare(rows, &shuffled(rows, 7), 0);
        assert!(!unfair.follows(), "table {index}: {:?}", unfair.findings());
    }
    // twenty fair verdicts at a level of 1 %
    assert!(refused <= 1, "{refused} of 20 halves were refused");
}

#[test]
fn copies_follow_the_distribution_and_are_detected() {
    let rows = datasets::survey().records;
    let comparison = compare(&rows, &rows, 0);
    assert!(comparison.follows() && comparison.nearest.copies());
    assert!(
        comparison.verdict().ends_with("; more look like copies of original rows than by chance")
    );
}

#[test]
fn copies_of_many_rows_are_detected_in_any_order() {
    let rows = datasets::make_moons(30_000, 0.1, 3).unwrap().records;
    let mut order: Vec<usize> = (0..rows.nrows()).collect();
    order.shuffle(&mut stream(1, 1));
    let comparison = compare(&rows, &rows.select(Axis(0), &order), 0);
    assert!(comparison.follows() && comparison.nearest.synthetic_duplicates == 1.0);
    // with this many columns, correlations are computed from fewer rows; the rows are sorted by class
    let wide = Array2::from_shape_fn((1500, 150), |(i, j)| {
        let class = (i / 500) as f64;
        class * (j % 3) as f64 + ((i * 7919 + j * 104_729) % 1013) as f64 / 300.0
    });
    let mut order: Vec<usize> = (0..wide.nrows()).collect();
    order.shuffle(&mut stream(2, 2));
    let comparison = compare(&wide, &wide.select(Axis(0), &order), 0);
    assert!(comparison.follows(), "{:?}", comparison.findings());
}

#[test]
fn the_column_that_differs_most_is_named_if_p_values_underflow() {
    let rows = datasets::make_moons(2000, 0.1, 3).unwrap().records;
    let moved = &rows + &ndarray::array![3.0, 100.0];
    let comparison = compare(&rows, &moved, 0);
    assert!(comparison.columns.iter().all(|column| column.difference().unwrap().1 == 0.0));
    let found = &comparison.findings()[0].found;
    assert!(found.starts_with("\"c1\" differs most, by 1.000"), "{found}");
}

#[test]
fn a_lost_cluster_is_detected() {
    let blobs = datasets::stretched_blobs();
    let rows: Vec<usize> = (0..400).filter(|&row| blobs.targets[row] != 2).collect();
    let comparison = compare(&blobs.records, &blobs.records.select(Axis(0), &rows), 0);
    let of_regions = &comparison.findings()[4];
    assert!(!of_regions.passes, "{of_regions:?}");
    assert!(comparison.verdict().contains("regions are not equally populated"));
}

/// Rows of few values: a class of four, a flag and a count of at most two.
fn few_valued(n_rows: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    let value = |(_, column): (usize, usize)| f64::from(rng.gen_range(0..[4, 2, 3][column]));
    Array2::from_shape_fn((n_rows, 3), value)
}

fn gaussian(n_rows: usize, n_columns: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n_rows, n_columns), || rng.sample(StandardNormal))
}

/// Returns the measured distances alone, with the columns as they are.
fn measured(original: &Array2<f64>, synthetic: &Array2<f64>, seed: u64) -> Nearest {
    nearest::nearest(original.view(), original.nrows(), synthetic.view(), seed)
}

#[test]
fn honest_tables_of_few_values_are_rarely_called_copies() {
    let n_pairs = 400;
    let called = |seed: u64| {
        let (a, b) = (few_valued(40, 2 * seed), few_valued(40, 2 * seed + 1));
        measured(&a, &b, seed).copies()
    };
    let n_called = (0..n_pairs).into_par_iter().filter(|&seed| called(seed)).count();
    // the level is 1 %; the binomial probability of more than 10 of 400 is 0.3 %
    assert!(n_called <= 10, "{n_called} of {n_pairs}");
}

#[test]
fn honest_tables_of_any_kind_are_rarely_called_copies() {
    let called = |seed: u64| {
        let [a, b] = [2 * seed, 2 * seed + 1].map(|seed| {
            let rows = gaussian(60, 1 + seed as usize / 2 % 4, seed);
            // a spike at 0 and rounded values
            if seed / 2 % 2 == 0 { rows } else { rows.mapv(|x| (4.0 * x.max(0.0)).round()) }
        });
        measured(&a, &b, seed).copies()
    };
    let n_called = (0..400).into_par_iter().filter(|&seed| called(seed)).count();
    assert!(n_called <= 10, "{n_called} of 400");
}

#[test]
fn copies_are_found_from_40_rows_up() {
    for (n_rows, n_columns) in [(40, 1), (40, 2), (40, 6), (200, 3), (1500, 2)] {
        for seed in 0..3 {
            let original = gaussian(n_rows, n_columns, seed);
            let context = format!("{n_rows} x {n_columns}, seed {seed}");
            assert!(measured(&original, &original, seed).copies(), "all rows, {context}");
            // every fifth row verbatim
            let mut some = gaussian(n_rows, n_columns, 100 + seed);
            for row in (0..n_rows).step_by(5) {
                some.row_mut(row).assign(&original.row(row));
            }
            assert!(measured(&original, &some, seed).copies(), "a fifth, {context}");
            // noise of 1 % of a standard deviation; in one column it is of the order of the distances of 1500 rows
            let noisy = &original + 0.01 * gaussian(n_rows, n_columns, 200 + seed);
            let nearest = measured(&original, &noisy, seed);
            assert!(nearest.copies(), "noise, {context}: {nearest:?}");
        }
    }
}

#[test]
fn a_fifth_of_noisy_copies_is_found_among_200_rows() {
    for seed in 0..4 {
        let original = gaussian(200, 3, seed);
        let mut some = gaussian(200, 3, 100 + seed);
        let noise = 0.01 * gaussian(200, 3, 200 + seed);
        for row in (0..200).step_by(5) {
            some.row_mut(row).assign(&(&original.row(row) + &noise.row(row)));
        }
        let nearest = measured(&original, &some, seed);
        assert!(nearest.copies(), "{nearest:?}");
    }
}

#[test]
fn copies_of_rows_that_are_not_compared_are_found() {
    let originals = gaussian(3000, 2, 1);
    let copied = originals.select(Axis(0), &(2000..3000).collect::<Vec<_>>());
    let nearest = nearest::nearest(originals.view(), 200, copied.view(), 0);
    assert!(nearest.copies() && nearest.synthetic_duplicates == 1.0, "{nearest:?}");
    let fresh = gaussian(1000, 2, 2);
    let nearest = nearest::nearest(originals.view(), 200, fresh.view(), 0);
    assert!(!nearest.copies() && nearest.synthetic_duplicates == 0.0, "{nearest:?}");
}

#[test]
fn rows_near_the_centre_are_no_copies() {
    // samples of smaller variance are nearer to original rows than original rows are
    for seed in 0..10 {
        let original = gaussian(1000, 2, seed);
        let narrow = 0.7 * gaussian(1000, 2, 100 + seed);
        assert!(!measured(&original, &narrow, seed).copies());
    }
}
