//! Classifier two-sample tests: whether a classifier can distinguish two tables.

use std::fmt;

use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::coordinates::Coordinates;
use super::features::features;
use super::nearest::squared_distance;
use super::ranks::{Auc, p_value};
use super::trees::Trees;
use super::{check_complete, check_enough};
use crate::compute::normal::upper_quantile;
use crate::compute::random::{child_seed, stream};
use crate::compute::ties::coarse;
use crate::error::Result;
use crate::rows::check_columns;
use crate::rows::kind::ValueKind;

/// Result of a classifier two-sample test.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TwoSample {
    /// Area under the ROC curve: the probability that a random row of the second table looks more like the second table than a random
    /// row of the first one does. 0.5 if the tables cannot be distinguished, 1 if each row can be assigned. Below 0.5 the second
    /// table has copies of rows of the first.
    pub auc: f64,
    /// 95 % confidence interval of the area (DeLong, DeLong & Clarke-Pearson 1988).
    pub interval: [f64; 2],
    /// Probability of an area at least as large by chance, for the better of two classifiers.
    pub p_value: f64,
    /// Standard deviation of the area by chance.
    pub chance: f64,
    /// The classifier with the smaller p-value, whose area this is.
    pub classifier: Classifier,
}

/// A classifier of a two-sample test. Its `Display` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Classifier {
    /// Boosted trees, which find differences of single columns and of few columns together.
    Trees,
    /// Nearest neighbours in standardised columns, which find differences of many columns together, as of pixels.
    Neighbours,
}

/// Number of neighbours whose tables are counted.
const NEIGHBOURS: usize = 10;
/// Rows up to these shares of each table are learned from, and then the rows up to the next one are classified.
const SHARES: [f64; 4] = [0.4, 0.6, 0.8, 1.0];
/// Number of rows of each table that are needed.
const LEAST_ROWS: usize = 20;
/// Approximate number of additions allowed for distances.
const MOST_WORK: usize = 20_000_000_000;
/// Standard normal quantiles of a two-sided probability of 95 %, and of a probability of 80 %.
const OF_INTERVAL: f64 = 1.96;
const OF_POWER: f64 = 0.8416;
/// Number of classifiers, with whose number the p-value of the better one is multiplied.
const N_CLASSIFIERS: f64 = 2.0;

impl TwoSample {
    /// The area of a classifier whose p-value is below `limit` with a probability of about 80 %: smaller differences are likely to be
    /// missed with so many rows.
    pub fn detectable(&self, limit: f64) -> f64 {
        let z = upper_quantile((limit / N_CLASSIFIERS).clamp(1e-12, 0.5));
        (0.5 + (z + OF_POWER) * self.chance).min(1.0)
    }
}

impl fmt::Display for Classifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trees => "boosted trees",
            Self::Neighbours => "nearest neighbours",
        })
    }
}

/// Runs a classifier two-sample test (Lopez-Paz & Oquab 2017) of two tables of complete numbers.
///
/// Each table is divided at random. Boosted trees, and the ten nearest neighbours in standardised columns, learn from 40 % of both and
/// score the next 20 %, then learn from 60 %, and from 80 %. The area under the ROC curve is the mean of the three. Given what was
/// learned before, each of the three is that of a Mann-Whitney test of new rows if both tables follow the same distribution, so their
/// deviations are uncorrelated and the variance of the mean is exact; in k-fold cross-validation every fold learns from the others, and
/// it is not. The p-value is that of the normal approximation, `2 P(Z ≥ (AUC - ½) / σ)` for the classifier with the larger one: two
/// classifiers were tried.
///
/// Unlike tests of single columns, this test detects every kind of dependence.
///
/// # Errors
/// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch), [`Error::NonFinite`](crate::Error::NonFinite),
/// [`Error::IncompleteRows`](crate::Error::IncompleteRows), [`Error::TooFewSamples`](crate::Error::TooFewSamples) below 20 rows in
/// either table.
///
/// # Examples
/// ```
/// use mixlab::{datasets::make_moons, quality::two_sample_test};
///
/// let (a, b) = (make_moons(400, 0.1, 1)?.records, make_moons(400, 0.1, 2)?.records);
/// assert!(two_sample_test(a.view(), b.view(), 0)?.p_value > 0.01);
/// let test = two_sample_test(a.view(), (&b + 0.5).view(), 0)?;
/// assert!(test.p_value < 1e-6 && test.auc > 0.9);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn two_sample_test(
    left: ArrayView2<'_, f64>,
    right: ArrayView2<'_, f64>,
    seed: u64,
) -> Result<TwoSample> {
    for rows in [left.view(), right.view()] {
        check_complete(rows, "a two-sample test of numbers")?;
    }
    check_columns(right.ncols(), left.ncols())?;
    classify([left.view(), right.view()], &vec![ValueKind::Numeric; left.ncols()], seed)
}

