//! Drawings as bitmaps, painted with antialiasing.

use tiny_skia::{
    FillRule, LineCap, LineJoin, Path, PathBuilder, Pixmap, Rect, StrokeDash, Transform,
};

use super::bezier;
use super::text::{Curve, outlines};
use super::{
    Area, Drawing, Marker, MarkerShape, Paint, Pixels, Point, Shape, Stroke, Text, WEIGHT,
};
use crate::error::{Error, Result};
use crate::plot::ellipse::Ellipse;

/// Maximum size of a bitmap in memory, in bytes.
const MAX_BYTES: u64 = 1 << 30;

/// A bitmap of opaque pixels.
pub(in crate::plot) struct Bitmap {
    pub(in crate::plot) width: u32,
    pub(in crate::plot) height: u32,
    /// Red, green and blue of each pixel, line by line.
    pub(in crate::plot) rgb: Vec<u8>,
}

impl Drawing {
    /// Paints the drawing with `scale` pixels per nominal pixel along each side.
    ///
    /// # Errors
    /// [`Error::Drawing`] if there are too many pixels.
    pub(in crate::plot) fn bitmap(&self, scale: f64) -> Result<Bitmap> {
        let side = |length: u32| (f64::from(length) * scale).round() as u32;
        let (width, height) = (side(self.width), side(self.height));
        let n_bytes = u64::from(width) * u64::from(height) * 4;
        let pixels = if n_bytes > MAX_BYTES { None } else { Pixmap::new(width, height) };
        let mut pixels = pixels.ok_or_else(|| {
            let problem = format!("{width} x {height} pixels are too many; draw fewer images");
            Error::Drawing { problem }
        })?;
        let [red, green, blue] = self.background.bytes();
        pixels.fill(tiny_skia::Color::from_rgba8(red, green, blue, 255));
        let mut painter = Painter { pixels, scale };
        self.shapes.iter().for_each(|shape| painter.paint(shape));
        // the background is opaque, so that colours are not multiplied by less than 1
        let rgb = painter.pixels.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]);
        Ok(Bitmap { width, height, rgb: rgb.collect() })
    }
}

struct Painter {
    pixels: Pixmap,
    scale: f64,
}

impl Painter {
    fn paint(&mut self, shape: &Shape) {
        match shape {
            Shape::Region { outlines, fill } => {
                let mut builder = PathBuilder::new();
                outlines.iter().for_each(|outline| trace(&mut builder, outline, true));
                self.fill(builder.finish(), *fill, true, self.scaled());
            }
            Shape::Rectangle { area, fill } => self.rectangle(*area, *fill),
            Shape::Line { points, stroke } => self.line(points, stroke),
            Shape::Ellipse { ellipse, fill, edge } => {
                self.fill_and_stroke(ellipse_path(ellipse), *fill, *edge);
            }
            Shape::Marker { at, marker } => {
                self.fill_and_stroke(outline(*at, *marker), marker.fill, marker.edge);
            }
            Shape::Text(text) => self.text(text),
            Shape::Pixels(pixels) => self.squares(pixels),
        }
    }

    fn scaled(&self) -> Transform {
        Transform::from_scale(self.scale as f32, self.scale as f32)
    }

    fn fill(&mut self, path: Option<Path>, fill: Paint, smooth: bool, place: Transform) {
        if let Some(path) = path {
            self.pixels.fill_path(&path, &paint(fill, smooth), FillRule::EvenOdd, place, None);
        }
    }

    fn fill_and_stroke(&mut self, path: Option<Path>, fill: Option<Paint>, edge: Option<Stroke>) {
        if let Some(fill) = fill {
            self.fill(path.clone(), fill, true, self.scaled());
        }
        if let Some(edge) = &edge {
            self.stroke(path, edge);
        }
    }

