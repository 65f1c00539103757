//! Forty problems: every family, initialisation and kind of fit.

use mixlab::prelude::*;
use mixlab::table::{TableReader, write_table};
use mixlab::{FitReport, SelectionParams};

/// The outcome of a problem.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    pub name: String,
    /// Results that must be equal on every processor: chosen models, iterations, the best restart.
    pub choices: Vec<usize>,
    /// Results that may differ by rounding: parameters and log-likelihoods.
    pub numbers: Vec<f64>,
}

impl Outcome {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    fn model(mut self, model: &GaussianMixture) -> Self {
        self.choices.push(model.n_components());
        let family = CovarianceType::ALL.iter().position(|&one| one == model.covariance_type());
        self.choices.push(family.unwrap());
        self.numbers.extend(model.weights());
        self.numbers.extend(model.means());
        (0..model.n_components()).for_each(|k| self.numbers.extend(model.covariance(k)));
        self
    }

    fn report(mut self, report: &FitReport) -> Self {
        self.choices.push(report.best);
        for restart in &report.restarts {
            self.choices.extend([restart.n_iter(), restart.n_passes]);
            self.numbers.extend(restart.log_likelihood());
        }
        self
    }

    fn search(mut self, search: &Selection) -> Self {
        self.choices.push(search.best_index());
        for cell in search.cells() {
            let Ok(fit) = &cell.outcome else { continue };
            self = self.report(&fit.report);
            self.numbers.extend([fit.criteria.bic, fit.criteria.icl]);
        }
        self.model(search.best_model())
    }

    fn pipeline(mut self, pipeline: &Pipeline, data: &Array2<f64>) -> Self {
        self.numbers.push(pipeline.criteria(data).unwrap().bic);
        self.choices.push(pipeline.n_features());
        let rows = pipeline.score_samples(&data.slice(s![..20, ..]).to_owned()).unwrap();
        self.numbers.extend(rows);
        self.model(pipeline.mixture())
    }
}

fn moons() -> Array2<f64> {
    datasets::moons().records
}

fn blobs() -> Array2<f64> {
    datasets::stretched_blobs().records
}

fn survey() -> Array2<f64> {
    datasets::survey().records
}

/// Rows around four centres in `d` dimensions.
fn clouds(n: usize, d: usize) -> Array2<f64> {
    let centers = Array2::from_shape_fn((4, d), |(k, j)| 2.0 * ((k * 7 + j * 3) % 5) as f64);
    let counts = [n / 2, n / 4, n / 8, n - n / 2 - n / 4 - n / 8];
    datasets::make_blobs(&counts, centers.view(), &[1.0, 1.4, 0.7, 1.2], 5).unwrap().records
}

/// The same rows with sample weights, some of which are 0.
fn weighted(rows: Array2<f64>) -> Dataset<f64, (), ndarray::Ix1> {
    let weights = (0..rows.nrows()).map(|row| (row % 4) as f32 * 0.5);
    let weights = weights.collect::<Array1<f32>>();
    DatasetBase::from(rows).with_weights(weights)
}

fn families_and_starts(outcomes: &mut Vec<Outcome>) {
    let inits = [Init::Auto, Init::KMeans, Init::KMeansPlusPlus, Init::Rows, Init::Random];
    for family in CovarianceType::ALL {
        for init in &inits {
            let params = GaussianMixture::params(4)
                .like_scikit_learn()
                .covariance_type(family)
                .init(init.clone());
            let (model, report) = params.n_init(4).fit_with_report(&blobs()).unwrap();
            let name = format!("blobs, {family} from {init}");
            outcomes.push(Outcome::new(name).report(&report).model(&model));
        }
    }
}

fn weights_and_acceleration(outcomes: &mut Vec<Outcome>) {
    for family in CovarianceType::ALL {
        let params = GaussianMixture::params(3)
            .like_scikit_learn()
            .covariance_type(family)
            .n_init(2)
            .seed(2);
        let (model, report) = params.fit_with_report(&weighted(survey())).unwrap();
        let name = format!("weighted survey, {family}");
        outcomes.push(Outcome::new(name).report(&report).model(&model));
        let params =
            GaussianMixture::params(5).like_scikit_learn().covariance_type(family).n_init(3);
        let params = params.accelerate(true).tol(1e-7).max_iter(2000);
        let (model, report) = params.fit_with_report(&moons()).unwrap();
        let name = format!("accelerated moons, {family}");
        outcomes.push(Outcome::new(name).report(&report).model(&model));
    }
}

