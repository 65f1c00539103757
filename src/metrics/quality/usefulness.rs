//! Whether what is learned from synthetic rows holds for real rows.

use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate};
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::PermutationTest;
use super::ranks::Auc;
use super::trees::Trees;
use crate::compute::random::{child_seed, stream};
use crate::rows::kind::ValueKind;

/// How well columns of real rows are predicted from the others, by boosted trees that were trained on synthetic rows, and on equally many
/// real ones ("train on synthetic, test on real", Esteban, Hyland & Rätsch 2017).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Usefulness {
    /// Scores of each predicted column.
    pub targets: Vec<TargetScores>,
    /// Probability of losing as much if the synthetic rows are as good as the original ones: a permutation test that exchanges the rows
    /// of both training sets at random. None if at least 90 % of the scores are kept.
    pub p_value: Option<f64>,
    /// Number of rows of each training set.
    pub n_training: usize,
    /// Number of rows that are predicted.
    pub n_test: usize,
    /// Whether the predicted rows are from a holdout; otherwise they are one half of the original, on which the synthetic rows may
    /// depend.
    pub held_out: bool,
}

/// Scores of the predictions of a column: R² of numbers and dates; for categories 2 AUC - 1, the mean over the levels weighted by their
/// shares. 1 is perfect and 0 is chance; R² may be negative.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TargetScores {
    /// Index of the column.
    pub column: usize,
    /// Score after training on real rows.
    pub real: f64,
    /// Score after training on synthetic rows.
    pub synthetic: f64,
}

/// A column that real rows predict with a smaller score says nothing about synthetic rows.
const LEAST_SCORE: f64 = 0.1;
/// Share of the scores that useful synthetic rows keep.
const LEAST_KEPT: f64 = 0.9;
/// Level of the test of the loss, and its number of permutations: the fewest with which a p-value can be at the level.
const LEVEL: f64 = 0.05;
const PERMUTATIONS: usize = 19;
/// Number of rows of a training set and of a test set that are needed.
const LEAST_ROWS: usize = 30;
/// Number of rows that make a level of a category predictable.
const LEAST_OF_LEVEL: usize = 5;
/// Maximum number of columns that are predicted in turn, and of columns with a target.
const MOST_TARGETS: usize = 20;
const MOST_COLUMNS: usize = 100;

impl Usefulness {
    /// The part of the scores of real training rows that synthetic ones keep, `Σ max(synthetic, 0) / Σ real` over the columns with a real
    /// score of at least 0.1. None without such columns.
    pub fn kept(&self) -> Option<f64> {
        let predictable = || self.targets.iter().filter(|target| target.real >= LEAST_SCORE);
        let real: f64 = predictable().map(|target| target.real).sum();
        let synthetic: f64 = predictable().map(|target| target.synthetic.max(0.0)).sum();
        (real > 0.0).then(|| synthetic / real)
    }

    /// Whether at least 90 % of the scores are kept, or a loss as large has a p-value above 5 %; none if no column can be predicted.
    pub fn is_useful(&self) -> Option<bool> {
        let is_chance = self.p_value.is_none_or(|p_value| p_value > LEVEL);
        self.kept().map(|kept| kept >= LEAST_KEPT || is_chance)
    }

    /// The sum of the scores that training on synthetic rows loses.
    fn loss(targets: &[TargetScores]) -> f64 {
        targets.iter().map(|target| target.real.max(0.0) - target.synthetic.max(0.0)).sum()
    }
}

