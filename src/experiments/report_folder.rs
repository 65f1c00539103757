//! Reports of experiments as a folder: an HTML page, JSON, and a file for each figure.

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

/// A folder with `index.html`, `report.json`, and every figure as PNG and SVG (animations as GIF; grey images in SVG in 64 shades). It is complete after each
/// added experiment.
pub struct ReportFolder {
    path: PathBuf,
    reports: Vec<Report>,
    sections: Vec<Markup>,
}

impl ReportFolder {
    /// Creates the folder if it does not exist.
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

    /// Writes the figures of a report, then the page and the JSON of all reports so far.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Drawing`].
    pub fn add(&mut self, report: Report) -> Result<()> {
        for illustration in report.document.figures() {
            let path = |ending: &str| self.path.join(format!("{}.{ending}", illustration.name));
            match &illustration.picture {
                Picture::Still(figure) => {
                    figure.save(&path("png"))?;
                    let svg = figure.page_svg()?;
                    write_file(&path("svg"), |file| file.write_all(svg.as_bytes()))?;
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

/// Numbers of checks of a report by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
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

    /// `"all"` if the experiment was not run, `"0"` otherwise.
    pub fn not_run(&self) -> &'static str {
        if self.all_run { "0" } else { "all" }
    }
}

/// The page with all reports and their pictures.
fn html_page(reports: &[Report], sections: &[Markup]) -> Markup {
    let header = html! {
        h1 { "Reproduction of the tutorials" }
        p {
            "All figures, tables and values of mixlab on this page were computed by version "
            (env!("CARGO_PKG_VERSION")) " in one run. A check compares a value of the tutorial, or of \
             scikit-learn 1.9.1 on the same data, with ours."
        }
        (summary(reports))
    };
    page("mixlab: reproduction of the tutorials", &header, sections)
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
