//! Tests of comparisons of mixed tables with missing values.

use ndarray::{Array1, Array2, Axis};
use rand::Rng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::*;
use crate::compute::random::stream;
use crate::datasets;
use crate::error::Error;
use crate::rows::kind::ValueKind;
use crate::rows::levels::Levels;
use crate::rows::schema::Column;
use crate::table::Sheet;

fn compare(sheet: &Sheet, left: &Array2<f64>, right: &Array2<f64>, seed: u64) -> Comparison {
    let params = Comparison::params().seed(seed);
    params.compare_columns(left.view(), right.view(), &sheet.schema.columns()).unwrap()
}

fn halves(rows: &Array2<f64>, seed: u64) -> (Array2<f64>, Array2<f64>) {
    let mut order: Vec<usize> = (0..rows.nrows()).collect();
    order.shuffle(&mut stream(seed, 99));
    let (left, right) = order.split_at(rows.nrows() / 2);
    (rows.select(Axis(0), left), rows.select(Axis(0), right))
}

/// Shuffles columns independently.
fn shuffled(rows: &Array2<f64>, columns: impl IntoIterator<Item = usize>) -> Array2<f64> {
    let mut copy = rows.clone();
    for column in columns {
        let mut values = copy.column(column).to_vec();
        values.shuffle(&mut stream(7, column as u64));
        copy.column_mut(column).assign(&Array1::from(values));
    }
    copy
}

fn failed(comparison: &Comparison) -> Vec<&'static str> {
    let findings = comparison.findings().into_iter();
    findings.filter(|finding| !finding.passes).map(|finding| finding.fault).collect()
}

#[test]
fn halves_of_mixed_tables_pass_and_shuffled_columns_fail() {
    let sheets = [datasets::customers(), datasets::heart(), datasets::heart_missing()];
    let mut refused = 0;
    for sheet in &sheets {
        let rows = &sheet.table.records;
        for seed in 0..6 {
            let (left, right) = halves(rows, seed);
            let fair = compare(sheet, &left, &right, seed);
            assert!(!fair.nearest.copies(), "{fair:?}");
            refused += usize::from(!fair.follows());
        }
        let unfair = compare(sheet, rows, &shuffled(rows, 0..rows.ncols()), 0);
        assert!(failed(&unfair).contains(&"associations differ"), "{:?}", unfair.findings());
    }
    // eighteen fair verdicts at a level of 1 %
    assert!(refused <= 1, "{refused} of 18 halves were refused");
}

#[test]
fn shares_of_levels_and_of_missing_values_are_tested_by_column() {
    let sheet = datasets::customers();
    let rows = &sheet.table.records;
    let (left, mut right) = halves(rows, 1);
    // channel 2 becomes 0 in every second row
    for mut row in right.rows_mut().into_iter().step_by(2) {
        row[4] = if row[4] == 2.0 { 0.0 } else { row[4] };
    }
    let comparison = compare(&sheet, &left, &right, 0);
    assert!(failed(&comparison).contains(&"columns differ"), "{:?}", comparison.findings());
    let found = &comparison.findings()[0].found;
    assert!(found.starts_with("\"channel\" differs most") && found.ends_with("(TV)"), "{found}");

    let (left, mut right) = halves(rows, 1);
    for mut row in right.rows_mut().into_iter().step_by(3) {
        row[0] = f64::NAN;
    }
    let comparison = compare(&sheet, &left, &right, 0);
    assert!(failed(&comparison).contains(&"missing values differ"), "{:?}", comparison.findings());
    let found = &comparison.findings()[2].found;
    assert_eq!(found, "\"age\": 0.0 % and 33.5 %");
}

