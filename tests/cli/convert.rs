//! `mixlab convert`, `completions`, `man`.

use std::fs;

use mixlab::ModelFile;
use ndarray::Array3;
use ndarray_npy::NpzReader;

use super::{fails, folder, mixlab, prints, surveyed, words, write};

#[test]
fn models_are_converted_to_json_and_back_without_loss() {
    let folder = surveyed();
    prints(&folder, "convert survey.npz survey.json");
    prints(&folder, "convert survey.json back.npz");
    let load = |name: &str| ModelFile::load(&folder.path().join(name)).unwrap();
    assert_eq!(load("survey.json"), load("survey.npz"));
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(bytes("back.npz") == bytes("survey.npz"));
    // every command accepts both formats
    let samples = prints(&folder, "sample survey.json -n 3");
    assert_eq!(samples, prints(&folder, "sample survey.npz -n 3"));
    prints(&folder, "fit survey.csv --columns age,visits -k 2 -o m.json");
    assert_eq!(load("m.json").feature_names(), ["age", "visits"]);
}

#[test]
fn models_with_pca_and_of_images_are_converted_without_loss() {
    let folder = folder();
    prints(&folder, "fit dataset:digits --pca 5 --whiten -k 3 --covariance tied -o d.npz");
    prints(&folder, "convert d.npz d.json");
    let load = |name: &str| ModelFile::load(&folder.path().join(name)).unwrap();
    assert_eq!(load("d.json"), load("d.npz"));
    assert!(load("d.json").image.is_some());
}

#[test]
fn arrays_for_sklearn_are_the_attributes_of_its_models() {
    let folder = folder();
    prints(&folder, "fit dataset:stretched-blobs -k 4 --covariance full --standardize -o m.npz");
    prints(&folder, "convert m.npz sk.npz --sklearn");
    let mut npz = NpzReader::new(fs::File::open(folder.path().join("sk.npz")).unwrap()).unwrap();
    let covariances: Array3<f64> = npz.by_name("covariances_.npy").unwrap();
    let factors: Array3<f64> = npz.by_name("precisions_cholesky_.npy").unwrap();
    for (covariance, factor) in covariances.outer_iter().zip(factors.outer_iter()) {
        // P Pᵀ is the inverse of the covariance
        let identity = covariance.dot(&factor.dot(&factor.t()));
        approx::assert_abs_diff_eq!(identity, ndarray::Array2::eye(2), epsilon = 1e-10);
    }
    for name in ["weights_", "means_", "scaler_mean_", "scaler_scale_", "scaler_var_"] {
        assert!(
            npz.names().unwrap().iter().any(|known| known.trim_end_matches(".npy") == name),
            "{name}"
        );
    }
}

#[test]
fn files_that_are_not_models_are_errors() {
    let folder = surveyed();
    write(&folder, "cut.json", "{\"weights\": [1");
    write(&folder, "list.json", "[1, 2]");
    write(
        &folder,
        "ragged.json",
        "{\"covariance_type\": \"diag\", \"weights\": [1], \"means\": [[1, 2], [3]]}",
    );
    for (arguments, expected) in [
        ("convert survey.npz survey.txt", "is survey.txt, but it must be one that ends in .npz"),
        ("convert survey.npz m.json --sklearn", "is m.json, but it must be one that ends in .npz"),
        ("convert survey.npz survey.npz", "survey.npz is an input"),
        ("convert survey.csv m.json", "survey.csv is not a model"),
        (
            "convert cut.json m.npz",
            "cut.json is not a model that this mixlab reads: it is not valid JSON",
        ),
        ("convert list.json m.npz", "list.json is not a model"),
        ("convert ragged.json m.npz", "array \"means\""),
        ("convert none.npz m.json", "none.npz: No such file"),
        ("fit survey.csv -o model", "is model, but it must be one that ends in .npz or .json"),
    ] {
        fails(&folder, &words(arguments), 2, &[expected]);
    }
}

#[test]
fn completions_and_manual_pages_have_every_command() {
    let folder = folder();
    let commands = ["fit", "sample", "predict", "score", "info", "compare", "convert", "datasets"];
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = prints(&folder, &format!("completions {shell}"));
        assert!(commands.iter().all(|command| script.contains(command)), "{shell}");
    }
    let page = prints(&folder, "man");
    assert!(page.contains(".TH") && commands.iter().all(|command| page.contains(command)));
    for command in commands {
        let page = prints(&folder, &format!("man {command}"));
        assert!(page.contains("Examples") && page.contains(command), "{command}");
    }
    fails(&folder, &words("man frobnicate"), 2, &["no command \"frobnicate\""]);
    mixlab(&folder).args(["completions", "csh"]).assert().code(2);
}
