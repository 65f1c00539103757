//! Rows that are filled where rules build on each other.

use super::*;

/// A table whose columns are named by letters, with these rules, and a model of it.
struct Case {
    rows: Array2<f64>,
    rules: Rules,
    file: ModelFile,
}

impl Case {
    fn new(texts: &[&str], row: impl Fn(&mut dyn FnMut() -> f64) -> Vec<f64>) -> Self {
        let rng = &mut ChaCha8Rng::seed_from_u64(11);
        let rows: Vec<Vec<f64>> =
            (0..300).map(|_| row(&mut || rng.sample::<f64, _>(StandardNormal))).collect();
        let rows = Array2::from_shape_fn((300, rows[0].len()), |(at, column)| rows[at][column]);
        let names: Vec<String> = ('a'..).take(rows.ncols()).map(String::from).collect();
        let rules = texts.iter().map(|text| Rule::parse(text, &names).unwrap()).collect();
        let (rules, columns) = Rules::fit(rules, &Column::all(rows.view(), &names), &rows).unwrap();
        let params = Pipeline::params().mixture(GaussianMixture::params(2));
        let pipeline = fit(&params, &RuledRows { rows: rows.clone(), rules: rules.clone() });
        let file = ModelFile { columns, rules: Some(rules.clone()), ..pipeline.into() };
        Self { rows, rules, file }
    }

    /// Fills holes, and checks that filled rows keep what was observed, the rules, and the decimals of the columns.
    fn check(&self, share: f64) {
        let rng = &mut ChaCha8Rng::seed_from_u64(12);
        let holes = self.rows.mapv(|value| if rng.gen_bool(share) { f64::NAN } else { value });
        let units = UserUnits::default();
        let expected = self.file.imputed_rows(holes.view(), units).unwrap();
        let draws = self.file.impute_draws_from(0, holes.view(), 0..3, (1, true, units)).unwrap();
        for filled in draws.iter().chain([&expected]) {
            assert!(filled.iter().all(|value| value.is_finite()));
            let broken = self.rules.broken(filled.view()).unwrap();
            if let [first, ..] = &broken[..] {
                let row = first.first_row;
                panic!("{broken:?}: {} of {}", filled.row(row), holes.row(row));
            }
            for (row, (filled, holes)) in filled.rows().into_iter().zip(holes.rows()).enumerate() {
                for (column, (&value, &hole)) in filled.iter().zip(holes).enumerate() {
                    let written = &self.rules.columns()[column];
                    assert!(hole.is_nan() || value == hole, "row {row} of {}", written.name);
                    let is_rounded = (written.round(value) - value).abs() < 1e-9;
                    assert!(is_rounded, "{value} of {} in {holes}: {filled}", written.name);
                }
            }
        }
    }
}

fn cents(value: f64) -> f64 {
    (100.0 * value).round() / 100.0
}

#[test]
fn orders_in_a_chain_are_kept() {
    let case = Case::new(&["a <= b", "b <= c", "c <= d"], |normal| {
        let a = (20.0 + 5.0 * normal()).round();
        let b = a + (2.0 * normal().exp()).round();
        let c = cents(b + normal().exp());
        vec![a, b, c, (c + normal().abs()).ceil()]
    });
    for share in [0.3, 0.6, 0.9] {
        case.check(share);
    }
}

#[test]
fn sums_and_orders_are_kept_together() {
    // end = start + days, and a limit of the end
    let case = Case::new(&["c = a + b", "c <= d"], |normal| {
        let (a, b) = ((50.0 + 5.0 * normal()).round(), (3.0 * normal().exp()).round());
        vec![a, b, a + b, a + b + (normal() + 2.0).exp().round()]
    });
    case.check(0.4);
    case.check(0.7);
    // the larger column of an order in a sum
    let case = Case::new(&["a <= b", "c <= b", "e = b + d"], |normal| {
        let (a, c) = (cents(5.0 + normal()), cents(6.0 + normal()));
        let b = cents(a.max(c) + 0.5 * normal().exp());
        let d = cents(10.0 + normal());
        vec![a, b, c, d, cents(b + d)]
    });
    case.check(0.4);
    case.check(0.7);
}