#[test]
fn what_missing_values_depend_on_is_tested() {
    // values are missing in rows of level 1, in as many rows at random
    let table = |seed: u64, depends: bool| {
        let mut rng = stream(seed, 0);
        Array2::from_shape_fn((600, 2), |(row, column)| {
            let level = row % 2;
            match column {
                0 => level as f64,
                _ if rng.gen_bool(if depends { [0.0, 0.4][level] } else { 0.2 }) => f64::NAN,
                _ => rng.r#gen::<f64>(),
            }
        })
    };
    let kind = ValueKind::Categorical(Levels::new(["a", "b"]));
    let columns = [Column { kind, ..Column::named("level") }, Column::named("x")];
    let (left, right) = (table(1, true), table(2, false));
    let params = Comparison::params();
    let comparison = params.compare_columns(left.view(), right.view(), &columns).unwrap();
    assert!(failed(&comparison).contains(&"associations differ"), "{:?}", comparison.findings());
    assert!(!failed(&comparison).contains(&"missing values differ"));
    let fair = params.compare_columns(left.view(), table(3, true).view(), &columns).unwrap();
    assert!(fair.follows(), "{:?}", fair.findings());
}

#[test]
fn copies_of_mixed_rows_are_detected() {
    for sheet in [datasets::customers(), datasets::heart_missing()] {
        let rows = &sheet.table.records;
        let copied = compare(&sheet, rows, rows, 0);
        assert!(copied.follows() && copied.nearest.copies(), "{:?}", copied.nearest);
        assert_eq!(copied.nearest.synthetic_duplicates, 1.0);
    }
}

#[test]
fn honest_mixed_tables_are_rarely_called_copies() {
    let kind = |n: usize| ValueKind::Categorical(Levels::new((0..n).map(|h| h.to_string())));
    let columns = [
        Column { kind: kind(4), ..Column::named("a") },
        Column::named("b"),
        Column { kind: kind(2), ..Column::named("c") },
    ];
    let table = |seed: u64| {
        let mut rng = stream(seed, 0);
        Array2::from_shape_fn((40, 3), |(_, column)| match column {
            _ if rng.gen_bool(0.15) => f64::NAN,
            0 => f64::from(rng.gen_range(0..4)),
            1 => rng.r#gen::<f64>(),
            _ => f64::from(rng.gen_range(0..2)),
        })
    };
    let called = |seed: u64| {
        let params = Comparison::params().seed(seed);
        let (a, b) = (table(2 * seed), table(2 * seed + 1));
        params.compare_columns(a.view(), b.view(), &columns).unwrap().nearest.copies()
    };
    let n_called = (0..100).into_par_iter().filter(|&seed| called(seed)).count();
    // the level is 1 %; the binomial probability of more than 5 of 100 is 0.05 %
    assert!(n_called <= 5, "{n_called} of 100");
}

#[test]
fn numbers_have_the_same_comparison_with_columns_as_with_names() {
    let rows = datasets::survey();
    let (left, right) = halves(&rows.records, 3);
    let names = rows.feature_names();
    let columns = Column::all(rows.records.view(), names);
    let params = Comparison::params();
    let by_names = params.compare(left.view(), right.view(), names).unwrap();
    let by_columns = params.compare_columns(left.view(), right.view(), &columns).unwrap();
    assert_eq!(by_names, by_columns);
    assert_eq!((by_names.findings().len(), by_names.limit()), (5, 0.002));
}

#[test]
fn columns_without_values_and_levels_of_one_table_are_allowed_and_others_refused() {
    let kind = ValueKind::Categorical(Levels::new(["a", "b", "c"]));
    let columns = [Column { kind, ..Column::named("level") }, Column::named("x")];
    let table = |level: f64, x: f64| {
        Array2::from_shape_fn((30, 2), |(row, column)| match column {
            0 => level + (row % 2) as f64,
            _ => x * row as f64,
        })
    };
    let params = Comparison::params();
    let (left, right) = (table(0.0, 1.0), table(1.0, f64::NAN));
    let comparison = params.compare_columns(left.view(), right.view(), &columns).unwrap();
    assert!(!comparison.follows());
    let ValueComparison::Categories(level) = &comparison.columns[0].values else { panic!() };
    assert_eq!(level.levels_of_one_table(), [vec!["a"], vec!["c"]]);
    assert!(comparison.columns[1].difference().is_none());
    let wrong = table(2.0, 1.0);
    let error = params.compare_columns(left.view(), wrong.view(), &columns).unwrap_err();
    assert!(matches!(error, Error::UnknownLevel { row: 1, column: 0, .. }), "{error}");
    let error = params.compare_columns(left.view(), left.view(), &columns[..1]).unwrap_err();
    assert!(matches!(error, Error::ShapeMismatch { .. }), "{error}");
}
