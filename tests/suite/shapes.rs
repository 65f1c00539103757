//! Shapes, spikes and levels of columns: the density stays one density in the units of the data.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use mixlab::{
    Clipping, Column, ColumnLayout, Error, NormalScores, Preprocessor, Shape, ShapeChoice,
    UserUnits, prelude::*,
};
use ndarray::array;

const NAN: f64 = f64::NAN;

/// Uniform and standard normal numbers.
struct Numbers(u64);

impl Numbers {
    fn uniform(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// A column of `n` values.
fn column(n: usize, mut value: impl FnMut(&mut Numbers) -> f64) -> Array2<f64> {
    let numbers = &mut Numbers(7);
    Array2::from_shape_simple_fn((n, 1), || value(numbers))
}

fn one_gaussian() -> mixlab::GmmParams {
    GaussianMixture::params(1).reg_covar(0.0)
}

/// scipy 1.17.1: the sum of `stats.lognorm.logpdf(x, *stats.lognorm.fit(x, floc=0))`; that of the normal density of the logit
/// with the derivative `1 / (u (1 - u))`; and of `stats.norm.logpdf(z, z.mean(), z.std())` with that of `z = stats.yeojohnson(y, 0.7)`.
#[test]
fn log_likelihoods_are_those_of_scipy() {
    let x = array![0.35, 0.8, 1.1, 1.9, 2.4, 3.3, 5.2, 8.9, 14.0, 41.0];
    let u = array![0.02, 0.11, 0.2, 0.34, 0.5, 0.57, 0.71, 0.83, 0.9, 0.985];
    let y = array![-9.0, -2.2, -0.7, -0.1, 0.4, 1.2, 2.5, 4.4, 9.1, 30.0];
    for (values, shape, expected) in [
        (x, Shape::log(0.0, 1e-9).unwrap(), -28.926_151_821_3),
        (u, Shape::logit(0.0, 1.0, 1e-9).unwrap(), 0.557_744_027_494_244_7),
        (y, Shape::yeo_johnson(0.7, 0.0, 1.0).unwrap(), -35.143_819_821_571_68),
    ] {
        let rows = DatasetBase::from(values.insert_axis(Axis(1)));
        let preprocessor = Preprocessor::new(None, None).unwrap();
        let preprocessor = preprocessor.with_shapes(vec![shape]).unwrap();
        let shaped = preprocessor.try_transform(rows.records.view()).unwrap();
        let mixture = one_gaussian().fit(&DatasetBase::from(shaped)).unwrap();
        let model = Pipeline::new(preprocessor, mixture).unwrap();
        let found = model.score_samples(&rows).unwrap().sum();
        assert_relative_eq!(found, expected, max_relative = 1e-10);
        assert_relative_eq!(
            model.criteria(&rows).unwrap().log_likelihood,
            expected,
            max_relative = 1e-10
        );
    }
}

/// `∫ f(x) dx` of a column by Simpson's rule, in the variable of the shape.
fn integral(model: &Pipeline, shape: &Shape, (low, high): (f64, f64)) -> f64 {
    let n = 40_000;
    let step = (high - low) / n as f64;
    let z: Array1<f64> = (0..=n).map(|at| low + step * at as f64).collect();
    let x = z.mapv(|z| shape.inverse(z)).insert_axis(Axis(1));
    let scores = model.score_samples(&x).unwrap();
    let weight = |at: usize| match at {
        0 => 1.0,
        at if at == n => 1.0,
        at if at % 2 == 1 => 4.0,
        _ => 2.0,
    };
    let terms = scores.iter().zip(&x).enumerate();
    // dx = dz / z'(x)
    let terms = terms.map(|(at, (score, &x))| weight(at) * (score - shape.ln_derivative(x)).exp());
    terms.sum::<f64>() * step / 3.0
}

#[test]
fn the_density_of_every_shape_integrates_to_one() {
    let rows = column(600, |numbers| (0.8 * numbers.normal()).exp() / 40.0);
    for choice in [
        ShapeChoice::Log,
        ShapeChoice::Logit,
        ShapeChoice::YeoJohnson,
        ShapeChoice::Scores,
        ShapeChoice::None,
    ] {
        let mixture = GaussianMixture::params(2);
        let params = Pipeline::params().shape(choice).standardize(true).mixture(mixture);
        let model = params.fit(&DatasetBase::from(rows.clone())).unwrap();
        let shape = model.shape_of(0).cloned().unwrap_or_default();
        let (mean, deviation) = {
            let z = rows.mapv(|x| shape.apply(x));
            (z.mean().unwrap(), z.std(0.0))
        };
        let found = integral(&model, &shape, (mean - 12.0 * deviation, mean + 12.0 * deviation));
        assert_abs_diff_eq!(found, 1.0, epsilon = 1e-6);
    }
}

/// A column of two numbers with a spike at 0 and missing values, a category of three numbers, and another number.
fn mixed_rows(n: usize) -> Array2<f64> {
    let numbers = &mut Numbers(3);
    let mut rows = Array2::zeros((n, 3));
    for mut row in rows.rows_mut() {
        let group = if numbers.uniform() < 0.5 { 1.0 } else { 0.0 };
        let rain = (0.5 + group + 0.6 * numbers.normal()).exp();
        row[0] = match numbers.uniform() {
            u if u < 0.3 => 0.0,
            u if u < 0.4 => NAN,
            _ => rain,
        };
        row[1] = [1.0, 2.5, 7.0][((numbers.uniform() + group) * 1.4) as usize];
        row[2] = 10.0 + 3.0 * group + numbers.normal();
    }
    rows
}

/// A model of such rows whose columns have known shapes.
fn mixed_model() -> Pipeline {
    let layout = ColumnLayout::new(3, vec![1], vec![0]).unwrap();
    let layout = layout.with_levels(1, vec![1.0, 2.5, 7.0]).unwrap();
    let layout = layout.with_spikes(0, vec![0.0], true).unwrap();
    let shapes = vec![Shape::log(0.0, 1e-9).unwrap(), Shape::identity()];
    let preprocessor = Preprocessor::new(None, None).unwrap().with_layout(layout).unwrap();
    let preprocessor = preprocessor.with_shapes(shapes).unwrap();
    let rows = mixed_rows(600);
    let reduced = preprocessor.try_transform(rows.view()).unwrap();
    let columns = preprocessor.layout().unwrap().clone();
    assert_eq!((columns.numbers(), columns.indicators()), (&[0, 2][..], &[0][..]));
    let mixture = GaussianMixture::params(2).categorical([2, 3]).seed(1);
    let mixture = mixture.fit(&DatasetBase::from(reduced)).unwrap();
    Pipeline::new(preprocessor, mixture).unwrap()
}

#[test]
fn the_density_of_numbers_spikes_levels_and_missing_values_sums_to_one() {
    let model = mixed_model();
    let n = 160;
    let (z_low, z_high, low, high) = (-4.0, 6.0, 3.0, 20.0);
    let (dz, dx) = ((z_high - z_low) / n as f64, (high - low) / n as f64);
    let first = |at: usize| (z_low + dz * (at as f64 + 0.5)).exp();
    let last = |at: usize| low + dx * (at as f64 + 0.5);
    let mut total = 0.0;
    for level in [1.0, 2.5, 7.0] {
        // by the midpoint rule, which is exact to rounding for such densities
        let grid = Array2::from_shape_fn((n * n, 3), |(row, at)| {
            [first(row / n), level, last(row % n)][at]
        });
        let scores = model.score_samples(&grid).unwrap();
        let area = grid.column(0).mapv(|x| x * dz * dx);
        total += scores.mapv(f64::exp).dot(&area);
        // a spike or a missing value has a probability instead of a density
        for value in [0.0, NAN] {
            let line = Array2::from_shape_fn((n, 3), |(row, at)| [value, level, last(row)][at]);
            total += model.score_samples(&line).unwrap().mapv(f64::exp).sum() * dx;
        }
    }
    assert_abs_diff_eq!(total, 1.0, epsilon = 1e-6);
}

/// The density of a row is that of some values times that of the others given these.
#[test]
fn given_values_and_spikes_obey_the_chain_rule() {
    let model = mixed_model();
    let rows = array![[0.0, 2.5, 11.0], [3.0, 7.0, 14.0], [12.0, 1.0, 9.0]];
    for row in rows.rows() {
        let joint = model.score_samples(&row.insert_axis(Axis(0)).to_owned()).unwrap()[0];
        for given in [vec![0], vec![1], vec![2], vec![0, 1], vec![0, 2]] {
            let values: Vec<(usize, f64)> = given.iter().map(|&at| (at, row[at])).collect();
            let (others, density) = model.given_with_density(&values).unwrap();
            let kept: Vec<usize> = (0..3).filter(|at| !given.contains(at)).collect();
            let rest = row.select(Axis(0), &kept).insert_axis(Axis(0));
            let product = density + others.score_samples(&rest).unwrap()[0];
            assert_abs_diff_eq!(joint, product, epsilon = 1e-10);
            let marginal = model.keep(&given).unwrap();
            let alone = row.select(Axis(0), &given).insert_axis(Axis(0));
            let alone = marginal.score_samples(&alone).unwrap()[0];
            assert_abs_diff_eq!(alone, density, epsilon = 1e-10);
        }
    }
    let error = model.given(&[(1, 3.0)]).unwrap_err();
    assert!(matches!(error, Error::UnknownLevel { column: 1, value: 3.0, .. }), "{error}");
}

#[test]
fn samples_have_the_shares_of_spikes_levels_and_missing_values() {
    let (model, rows) = (mixed_model(), mixed_rows(600));
    let n = 200_000;
    let (sample, _) = model.sample(n, 5);
    let share = |rows: &Array2<f64>, column: usize, is: &dyn Fn(f64) -> bool| {
        rows.column(column).iter().filter(|&&value| is(value)).count() as f64 / rows.nrows() as f64
    };
    let cases: [(usize, &dyn Fn(f64) -> bool); 4] =
        [(0, &|x| x == 0.0), (0, &|x| x.is_nan()), (1, &|x| x == 2.5), (1, &|x| x == 7.0)];
    for (column, is) in cases {
        assert_abs_diff_eq!(share(&sample, column, is), share(&rows, column, is), epsilon = 0.005);
    }
    assert!(sample.column(1).iter().all(|value| [1.0, 2.5, 7.0].contains(value)));
    assert!(sample.column(0).iter().all(|&value| value.is_nan() || value >= 0.0));
    let (complete, _) = model.sample_blocks(n, 5, true).complete(true).whole();
    assert!(complete.iter().all(|value| value.is_finite()));
    // the median of the numbers is that of the data
    let median = |rows: &Array2<f64>| {
        let mut values: Vec<f64> =
            rows.column(0).iter().copied().filter(|&value| value > 0.0).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    assert_relative_eq!(median(&sample), median(&rows), max_relative = 0.1);
}

#[test]
fn imputed_values_are_the_means_of_draws() {
    let model = mixed_model();
    let rows = array![[NAN, 2.5, 11.0], [NAN, 7.0, NAN], [0.0, NAN, 14.0]];
    let filled = model.impute(rows.view()).unwrap();
    let n = 20_000;
    let draws = model.impute_draws(rows.view(), n, 3).unwrap();
    for (row, column) in [(0, 0), (1, 0), (1, 2)] {
        let values: Array1<f64> = draws.iter().map(|draw| draw[[row, column]]).collect();
        let error = values.std(0.0) / (n as f64).sqrt();
        let (mean, deviation) = (values.mean().unwrap(), values.std(0.0));
        assert!((filled.rows[[row, column]] - mean).abs() < 5.0 * error, "{row} {column}");
        assert_relative_eq!(filled.deviations[[row, column]], deviation, max_relative = 0.1);
    }
    // a spike stays, and a category gets one of its values
    assert_eq!(filled.rows[[2, 0]], 0.0);
    assert!(filled.deviations[[2, 0]].is_nan());
    assert!([1.0, 2.5, 7.0].contains(&filled.rows[[2, 1]]));
    assert!(draws.iter().any(|draw| draw[[0, 0]] == 0.0));
}

#[test]
fn means_are_those_of_samples() {
    let model = mixed_model();
    let (sample, labels) = model.sample(400_000, 9);
    let (means, deviations) = (model.means(), model.standard_deviations());
    for component in 0..2 {
        let values: Array1<f64> = (0..sample.nrows())
            .filter(|&row| labels[row] == component && sample[[row, 0]] > 0.0)
            .map(|row| sample[[row, 0]])
            .collect();
        assert_relative_eq!(means[[component, 0]], values.mean().unwrap(), max_relative = 0.02);
        assert_relative_eq!(deviations[[component, 0]], values.std(0.0), max_relative = 0.05);
    }
}

#[test]
fn shapes_are_chosen_by_the_values() {
    let chosen = |rows: Array2<f64>| {
        let params = Pipeline::params().shape(ShapeChoice::Auto);
        params.fit_preprocessor(&DatasetBase::from(rows)).unwrap()
    };
    let shape = |preprocessor: &Preprocessor| match preprocessor.shapes() {
        Some(shapes) => shapes.as_slice()[0].name(),
        None => "none",
    };
    let normal = chosen(column(2000, |numbers| 50.0 + 4.0 * numbers.normal()));
    assert!(normal.is_identity());
    // whole numbers, whose intervals have probabilities
    let rounded = chosen(column(2000, |numbers| (50.0 + 4.0 * numbers.normal()).round()));
    assert!(rounded.is_identity(), "{rounded:?}");
    let incomes = chosen(column(2000, |numbers| (3.0 + 0.8 * numbers.normal()).exp()));
    assert_eq!(shape(&incomes), "log");
    let shares = chosen(column(2000, |numbers| {
        let z = -1.0 + 1.6 * numbers.normal();
        z.exp() / (1.0 + z.exp())
    }));
    assert_eq!(shape(&shares), "logit");
    // nearly uniform: a plateau, which no other shape has
    let plateau = chosen(column(2000, |numbers| numbers.uniform().powi(3) + 1e3));
    assert!(["scores", "logit"].contains(&shape(&plateau)));
    let ratings = chosen(column(500, |numbers| (numbers.uniform() * 5.0).floor()));
    assert_eq!(ratings.layout().unwrap().levels(0), Some(&[0.0, 1.0, 2.0, 3.0, 4.0][..]));
    let rain = chosen(column(900, |numbers| {
        if numbers.uniform() < 0.4 { 0.0 } else { (0.7 * numbers.normal()).exp() }
    }));
    assert_eq!(rain.layout().unwrap().spikes(0), [0.0]);
    assert_eq!(shape(&rain), "log");
    // counts, of which 0 is much too frequent for their distribution
    let visits = chosen(column(3000, |numbers| {
        if numbers.uniform() < 0.5 { 0.0 } else { (2.0 + 0.6 * numbers.normal()).exp().round() }
    }));
    assert_eq!(visits.layout().unwrap().spikes(0), [0.0]);
}

#[test]
fn requested_shapes_are_checked() {
    let rows = DatasetBase::from(array![[1.0, 5.0], [2.0, 5.0], [4.0, 5.0], [9.0, 5.0]]);
    let params = Pipeline::params().shape_of(0, ShapeChoice::Log);
    assert_eq!(params.fit_preprocessor(&rows).unwrap().shapes().unwrap().as_slice().len(), 2);
    for (column, choice) in [(1, ShapeChoice::Log), (2, ShapeChoice::Log), (1, ShapeChoice::Scores)]
    {
        let error = Pipeline::params().shape_of(column, choice).fit_preprocessor(&rows);
        assert!(matches!(error, Err(Error::ColumnShape { .. })), "{choice}");
    }
    let params = Pipeline::params().shape_of(0, ShapeChoice::Levels).pca(Pca::params(1));
    assert!(params.fit_preprocessor(&rows).is_err());
    let error = Pipeline::params().categorical([1]).shape_of(1, ShapeChoice::Log);
    assert!(error.fit_preprocessor(&rows).is_err());
}

#[test]
fn levels_with_further_values_in_other_rows_stay_numbers() {
    // more rows than shapes are chosen on, and one value that few of them have
    let mut rows = column(20_000, |numbers| (numbers.uniform() * 3.0).floor());
    rows[[19_999, 0]] = 77.5;
    let params = Pipeline::params().shape(ShapeChoice::Auto);
    let preprocessor = params.fit_preprocessor(&DatasetBase::from(rows.clone())).unwrap();
    assert!(preprocessor.layout().is_none_or(|layout| layout.levels(0).is_none()));
    rows[[19_999, 0]] = 2.0;
    let preprocessor = params.fit_preprocessor(&DatasetBase::from(rows)).unwrap();
    assert_eq!(preprocessor.layout().unwrap().levels(0), Some(&[0.0, 1.0, 2.0][..]));
}

#[test]
fn extreme_values_have_finite_densities() {
    let rows = column(500, |numbers| (0.5 * numbers.normal()).exp());
    for choice in
        [ShapeChoice::Log, ShapeChoice::Logit, ShapeChoice::YeoJohnson, ShapeChoice::Scores]
    {
        let params = Pipeline::params().shape(choice);
        let model = params.fit(&DatasetBase::from(rows.clone())).unwrap();
        let extreme = array![[0.0], [-1.0], [1e-300], [1e6], [-1e6], [NAN]];
        let scores = model.score_samples(&extreme).unwrap();
        assert!(scores.iter().all(|score| score.is_finite()), "{choice}: {scores}");
        assert!(scores[3] < scores[5], "{choice}");
    }
}

#[test]
fn samples_stay_within_bounds_and_sets_of_values() {
    let rows = {
        let numbers = &mut Numbers(11);
        let mut rows = Array2::zeros((1500, 3));
        for mut row in rows.rows_mut() {
            let z = numbers.normal();
            row[0] = (2.0 + 1.2 * z).exp();
            row[1] = 1.0 / (1.0 + (1.5 * z + numbers.normal()).exp());
            row[2] = [0.0, 5.0, 20.0, 100.0][(numbers.uniform() * 4.0) as usize];
        }
        rows
    };
    let params = Pipeline::params()
        .shape(ShapeChoice::Auto)
        .shape_of(0, ShapeChoice::Log)
        .shape_of(1, ShapeChoice::Logit)
        .mixture(GaussianMixture::params(3));
    let model = params.fit(&DatasetBase::from(rows.clone())).unwrap();
    for (block, _) in model.sample_blocks(1_000_000, 4, true) {
        assert!(block.column(0).iter().all(|&x| x > 0.0 && x.is_finite()));
        assert!(block.column(1).iter().all(|&x| x > 0.0 && x < 1.0));
        assert!(block.column(2).iter().all(|x| [0.0, 5.0, 20.0, 100.0].contains(x)));
    }
    // in the user's units as well
    let columns = Column::all(rows.view(), &["a", "b", "c"].map(String::from));
    let file = ModelFile { columns, ..model.into() };
    let units = UserUnits { clipping: Clipping::None, ..UserUnits::default() };
    let sample = file.sample(10_000, 1, true, units);
    assert!(sample.column(2).iter().all(|x| [0.0, 5.0, 20.0, 100.0].contains(x)));
}

#[test]
fn a_pca_takes_shaped_numbers() {
    let numbers = &mut Numbers(5);
    let rows = Array2::from_shape_fn((400, 4), |_| numbers.normal());
    let mixing = array![[1.0, 0.4, 0.1, 0.3], [0.0, 0.5, 0.7, -0.2]];
    let rows = (rows.slice(s![.., ..2]).dot(&mixing) + rows * 0.1).mapv(f64::exp);
    let data = DatasetBase::from(rows.clone());
    let params = Pipeline::params().shape(ShapeChoice::Log).standardize(true);
    let params = params.pca(Pca::params(2).whiten(true)).mixture(GaussianMixture::params(2));
    let model = params.fit(&data).unwrap();
    // the same model of the logarithms
    let logs = DatasetBase::from(rows.mapv(f64::ln));
    let params = Pipeline::params().standardize(true).pca(Pca::params(2).whiten(true));
    let of_logs = params.mixture(GaussianMixture::params(2)).fit(&logs).unwrap();
    let expected = of_logs.score_samples(&logs).unwrap() - rows.mapv(f64::ln).sum_axis(Axis(1));
    assert_abs_diff_eq!(model.score_samples(&data).unwrap(), expected, epsilon = 1e-9);
    let (sample, _) = model.sample(1000, 1);
    assert_abs_diff_eq!(sample.mapv(f64::ln), of_logs.sample(1000, 1).0, epsilon = 1e-9);
    let filled = model.impute(array![[1.5, NAN, 0.8, 2.0]].view()).unwrap();
    let draws = model.impute_draws(array![[1.5, NAN, 0.8, 2.0]].view(), 20_000, 1).unwrap();
    let mean = draws.iter().map(|draw| draw[[0, 1]]).sum::<f64>() / 20_000.0;
    assert_relative_eq!(filled.rows[[0, 1]], mean, max_relative = 0.01);
}

#[test]
fn deviations_are_those_of_shaped_values() {
    let model = mixed_model();
    let rows = array![[4.0, 2.5, 11.0], [0.0, 2.5, 11.0], [4000.0, 2.5, 11.0]];
    let deviations = model.deviations(rows.view()).unwrap();
    assert!(deviations[[0, 0]].abs() < 3.0 && deviations[[2, 0]] > 5.0);
    // a spike has no deviation
    assert!(deviations[[1, 0]].is_nan() && deviations[[1, 2]].is_finite());
}

#[test]
fn marginals_of_shaped_columns_and_ranges_are_refused() {
    let model = mixed_model();
    assert!(model.marginal(&[2]).is_ok());
    assert!(matches!(model.marginal(&[0]), Err(Error::InvalidParam { .. })));
    assert!(matches!(model.given_range(2, 1.0, 2.0), Err(Error::InvalidParam { .. })));
    assert!(model.keep(&[0]).is_ok());
}

#[test]
fn model_files_keep_shapes() {
    let folder = tempfile::tempdir().unwrap();
    let model = mixed_model();
    let rows = mixed_rows(50);
    let scores = NormalScores::new(vec![0.1, 1.0, 9.0, 20.0], vec![-2.0, 0.0, 1.5, 2.0]).unwrap();
    let of_scores = Preprocessor::new(None, None).unwrap();
    let shapes = vec![Shape::scores(scores), Shape::yeo_johnson(0.3, 1.0, 2.0).unwrap()];
    let of_scores = of_scores.with_shapes(shapes).unwrap();
    let mixture = GaussianMixture::new(
        array![1.0],
        array![[0.0, 1.0]],
        CovarianceType::Diag,
        array![[1.0, 2.0]].into_dyn(),
    );
    let of_scores = Pipeline::new(of_scores, mixture.unwrap()).unwrap();
    for (pipeline, rows) in [(model, rows), (of_scores, array![[3.0, 4.0], [-7.0, 0.5]])] {
        let file = ModelFile::from(pipeline);
        for name in ["model.npz", "model.json"] {
            let path = folder.path().join(name);
            file.save(&path).unwrap();
            let loaded = ModelFile::load(&path).unwrap();
            assert_eq!(loaded.pipeline, file.pipeline, "{name}");
            let score = |file: &ModelFile| file.pipeline.score_samples(&rows).unwrap();
            assert_eq!(score(&loaded), score(&file));
        }
    }
}