fn pipelines(outcomes: &mut Vec<Outcome>) {
    let digits = datasets::digits().records;
    let some = digits.slice(s![..400, ..]).to_owned();
    let mixture = |k| GaussianMixture::params(k).like_scikit_learn().n_init(2);
    let diag = mixture(3).covariance_type(CovarianceType::Diag);
    let pca = |keep: f64| Pca::params(keep).whiten(true);
    let cases = [
        ("standardised survey", survey(), Pipeline::params().standardize(true).mixture(mixture(4))),
        (
            "survey after a PCA of tall rows",
            survey(),
            Pipeline::params().standardize(true).pca(Pca::params(2)).mixture(mixture(3)),
        ),
        ("digits, whitened", digits, Pipeline::params().pca(pca(0.9)).mixture(mixture(5))),
        (
            "digits by singular values",
            some,
            Pipeline::params().pca(Pca::params(20)).mixture(diag.clone()),
        ),
        ("wide rows", clouds(40, 200), Pipeline::params().pca(pca(0.8)).mixture(diag)),
    ];
    for (name, data, params) in cases {
        let (pipeline, report) = params.fit_with_report(&data).unwrap();
        outcomes.push(Outcome::new(name).report(&report).pipeline(&pipeline, &data));
    }
}

fn streamed(outcomes: &mut Vec<Outcome>) {
    let folder = tempfile::tempdir().unwrap();
    let rows = clouds(40_007, 3);
    let npy = folder.path().join("rows.npy");
    write_table(&npy, rows.view(), &[]).unwrap();
    let table = TableReader::new().open(&npy).unwrap();
    let params = GaussianMixture::params(4).like_scikit_learn().n_init(3);
    let (model, report) = params.fit_with_report(&table).unwrap();
    outcomes.push(Outcome::new("a fit to a file").report(&report).model(&model));
    let (model, report) = params.fit_with_report(&rows).unwrap();
    outcomes.push(Outcome::new("the same in memory").report(&report).model(&model));

    let csv = folder.path().join("rows.csv");
    write_table(&csv, clouds(5000, 4).view(), &[]).unwrap();
    let table = TableReader::new().open(&csv).unwrap();
    let params = Pipeline::params().standardize(true).pca(Pca::params(3).whiten(true));
    let search = search(1..=4).mixture(GaussianMixture::params(1).like_scikit_learn().n_init(2));
    let (pipeline, search) = params.select(&table, &search).unwrap();
    let outcome = Outcome::new("a search after a PCA over a file").search(&search);
    outcomes.push(outcome.pipeline(&pipeline, &clouds(100, 4)));
}

fn search(n_components: impl IntoIterator<Item = usize>) -> SelectionParams {
    Selection::params(n_components).covariance_types(CovarianceType::ALL)
}

fn searches(outcomes: &mut Vec<Outcome>) {
    let params = search(1..=6).mixture(GaussianMixture::params(1).like_scikit_learn().n_init(3));
    let found = Pipeline::params().standardize(true).select(&survey(), &params).unwrap().1;
    outcomes.push(Outcome::new("survey by BIC").search(&found));
    let params = params.criterion(Criterion::Icl);
    let found = Pipeline::params().select(&blobs(), &params).unwrap().1;
    outcomes.push(Outcome::new("blobs by ICL").search(&found));
}

fn others(outcomes: &mut Vec<Outcome>) {
    let first = GaussianMixture::params(3)
        .like_scikit_learn()
        .max_iter(2)
        .fit_with_report(&blobs())
        .unwrap()
        .0;
    let params =
        GaussianMixture::params(3).like_scikit_learn().covariance_type(CovarianceType::Tied);
    let params = params.init(Init::Model(Box::new(first)));
    let (model, report) = params.fit_with_report(&blobs()).unwrap();
    outcomes.push(Outcome::new("from a model of another family").report(&report).model(&model));

    let params = GaussianMixture::params(4).like_scikit_learn().n_init(2).seed(3);
    let (model, report) = params.fit_with_report(&clouds(2000, 33)).unwrap();
    outcomes.push(Outcome::new("33 columns").report(&report).model(&model));
    outcomes.push(Outcome {
        numbers: model.sample(50, 7).0.into_iter().collect(),
        choices: model.sample(50, 7).1.to_vec(),
        ..Outcome::new("a sample")
    });

    let clusters = KMeans::params(5).n_init(5).seed(4).fit(&DatasetBase::from(survey())).unwrap();
    outcomes.push(Outcome {
        numbers: clusters.centroids().iter().copied().chain([clusters.inertia()]).collect(),
        choices: vec![clusters.n_iter()],
        ..Outcome::new("k-means")
    });
}

/// Solves all problems.
pub fn solve() -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    families_and_starts(&mut outcomes);
    weights_and_acceleration(&mut outcomes);
    pipelines(&mut outcomes);
    streamed(&mut outcomes);
    searches(&mut outcomes);
    others(&mut outcomes);
    outcomes
}
