//! Display of pictures as PNG.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Show, Shown};
use crate::error::Result;
use crate::plot::{Animation, Chart, Figure, ImageGrid};

fn picture(text: &str, png: &[u8]) -> Shown {
    Shown::text(text).also("image/png", STANDARD.encode(png))
}

impl Show for Figure {
    fn shown(&self) -> Result<Shown> {
        let (width, height) = self.size();
        Ok(picture(&format!("Figure of {width} x {height}"), &self.page_png()?))
    }
}

impl Show for Chart {
    fn shown(&self) -> Result<Shown> {
        Figure::new().panel(self.clone()).shown()
    }
}

impl Show for ImageGrid {
    fn shown(&self) -> Result<Shown> {
        Figure::new().panel(self.clone()).shown()
    }
}

impl Show for Animation {
    fn shown(&self) -> Result<Shown> {
        let (width, height) = self.size();
        let text = format!("Animation of {} frames, {width} x {height}", self.len());
        Ok(picture(&text, &self.png()?))
    }
}