/// Predicts the column `target`, or each column in turn, of the `test` rows. None if there are too few rows, only one column, or too many
/// columns: 100 with a target and 20 without one.
pub(super) fn usefulness(
    training: [ArrayView2<'_, f64>; 2],
    test: ArrayView2<'_, f64>,
    kinds: &[ValueKind],
    target: Option<usize>,
    (held_out, seed): (bool, u64),
) -> Option<Usefulness> {
    let n_training = training[0].nrows().min(training[1].nrows());
    let has_rows = n_training.min(test.nrows()) >= LEAST_ROWS;
    let most = if target.is_some() { MOST_COLUMNS } else { MOST_TARGETS };
    if !has_rows || !(2..=most).contains(&kinds.len()) {
        return None;
    }
    let first: Vec<usize> = (0..n_training).collect();
    let training = training.map(|rows| rows.select(Axis(0), &first));
    let columns: Vec<usize> = target.map_or_else(|| (0..kinds.len()).collect(), |one| vec![one]);
    let scores = |training: [&Array2<f64>; 2]| -> Vec<TargetScores> {
        let scores = |&column: &usize| {
            let seed = child_seed(seed, column as u64);
            let [real, synthetic] =
                training.map(|rows| score(rows.view(), test, (column, &kinds[column]), seed));
            Some(TargetScores { column, real: real?, synthetic: synthetic? })
        };
        columns.par_iter().filter_map(scores).collect()
    };
    let [real, synthetic] = &training;
    let targets = scores([real, synthetic]);
    let found = Usefulness { targets, p_value: None, n_training, n_test: test.nrows(), held_out };
    if found.kept().is_none_or(|kept| kept >= LEAST_KEPT) {
        return Some(found);
    }
    let pooled = concatenate![Axis(0), *real, *synthetic];
    let exchanged = |permutation: u64| {
        let mut order: Vec<usize> = (0..2 * n_training).collect();
        order.shuffle(&mut stream(seed, permutation));
        let (first, second) = order.split_at(n_training);
        let [first, second] = [first, second].map(|rows| pooled.select(Axis(0), rows));
        Usefulness::loss(&scores([&first, &second]))
    };
    // one loss as large is enough to say that it is not rare
    let loss = Usefulness::loss(&found.targets);
    let test = PermutationTest::sequential(loss, (1, PERMUTATIONS), exchanged);
    Some(Usefulness { p_value: Some(test.p_value), ..found })
}

/// Trains on the rows in which the target is observed. None if the test rows have fewer than two values of it.
fn score(
    training: ArrayView2<'_, f64>,
    test: ArrayView2<'_, f64>,
    (target, kind): (usize, &ValueKind),
    seed: u64,
) -> Option<f64> {
    let others: Vec<usize> = (0..training.ncols()).filter(|column| *column != target).collect();
    let [(x, y), (x_test, y_test)] = [training.view(), test.view()].map(|rows| {
        let observed: Vec<usize> =
            (0..rows.nrows()).filter(|&row| !rows[[row, target]].is_nan()).collect();
        let rows = rows.select(Axis(0), &observed);
        (rows.select(Axis(1), &others), rows.column(target).to_vec())
    });
    let Some(levels) = kind.levels() else {
        let truth = Array1::from(y_test);
        let total = truth.var(0.0) * truth.len() as f64;
        if total.is_nan() || total <= 0.0 {
            return None;
        }
        // without observed values nothing is learned
        if y.is_empty() {
            return Some(0.0);
        }
        let predicted = Array1::from(Trees::fit(x.view(), &y, seed).predict(x_test.view()));
        return Some(1.0 - (&truth - &predicted).mapv(|e| e * e).sum() / total);
    };
    let is_level = |values: &[f64], level: usize| -> Vec<bool> {
        values.iter().map(|value| *value as usize == level).collect()
    };
    let (mut weights, mut sum) = (0.0, 0.0);
    for level in 0..levels.n_levels() {
        let truth = is_level(&y_test, level);
        let count = truth.iter().filter(|is| **is).count();
        if count < LEAST_OF_LEVEL || count == truth.len() {
            continue;
        }
        let learned = is_level(&y, level);
        // without rows of the level, or of any other, all rows have the same score
        let is_constant = learned.iter().all(|is| *is) || !learned.contains(&true);
        let auc = if is_constant {
            0.5
        } else {
            let targets: Vec<f64> = learned.iter().map(|is| f64::from(u8::from(*is))).collect();
            let trees = Trees::fit(x.view(), &targets, child_seed(seed, level as u64));
            Auc::of(&trees.predict(x_test.view()), &truth).map_or(0.5, |area| area.auc)
        };
        weights += count as f64;
        sum += count as f64 * (2.0 * auc - 1.0);
    }
    (weights > 0.0).then(|| sum / weights)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::rows::levels::Levels;

    /// Rows of x, of y near its square or independent of it, and of a category that x decides.
    fn table(first: usize, dependent: bool) -> Array2<f64> {
        Array2::from_shape_fn((300, 3), |(row, column)| {
            let at = |row: usize| ((row * 37 + first) % 211) as f64 / 105.5 - 1.0;
            let x = at(row);
            match (column, dependent) {
                (0, _) => x,
                (1, true) => x * x + 0.02 * at(row * row),
                (1, false) => at(7 * row * row + 3),
                (_, true) => f64::from(u8::from(x > 0.3)),
                (_, false) => f64::from(u8::from(at(5 * row * row + 1) > 0.3)),
            }
        })
    }

    #[test]
    fn dependent_rows_are_useful_and_independent_ones_are_not() {
        let kinds = [
            ValueKind::Numeric,
            ValueKind::Numeric,
            ValueKind::Categorical(Levels::new(["low", "high"])),
        ];
        let (real, test) = (table(0, true), table(50, true));
        let of = |synthetic: Array2<f64>| {
            let training = [real.view(), synthetic.view()];
            usefulness(training, test.view(), &kinds, None, (true, 0)).unwrap()
        };
        let good = of(table(20, true));
        assert_eq!(good.targets.len(), 3);
        assert!(good.targets[1].real > 0.9 && good.targets[2].real > 0.9, "{good:?}");
        assert_eq!(good.is_useful(), Some(true), "{good:?}");
        let bad = of(table(20, false));
        assert_eq!(bad.is_useful(), Some(false), "{bad:?}");
        assert!(bad.kept().unwrap() < 0.4, "{bad:?}");
    }
}