#[test]
fn sums_of_sums_are_kept() {
    let case = Case::new(&["b = 0.19*a", "c = a + b", "d = c - 5"], |normal| {
        let net = cents(100.0 * (0.5 * normal()).exp());
        let tax = cents(0.19 * net);
        vec![net, tax, cents(net + tax), cents(net + tax - 5.0), normal()]
    });
    for share in [0.3, 0.7] {
        case.check(share);
    }
    // one of them determines all
    let row = &case.rows.row(7);
    for known in 0..4 {
        let mut holes = Array2::from_elem((1, 5), f64::NAN);
        holes[[0, known]] = row[known];
        let filled = case.file.imputed_rows(holes.view(), UserUnits::default()).unwrap();
        // a rounded tax leaves several nets
        let tolerance = if known == 1 { 0.06 } else { 0.01 };
        for column in 0..4 {
            assert!(
                (filled[[0, column]] - row[column]).abs() <= tolerance + 1e-9,
                "{known}: {filled}"
            );
        }
    }
}

/// Of a Gaussian, the expectation of parts given their sum is known, and so are deviations.
#[test]
fn expectations_and_deviations_are_those_given_the_sum() {
    let case = Case::new(&["a <= b"], |normal| {
        // a difference that is never negative in practice, so that both are Gaussian and independent
        let a = 30.0 + 2.0 * normal();
        vec![a, a + 100.0 + 4.0 * normal(), normal()]
    });
    let params = Pipeline::params().mixture(GaussianMixture::params(1));
    let source = RuledRows { rows: case.rows.clone(), rules: case.rules.clone() };
    let file = ModelFile { pipeline: fit(&params, &source), ..case.file.clone() };
    let holes = array![[f64::NAN, 134.0, 0.0], [f64::NAN, f64::NAN, 0.0]];
    let units = UserUnits { rounding: Rounding::None, ..UserUnits::default() };
    let filled = file.impute(holes.view(), units).unwrap();
    // a + d = 134 with variances 4 and 16: a fifth of what 134 is above 130
    let (mean_a, mean_d) = (case.rows.column(0).mean().unwrap(), {
        (&case.rows.column(1) - &case.rows.column(0)).mean().unwrap()
    });
    let expected = mean_a + 0.2 * (134.0 - mean_a - mean_d);
    assert_abs_diff_eq!(filled.rows[[0, 0]], expected, epsilon = 0.2);
    // 1/(1/4 + 1/16), and the sum of both variances
    for (cell, variance) in [([0, 0], 3.2_f64), ([1, 0], 4.0), ([1, 1], 20.0)] {
        assert_relative_eq!(filled.deviations[cell], variance.sqrt(), max_relative = 0.2);
    }
    assert!(filled.deviations[[0, 1]].is_nan());
    assert_eq!(filled.rows, file.imputed_rows(holes.view(), units).unwrap());
}

#[test]
fn values_of_combinations_are_filled_with_their_shares() {
    // three codes of one place, with shares 1/10, 3/10 and 6/10, and another place
    let codes = |at: usize| [1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 7.0, 8.0][at % 12];
    let rows = Array2::from_shape_fn((1200, 3), |(row, column)| match column {
        0 => f64::from(u8::from(codes(row) > 5.0)),
        1 => codes(row),
        _ => ((row * 37) % 101) as f64,
    });
    let names = ["a", "b", "c"].map(String::from);
    let rule = Rule::parse("b,a", &names).unwrap();
    let (rules, columns) =
        Rules::fit(vec![rule], &Column::all(rows.view(), &names), &rows).unwrap();
    let params = Pipeline::params().categorical([0]).mixture(GaussianMixture::params(1));
    let pipeline = fit(&params, &RuledRows { rows: rows.clone(), rules: rules.clone() });
    let file = ModelFile { columns, rules: Some(rules), ..pipeline.into() };
    let holes = Array2::from_shape_fn((2000, 3), |(_, column)| [0.0, f64::NAN, 50.0][column]);
    let units = UserUnits::default();
    assert!(file.imputed_rows(holes.view(), units).unwrap().column(1).iter().all(|&b| b == 3.0));
    let drawn = file.impute_draws_from(0, holes.view(), 0..1, (1, true, units)).unwrap();
    for (code, share) in [(1.0, 0.1), (2.0, 0.3), (3.0, 0.6)] {
        let n = drawn[0].column(1).iter().filter(|&&b| b == code).count() as f64;
        // four standard errors
        assert!((n / 2000.0 - share).abs() < 0.044, "{code}: {n} of 2000");
    }
    // the rows are those of any piece of the table
    let rest = file.impute_draws_from(900, holes.view(), 0..1, (1, true, units)).unwrap();
    assert_eq!(rest[0].row(0), drawn[0].row(900));
}

