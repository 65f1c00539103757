//! Drawings as SVG.

use std::fmt::{Display, Formatter};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::bezier;
use super::{Align, Area, Drawing, Marker, MarkerShape, Paint, Pixels, Point, Shape, Stroke, Text};
use crate::error::Result;
use crate::plot::colour::Rgb;
use crate::plot::ellipse::Ellipse;
use crate::plot::png::encode_rgb;

impl Drawing {
    /// Writes the drawing as SVG.
    ///
    /// # Errors
    /// [`Error::Drawing`](crate::Error::Drawing).
    pub(in crate::plot) fn svg(&self) -> Result<String> {
        let (width, height) = (self.width, self.height);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"Ubuntu,Helvetica,Arial,sans-serif\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
            self.background
        );
        let mut shapes = self.shapes.iter().peekable();
        while let Some(shape) = shapes.next() {
            // shapes of one style in a row are one element
            let mut run = vec![shape];
            while let Some(next) = shapes.next_if(|next| shape.shares_element(next)) {
                run.push(next);
            }
            write_run(&mut svg, &run)?;
        }
        svg += "</svg>\n";
        Ok(svg)
    }
}

impl Shape {
    /// Whether a shape after this one can be in the same element.
    fn shares_element(&self, next: &Self) -> bool {
        match (self, next) {
            (Self::Marker { marker, .. }, Self::Marker { marker: other, .. }) => marker == other,
            (Self::Rectangle { fill, .. }, Self::Rectangle { fill: other, .. }) => fill == other,
            (Self::Pixels(_), Self::Pixels(_)) => true,
            _ => false,
        }
    }
}

/// Writes shapes that share an element, or one shape.
fn write_run(svg: &mut String, run: &[&Shape]) -> Result<()> {
    match run[0] {
        Shape::Marker { marker, .. } => {
            let at = |shape: &&Shape| match shape {
                Shape::Marker { at, .. } => Some(*at),
                _ => None,
            };
            write_markers(svg, marker, &run.iter().filter_map(at).collect::<Vec<_>>());
        }
        Shape::Rectangle { fill, .. } => {
            let area = |shape: &&Shape| match shape {
                Shape::Rectangle { area, .. } => Some(*area),
                _ => None,
            };
            write_rectangles(svg, *fill, &run.iter().filter_map(area).collect::<Vec<_>>());
        }
        Shape::Pixels(_) => {
            *svg += "<g style=\"image-rendering:pixelated\">\n";
            for shape in run {
                if let Shape::Pixels(picture) = shape {
                    write_pixels(svg, picture)?;
                }
            }
            *svg += "</g>\n";
        }
        Shape::Region { outlines, fill } => {
            let path: String = outlines.iter().map(|outline| path_of(outline) + "z").collect();
            let fill = Fills(Some(*fill));
            *svg += &format!("<path fill-rule=\"evenodd\"{fill} d=\"{path}\"/>\n");
        }
        Shape::Ellipse { ellipse, fill, edge } => {
            let (fill, edge, path) = (Fills(*fill), Strokes(*edge), ellipse_path(ellipse));
            *svg += &format!("<path{fill}{edge} d=\"{path}\"/>\n");
        }
        Shape::Line { points, stroke } => {
            let (fill, stroke, path) = (Fills(None), Strokes(Some(*stroke)), path_of(points));
            *svg += &format!("<path{fill} stroke-linejoin=\"round\"{stroke} d=\"{path}\"/>\n");
        }
        Shape::Text(text) => write_text(svg, text),
    }
    Ok(())
}

/// Writes rectangles of one colour: those that do not overlap are one path.
fn write_rectangles(svg: &mut String, fill: Paint, areas: &[Area]) {
    let fill = Fills(Some(fill));
    let mut first = 0;
    for next in 1..=areas.len() {
        let overlaps = |area: &Area| areas[first..next].iter().any(|before| before.overlaps(area));
        if areas.get(next).is_some_and(|area| !overlaps(area)) {
            continue;
        }
        let path: String = areas[first..next].iter().map(rectangle_path).collect();
        *svg += &format!("<path shape-rendering=\"crispEdges\"{fill} d=\"{path}\"/>\n");
        first = next;
    }
}

