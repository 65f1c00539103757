//! Pictures of data and models.
//!
//! A [`Figure`] is a grid of panels, each a [`Chart`] (points, lines, the ellipses of a mixture), [`ShareBars`] (the shares of the
//! levels of a category), a [`MissingMap`] or an [`ImageGrid`]. One drawing of shapes is written as SVG and PDF, and painted with antialiasing as PNG, at
//! twice its nominal size so that it stays sharp. The font, with Latin, Greek and Cyrillic letters, is embedded; letters that it lacks
//! are those of a font of the system, if one has them, written from left to right without ligatures. [`Figure::dark`] is for dark pages.
//! An [`Animation`] is a sequence of figures.

mod animation;
mod bars;
mod chart;
mod colour;
#[cfg(any(test, feature = "notebooks"))]
mod difference;
mod draw;
mod drawing;
mod ellipse;
mod entry;
mod figure;
mod font;
#[cfg(test)]
mod golden;
mod image_grid;
mod missing_map;
mod number;
mod pairs;
mod png;
mod window;

pub use animation::Animation;
pub use bars::ShareBars;
pub use chart::Chart;
#[cfg(feature = "report")]
pub(crate) use chart::around;
pub use colour::Colour;
#[cfg(feature = "notebooks")]
pub(crate) use difference::{SAME, png_difference};
pub use figure::{Figure, Panel, image_grid};
pub use image_grid::ImageGrid;
pub use missing_map::MissingMap;
pub use pairs::Pairs;
