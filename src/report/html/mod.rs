//! Reports as HTML pages and as JSON.

mod comparison;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::experiments::{Check, Effort, Illustration, Item, Picture, Relation, Report, Value};
use crate::files::atomic::write_file;

pub use comparison::write_comparison;

const STYLE: &str = include_str!("report.css");

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
        for illustration in report.figures() {
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
        let checks = format!("{:#}\n", checks_json(&self.reports));
        write_file(&self.path.join("report.json"), |file| file.write_all(checks.as_bytes()))
    }
}

/// Every check as an object: `experiment, name, document, ours, tolerance, relation, reproduced, why`.
pub fn checks_json(reports: &[Report]) -> Json {
    let of_report = |report: &Report| -> Vec<Json> {
        report.checks().map(|check| check_json(report.name, check)).collect()
    };
    json!({
        "checks": reports.iter().flat_map(of_report).collect::<Vec<_>>(),
        "experiments": reports.iter().map(|report| {
            let tally = Tally::of(report);
            json!({
                "name": report.name,
                "quick": report.effort == Effort::Quick,
                "reproduced": tally.reproduced,
                "differ": tally.differ,
                "not_run": report.not_run,
                "seconds": report.seconds,
            })
        }).collect::<Vec<_>>(),
    })
}

fn check_json(experiment: &str, check: &Check) -> Json {
    let value = |value: &Value| match value.0.as_slice() {
        [number] => json!(number),
        numbers => json!(numbers),
    };
    json!({
        "experiment": experiment,
        "name": check.name,
        "document": value(&check.document),
        "ours": value(&check.ours),
        "tolerance": check.tolerance,
        "relation": match check.relation {
            Relation::Equal => "equal",
            Relation::AtMost => "at most",
            Relation::AtLeast => "at least",
        },
        "reproduced": check.reproduced(),
        "why": check.why,
    })
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
        let reproduced = report.checks().filter(|check| check.reproduced()).count();
        let differ = report.checks().count() - reproduced;
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

/// A page with a header and sections.
fn page(title: &str, header: &Markup, sections: &[Markup]) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { (header) }
                main { @for section in sections { (section) } }
            }
        }
    }
}

fn summary(reports: &[Report]) -> Markup {
    html! {
        table {
            thead { tr { th { "experiment" } th { "reproduced" } th { "differ" } th { "not run" } th { "seconds" } } }
            tbody {
                @for report in reports {
                    @let tally = Tally::of(report);
                    tr {
                        td { a href=(format!("#{}", report.name)) { (report.name) } }
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
    let parts = parts(&report.items)?;
    Ok(html! {
        section id=(report.name) {
            h2 { (report.title) }
            @if let Some(reason) = &report.not_run {
                p.differs { "not run: " (reason) }
            }
            @for part in &parts { (part) }
        }
    })
}

fn parts(items: &[Item]) -> Result<Vec<Markup>> {
    let mut parts = Vec::new();
    let mut items = items.iter().peekable();
    while let Some(item) = items.next() {
        parts.push(match item {
            Item::Heading(text) => html! { h3 { (text) } },
            Item::Text(text) => html! { p { (text) } },
            Item::Table(table) => html! { div.wide { (PreEscaped(table.html())) } },
            Item::Figure(figure) => figure_markup(figure)?,
            // checks that follow one another share a table
            Item::Check(first) => {
                let mut checks = vec![first];
                while let Some(Item::Check(check)) =
                    items.next_if(|item| matches!(item, Item::Check(_)))
                {
                    checks.push(check);
                }
                checks_markup(&checks)
            }
        });
    }
    Ok(parts)
}

fn checks_markup(checks: &[&Check]) -> Markup {
    html! {
        div.wide {
            table.checks {
                thead { tr {
                    th { "check" } th { "reference" } th { "ours" } th { "tolerance" } th { "" }
                } }
                tbody {
                    @for check in checks {
                        tr {
                            td { (check.name) @if !check.why.is_empty() { br; small { (check.why) } } }
                            td.number { (check.document) }
                            td.number { (check.ours) }
                            td.number { (tolerance(check)) }
                            @if check.reproduced() {
                                td.reproduced { "reproduced" }
                            } @else {
                                td.differs { "differs" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn tolerance(check: &Check) -> String {
    let tolerance = match check.tolerance {
        small if small < 1e-4 => format!("{small:e}"),
        other => other.to_string(),
    };
    match check.relation {
        Relation::Equal if check.tolerance == 0.0 => "exact".into(),
        Relation::Equal => format!("± {tolerance}"),
        Relation::AtMost if check.tolerance == 0.0 => "at most".into(),
        Relation::AtMost => format!("at most + {tolerance}"),
        Relation::AtLeast if check.tolerance == 0.0 => "at least".into(),
        Relation::AtLeast => format!("at least - {tolerance}"),
    }
}

fn figure_markup(illustration: &Illustration) -> Result<Markup> {
    let (kind, file, (width, _)) = match &illustration.picture {
        Picture::Still(figure) => ("png", figure.png()?, figure.size()),
        Picture::Moving(animation) => ("gif", animation.gif()?, animation.size()),
    };
    let image = format!("data:image/{kind};base64,{}", STANDARD.encode(file));
    Ok(html! {
        figure {
            img src=(image) alt=(illustration.alt) width=(width);
            figcaption { (illustration.caption) }
        }
    })
}
