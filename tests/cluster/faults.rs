//! Faults, and the errors that report them.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use approx::assert_relative_eq;
use mixlab::cluster::{Engine, MOST_BYTES};
use mixlab::prelude::*;
use mixlab::{Error, ModelFile, NoObserver};

use crate::processes::{Cluster, mixlab};
use crate::tables::{write, write_mixed};
use crate::{rows, select, wait_for};

#[test]
fn a_fit_continues_from_the_checkpoint_after_the_scheduler_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let rows = rows(300_000);
    write(&at("rows.parquet"), &rows, 30_000);
    let mut cluster = Cluster::start(2);
    let address = cluster.address().to_owned();
    let fit = |address: &str, more: &[&str]| {
        let mut command: Command = mixlab();
        command.current_dir(folder.path()).args(["fit", "rows.parquet", "--cluster", address]);
        command.args(["--covariance", "full", "--n-init", "1", "--tol", "0", "-o", "m.npz"]);
        command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let running = fit(&address, &["-k", "10", "--max-iter", "100000"]);
    wait_for(&at("m.checkpoint.npz"));
    cluster.kill_scheduler();
    let killed = Instant::now();
    let ended = running.wait_with_output().unwrap();
    eprintln!("{:?} after the scheduler was killed", killed.elapsed());
    assert!(killed.elapsed() < Duration::from_secs(30));
    assert_eq!(ended.status.code(), Some(1));
    let message = String::from_utf8(ended.stderr).unwrap();
    let last = message.lines().last().unwrap();
    assert!(last.contains(&address) && last.contains("no longer responds"), "{message}");
    assert!(!at("m.npz").exists() && at("m.checkpoint.npz").exists());

    // another cluster continues from the checkpoint, with the result of a fit in memory
    let checkpoint = ModelFile::load(&at("m.checkpoint.npz")).unwrap();
    let start = checkpoint.pipeline.mixture().clone();
    let cluster = Cluster::start(1);
    let more = ["--start", "m.checkpoint.npz", "--max-iter", "3"];
    let ended = fit(cluster.address(), &more).wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(at("m.npz").exists() && !at("m.checkpoint.npz").exists());
    let params = GaussianMixture::params(10).init(Init::Model(Box::new(start)));
    let expected = params.max_iter(3).tol(0.0).fit_with_report(&rows).unwrap().0;
    let resumed = ModelFile::load(&at("m.npz")).unwrap();
    let (a, b) = (resumed.pipeline.mixture().means(), expected.means());
    assert_relative_eq!(a, b, max_relative = 1e-10, epsilon = 1e-10);
}

#[test]
fn the_loss_of_all_executors_is_reported_within_15_seconds() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("rows.parquet"), &rows(100_000), 30_000);
    let mut cluster = Cluster::start(2);
    let mut fit = mixlab();
    fit.current_dir(folder.path()).args(["fit", "rows.parquet", "--cluster", cluster.address()]);
    fit.args(["-k", "10", "--covariance", "full", "--n-init", "1", "--tol", "0"]);
    fit.args(["--max-iter", "100000", "-o", "m.npz"]);
    let running = fit.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&folder.path().join("m.checkpoint.npz"));
    let killed = Instant::now();
    (0..2).for_each(|executor| cluster.kill_executor(executor));
    let ended = running.wait_with_output().unwrap();
    eprintln!("{:?} after the executors were killed", killed.elapsed());
    assert!(killed.elapsed() < Duration::from_secs(15), "{:?}", killed.elapsed());
    assert_eq!(ended.status.code(), Some(1));
    let message = String::from_utf8(ended.stderr).unwrap();
    let last = message.lines().last().unwrap();
    assert!(last.contains("lost all its executors") && last.contains("checkpoint"), "{message}");
}

#[test]
fn executors_reconnect_to_a_restarted_scheduler() {
    let mut cluster = Cluster::start(1);
    cluster.kill_scheduler();
    // longer than the retries of the engine
    std::thread::sleep(Duration::from_secs(12));
    cluster.restart_scheduler();
    let start = Instant::now();
    while let Err(error) = Engine::connect(cluster.address()) {
        assert!(start.elapsed() < Duration::from_secs(30), "{error}");
    }
    eprintln!("{:?} after the scheduler was back", start.elapsed());
    cluster.end_by("-TERM");
}

#[test]
fn a_missing_scheduler_and_one_without_executors_are_errors() {
    let cluster = Cluster::start(0);
    let error = Engine::connect(cluster.address()).unwrap_err().to_string();
    assert!(error.contains("no executors"), "{error}");
    let error = Engine::connect("127.0.0.1:1").unwrap_err().to_string();
    assert!(error.contains("127.0.0.1:1") && error.contains("does not respond"), "{error}");
    assert!(matches!(Engine::connect("nowhere").unwrap_err(), Error::InvalidParam { .. }));
}