    fn stroke(&mut self, path: Option<Path>, style: &Stroke) {
        let Some(path) = path else { return };
        let lengths = style.dashes.iter().map(|length| *length as f32).collect();
        let stroke = tiny_skia::Stroke {
            width: style.width as f32,
            line_cap: LineCap::Butt,
            line_join: LineJoin::Round,
            dash: StrokeDash::new(lengths, 0.0),
            ..tiny_skia::Stroke::default()
        };
        let paint = paint(style.paint, true);
        self.pixels.stroke_path(&path, &paint, &stroke, self.scaled(), None);
    }

    fn line(&mut self, points: &[Point], stroke: &Stroke) {
        // lines along an axis are on whole pixels, so that they are sharp
        if let [from, to] = *points
            && stroke.dashes.is_empty()
            && (from.0 == to.0 || from.1 == to.1)
        {
            let (left, right) = (from.0.min(to.0), from.0.max(to.0));
            let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
            let width = (stroke.width * self.scale).round().max(1.0);
            let begin = |middle: f64| (middle * self.scale - 0.5 * width).round();
            let [first, last] = if from.1 == to.1 { [left, right] } else { [top, bottom] }
                .map(|end| (end * self.scale).round());
            let length = (last - first).max(1.0);
            let (x, y, across, down) = if from.1 == to.1 {
                (first, begin(top), length, width)
            } else {
                (begin(left), first, width, length)
            };
            self.device_rectangle([x, y, x + across, y + down], stroke.paint);
            return;
        }
        let mut builder = PathBuilder::new();
        trace(&mut builder, points, false);
        self.stroke(builder.finish(), stroke);
    }

    fn rectangle(&mut self, area: Area, fill: Paint) {
        let edges = [area.left, area.top, area.right(), area.bottom()];
        self.device_rectangle(edges.map(|edge| (edge * self.scale).round()), fill);
    }

    /// Fills a rectangle of whole pixels.
    fn device_rectangle(&mut self, edges: [f64; 4], fill: Paint) {
        let [left, top, right, bottom] = edges.map(|edge| edge as f32);
        if let Some(rectangle) = Rect::from_ltrb(left, top, right, bottom) {
            let path = PathBuilder::from_rect(rectangle);
            self.fill(Some(path), fill, false, Transform::identity());
        }
    }

    fn text(&mut self, text: &Text) {
        let mut builder = PathBuilder::new();
        let width = outlines(&text.text, text.size, |curve| match curve {
            Curve::Begin(at) => builder.move_to(at.0 as f32, at.1 as f32),
            Curve::Line(to) => builder.line_to(to.0 as f32, to.1 as f32),
            Curve::Quadratic(by, to) => {
                builder.quad_to(by.0 as f32, by.1 as f32, to.0 as f32, to.1 as f32);
            }
            Curve::Cubic(first, second, to) => builder.cubic_to(
                first.0 as f32,
                first.1 as f32,
                second.0 as f32,
                second.1 as f32,
                to.0 as f32,
                to.1 as f32,
            ),
        });
        let across = text.align.to_left_edge(width);
        let turn = if text.is_vertical {
            Transform::from_row(0.0, -1.0, 1.0, 0.0, 0.0, 0.0)
        } else {
            Transform::identity()
        };
        let place = turn
            .pre_translate(across as f32, 0.0)
            .post_translate(text.at.0 as f32, text.at.1 as f32)
            .post_scale(self.scale as f32, self.scale as f32);
        let Some(path) = builder.finish() else { return };
        let paint = paint(Paint { colour: text.colour, opacity: 1.0 }, true);
        // outlines of a letter may overlap
        self.pixels.fill_path(&path, &paint, FillRule::Winding, place, None);
        let weight = tiny_skia::Stroke {
            width: (WEIGHT * text.size) as f32,
            line_join: LineJoin::Round,
            ..tiny_skia::Stroke::default()
        };
        self.pixels.stroke_path(&path, &paint, &weight, place, None);
    }

