//! Decision boundaries between components, as dashed paths along contour lines.

use std::collections::HashMap;

use ndarray::Array2;

use super::contours::{Grid, TOLERANCE, joined, simplified};
use super::frame::Frame;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::inference::most_probable;
use crate::plot::colour::BLACK;
use crate::plot::drawing::{Drawing, Point, Stroke};
use crate::plot::window::Window;

/// Number of cells of the grid along each side of the plotting area.
const CELLS: usize = 160;
/// Smallest posterior whose logarithm is taken.
const LEAST: f64 = 1e-300;

/// A point of a boundary is on an edge of the grid: of the cells above and left of a node, and two components.
type Edge = (usize, bool, (usize, usize));

/// Draws the boundaries of the regions in which each component is the most probable one, dashed.
pub(super) fn draw_boundaries(
    drawing: &mut Drawing,
    model: &GaussianMixture,
    frame: &Frame,
) -> Result<()> {
    let stroke = Stroke { paint: BLACK.mix(0.65), width: 1.5, dashes: &[6.0, 4.0] };
    for path in boundaries(model, frame.window)? {
        let points: Vec<Point> = path.into_iter().map(|at| frame.at(at)).collect();
        drawing.line(simplified(&points, TOLERANCE), stroke);
    }
    Ok(())
}

/// The boundaries as paths in data coordinates: marching squares on the log-ratio of the two most probable components, whose segments
/// are joined.
fn boundaries(model: &GaussianMixture, window: Window) -> Result<Vec<Vec<(f64, f64)>>> {
    let grid = Grid::new(window, CELLS);
    let logs = model.predict_proba(&grid.nodes())?.mapv(|posterior| posterior.max(LEAST).ln());
    let labels: Vec<usize> = logs.rows().into_iter().map(most_probable).collect();
    let side = CELLS + 1;
    let (mut points, mut segments) = (HashMap::new(), Vec::new());
    for cell in (0..CELLS * CELLS).map(|cell| (cell / CELLS) * side + cell % CELLS) {
        let corners = [cell, cell + 1, cell + side + 1, cell + side];
        let mut found = corners.map(|corner| labels[corner]).to_vec();
        found.sort_unstable();
        found.dedup();
        for (at, &a) in found.iter().enumerate() {
            for &b in &found[at + 1..] {
                let ends = crossings(&logs, corners, (a, b));
                points.extend(ends.iter().map(|end| (end.edge, grid.place(end.at))));
                // a saddle has four ends; its pairs in order keep apart what the corners keep apart
                for pair in ends.chunks_exact(2) {
                    if pair.iter().any(|end| end.is_boundary) {
                        segments.push([pair[0].edge, pair[1].edge]);
                    }
                }
            }
        }
    }
    let paths = joined(&segments).into_iter();
    Ok(paths.map(|path| path.iter().map(|edge| points[edge]).collect()).collect())
}

/// A point on an edge of a cell where two components are equally probable.
struct Crossing {
    edge: Edge,
    /// Position in cells.
    at: (f64, f64),
    /// Whether no other component is more probable there.
    is_boundary: bool,
}

/// The points on the edges of a cell, from corner to corner, where components `a` and `b` are equally probable.
fn crossings(logs: &Array2<f64>, corners: [usize; 4], (a, b): (usize, usize)) -> Vec<Crossing> {
    let side = CELLS + 1;
    let node = |node: usize| ((node % side) as f64, (node / side) as f64);
    let difference = corners.map(|corner| logs[[corner, a]] - logs[[corner, b]]);
    let mut found = Vec::new();
    for edge in 0..4 {
        let (first, second) = (difference[edge], difference[(edge + 1) % 4]);
        // a tie is of the first component, as for the labels
        if (first >= 0.0) == (second >= 0.0) {
            continue;
        }
        let t = first / (first - second);
        let (from, to) = (corners[edge], corners[(edge + 1) % 4]);
        let others = (0..logs.ncols()).filter(|other| ![a, b].contains(other));
        let other = others
            .map(|other| between(logs[[from, other]], logs[[to, other]], t))
            .fold(f64::NEG_INFINITY, f64::max);
        let ((from_x, from_y), (to_x, to_y)) = (node(from), node(to));
        found.push(Crossing {
            edge: (from.min(to), from.abs_diff(to) == 1, (a, b)),
            at: (between(from_x, to_x, t), between(from_y, to_y, t)),
            is_boundary: between(logs[[from, a]], logs[[to, a]], t) >= other,
        });
    }
    found
}

fn between(from: f64, to: f64, t: f64) -> f64 {
    from + t * (to - from)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::mixture::CovarianceType;

    #[test]
    fn the_boundary_of_two_equal_components_is_one_line_between_them() {
        let variances = array![0.1, 0.1].into_dyn();
        let means = array![[-1.0, 0.0], [1.0, 0.0]];
        let model =
            GaussianMixture::new(array![0.5, 0.5], means, CovarianceType::Spherical, variances)
                .unwrap();
        let window = Window { x: (-2.0, 2.0), y: (-1.0, 1.0) };
        let paths = boundaries(&model, window).unwrap();
        assert_eq!(paths.len(), 1);
        assert_eq!(paths[0].len(), CELLS + 1);
        assert!(paths[0].iter().all(|(x, _)| x.abs() < 1e-9));
        let heights: Vec<f64> = paths[0].iter().map(|(_, y)| *y).collect();
        assert!((heights[0] - heights[CELLS]).abs() > 1.9999, "{heights:?}");
    }

    #[test]
    fn three_components_have_three_boundaries_that_meet() {
        let variances = array![1.0, 1.0, 1.0].into_dyn();
        let means = array![[-1.0, -1.0], [1.0, -1.0], [0.0, 1.2]];
        let model = GaussianMixture::new(
            array![0.3, 0.3, 0.4],
            means,
            CovarianceType::Spherical,
            variances,
        )
        .unwrap();
        let window = Window { x: (-3.0, 3.0), y: (-3.0, 3.0) };
        let paths = boundaries(&model, window).unwrap();
        assert_eq!(paths.len(), 3);
        // each has an end near the point where all three are equally probable
        let near = |point: &(f64, f64)| point.0.abs() < 0.1 && (-0.5..0.5).contains(&point.1);
        assert!(paths.iter().all(|path| near(&path[0]) || near(path.last().unwrap())));
    }
}
