//! Rules between columns: models of differences and combinations, and samples that keep the rules.

mod filled;
mod written;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use mixlab::table::{KindChoice, Sheet, TableReader};
use mixlab::{
    Clipping, Column, Error, PipelineParams, Rounding, RowSource, Rule, RuledRows, Rules,
    ShapeChoice, UserUnits, prelude::*,
};
use ndarray::array;
use proptest::prelude::{Just, ProptestConfig, Strategy, proptest};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

const NAMES: [&str; 8] = ["start", "end", "low", "high", "rent", "food", "total", "zip"];
const RULES: [&str; 4] = ["start <= end", "low <= high", "total = rent + 2*food - 1", "zip,start"];

fn names() -> Vec<String> {
    NAMES.map(String::from).to_vec()
}

fn rules(texts: &[&str]) -> Vec<Rule> {
    texts.iter().map(|text| Rule::parse(text, &names()).unwrap()).collect()
}

/// Rows that keep the rules, without those of combinations: whole days, and sums of money with cents.
fn rows(n: usize) -> Array2<f64> {
    let rng = &mut ChaCha8Rng::seed_from_u64(5);
    let mut rows = Array2::zeros((n, NAMES.len()));
    for mut row in rows.rows_mut() {
        let mut normal = || -> f64 { rng.sample(StandardNormal) };
        let (a, b, c, d) = (normal(), normal(), normal(), normal());
        let start = (40.0 + 10.0 * a).round();
        let cents = |value: f64| (100.0 * value).round() / 100.0;
        let (rent, food) = (cents(500.0 * (0.4 * b).exp()), cents(200.0 + 30.0 * (b + c)));
        let low = cents(5.0 + a);
        row.assign(&array![
            start,
            start + (3.0 * d.exp()).round(),
            low,
            if c > 0.0 { low } else { cents(low + (a - 0.5 * d).exp()) },
            rent,
            food,
            cents(rent + 2.0 * food - 1.0),
            [3000.0, 8001.0, 8400.0][(3.0 * normal().abs()) as usize % 3],
        ]);
    }
    rows
}

fn fitted(texts: &[&str], rows: &Array2<f64>) -> (Rules, Vec<Column>) {
    Rules::fit(rules(texts), &Column::all(rows.view(), &names()), rows).unwrap()
}

fn fit(params: &PipelineParams, rows: &dyn RowSource) -> Pipeline {
    params.fit_with_report(rows).unwrap().0
}

/// A model of rows with the first three rules.
fn model(params: PipelineParams, rows: &Array2<f64>) -> ModelFile {
    let (rules, columns) = fitted(&RULES[..3], rows);
    let source = RuledRows { rows: rows.clone(), rules: rules.clone() };
    let pipeline = fit(&params, &source);
    ModelFile { columns, rules: Some(rules), ..pipeline.into() }
}

#[test]
fn differences_and_combinations_stand_for_columns() {
    let rows = rows(200);
    let (rules, columns) = fitted(&RULES[..3], &rows);
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["start", "end - start", "low", "high - low", "rent", "food", "zip"]);
    assert_eq!((columns[1].decimals, columns[3].decimals), (Some(0), Some(2)));
    assert_eq!(columns[1].range.unwrap().0, 0.0);
    let of_model = rules.apply(rows.view());
    assert_eq!(of_model.column(1), &rows.column(1) - &rows.column(0));
    assert_abs_diff_eq!(rules.restore(of_model.view()), rows, epsilon = 1e-12);

    let (rules, columns) = fitted(&["zip,low", "start <= end"], &rows);
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    // where the first of the columns in the table is
    assert_eq!(names[0..2], ["start", "end - start"]);
    assert!(names.contains(&"zip, low") && names.len() == 7);
    assert_eq!(rules.restore(rules.apply(rows.view()).view()), rows);
}

/// An order and a sum are linear maps with determinant 1: one Gaussian of the differences is one Gaussian of the columns.
#[test]
fn densities_are_those_of_the_columns() {
    let rows = rows(300);
    let one = || Pipeline::params().mixture(GaussianMixture::params(1).reg_covar(0.0));
    let ruled = model(one(), &rows);
    let plain = rows.select(Axis(1), &[0, 1, 2, 3, 4, 5, 7]);
    let unruled = fit(&one(), &plain);
    let of_model = ruled.rules.as_ref().unwrap().apply(rows.view());
    let scores = ruled.pipeline.score_samples(&of_model).unwrap();
    let expected = unruled.score_samples(&plain).unwrap();
    for (score, expected) in scores.iter().zip(&expected) {
        assert_relative_eq!(*score, expected, max_relative = 1e-8);
    }
}

