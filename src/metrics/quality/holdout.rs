//! Whether synthetic rows tell who was in the training rows: comparison with rows that were held out of training.

use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::coordinates::Coordinates;
use super::nearest::squared_distance;
use super::ranks::Auc;
use super::{PermutationTest, check_enough};
use crate::compute::random::stream;
use crate::compute::ties::coarse;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::pipeline::Pipeline;
use crate::rows::kind::ValueKind;

/// Comparison of the rows that a model was trained on with rows that were held out: what synthetic rows tell about the former but not
/// about the latter, they tell about single rows of the training table rather than about the distribution.
///
/// If the synthetic rows do not depend on which of these rows were the training rows, any division of them into training rows and holdout
/// is equally likely. All three p-values are those of this hypothesis.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct HoldoutPrivacy {
    /// Numbers of training and of held-out rows that were compared; they are equal.
    pub n_compared: usize,
    /// Share of the synthetic rows that are nearer to a training row than to all held-out rows, equal distances counting half: 0.5 if
    /// no row is remembered. A permutation test.
    pub nearer: PermutationTest,
    /// Shares of the synthetic rows that equal a training row, and a held-out row.
    pub copies: [f64; 2],
    /// Test of the difference of both shares.
    pub of_copies: PermutationTest,
    /// Membership attack: the area under the ROC curve of the log-density, by a mixture that is fitted to the synthetic rows, for training
    /// rows against held-out rows; 0.5 if the density does not tell them apart. None if the mixture cannot be fitted.
    pub attack: Option<MembershipAttack>,
}

/// The result of a membership attack.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MembershipAttack {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Probability of an area at least as large by chance (Mann-Whitney).
    pub p_value: f64,
}

/// Share of honest tables that any of the three tests may refuse.
const LEVEL: f64 = 0.01;
const N_TESTS: f64 = 3.0;
/// Smallest excess over chance that is called a leak: of the share of nearer rows and of the area, and of copies.
const EFFECT: f64 = 0.05;
const COPIES_EFFECT: f64 = 0.01;
const PERMUTATIONS: usize = 9999;
/// Number of held-out rows that are needed.
const LEAST_ROWS: usize = 20;
/// Synthetic rows for each component of the attacker's mixture, and the maximum number of components.
const ROWS_PER_COMPONENT: usize = 100;
const MOST_COMPONENTS: usize = 20;
/// Maximum number of columns of a full covariance.
const MOST_COLUMNS: usize = 100;

impl HoldoutPrivacy {
    /// Whether a test finds that synthetic rows depend on the training rows: p ≤ 0.0033, and the share of nearer rows or the area of
    /// the attack is at least 0.55, or copies of training rows exceed copies of held-out rows by 1 % of the rows.
    pub fn leaks(&self) -> bool {
        let rare = |p_value: f64| p_value <= LEVEL / N_TESTS;
        let nearer = rare(self.nearer.p_value) && coarse(self.nearer.statistic) >= 0.5 + EFFECT;
        let copies = rare(self.of_copies.p_value)
            && coarse(self.copies[0]) >= coarse(self.copies[1] + COPIES_EFFECT);
        let attack =
            |attack: MembershipAttack| rare(attack.p_value) && coarse(attack.auc) >= 0.5 + EFFECT;
        nearer || copies || self.attack.is_some_and(attack)
    }
}