/// Runs the test of [`two_sample_test`] for columns of any kinds.
pub(super) fn classify(
    [left, right]: [ArrayView2<'_, f64>; 2],
    kinds: &[ValueKind],
    seed: u64,
) -> Result<TwoSample> {
    check_enough(left.nrows().min(right.nrows()), LEAST_ROWS, "a two-sample test")?;
    let coordinates = Coordinates::of(kinds, [left, right])?;
    let blocks = Blocks::of([left, right], MOST_WORK / coordinates.n_coordinates().max(1), seed);
    let pooled = blocks.rows.view();
    let features = features(pooled, kinds);
    let by_trees = blocks.areas(|learned, new| {
        let targets: Vec<f64> = learned.iter().map(|&row| blocks.target(row)).collect();
        let seed = child_seed(seed, learned.len() as u64);
        let trees = Trees::fit(features.select(Axis(0), learned).view(), &targets, seed);
        trees.predict(features.select(Axis(0), new).view())
    });
    let units = coordinates.units(pooled);
    // the shift prevents a loss of digits in distances of values far from zero
    let coordinates = coordinates.apply(pooled);
    let coordinates =
        ((&coordinates - &coordinates.row(0)) / &units).as_standard_layout().into_owned();
    let by_neighbours = blocks.areas(|learned, new| {
        let is_second = |row: usize| blocks.is_second[row];
        new.par_iter().map(|&row| votes(&coordinates, row, learned, is_second)).collect()
    });
    let [trees, neighbours] =
        [(by_trees, Classifier::Trees), (by_neighbours, Classifier::Neighbours)]
            .map(|(areas, classifier)| TwoSample::of(&areas, classifier));
    let better =
        if coarse(neighbours.p_value) < coarse(trees.p_value) { neighbours } else { trees };
    Ok(TwoSample { p_value: (N_CLASSIFIERS * better.p_value).min(1.0), ..better })
}

/// The rows of both tables in random order, divided into a first block and those that are classified.
struct Blocks {
    rows: Array2<f64>,
    /// Whether each row is of the second table.
    is_second: Vec<bool>,
    /// Indices of the rows of each block.
    blocks: Vec<Vec<usize>>,
}

impl Blocks {
    /// Takes so many rows that the product of the numbers of rows of both tables is at most `most_pairs`.
    fn of(tables: [ArrayView2<'_, f64>; 2], most_pairs: usize, seed: u64) -> Self {
        let most = ((most_pairs as f64).sqrt() as usize).max(LEAST_ROWS);
        let rng = &mut stream(seed, 0);
        let [left, right] = tables.map(|rows| {
            let mut order: Vec<usize> = (0..rows.nrows()).collect();
            order.shuffle(rng);
            order.truncate(most);
            rows.select(Axis(0), &order)
        });
        let sizes = [left.nrows(), right.nrows()];
        let end = |table: usize, share: f64| (share * sizes[table] as f64).round() as usize;
        let mut blocks = Vec::new();
        let mut begin = 0.0;
        for share in SHARES {
            let first = end(0, begin)..end(0, share);
            let second = sizes[0] + end(1, begin)..sizes[0] + end(1, share);
            blocks.push(first.chain(second).collect());
            begin = share;
        }
        Self {
            rows: concatenate![Axis(0), left, right],
            is_second: (0..sizes[0] + sizes[1]).map(|row| row >= sizes[0]).collect(),
            blocks,
        }
    }

    fn target(&self, row: usize) -> f64 {
        f64::from(u8::from(self.is_second[row]))
    }

    /// Learns from all blocks before one and scores its rows, for each but the first.
    fn areas(&self, score: impl Fn(&[usize], &[usize]) -> Vec<f64> + Sync) -> Vec<Auc> {
        let area = |block: usize| {
            let learned = self.blocks[..block].concat();
            let new = &self.blocks[block];
            let is_second: Vec<bool> = new.iter().map(|&row| self.is_second[row]).collect();
            Auc::of(&score(&learned, new), &is_second).expect("rows of both tables")
        };
        (1..self.blocks.len()).into_par_iter().map(area).collect()
    }
}

impl TwoSample {
    /// The mean of the areas.
    fn of(areas: &[Auc], classifier: Classifier) -> Self {
        let n = areas.len() as f64;
        let mean = |of: fn(&Auc) -> f64| areas.iter().map(of).sum::<f64>() / n;
        let auc = mean(|area| area.auc);
        let [chance, deviation] =
            [mean(|area| area.null_variance), mean(|area| area.variance)].map(|v| (v / n).sqrt());
        let p_value = p_value(auc, chance);
        let interval = [-OF_INTERVAL, OF_INTERVAL].map(|z| (auc + z * deviation).clamp(0.0, 1.0));
        Self { auc, interval, p_value, chance, classifier }
    }
}

/// Number of the nearest of the `learned` rows that are of the second table; of rows at equal distance, their share.
fn votes(
    coordinates: &Array2<f64>,
    row: usize,
    learned: &[usize],
    is_second: impl Fn(usize) -> bool,
) -> f64 {
    let line = |row: usize| coordinates.row(row).to_slice().expect("rows in order");
    let here = line(row);
    let distance = |&other: &usize| (coarse(squared_distance(here, line(other))), other);
    let mut distances: Vec<(f64, usize)> = learned.iter().map(distance).collect();
    let last = NEIGHBOURS.min(distances.len()) - 1;
    let (_, &mut (radius, _), _) =
        distances.select_nth_unstable_by(last, |a, b| a.0.total_cmp(&b.0));
    let share = |rows: &mut dyn Iterator<Item = &(f64, usize)>| {
        let (mut n, mut second) = (0.0, 0.0);
        for (_, row) in rows {
            n += 1.0;
            second += f64::from(u8::from(is_second(*row)));
        }
        (n, second)
    };
    let (n_nearer, nearer) =
        share(&mut distances.iter().filter(|(distance, _)| *distance < radius));
    let (n_equal, equal) = share(&mut distances.iter().filter(|(distance, _)| *distance == radius));
    nearer + equal / n_equal * ((last + 1) as f64 - n_nearer)
}

#[cfg(test)]
mod tests {
    use rand::Rng;
    use rand_distr::StandardNormal;

    use super::*;

    fn moons(n: usize, seed: u64) -> Array2<f64> {
        crate::datasets::make_moons(n, 0.2, seed).unwrap().records
    }

    #[test]
    fn rounding_does_not_change_the_votes_at_equal_distance() {
        // whole numbers have many neighbours at equal distance, and a change of units affects the last bits only
        let whole = |seed| moons(300, seed).mapv(|v| (6.0 * v).round() + 1e6);
        let pooled = concatenate![Axis(0), whole(1), whole(2)];
        let learned: Vec<usize> = (0..400).collect();
        let votes = |unit: f64| -> Vec<f64> {
            let rows = &pooled * unit;
            let rows = (&rows - &rows.row(0)) / unit;
            (400..600).map(|row| votes(&rows, row, &learned, |row| row % 2 == 0)).collect()
        };
        let expected = votes(1.0);
        for unit in [0.1, 3.0, 0.7, 1e-3] {
            assert_eq!(votes(unit), expected, "in units of {unit}");
        }
    }

    /// Rows of independent normal columns, the first with this mean.
    fn normal(shape: (usize, usize), mean: f64, seed: u64) -> Array2<f64> {
        let mut rng = stream(seed, 7);
        Array2::from_shape_fn(shape, |(_, column)| {
            let value: f64 = rng.sample(StandardNormal);
            if column == 0 { mean + value } else { value }
        })
    }

    #[test]
    fn p_values_are_uniform_for_equal_distributions() {
        // the p-value of the better of two is conservative if they agree, so 5 % to 10 % are expected below 10 %
        let p_value = |seed: u64| {
            let (a, b) = (normal((100, 2), 0.0, 2 * seed), normal((130, 2), 0.0, 2 * seed + 1));
            two_sample_test(a.view(), b.view(), seed).unwrap().p_value
        };
        let p_values: Vec<f64> = (0..300).into_par_iter().map(p_value).collect();
        let below = |level: f64| p_values.iter().filter(|p| **p < level).count();
        // three standard deviations of binomial numbers below 5 % of 300 and above 10 % and 1 %
        assert!((4..=46).contains(&below(0.1)), "{} below 10 %", below(0.1));
        assert!(below(0.01) <= 9, "{} below 1 %", below(0.01));
    }

    #[test]
    fn an_area_is_detected_as_often_as_stated() {
        let test = |seed: u64| {
            let (a, b) = (normal((300, 1), 0.0, 2 * seed), normal((300, 1), 0.45, 2 * seed + 1));
            two_sample_test(a.view(), b.view(), seed).unwrap()
        };
        let tests: Vec<TwoSample> = (0..200).into_par_iter().map(test).collect();
        let area = tests.iter().map(|test| test.auc).sum::<f64>() / 200.0;
        // the level at which this area is the detectable one
        let level = (1..500).map(|i| f64::from(i) / 1000.0);
        let level = level.min_by_key(|&level| {
            let difference = tests[0].detectable(level) - area;
            (1e9 * difference.abs()) as u64
        });
        let level = level.unwrap();
        let n_detected = tests.iter().filter(|test| test.p_value < level).count();
        // 160 ± 3 standard deviations, and as much again since the better of two classifiers is taken
        assert!((143..=190).contains(&n_detected), "{n_detected} at {level}, area {area}");
    }
}
