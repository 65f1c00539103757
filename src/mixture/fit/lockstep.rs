//! Fits that share each pass over the rows.
//!
//! Where a pass is dear, because the rows are in a file or on other machines, all restarts of all models of a search go on
//! side by side: what they need of the rows is gathered for all of them in one pass, and one pass over the file serves the
//! whole grid. The fits are the same as one by one; only the order of the work differs.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use ndarray::Array2;
use rayon::prelude::*;

use crate::compute::memory;
use crate::compute::random::child_seed;
use crate::compute::ties::coarse;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::backend::Passes;
use crate::mixture::criteria::{Criteria, Criterion};
use crate::mixture::em::assignment::{Asked, Assignment};
use crate::mixture::em::restart::{EmStep, Run, Trace};
use crate::mixture::em::statistics;
use crate::mixture::fit::observer::{Leader, Pass, Watch};
use crate::mixture::fit::report::FitReport;
use crate::mixture::fit::restarts::Contest;
use crate::mixture::inference::Evaluation;
use crate::mixture::init::{Draw, Init, centers_among_drawn, random_shares};
use crate::mixture::params::GmmValidParams;
use crate::rows::summaries::ColumnSummary;

/// Most bytes of statistics and models that fits going on together take; one fit goes on alone if it takes more.
const TOGETHER_BYTES: u64 = 128 << 20;

/// The centres that restarts of so many components, by their number, begin with: models that differ only in their covariances share them.
type Centers = HashMap<(usize, usize), Result<Array2<f64>>>;

/// How restarts of so many components, by their number, begin.
type Starts<'a> = BTreeMap<(usize, usize), (&'a Init, u64)>;

/// A restart of one of the models.
#[derive(Clone, Copy)]
struct Place {
    model: usize,
    restart: usize,
    seed: u64,
}

/// The best restart of each model that is asked for, with its report, or why there is none.
///
/// # Errors
/// What a pass can raise.
pub(in crate::mixture) fn fit(
    passes: &mut dyn Passes,
    models: &[GmmValidParams],
    columns: &[ColumnSummary],
    (criterion, watch): (Criterion, &dyn Watch),
) -> Result<Vec<Result<(GaussianMixture, FitReport)>>> {
    let shape = (passes.n_samples(), passes.n_features());
    let places: Vec<Place> = models
        .iter()
        .enumerate()
        .flat_map(|(model, params)| {
            let seed = |restart| child_seed(params.seed, restart as u64);
            (0..params.n_restarts()).map(move |restart| Place {
                model,
                restart,
                seed: seed(restart),
            })
        })
        .collect();
    let mut contests: Vec<_> = models.iter().map(|_| Contest::default()).collect();
    let mut centers = Centers::new();
    let mut n_passes = 0;
    let mut rest = places.as_slice();
    while !rest.is_empty() {
        let most = memory::at_most_half(TOGETHER_BYTES);
        let (now, later) = rest.split_at(n_together(models, rest, shape, most));
        rest = later;
        let bytes = now.iter().map(|place| models[place.model].run_bytes(shape));
        if let Err(error) = memory::check("the fit", bytes.sum()) {
            // others may be smaller
            for place in now {
                let contest = &mut contests[place.model];
                contest.enter(place.restart, place.seed, Err(error.clone()), Trace::default());
            }
            continue;
        }
        let mut runs = begin(passes, models, now, &mut centers, columns)?;
        while let Some(running) = advance(passes, now, &mut runs, watch)? {
            n_passes += 1;
            watch.pass(&Pass {
                index: n_passes,
                n_running: running + later.len(),
                n_runs: places.len(),
                leader: leader(&runs, &contests, (shape.0, criterion)),
            });
        }
        for (place, run) in now.iter().zip(runs) {
            let (outcome, trace) = run.end().expect("all have ended");
            contests[place.model].enter(place.restart, place.seed, outcome, trace);
        }
    }
    let ended = contests.into_iter().zip(models);
    Ok(ended.map(|(contest, params)| contest.end(params.working_bytes(shape.0, shape.1))).collect())
}

/// How many of the next restarts go on together in `most` bytes: one at least.
fn n_together(
    models: &[GmmValidParams],
    places: &[Place],
    shape: (usize, usize),
    most: u64,
) -> usize {
    let mut bytes = 0;
    let fits = |place: &&Place| {
        bytes += models[place.model].run_bytes(shape);
        bytes <= most
    };
    places.iter().take_while(fits).count().max(1)
}

/// Finds where restarts begin: random rows for all of them in one pass, and k-means among these.
fn begin<'a>(
    passes: &mut dyn Passes,
    models: &'a [GmmValidParams],
    places: &[Place],
    centers: &mut Centers,
    columns: &[ColumnSummary],
) -> Result<Vec<Run<'a>>> {
    let begin = Instant::now();
    find_centers(passes, models, places, centers)?;
    let start = |place: &Place| {
        let params = &models[place.model];
        let k = params.n_components;
        match (params.init.of_restart(place.restart), centers.get(&(k, place.restart))) {
            (Init::Model(model), _) => Ok(Assignment::Posterior(model.as_ref().clone())),
            (_, Some(centers)) => centers.clone().map(Assignment::Nearest),
            (_, None) => Ok(random_shares(k, columns, place.seed)),
        }
    };
    let starts: Vec<_> = places.iter().map(start).collect();
    let seconds = begin.elapsed().as_secs_f64() / places.len() as f64;
    let runs = places.iter().zip(starts);
    Ok(runs.map(|(place, start)| Run::new(&models[place.model], start, seconds, None)).collect())
}

