//! Values as they are written: dates with times, and columns with different decimals.

use mixlab::{DateForm, DatePattern, ValueKind};

use super::*;

/// Columns of which the first ones are dates of these forms.
fn columns(rows: &Array2<f64>, texts: &[&str]) -> Vec<Column> {
    let mut columns = Column::all(rows.view(), &names()[..rows.ncols()]);
    for (column, text) in columns.iter_mut().zip(texts) {
        let pattern = DatePattern::of_texts([*text]).unwrap();
        let kind = ValueKind::Date(DateForm::Pattern(pattern));
        *column =
            Column { kind, decimals: Some(0), step: None, values: Vec::new(), ..column.clone() };
    }
    columns
}

/// Rows of a function of five numbers between 0 and 1.
fn uniform(n: usize, width: usize, row: impl Fn([f64; 3]) -> Vec<f64>) -> Array2<f64> {
    let rng = &mut ChaCha8Rng::seed_from_u64(3);
    let rows: Vec<Vec<f64>> =
        (0..n).map(|_| row([0.0; 3].map(|_| rng.gen_range(0.0..1.0)))).collect();
    Array2::from_shape_fn((n, width), |(at, column)| rows[at][column])
}

fn sample(columns: Vec<Column>, rules: &Rules, rows: &Array2<f64>) -> Array2<f64> {
    let mixture = GaussianMixture::params(2).n_init(1);
    let params = Pipeline::params().shape(ShapeChoice::Auto).standardize(true).mixture(mixture);
    let pipeline = fit(&params, &RuledRows { rows: rows.clone(), rules: rules.clone() });
    let file = ModelFile { columns, rules: Some(rules.clone()), ..pipeline.into() };
    file.sample(5000, 1, true, UserUnits::default())
}

const HOUR: f64 = 1.0 / 24.0;
const MINUTE: f64 = 1.0 / 1440.0;

#[test]
fn sums_of_dates_are_those_of_times() {
    let minutes = |days: f64| (days / MINUTE).round() * MINUTE;
    // start, end = start + hours / 24, hours
    let rows = uniform(300, 3, |[a, b, _]| {
        let (start, hours) = (minutes(19_000.0 + 300.0 * a), (9.0 * b).round());
        vec![start, minutes(start + HOUR * hours), hours]
    });
    let form = "2024-03-01 12:30";
    let columns = columns(&rows, &[form, form]);
    let found: Vec<String> =
        Rule::find(&rows, &columns).unwrap().iter().map(ToString::to_string).collect();
    assert!(!found.contains(&"end = start".to_owned()), "{found:?}");
    let error = Rules::fit(rules(&["end = start"]), &columns, &rows).unwrap_err();
    assert!(matches!(error, Error::BrokenRule { .. }), "{error}");
    let (rules, of_model) =
        Rules::fit(rules(&["end = start + 0.0416667*low"]), &columns, &rows).unwrap();
    let sample = sample(of_model, &rules, &rows);
    assert_eq!(rules.broken(sample.view()).unwrap(), []);
    let at_midnight = sample.column(1).iter().filter(|end| end.fract() == 0.0).count();
    assert!(at_midnight < 100, "{at_midnight} of 5000");
}

#[test]
fn dates_and_times_are_ordered_as_they_are_written() {
    // a day, a time of the same or a later day, and a day after it
    let rows = uniform(400, 3, |[a, b, c]| {
        let day = (19_000.0 + 300.0 * a).floor();
        let time = day + ((b * b * 4.0) / MINUTE).round() * MINUTE;
        vec![day, time, (time + 3.0 * c * c).ceil()]
    });
    let columns = columns(&rows, &["2024-03-01", "2024-03-01 12:30", "2024-03-01"]);
    let (rules, of_model) =
        Rules::fit(rules(&["start <= end", "end <= low"]), &columns, &rows).unwrap();
    let sample = sample(of_model, &rules, &rows);
    for row in sample.rows() {
        let [start, end, last] = [0, 1, 2].map(|at| {
            let text = columns[at].kind.text(row[at]).unwrap();
            columns[at].kind.round(match &columns[at].kind {
                ValueKind::Date(DateForm::Pattern(pattern)) => pattern.days(&text).unwrap(),
                _ => unreachable!(),
            })
        });
        assert!(start <= end && end <= last, "{row}");
    }
    let at_midnight = sample.column(1).iter().filter(|end| end.fract() == 0.0).count();
    assert!(at_midnight < 1000, "{at_midnight} of 5000");
}

#[test]
fn larger_columns_have_their_own_decimals() {
    let rows = uniform(400, 2, |[a, b, _]| {
        let due = (100.0 * (20.0 + 80.0 * a)).round() / 100.0;
        vec![due, (due + 30.0 * b * b).ceil()]
    });
    let columns = Column::all(rows.view(), &names()[..2]);
    let (rules, of_model) = Rules::fit(rules(&["start <= end"]), &columns, &rows).unwrap();
    let sample = sample(of_model, &rules, &rows);
    assert_eq!(rules.broken(sample.view()).unwrap(), []);
    assert!(sample.column(1).iter().all(|paid| paid.fract() == 0.0));
    let is_cents = |due: &f64| (due * 100.0).round() / 100.0 == *due;
    assert!(sample.column(0).iter().all(is_cents));
}