/// Writes markers of one style: the vertices of an invisible line, so that each takes a few bytes.
fn write_markers(svg: &mut String, marker: &Marker, points: &[Point]) {
    let Marker { shape, radius, fill, edge } = marker;
    let style = format!("{}{}", Fills(*fill), Strokes(*edge));
    let symbol = |at: Point| match shape {
        MarkerShape::Circle => {
            let (x, y) = (Short(at.0), Short(at.1));
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\"{style}/>", Short(*radius))
        }
        _ => {
            let corners: Vec<Point> = marker.corners(at).collect();
            format!("<path{style} d=\"{}z\"/>", path_of(&corners))
        }
    };
    if let [point] = points {
        *svg += &symbol(*point);
        svg.push('\n');
        return;
    }
    // markers of the same style have the same name, also in other drawings on the same page
    let paint =
        |paint: &Paint| format!("{}-{}", paint.colour, Short(paint.opacity)).replace('#', "");
    let paints = [fill.as_ref().map(paint), edge.as_ref().map(|edge| paint(&edge.paint))];
    let id = format!(
        "{shape:?}-{}-{}",
        Short(*radius),
        paints.into_iter().flatten().collect::<Vec<_>>().join("-")
    );
    let at: Vec<String> =
        points.iter().map(|at| Pair(tenths(at.0), tenths(at.1)).to_string()).collect();
    *svg += &format!(
        "<marker id=\"{id}\" markerUnits=\"userSpaceOnUse\" overflow=\"visible\">{}</marker>\n\
         <path fill=\"none\" marker-start=\"url(#{id})\" marker-mid=\"url(#{id})\" marker-end=\"url(#{id})\" d=\"M{}\"/>\n",
        symbol((0.0, 0.0)),
        at.join(" ")
    );
}

fn write_text(svg: &mut String, text: &Text) {
    let anchor = match text.align {
        Align::Left => "",
        Align::Centre => " text-anchor=\"middle\"",
        Align::Right => " text-anchor=\"end\"",
    };
    let (x, y) = (Short(text.at.0), Short(text.at.1));
    let turn = if text.is_vertical {
        format!(" transform=\"rotate(-90 {x} {y})\"")
    } else {
        String::new()
    };
    let mut letters = text.text.clone();
    for (letter, entity) in [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;")] {
        letters = letters.replace(letter, entity);
    }
    *svg += &format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"{}\"{anchor}{turn}>{letters}</text>\n",
        Short(text.size),
        text.colour
    );
}

/// Embeds a picture as PNG, a hundredth of the size of a rectangle for each pixel.
fn write_pixels(svg: &mut String, picture: &Pixels) -> Result<()> {
    let png = encode_rgb(&picture.rgb, (picture.width as u32, picture.height as u32))?;
    let (x, y) = (Short(picture.corner.0), Short(picture.corner.1));
    let [width, height] =
        [picture.width, picture.height].map(|length| Short(length as f64 * picture.side));
    *svg += &format!(
        "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" href=\"data:image/png;base64,{}\"/>\n",
        STANDARD.encode(png)
    );
    Ok(())
}

/// A path through points, by the differences of rounded positions, so that rounding errors do not add up.
fn path_of(points: &[Point]) -> String {
    let mut path = String::new();
    let mut last = (0, 0);
    for (index, &(x, y)) in points.iter().enumerate() {
        let at = (hundredths(x), hundredths(y));
        let (letter, x, y) = match index {
            0 => ("M", at.0, at.1),
            _ => ("l", at.0 - last.0, at.1 - last.1),
        };
        if index == 0 || (x, y) != (0, 0) {
            let [x, y] = [x, y].map(|hundredths| Short(hundredths as f64 / 100.0));
            path += letter;
            path += &Pair(x, y).to_string();
        }
        last = at;
    }
    path
}

fn rectangle_path(area: &Area) -> String {
    let Area { left, top, width, height } = *area;
    let (from, width, height) = (Pair(Short(left), Short(top)), Short(width), Short(height));
    format!("M{from}h{width}v{height}h-{width}z")
}

fn ellipse_path(ellipse: &Ellipse) -> String {
    let pair = |(x, y): Point| Pair(Short(x), Short(y)).to_string();
    let (from, curves) = bezier(ellipse);
    let curves = curves.map(|curve| curve.map(pair).join(" "));
    format!("M{}C{}z", pair(from), curves.join(" "))
}

fn hundredths(value: f64) -> i64 {
    (100.0 * value).round() as i64
}

/// A number with at most two decimals.
struct Short(f64);

impl Display for Short {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        // adding zero makes -0 positive
        write!(f, "{}", hundredths(self.0) as f64 / 100.0 + 0.0)
    }
}

/// A number with at most one decimal, which is enough for points.
fn tenths(value: f64) -> Short {
    Short((10.0 * value).round() / 10.0)
}

