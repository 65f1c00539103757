//! Documents: the content of a report on an experiment or a comparison, independent of its format.

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

/// An item of a document.
#[derive(Debug, Clone)]
pub enum Item {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A value of a reference, compared with ours.
    Check(Check),
    /// A table.
    Table(TextTable),
    /// A picture.
    Figure(Illustration),
}

/// A picture with a caption.
#[derive(Debug, Clone)]
pub struct Illustration {
    /// File name, without extension.
    pub name: String,
    /// The picture.
    pub picture: Picture,
    /// The caption.
    pub caption: String,
    /// Alternative text for readers who cannot see the picture.
    pub alt: String,
}

/// A figure or an animation.
#[derive(Debug, Clone)]
pub enum Picture {
    /// A figure.
    Still(Figure),
    /// An animation.
    Moving(Animation),
}

impl Document {
    /// Creates a document without content.
    pub fn new(name: impl Into<String>, title: impl Into<String>) -> Self {
        Self { name: name.into(), title: title.into(), summary: Vec::new(), items: Vec::new() }
    }

    /// Returns all checks.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.items.iter().filter_map(|item| match item {
            Item::Check(check) => Some(check),
            _ => None,
        })
    }

    /// Returns all pictures.
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

    /// Adds a picture; `name` is its file name, without extension.
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

/// Makes a figure with one panel.
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
