//! The console blocks of the README and of the guide are run, and print what they show.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::folder;

/// A command of a console block, and the lines that it prints.
struct Step {
    command: String,
    printed: Vec<String>,
}

/// The steps of all console blocks of a page, except those that compile mixlab.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let blocks = page.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    for line in blocks.flat_map(str::lines) {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.into(), printed: Vec::new() }),
            (None, Some(step)) => step.printed.push(line.into()),
            (None, None) => panic!("{line}: a console block begins with a command"),
        }
    }
    steps.retain(|step| !step.command.starts_with("cargo "));
    steps
}

/// Numbers of more than ten digits differ between processors in their last ones.
fn rounded(line: &str) -> String {
    let word = |word: &str| match word.parse::<f64>() {
        Ok(number) if word.len() > 12 => format!("{number:.9e}"),
        _ => word.to_owned(),
    };
    line.trim_end().split(',').map(word).collect::<Vec<_>>().join(",")
}

/// Whether lines are the expected ones, where `...` matches any number of lines.
fn matches(expected: &[String], lines: &[String]) -> bool {
    match expected.split_first() {
        None => lines.is_empty(),
        Some((any, rest)) if any == "..." => {
            (0..=lines.len()).any(|skipped| matches(rest, &lines[skipped..]))
        }
        Some((first, rest)) => lines
            .split_first()
            .is_some_and(|(line, lines)| rounded(first) == rounded(line) && matches(rest, lines)),
    }
}

#[test]
#[cfg(unix)]
fn the_readme_shows_what_its_commands_print() {
    run_all("README.md", 10);
}

#[test]
#[cfg(unix)]
fn the_guide_shows_what_its_commands_print() {
    run_all("GUIDE.md", 25);
}

/// Runs the steps of a page, of which there are at least `fewest`.
#[cfg(unix)]
fn run_all(page: &str, fewest: usize) {
    let folder = folder();
    let at = folder.path();
    fs::create_dir(at.join("datasets")).unwrap();
    fs::copy("datasets/customers.csv", at.join("datasets/customers.csv")).unwrap();
    let program = assert_cmd::cargo::cargo_bin("mixlab");
    let programs = std::env::var("PATH").unwrap();
    let path = format!("{}:{programs}", program.parent().map(Path::display).unwrap());
    let steps = steps(&fs::read_to_string(page).unwrap());
    assert!(steps.len() >= fewest, "{page} has {} steps", steps.len());
    for Step { command, printed } in steps {
        let mut shell = Command::new("sh");
        shell.current_dir(at).env("PATH", &path).args(["-e", "-c", &command]);
        let ended = shell.output().unwrap();
        let error = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "$ {command}\n{error}");
        let text = String::from_utf8(ended.stdout).unwrap();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        assert!(printed.is_empty() || matches(&printed, &lines), "$ {command}\n{text}");
    }
}
