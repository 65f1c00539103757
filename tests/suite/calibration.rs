//! The tests of comparisons are calibrated: they refuse honest rows as rarely as they say, and find what synthetic rows do wrong.
//!
//! `cargo test --release --test calibration -- --nocapture` prints how often each test refused.

use std::collections::BTreeMap;

use mixlab::prelude::*;
use mixlab::quality::Comparison;
use mixlab::table::Sheet;
use mixlab::{Column, Levels, ValueKind};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, Poisson, StandardNormal};
use rayon::prelude::*;

type Generator = ChaCha8Rng;

fn generator(seed: u64) -> Generator {
    Generator::seed_from_u64(seed)
}

/// A table with its columns.
struct Dataset {
    name: &'static str,
    rows: Array2<f64>,
    columns: Vec<Column>,
}

impl Dataset {
    fn numbers(name: &'static str, rows: Array2<f64>) -> Self {
        let columns = (0..rows.ncols()).map(|column| Column::named(format!("x{column}"))).collect();
        Self { name, rows, columns }
    }

    fn of_sheet(name: &'static str, sheet: &Sheet) -> Self {
        Self { name, rows: sheet.table.records.clone(), columns: sheet.schema.columns() }
    }

    fn generated(
        name: &'static str,
        n_columns: usize,
        mut row: impl FnMut(&mut Generator, &mut [f64]),
    ) -> Self {
        let mut rng = generator(name.len() as u64);
        let mut rows = Array2::zeros((360, n_columns));
        for mut line in rows.rows_mut() {
            row(&mut rng, line.as_slice_mut().unwrap());
        }
        Self::numbers(name, rows)
    }

    /// Makes categories of these columns of whole numbers.
    fn with_categories(mut self, columns: &[(usize, usize)]) -> Self {
        for &(column, n_levels) in columns {
            let levels = Levels::new((0..n_levels).map(|level| format!("level {level}")));
            self.columns[column].kind = ValueKind::Categorical(levels);
        }
        self
    }
}

fn normal(rng: &mut Generator) -> f64 {
    rng.sample(StandardNormal)
}

/// Seven embedded datasets and thirteen generated ones.
fn datasets() -> Vec<Dataset> {
    let digits = datasets::digits().records;
    let few_digits: Vec<usize> = (0..450).collect();
    let few_pixels: Vec<usize> = (18..30).collect();
    let digits = digits.select(Axis(0), &few_digits).select(Axis(1), &few_pixels);
    vec![
        Dataset::numbers("survey", datasets::survey().records),
        Dataset::of_sheet("customers", &datasets::customers()),
        Dataset::of_sheet("heart", &datasets::heart()),
        Dataset::of_sheet("heart with missing values", &datasets::heart_missing()),
        Dataset::numbers("stretched blobs", datasets::stretched_blobs().records),
        Dataset::numbers("moons", datasets::make_moons(360, 0.1, 5).unwrap().records),
        Dataset::numbers("pixels of digits", digits),
        Dataset::generated("one normal column", 1, |rng, row| row[0] = normal(rng)),
        Dataset::generated("ten independent columns", 10, |rng, row| {
            row.iter_mut().for_each(|value| *value = normal(rng));
        }),
        Dataset::generated("thirty correlated columns", 30, |rng, row| {
            let shared = normal(rng);
            row.iter_mut().for_each(|value| *value = shared + 0.5 * normal(rng));
        }),
        Dataset::generated("skewed", 4, |rng, row| {
            row.iter_mut().for_each(|value| *value = rng.sample::<f64, _>(Exp1).powi(2));
        }),
        Dataset::generated("heavy tails", 3, |rng, row| {
            row.iter_mut().for_each(|value| *value = normal(rng) / normal(rng));
        }),
        Dataset::generated("counts", 4, |rng, row| {
            let mean = 1.0 + 3.0 * rng.sample::<f64, _>(Exp1);
            row.iter_mut().for_each(|value| *value = Poisson::new(mean).unwrap().sample(rng));
        }),
        Dataset::generated("spikes at zero", 4, |rng, row| {
            let is_zero = rng.gen_bool(0.5);
            let draw = |rng: &mut Generator| 100.0 * rng.sample::<f64, _>(Exp1);
            row.iter_mut().for_each(|value| *value = if is_zero { 0.0 } else { draw(rng).round() });
        }),
        Dataset::generated("prices with two decimals", 3, |rng, row| {
            let level = rng.gen_range(0..5);
            let price = |rng: &mut Generator| [1.99, 4.99, 9.99, 19.99][rng.gen_range(0..4)];
            row[0] = price(rng) * f64::from(level + 1);
            row[1] = (100.0 * row[0] * (1.0 + 0.1 * normal(rng))).round() / 100.0;
            row[2] = f64::from(level);
        }),
        Dataset::generated("categories", 4, |rng, row| {
            row[0] = f64::from(rng.gen_range(0..3));
            row[1] = if rng.gen_bool(0.8) { row[0] } else { f64::from(rng.gen_range(0..3)) };
            row[2] = f64::from(rng.gen_range(0..20));
            row[3] = f64::from(u8::from(rng.gen_bool(0.05)));
        })
        .with_categories(&[(0, 3), (1, 3), (2, 20), (3, 2)]),
        Dataset::generated("mixed, much is missing", 5, |rng, row| {
            row[0] = f64::from(rng.gen_range(0..2));
            for value in &mut row[1..4] {
                *value = if rng.gen_bool(0.3) { f64::NAN } else { row_mean(rng) };
            }
            row[4] = if row[0] > 0.0 && rng.gen_bool(0.5) { f64::NAN } else { normal(rng) };
        })
        .with_categories(&[(0, 2)]),
        Dataset::generated("few values", 3, |rng, row| {
            row[0] = f64::from(rng.gen_range(0..4));
            row[1] = f64::from(rng.gen_range(0..2));
            row[2] = f64::from(rng.gen_range(0..3));
        }),
        Dataset::generated("clusters of equal rows", 3, |rng, row| {
            let centre = f64::from(rng.gen_range(0..30));
            row.iter_mut().enumerate().for_each(|(at, value)| *value = centre * (at + 1) as f64);
        }),
        Dataset::generated("a line", 2, |rng, row| {
            row[0] = normal(rng);
            row[1] = 2.0 * row[0] + 1.0;
        }),
    ]
}

