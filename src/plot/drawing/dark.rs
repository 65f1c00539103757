//! Dark variants of drawings.

use super::{Drawing, Paint, Shape, Stroke};
use crate::plot::colour::Rgb;

/// Lightness of the dark background, from 0 to 100.
const BACKGROUND: f64 = 9.0;
/// Lightness of the lightest ink.
const INK: f64 = 92.0;
/// Lightness that a vivid colour has at least, and the chroma from which a colour is vivid.
const VIVID: f64 = 62.0;
const VIVID_CHROMA: f64 = 45.0;
/// How much denser transparent layers of vivid colours are.
const DENSER: f64 = 0.8;

impl Drawing {
    /// The drawing for dark pages: light is dark and dark is light, hues stay, and vivid colours stay light enough to be seen. Pictures
    /// are unchanged.
    pub(in crate::plot) fn dark(mut self) -> Self {
        self.background = dark(self.background);
        for shape in &mut self.shapes {
            match shape {
                Shape::Region { fill, .. } | Shape::Rectangle { fill, .. } => darken(fill),
                Shape::Line { stroke, .. } => darken(&mut stroke.paint),
                Shape::Ellipse { fill, edge, .. } => {
                    fill.iter_mut().for_each(darken);
                    edge.iter_mut().for_each(|Stroke { paint, .. }| darken(paint));
                }
                Shape::Marker { marker, .. } => {
                    marker.fill.iter_mut().for_each(darken);
                    marker.edge.iter_mut().for_each(|Stroke { paint, .. }| darken(paint));
                }
                Shape::Text(text) => text.colour = dark(text.colour),
                Shape::Pixels(_) => {}
            }
        }
        self
    }
}

fn darken(paint: &mut Paint) {
    // light on dark is seen less
    paint.opacity = 1.0 - (1.0 - paint.opacity).powf(1.0 + DENSER * vividness(paint.colour));
    paint.colour = dark(paint.colour);
}

/// How vivid a colour is, from 0 to 1.
fn vividness(colour: Rgb) -> f64 {
    let [_, a, b] = colour.lab();
    (a.hypot(b) / VIVID_CHROMA).min(1.0)
}

/// The colour on a dark background, by CIE L*a*b*.
fn dark(colour: Rgb) -> Rgb {
    let [lightness, a, b] = colour.lab();
    let inverted = BACKGROUND + (100.0 - lightness) / 100.0 * (INK - BACKGROUND);
    let vivid = vividness(colour);
    let lightness = (1.0 - vivid) * inverted + vivid * lightness.max(VIVID);
    Rgb::from_lab([lightness, a, b])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::colour::Colour;

    #[test]
    fn light_and_dark_change_places_and_palette_colours_stay_visible() {
        let lightness = |colour: Rgb| colour.lab()[0];
        let background = dark(Rgb(255, 255, 255));
        assert!(lightness(background) < 12.0);
        assert!(lightness(dark(Rgb(40, 40, 40))) > 75.0);
        for number in 0..7 {
            let colour = Colour::Number(number).rgb();
            let changed = dark(colour);
            assert!(lightness(changed) > lightness(background) + 45.0, "{colour} {changed}");
            let hue = |of: Rgb| of.lab()[2].atan2(of.lab()[1]);
            let turn = (hue(colour) - hue(changed)).abs();
            assert!(turn.min(std::f64::consts::TAU - turn) < 0.35, "{colour} {changed}");
        }
    }
}
