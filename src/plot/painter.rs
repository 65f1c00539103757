//! A backend of plotters that paints shapes and letters with antialiasing.

use std::convert::Infallible;

use ab_glyph::{Font, FontRef, OutlineCurve, PxScale, ScaleFont};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};
use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform,
};

use super::font::font;

/// Positions of plotters per pixel: it has whole positions only, which would move curves by half a pixel.
pub(super) const POSITIONS: u32 = 4;

/// Heights of capital letters, and of what is below the line of text, as shares of the size of the font.
const CAPITALS: f32 = 0.6;
const BELOW: f32 = 0.17;

/// A bitmap to paint on.
pub(super) struct Bitmap(Pixmap);

impl Bitmap {
    /// A white bitmap; none without pixels.
    pub(super) fn new(width: u32, height: u32) -> Option<Self> {
        let mut pixels = Pixmap::new(width, height)?;
        pixels.fill(tiny_skia::Color::WHITE);
        Some(Self(pixels))
    }

    /// A backend of plotters. Its positions and lengths are multiples of a [`POSITIONS`]th of a pixel.
    pub(super) fn painter(&mut self) -> Painter<'_> {
        Painter { pixels: &mut self.0 }
    }

    /// Returns red, green and blue of each pixel, line by line.
    pub(super) fn into_rgb(self) -> Vec<u8> {
        // the background is opaque, so that colours are not multiplied by less than 1
        self.0.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect()
    }
}

/// Paints what plotters draws.
pub(super) struct Painter<'a> {
    pixels: &'a mut Pixmap,
}

impl Painter<'_> {
    fn fill(&mut self, path: &Path, colour: BackendColor, smooth: bool, place: Transform) {
        let paint = paint(colour, smooth);
        self.pixels.fill_path(path, &paint, FillRule::Winding, place, None);
    }

    fn stroke(&mut self, path: &Path, style: &impl BackendStyle) {
        let stroke = Stroke {
            width: length(style.stroke_width()),
            line_cap: LineCap::Butt,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        let paint = paint(style.color(), true);
        self.pixels.stroke_path(path, &paint, &stroke, Transform::identity(), None);
    }

    /// Draws a line along an axis on whole pixels, so that it is sharp.
    fn straight(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &impl BackendStyle,
    ) -> bool {
        let width = length(style.stroke_width()).round().max(1.0);
        let begin = |middle: i32| (position(middle) - 0.5 * width).round();
        let ends = |a: i32, b: i32| (position(a.min(b)).round(), position(a.max(b)).round());
        let rectangle = if from.1 == to.1 {
            let (left, right) = ends(from.0, to.0);
            Rect::from_xywh(left, begin(from.1), (right - left).max(1.0), width)
        } else if from.0 == to.0 {
            let (upper, lower) = ends(from.1, to.1);
            Rect::from_xywh(begin(from.0), upper, width, (lower - upper).max(1.0))
        } else {
            return false;
        };
        if let Some(rectangle) = rectangle {
            let path = PathBuilder::from_rect(rectangle);
            self.fill(&path, style.color(), false, Transform::identity());
        }
        true
    }
}

/// A position or length in pixels.
fn position(at: i32) -> f32 {
    at as f32 / POSITIONS as f32
}

fn length(of: u32) -> f32 {
    of as f32 / POSITIONS as f32
}

fn paint(colour: BackendColor, smooth: bool) -> Paint<'static> {
    let (red, green, blue) = colour.rgb;
    let mut paint = Paint { anti_alias: smooth, ..Paint::default() };
    paint.set_color_rgba8(red, green, blue, (255.0 * colour.alpha).round() as u8);
    paint
}