#[test]
fn a_million_rows_break_no_rule() {
    let rows = rows(400);
    let mixture = GaussianMixture::params(3).n_init(1);
    let params = Pipeline::params().shape(ShapeChoice::Auto).standardize(true).mixture(mixture);
    let file = model(params, &rows);
    let rules = file.rules.as_ref().unwrap();
    for (rounding, clipping) in [
        (Rounding::Auto, Clipping::Sign),
        (Rounding::Auto, Clipping::Range),
        (Rounding::None, Clipping::None),
        (Rounding::Decimals(1), Clipping::None),
    ] {
        let units = UserUnits { rounding, clipping, ..UserUnits::default() };
        for block in file.sample_blocks(250_000, 3, true, units) {
            assert_eq!(rules.broken(block.view()).unwrap(), [], "{rounding:?} {clipping:?}");
            if rounding == Rounding::Auto {
                let is_cents = |value: &f64| ((100.0 * value).round() / 100.0 - value).abs() < 1e-9;
                assert!(block.column(6).iter().all(is_cents));
            }
        }
    }
}

#[test]
fn combinations_that_occur_are_sampled_with_their_shares() {
    let mut rows = rows(500);
    // start says what zip is
    let zips: Vec<f64> =
        rows.column(0).iter().map(|start| 1000.0 + (start / 20.0).floor()).collect();
    rows.column_mut(7).assign(&Array1::from(zips));
    let texts = ["zip,start"];
    let (rules, columns) = fitted(&texts, &rows);
    let of_model = rules.apply(rows.view());
    let params = Pipeline::params().categorical([0]).mixture(GaussianMixture::params(2));
    let pipeline = fit(&params, &of_model);
    let file = ModelFile { columns, rules: Some(rules.clone()), ..pipeline.into() };
    let sample = file.sample(20_000, 1, true, UserUnits::default());
    assert_eq!(rules.broken(sample.view()).unwrap(), []);
    let share = |rows: &Array2<f64>| {
        rows.column(7).iter().filter(|&&zip| zip == 1002.0).count() as f64 / rows.nrows() as f64
    };
    assert!((share(&sample) - share(&rows)).abs() < 0.03);
    // one value determines the other
    let given = file.given(&[("start", 41.0.into())]).unwrap();
    let sample = given.sample(10, 1, true, UserUnits::default());
    assert!(sample.column(0).iter().all(|&start| start == 41.0));
    assert!(sample.column(7).iter().all(|&zip| zip == 1002.0));
    let error = file.given(&[("zip", 1002.0.into())]).unwrap_err();
    assert!(error.to_string().contains("with a value of \"zip\", give start as well"), "{error}");
}

#[test]
fn conditionals_obey_the_chain_rule() {
    let rows = rows(300);
    let file = model(Pipeline::params().mixture(GaussianMixture::params(2)), &rows);
    let of_model = |rows: &Array2<f64>| file.rules.as_ref().unwrap().apply(rows.view());
    let row = rows.select(Axis(0), &[7]);
    let given = file.given(&[
        ("end", rows[[7, 1]].into()),
        ("start", rows[[7, 0]].into()),
        ("total", rows[[7, 6]].into()),
        ("food", rows[[7, 5]].into()),
    ]);
    let given = given.unwrap();
    let rest = given.to_file().unwrap();
    assert_eq!(rest.column_names(), ["low", "high - low", "zip"]);
    assert_eq!(rest.table_names(), ["low", "high", "zip"]);
    let known = rest.rules.as_ref().unwrap().apply(row.select(Axis(1), &[2, 3, 7]).view());
    let chained = given.log_density() + rest.pipeline.score_samples(&known).unwrap()[0];
    let whole = file.pipeline.score_samples(&of_model(&row)).unwrap()[0];
    assert_abs_diff_eq!(chained, whole, epsilon = 1e-9);
    let sample = given.sample(50, 2, true, UserUnits::default());
    for (column, name) in [(0, "start"), (1, "end"), (4, "rent"), (5, "food"), (6, "total")] {
        assert!(sample.column(column).iter().all(|&value| value == rows[[7, column]]), "{name}");
    }
}

