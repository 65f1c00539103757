//! The sections of the guide that the help of each command names.

use clap::CommandFactory;

use super::Args;

/// Sections of GUIDE.md by command.
const SECTIONS: [(&str, &[&str]); 14] = [
    (
        "fit",
        &[
            "Which clusters are there?",
            "How many?",
            "Which covariances are there?",
            "How a fit decides",
        ],
    ),
    ("schema", &["Kinds of columns", "Text tables"]),
    ("sample", &["New rows", "What if?", "Samples that follow the data"]),
    ("predict", &["Which clusters are there?", "Classes that are known"]),
    ("score", &["Anomalies in production"]),
    ("impute", &["Fill in what is missing", "Images"]),
    ("info", &["Describe them to a colleague"]),
    ("given", &["What if?"]),
    ("bootstrap", &["How sure is a model?"]),
    ("plot", &["Describe them to a colleague"]),
    ("compare", &["Are they faithful, useful and private?"]),
    ("convert", &["From and to Python and R", "Model files, scikit-learn and NumPy"]),
    ("cluster", &["Clusters of machines"]),
    ("notebook", &["Notebooks"]),
];

/// The command line, with the sections of the guide at the end of the help of each command, and so of its manual page.
pub fn command_line() -> clap::Command {
    let with_sections = |all: clap::Command, &(name, sections): &(&'static str, &[&str])| {
        if all.find_subcommand(name).is_none() {
            // of a feature that is left out
            return all;
        }
        all.mut_subcommand(name, |command| {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            command.after_help(format!("{help}\n\nIn GUIDE.md: {}", sections.join("; ")))
        })
    };
    SECTIONS.iter().fold(Args::command(), with_sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sections_are_those_of_the_guide() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("GUIDE.md");
        let guide = std::fs::read_to_string(path).unwrap();
        let is_heading = |section: &str| {
            guide.lines().any(|line| {
                line.trim_start_matches('#').trim() == section && line.starts_with("##")
            })
        };
        for (command, sections) in SECTIONS {
            for section in sections {
                assert!(is_heading(section), "{command}: {section}");
            }
        }
        command_line().debug_assert();
    }
}