/// A path through points; none of fewer than two.
fn path(points: impl IntoIterator<Item = BackendCoord>, close: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (x, y) in points {
        let (x, y) = (position(x), position(y));
        if builder.is_empty() { builder.move_to(x, y) } else { builder.line_to(x, y) }
    }
    if close {
        builder.close();
    }
    builder.finish()
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Painter<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.pixels.width() * POSITIONS, self.pixels.height() * POSITIONS)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Drawn {
        let side = 1.0 / POSITIONS as f32;
        if let Some(square) = Rect::from_xywh(position(x), position(y), side, side) {
            self.fill(&PathBuilder::from_rect(square), colour, true, Transform::identity());
        }
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        if style.color().alpha > 0.0
            && !self.straight(from, to, style)
            && let Some(line) = path([from, to], false)
        {
            self.stroke(&line, style);
        }
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        lower_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let ((left, upper), (right, lower)) = (upper_left, lower_right);
        if !fill {
            let corners = [(left, upper), (right, upper), (right, lower), (left, lower)];
            for (at, &from) in corners.iter().enumerate() {
                self.draw_line(from, corners[(at + 1) % 4], style)?;
            }
            return Ok(());
        }
        // on whole pixels, so that neighbours meet without a seam
        let [left, upper, right, lower] =
            [left, upper, right, lower].map(|at| position(at).round());
        if let Some(rectangle) = Rect::from_ltrb(left, upper, right, lower) {
            let path = PathBuilder::from_rect(rectangle);
            self.fill(&path, style.color(), false, Transform::identity());
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<BackendCoord> = points.into_iter().collect();
        if let [from, to] = points[..] {
            return self.draw_line(from, to, style);
        }
        if let Some(line) = path(points, false) {
            self.stroke(&line, style);
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        if let Some(circle) = PathBuilder::from_circle(position(x), position(y), length(radius)) {
            if fill {
                self.fill(&circle, style.color(), true, Transform::identity());
            } else {
                self.stroke(&circle, style);
            }
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        if let Some(polygon) = path(corners, true) {
            self.fill(&polygon, style.color(), true, Transform::identity());
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        let size = (style.size() / f64::from(POSITIONS)) as f32;
        let (letters, width) = letters(text, size);
        let Some(letters) = letters else { return Ok(()) };
        let anchor = style.anchor();
        let across = match anchor.h_pos {
            HPos::Left => 0.0,
            HPos::Right => -width,
            HPos::Center => -0.5 * width,
        };
        let down = match anchor.v_pos {
            VPos::Top => (CAPITALS + 0.1) * size,
            VPos::Center => 0.5 * CAPITALS * size,
            VPos::Bottom => -BELOW * size,
        };
        let turn = match style.transform() {
            FontTransform::None => Transform::identity(),
            FontTransform::Rotate90 => Transform::from_row(0.0, 1.0, -1.0, 0.0, 0.0, 0.0),
            FontTransform::Rotate180 => Transform::from_row(-1.0, 0.0, 0.0, -1.0, 0.0, 0.0),
            FontTransform::Rotate270 => Transform::from_row(0.0, -1.0, 1.0, 0.0, 0.0, 0.0),
        };
        let place = turn.pre_translate(across, down).post_translate(position(at.0), position(at.1));
        self.fill(&letters, style.color(), true, place);
        Ok(())
    }
}

/// The outlines of a line of text that begins at the origin, and its width; no outlines of blanks.
fn letters(text: &str, size: f32) -> (Option<Path>, f32) {
    let font: &FontRef<'static> = font();
    let scaled = font.as_scaled(PxScale::from(size));
    let (across, up) = (scaled.h_scale_factor(), scaled.v_scale_factor());
    let (mut builder, mut x, mut last) = (PathBuilder::new(), 0.0, None);
    for letter in text.chars() {
        let glyph = font.glyph_id(letter);
        x += last.map_or(0.0, |last| scaled.kern(last, glyph));
        let curves = font.outline(glyph).map(|outline| outline.curves).unwrap_or_default();
        let place = |at: ab_glyph::Point| (x + across * at.x, -up * at.y);
        let mut end = None;
        for curve in curves {
            let (from, to) = match curve {
                OutlineCurve::Line(from, to)
                | OutlineCurve::Quad(from, _, to)
                | OutlineCurve::Cubic(from, _, _, to) => (from, to),
            };
            if end != Some((from.x, from.y)) {
                let (x, y) = place(from);
                builder.move_to(x, y);
            }
            let (to_x, to_y) = place(to);
            match curve {
                OutlineCurve::Line(..) => builder.line_to(to_x, to_y),
                OutlineCurve::Quad(_, by, _) => {
                    let by = place(by);
                    builder.quad_to(by.0, by.1, to_x, to_y);
                }
                OutlineCurve::Cubic(_, first, second, _) => {
                    let (first, second) = (place(first), place(second));
                    builder.cubic_to(first.0, first.1, second.0, second.1, to_x, to_y);
                }
            }
            end = Some((to.x, to.y));
        }
        x += scaled.h_advance(glyph);
        last = Some(glyph);
    }
    (builder.finish(), x)
}

#[cfg(test)]
mod tests {
    use plotters::prelude::*;

    use super::*;

    /// Paints 40 by 40 pixels and returns the brightness of each, by line.
    fn painted(draw: impl Fn(&DrawingArea<Painter<'_>, plotters::coord::Shift>)) -> Vec<Vec<u8>> {
        let mut bitmap = Bitmap::new(40, 40).unwrap();
        draw(&bitmap.painter().into_drawing_area());
        let pixels = bitmap.into_rgb();
        pixels
            .chunks_exact(3 * 40)
            .map(|line| line.chunks_exact(3).map(|p| p[1]).collect())
            .collect()
    }

    #[test]
    fn circles_are_round_and_have_smooth_edges() {
        let found = painted(|area| {
            area.draw(&Circle::new((80, 80), 40, BLACK.filled())).unwrap();
        });
        let ink: f64 = found.iter().flatten().map(|&p| 1.0 - f64::from(p) / 255.0).sum();
        // π 10²
        assert!((ink - 314.16).abs() < 8.0, "{ink}");
        let edges = found.iter().flatten().filter(|p| (1..255).contains(*p)).count();
        assert!((40..100).contains(&edges), "{edges}");
        // the same in each quarter
        for line in 0..40 {
            for column in 0..40 {
                let (other, mirrored) = (found[39 - line][column], found[line][39 - column]);
                assert!(found[line][column].abs_diff(other) <= 64, "{line}, {column}");
                assert!(found[line][column].abs_diff(mirrored) <= 64, "{line}, {column}");
            }
        }
    }

    #[test]
    fn lines_along_an_axis_are_sharp_and_bars_meet_without_a_seam() {
        let found = painted(|area| {
            area.draw(&PathElement::new(
                vec![(0, 42), (160, 42)],
                ShapeStyle::from(BLACK).stroke_width(8),
            ))
            .unwrap();
            area.draw(&Rectangle::new([(0, 81), (77, 120)], BLACK.mix(0.5).filled())).unwrap();
            area.draw(&Rectangle::new([(77, 81), (160, 120)], BLACK.mix(0.5).filled())).unwrap();
        });
        let column: Vec<u8> = found.iter().map(|line| line[5]).collect();
        assert_eq!(column.iter().filter(|p| **p == 0).count(), 2);
        assert!(found[25].iter().all(|p| *p == found[25][0]) && found[25][0] < 140);
    }

    #[test]
    fn texts_are_placed_by_their_anchors_and_turned() {
        let text = |transform: FontTransform, across: HPos, down: VPos| {
            let font = (crate::plot::font::FONT, 40).into_font().transform(transform);
            crate::plot::font::load_font();
            let style =
                TextStyle::from(font).pos(plotters::style::text_anchor::Pos::new(across, down));
            let found =
                painted(|area| area.draw(&Text::new("HHH", (80, 80), style.clone())).unwrap());
            let dark = |at: &(usize, usize)| found[at.0][at.1] < 128;
            let all = (0..40 * 40).map(|at| (at / 40, at % 40)).filter(dark);
            let (lines, columns): (Vec<usize>, Vec<usize>) = all.unzip();
            let range = |of: &[usize]| (*of.iter().min().unwrap(), *of.iter().max().unwrap());
            (range(&lines), range(&columns))
        };
        let ((upper, lower), (left, right)) = text(FontTransform::None, HPos::Left, VPos::Center);
        assert!(
            left >= 20 && right > 30 && (18..=20).contains(&((upper + lower) / 2)),
            "{upper} {lower} {left} {right}"
        );
        let ((upper, lower), (left, right)) =
            text(FontTransform::Rotate270, HPos::Center, VPos::Center);
        assert!(lower - upper > 12 && right - left < 9, "{upper} {lower} {left} {right}");
    }
}
