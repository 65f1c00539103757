//! Model files come from any source: for any bytes, loading gives a model or an error. A model evaluates any
//! finite row without a panic and is the same after saving and loading.
//!
//! The first byte selects what the remaining bytes are: if even, the file; if odd, the choices by which an archive is
//! generated: the arrays of a model that is probably valid, some arrays that probably are not, or both.

#![no_main]

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use mixlab::ModelFile;
use mixlab::table::read_table;
use mixlab_fuzz::{Scratch, check_table, npy, npy_of};
use ndarray::Array2;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const NAMES: [&str; 25] = [
    "format",
    "version",
    "covariance_type",
    "weights",
    "means",
    "covariances",
    "scaler_mean",
    "scaler_scale",
    "pca_mean",
    "pca_components",
    "pca_explained_variance",
    "pca_noise_variance",
    "pca_whiten",
    "image_shape",
    "image_range",
    "feature_names",
    "feature_range",
    "feature_decimals",
    "fit_n_samples",
    "fit_criterion",
    "search_n_components",
    "search_covariance_types",
    "search_criteria",
    "data",
    "x",
];

const ELEMENTS: [&str; 14] = [
    "<f8", ">f8", "<f4", ">f4", "<i8", ">i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1",
    "|b1",
];

/// Edge cases of floating-point arithmetic.
const EDGES: [f64; 12] = [
    0.0,
    -0.0,
    5e-324,
    f64::MIN_POSITIVE,
    1e-160,
    f64::EPSILON,
    1e154,
    1e300,
    f64::MAX,
    f64::MIN,
    f64::INFINITY,
    f64::NAN,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((&mode, bytes)) = bytes.split_first() else { return };
    let choices = &mut Unstructured::new(bytes);
    let file = match mode % 2 {
        0 => bytes.to_vec(),
        _ => match archive(choices) {
            Ok(file) => file,
            Err(_) => return, // too few bytes
        },
    };
    let scratch = Scratch::new();
    let path = scratch.file("x.npz", &file);
    if let Ok(table) = read_table(&path) {
        check_table(&table);
    }
    let Ok(model) = ModelFile::load(&path) else { return };
    ask(&model, choices);
    let again = scratch.folder().join("again.npz");
    model.save(&again).expect("a loaded model can be saved");
    assert_eq!(ModelFile::load(&again).expect("a saved model"), model);
    let json = scratch.folder().join("again.json");
    model.save(&json).expect("a loaded model can be saved");
    assert_eq!(ModelFile::load(&json).expect("a model saved as JSON"), model);
});

/// Calls the methods of a model; results may be errors, but not panics.
fn ask(model: &ModelFile, choices: &mut Unstructured<'_>) {
    let pipeline = &model.pipeline;
    let finite = || number(choices).ok().filter(|number| number.is_finite()).unwrap_or(0.5);
    let rows = Array2::from_shape_simple_fn((2, pipeline.n_features()), finite);
    if let Ok(scores) = pipeline.score_samples(&rows) {
        assert_eq!(scores.len(), 2);
    }
    if let Ok(labels) = pipeline.try_predict(&rows) {
        assert!(labels.iter().all(|&label| label < pipeline.mixture().n_components()));
    }
    let _ = pipeline.predict_proba(&rows);
    let _ = pipeline.criteria(&rows);
    let _ = pipeline.mixture().smallest_variances();
    let _ = pipeline.deviations(rows.view());
    let _ = pipeline.category_probabilities(rows.view());
    let _ = pipeline.missingness_probabilities(rows.view());
    let _ = pipeline.marginal(&[pipeline.n_features() - 1]);
    assert_eq!(pipeline.standard_deviations().dim(), pipeline.means().dim());
    assert_eq!(pipeline.sample(3, 0).0.dim(), (3, pipeline.n_features()));
}

