//! Observes a search while it runs: EM steps and fitted models.
//!
//! `cargo run --release --example observer`

use std::sync::atomic::{AtomicUsize, Ordering};

use mixlab::prelude::*;
use mixlab::{EmStep, Observer, SelectionCell};

/// Counts EM steps and prints every fitted model. Restarts run in parallel, so an observer is shared between threads.
#[derive(Default)]
struct Counter {
    n_steps: AtomicUsize,
}

impl Observer for Counter {
    fn step(&self, _: &EmStep<'_>) {
        self.n_steps.fetch_add(1, Ordering::Relaxed);
    }

    fn cell(&self, cell: &SelectionCell) {
        println!("fitted: {} components, {}", cell.n_components, cell.covariance_type);
    }
}

fn main() -> mixlab::Result<()> {
    let survey = datasets::survey();
    let counter = Counter::default();
    let rows = Pipeline::params().standardize(true).preprocess(&survey)?;
    let search = rows.select(&Selection::params(1..=4), &counter)?;
    println!("{} EM steps", counter.n_steps.into_inner());
    println!("best: {} components", search.best_model().n_components());
    Ok(())
}
