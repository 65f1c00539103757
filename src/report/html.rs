//! Documents as HTML pages.

use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::check::{Check, Relation};
use super::document::{Document, Illustration, Item, Picture};
use crate::error::Result;
use crate::files::atomic::write_file;
use crate::plot::Figure;

/// Size of an SVG file in bytes up to which it is preferred to a smaller PNG file.
const MOST_SVG: usize = 30_000;

const STYLE: &str = include_str!("report.css");

/// Writes a document as a self-contained HTML page. The file is written completely or not at all.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) and [`Error::Drawing`](crate::Error::Drawing).
pub(crate) fn write_document(path: &Path, document: &Document) -> Result<()> {
    let header = html! {
        h1 { (document.title) }
        @for (index, text) in document.summary.iter().enumerate() {
            @if index == 0 { p { strong { (text) } } } @else { p { (text) } }
        }
    };
    let elements = parts(&document.items)?;
    let section = html! { section { @for element in &elements { (element) } } };
    let title = format!("mixlab: {}", lower(&document.title));
    let page = page(&title, &header, &[section]).into_string();
    write_file(path, |file| file.write_all(page.as_bytes()))
}

/// Returns the text with its first letter in lower case.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// Returns a page with a header and sections.
pub(crate) fn page(title: &str, header: &Markup, sections: &[Markup]) -> Markup {
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

/// Returns the HTML elements of the items.
///
/// # Errors
/// [`Error::Drawing`](crate::Error::Drawing).
pub(crate) fn parts(items: &[Item]) -> Result<Vec<Markup>> {
    let mut parts = Vec::new();
    let mut items = items.iter().peekable();
    while let Some(item) = items.next() {
        parts.push(match item {
            Item::Heading(text) => html! { h3 { (text) } },
            Item::Text(text) => html! { p { (text) } },
            Item::Table(table) => html! { div.wide { (PreEscaped(table.html())) } },
            Item::Figure(figure) => figure_markup(figure)?,
            // consecutive checks share a table
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
    let (width, picture) = match &illustration.picture {
        Picture::Still(figure) => (figure.size().0, still(figure)?),
        Picture::Moving(animation) => {
            (animation.size().0, data_url("gif", &STANDARD.encode(animation.gif()?)))
        }
    };
    Ok(html! {
        figure {
            img src=(picture) alt=(illustration.alt) width=(width);
            figcaption { (illustration.caption) }
        }
    })
}

/// A figure as SVG, which is sharp at every size, or as PNG if that is smaller by far.
fn still(figure: &Figure) -> Result<String> {
    let (svg, png) = (escaped(&figure.page_svg()?), STANDARD.encode(figure.png()?));
    Ok(if svg.len() <= MOST_SVG.max(png.len()) {
        format!("data:image/svg+xml,{svg}")
    } else {
        data_url("png", &png)
    })
}

/// An SVG file for a URL in an attribute. Few letters need percent codes, so that this is shorter than base 64.
fn escaped(svg: &str) -> String {
    let mut escaped = String::with_capacity(svg.len());
    for letter in svg.chars() {
        match letter {
            '\n' => {}
            '"' => escaped.push('\''),
            '#' => escaped += "%23",
            '%' => escaped += "%25",
            '<' => escaped += "%3C",
            '>' => escaped += "%3E",
            letter => escaped.push(letter),
        }
    }
    escaped
}

fn data_url(kind: &str, base_64: &str) -> String {
    format!("data:image/{kind};base64,{base_64}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Chart, Colour};

    #[test]
    fn pictures_of_few_shapes_are_svg_in_one_attribute() {
        let line = [(0.0, 0.0), (1.0, 1.0)];
        let chart = Chart::new("100 % \"and\" <more>", "x", "y").line("", line, Colour::BLUE);
        let url = still(&Figure::new().panel(chart)).unwrap();
        assert!(
            url.starts_with("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'"),
            "{url}"
        );
        assert!(!url.contains(['"', '#', '<', '>', '\n']), "{url}");
        assert!(url.contains("100 %25 &quot;and&quot; &lt;more&gt;"), "{url}");
    }
}
