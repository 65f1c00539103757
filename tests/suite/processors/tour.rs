//! The commands of the README's tour, and the experiments of the tutorials, on every instruction set.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::sets;

/// The tour, of a table of numbers and of a mixed one: printed text must be identical, except numbers with more digits than rounding determines.
const TOUR: [&str; 15] = [
    "fit survey.csv --standardize -o survey.npz",
    "info survey.npz",
    "predict survey.npz survey.csv",
    "score survey.npz survey.csv --anomalies 1%",
    "sample survey.npz -n 1000 --clip -o synthetic.csv",
    "compare survey.csv synthetic.csv",
    "fit survey.csv --standardize --pca 2 --whiten -k 1..6 --accelerate -o small.npz",
    "fit survey.csv -k 3 --covariance all --init rows --n-init 5",
    "info small.npz",
    "fit customers.csv -o customers.npz",
    "info customers.npz",
    "predict customers.npz customers.csv",
    "score customers.npz customers.csv --anomalies 1%",
    "sample customers.npz -n 1000 --clip -o mixed.csv",
    "compare customers.csv mixed.csv",
];

fn run(folder: &Path, set: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("mixlab"));
    command.current_dir(folder).args(arguments).env("MIXLAB_SIMD", set);
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{set}: {arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// Removes times from printed text and shortens long numbers to ten digits: text has as many digits as are needed to read
/// back the same bits.
fn shortened(text: &str) -> String {
    let word = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        match word.parse::<f64>() {
            Ok(number) if digits > 10 => format!("{number:.9e}"),
            _ => word.to_owned(),
        }
    };
    let without_times =
        text.lines().filter(|line| !line.contains(" s,") && !line.contains("seconds"));
    let lines = without_times.map(|line| line.split(',').map(word).collect::<Vec<_>>().join(","));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_tour_prints_the_same_on_all_instruction_sets() {
    let tour = |set: &str| -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for table in ["survey.csv", "customers.csv"] {
            fs::copy(Path::new("datasets").join(table), folder.path().join(table)).unwrap();
        }
        let printed = TOUR.iter().map(|line| {
            let arguments: Vec<&str> = line.split_whitespace().collect();
            shortened(&run(folder.path(), set, &arguments))
        });
        let mut printed: Vec<_> = printed.collect();
        printed.push(shortened(&fs::read_to_string(folder.path().join("synthetic.csv")).unwrap()));
        printed
    };
    let sets = sets();
    let expected = tour(sets[0]);
    for set in &sets[1..] {
        for (step, (a, b)) in expected.iter().zip(&tour(set)).enumerate() {
            assert_eq!(a, b, "step {step}: {} and {set}", sets[0]);
        }
    }
}

/// Figures as reports print them: rounded to eight decimals.
fn printed(figures: &Value) -> Vec<String> {
    let numbers = match figures {
        Value::Array(numbers) => numbers.iter().map(Value::as_f64).collect(),
        one => vec![one.as_f64()],
    };
    // adding zero turns -0 into 0
    let printed = |number: Option<f64>| number.map(|number| (number * 1e8).round() / 1e8 + 0.0);
    numbers.into_iter().map(|number| format!("{:.8?}", printed(number))).collect()
}

/// All tutorials except the digits, which take minutes without vector registers; the forty problems include a pipeline of
/// them.
#[test]
fn the_tutorials_figures_are_the_same_on_all_instruction_sets() {
    let names = ["stretched-blobs", "moons", "em-1d", "two-gaussians", "blobs", "synthetic-table"];
    let figures = |set: &str| -> Vec<Value> {
        let folder = tempfile::tempdir().unwrap();
        let arguments = [&["reproduce", "--quick", "--output", "report"][..], &names].concat();
        run(folder.path(), set, &arguments);
        let text = fs::read_to_string(folder.path().join("report/report.json")).unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        report["checks"].as_array().unwrap().clone()
    };
    let sets = sets();
    let expected = figures(sets[0]);
    for set in &sets[1..] {
        for (a, b) in expected.iter().zip(&figures(set)) {
            assert_eq!(
                printed(&a["ours"]),
                printed(&b["ours"]),
                "{}: {} and {set}",
                a["name"],
                sets[0]
            );
        }
    }
}
