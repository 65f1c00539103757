//! The same figures on every processor: all its instruction sets make the same choices, and the same numbers to rounding.

mod problems;
mod tour;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use approx::relative_eq;

use problems::Outcome;

/// The environment variable that names the file to which a process writes its outcomes with the bits of every number.
const OUTPUT: &str = "MIXLAB_PROBLEMS";

/// The instruction sets for which mixlab's kernels are compiled; a processor may lack some.
const SETS: [&str; 3] = ["portable", "avx2", "avx512"];

/// The instruction sets of this processor.
fn sets() -> Vec<&'static str> {
    let has = |set: &&str| {
        let mut mixlab = Command::new(assert_cmd::cargo::cargo_bin("mixlab"));
        let listed = mixlab.args(["datasets", "list"]).env("MIXLAB_SIMD", set).output();
        listed.unwrap().status.success()
    };
    SETS.into_iter().filter(has).collect()
}

#[test]
fn all_instruction_sets_give_the_same_outcomes() {
    let folder = tempfile::tempdir().unwrap();
    let solved = sets().into_iter().map(|set| {
        let path = folder.path().join(set);
        let this = env::current_exe().unwrap();
        let mut process = Command::new(this);
        process.args(["--ignored", "--exact", "processors::outcomes_are_written_to_a_file"]);
        let finished = process.env("MIXLAB_SIMD", set).env(OUTPUT, &path).output().unwrap();
        assert!(finished.status.success(), "{set}: {}", String::from_utf8_lossy(&finished.stderr));
        (set, read(&path))
    });
    let solved: Vec<_> = solved.collect();
    let (first, expected) = &solved[0];
    assert!(expected.len() >= 40);
    for (set, outcomes) in &solved[1..] {
        assert_eq!(outcomes.len(), expected.len());
        for (a, b) in expected.iter().zip(outcomes) {
            assert_eq!(a.name, b.name);
            assert_eq!(a.choices, b.choices, "{}: {first} and {set}", a.name);
            // parameters are of the order of the data, 0.01 to 1000; those near zero are differences of such numbers
            let near =
                |(&a, &b): (&f64, &f64)| relative_eq!(a, b, max_relative = 1e-9, epsilon = 1e-9);
            let all_near = a.numbers.iter().zip(&b.numbers).all(near);
            assert!(
                a.numbers.len() == b.numbers.len() && all_near,
                "{}: {first} and {set}",
                a.name
            );
        }
    }
}

#[test]
#[ignore = "run in a separate process for each instruction set, or by hand to write the bits of all models"]
fn outcomes_are_written_to_a_file() {
    let Some(path) = env::var_os(OUTPUT) else { panic!("{OUTPUT} names no file") };
    let lines = problems::solve().into_iter().map(|outcome| written(&outcome));
    fs::write(path, lines.collect::<String>()).unwrap();
}

/// Formats an outcome as lines of text: its name, its choices, and the bits of its numbers.
fn written(Outcome { name, choices, numbers }: &Outcome) -> String {
    let choices: Vec<_> = choices.iter().map(usize::to_string).collect();
    let numbers: Vec<_> =
        numbers.iter().map(|number| format!("{:016x}", number.to_bits())).collect();
    format!("{name}\n{}\n{}\n", choices.join(" "), numbers.join(" "))
}

/// Parses the text of [`written`].
fn read(path: &Path) -> Vec<Outcome> {
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let bits = |word: &str| f64::from_bits(u64::from_str_radix(word, 16).unwrap());
    let outcomes = lines.chunks_exact(3).map(|lines| Outcome {
        name: lines[0].into(),
        choices: lines[1].split_whitespace().map(|word| word.parse().unwrap()).collect(),
        numbers: lines[2].split_whitespace().map(bits).collect(),
    });
    outcomes.collect()
}
