//! Contours of values on a grid (marching squares, Lorensen & Cline 1987 in the plane).

use std::collections::HashMap;
use std::hash::Hash;

use ndarray::Array2;

use crate::error::Result;
use crate::plot::drawing::Point;
use crate::plot::window::Window;

/// Distance in nominal pixels by which paths may differ from their contours.
pub(super) const TOLERANCE: f64 = 0.02;

/// Values at the nodes of a grid of square cells over a window, line by line from its lower edge.
pub(super) struct Field {
    grid: Grid,
    values: Vec<f64>,
}

/// A grid of equal cells over a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    window: Window,
    /// Number of cells along each side.
    pub(super) cells: usize,
}

impl Grid {
    pub(super) fn new(window: Window, cells: usize) -> Self {
        Self { window, cells }
    }

    /// Data coordinates of a position in cells from the lower left corner.
    pub(super) fn place(&self, (across, up): (f64, f64)) -> (f64, f64) {
        let value = |at: f64, (low, high): (f64, f64)| low + at / self.cells as f64 * (high - low);
        (value(across, self.window.x), value(up, self.window.y))
    }

    /// The nodes, shape `((cells + 1)², 2)`.
    pub(super) fn nodes(&self) -> Array2<f64> {
        let side = self.cells + 1;
        Array2::from_shape_fn((side * side, 2), |(node, axis)| {
            let (x, y) = self.place(((node % side) as f64, (node / side) as f64));
            if axis == 0 { x } else { y }
        })
    }
}

impl Field {
    /// The field of a function of points, shape `(n, 2)`.
    ///
    /// # Errors
    /// Those of the function.
    pub(super) fn new(
        window: Window,
        cells: usize,
        function: impl Fn(&Array2<f64>) -> Result<Vec<f64>>,
    ) -> Result<Self> {
        let grid = Grid::new(window, cells);
        let values = function(&grid.nodes())?;
        Ok(Self { grid, values })
    }

