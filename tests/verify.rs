//! `mixlab verify`: linfa's answers beside ours, from a live run.

use assert_cmd::Command;
use serde_json::Value;

#[test]
fn ours_is_never_at_fault_and_known_faults_of_linfa_are_seen() {
    let assert =
        Command::cargo_bin("mixlab").unwrap().args(["verify", "--json"]).assert().success();
    let object: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(object["at_fault"], 0);
    let answers = object["answers"].as_array().unwrap();
    let about = |question: &str| -> Vec<&Value> {
        answers.iter().filter(|answer| answer["question"] == question).collect()
    };
    // five datasets, each asked everything
    for question in [
        "largest difference of posteriors",
        "rows with another label",
        "one EM step of ours from linfa's optimum",
        "fall of the log-likelihood in 50 of them",
        "log-likelihood per row, ten starts",
    ] {
        assert_eq!(about(question).len(), 5, "{question}");
    }
    for answer in about("largest difference of posteriors") {
        assert!(answer["ours"].as_f64().unwrap() <= 1e-8, "{answer}");
    }
    // linfa 0.8.1 is what Cargo.lock holds; these fail when a later one is right, and then may go
    for question in [
        "sum of its posteriors",
        "models after two iterations",
        "ten starts better than one",
        "variance of component 1 of 10",
        "variance of component 1 of 1",
        "share of variance of 10 components",
        "singular value 1 of 41",
        "squared error of the whitened inverse",
    ] {
        let answer = about(question)[0];
        assert_eq!(answer["verdict"], "linfa is at fault", "{answer}");
        assert!(!answer["linfa"].is_null() && !answer["reference"].is_null());
    }
}

#[test]
fn the_table_has_a_line_for_each_question() {
    let assert = Command::cargo_bin("mixlab").unwrap().arg("verify").assert().success();
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(text.trim_end().ends_with("comparisons, mixlab at fault in 0"), "{text}");
    assert_eq!(text.matches("linfa is at fault").count(), 8);
}
