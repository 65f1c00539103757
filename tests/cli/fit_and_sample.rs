//! `mixlab fit` and `mixlab sample`, with their errors.

use std::fs;
use std::path::Path;
use std::process::{Command as Process, Stdio};

use approx::{assert_abs_diff_eq, assert_relative_eq};
use mixlab::ModelFile;
use mixlab::datasets;
use mixlab::table::read_table;
use serde_json::Value;

use super::{fails, folder, json, mixlab, write};

#[test]
fn the_search_on_stretched_blobs_finds_the_reference_criteria() {
    let arguments = "fit dataset:stretched-blobs --components 1..10 --covariance all --n-init 10 \
                     --tol 1e-8 --max-iter 1000 --json";
    let object = json(&folder(), &arguments.split_whitespace().collect::<Vec<_>>());
    assert_eq!((&object["n_components"], &object["covariance_type"]), (&4.into(), &"tied".into()));
    assert_abs_diff_eq!(object["bic"].as_f64().unwrap(), 1624.0678, epsilon = 0.01);
    assert_eq!(object["selection"].as_array().unwrap().len(), 40);
    let expected = [
        ("full", 1672.5802, 23),
        ("tied", 1624.0678, 14),
        ("diag", 2127.1546, 19),
        ("spherical", 2132.6138, 15),
    ];
    for (family, bic, n_parameters) in expected {
        let of_family =
            |cell: &&Value| cell["n_components"] == 4 && cell["covariance_type"] == family;
        let cell = object["selection"].as_array().unwrap().iter().find(of_family).unwrap();
        assert_abs_diff_eq!(cell["bic"].as_f64().unwrap(), bic, epsilon = 0.05);
        assert_eq!(cell["n_parameters"], n_parameters);
        assert_eq!(cell["converged"], true);
    }
}

#[test]
fn a_model_is_chosen_by_rows_that_its_fit_has_not_seen() {
    let folder = folder();
    let arguments = "fit dataset:stretched-blobs --standardize --criterion held-out --folds 4 -k 2..5 \
                     --n-init 2 -o m.npz --json";
    let object = json(&folder, &arguments.split_whitespace().collect::<Vec<_>>());
    let cells = object["selection"].as_array().unwrap();
    let value = |of: &Value, key: &str| of[key].as_f64().unwrap();
    let lowest = cells.iter().map(|cell| value(cell, "held_out")).fold(f64::INFINITY, f64::min);
    assert_eq!(value(&object, "held_out"), lowest);
    // the change of units concerns the deviance of other rows as that of all rows
    let shift = |key: &str| value(&object["data_space"], key) - value(&object, key);
    assert_abs_diff_eq!(shift("held_out"), -2.0 * shift("log_likelihood"), epsilon = 1e-8);
    let info = mixlab(&folder).args(["info", "m.npz"]).output().unwrap();
    let info = String::from_utf8(info.stdout).unwrap();
    assert!(info.contains("the lowest held-out deviance of 16 models"), "{info}");
    mixlab(&folder).args(["plot", "criterion", "m.npz", "-o", "m.png"]).assert().success();
    let arguments = "fit dataset:moons -k 1..2 --n-init 1 -o bic.npz";
    mixlab(&folder).args(arguments.split_whitespace()).assert().success();
    let plot = ["plot", "criterion", "bic.npz", "--criterion", "held-out", "-o", "x.png"];
    fails(&folder, &plot, 2, &["fit with --criterion held-out"]);
}

#[test]
fn json_has_the_documented_keys_and_agrees_with_the_saved_model() {
    let folder = folder();
    let arguments = "fit dataset:moons --components 7 --covariance full -o m.npz --json";
    let object = json(&folder, &arguments.split_whitespace().collect::<Vec<_>>());
    for key in [
        "n_samples",
        "n_features",
        "working_bytes",
        "n_components",
        "covariance_type",
        "log_likelihood",
        "score",
        "bic",
        "aic",
        "icl",
        "n_parameters",
        "converged",
        "n_iter",
        "seconds",
    ] {
        assert!(!object[key].is_null(), "{key}");
    }
    for key in ["init", "em", "total"] {
        assert!(object["seconds"][key].as_f64().unwrap() >= 0.0);
    }
    assert!(object.get("selection").is_none() && object.get("data_space").is_none());
    let file = ModelFile::load(&folder.path().join("m.npz")).unwrap();
    let score = file.pipeline.score(&datasets::moons()).unwrap();
    let log_likelihood = object["log_likelihood"].as_f64().unwrap();
    assert_relative_eq!(log_likelihood, 200.0 * score, max_relative = 1e-9);
    assert_eq!(file.feature_names(), ["x", "y"]);
}

