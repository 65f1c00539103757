//! `mixlab verify`

use std::process::ExitCode;

use clap::Parser;
use mixlab::TextTable;
use mixlab::verify::{Answer, Verdict, verify};
use serde::Serialize;

use crate::output::{FAILED, print, print_json, table};
use crate::progress::Terminal;

/// Compare results with those of linfa.
///
/// Fits mixtures and PCA of linfa and of mixlab to the data of the tutorials and compares the results. Exit code 1 if mixlab
/// is at fault.
#[derive(Parser)]
#[command(after_help = "Examples:\n  mixlab verify\n  mixlab verify --json > verified.json")]
pub struct VerifyArgs {
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// JSON output.
#[derive(Serialize)]
struct VerifyOutput {
    at_fault: usize,
    answers: Vec<AnswerOutput>,
}

#[derive(Serialize)]
struct AnswerOutput {
    data: &'static str,
    question: &'static str,
    linfa: Option<Number>,
    ours: Number,
    reference: Option<Number>,
    tolerance: f64,
    verdict: &'static str,
    remark: String,
}

/// A number, or its name if it is not finite, which JSON cannot represent.
#[derive(Serialize)]
#[serde(untagged)]
enum Number {
    Finite(f64),
    Named(String),
}

pub fn run(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let answers = verify(&Terminal::new("verify"))?;
    let at_fault = answers.iter().filter(|answer| answer.verdict == Verdict::OursAtFault).count();
    if args.json {
        let answers = answers.into_iter().map(AnswerOutput::from).collect();
        print_json(&VerifyOutput { at_fault, answers })?;
    } else {
        print(|out| {
            writeln!(out, "{}\n", table(&TextTable::from(answers.as_slice())).trim_fmt())?;
            writeln!(out, "{} comparisons, mixlab at fault in {at_fault}", answers.len())
        })?;
    }
    Ok(match at_fault {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILED),
    })
}

impl From<Answer> for AnswerOutput {
    fn from(answer: Answer) -> Self {
        Self {
            data: answer.data,
            question: answer.question,
            linfa: answer.linfa.map(Number::from),
            ours: answer.ours.into(),
            reference: answer.reference.map(Number::from),
            tolerance: answer.tolerance,
            verdict: answer.verdict.words(),
            remark: answer.remark,
        }
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        if number.is_finite() { Self::Finite(number) } else { Self::Named(number.to_string()) }
    }
}
