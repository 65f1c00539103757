//! Drawings: shapes in nominal pixels, from which every file format is made.

mod bitmap;
mod dark;
mod pdf;
mod svg;
mod text;

use super::colour::{INK, Rgb};
use super::ellipse::Ellipse;

pub(super) use bitmap::Bitmap;
pub(super) use text::width as text_width;

/// A position in nominal pixels, from the upper left corner.
pub(super) type Point = (f64, f64);

/// A rectangle in nominal pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    fn overlaps(&self, other: &Self) -> bool {
        let apart = |from: f64, to: f64, other_from: f64, other_to: f64| {
            to <= other_from || other_to <= from
        };
        !apart(self.left, self.right(), other.left, other.right())
            && !apart(self.top, self.bottom(), other.top, other.bottom())
    }

    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// A colour with an opacity from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Paint {
    pub(super) colour: Rgb,
    pub(super) opacity: f64,
}

/// The style of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stroke {
    pub(super) paint: Paint,
    pub(super) width: f64,
    /// Lengths of dashes and of the spaces between them; empty for a solid line.
    pub(super) dashes: &'static [f64],
}

impl Stroke {
    pub(super) fn solid(paint: Paint, width: f64) -> Self {
        Self { paint, width, dashes: &[] }
    }
}

/// The shape of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkerShape {
    Circle,
    Square,
    Triangle,
    Diamond,
    TriangleDown,
}

impl MarkerShape {
    /// A shape by number, modulo five: with the seven colours, 35 components differ.
    pub(super) fn number(number: usize) -> Self {
        const SHAPES: [MarkerShape; 5] = [
            MarkerShape::Circle,
            MarkerShape::Triangle,
            MarkerShape::Square,
            MarkerShape::Diamond,
            MarkerShape::TriangleDown,
        ];
        SHAPES[number % SHAPES.len()]
    }

    /// The corners about the origin of a shape with the area of a circle of radius 1; none for the circle itself.
    fn corners(self) -> &'static [Point] {
        // half the side of the square, half the height of the triangle, and so on, each for the area π
        const SQUARE: f64 = 0.886;
        const DIAMOND: f64 = 1.253;
        const SIDE: f64 = 1.347;
        const UP: f64 = 1.555;
        const DOWN: f64 = 0.778;
        match self {
            Self::Circle => &[],
            Self::Square => {
                &[(-SQUARE, -SQUARE), (SQUARE, -SQUARE), (SQUARE, SQUARE), (-SQUARE, SQUARE)]
            }
            Self::Diamond => &[(0.0, -DIAMOND), (DIAMOND, 0.0), (0.0, DIAMOND), (-DIAMOND, 0.0)],
            Self::Triangle => &[(0.0, -UP), (SIDE, DOWN), (-SIDE, DOWN)],
            Self::TriangleDown => &[(0.0, UP), (-SIDE, -DOWN), (SIDE, -DOWN)],
        }
    }
}

/// The style of a marker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Marker {
    pub(super) shape: MarkerShape,
    /// Radius of the circle that is as large.
    pub(super) radius: f64,
    pub(super) fill: Option<Paint>,
    pub(super) edge: Option<Stroke>,
}

impl Marker {
    /// The corners of the marker at a point; none of a circle.
    fn corners(self, at: Point) -> impl Iterator<Item = Point> {
        let Self { shape, radius, .. } = self;
        shape.corners().iter().map(move |(x, y)| (at.0 + radius * x, at.1 + radius * y))
    }
}

/// Horizontal alignment of a text to its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

impl Align {
    /// Distance from the position of a text of this width to its left edge.
    fn to_left_edge(self, width: f64) -> f64 {
        match self {
            Self::Left => 0.0,
            Self::Centre => -0.5 * width,
            Self::Right => -width,
        }
    }
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub(super) text: String,
    /// A position on the baseline.
    pub(super) at: Point,
    /// Size of the font (of an em).
    pub(super) size: f64,
    pub(super) align: Align,
    /// Whether the text is written from below to above.
    pub(super) is_vertical: bool,
    pub(super) colour: Rgb,
}