#[test]
fn digits_are_fitted_saved_and_sampled_as_a_grid_and_as_pixels() {
    let folder = folder();
    let arguments = "fit dataset:digits --pca 0.99 --whiten --components 70 --covariance full --n-init 1 -o digits.npz --json";
    let object = json(&folder, &arguments.split_whitespace().collect::<Vec<_>>());
    assert_eq!((&object["n_samples"], &object["n_features"]), (&1797.into(), &64.into()));
    assert_eq!(object["n_reduced"], 41);
    let in_data_space = object["data_space"]["log_likelihood"].as_f64().unwrap();
    let file = ModelFile::load(&folder.path().join("digits.npz")).unwrap();
    let score = file.pipeline.score(&datasets::digits()).unwrap();
    assert_relative_eq!(in_data_space, 1797.0 * score, max_relative = 1e-9);

    mixlab(&folder).args(["sample", "digits.npz", "-n", "100", "-o", "d.png"]).assert().success();
    let png = fs::read(folder.path().join("d.png")).unwrap();
    assert_eq!(&png[1..4], b"PNG");
    // ten by ten images of eight by eight pixels in a square picture
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert!(side(16) == side(20) && side(16) > 10 * 8 * 2);
    mixlab(&folder).args(["sample", "digits.npz", "-n", "100", "-o", "d.csv"]).assert().success();
    let rows = read_table(&folder.path().join("d.csv")).unwrap();
    assert_eq!(rows.records.dim(), (100, 64));
    assert_eq!(rows.feature_names()[9], "pixel_1_1");
    mixlab(&folder).args(["sample", "digits.npz", "-n", "100", "-o", "d.npy"]).assert().success();
    assert_eq!(read_table(&folder.path().join("d.npy")).unwrap().records, rows.records);
}

#[test]
fn samples_are_printed_and_reproducible_by_seed() {
    let folder = folder();
    mixlab(&folder).args(["fit", "dataset:moons", "-k", "3", "-o", "m.npz"]).assert().success();
    let sample = |seed: &str| {
        let arguments = ["sample", "m.npz", "-n", "4", "--seed", seed];
        let output = mixlab(&folder).args(arguments).assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    };
    let text = sample("7");
    assert_eq!(text.lines().count(), 5);
    assert_eq!(text.lines().next(), Some("x,y"));
    assert_eq!(text, sample("7"));
    assert_ne!(text, sample("8"));
}

#[test]
fn a_fit_continues_from_a_saved_model() {
    let folder = folder();
    let fit = |arguments: &str| json(&folder, &arguments.split_whitespace().collect::<Vec<_>>());
    let whole =
        fit("fit dataset:moons -k 5 --covariance full --n-init 1 --max-iter 12 --tol 0 --json");
    fit("fit dataset:moons -k 5 --covariance full --n-init 1 --max-iter 8 --tol 0 -o m.npz --json");
    let rest = fit("fit dataset:moons --start m.npz --max-iter 4 --tol 0 --json");
    assert_eq!(rest["n_components"], 5);
    // the saved model has another order of components, so that sums over them are rounded differently
    let [rest, whole] = [&rest, &whole].map(|fit| fit["log_likelihood"].as_f64().unwrap());
    assert!((rest / whole - 1.0).abs() < 1e-12, "{rest} {whole}");
}