    /// Closed outlines of the part of the window where values are at least `level`.
    pub(super) fn outlines_above(&self, level: f64) -> Vec<Vec<(f64, f64)>> {
        let cells = self.grid.cells as i64;
        // the window is surrounded by values below each level, so that outlines end at its edges
        let value = |(column, line): (i64, i64)| {
            if (0..=cells).contains(&column) && (0..=cells).contains(&line) {
                self.values[(line * (cells + 1) + column) as usize] - level
            } else {
                f64::NEG_INFINITY
            }
        };
        let (mut points, mut segments) = (HashMap::new(), Vec::new());
        for line in -1..=cells {
            for column in -1..=cells {
                let corners = [
                    (column, line),
                    (column + 1, line),
                    (column + 1, line + 1),
                    (column, line + 1),
                ];
                let values = corners.map(value);
                let mut ends = Vec::new();
                for edge in 0..4 {
                    let (from, to) = (edge, (edge + 1) % 4);
                    if (values[from] >= 0.0) == (values[to] >= 0.0) {
                        continue;
                    }
                    let (a, b) = (corners[from].min(corners[to]), corners[from].max(corners[to]));
                    points
                        .entry((a, b))
                        .or_insert_with(|| self.crossing((a, value(a)), (b, value(b))));
                    ends.push((a, b));
                }
                // a saddle has four ends; its pairs in order keep apart what the corners keep apart
                segments.extend(ends.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
            }
        }
        joined(&segments)
            .into_iter()
            .map(|path| path.iter().map(|end| points[end]).collect())
            .collect()
    }

    /// The point between two neighbouring nodes where the value is zero.
    fn crossing(
        &self,
        (a, first): ((i64, i64), f64),
        (b, second): ((i64, i64), f64),
    ) -> (f64, f64) {
        let share = if first.is_infinite() {
            1.0
        } else if second.is_infinite() {
            0.0
        } else {
            first / (first - second)
        };
        let between = |from: i64, to: i64| from as f64 + share * (to - from) as f64;
        self.grid.place((between(a.0, b.0), between(a.1, b.1)))
    }
}

/// Joins segments with common ends to paths, of which closed ones end where they begin.
pub(super) fn joined<E: Copy + Eq + Hash>(segments: &[[E; 2]]) -> Vec<Vec<E>> {
    let mut at: HashMap<E, Vec<usize>> = HashMap::new();
    for (index, ends) in segments.iter().enumerate() {
        ends.iter().for_each(|end| at.entry(*end).or_default().push(index));
    }
    let mut is_used = vec![false; segments.len()];
    // the other end of an unused segment at this end
    let next = |end: E, is_used: &mut Vec<bool>| {
        let index = *at[&end].iter().find(|index| !is_used[**index])?;
        is_used[index] = true;
        segments[index].into_iter().find(|other| *other != end)
    };
    let mut paths = Vec::new();
    for index in 0..segments.len() {
        if is_used[index] {
            continue;
        }
        is_used[index] = true;
        let [first, second] = segments[index];
        let mut path = vec![second, first];
        while let Some(end) = path.last().and_then(|end| next(*end, &mut is_used)) {
            path.push(end);
        }
        path.reverse();
        while let Some(end) = path.last().and_then(|end| next(*end, &mut is_used)) {
            path.push(end);
        }
        paths.push(path);
    }
    paths
}

/// The corners of a path without those within `tolerance` of the line between their neighbours (Douglas & Peucker 1973).
pub(super) fn simplified(path: &[Point], tolerance: f64) -> Vec<Point> {
    let mut is_kept = vec![false; path.len()];
    is_kept.iter_mut().step_by(path.len().saturating_sub(1).max(1)).for_each(|kept| *kept = true);
    let mut parts = vec![(0, path.len().saturating_sub(1))];
    while let Some((first, last)) = parts.pop() {
        let inner = first + 1..last;
        let distance = |at: usize| distance_to_line(path[at], path[first], path[last]);
        let Some(farthest) = inner.max_by(|a, b| distance(*a).total_cmp(&distance(*b))) else {
            continue;
        };
        if distance(farthest) > tolerance {
            is_kept[farthest] = true;
            parts.extend([(first, farthest), (farthest, last)]);
        }
    }
    path.iter().zip(is_kept).filter_map(|(point, kept)| kept.then_some(*point)).collect()
}

/// Distance of a point to a line through two points, or to the point if they are equal.
fn distance_to_line(point: Point, from: Point, to: Point) -> f64 {
    let (across, down) = (to.0 - from.0, to.1 - from.1);
    let offset = (point.0 - from.0, point.1 - from.1);
    match across.hypot(down) {
        0.0 => offset.0.hypot(offset.1),
        length => (across * offset.1 - down * offset.0).abs() / length,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Area by the shoelace formula, of outlines with holes by alternating signs.
    fn area(outline: &[(f64, f64)]) -> f64 {
        let next = outline.iter().cycle().skip(1);
        let twice: f64 = outline.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum();
        0.5 * twice.abs()
    }

    fn field(function: fn(f64, f64) -> f64) -> Field {
        let window = Window { x: (-2.0, 2.0), y: (-2.0, 2.0) };
        let values = |nodes: &Array2<f64>| {
            Ok(nodes.rows().into_iter().map(|row| function(row[0], row[1])).collect())
        };
        Field::new(window, 100, values).unwrap()
    }

    #[test]
    fn a_disc_has_one_outline_with_its_area() {
        let outlines = field(|x, y| -x.hypot(y)).outlines_above(-1.0);
        assert_eq!(outlines.len(), 1);
        assert!((area(&outlines[0]) - std::f64::consts::PI).abs() < 2e-3);
        assert!(outlines[0].iter().all(|(x, y)| (x.hypot(*y) - 1.0).abs() < 1e-3));
    }

    #[test]
    fn a_ring_has_two_outlines() {
        let mut areas: Vec<f64> = field(|x, y| -(x.hypot(y) - 1.0).abs())
            .outlines_above(-0.5)
            .iter()
            .map(|outline| area(outline))
            .collect();
        areas.sort_by(f64::total_cmp);
        assert_eq!(areas.len(), 2);
        assert!((areas[0] / std::f64::consts::PI - 0.25).abs() < 2e-3, "{areas:?}");
        assert!((areas[1] / std::f64::consts::PI - 2.25).abs() < 4e-3, "{areas:?}");
    }

    #[test]
    fn outlines_end_at_the_edges_of_the_window() {
        let outlines = field(|x, _| x).outlines_above(1.0);
        assert_eq!(outlines.len(), 1);
        assert!((area(&outlines[0]) - 4.0).abs() < 1e-9);
        assert!(field(|_, _| 0.0).outlines_above(1.0).is_empty());
        let everything = field(|_, _| 2.0).outlines_above(1.0);
        assert!((area(&everything[0]) - 16.0).abs() < 1e-9);
    }

    #[test]
    fn simplified_paths_stay_within_the_tolerance() {
        let circle: Vec<Point> = (0..=1000)
            .map(|at| (f64::from(at) * std::f64::consts::TAU / 1000.0).sin_cos())
            .collect();
        let simple = simplified(&circle, 1e-3);
        assert!((40..140).contains(&simple.len()), "{}", simple.len());
        assert!((area(&simple) - std::f64::consts::PI).abs() < 2e-3 * std::f64::consts::TAU);
        assert_eq!((simple[0], simple.last()), (circle[0], circle.last()));
        assert_eq!(simplified(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)], 0.1).len(), 2);
        assert!(simplified(&[], 0.1).is_empty() && simplified(&[(1.0, 1.0)], 0.1).len() == 1);
    }
}
