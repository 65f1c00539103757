//! `mixlab fit --tails`, and what its models can and cannot do.

use super::{fails, folder, json, mixlab, write};

/// Two clusters of two numbers and a category, with some rows far away and some values missing.
fn table() -> String {
    let mut text = String::from("x,y,kind\n");
    for at in 0..120 {
        let (side, t) = (at % 2, f64::from(at));
        let (mut x, y) = (10.0 * f64::from(side) + t.sin(), (1.7 * t).cos() + 0.3 * t.sin());
        if at % 24 == 5 {
            x += 60.0 * (0.9 * t).cos();
        }
        let y = if at % 17 == 3 { String::new() } else { format!("{y:.3}") };
        text.push_str(&format!("{x:.3},{y},{}\n", ["left", "right"][side as usize]));
    }
    text
}

#[test]
fn a_model_with_heavy_tails_does_what_others_do() {
    let folder = folder();
    write(&folder, "t.csv", table());
    let fit =
        ["fit", "t.csv", "--tails", "-k", "2", "--missing", "at-random", "-o", "m.npz", "--json"];
    let fitted = json(&folder, &fit);
    // weights 1, means 4, covariances 3 for one matrix or more, levels 2, degrees of freedom 2
    assert!(fitted["n_parameters"].as_u64().unwrap() >= 12, "{fitted}");
    let info = json(&folder, &["info", "m.npz", "--json"]);
    let degrees = info["degrees_of_freedom"].as_array().unwrap();
    assert_eq!(degrees.len(), 2);
    assert!(degrees.iter().all(|nu| (2.1..=200.0).contains(&nu.as_f64().unwrap())), "{info}");
    let text = String::from_utf8(mixlab(&folder).args(["info", "m.npz"]).output().unwrap().stdout)
        .unwrap();
    assert!(text.contains("heavy tails") && text.contains("degrees of freedom"), "{text}");
    for command in [
        &["score", "m.npz", "t.csv", "--anomalies", "5%"][..],
        &["predict", "m.npz", "t.csv", "--proba"],
        &["sample", "m.npz", "-n", "50", "--seed", "1"],
        &["sample", "m.npz", "-n", "50", "--given", "x=3"],
        &["given", "m.npz", "x=3", "-o", "given.npz"],
        &["impute", "m.npz", "t.csv", "--draw", "2", "-o", "filled.csv"],
        &["convert", "m.npz", "m.json"],
        &["fit", "t.csv", "--start", "m.npz", "-k", "2", "-o", "again.npz"],
        &["bootstrap", "m.npz", "t.csv", "-n", "19"],
    ] {
        let output = mixlab(&folder).args(command).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {errors}");
    }
    // the start says what the tails are
    let again = json(&folder, &["info", "again.npz", "--json"]);
    assert!(again["degrees_of_freedom"].is_array(), "{again}");
    let given = json(&folder, &["info", "given.npz", "--json"]);
    for (given, before) in given["degrees_of_freedom"].as_array().unwrap().iter().zip(degrees) {
        assert_eq!(given.as_f64().unwrap(), before.as_f64().unwrap() + 1.0);
    }
    let fixed = ["fit", "t.csv", "--tails=4", "-k", "2", "-o", "four.json", "--json"];
    json(&folder, &fixed);
    let info = json(&folder, &["info", "four.json", "--json"]);
    assert_eq!(info["degrees_of_freedom"], serde_json::json!([4.0, 4.0]));
    // for samples, without the shapes that they have otherwise
    let samples = ["fit", "t.csv", "--purpose", "samples", "--tails", "-k", "2", "-o", "s.npz"];
    assert!(mixlab(&folder).args(samples).output().unwrap().status.success());
    // and classes
    let classes =
        ["fit", "t.csv", "--class", "kind", "--tails", "-k", "1", "-o", "c.npz", "--json"];
    let classes = &json(&folder, &classes)["classes"];
    assert!(classes["training"]["n_wrong"].as_u64().unwrap() < 12, "{classes}");
}

#[test]
fn what_heavy_tails_exclude_is_refused_with_what_to_do() {
    let folder = folder();
    write(&folder, "t.csv", table());
    let output = ["-o", "x.npz"];
    for (options, words) in [
        (&["--tails=2"][..], "above 2"),
        (&["--tails=heavy"], "gaussian, estimated or degrees of freedom"),
        (&["--tails", "--pca", "2"], "--pca"),
        (&["--tails", "--shape", "yeo-johnson"], "shapes of columns, but it must be gaussian"),
    ] {
        let arguments = [&["fit", "t.csv", "-k", "2"][..], options, &output].concat();
        let assert = mixlab(&folder).args(arguments).assert().code(2);
        let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(message.contains(words), "{message}");
        assert!(!folder.path().join("x.npz").exists());
    }
    let fit = ["fit", "t.csv", "--exclude", "kind", "--missing", "at-random"];
    let fit = [&fit[..], &["--tails", "-k", "2", "-o", "m.npz", "--json"]].concat();
    json(&folder, &fit);
    fails(&folder, &["convert", "m.npz", "s.npz", "--sklearn"], 2, &["t distributions", "--tails"]);
    fails(&folder, &["given", "m.npz", "x=1..2", "-o", "g.npz"], 2, &["Gaussian tails"]);
}