#[test]
fn every_format_of_a_table_gives_the_same_fit() {
    let folder = folder();
    let export = |file: &str| {
        mixlab(&folder).args(["datasets", "export", "stretched-blobs", file]).assert().success();
    };
    for file in ["b.csv", "b.npy", "e.tsv", "e.txt"] {
        export(file);
    }
    let csv = fs::read_to_string(folder.path().join("b.csv")).unwrap();
    write(&folder, "b.tsv", csv.replace(',', "\t"));
    write(&folder, "b.txt", csv.replace(',', "  ").replace("x  y\n", "# x y\n"));
    let fit = |data: &str| json(&folder, &["fit", data, "-k", "4", "--json"])["bic"].clone();
    let expected = fit("dataset:stretched-blobs");
    for data in ["b.csv", "b.npy", "b.tsv", "b.txt", "e.tsv", "e.txt"] {
        assert_eq!(fit(data), expected, "{data}");
    }
}

#[test]
fn bad_input_is_reported_in_one_line_with_position_and_remedy() {
    let folder = folder();
    write(&folder, "ragged.csv", "a,b\n1,2\n3\n4,5\n");
    let numbers: String = (0..20).map(|row| format!("{},{}\n", row * 7 % 11, row)).collect();
    write(&folder, "text.csv", format!("a,b\n{numbers}3,blue\n"));
    write(&folder, "empty.csv", "");
    write(&folder, "header.csv", "a,b\n");
    write(&folder, "one.csv", "a,b\n1,2\n");
    write(&folder, "constants.csv", "a,b,c\n1,2,\n1,2,\n1,2,NA\n1,2,\n");
    write(&folder, "latin.csv", b"a,b\n1,2\n3,\xe4\n");
    write(&folder, "inf.csv", "a,b\n1,2\n3,inf\n");
    write(&folder, "metadata.csv", "4,2\n1,2,3\n3,4,5\n");
    write(&folder, "gaps.csv", "a,b\n1,\n2,\n,4\n,5\n");
    write(&folder, "wide.csv", "a,b\n1e160,2\n-1e160,4\n5,7\n");
    write(&folder, "bad.npy", "not an array");
    let cases: [(&str, &[&str]); 19] = [
        ("fit missing.csv", &["missing.csv: No such file"]),
        ("fit ragged.csv", &["ragged.csv, line 3, column 2", "complete or remove"]),
        ("fit text.csv", &["text.csv, line 22, column 2", "\"blue\"", "\"b\""]),
        ("fit inf.csv", &["inf.csv, line 3, column 2", "\"b\" is inf"]),
        ("fit empty.csv", &["empty.csv has no rows"]),
        ("fit header.csv", &["header.csv, line 1: the table has no rows"]),
        ("fit one.csv -k 2", &["1 row is too few for a variance"]),
        (
            "fit metadata.csv",
            &["metadata.csv, line 1", "2 values where the following lines have 3", "--skip 1"],
        ),
        ("fit gaps.csv --drop-missing", &["gaps.csv: all 4 rows have missing values"]),
        ("fit text.csv --columns age", &["text.csv has no column \"age\"; it has \"a\", \"b\""]),
        ("fit text.csv --exclude a,b", &["the choice of columns is empty"]),
        ("fit text.csv text.csv", &["text.csv is not an image", "into one file"]),
        ("fit wide.csv -k 2", &["\"a\"", "too wide"]),
        (
            "fit constants.csv",
            &["no column is left to use", "\"b\" (one value), \"c\" (no values)"],
        ),
        ("fit latin.csv", &["latin.csv, line 3, column 2", "UTF-8"]),
        ("fit bad.npy", &["bad.npy is not an array file"]),
        ("fit .", &[". holds no images"]),
        ("fit dataset:iris", &["\"iris\"", "digits, heart, heart-missing, moons, olivetti"]),
        ("fit dataset:moons -k 300", &["200 rows are too few for 300 components"]),
    ];
    for (arguments, words) in cases {
        let arguments: Vec<&str> = arguments.split_whitespace().chain(["-o", "out.npz"]).collect();
        fails(&folder, &arguments, 2, words);
    }
}

#[test]
fn arrays_that_are_not_finite_are_refused_with_row_and_column() {
    let folder = folder();
    let array = ndarray::array![[1.0, 2.0], [f64::INFINITY, 3.0]];
    ndarray_npy::write_npy(folder.path().join("inf.npy"), &array).unwrap();
    let expected = ["inf.npy, row 2, column 1", "\"x1\" is inf", "--exclude x1"];
    fails(&folder, &["fit", "inf.npy", "-k", "1"], 2, &expected);
}

