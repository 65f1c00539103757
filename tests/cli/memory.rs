//! Tables that do not fit into the memory limit.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use ndarray::Array2;
use ndarray_npy::write_npy;

use crate::{folder, json, mixlab, words};

/// Deterministic pseudo-random numbers.
struct PseudoRandom(u64);

impl Iterator for PseudoRandom {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Some(self.0 >> 33)
    }
}

/// Writes rows of two groups, with values of one byte.
fn write_bytes(path: &Path, n_rows: usize, n_columns: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let mut header =
        format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({n_rows}, {n_columns}), }}");
    header += &" ".repeat(117 - header.len());
    header.push('\n');
    file.write_all(b"\x93NUMPY\x01\x00\x76\x00").unwrap();
    file.write_all(header.as_bytes()).unwrap();
    let mut random = PseudoRandom(1);
    for row in 0..n_rows {
        let base = if row % 3 == 0 { 40 } else { 150 };
        let bytes: Vec<u8> =
            random.by_ref().take(n_columns).map(|r| base + (r % 32 + r / 64 % 32) as u8).collect();
        file.write_all(&bytes).unwrap();
    }
    file.flush().unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_table_four_times_as_large_as_the_available_memory_is_fitted() {
    let folder = folder();
    // 1 GB as 64-bit numbers, and 240 MB of address space for the process
    write_bytes(&folder.path().join("large.npy"), 13_000_000, 10);
    let program = assert_cmd::cargo::cargo_bin("mixlab");
    let command = format!(
        "ulimit -v 240000; RAYON_NUM_THREADS=2 {} fit large.npy -k 2 --covariance diag --n-init 1 --max-iter 3 --json",
        program.display()
    );
    let shell = assert_cmd::Command::new("sh")
        .args(["-c", &command])
        .current_dir(folder.path())
        .assert()
        .success();
    let output = shell.get_output();
    let fit: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(fit["n_samples"], 13_000_000);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("every pass reads the file"), "{message}");
}

#[test]
fn streamed_tables_give_the_same_fit_as_tables_in_memory() {
    let folder = folder();
    let mut random = PseudoRandom(7);
    let rows = Array2::from_shape_fn((300_000, 10), |(row, _)| {
        let group = if row % 4 == 0 { 3.0 } else { 0.0 };
        group + random.by_ref().take(4).map(|r| (r % 1000) as f64 / 1000.0).sum::<f64>()
    });
    write_npy(folder.path().join("rows.npy"), &rows).unwrap();
    let names: Vec<String> = (1..=10).map(|column| format!("x{column}")).collect();
    let path = folder.path().join("rows.csv");
    mixlab::table::write_table(&path, rows.view(), &names).unwrap();
    let arguments = "-k 1..2 --covariance full,tied --n-init 2 --standardize --json";
    let fit = |data: &str, memory: &str, source: &str| -> serde_json::Value {
        let arguments = format!("fit {data} {arguments} {memory}");
        let assert = mixlab(&folder).args(words(&arguments)).assert().success();
        let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(message.contains(source), "{message}");
        serde_json::from_slice(&assert.get_output().stdout).unwrap()
    };
    let in_memory = fit("rows.npy", "--memory 2GB", "read into memory");
    assert_eq!(in_memory["n_components"], 2);
    for (data, source) in [("rows.npy", "reads the file"), ("rows.csv", "a temporary file")] {
        let streamed = fit(data, "--memory 64MB", source);
        for key in ["log_likelihood", "bic", "icl"] {
            let figure = |value: &serde_json::Value| value[key].as_f64().unwrap();
            approx::assert_relative_eq!(
                figure(&streamed),
                figure(&in_memory),
                max_relative = 1e-10
            );
            approx::assert_relative_eq!(
                figure(&streamed["data_space"]),
                figure(&in_memory["data_space"]),
                max_relative = 1e-10
            );
        }
        assert_eq!(streamed["n_passes"], in_memory["n_passes"]);
        assert_eq!(streamed["covariance_type"], in_memory["covariance_type"]);
    }
}

