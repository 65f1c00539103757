//! The reports of experiments as a folder: a page, JSON, and every figure in a file.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use maud::{Markup, html};

use super::Report;
use super::report_json::ReportOutput;
use crate::error::{Error, Result};
use crate::files::atomic::write_file;
use crate::report::Picture;
use crate::report::html::{page, parts};

/// A folder with `index.html`, `report.json`, and every figure as PNG and SVG (or GIF). It is whole after each
/// experiment that is added.
pub struct ReportFolder {
    path: PathBuf,
    reports: Vec<Report>,
    sections: Vec<Markup>,
}

impl ReportFolder {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn create(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(|source| Error::io(path, source))?;
        Ok(Self { path: path.into(), reports: Vec::new(), sections: Vec::new() })
    }

    /// The reports added so far.
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// Writes the figures of a report, and the page and the JSON of all reports so far.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Drawing`].
    pub fn add(&mut self, report: Report) -> Result<()> {
        for illustration in report.document.figures() {
            let path = |ending: &str| self.path.join(format!("{}.{ending}", illustration.name));
            match &illustration.picture {
                Picture::Still(figure) => {
                    figure.save(&path("png"))?;
                    figure.save(&path("svg"))?;
                }
                Picture::Moving(animation) => {
                    animation.save(&path("gif"))?;
                }
            }
        }
        self.sections.push(section(&report)?);
        self.reports.push(report);
        let page = html_page(&self.reports, &self.sections).into_string();
        write_file(&self.path.join("index.html"), |file| file.write_all(page.as_bytes()))?;
        write_file(&self.path.join("report.json"), |file| {
            serde_json::to_writer_pretty(&mut *file, &ReportOutput::from(&*self.reports))?;
            writeln!(file)
        })
    }
}

/// How the checks of a report came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Checks that are reproduced.
    pub reproduced: usize,
    /// Checks that differ.
    pub differ: usize,
    all_run: bool,
}

impl Tally {
    /// Counts the checks of a report.
    pub fn of(report: &Report) -> Self {
        let reproduced = report.document.checks().filter(|check| check.reproduced()).count();
        let differ = report.document.checks().count() - reproduced;
        Self { reproduced, differ, all_run: report.not_run.is_none() }
    }

    /// Which checks were not run, in a word: an experiment runs whole or not at all.
    pub fn not_run(&self) -> &'static str {
        if self.all_run { "0" } else { "all" }
    }
}

/// One page that holds everything, pictures included.
fn html_page(reports: &[Report], sections: &[Markup]) -> Markup {
    let header = html! {
        h1 { "The tutorials, reproduced" }
        p {
            "Every picture, table and figure of ours on this page was computed by mixlab "
            (env!("CARGO_PKG_VERSION")) " in one run. A check sets a figure of the tutorial, or of \
             scikit-learn 1.9.1 on the same data, beside ours."
        }
        (summary(reports))
    };
    page("mixlab: the tutorials, reproduced", &header, sections)
}

fn summary(reports: &[Report]) -> Markup {
    html! {
        table {
            thead { tr { th { "experiment" } th { "reproduced" } th { "differ" } th { "not run" } th { "seconds" } } }
            tbody {
                @for report in reports {
                    @let tally = Tally::of(report);
                    tr {
                        td { a href=(format!("#{}", report.document.name)) { (report.document.name) } }
                        td.number { (tally.reproduced) }
                        td.number { (tally.differ) }
                        td.number { (tally.not_run()) }
                        td.number { (format!("{:.1}", report.seconds)) }
                    }
                }
            }
        }
    }
}

fn section(report: &Report) -> Result<Markup> {
    let parts = parts(&report.document.items)?;
    Ok(html! {
        section id=(report.document.name) {
            h2 { (report.document.title) }
            @if let Some(reason) = &report.not_run {
                p.differs { "not run: " (reason) }
            }
            @for part in &parts { (part) }
        }
    })
}