/// Generates a number: usually a multiple of 1/16, sometimes an edge case or a power of two, rarely any number.
fn number(choices: &mut Unstructured<'_>) -> Result<f64> {
    Ok(match choices.arbitrary::<u8>()? {
        byte @ 0..224 => f64::from(byte) / 16.0 - 7.0,
        byte @ 224..236 => EDGES[usize::from(byte - 224)],
        236..246 => f64::from(choices.arbitrary::<i16>()?).exp2(),
        _ => choices.arbitrary()?,
    })
}

/// Generates a number that is usually above 0.
fn positive(choices: &mut Unstructured<'_>) -> Result<f64> {
    Ok(number(choices)?.abs())
}

fn numbers(
    choices: &mut Unstructured<'_>,
    count: usize,
    number: fn(&mut Unstructured<'_>) -> Result<f64>,
) -> Result<Vec<f64>> {
    (0..count).map(|_| number(choices)).collect()
}

type Members = BTreeMap<&'static str, Vec<u8>>;

/// Generates an archive of arrays.
fn archive(choices: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut members = Members::new();
    if choices.ratio(3, 4)? {
        add_model(&mut members, choices)?;
    }
    for _ in 0..choices.int_in_range(0..=3)? {
        let name = *choices.choose(&NAMES)?;
        if choices.ratio(1, 8)? {
            members.remove(name);
        } else {
            members.insert(name, any_array(choices)?);
        }
    }
    let method = *choices.choose(&[CompressionMethod::Stored, CompressionMethod::Deflated])?;
    let options = SimpleFileOptions::default().compression_method(method);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(format!("{name}.npy"), options).expect("names differ");
        zip.write_all(&bytes).expect("room in memory");
    }
    Ok(zip.finish().expect("a whole archive").into_inner())
}

/// Generates a valid array, one with a valid header and any content, one with any header, or any bytes.
fn any_array(choices: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let kind = choices.int_in_range(0..=3)?;
    if kind == 0 {
        return Ok(choices.arbitrary::<&[u8]>()?.to_vec());
    }
    if kind == 1 {
        let header = choices.arbitrary::<&str>()?;
        return Ok(npy(choices.int_in_range(1..=3)?, header, choices.arbitrary()?));
    }
    let element = *choices.choose(&ELEMENTS)?;
    let n_sides = choices.int_in_range(0..=3)?;
    let shape: Vec<usize> =
        (0..n_sides).map(|_| choices.int_in_range(0..=4)).collect::<Result<_>>()?;
    let order = choices.arbitrary()?;
    if kind == 2 {
        return Ok(npy_of(element, order, &shape, choices.arbitrary()?));
    }
    let width: usize = element[2..].parse().expect("a digit");
    let content = choices.bytes(width * shape.iter().product::<usize>())?;
    Ok(npy_of(element, order, &shape, content))
}

