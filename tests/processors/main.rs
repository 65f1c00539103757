//! The same figures on every processor: all instruction sets of this one make the same choices, and the same numbers to
//! rounding.

mod problems;

use std::env;
use std::fs;
use std::path::Path;

use problems::Outcome;

/// The file that a process of its own writes its outcomes to, and with them the bits of every number.
const OUTPUT: &str = "MIXLAB_PROBLEMS";

#[test]
#[ignore = "run in a process of its own for each instruction set, and by whoever wants the bits of all models"]
fn problems_are_solved_and_written_down() {
    let Some(path) = env::var_os(OUTPUT) else { panic!("{OUTPUT} names no file") };
    let lines = problems::solve().into_iter().map(|outcome| written(&outcome));
    fs::write(path, lines.collect::<String>()).unwrap();
}

/// An outcome as lines of text: its name, its choices, its numbers as bits.
fn written(Outcome { name, choices, numbers }: &Outcome) -> String {
    let choices: Vec<_> = choices.iter().map(usize::to_string).collect();
    let numbers: Vec<_> =
        numbers.iter().map(|number| format!("{:016x}", number.to_bits())).collect();
    format!("{name}\n{}\n{}\n", choices.join(" "), numbers.join(" "))
}

/// What [`written`] wrote.
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
