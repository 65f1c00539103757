//! Drawings as PDF.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{LineCapStyle, LineJoinStyle, TextRenderingMode};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};

use super::bezier;
use super::text::{Curve, outlines};
use super::{
    Area, Drawing, Marker, MarkerShape, Paint, Pixels, Point, Shape, Stroke, Text, WEIGHT,
};
use crate::plot::colour::Rgb;
use crate::plot::ellipse::Ellipse;

/// Points per nominal pixel: pixels are those of CSS, 96 per inch.
const POINTS: f64 = 0.75;

/// Objects of the file; those of pictures follow.
const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const CONTENT: Ref = Ref::new(4);
const FONT: Ref = Ref::new(5);
const FIRST_PICTURE: i32 = 6;

impl Drawing {
    /// Writes the drawing as a PDF file of one page. Texts are outlines, below which the same text can be selected.
    pub(in crate::plot) fn pdf(&self) -> Vec<u8> {
        let height = f64::from(self.height);
        let page_size = Area { left: 0.0, top: 0.0, width: f64::from(self.width), height };
        let mut page =
            Page { content: Content::new(), opacities: Vec::new(), pictures: Vec::new() };
        // from the lower left corner in points to the upper left corner in nominal pixels
        let turned = [POINTS, 0.0, 0.0, -POINTS, 0.0, POINTS * height];
        page.content.transform(turned.map(|part| part as f32));
        page.content.set_line_join(LineJoinStyle::RoundJoin);
        page.rectangle(page_size, Paint { colour: self.background, opacity: 1.0 });
        self.shapes.iter().for_each(|shape| page.draw(shape));
        let Page { content, opacities, pictures } = page;

        let mut pdf = Pdf::new();
        pdf.catalog(CATALOG).pages(PAGES);
        pdf.pages(PAGES).kids([PAGE]).count(1);
        let mut page = pdf.page(PAGE);
        let size = [page_size.width, page_size.height].map(|side| (POINTS * side) as f32);
        page.parent(PAGES).media_box(Rect::new(0.0, 0.0, size[0], size[1])).contents(CONTENT);
        let mut resources = page.resources();
        resources.fonts().pair(Name(b"F"), FONT);
        let mut states = resources.ext_g_states();
        for (number, opacity) in opacities.iter().enumerate() {
            let mut state = states
                .insert(Name(&name(b'G', number)))
                .start::<pdf_writer::writers::ExtGraphicsState<'_>>();
            state.non_stroking_alpha(*opacity).stroking_alpha(*opacity);
        }
        states.finish();
        let mut objects = resources.x_objects();
        for number in 0..pictures.len() {
            objects.pair(Name(&name(b'I', number)), picture_reference(number));
        }
        objects.finish();
        resources.finish();
        page.finish();
        pdf.type1_font(FONT)
            .base_font(Name(b"Helvetica"))
            .encoding_predefined(Name(b"WinAnsiEncoding"));
        pdf.stream(CONTENT, &compressed(content.finish().as_slice())).filter(Filter::FlateDecode);
        for (number, picture) in pictures.iter().enumerate() {
            let rgb = compressed(&picture.rgb);
            let mut image = pdf.image_xobject(picture_reference(number), &rgb);
            image.filter(Filter::FlateDecode);
            image.width(picture.width as i32).height(picture.height as i32);
            image.color_space().device_rgb();
            image.bits_per_component(8).interpolate(false);
        }
        pdf.finish()
    }
}

fn picture_reference(number: usize) -> Ref {
    Ref::new(FIRST_PICTURE + number as i32)
}

/// A name of a resource: a letter and a number.
fn name(letter: u8, number: usize) -> Vec<u8> {
    let mut name = vec![letter];
    name.extend(number.to_string().into_bytes());
    name
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let done = encoder.write_all(bytes).and_then(|()| encoder.finish());
    done.unwrap_or_else(|_| unreachable!("writing to memory does not fail"))
}

/// The content of the page, and the resources that it uses by number.
struct Page<'a> {
    content: Content,
    opacities: Vec<f32>,
    pictures: Vec<&'a Pixels>,
}