fn row_mean(rng: &mut Generator) -> f64 {
    3.0 + 2.0 * normal(rng)
}

/// Three parts of the rows at random.
fn thirds(rows: &Array2<f64>, seed: u64) -> [Array2<f64>; 3] {
    let mut order: Vec<usize> = (0..rows.nrows()).collect();
    order.shuffle(&mut generator(seed));
    let third = order.len() / 3;
    [0, 1, 2].map(|part| rows.select(Axis(0), &order[part * third..(part + 1) * third]))
}

/// The p-values of all tests of an honest table, by question, and whether it failed.
struct Honest {
    p_values: Vec<(&'static str, f64)>,
    follows: bool,
    copies: bool,
    leaks: bool,
    useful: Option<bool>,
}

fn honest(dataset: &Dataset, seed: u64) -> Honest {
    let [original, synthetic, holdout] = thirds(&dataset.rows, seed);
    let comparison = Comparison::params()
        .seed(seed)
        .compare_with_holdout(original.view(), synthetic.view(), holdout.view(), &dataset.columns)
        .unwrap_or_else(|error| panic!("{}: {error}", dataset.name));
    let findings = comparison.findings().into_iter();
    let mut p_values: Vec<_> =
        findings.map(|finding| (finding.question, finding.p_value)).collect();
    let privacy = comparison.holdout.unwrap();
    p_values.push(("duplicates", comparison.nearest.duplicates.p_value));
    p_values.push(("distances", comparison.nearest.distances.p_value));
    p_values.push(("nearer to training rows", privacy.nearer.p_value));
    p_values.push(("equal to training rows", privacy.of_copies.p_value));
    p_values.extend(privacy.attack.map(|attack| ("membership attack", attack.p_value)));
    Honest {
        p_values,
        follows: comparison.follows(),
        copies: comparison.nearest.copies(),
        leaks: privacy.leaks(),
        useful: comparison.usefulness.and_then(|usefulness| usefulness.is_useful()),
    }
}

/// The number of successes of n that a binomial variable exceeds with a probability below 1 in 10 000.
fn limit(n: usize, probability: f64) -> usize {
    let ln_choose =
        |k: usize| (1..=k).map(|i| ((n - k + i) as f64).ln() - (i as f64).ln()).sum::<f64>();
    let mass = |k: usize| {
        let logs = k as f64 * probability.ln() + (n - k) as f64 * (1.0 - probability).ln();
        (ln_choose(k) + logs).exp()
    };
    let mut tail = 1.0;
    (0..n)
        .find(|&k| {
            tail -= mass(k);
            tail < 1e-4
        })
        .unwrap_or(n)
}

#[test]
fn honest_rows_are_refused_as_rarely_as_stated() {
    let datasets = datasets();
    assert_eq!(datasets.len(), 20);
    let cases: Vec<(usize, u64)> = (0..datasets.len())
        .flat_map(|dataset| (0..10).map(move |split| (dataset, split)))
        .collect();
    let found: Vec<Honest> = cases
        .par_iter()
        .map(|&(dataset, split)| honest(&datasets[dataset], 10 * dataset as u64 + split))
        .collect();
    let mut by_question: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (question, p_value) in found.iter().flat_map(|one| &one.p_values) {
        by_question.entry(question).or_default().push(*p_value);
    }
    for (question, p_values) in by_question {
        for level in [0.01, 0.05, 0.2] {
            let n_below = p_values.iter().filter(|p_value| **p_value <= level).count();
            println!("{question}: {n_below} of {} at or below {level}", p_values.len());
            let most = limit(p_values.len(), level);
            assert!(n_below <= most, "{question}: {n_below} > {most} at or below {level}");
        }
    }
    let count = |of: fn(&Honest) -> bool| found.iter().filter(|one| of(one)).count();
    let refused = [count(|one| !one.follows), count(|one| one.copies), count(|one| one.leaks)];
    let useless = count(|one| one.useful == Some(false));
    let tested = count(|one| one.useful.is_some());
    println!("not faithful {}, copies {}, leaks {} of 200", refused[0], refused[1], refused[2]);
    println!("not useful {useless} of {tested}");
    assert!(useless <= limit(tested, 0.05), "{useless} of {tested}");
    // each at a level of 1 %
    assert!(refused.iter().all(|refused| *refused <= limit(200, 0.01)), "{refused:?}");
}

/// Compares two tables of numbers.
fn compared(original: &Array2<f64>, synthetic: &Array2<f64>) -> Comparison {
    let dataset = Dataset::numbers("table", original.clone());
    let columns = &dataset.columns;
    Comparison::params().compare_columns(original.view(), synthetic.view(), columns).unwrap()
}

fn faults(comparison: &Comparison) -> Vec<&'static str> {
    let findings = comparison.findings().into_iter();
    findings.filter(|finding| !finding.passes).map(|finding| finding.fault).collect()
}

