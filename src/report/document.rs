//! A document: what a page, a terminal or a test reads of an experiment or of a comparison.

use super::check::Check;
use super::text_table::TextTable;
use crate::plot::{Animation, Figure, Panel};

/// Text, tables, figures and checks, in the order in which they are read.
#[derive(Debug, Clone)]
pub struct Document {
    /// A short name for files and links.
    pub name: String,
    /// The headline.
    pub title: String,
    /// Paragraphs below the headline, the result first; may be empty.
    pub summary: Vec<String>,
    /// The content.
    pub items: Vec<Item>,
}

/// A piece of a document.
#[derive(Debug, Clone)]
pub enum Item {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A figure of a reference beside ours.
    Check(Check),
    /// Numbers.
    Table(TextTable),
    /// A picture.
    Figure(Illustration),
}

/// A picture with a caption.
#[derive(Debug, Clone)]
pub struct Illustration {
    /// Name of its file, without ending.
    pub name: String,
    /// The picture.
    pub picture: Picture,
    /// What to see in it.
    pub caption: String,
    /// What it shows, for readers who cannot see it.
    pub alt: String,
}

/// A picture, still or moving.
#[derive(Debug, Clone)]
pub enum Picture {
    /// A figure.
    Still(Figure),
    /// An animation.
    Moving(Animation),
}

impl Document {
    /// A document without content.
    pub fn new(name: impl Into<String>, title: impl Into<String>) -> Self {
        Self { name: name.into(), title: title.into(), summary: Vec::new(), items: Vec::new() }
    }

    /// All checks.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.items.iter().filter_map(|item| match item {
            Item::Check(check) => Some(check),
            _ => None,
        })
    }

    /// All figures.
    pub fn figures(&self) -> impl Iterator<Item = &Illustration> {
        self.items.iter().filter_map(|item| match item {
            Item::Figure(figure) => Some(figure),
            _ => None,
        })
    }

    /// Adds a heading.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.items.push(Item::Heading(text.into()));
    }

    /// Adds a paragraph.
    pub fn text(&mut self, text: impl Into<String>) {
        self.items.push(Item::Text(text.into()));
    }

    /// Adds a check.
    pub fn check(&mut self, check: Check) {
        self.items.push(Item::Check(check));
    }

    /// Adds a table.
    pub fn table(&mut self, table: TextTable) {
        self.items.push(Item::Table(table));
    }

    /// Adds a picture; `name` is that of its file, without ending.
    pub fn picture(
        &mut self,
        name: impl Into<String>,
        picture: impl Into<Picture>,
        alt: impl Into<String>,
        caption: impl Into<String>,
    ) {
        self.items.push(Item::Figure(Illustration {
            name: name.into(),
            picture: picture.into(),
            caption: caption.into(),
            alt: alt.into(),
        }));
    }
}

/// A figure of one panel.
impl<P: Into<Panel>> From<P> for Picture {
    fn from(panel: P) -> Self {
        Self::Still(Figure::new().panel(panel))
    }
}

impl From<Figure> for Picture {
    fn from(figure: Figure) -> Self {
        Self::Still(figure)
    }
}

impl From<Animation> for Picture {
    fn from(animation: Animation) -> Self {
        Self::Moving(animation)
    }
}