/// Compares equally many training rows and held-out rows, those that come first.
pub(super) fn holdout_privacy(
    [training, holdout]: [ArrayView2<'_, f64>; 2],
    synthetic: ArrayView2<'_, f64>,
    kinds: &[ValueKind],
    seed: u64,
) -> Result<HoldoutPrivacy> {
    let n = training.nrows().min(holdout.nrows());
    check_enough(n, LEAST_ROWS, "a comparison with held-out rows")?;
    let first: Vec<usize> = (0..n).collect();
    let known =
        concatenate![Axis(0), training.select(Axis(0), &first), holdout.select(Axis(0), &first)];
    let coordinates = Coordinates::of(kinds, [known.view(), synthetic.view()])?;
    let units = coordinates.units(known.view());
    let [at_known, at_synthetic] = [known.view(), synthetic.view()]
        .map(|rows| (&coordinates.apply(rows) / &units).as_standard_layout().into_owned());
    let (nearest, equal) = weights(&at_known, &at_synthetic);
    let n_synthetic = synthetic.nrows() as f64;
    let share = |weights: &[f64], rows: &[usize]| {
        rows.iter().map(|&row| weights[row]).sum::<f64>() / n_synthetic
    };
    let test = |weights: &[f64], of: u64| {
        PermutationTest::of(share(weights, &first), PERMUTATIONS, |permutation| {
            let mut rows: Vec<usize> = (0..2 * n).collect();
            let (chosen, _) = rows.partial_shuffle(&mut stream(seed ^ of, permutation), n);
            share(weights, chosen)
        })
    };
    let of_holdout: Vec<usize> = (n..2 * n).collect();
    Ok(HoldoutPrivacy {
        n_compared: n,
        nearer: test(&nearest, 0),
        copies: [share(&equal, &first), share(&equal, &of_holdout)],
        of_copies: test(&equal, 1 << 32),
        attack: attack(&known, synthetic, kinds, seed),
    })
}

/// The number of synthetic rows whose nearest known row each row is, and the number of those that equal it; of several at one distance,
/// each counts for its part.
fn weights(known: &Array2<f64>, synthetic: &Array2<f64>) -> (Vec<f64>, Vec<f64>) {
    let line = |rows: &'_ Array2<f64>, row: usize| rows.row(row).to_vec();
    let known: Vec<Vec<f64>> = (0..known.nrows()).map(|row| line(known, row)).collect();
    let nearest = |row: usize| {
        let here = line(synthetic, row);
        let (mut least, mut at) = (f64::INFINITY, Vec::new());
        for (index, there) in known.iter().enumerate() {
            let distance = coarse(squared_distance(&here, there));
            if distance < least {
                (least, at) = (distance, vec![index]);
            } else if distance == least {
                at.push(index);
            }
        }
        (least, at)
    };
    let found: Vec<(f64, Vec<usize>)> =
        (0..synthetic.nrows()).into_par_iter().map(nearest).collect();
    let (mut weights, mut equal) = (vec![0.0; known.len()], vec![0.0; known.len()]);
    for (distance, rows) in found {
        for &row in &rows {
            weights[row] += 1.0 / rows.len() as f64;
            equal[row] += if distance == 0.0 { 1.0 / rows.len() as f64 } else { 0.0 };
        }
    }
    (weights, equal)
}

/// Fits a mixture to the synthetic rows and ranks the known rows by their log-densities.
fn attack(
    known: &Array2<f64>,
    synthetic: ArrayView2<'_, f64>,
    kinds: &[ValueKind],
    seed: u64,
) -> Option<MembershipAttack> {
    let n_columns = kinds.len();
    if n_columns > MOST_COLUMNS {
        return None;
    }
    let n_components = (synthetic.nrows() / ROWS_PER_COMPONENT).clamp(1, MOST_COMPONENTS);
    let categories = (0..n_columns).filter(|&column| kinds[column].is_categorical());
    // columns that are constant in the synthetic rows cannot be standardised, and new levels have no density
    let (model, _) = Pipeline::params()
        .categorical(categories)
        .standardize(true)
        .mixture(GaussianMixture::params(n_components).seed(seed).n_init(1))
        .fit_with_report(&synthetic)
        .ok()?;
    let scores = model.score_samples(known).ok()?.to_vec();
    let n = known.nrows() / 2;
    let is_training: Vec<bool> = (0..2 * n).map(|row| row < n).collect();
    let area = Auc::of(&scores, &is_training)?;
    Some(MembershipAttack { auc: area.auc, p_value: area.p_value() })
}

#[cfg(test)]
mod tests {
    use rand::Rng;
    use rand_distr::StandardNormal;

    use super::*;

    fn gaussian(n_rows: usize, seed: u64) -> Array2<f64> {
        let mut rng = stream(seed, 0);
        Array2::from_shape_simple_fn((n_rows, 3), || rng.sample(StandardNormal))
    }

    fn compared(synthetic: &Array2<f64>, seed: u64) -> HoldoutPrivacy {
        let (training, holdout) = (gaussian(150, 3 * seed), gaussian(120, 3 * seed + 1));
        let tables = [training.view(), holdout.view()];
        holdout_privacy(tables, synthetic.view(), &vec![ValueKind::Numeric; 3], seed).unwrap()
    }

    #[test]
    fn copies_and_noisy_copies_leak() {
        let training = gaussian(150, 0);
        let copied = compared(&training, 0);
        assert!(copied.leaks() && copied.copies == [0.8, 0.0], "{copied:?}");
        let noisy = compared(&(&training + &(0.01 * gaussian(150, 9))), 0);
        assert!(noisy.leaks() && noisy.copies == [0.0; 2], "{noisy:?}");
        assert!(noisy.nearer.statistic > 0.85, "{noisy:?}");
    }

    #[test]
    fn p_values_of_new_rows_are_uniform() {
        let privacy: Vec<HoldoutPrivacy> = (0..200)
            .into_par_iter()
            .map(|seed| compared(&gaussian(200, 3 * seed + 2), seed))
            .collect();
        // 20 of 200 are expected, 20 ± 4 standard deviations
        let below = |of: &dyn Fn(&HoldoutPrivacy) -> f64| {
            privacy.iter().filter(|privacy| of(privacy) < 0.1).count()
        };
        let attack = |privacy: &HoldoutPrivacy| privacy.attack.map_or(1.0, |attack| attack.p_value);
        assert!((4..=37).contains(&below(&|privacy| privacy.nearer.p_value)));
        assert!((4..=37).contains(&below(&attack)));
        assert!(privacy.iter().filter(|privacy| privacy.leaks()).count() <= 8);
    }
}
