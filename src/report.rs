//! Reports as an HTML page and as JSON.

use std::fs;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Value as Json, json};

use crate::atomic::write_file;
use crate::error::{Error, Result};
use crate::experiments::{Check, Illustration, Item, Picture, Relation, Report, Table, Value};

const STYLE: &str = include_str!("report.css");

/// Writes `index.html`, `report.json`, and every figure as PNG and SVG (or GIF) into `folder`, which is made if it is
/// not there.
///
/// # Errors
/// [`Error::Io`] and [`Error::Drawing`].
pub fn write_report(folder: &Path, reports: &[Report]) -> Result<()> {
    fs::create_dir_all(folder).map_err(|source| Error::io(folder, source))?;
    for illustration in reports.iter().flat_map(Report::figures) {
        let path = |ending: &str| folder.join(format!("{}.{ending}", illustration.name));
        match &illustration.picture {
            Picture::Still(figure) => {
                figure.save(&path("png"))?;
                figure.save(&path("svg"))?;
            }
            Picture::Moving(animation) => {
                let gif = animation.gif()?;
                write_file(&path("gif"), |file| file.write_all(&gif))?;
            }
        }
    }
    let page = html_page(reports)?;
    write_file(&folder.join("index.html"), |file| file.write_all(page.as_bytes()))?;
    let checks = format!("{:#}\n", checks_json(reports));
    write_file(&folder.join("report.json"), |file| file.write_all(checks.as_bytes()))
}

/// Every check as an object: `experiment, name, document, ours, tolerance, relation, reproduced, why`.
pub fn checks_json(reports: &[Report]) -> Json {
    let of_report = |report: &Report| -> Vec<Json> {
        report.checks().map(|check| check_json(report.name, check)).collect()
    };
    json!({
        "checks": reports.iter().flat_map(of_report).collect::<Vec<_>>(),
        "experiments": reports.iter().map(|report| {
            let (reproduced, differ) = tally(report);
            json!({
                "name": report.name,
                "reproduced": reproduced,
                "differ": differ,
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
        },
        "reproduced": check.reproduced(),
        "why": check.why,
    })
}

/// How many checks of a report are reproduced, and how many differ.
pub fn tally(report: &Report) -> (usize, usize) {
    let reproduced = report.checks().filter(|check| check.reproduced()).count();
    (reproduced, report.checks().count() - reproduced)
}

/// One page that holds everything, pictures included.
///
/// # Errors
/// [`Error::Drawing`].
pub fn html_page(reports: &[Report]) -> Result<String> {
    let mut sections = Vec::new();
    for report in reports {
        sections.push(section(report)?);
    }
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "mixlab: the tutorials, reproduced" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "The tutorials, reproduced" }
                    p {
                        "Every picture, table and figure of ours on this page was computed by mixlab "
                        (env!("CARGO_PKG_VERSION")) " in one run. A check sets a figure of the tutorial, or of \
                         scikit-learn 1.9.1 on the same data, beside ours."
                    }
                    (summary(reports))
                }
                main { @for section in &sections { (section) } }
            }
        }
    };
    Ok(page.into_string())
}

fn summary(reports: &[Report]) -> Markup {
    html! {
        table {
            thead { tr { th { "experiment" } th { "reproduced" } th { "differ" } th { "seconds" } } }
            tbody {
                @for report in reports {
                    @let (reproduced, differ) = tally(report);
                    tr {
                        td { a href=(format!("#{}", report.name)) { (report.name) } }
                        td.number { (reproduced) }
                        td.number { (differ) }
                        td.number { (format!("{:.1}", report.seconds)) }
                    }
                }
            }
        }
    }
}

fn section(report: &Report) -> Result<Markup> {
    let mut parts = Vec::new();
    let mut items = report.items.iter().peekable();
    while let Some(item) = items.next() {
        parts.push(match item {
            Item::Heading(text) => html! { h3 { (text) } },
            Item::Text(text) => html! { p { (text) } },
            Item::Table(table) => table_markup(table),
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
    Ok(html! {
        section id=(report.name) {
            h2 { (report.title) }
            @for part in &parts { (part) }
        }
    })
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
    }
}

fn table_markup(table: &Table) -> Markup {
    html! {
        div.wide {
            table {
                caption { (table.caption) }
                thead { tr { @for name in &table.header { th { (name) } } } }
                tbody {
                    @for line in &table.lines {
                        tr { @for cell in line { td.number { (cell) } } }
                    }
                }
            }
        }
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