#[test]
fn given_values_that_contradict_or_do_not_suffice_are_refused() {
    let file = model(Pipeline::params().mixture(GaussianMixture::params(1)), &rows(100));
    for (values, words) in [
        (vec![("end", 50.0)], "with a value of \"end\", give start as well"),
        (vec![("start", 50.0), ("end", 49.0)], "contradict"),
        (vec![("total", 50.0), ("rent", 1.0), ("food", 3.0)], "contradict"),
        (vec![("total", 900.0)], "give rent, food as well"),
    ] {
        let values: Vec<_> = values.into_iter().map(|(name, value)| (name, value.into())).collect();
        let error = file.given(&values).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let error = file.given(&[("high", "1..2".into())]).unwrap_err().to_string();
    assert!(error.contains("a range of \"high\" cannot be given"), "{error}");
    assert!(file.given(&[("low", "1..2".into())]).unwrap().range().is_some());
}

#[test]
fn imputed_rows_keep_their_values_and_the_rules() {
    let complete = rows(300);
    let file = model(Pipeline::params().mixture(GaussianMixture::params(2)), &complete);
    let rules = file.rules.as_ref().unwrap();
    let rng = &mut ChaCha8Rng::seed_from_u64(8);
    let holes = complete.mapv(|value| if rng.gen_bool(0.4) { f64::NAN } else { value });
    let expected = file.impute(holes.view(), UserUnits::default()).unwrap().rows;
    let draws = file.impute_draws_from(0, holes.view(), 0..2, (1, true, UserUnits::default()));
    for filled in draws.unwrap().iter().chain([&expected]) {
        assert!(filled.iter().all(|value| value.is_finite()));
        assert_eq!(rules.broken(filled.view()).unwrap(), []);
        let kept = holes.iter().zip(filled).all(|(hole, value)| hole.is_nan() || hole == value);
        assert!(kept);
    }
    // what a sum determines is exact
    for (row, (holes, filled)) in holes.rows().into_iter().zip(expected.rows()).enumerate() {
        if [4, 5, 6].iter().filter(|&&column| holes[column].is_nan()).count() == 1 {
            assert_abs_diff_eq!(filled[4], complete[[row, 4]], epsilon = 1e-9);
            assert_abs_diff_eq!(filled[6], complete[[row, 6]], epsilon = 1e-9);
        }
    }
}

#[test]
fn model_files_carry_rules() {
    let rows = rows(200);
    let (rules, columns) = fitted(&["start <= end", "rent,zip", "total = 2*food - 0.5"], &{
        let mut rows = rows.clone();
        let total = rows.column(5).mapv(|food| 2.0 * food - 0.5);
        rows.column_mut(6).assign(&total);
        let rents = rows.column(4).mapv(|rent| (rent / 100.0).round());
        rows.column_mut(4).assign(&rents);
        rows
    });
    let n_levels = columns[4].kind.levels().unwrap().n_levels();
    assert!(n_levels > 5);
    let cell = |(row, column): (usize, usize)| match column {
        4 => (row % n_levels) as f64,
        _ => ((row * (column + 3)) % 17) as f64,
    };
    let mixture = GaussianMixture::params(1)
        .fit_with_report(&Array2::from_shape_fn((50, columns.len()), cell));
    let file = ModelFile { columns, rules: Some(rules), ..ModelFile::from(mixture.unwrap().0) };
    let folder = tempfile::tempdir().unwrap();
    for name in ["m.npz", "m.json"] {
        let path = folder.path().join(name);
        file.save(&path).unwrap();
        assert_eq!(ModelFile::load(&path).unwrap(), file);
    }
    // an earlier version would take rows of the table for rows of the model
    let text = std::fs::read_to_string(folder.path().join("m.json")).unwrap();
    assert!(text.contains("\"version\":[4]"), "{}", &text[..200]);
    let error = file.save_for_sklearn(&folder.path().join("s.npz")).unwrap_err();
    assert!(error.to_string().contains("rules"), "{error}");
    let broken = text.replacen("start <= end", "start <= nowhere", 1);
    std::fs::write(folder.path().join("bad.json"), broken).unwrap();
    let error = ModelFile::load(&folder.path().join("bad.json")).unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[test]
fn models_of_some_columns_keep_the_rules_of_these() {
    let file = model(Pipeline::params().mixture(GaussianMixture::params(1)), &rows(100));
    let kept = file.keep(&["start", "end", "rent", "zip"]).unwrap();
    assert_eq!(kept.table_names(), ["start", "end", "rent", "zip"]);
    assert_eq!(kept.rules.unwrap().rules(), rules(&["start <= end"]));
    let kept = file.keep(&["rent", "start"]).unwrap();
    assert_eq!((kept.column_names(), kept.rules), (vec!["start".into(), "rent".into()], None));
    let error = file.keep(&["end", "rent"]).unwrap_err();
    assert!(error.to_string().contains("\"end\" cannot be kept without start"), "{error}");
    let error = file.keep(&["total", "food"]).unwrap_err();
    assert!(error.to_string().contains("\"total\" cannot be kept without rent"), "{error}");
}

#[test]
fn rows_in_a_file_have_the_same_rules_and_models() {
    let rows = rows(3000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    let lines = rows
        .rows()
        .into_iter()
        .map(|row| row.iter().map(f64::to_string).collect::<Vec<_>>().join(","));
    let lines: Vec<String> = std::iter::once(NAMES.join(",")).chain(lines).collect();
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    let reader = || TableReader::new().kinds(KindChoice::detect());
    let table = reader().open(&path).unwrap();
    let in_memory = fitted(&RULES[..3], &rows);
    let (rules, columns) =
        Rules::fit(in_memory.0.rules().to_vec(), table.columns(), &table).unwrap();
    assert_eq!((&rules, &columns), (&in_memory.0, &in_memory.1));
    let params =
        || Pipeline::params().standardize(true).mixture(GaussianMixture::params(2).n_init(2));
    let streamed = fit(&params(), &RuledRows { rows: table, rules: rules.clone() });
    let whole = fit(&params(), &RuledRows { rows: rows.clone(), rules: rules.clone() });
    let of_model = rules.apply(rows.view());
    let [a, b] = [streamed, whole].map(|model| model.score(&of_model).unwrap());
    assert_relative_eq!(a, b, max_relative = 1e-9);
    // pieces of the table are encoded as rows of the model
    let sheet: Sheet = reader().read(&path).unwrap();
    let file = model(params(), &rows);
    assert_eq!(file.encode(&path, &sheet).unwrap(), of_model);
}

#[test]
fn rules_that_do_not_hold_or_fit_are_refused() {
    let mut rows = rows(50);
    rows[[20, 1]] = rows[[20, 0]] - 1.0;
    rows[[30, 1]] = rows[[30, 0]] - 2.0;
    rows[[31, 1]] = f64::NAN;
    let columns = Column::all(rows.view(), &names());
    let fit = |texts: &[&str]| Rules::fit(rules(texts), &columns, &rows).map(drop);
    let error = fit(&["total = rent + 2*food - 1", "start <= end"]).unwrap_err();
    assert!(matches!(error, Error::BrokenRule { n_rows: 2, row: 20, .. }), "{error}");
    assert!(error.to_string().contains("first in row 21 (counted from 1), where start is"));
    for (texts, words) in [
        (vec!["start <= low", "low <= start"], "would follow from itself"),
        (vec!["total = rent + food", "total = low"], "in another rule that determines it"),
        (vec!["zip,low", "low <= high"], "in another rule that determines it"),
        (vec!["zip,low", "low,high"], "in another rule that determines it"),
        (vec!["start <= start"], "in it twice"),
    ] {
        let error = fit(&texts).unwrap_err().to_string();
        assert!(error.contains(words), "{texts:?}: {error}");
    }
    let many = Array2::from_shape_fn((2000, 8), |(row, _)| row as f64);
    let columns = Column::all(many.view(), &names());
    let error = Rules::fit(rules(&["zip,low"]), &columns, &many).unwrap_err();
    assert!(error.to_string().contains("more than 1000 combinations"), "{error}");
}

#[test]
fn several_bounds_of_a_column_are_one_difference() {
    let base = rows(100);
    let mut rows = base.clone();
    let tops = base.rows().into_iter().map(|row| row[0].max(row[2]) + row[7] / 1000.0);
    rows.column_mut(6).assign(&tops.collect::<Array1<f64>>());
    let (rules, columns) = fitted(&["start <= total", "low <= total", "total <= zip"], &{
        let zips: Array1<f64> = rows.column(6).mapv(|top| top + 3.0);
        rows.column_mut(7).assign(&zips);
        rows.clone()
    });
    assert_eq!(columns[6].name, "total - max(start, low)");
    assert_eq!(columns[7].name, "zip - total");
    assert_abs_diff_eq!(rules.restore(rules.apply(rows.view()).view()), rows, epsilon = 1e-12);
}

#[test]
fn rules_of_tables_are_found() {
    let rows = rows(400);
    let text = |rows: &Array2<f64>| {
        let columns = Column::all(rows.view(), &names());
        let found = Rule::find(rows, &columns).unwrap();
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(text(&rows), [RULES[2], "start <= end", "low <= high"]);
    let mut sums = rows.clone();
    // a total before its parts, and a total of all decimals and one of one
    let totals = &rows.column(4) + &rows.column(5) + rows.column(6);
    sums.column_mut(2).assign(&totals);
    let fahrenheit = rows.column(4).mapv(|celsius| 1.8 * celsius + 32.0);
    sums.column_mut(3).assign(&fahrenheit);
    sums.column_mut(6).assign(&rows.column(2));
    let middle = |(a, b): (&f64, &f64)| ((a + 1.08 * b) * 5.0).round() / 10.0;
    let middles = rows.column(4).into_iter().zip(rows.column(5)).map(middle);
    sums.column_mut(7).assign(&middles.collect::<Array1<f64>>());
    let found = text(&sums);
    assert!(
        found.contains(&"rent = 0.555556*high - 17.7778".to_owned())
            || found.contains(&"high = 1.8*rent + 32".to_owned()),
        "{found:?}"
    );
    assert!(found.contains(&"zip = 0.5*rent + 0.54*food".to_owned()), "{found:?}");
    // one row breaks a rule
    sums[[200, 7]] += 0.2;
    assert!(!text(&sums).iter().any(|rule| rule.starts_with("zip =")));
    // two values are no sum of anything, though rounded
    let flags = rows.column(0).mapv(|start| f64::from(u8::from(start > 40.0)));
    sums.column_mut(7).assign(&flags);
    assert!(!text(&sums).iter().any(|rule| rule.starts_with("zip =")));
    // percentages drawn anew would not stay above 0
    let mut shares = rows.clone();
    let others = rows.column(4).mapv(|rent| 5000.0 - rent);
    shares.column_mut(6).assign(&others);
    assert!(!text(&shares).iter().any(|rule| rule.contains('=') && !rule.contains("<=")));
    // indicators of levels are combinations that occur
    let mut indicators = rows.clone();
    for (column, level) in [(4, 0.0), (5, 1.0), (6, 2.0)] {
        let is_level = rows.column(0).mapv(|start| f64::from(u8::from(start % 3.0 == level)));
        indicators.column_mut(column).assign(&is_level);
    }
    assert!(text(&indicators).contains(&"rent,food,total".to_owned()), "{:?}", text(&indicators));
    // a number for each code
    let codes = rows.column(0).mapv(|start| (start * 7.0) % 10.0);
    sums.column_mut(6).assign(&codes);
    sums.column_mut(7).assign(&codes.mapv(|code| (code * 3.7) % 3.0));
    assert!(text(&sums).contains(&"total,zip".to_owned()), "{:?}", text(&sums));
    // ranges of a number do not make it a code
    sums.column_mut(7).assign(&codes.mapv(|code| (code / 3.0).floor()));
    assert!(!text(&sums).iter().any(|rule| rule.contains(',')));
    // independent columns have none
    let rng = &mut ChaCha8Rng::seed_from_u64(2);
    let noise = Array2::from_shape_simple_fn((300, 8), || rng.sample::<f64, _>(StandardNormal));
    assert_eq!(text(&noise), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rows_are_restored((n, seed) in (1_usize..30).prop_flat_map(|n| (Just(n), 0_u64..1000))) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let mut rows = Array2::from_shape_simple_fn((n, 8), || rng.sample::<f64, _>(StandardNormal));
        for mut row in rows.rows_mut() {
            row[1] = row[0].max(row[2]) + row[1].abs();
            row[3] = row[1] + row[3].abs();
            row[6] = 0.5 * row[4] - 3.0 * row[1] + 2.0;
        }
        let texts = ["start <= end", "low <= end", "end <= high", "total = 0.5*rent - 3*end + 2", "food,zip"];
        let (rules, _) = fitted(&texts, &rows);
        let restored = rules.restore(rules.apply(rows.view()).view());
        for (value, restored) in rows.iter().zip(&restored) {
            assert!((value - restored).abs() <= 1e-12 * (1.0 + value.abs()), "{value} {restored}");
        }
        assert_eq!(rules.broken(restored.view()).unwrap(), []);
    }
}