#[test]
fn bad_model_files_are_refused() {
    let folder = folder();
    mixlab(&folder).args(["fit", "dataset:moons", "-k", "3", "-o", "m.npz"]).assert().success();
    let whole = fs::read(folder.path().join("m.npz")).unwrap();
    write(&folder, "cut.npz", &whole[..whole.len() / 2]);
    fails(&folder, &["sample", "cut.npz"], 2, &["cut.npz is not a model"]);
    fails(&folder, &["sample", "none.npz"], 2, &["none.npz", "No such file"]);
    let mut npz =
        ndarray_npy::NpzWriter::new(fs::File::create(folder.path().join("new.npz")).unwrap());
    let text = |text: &str| text.bytes().collect::<ndarray::Array1<u8>>();
    npz.add_array("format", &text("mixlab-model")).unwrap();
    npz.add_array("version", &ndarray::array![6_i64]).unwrap();
    npz.finish().unwrap();
    fails(&folder, &["sample", "new.npz"], 2, &["new.npz", "version 6", "reads versions 1 to 5"]);
    write(
        &folder,
        "three.csv",
        "1,2,3
4,5,7
9,8,8
5,5,1
",
    );
    fails(
        &folder,
        &["fit", "three.csv", "--start", "m.npz"],
        2,
        &["three.csv has no column \"x\""],
    );
    fails(&folder, &["sample", "m.npz", "-o", "grid.png"], 2, &["the model is not of images"]);
    fails(&folder, &["sample", "m.npz", "-o", "rows.xls"], 2, &["rows.xls", ".csv"]);
    fails(&folder, &["sample", "m.npz", "-o", "no/rows.csv"], 2, &["no/rows.csv", "no folder no"]);
}

#[test]
fn wrong_arguments_are_usage_errors() {
    let folder = folder();
    for arguments in [
        "fit dataset:moons --components 0",
        "fit dataset:moons --components 5..2",
        "fit dataset:moons --covariance round",
        "fit dataset:moons --criterion best",
        "fit dataset:moons --init guess",
        "fit dataset:moons --whiten",
        "fit",
        "sample m.npz -n 0",
        "frobnicate",
        "",
    ] {
        let arguments = arguments.split_whitespace();
        let assert = mixlab(&folder).args(arguments).assert().code(2);
        assert!(assert.get_output().stdout.is_empty());
    }
    fails(&folder, &["fit", "dataset:moons", "--tol=-1"], 2, &["tol is -1"]);
    fails(&folder, &["fit", "dataset:moons", "--pca", "1.5"], 2, &["share", "1.5"]);
    fails(&folder, &["fit", "dataset:moons", "--pca", "3"], 2, &["3 of 200 rows x 2 columns"]);
    fails(&folder, &["reproduce", "sunspots"], 2, &["sunspots", "moons, digits"]);
}

#[test]
fn a_fit_that_fails_exits_with_one() {
    let folder = folder();
    write(&folder, "line.csv", "a,b\n0,0\n1,1\n2,2\n5,5\n");
    let arguments = ["fit", "line.csv", "-k", "2", "--covariance", "full", "--reg-covar", "0"];
    fails(&folder, &arguments, 1, &["singular covariance", "raise reg_covar"]);
}

#[test]
fn a_failed_write_keeps_the_old_model() {
    let folder = folder();
    fs::create_dir(folder.path().join("taken.npz")).unwrap();
    fails(&folder, &["fit", "dataset:moons", "-k", "2", "-o", "taken.npz"], 2, &["taken.npz"]);
    assert!(folder.path().join("taken.npz").is_dir());
}

#[test]
fn impossible_outputs_are_refused_before_the_work_begins() {
    let folder = folder();
    write(&folder, "data.csv", "a,b\n1,2\n3,5\n4,1\n");
    fails(&folder, &["fit", "data.csv", "-o", "data.csv"], 2, &["data.csv is an input"]);
    fails(&folder, &["fit", "data.csv", "-o", "none/m.npz"], 2, &["no folder none"]);
    fails(&folder, &["reproduce", "moons", "-o", "data.csv"], 2, &["data.csv cannot be written"]);
    let untouched = fs::read_to_string(folder.path().join("data.csv")).unwrap();
    assert!(untouched.starts_with("a,b"));
}