impl<'a> Page<'a> {
    fn draw(&mut self, shape: &'a Shape) {
        match shape {
            Shape::Region { outlines, fill } => {
                self.fill_with(*fill);
                outlines.iter().for_each(|outline| self.trace(outline, true));
                self.content.fill_even_odd();
            }
            Shape::Rectangle { area, fill } => self.rectangle(*area, *fill),
            Shape::Line { points, stroke } => {
                self.stroke_with(stroke);
                self.trace(points, false);
                self.content.stroke();
            }
            Shape::Ellipse { ellipse, fill, edge } => {
                self.fill_and_stroke(*fill, *edge, |page| page.ellipse(ellipse));
            }
            Shape::Marker { at, marker } => {
                self.fill_and_stroke(marker.fill, marker.edge, |page| page.outline(*at, *marker));
            }
            Shape::Text(text) => self.text(text),
            Shape::Pixels(picture) => self.picture(picture),
        }
    }

    fn fill_with(&mut self, Paint { colour, opacity }: Paint) {
        self.opacity(opacity);
        let [red, green, blue] = shares(colour);
        self.content.set_fill_rgb(red, green, blue);
    }

    fn stroke_with(&mut self, Stroke { paint, width, dashes }: &Stroke) {
        self.opacity(paint.opacity);
        let [red, green, blue] = shares(paint.colour);
        self.content.set_stroke_rgb(red, green, blue);
        self.content.set_line_width(*width as f32).set_line_cap(LineCapStyle::ButtCap);
        self.content.set_dash_pattern(dashes.iter().map(|length| *length as f32), 0.0);
    }

    /// Selects the graphics state of an opacity.
    fn opacity(&mut self, opacity: f64) {
        let opacity = opacity as f32;
        let known = self.opacities.iter().position(|known| *known == opacity);
        let number = known.unwrap_or_else(|| {
            self.opacities.push(opacity);
            self.opacities.len() - 1
        });
        self.content.set_parameters(Name(&name(b'G', number)));
    }

    fn trace(&mut self, points: &[Point], close: bool) {
        let Some((first, others)) = points.split_first() else { return };
        self.content.move_to(first.0 as f32, first.1 as f32);
        for to in others {
            self.content.line_to(to.0 as f32, to.1 as f32);
        }
        if close {
            self.content.close_path();
        }
    }

    fn rectangle(&mut self, area: Area, fill: Paint) {
        self.fill_with(fill);
        let [x, y, width, height] =
            [area.left, area.top, area.width, area.height].map(|length| length as f32);
        self.content.rect(x, y, width, height).fill_nonzero();
    }

    fn fill_and_stroke(
        &mut self,
        fill: Option<Paint>,
        edge: Option<Stroke>,
        outline: impl Fn(&mut Self),
    ) {
        if let Some(fill) = fill {
            self.fill_with(fill);
            outline(self);
            self.content.fill_nonzero();
        }
        if let Some(edge) = &edge {
            self.stroke_with(edge);
            outline(self);
            self.content.stroke();
        }
    }

    fn ellipse(&mut self, ellipse: &Ellipse) {
        let (from, curves) = bezier(ellipse);
        self.content.move_to(from.0 as f32, from.1 as f32);
        for [first, second, to] in curves {
            cubic(&mut self.content, first, second, to);
        }
        self.content.close_path();
    }

    fn outline(&mut self, at: Point, marker: Marker) {
        if marker.shape == MarkerShape::Circle {
            self.ellipse(&Ellipse::circle(at, marker.radius));
            return;
        }
        let corners: Vec<Point> = marker.corners(at).collect();
        self.trace(&corners, true);
    }