    fn squares(&mut self, picture: &Pixels) {
        let edge = |from: f64, number: usize| {
            ((from + number as f64 * picture.side) * self.scale).round().max(0.0) as usize
        };
        let (width, height) = (self.pixels.width() as usize, self.pixels.height() as usize);
        let pixels = self.pixels.pixels_mut();
        for (at, colour) in picture.rgb.chunks_exact(3).enumerate() {
            let (line, column) = (at / picture.width, at % picture.width);
            let colour = tiny_skia::ColorU8::from_rgba(colour[0], colour[1], colour[2], 255);
            let colour = colour.premultiply();
            let across = |number| edge(picture.corner.0, number).min(width);
            let down = |number| edge(picture.corner.1, number).min(height);
            for y in down(line)..down(line + 1) {
                pixels[y * width + across(column)..y * width + across(column + 1)].fill(colour);
            }
        }
    }
}

fn paint(of: Paint, smooth: bool) -> tiny_skia::Paint<'static> {
    let [red, green, blue] = of.colour.bytes();
    let mut paint = tiny_skia::Paint { anti_alias: smooth, ..tiny_skia::Paint::default() };
    paint.set_color_rgba8(red, green, blue, (255.0 * of.opacity).round() as u8);
    paint
}

fn trace(builder: &mut PathBuilder, points: &[Point], close: bool) {
    let Some((first, others)) = points.split_first() else { return };
    builder.move_to(first.0 as f32, first.1 as f32);
    others.iter().for_each(|to| builder.line_to(to.0 as f32, to.1 as f32));
    if close {
        builder.close();
    }
}

fn ellipse_path(ellipse: &Ellipse) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let (from, curves) = bezier(ellipse);
    builder.move_to(from.0 as f32, from.1 as f32);
    for [(a, b), (c, d), (x, y)] in curves.map(|curve| curve.map(|(x, y)| (x as f32, y as f32))) {
        builder.cubic_to(a, b, c, d, x, y);
    }
    builder.close();
    builder.finish()
}