/// Two numbers, with a space between them if it is needed.
struct Pair(Short, Short);

impl Display for Pair {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let second = self.1.to_string();
        write!(f, "{}{}{second}", self.0, if second.starts_with('-') { "" } else { " " })
    }
}

/// The attributes of a filling.
struct Fills(Option<Paint>);

impl Display for Fills {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Some(Paint { colour, opacity }) = self.0 else { return write!(f, " fill=\"none\"") };
        write!(f, " fill=\"{colour}\"")?;
        match opacity {
            opacity if opacity < 1.0 => write!(f, " fill-opacity=\"{}\"", Short(opacity)),
            _ => Ok(()),
        }
    }
}

/// The attributes of a line; none without one.
struct Strokes(Option<Stroke>);

impl Display for Strokes {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Some(Stroke { paint, width, dashes }) = self.0 else { return Ok(()) };
        write!(f, " stroke=\"{}\" stroke-width=\"{}\"", paint.colour, Short(width))?;
        if paint.opacity < 1.0 {
            write!(f, " stroke-opacity=\"{}\"", Short(paint.opacity))?;
        }
        if !dashes.is_empty() {
            let lengths: Vec<String> =
                dashes.iter().map(|length| Short(*length).to_string()).collect();
            write!(f, " stroke-dasharray=\"{}\"", lengths.join(" "))?;
        }
        Ok(())
    }
}

impl Display for Rgb {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INK: Paint = Paint { colour: Rgb(1, 2, 255), opacity: 0.5 };

    #[test]
    fn markers_of_one_style_are_the_vertices_of_a_line() {
        let mut drawing = Drawing::new((20, 10));
        let shape = MarkerShape::Circle;
        let marker = Marker { shape, radius: 1.5, fill: Some(INK), edge: None };
        for x in [0.126, 5.0, 5.55] {
            drawing.push(Shape::Marker { at: (x, 2.0), marker });
        }
        drawing.push(Shape::Marker { at: (1.0, 2.0), marker: Marker { radius: 2.0, ..marker } });
        let svg = drawing.svg().unwrap();
        let symbol = "<marker id=\"Circle-1.5-0102ff-0.5\" markerUnits=\"userSpaceOnUse\" overflow=\"visible\">\
                      <circle cx=\"0\" cy=\"0\" r=\"1.5\" fill=\"#0102ff\" fill-opacity=\"0.5\"/></marker>";
        assert!(svg.contains(symbol), "{svg}");
        assert!(svg.contains("d=\"M0.1 2 5 2 5.6 2\"/>"), "{svg}");
        assert!(svg.contains("<circle cx=\"1\" cy=\"2\" r=\"2\" fill"), "{svg}");
    }

    #[test]
    fn rectangles_of_one_colour_that_do_not_overlap_are_one_path() {
        let mut drawing = Drawing::new((20, 10));
        for left in [0.0, 2.0, 3.0] {
            drawing.rectangle(Area { left, top: 1.0, width: 2.0, height: 3.5 }, INK);
        }
        let svg = drawing.svg().unwrap();
        assert!(svg.contains("d=\"M0 1h2v3.5h-2zM2 1h2v3.5h-2z\"/>"), "{svg}");
        assert!(svg.contains("d=\"M3 1h2v3.5h-2z\"/>"), "{svg}");
    }

    #[test]
    fn rounding_errors_of_a_path_do_not_add_up() {
        let points: Vec<Point> = (0..100).map(|at| (f64::from(at) * 0.1049, 0.0)).collect();
        let path = path_of(&points);
        let steps = path[1..].split('l').map(|step| step.split(' ').next().unwrap().parse::<f64>());
        let sum: f64 = steps.map(|step| step.unwrap()).sum();
        assert!((sum - 99.0 * 0.1049).abs() < 0.006, "{sum}");
    }

    #[test]
    fn texts_are_escaped() {
        let mut drawing = Drawing::new((20, 10));
        let (text, colour) = ("a < b & c".to_owned(), Rgb(0, 0, 0));
        let at = (1.0, 2.0);
        let text = Text { text, at, size: 12.0, align: Align::Right, is_vertical: true, colour };
        drawing.push(Shape::Text(text));
        let svg = drawing.svg().unwrap();
        assert!(
            svg.contains(
                "text-anchor=\"end\" transform=\"rotate(-90 1 2)\">a &lt; b &amp; c</text>"
            ),
            "{svg}"
        );
    }
}
