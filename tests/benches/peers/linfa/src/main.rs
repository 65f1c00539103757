//! Times the EM iterations of linfa-clustering from a given start, and prints one JSON object.

use std::cell::Cell;
use std::error::Error;
use std::fs::File;
use std::time::Instant;

use linfa::DatasetBase;
use linfa::prelude::Fit;
use linfa_clustering::{GaussianMixtureModel, GmmError, GmmInitMethod};
use ndarray::{Array1, Array2, ArrayView2};
use ndarray_npy::{NpzWriter, read_npy};
use rand_core::RngCore;

const USAGE: &str = "usage:
  mixlab-peer-linfa time X.npy COMPONENTS ITERATIONS
  mixlab-peer-linfa model X.npy COMPONENTS MODEL.npz   (the model after two iterations)";

type Rows = DatasetBase<Array2<f64>, Array1<()>>;

/// Generator of the responsibilities of a given start. linfa accepts no start, but draws the first responsibilities row by
/// row, uniformly on [0, 1). This generator "draws" those of a mixture with equal weights, identity covariances and the
/// first rows as means.
#[derive(Clone)]
struct StartingResponsibilities<'a> {
    rows: ArrayView2<'a, f64>,
    row: Vec<f64>,
    drawn: usize,
    last_drawn: &'a Cell<Option<Instant>>,
}

impl<'a> StartingResponsibilities<'a> {
    fn new(
        rows: ArrayView2<'a, f64>,
        n_components: usize,
        last_drawn: &'a Cell<Option<Instant>>,
    ) -> Self {
        Self { rows, row: vec![0.0; n_components], drawn: 0, last_drawn }
    }

    fn compute_row(&mut self, index: usize) {
        let x = self.rows.row(index);
        for (k, value) in self.row.iter_mut().enumerate() {
            let mean = self.rows.row(k);
            *value = -0.5 * x.iter().zip(mean).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        }
        let max = self.row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.row.iter_mut().for_each(|value| *value = (*value - max).exp());
        let sum: f64 = self.row.iter().sum();
        self.row.iter_mut().for_each(|value| *value /= sum);
    }
}

impl RngCore for StartingResponsibilities<'_> {
    fn next_u64(&mut self) -> u64 {
        let (row, component) = (self.drawn / self.row.len(), self.drawn % self.row.len());
        if component == 0 {
            self.compute_row(row);
        }
        self.drawn += 1;
        if self.drawn == self.rows.nrows() * self.row.len() {
            self.last_drawn.set(Some(Instant::now()));
        }
        // rand converts the upper 52 bits to a float
        let bits = (self.row[component] * 2f64.powi(52)).round() as u64;
        bits.min((1 << 52) - 1) << 12
    }

    fn next_u32(&mut self) -> u32 {
        unreachable!("a float of 64 bits is drawn with next_u64")
    }

    fn fill_bytes(&mut self, _: &mut [u8]) {
        unreachable!("a float of 64 bits is drawn with next_u64")
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), rand_core::Error> {
        unreachable!("a float of 64 bits is drawn with next_u64")
    }
}

/// Returns the fit's result and its seconds since the start was drawn.
fn fit(
    dataset: &Rows,
    n_components: usize,
    n_iterations: u64,
    tolerance: f64,
) -> (Result<GaussianMixtureModel<f64>, GmmError>, f64) {
    let last_drawn = Cell::new(None);
    let start = StartingResponsibilities::new(dataset.records.view(), n_components, &last_drawn);
    let result = GaussianMixtureModel::params(n_components)
        .with_rng(start)
        .init_method(GmmInitMethod::Random)
        .n_runs(1)
        .max_n_iterations(n_iterations)
        .tolerance(tolerance)
        .fit(dataset);
    let seconds = last_drawn.get().map_or(f64::NAN, |begin: Instant| begin.elapsed().as_secs_f64());
    (result, seconds)
}

fn time(dataset: &Rows, n_components: usize, n_iterations: u64) -> Result<(), Box<dyn Error>> {
    // linfa rejects zero; only an unchanged value is below this tolerance
    let (result, seconds) = fit(dataset, n_components, n_iterations, f64::MIN_POSITIVE);
    match result {
        // reaching the maximum number of iterations is intended
        Err(GmmError::NotConverged(_)) => {}
        Err(error) => return Err(error.into()),
        Ok(_) => return Err("converged before its last iteration".into()),
    }
    println!(r#"{{"n_iter": {n_iterations}, "seconds": {seconds:?}}}"#);
    Ok(())
}

fn write_model(dataset: &Rows, n_components: usize, path: &str) -> Result<(), Box<dyn Error>> {
    // the first change is infinite and the second is below this tolerance: the fit stops after two iterations
    let (result, _) = fit(dataset, n_components, 2, f64::MAX);
    let model = result?;
    let mut file = NpzWriter::new(File::create(path)?);
    file.add_array("weights", model.weights())?;
    file.add_array("means", model.means())?;
    file.add_array("covariances", model.covariances())?;
    file.finish()?;
    println!(r#"{{"n_m_steps": 3}}"#);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [command, data, n_components, last] = arguments[..] else {
        return Err(USAGE.into());
    };
    let rows: Array2<f64> = read_npy(data)?;
    let dataset = DatasetBase::from(rows);
    let n_components = n_components.parse()?;
    match command {
        "time" => time(&dataset, n_components, last.parse()?),
        "model" => write_model(&dataset, n_components, last),
        _ => Err(USAGE.into()),
    }
}
