//! Help, warnings, quiet mode and reproducibility.

use super::{folder, mixlab, prints, surveyed, words, write};

/// Commands on the user's own data.
const COMMANDS: [&str; 10] =
    ["fit", "schema", "sample", "predict", "score", "info", "plot", "compare", "convert", "man"];

#[test]
fn help_of_every_command_has_examples_that_parse() {
    let folder = folder();
    // these features add options and commands
    let is_usual = !cfg!(any(feature = "cluster", feature = "notebooks"));
    for command in COMMANDS {
        let help = prints(&folder, &format!("{command} --help"));
        if is_usual {
            insta::assert_snapshot!(format!("help-{command}"), help);
        }
        let (_, examples) = help.split_once("Examples:").expect("examples");
        let mut n_examples = 0;
        for line in examples.lines().filter(|line| line.trim_start().starts_with("mixlab ")) {
            n_examples += 1;
            let line = line.split(['>', '|', '#']).next().unwrap();
            let arguments = words(line.trim_start().trim_start_matches("mixlab "));
            let output = mixlab(&folder).args(&arguments).output().unwrap();
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            // the files do not exist, but the command line is valid
            assert!(!message.contains("Usage:"), "{line}: {message}");
        }
        assert!(n_examples > 0, "{command} has no examples");
    }
    if is_usual {
        insta::assert_snapshot!("help", prints(&folder, "--help"));
    }
}

#[test]
fn a_fit_prints_its_search_and_advice() {
    let folder = folder();
    let rows: String = (0..60).map(|i| format!("{},{}\n", i % 3, (i * 7) % 60)).collect();
    write(&folder, "few.csv", rows);
    let run = |more: &str| {
        let assert = mixlab(&folder).args(words(&format!("fit few.csv {more}"))).assert().success();
        let output = assert.get_output();
        let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
        (text(&output.stdout), text(&output.stderr))
    };
    let (out, advice) = run("-k 1..3 --n-init 2");
    insta::assert_snapshot!("fit", out);
    insta::assert_snapshot!("fit-advice", advice);
    let (_, advice) = run("-k 2 --covariance full --max-iter 1 --n-init 1 --tol 0");
    assert!(advice.contains("has not converged after 1 iteration,"), "{advice}");
    let (_, advice) = run("-k 25 --covariance full --n-init 1");
    assert!(advice.contains("the model may overfit"), "{advice}");
    assert!(advice.contains("represent fewer than 5 rows each"), "{advice}");
    let wide: String =
        (0..12).map(|i| format!("{}\n", vec![(i * i % 7).to_string(); 120].join(","))).collect();
    write(&folder, "wide.csv", wide);
    let advice_on = |arguments: &str| {
        let assert = mixlab(&folder).args(words(arguments)).assert().success();
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    };
    let advice = advice_on("fit wide.csv -k 1 --reg-covar 0.1");
    assert!(advice.contains("mixlab: 2 of 4 models were not tried"), "{advice}");
    let advice = advice_on("fit wide.csv -k 1 --reg-covar 0.1 --covariance full,tied");
    assert!(advice.contains("mixlab: full and tied covariances of 120 columns"), "{advice}");
    let (_, advice) = run("");
    assert!(advice.contains("use -o MODEL.npz to write it to a file"), "{advice}");
}

#[test]
fn quiet_prints_errors_only() {
    let folder = surveyed();
    let silent = |arguments: &str| {
        let assert = mixlab(&folder).args(words(arguments)).assert().success();
        assert!(assert.get_output().stderr.is_empty(), "{arguments}");
    };
    silent("--quiet fit survey.csv --columns age,visits -k 8 --n-init 1");
    silent("fit survey.csv --columns age,visits -k 8 --n-init 1 -q");
    silent("plot pairs survey.npz -o p.png --quiet");
    let assert = mixlab(&folder).args(words("fit none.csv --quiet")).assert().code(2);
    assert!(!assert.get_output().stderr.is_empty());
}

#[test]
fn output_that_is_not_a_terminal_is_not_coloured() {
    let folder = surveyed();
    let arguments = words("fit survey.csv --columns age,visits -k 1..2 --n-init 1");
    let output = mixlab(&folder).args(arguments).env("NO_COLOR", "1").output().unwrap();
    assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b));
}

#[test]
fn the_same_seed_gives_the_same_files() {
    let folder = surveyed();
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    for name in ["a", "b"] {
        let fit = "fit survey.csv --exclude id,name -k 2..4 --n-init 3 --seed 9 -o";
        prints(&folder, &format!("{fit} {name}.npz"));
        prints(&folder, &format!("sample {name}.npz -n 500 --seed 4 -o {name}.csv"));
    }
    assert!(read("a.npz") == read("b.npz"));
    assert!(read("a.csv") == read("b.csv"));
}
