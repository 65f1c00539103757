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

    /// The smallest window that contains both.
    pub(super) fn with(&self, other: Self) -> Self {
        let both = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        Self { x: both(self.x, other.x), y: both(self.y, other.y) }
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

/// The parts of a line that are within a window (Liang & Barsky 1984).
pub(super) fn clip_line(points: &[(f64, f64)], window: Window) -> Vec<Vec<(f64, f64)>> {
    let mut parts: Vec<Vec<(f64, f64)>> = Vec::new();
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (across, up) = (to.0 - from.0, to.1 - from.1);
        let (mut begin, mut end) = (0.0_f64, 1.0_f64);
        for (step, distance) in [
            (-across, from.0 - window.x.0),
            (across, window.x.1 - from.0),
            (-up, from.1 - window.y.0),
            (up, window.y.1 - from.1),
        ] {
            let at = distance / step;
            if step < 0.0 {
                begin = begin.max(at);
            } else if step > 0.0 {
                end = end.min(at);
            } else if distance < 0.0 {
                // parallel to an edge, beyond it
                end = -1.0;
            }
        }
        if begin > end || !(across + up).is_finite() {
            continue;
        }
        let place = |t: f64| (from.0 + t * across, from.1 + t * up);
        let first = if begin > 0.0 { place(begin) } else { from };
        let last = if end < 1.0 { place(end) } else { to };
        match parts.last_mut() {
            Some(part) if part.last() == Some(&first) => part.push(last),
            _ => parts.push(vec![first, last]),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::ellipse::Ellipse;

    #[test]
    fn clipping_keeps_the_inside_and_cuts_at_the_edges() {
        let window = Window { x: (0.0, 1.0), y: (0.0, 1.0) };
        let square = [(0.5, 0.5), (2.0, 0.5), (2.0, 0.8), (0.5, 0.8)];
        let clipped = clip(&square, window);
        assert_eq!(clipped.len(), 4);
        assert!(clipped.iter().all(|p| p.0 <= 1.0 && p.1 <= 0.8));
        let circle: Vec<_> = Ellipse::circle((5.0, 5.0), 1.0).corners().collect();
        assert!(clip(&circle, window).is_empty());
    }

    #[test]
    fn lines_are_cut_where_they_leave_the_window() {
        let window = Window { x: (0.0, 1.0), y: (0.0, 1.0) };
        let line = [(-1.0, 0.5), (0.5, 0.5), (0.5, 2.0), (0.8, 2.0), (0.8, 0.25)];
        let parts = clip_line(&line, window);
        assert_eq!(
            parts,
            [vec![(0.0, 0.5), (0.5, 0.5), (0.5, 1.0)], vec![(0.8, 1.0), (0.8, 0.25)]]
        );
        assert!(clip_line(&[(2.0, 0.0), (2.0, 1.0), (f64::NAN, 0.5)], window).is_empty());
    }
}