/// Finds the centres that restarts begin with and that are not known yet.
fn find_centers(
    passes: &mut dyn Passes,
    models: &[GmmValidParams],
    places: &[Place],
    centers: &mut Centers,
) -> Result<()> {
    // in the order of the draws, so that the same ones are made together every time
    let mut wanted: BTreeMap<Draw, Starts<'_>> = BTreeMap::new();
    for &Place { model, restart, seed } in places {
        let params = &models[model];
        let init = params.init.of_restart(restart);
        let key = (params.n_components, restart);
        if !matches!(init, Init::Model(_) | Init::Random) && !centers.contains_key(&key) {
            let draw = Draw::of(init, params.n_components, seed);
            wanted.entry(draw).or_default().insert(key, (init, seed));
        }
    }
    // rows that were drawn are held three times for a moment
    let of_draw = |draw: &Draw| 3 * 8 * (draw.n_rows * passes.n_features()) as u64;
    let most = memory::at_most_half(TOGETHER_BYTES);
    let largest = wanted.keys().map(of_draw).max().unwrap_or(0).max(1);
    let n_at_once = (most / largest).max(1) as usize;
    let wanted: Vec<_> = wanted.into_iter().collect();
    for wanted in wanted.chunks(n_at_once) {
        let draws: Vec<Draw> = wanted.iter().map(|&(draw, _)| draw).collect();
        let drawn = passes.draw(&draws)?;
        let pairs = wanted.iter().zip(&drawn);
        let restarts: Vec<_> = pairs
            .flat_map(|((_, restarts), drawn)| restarts.iter().map(move |restart| (drawn, restart)))
            .collect();
        centers.par_extend(restarts.into_par_iter().map(|(drawn, (&key, &(init, seed)))| {
            (key, centers_among_drawn(drawn, key.0, init, seed))
        }));
    }
    Ok(())
}

/// Takes every restart one step further by one pass; gives how many are still going on, or none if none was.
fn advance(
    passes: &mut dyn Passes,
    places: &[Place],
    runs: &mut [Run<'_>],
    watch: &dyn Watch,
) -> Result<Option<usize>> {
    let begin = Instant::now();
    let asked: Vec<Asked<'_>> = runs.iter().filter_map(Run::asked).collect();
    if asked.is_empty() {
        return Ok(None);
    }
    let statistics = passes.gather(&asked)?;
    let seconds = begin.elapsed().as_secs_f64() / statistics.len() as f64;
    let going = places.iter().zip(runs.iter_mut()).filter(|(_, run)| run.asked().is_some());
    let mut going: Vec<_> = going.zip(statistics).collect();
    going.par_iter_mut().for_each(|((place, run), statistics)| {
        run.advance(statistics, seconds, |iteration, log_likelihood, model| {
            watch.step(&EmStep { restart: place.restart, iteration, log_likelihood, model });
        });
    });
    Ok(Some(runs.iter().filter(|run| run.asked().is_some()).count()))
}

/// The mixture that would be chosen now, of restarts that go on and of those that have ended.
fn leader<'a>(
    runs: &'a [Run<'_>],
    contests: &'a [Contest],
    (n_samples, criterion): (usize, Criterion),
) -> Option<Leader<'a>> {
    let value = |leader: &Leader<'_>| {
        let n_parameters = leader.model.n_parameters();
        // how certain the posteriors are is not known before the end
        Criteria::new(n_samples as f64, leader.log_likelihood, 0.0, n_parameters).get(criterion)
    };
    let known = runs.iter().filter_map(Run::model).chain(contests.iter().filter_map(Contest::best));
    let models = known.map(|(model, log_likelihood)| Leader {
        model,
        covariance_type: model.covariance_type(),
        log_likelihood,
    });
    models.min_by(|a, b| coarse(value(a)).total_cmp(&coarse(value(b))))
}

/// How mixtures describe the rows: as many at once as fits would go on together.
///
/// # Errors
/// What a pass can raise.
pub(in crate::mixture) fn evaluate(
    passes: &mut dyn Passes,
    models: &[&GaussianMixture],
) -> Result<Vec<Evaluation>> {
    let bytes = |model: &GaussianMixture| {
        let (k, d) = model.means().dim();
        8 * model.covariance_type().second_len(k, d) as u64
    };
    let largest = models.iter().map(|model| bytes(model)).max().unwrap_or(0).max(1);
    let at_once = (TOGETHER_BYTES / largest).max(1) as usize;
    let mut evaluations = Vec::with_capacity(models.len());
    for models in models.chunks(at_once) {
        evaluations.extend(passes.evaluate(models)?);
    }
    Ok(evaluations)
}

impl GmmValidParams {
    /// Bytes of one restart among others: its statistics in every part of a pass, and its mixture.
    fn run_bytes(&self, (n_samples, n_features): (usize, usize)) -> u64 {
        let (k, family) = (self.n_components, self.covariance_type);
        let second = family.second_len(k, n_features);
        let n_parts = statistics::n_parts_of(second, (n_samples, n_features));
        // its own mixture, inverted as well, the one that is being made and the ones an accelerated fit remembers
        let n_models = if self.accelerate { 8 } else { 4 };
        8 * ((n_parts + n_models) * (second + 2 * k * n_features)) as u64
    }
}
