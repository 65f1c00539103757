//! Pictures of data and models.
//!
//! A [`Figure`] is a grid of panels, each a [`Chart`] (points, lines, the ellipses of a mixture) or an [`ImageGrid`]. It is
//! rendered to PNG, at twice its nominal size so that it stays sharp, and to SVG. The font is embedded: no system font is
//! needed. An [`Animation`] is a sequence of figures.

mod animation;
mod chart;
mod colour;
mod draw;
mod ellipse;
mod figure;
mod font;
mod image_grid;
mod pairs;
mod raster;
mod window;

pub use animation::Animation;
pub use chart::Chart;
#[cfg(feature = "report")]
pub(crate) use chart::around;
pub use colour::Colour;
pub use figure::{Figure, Panel, image_grid};
pub use image_grid::ImageGrid;
pub use pairs::Pairs;