#[test]
fn degenerate_components_are_reported() {
    let folder = folder();
    let rows: String = (0..60).map(|i| format!("{},{}\n", i % 3, (i % 3) * (i % 3))).collect();
    write(&folder, "three.csv", rows);
    let assert = mixlab(&folder).args(["fit", "three.csv", "-k", "3"]).assert().success();
    let warning = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(warning.contains("3 of 3 components are degenerate"), "{warning}");
}

#[test]
fn excessive_sizes_are_refused() {
    let folder = folder();
    mixlab(&folder).args(["fit", "dataset:moons", "-k", "2", "-o", "m.npz"]).assert().success();
    fails(&folder, &["sample", "m.npz", "-n", "18446744073709551615"], 2, &["draw at most"]);
    for arguments in
        ["fit dataset:moons -k 1..18446744073709551615", "fit dataset:moons --n-init 0"]
    {
        mixlab(&folder).args(arguments.split_whitespace()).assert().code(2);
    }
    let mut npy = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    npy.extend(b"{'descr': '<f8', 'fortran_order': False, 'shape': (8589934592, 2), }");
    npy.resize(127, b' ');
    npy.extend(b"\n12345678");
    write(&folder, "claim.npy", npy);
    fails(&folder, &["fit", "claim.npy"], 2, &["claims 17179869184 elements"]);
}

#[test]
fn a_full_standard_error_does_not_change_the_exit_code() {
    let folder = folder();
    let full = || fs::File::options().write(true).open("/dev/full");
    let Ok(full_device) = full() else { return };
    let status = Process::new(assert_cmd::cargo::cargo_bin("mixlab"))
        .args(["fit", "missing.csv"])
        .current_dir(folder.path())
        .stderr(full_device)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let folder = folder();
    mixlab(&folder).args(["fit", "dataset:moons", "-k", "2", "-o", "m.npz"]).assert().success();
    let mut child = Process::new(assert_cmd::cargo::cargo_bin("mixlab"))
        .args(["sample", "m.npz", "-n", "200000"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
}

#[test]
fn the_number_of_threads_does_not_change_models() {
    let folder = folder();
    let fit = |threads: &str, path: &str| {
        let arguments = "fit dataset:digits --pca 20 --whiten -k 2..6 --n-init 3 -o";
        mixlab(&folder)
            .env("RAYON_NUM_THREADS", threads)
            .args(arguments.split_whitespace())
            .arg(path)
            .assert()
            .success();
        fs::read(folder.path().join(path)).unwrap()
    };
    assert!(fit("1", "one.npz") == fit("2", "two.npz"));
}

#[test]
fn datasets_are_listed() {
    let folder = folder();
    let assert = mixlab(&folder).args(["datasets", "list"]).assert().success();
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    for name in ["digits", "moons", "olivetti", "stretched-blobs"] {
        assert!(text.contains(name));
    }
    assert!(!Path::new("digits").exists());
}

#[test]
fn a_failed_download_of_the_faces_names_a_remedy() {
    let folder = folder();
    for arguments in [&["datasets", "fetch", "olivetti"][..], &["fit", "dataset:olivetti"]] {
        let mut offline = mixlab(&folder);
        offline.args(arguments).env_remove("MIXLAB_DATA").env("XDG_CACHE_HOME", folder.path());
        // a port without a server
        offline.env("ALL_PROXY", "http://127.0.0.1:1");
        let message = offline.assert().code(1).get_output().stderr.clone();
        let message = String::from_utf8(message).unwrap();
        assert!(message.contains("set MIXLAB_DATA to its folder"), "{message}");
    }
    // a file of the same name with other content is refused
    fs::write(folder.path().join("olivettifaces.mat"), "MATLAB 5.0, but cut off").unwrap();
    let mut local = mixlab(&folder);
    local.args(["datasets", "fetch", "olivetti"]).env("MIXLAB_DATA", folder.path());
    let message = String::from_utf8(local.assert().code(2).get_output().stderr.clone()).unwrap();
    assert!(message.contains("does not hold the Olivetti faces"), "{message}");
}
