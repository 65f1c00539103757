//! Fits that share each pass over the rows.
//!
//! Where a pass is dear, because the rows are in a file or on other machines, all restarts of all models of a search go on
//! side by side: what they need of the rows is gathered for all of them in one pass, and one pass over the file serves the
//! whole grid. The fits are the same as one by one; only the order of the work differs.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use ndarray::Array2;
use rayon::prelude::*;

use super::GaussianMixture;
use super::assignment::{Asked, Assignment};
use super::criteria::{Criteria, Criterion};
use super::em::{EmStep, Run};
use super::fit::Contest;
use super::init::{Draw, Init, centers_among_drawn, random_shares};
use super::params::GmmValidParams;
use super::passes::Passes;
use super::report::FitReport;
use super::statistics;
use super::watch::{Leader, Pass, Watch};
use crate::columns::ColumnSummary;
use crate::error::Result;
use crate::memory;
use crate::random::child_seed;

/// Most bytes of statistics and models that fits going on together take; one fit goes on alone if it takes more.
const TOGETHER_BYTES: u64 = 128 << 20;

/// The centres that restarts begin with: models that differ only in their covariances share them.
type Centers = HashMap<(usize, usize), Result<Array2<f64>>>;

/// A restart of one of the models.
#[derive(Clone, Copy)]
struct Place {
    model: usize,
    restart: usize,
    seed: u64,
}

/// The best restart of each model that is asked for, with its report and criteria, or why there is none.
///
/// # Errors
/// What a pass can raise.
pub(super) fn fit(
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
        memory::check("the fit", bytes.sum())?;
        let mut runs = begin(passes, models, now, &mut centers, columns)?;
        while let Some(running) = advance(passes, now, &mut runs, watch)? {
            n_passes += 1;
            watch.pass(&Pass {
                index: n_passes,
                n_running: running + later.len(),
                n_runs: places.len(),
                leader: leader(&runs, shape.0, criterion),
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
    struct Wanted<'a> {
        init: &'a Init,
        draw: Draw,
        seed: u64,
    }
    let mut wanted: HashMap<(usize, usize), Wanted<'_>> = HashMap::new();
    for &Place { model, restart, seed } in places {
        let params = &models[model];
        let init = params.init.of_restart(restart);
        let key = (params.n_components, restart);
        if !matches!(init, Init::Model(_) | Init::Random) && !centers.contains_key(&key) {
            let draw = Draw::of(init, params.n_components, seed);
            wanted.insert(key, Wanted { init, draw, seed });
        }
    }
    let draws: HashSet<Draw> = wanted.values().map(|wanted| wanted.draw).collect();
    if draws.is_empty() {
        return Ok(());
    }
    let draws: Vec<Draw> = draws.into_iter().collect();
    let drawn: HashMap<Draw, _> = draws.iter().copied().zip(passes.draw(&draws)?).collect();
    let find = |(&key, wanted): (&(usize, usize), &Wanted<'_>)| {
        let &Wanted { init, draw, seed } = wanted;
        (key, centers_among_drawn(&drawn[&draw], key.0, init, seed))
    };
    centers.par_extend(wanted.par_iter().map(find));
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

/// The mixture that would be chosen now.
fn leader<'a>(runs: &'a [Run<'_>], n_samples: usize, criterion: Criterion) -> Option<Leader<'a>> {
    let value = |leader: &Leader<'_>| {
        let n_parameters = leader.model.n_parameters();
        // how certain the posteriors are is not known before the end
        Criteria::new(n_samples as f64, leader.log_likelihood, 0.0, n_parameters).get(criterion)
    };
    let models = runs.iter().filter_map(Run::model).map(|(model, log_likelihood)| Leader {
        model,
        covariance_type: model.covariance_type(),
        log_likelihood,
    });
    models.min_by(|a, b| value(a).total_cmp(&value(b)))
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