#[test]
fn processes_end_on_a_signal_and_remove_their_files() {
    for signal in ["-TERM", "-INT"] {
        Cluster::start(1).end_by(signal);
    }
}

#[test]
fn requests_beyond_the_limit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    write(&path, &rows(1000), 1000);
    let table = Engine::local(1).unwrap().open(&[path], None, &[]).unwrap();
    let error = table.ask(&vec![0; MOST_BYTES + 1]).unwrap_err().to_string();
    assert!(error.contains("256 MiB"), "{error}");
    // bytes that are not a request are an error, not a panic
    assert!(table.ask(&[7; 100]).is_err());
}

#[test]
fn tables_that_cannot_be_fitted_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let engine = Engine::local(1).unwrap();
    let refused = |paths: &[&str], columns: Option<&[String]>| {
        let paths: Vec<_> = paths.iter().map(|name| at(name)).collect();
        engine.open(&paths, columns, &[]).unwrap_err().to_string()
    };
    let rows = rows(1000);
    write(&at("a.parquet"), &rows, 500);
    write(&at("narrow.parquet"), &rows.select(ndarray::Axis(1), &[0, 1]), 500);
    std::fs::write(at("text.parquet"), "not Parquet").unwrap();
    write_mixed(&at("mixed.parquet"));
    assert!(refused(&["none.parquet"], None).contains("none.parquet"));
    assert!(refused(&["text.parquet"], None).contains("not a valid Parquet file"));
    assert!(refused(&["narrow.parquet", "a.parquet"], None).contains("x3"));
    let unknown = refused(&["a.parquet"], Some(&["age".into()]));
    assert!(unknown.contains("\"age\""), "{unknown}");
    assert!(refused(&["mixed.parquet"], None).contains("\"name\""));
    // integers and floats are numbers; infinities are found in a pass
    let open = |columns: &[&str]| {
        let columns: Vec<String> = columns.iter().map(|&name| name.into()).collect();
        engine.open(&[at("mixed.parquet")], Some(&columns), &[]).unwrap()
    };
    let columns = open(&["float", "count", "missing", "nan"]).columns().unwrap();
    let ranges: Vec<_> = columns.iter().map(|column| column.range.unwrap()).collect();
    assert_eq!(ranges, [(0.25, 1.0), (1.0, 3.0), (1.0, 3.0), (1.0, 3.0)]);
    let error = open(&["count", "infinite"]).columns().unwrap_err();
    assert!(matches!(&error, Error::ColumnValues { name, .. } if name == "infinite"), "{error}");
}

#[test]
fn several_files_are_one_table_and_random_initialisation_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows = rows(3000);
    for (index, name) in ["1.parquet", "2.parquet", "3.parquet"].iter().enumerate() {
        let indices: Vec<usize> = (1000 * index..1000 * (index + 1)).collect();
        write(&folder.path().join(name), &rows.select(ndarray::Axis(0), &indices), 400);
    }
    let engine = Engine::local(2).unwrap();
    let table = engine.open(&[folder.path().into()], None, &["x2".into()]).unwrap();
    assert_eq!((table.column_names(), table.n_rows()), (&["x1".into(), "x3".into()][..], 3000));
    let search = Selection::params([1]);
    let shared = select(&table, &search, &NoObserver).unwrap();
    let expected = search.fit(&linfa::DatasetBase::from(rows.select(ndarray::Axis(1), &[0, 2])));
    let (a, b) = (shared.best().criteria.bic, expected.unwrap().best().criteria.bic);
    assert_relative_eq!(a, b, max_relative = 1e-10);
    let random = Selection::params([2]).mixture(GaussianMixture::params(1).init(Init::Random));
    let error = select(&table, &random, &NoObserver).unwrap_err().to_string();
    assert!(error.contains("random") && error.contains("kmeans"), "{error}");
}

#[test]
fn usage_errors_name_the_argument() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("rows.parquet"), &rows(500), 500);
    let fails = |arguments: &[&str], words: &[&str]| {
        let mut command = mixlab();
        let output = command.current_dir(folder.path()).args(arguments).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        for word in words {
            assert!(message.contains(word), "{arguments:?}: no {word:?} in {message}");
        }
    };
    let fit = |more: &'static str| ["fit", "rows.parquet", "--cluster", "local", more];
    fails(&fit("--drop-missing"), &["--drop-missing", "--cluster"]);
    fails(&["fit", "no.parquet", "--cluster", "local"], &["no.parquet"]);
    fails(&["fit", "rows.parquet", "--cluster", "nowhere"], &["nowhere"]);
    fails(&["cluster", "scheduler", "--bind", "0.0.0.0"], &["--name"]);
    let mut command = mixlab();
    command.current_dir(folder.path()).args(["fit", "rows.parquet", "--cluster", "local"]);
    let output = command.args(["-k", "2", "--covariance", "full", "--json"]).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"n_samples\": 500"));
}
