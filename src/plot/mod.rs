//! Pictures of data and models.
//!
//! A [`Figure`] is a grid of panels, each a [`Chart`] (points, lines, the ellipses of a mixture), [`ShareBars`] (the shares of the
//! levels of a category) or an [`ImageGrid`]. It is rendered with antialiasing to PNG, at twice its nominal size so that it stays sharp, and to SVG. The font is
//! embedded: no system font is needed. An [`Animation`] is a sequence of figures.

mod animation;
mod bars;
mod chart;
mod colour;
mod draw;
mod ellipse;
mod figure;
mod font;
mod image_grid;
mod painter;
mod pairs;
mod raster;
mod window;

pub use animation::Animation;
pub use bars::ShareBars;
pub use chart::Chart;
#[cfg(feature = "report")]
pub(crate) use chart::around;
pub use colour::Colour;
pub use figure::{Figure, Panel, image_grid};
pub use image_grid::ImageGrid;
pub use pairs::Pairs;