    fn text(&mut self, text: &Text) {
        let width = super::text_width(&text.text, text.size);
        let across = text.align.to_left_edge(width);
        let (sin, cos) = if text.is_vertical { (-1.0, 0.0) } else { (0.0, 1.0) };
        let begin = (text.at.0 + cos * across, text.at.1 + sin * across);
        let turned = [cos, sin, -sin, cos, begin.0, begin.1].map(|part| part as f32);
        self.content.save_state().transform(turned);
        let paint = Paint { colour: text.colour, opacity: 1.0 };
        self.fill_with(paint);
        self.stroke_with(&Stroke::solid(paint, WEIGHT * text.size));
        let content = &mut self.content;
        let mut last = (0.0, 0.0);
        outlines(&text.text, text.size, |curve| {
            let end = match curve {
                Curve::Begin(to) => {
                    content.move_to(to.0 as f32, to.1 as f32);
                    to
                }
                Curve::Line(to) => {
                    content.line_to(to.0 as f32, to.1 as f32);
                    to
                }
                Curve::Quadratic(by, to) => {
                    // the cubic curve that is the same
                    let toward = |end: Point| {
                        (end.0 + (by.0 - end.0) * 2.0 / 3.0, end.1 + (by.1 - end.1) * 2.0 / 3.0)
                    };
                    cubic(content, toward(last), toward(to), to);
                    to
                }
                Curve::Cubic(first, second, to) => {
                    cubic(content, first, second, to);
                    to
                }
            };
            last = end;
        });
        self.content.fill_nonzero_and_stroke();
        self.selectable(text, width);
        self.content.restore_state();
    }

    /// Writes an invisible text, as wide as the outlines, that can be selected and searched for.
    fn selectable(&mut self, text: &Text, width: f64) {
        let latin: Option<Vec<u8>> =
            text.text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
        let Some(latin) = latin.filter(|latin| !latin.is_empty()) else { return };
        // letters of Helvetica are about half as wide as high
        let stretch = width / (0.5 * text.size * latin.len() as f64);
        self.content
            .begin_text()
            .set_text_rendering_mode(TextRenderingMode::Invisible)
            .set_font(Name(b"F"), text.size as f32)
            .set_horizontal_scaling((100.0 * stretch) as f32)
            .set_text_matrix([1.0, 0.0, 0.0, -1.0, 0.0, 0.0])
            .show(Str(&latin))
            .end_text();
    }

    fn picture(&mut self, picture: &'a Pixels) {
        let [width, height] =
            [picture.width, picture.height].map(|length| length as f64 * picture.side);
        let (left, top) = picture.corner;
        // pictures are drawn into a square of side 1, from below
        let place = [width, 0.0, 0.0, -height, left, top + height].map(|part| part as f32);
        let name = name(b'I', self.pictures.len());
        self.pictures.push(picture);
        self.opacity(1.0);
        self.content.save_state().transform(place).x_object(Name(&name)).restore_state();
    }
}

fn cubic(content: &mut Content, first: Point, second: Point, to: Point) {
    content.cubic_to(
        first.0 as f32,
        first.1 as f32,
        second.0 as f32,
        second.1 as f32,
        to.0 as f32,
        to.1 as f32,
    );
}

fn shares(colour: Rgb) -> [f32; 3] {
    colour.bytes().map(|byte| f32::from(byte) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opacities_and_pictures_are_resources_of_the_page() {
        let mut drawing = Drawing::new((20, 10));
        let area = Area { left: 1.0, top: 1.0, width: 3.0, height: 2.0 };
        for opacity in [0.5, 0.25, 0.5] {
            drawing.rectangle(area, Paint { colour: Rgb(1, 2, 3), opacity });
        }
        let rgb = vec![0; 12];
        let picture = Pixels { corner: (0.0, 0.0), side: 2.0, width: 2, height: 2, rgb };
        drawing.push(Shape::Pixels(picture));
        let pdf = drawing.pdf();
        assert!(pdf.starts_with(b"%PDF-1.7"));
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.contains("/MediaBox [0 0 15 7.5]"), "{text}");
        for resource in
            ["/G0 ", "/G1 ", "/G2 ", "/I0 6 0 R", "/ca 0.5", "/ca 0.25", "/BaseFont /Helvetica"]
        {
            assert!(text.contains(resource), "{resource}: {text}");
        }
        assert!(!text.contains("/G3 "), "{text}");
    }
}
