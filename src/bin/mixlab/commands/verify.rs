//! `mixlab verify`

use std::process::ExitCode;

use indicatif::ProgressBar;
use mixlab::Listing;
use mixlab::verify::{Answer, Verdict, verify};
use serde_json::{Value, json};

use crate::args::VerifyArgs;
use crate::output::{FAILED, print, table};

pub fn run(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let spinner = ProgressBar::new_spinner();
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    let answers = verify(&|question| spinner.set_message(question.to_owned()));
    spinner.finish_and_clear();
    let answers = answers?;
    let at_fault = answers.iter().filter(|answer| answer.verdict == Verdict::OursAtFault).count();
    if args.json {
        let object = json!({
            "at_fault": at_fault,
            "answers": answers.iter().map(answer_json).collect::<Vec<_>>(),
        });
        print(|out| writeln!(out, "{object:#}"))?;
    } else {
        print(|out| {
            writeln!(out, "{}\n", table(&Listing::from(answers.as_slice())).trim_fmt())?;
            writeln!(out, "{} questions, ours at fault in {at_fault}", answers.len())
        })?;
    }
    Ok(match at_fault {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILED),
    })
}

fn answer_json(answer: &Answer) -> Value {
    // JSON has no word for what is not finite
    let number = |number: f64| match number.is_finite() {
        true => json!(number),
        false => json!(number.to_string()),
    };
    json!({
        "data": answer.data,
        "question": answer.question,
        "linfa": answer.linfa.map(number),
        "ours": number(answer.ours),
        "reference": answer.reference.map(number),
        "tolerance": answer.tolerance,
        "verdict": answer.verdict.words(),
        "remark": answer.remark,
    })
}