fn outline(at: Point, marker: Marker) -> Option<Path> {
    if marker.shape == MarkerShape::Circle {
        return PathBuilder::from_circle(at.0 as f32, at.1 as f32, marker.radius as f32);
    }
    let mut builder = PathBuilder::new();
    let corners: Vec<Point> = marker.corners(at).collect();
    trace(&mut builder, &corners, true);
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::colour::Rgb;
    use crate::plot::drawing::Align;

    const BLACK: Paint = Paint { colour: Rgb(0, 0, 0), opacity: 1.0 };

    /// Paints 40 by 40 pixels of shapes in a drawing of 20 by 20, and returns the brightness of each, by line.
    fn painted(shapes: impl IntoIterator<Item = Shape>) -> Vec<Vec<u8>> {
        let mut drawing = Drawing::new((20, 20));
        shapes.into_iter().for_each(|shape| drawing.push(shape));
        let bitmap = drawing.bitmap(2.0).unwrap();
        let lines = bitmap.rgb.chunks_exact(3 * 40);
        lines.map(|line| line.chunks_exact(3).map(|p| p[1]).collect()).collect()
    }

    fn ink(pixels: &[Vec<u8>]) -> f64 {
        pixels.iter().flatten().map(|&p| 1.0 - f64::from(p) / 255.0).sum()
    }

    fn marker_of(shape: MarkerShape) -> Shape {
        let marker = Marker { shape, radius: 5.0, fill: Some(BLACK), edge: None };
        Shape::Marker { at: (10.0, 10.0), marker }
    }

    #[test]
    fn circles_are_round_and_have_smooth_edges() {
        let found = painted([marker_of(MarkerShape::Circle)]);
        // π 10²
        assert!((ink(&found) - 314.16).abs() < 8.0, "{}", ink(&found));
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
    fn markers_of_all_shapes_have_the_area_of_a_circle() {
        for number in 0..5 {
            let area = ink(&painted([marker_of(MarkerShape::number(number))]));
            assert!((area - 314.16).abs() < 12.0, "{:?}: {area}", MarkerShape::number(number));
        }
    }

    #[test]
    fn lines_along_an_axis_are_sharp_and_bars_meet_without_a_seam() {
        let bar = |left: f64, width: f64| Shape::Rectangle {
            area: Area { left, top: 10.1, width, height: 5.0 },
            fill: Paint { opacity: 0.5, ..BLACK },
        };
        let line = Shape::Line {
            points: vec![(0.0, 5.2), (20.0, 5.2)],
            stroke: Stroke::solid(BLACK, 1.0),
        };
        let found = painted([line, bar(0.0, 9.7), bar(9.7, 10.3)]);
        let column: Vec<u8> = found.iter().map(|line| line[5]).collect();
        assert_eq!(column.iter().filter(|p| **p == 0).count(), 2);
        assert!(found[25].iter().all(|p| *p == found[25][0]) && found[25][0] < 140);
    }

    #[test]
    fn texts_are_aligned_and_turned() {
        let text = |align: Align, is_vertical: bool| {
            let (text, colour) = ("HHH".to_owned(), Rgb(0, 0, 0));
            let text = Text { text, at: (10.0, 10.0), size: 5.0, align, is_vertical, colour };
            let found = painted([Shape::Text(text)]);
            let dark = |at: &(usize, usize)| found[at.0][at.1] < 128;
            let all = (0..40 * 40).map(|at| (at / 40, at % 40)).filter(dark);
            let (lines, columns): (Vec<usize>, Vec<usize>) = all.unzip();
            let range = |of: &[usize]| (*of.iter().min().unwrap(), *of.iter().max().unwrap());
            (range(&lines), range(&columns))
        };
        // capitals are seven tenths of the size, on the baseline
        let ((top, bottom), (left, right)) = text(Align::Left, false);
        assert!((12..=14).contains(&top) && bottom == 19, "{top} {bottom}");
        assert!((20..=21).contains(&left) && right > 34, "{left} {right}");
        let (_, (left, right)) = text(Align::Right, false);
        assert!(left < 8 && (17..20).contains(&right), "{left} {right}");
        let ((top, bottom), (left, right)) = text(Align::Centre, true);
        assert!(bottom - top > 12 && right - left < 9, "{top} {bottom} {left} {right}");
        assert!((18..=21).contains(&((top + bottom) / 2)), "{top} {bottom}");
    }

    #[test]
    fn regions_have_holes_and_dashes_have_spaces() {
        let square = |from: f64, to: f64| vec![(from, from), (to, from), (to, to), (from, to)];
        let outlines = vec![square(2.0, 18.0), square(6.0, 14.0)];
        let found = painted([Shape::Region { outlines, fill: BLACK }]);
        assert_eq!((found[8][20], found[20][20]), (0, 255));
        let stroke = Stroke { paint: BLACK, width: 1.0, dashes: &[2.0, 2.0] };
        let found = painted([Shape::Line { points: vec![(0.0, 10.25), (20.0, 10.25)], stroke }]);
        let dark = found[20].iter().filter(|p| **p < 128).count();
        assert_eq!(dark, 20);
    }

    #[test]
    fn pictures_are_squares_of_whole_pixels() {
        let rgb = vec![0, 0, 0, 255, 0, 0, 255, 255, 255, 0, 0, 0];
        let picture = Pixels { corner: (2.0, 2.0), side: 4.0, width: 2, height: 2, rgb };
        let found = painted([Shape::Pixels(picture)]);
        assert_eq!(found[5][5], 0);
        assert_eq!((found[12][4], found[12][12], found[19][19], found[20][20]), (255, 0, 0, 255));
    }

    #[test]
    fn too_many_pixels_are_refused() {
        assert!(matches!(Drawing::new((100_000, 100_000)).bitmap(2.0), Err(Error::Drawing { .. })));
    }
}
