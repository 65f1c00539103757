//! Rectangles of data coordinates, and clipping of polygons to them.

/// A rectangle of data coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) x: (f64, f64),
    pub(super) y: (f64, f64),
}

impl Window {
    /// Whether a point is inside.
    pub(super) fn contains(&self, (x, y): (f64, f64)) -> bool {
        (self.x.0..=self.x.1).contains(&x) && (self.y.0..=self.y.1).contains(&y)
    }

    /// The rectangle between two shares of the width and two of the height, from 0 to 1.
    pub(super) fn section(&self, x: (f64, f64), y: (f64, f64)) -> Self {
        let at = |(low, high): (f64, f64), share: f64| low + share * (high - low);
        Self { x: (at(self.x, x.0), at(self.x, x.1)), y: (at(self.y, y.0), at(self.y, y.1)) }
    }
}

/// Clips a convex polygon to a window (Sutherland & Hodgman 1974).
pub(super) fn clip(polygon: &[(f64, f64)], window: Window) -> Vec<(f64, f64)> {
    // the signed distance from each edge, positive inside
    let edges: [&dyn Fn((f64, f64)) -> f64; 4] =
        [&|p| p.0 - window.x.0, &|p| window.x.1 - p.0, &|p| p.1 - window.y.0, &|p| {
            window.y.1 - p.1
        }];
    let mut corners = polygon.to_vec();
    for inside in edges {
        let mut kept = Vec::with_capacity(corners.len() + 2);
        for (index, &to) in corners.iter().enumerate() {
            let from = corners[(index + corners.len() - 1) % corners.len()];
            let (a, b) = (inside(from), inside(to));
            if (a < 0.0) != (b < 0.0) {
                let t = a / (a - b);
                kept.push((from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1)));
            }
            if b >= 0.0 {
                kept.push(to);
            }
        }
        corners = kept;
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::ellipse::circle;

    #[test]
    fn clipping_keeps_the_inside_and_cuts_at_the_edges() {
        let window = Window { x: (0.0, 1.0), y: (0.0, 1.0) };
        let square = [(0.5, 0.5), (2.0, 0.5), (2.0, 0.8), (0.5, 0.8)];
        let clipped = clip(&square, window);
        assert_eq!(clipped.len(), 4);
        assert!(clipped.iter().all(|p| p.0 <= 1.0 && p.1 <= 0.8));
        assert!(clip(&circle((5.0, 5.0), 1.0), window).is_empty());
    }
}