#[test]
fn the_source_of_rows_is_reported_and_checkpoints_are_removed() {
    let folder = folder();
    write_bytes(&folder.path().join("large.npy"), 1_000_000, 4);
    let run = |arguments: &str| {
        let assert = mixlab(&folder).args(words(arguments)).assert().success();
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    };
    let fit = "fit large.npy -k 2 --covariance full --n-init 1 -o m.npz";
    let streamed = run(&format!("{fit} --memory 64MB"));
    assert!(streamed.contains("1000000 rows do not fit into 64 MB"), "{streamed}");
    assert!(streamed.contains("m.checkpoint.npz"), "{streamed}");
    assert!(run(&format!("{fit} --memory 1GB")).contains("read into memory: 32 MB of 1.0 GB"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "the data and the model");
    // ranges and decimals are known for streamed rows
    let info = json(&folder, &["info", "m.npz", "--json"]);
    assert_eq!(info["features"][0]["decimals"], 0);
}

#[test]
fn standard_input_with_a_limit_is_copied_to_a_temporary_file() {
    let folder = folder();
    let text: String =
        PseudoRandom(3).take(4000).map(|r| format!("{},{}\n", r % 100, r / 128 % 50)).collect();
    let fit = |arguments: &str| {
        let output = mixlab(&folder)
            .args(words(arguments))
            .env("TMPDIR", folder.path())
            .write_stdin(text.clone())
            .assert()
            .success()
            .get_output()
            .clone();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (json["bic"].as_f64().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (streamed, message) = fit("fit - -k 2 --covariance full --memory 100MB --json");
    assert!(message.contains("temporary file of 64 kB"), "{message}");
    let (in_memory, _) = fit("fit - -k 2 --covariance full --json");
    approx::assert_relative_eq!(streamed, in_memory, max_relative = 1e-10);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
#[cfg(unix)]
fn named_pipes_are_read() {
    let folder = folder();
    let pipe = folder.path().join("pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for memory in ["", "--memory 100MB"] {
        let path = pipe.clone();
        let writer = std::thread::spawn(move || {
            let text: String = PseudoRandom(3)
                .take(500)
                .map(|r| format!("{},{}\n", r % 90, r / 128 % 50))
                .collect();
            std::fs::write(path, text).unwrap();
        });
        let arguments = format!("fit pipe.csv -k 2 --covariance diag --json {memory}");
        assert_eq!(json(&folder, &words(&arguments))["n_samples"], 500);
        writer.join().unwrap();
    }
}

#[test]
fn impossible_limits_and_folders_are_refused() {
    let folder = folder();
    write_bytes(&folder.path().join("large.npy"), 1_000_000, 4);
    let refused = mixlab(&folder).args(words("fit large.npy --memory 1MB")).assert().code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("at least 64MB"));
    let assert = mixlab(&folder)
        .args(words("fit - --memory 64MB"))
        .env("TMPDIR", "large.npy/none")
        .write_stdin("1,2\n3,4\n")
        .assert()
        .code(2);
    let message = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(message.contains("large.npy/none"), "{message}");
}

#[test]
#[cfg(target_os = "linux")]
fn predict_score_and_compare_take_bounded_memory() {
    let folder = folder();
    // 480 MB as 64-bit numbers, and 400 MB of address space for the process, half of which its threads reserve
    let n_rows = 6_000_000;
    write_bytes(&folder.path().join("large.npy"), n_rows, 10);
    write_bytes(&folder.path().join("some.npy"), 3000, 10);
    let fit = "fit some.npy -k 2 --covariance diag --n-init 1 -o m.npz --json";
    json(&folder, &words(fit));
    let program = assert_cmd::cargo::cargo_bin("mixlab");
    let limited = |arguments: &str| {
        let limit = "ulimit -v 400000; RAYON_NUM_THREADS=2";
        let command = format!("{limit} {} {arguments}", program.display());
        let mut shell = assert_cmd::Command::new("sh");
        shell.args(["-c", &command]).current_dir(folder.path()).assert().success();
    };
    limited("predict m.npz large.npy -o labels.npy");
    limited("score m.npz large.npy -o scores.npy");
    let compare = words("compare large.npy large.npy --memory 200MB --json");
    let finished = mixlab(&folder).args(compare).assert().success();
    let warned = String::from_utf8(finished.get_output().stderr.clone()).unwrap();
    assert!(warned.contains("a random sample of 104857 rows is used"), "{warned}");
    // the large table begins with the rows of the small one, so their results are equal
    let column = |name: &str| {
        let path = folder.path().join(name);
        mixlab::table::read_table(&path).unwrap().records.column(0).to_vec()
    };
    let file = mixlab::ModelFile::load(&folder.path().join("m.npz")).unwrap();
    let rows = mixlab::table::read_table(&folder.path().join("some.npy")).unwrap().records;
    let labels = column("labels.npy");
    assert_eq!(labels.len(), n_rows);
    let expected = file.pipeline.try_predict(&rows).unwrap();
    assert!(labels.iter().zip(&expected).all(|(&label, &expected)| label == expected as f64));
    let expected = file.pipeline.score_samples(&rows).unwrap();
    assert_eq!(column("scores.npy")[..3000], expected.to_vec());
}
