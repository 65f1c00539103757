//! Outlines and widths of texts.

use ab_glyph::{Font, OutlineCurve};

use super::Point;
use crate::plot::font::{Numbered, font_of};

/// A curve of an outline, from the end of the curve before.
#[derive(Debug, Clone, Copy)]
pub(super) enum Curve {
    Begin(Point),
    Line(Point),
    /// A quadratic curve: control point and end.
    Quadratic(Point, Point),
    /// A cubic curve: control points and end.
    Cubic(Point, Point, Point),
}

/// Calls `on_curve` with the closed outlines of a line of text that begins at the origin; returns its width.
pub(super) fn outlines(text: &str, size: f64, mut on_curve: impl FnMut(Curve)) -> f64 {
    let mut x = 0.0;
    let mut last: Option<(char, usize)> = None;
    for letter in text.chars() {
        let Numbered { number, font } = font_of(letter);
        let scale = size / f64::from(font.units_per_em().unwrap_or(1000.0));
        let glyph = font.glyph_id(letter);
        if let Some((before, of)) = last
            && of == number
        {
            x += scale * f64::from(font.kern_unscaled(font.glyph_id(before), glyph));
        }
        last = Some((letter, number));
        let curves = font.outline(glyph).map(|outline| outline.curves).unwrap_or_default();
        let place = |at: ab_glyph::Point| (x + scale * f64::from(at.x), -scale * f64::from(at.y));
        let mut end = None;
        for curve in curves {
            let (from, to) = match curve {
                OutlineCurve::Line(from, to)
                | OutlineCurve::Quad(from, _, to)
                | OutlineCurve::Cubic(from, _, _, to) => (from, to),
            };
            if end != Some((from.x, from.y)) {
                on_curve(Curve::Begin(place(from)));
            }
            on_curve(match curve {
                OutlineCurve::Line(..) => Curve::Line(place(to)),
                OutlineCurve::Quad(_, by, _) => Curve::Quadratic(place(by), place(to)),
                OutlineCurve::Cubic(_, first, second, _) => {
                    Curve::Cubic(place(first), place(second), place(to))
                }
            });
            end = Some((to.x, to.y));
        }
        x += scale * f64::from(font.h_advance_unscaled(glyph));
    }
    x
}

/// Width of a line of text.
pub(in crate::plot) fn width(text: &str, size: f64) -> f64 {
    outlines(text, size, |_| {})
}
