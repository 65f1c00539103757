//! `mixlab verify`

use std::process::ExitCode;

use indicatif::ProgressBar;
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
            writeln!(out, "{}\n", answer_table(&answers).trim_fmt())?;
            writeln!(out, "{} questions, ours at fault in {at_fault}", answers.len())
        })?;
    }
    Ok(match at_fault {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILED),
    })
}

fn answer_table(answers: &[Answer]) -> comfy_table::Table {
    let mut lines =
        table(&["data", "question", "linfa", "ours", "reference", "tolerance", "verdict", ""]);
    for answer in answers {
        let number = |number: Option<f64>| number.map_or(String::new(), short);
        lines.add_row([
            answer.data.to_owned(),
            answer.question.to_owned(),
            number(answer.linfa),
            short(answer.ours),
            number(answer.reference),
            short(answer.tolerance),
            answer.verdict.words().to_owned(),
            answer.remark.clone(),
        ]);
    }
    lines
}

/// A number in at most nine letters or so.
fn short(number: f64) -> String {
    match number.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e6).contains(&size) => {
            let text = format!("{number:.6}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        size if size.is_finite() => format!("{number:.1e}"),
        _ => number.to_string(),
    }
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