/// Height of the middle of capital letters above the baseline, as a share of the size of the font.
pub(super) const MIDDLE: f64 = 0.345;

/// Width of a line along the outlines of letters, as a share of the size of the font: the embedded font is light.
const WEIGHT: f64 = 0.028;

/// A picture of pixels, each a square.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pixels {
    pub(super) corner: Point,
    /// Side of a pixel.
    pub(super) side: f64,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Red, green and blue of each pixel, line by line.
    pub(super) rgb: Vec<u8>,
}

/// A shape of a drawing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Closed outlines; a position is inside if it is within an odd number of them.
    Region { outlines: Vec<Vec<Point>>, fill: Paint },
    /// An ellipse in nominal pixels.
    Ellipse { ellipse: Ellipse, fill: Option<Paint>, edge: Option<Stroke> },
    /// A filled rectangle, whose sides are on whole pixels of a bitmap, so that neighbours meet without a seam.
    Rectangle { area: Area, fill: Paint },
    /// A line through points.
    Line { points: Vec<Point>, stroke: Stroke },
    /// A marker at a point.
    Marker { at: Point, marker: Marker },
    /// A line of text.
    Text(Text),
    /// A picture.
    Pixels(Pixels),
}

/// Shapes in the order in which they are painted, on a background.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Drawing {
    width: u32,
    height: u32,
    background: Rgb,
    shapes: Vec<Shape>,
}

impl Drawing {
    /// The drawing with grey pictures in 64 shades, a difference that is not seen, so that files are smaller by a third.
    #[cfg(feature = "report")]
    pub(super) fn with_few_shades(mut self) -> Self {
        for shape in &mut self.shapes {
            if let Shape::Pixels(picture) = shape
                && picture.rgb.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2])
            {
                // white stays white, and differences are multiples of 4, which are few
                picture.rgb.iter_mut().for_each(|grey| *grey |= 3);
            }
        }
        self
    }

    /// A white drawing.
    pub(super) fn new((width, height): (u32, u32)) -> Self {
        Self { width, height, background: Rgb(255, 255, 255), shapes: Vec::new() }
    }

    pub(super) fn push(&mut self, shape: Shape) {
        self.shapes.push(shape);
    }

    /// Writes a text from left to right, in the colour of ink; an empty one is nothing.
    pub(super) fn text(&mut self, text: impl Into<String>, at: Point, size: f64, align: Align) {
        let text = text.into();
        if !text.is_empty() {
            let (is_vertical, colour) = (false, INK);
            self.shapes.push(Shape::Text(Text { text, at, size, align, is_vertical, colour }));
        }
    }

    pub(super) fn line(&mut self, points: impl Into<Vec<Point>>, stroke: Stroke) {
        self.shapes.push(Shape::Line { points: points.into(), stroke });
    }

    pub(super) fn rectangle(&mut self, area: Area, fill: Paint) {
        self.shapes.push(Shape::Rectangle { area, fill });
    }
}

/// Four cubic Bézier curves that draw an ellipse: the first point, and control points and end of each curve.
fn bezier(ellipse: &Ellipse) -> (Point, [[Point; 3]; 4]) {
    // distance of the control points of a circle of radius 1 from the ends of the curve
    const ROUND: f64 = 0.552_284_75;
    let Ellipse { centre, axes: [first, second] } = *ellipse;
    let place = |a: f64, b: f64| {
        (centre.0 + a * first.0 + b * second.0, centre.1 + a * first.1 + b * second.1)
    };
    // from each of these directions to the next one
    let directions = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)];
    let curves = [0, 1, 2, 3].map(|number| {
        let (from, to): ((f64, f64), (f64, f64)) =
            (directions[number], directions[(number + 1) % 4]);
        let leaving = place(from.0 + ROUND * to.0, from.1 + ROUND * to.1);
        let arriving = place(to.0 + ROUND * from.0, to.1 + ROUND * from.1);
        [leaving, arriving, place(to.0, to.1)]
    });
    (place(1.0, 0.0), curves)
}