#[test]
fn faults_of_synthetic_rows_are_found() {
    let survey = datasets::survey().records;
    // columns drawn independently, as by a program that follows columns only
    let mut independent = survey.clone();
    for (column, mut values) in independent.columns_mut().into_iter().enumerate() {
        let mut rng = generator(column as u64);
        values.mapv_inplace(|_| survey[[rng.gen_range(0..400), column]]);
    }
    let found = compared(&survey, &independent);
    assert!(faults(&found).contains(&"a classifier distinguishes the tables"), "{found:?}");
    assert_eq!(
        found.verdicts().map(|verdict| verdict.holds),
        [Some(false), Some(false), Some(true)]
    );

    // one normal distribution for two moons
    let moons = datasets::make_moons(600, 0.1, 1).unwrap();
    let one = GaussianMixture::params(1).fit(&moons).unwrap();
    let found = compared(&moons.records, &one.sample(600, 1).0);
    assert!(faults(&found).contains(&"a classifier distinguishes the tables"), "{found:?}");
    assert!(found.classifier.auc > 0.7, "{:?}", found.classifier);

    // whole numbers made fractional
    let counts = Dataset::generated("counts", 2, |rng, row| {
        row.iter_mut().for_each(|value| *value = Poisson::new(40.0).unwrap().sample(rng));
    });
    let mut rng = generator(3);
    let fractional = counts.rows.mapv(|value| value + rng.gen_range(-0.5..0.5));
    let [left, right, _] = thirds(&counts.rows, 0);
    assert!(compared(&left, &right).follows());
    let found = compared(&counts.rows, &fractional);
    assert!(faults(&found).contains(&"single values differ"), "{:?}", found.findings());
    assert_eq!(found.values[0].describe(&ValueKind::Numeric), "is no whole number");

    // a spike at 0 smeared over small numbers
    let spiked = Dataset::generated("spiked", 2, |rng, row| {
        row[0] = if rng.gen_bool(0.4) { 0.0 } else { rng.sample::<f64, _>(Exp1) };
        row[1] = row[0] + normal(rng);
    });
    let mut smeared = spiked.rows.clone();
    smeared
        .column_mut(0)
        .mapv_inplace(|v| if v == 0.0 { 0.01 * rng.gen_range(-1.0..1.0) } else { v });
    let found = compared(&spiked.rows, &smeared);
    assert!(faults(&found).contains(&"single values differ"), "{:?}", found.findings());
    assert_eq!(found.values[0].describe(&ValueKind::Numeric), "= 0");
}

#[test]
fn copies_and_noisy_copies_are_not_private() {
    let mut rng = generator(9);
    let mut missed = [Vec::new(), Vec::new()];
    for dataset in datasets() {
        let [training, _, holdout] = thirds(&dataset.rows, 1);
        let mut noisy = training.clone();
        for (mut values, column) in noisy.columns_mut().into_iter().zip(&dataset.columns) {
            if column.kind.is_numeric() {
                let observed: Array1<f64> =
                    values.iter().copied().filter(|v| !v.is_nan()).collect();
                let deviation = observed.std(0.0);
                values.mapv_inplace(|value| value + 0.01 * deviation * normal(&mut rng));
            }
        }
        for (missed, synthetic) in missed.iter_mut().zip([&training, &noisy]) {
            let params = Comparison::params();
            let (training, holdout) = (training.view(), holdout.view());
            let comparison =
                params.compare_with_holdout(training, synthetic.view(), holdout, &dataset.columns);
            let [.., private] = comparison.unwrap().verdicts();
            if private.holds != Some(false) {
                missed.push(dataset.name);
            }
        }
    }
    // with 24 different rows, honest ones are as near to training rows as those with noise
    assert_eq!(missed, [vec![], vec!["few values"]]);
}