/// Adds the arrays of a model that is probably valid.
fn add_model(members: &mut Members, choices: &mut Unstructured<'_>) -> Result<()> {
    let mut add = |name, shape: &[usize], numbers: &[f64]| {
        let content: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        members.insert(name, npy_of("<f8", false, shape, &content));
    };
    let (k, d) = (choices.int_in_range(1..=3)?, choices.int_in_range(1..=5)?);

    let weights: Vec<f64> = numbers(choices, k, |choices| Ok(choices.arbitrary::<u8>()?.into()))?;
    let total = weights.iter().sum::<f64>();
    add("weights", &[k], &weights.iter().map(|weight| weight / total).collect::<Vec<_>>());
    add("means", &[k, d], &numbers(choices, k * d, number)?);
    let covariance_type = *choices.choose(&["full", "tied", "diag", "spherical"])?;
    match covariance_type {
        "full" => {
            let matrices: Vec<_> = (0..k).map(|_| covariance(choices, d)).collect::<Result<_>>()?;
            add("covariances", &[k, d, d], &matrices.concat());
        }
        "tied" => add("covariances", &[d, d], &covariance(choices, d)?),
        "diag" => add("covariances", &[k, d], &numbers(choices, k * d, positive)?),
        _ => add("covariances", &[k], &numbers(choices, k, positive)?),
    }

    let mut n_features = d;
    if choices.arbitrary()? {
        n_features += choices.int_in_range(0..=3)?;
        add("pca_mean", &[n_features], &numbers(choices, n_features, number)?);
        add("pca_components", &[d, n_features], &axes(choices, d, n_features)?);
        add("pca_explained_variance", &[d], &numbers(choices, d, positive)?);
        add("pca_noise_variance", &[1], &[positive(choices)?]);
        add("pca_whiten", &[1], &[f64::from(choices.arbitrary::<bool>()?)]);
    }
    if choices.arbitrary()? {
        add("scaler_mean", &[n_features], &numbers(choices, n_features, number)?);
        add("scaler_scale", &[n_features], &numbers(choices, n_features, positive)?);
    }
    if choices.arbitrary()? {
        add("image_shape", &[2], &[1.0, n_features as f64]);
        add("image_range", &[2], &[number(choices)?, number(choices)?]);
    }
    let known = choices.arbitrary()?;
    if known {
        add("feature_range", &[n_features, 2], &numbers(choices, 2 * n_features, number)?);
        add("feature_decimals", &[n_features], &numbers(choices, n_features, number)?);
    }
    let searched = choices.arbitrary()?;
    if searched {
        add("fit_n_samples", &[1], &[number(choices)?]);
        add("search_n_components", &[2], &[1.0, 2.0]);
        add("search_criteria", &[2, 3], &numbers(choices, 6, number)?);
    }

    let mut add_text = |name, text: &[u8]| {
        members.insert(name, npy_of("|u1", false, &[text.len()], text));
    };
    add_text("covariance_type", covariance_type.as_bytes());
    if searched {
        add_text("fit_criterion", b"bic");
        add_text("search_covariance_types", b"full\ntied");
    }
    if known || choices.arbitrary()? {
        let letters = choices.bytes(n_features)?;
        let names: Vec<_> = letters.iter().map(|&letter| char::from(letter).to_string()).collect();
        add_text("feature_names", names.join("\n").as_bytes());
    }
    if choices.arbitrary()? {
        add_text("format", b"mixlab-model");
        members.insert("version", npy_of("<i8", false, &[1], &1_i64.to_le_bytes()));
    }
    Ok(())
}

/// Generates a symmetric matrix, positive definite unless its variances are edge cases.
fn covariance(choices: &mut Unstructured<'_>, d: usize) -> Result<Vec<f64>> {
    let variances = numbers(choices, d, positive)?;
    let correlation = f64::from(choices.int_in_range(-16..=128_i16)?) / 128.0;
    let entry = |at: usize| match (at / d, at % d) {
        (i, j) if i == j => variances[i],
        (i, j) => correlation * variances[i].sqrt() * variances[j].sqrt(),
    };
    Ok((0..d * d).map(entry).collect())
}

/// Generates orthonormal rows: unit vectors, rotated in the plane of the first and last column.
fn axes(choices: &mut Unstructured<'_>, n_rows: usize, n_columns: usize) -> Result<Vec<f64>> {
    let shift = choices.int_in_range(0..=n_columns - 1)?;
    let (sin, cos) = f64::from(choices.arbitrary::<u8>()?).sin_cos();
    let last = n_columns - 1;
    let mut axes = Array2::zeros((n_rows, n_columns));
    for (i, mut axis) in axes.rows_mut().into_iter().enumerate() {
        axis[(i + shift) % n_columns] = 1.0;
        if last > 0 {
            let (x, y) = (axis[0], axis[last]);
            (axis[0], axis[last]) = (cos * x - sin * y, sin * x + cos * y);
        }
    }
    Ok(axes.into_iter().collect())
}