/// A difference is missing in every row that lacks one of its columns, so that a component of these rows alone never sees it.
#[test]
fn differences_that_a_component_never_sees_are_filled_as_others() {
    let rng = &mut ChaCha8Rng::seed_from_u64(4);
    let mut rows = Array2::zeros((400, 3));
    for mut row in rows.rows_mut() {
        let mut normal = || -> f64 { rng.sample(StandardNormal) };
        let a = cents(50.0 + 8.0 * normal());
        let difference = cents(normal().powi(2) + normal().powi(2) + 2.0);
        row.assign(&array![a, a + difference, cents(normal())]);
        let (is_missing, is_first) = (normal() > 0.7, normal() > 0.0);
        if is_missing {
            row[usize::from(is_first)] = f64::NAN;
        }
    }
    let names = ["a", "b", "c"].map(String::from);
    let rule = Rule::parse("a <= b", &names).unwrap();
    let (rules, columns) =
        Rules::fit(vec![rule], &Column::all(rows.view(), &names), &rows).unwrap();
    for k in 2..5 {
        let params = Pipeline::params().mixture(GaussianMixture::params(k));
        let pipeline = fit(&params, &RuledRows { rows: rows.clone(), rules: rules.clone() });
        let of_rules = Some(rules.clone());
        let file = ModelFile { columns: columns.clone(), rules: of_rules, ..pipeline.into() };
        let filled = file.imputed_rows(rows.view(), UserUnits::default()).unwrap();
        let is_missing = |row: &usize| rows.row(*row).iter().any(|value| value.is_nan());
        let missing: Vec<usize> = (0..400).filter(is_missing).collect();
        let mean = |rows: &Array2<f64>| (&rows.column(1) - &rows.column(0)).mean().unwrap();
        // the difference has mean 4
        let of_filled = mean(&filled.select(Axis(0), &missing));
        assert!((of_filled - 4.0).abs() < 0.6, "{k}: {of_filled}");
        let complete = UserUnits { complete: true, ..UserUnits::default() };
        let of_sample = mean(&file.sample(4000, 1, true, complete));
        assert!((of_sample - 4.0).abs() < 0.5, "{k}: {of_sample}");
    }
}

#[test]
fn ties_of_rounding_and_limits_of_rounded_totals_are_kept() {
    let case = Case::new(&["b = 0.19*a", "c = a + b", "c <= d"], |normal| {
        let net = cents(100.0 * (0.5 * normal()).exp());
        let tax = cents(0.19 * net);
        let gross = cents(net + tax);
        vec![net, tax, gross, (gross + normal().abs()).ceil()]
    });
    // 0.19 * 39.5 is between two cents; 5.59 is the tax of several nets, of which one has a gross of at most 35
    let nan = f64::NAN;
    let holes = array![[39.5, nan, 47.0, 51.0], [nan, 5.59, nan, 35.0]];
    let filled = case.file.imputed_rows(holes.view(), UserUnits::default()).unwrap();
    assert_eq!(case.rules.broken(filled.view()).unwrap(), [], "{filled}");
    assert_eq!(filled[[0, 1]], 7.5);
    assert!((filled[[1, 0]] - 29.41).abs() < 0.02, "{filled}");
    case.check(0.5);
}
