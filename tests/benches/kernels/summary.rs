//! Prints the table of results.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Name of the reference benchmark.
pub const PRODUCT: &str = "dgemm/faer 2048 x 2048, all cores";

/// A benchmark and the work it performs.
pub struct Work {
    pub name: String,
    pub flops: f64,
    pub steps: usize,
}

/// Prints the median time of a step, the useful operations per second and their share of the rate of the matrix product, for
/// every benchmark whose results are in criterion's folder.
pub fn print(folder: &Path, done: &[Work]) {
    let medians = medians(folder);
    let rate = |work: &Work| {
        let (_, seconds) = medians.iter().find(|(name, _)| *name == work.name)?;
        Some((seconds / work.steps as f64, work.flops / seconds))
    };
    let product = done.iter().find(|work| work.name == PRODUCT).and_then(rate);
    println!("\n{:<52} {:>10} {:>10} {:>10}", "median of 10", "ms a step", "Gflop/s", "of dgemm");
    for work in done {
        let Some((seconds, flops)) = rate(work) else { continue };
        let share =
            product.map_or("-".into(), |(_, best)| format!("{:.0} %", 100.0 * flops / best));
        println!("{:<52} {:>10.3} {:>10.1} {:>10}", work.name, 1e3 * seconds, flops / 1e9, share);
    }
}

/// Reads the names of benchmarks and their median seconds.
fn medians(folder: &Path) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.into()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        folders.extend(entries.map(|entry| entry.path()).filter(|path| path.is_dir()));
        if !folder.ends_with("new") {
            continue;
        }
        let read = |name: &str| -> Option<Value> {
            serde_json::from_str(&fs::read_to_string(folder.join(name)).ok()?).ok()
        };
        if let (Some(benchmark), Some(estimates)) = (read("benchmark.json"), read("estimates.json"))
            && let (Some(group), Some(function)) =
                (benchmark["group_id"].as_str(), benchmark["function_id"].as_str())
            && let Some(nanoseconds) = estimates["median"]["point_estimate"].as_f64()
        {
            found.push((format!("{group}/{function}"), nanoseconds / 1e9));
        }
    }
    found
}
