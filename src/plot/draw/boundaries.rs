//! Decision boundaries between components, as dashed paths along contour lines.

use std::collections::HashMap;

use ndarray::{Array2, ArrayView1};
use plotters::prelude::*;
use plotters::series::DashedLineSeries;

use super::{Context, drawing};
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::plot::window::Window;

/// Number of cells of the grid along each side of the plotting area.
const CELLS: usize = 160;
/// Smallest posterior whose logarithm is taken.
const LEAST: f64 = 1e-300;

/// A point of a boundary is on an edge of the grid: of the cells above and left of a node, and two components.
type Edge = (usize, bool, (usize, usize));

/// Draws the boundaries of the regions in which each component is the most probable one, dashed.
pub(super) fn draw_boundaries<DB: DrawingBackend>(
    context: &mut Context<'_, DB>,
    model: &GaussianMixture,
    window: Window,
    scale: u32,
) -> Result<()> {
    let style = BLACK.mix(0.65).stroke_width((3 * scale / 2).max(1));
    let (dash, gap) = (6 * scale, 4 * scale);
    for path in boundaries(model, window)? {
        context.draw_series(DashedLineSeries::new(path, dash, gap, style)).map_err(drawing)?;
    }
    Ok(())
}

/// The boundaries as paths in data coordinates: marching squares on the log-ratio of the two most probable components, whose segments
/// are joined.
fn boundaries(model: &GaussianMixture, window: Window) -> Result<Vec<Vec<(f64, f64)>>> {
    let side = CELLS + 1;
    let place = |across: f64, down: f64| {
        let share = |at: f64, (low, high): (f64, f64)| low + at / CELLS as f64 * (high - low);
        (share(across, window.x), share(down, window.y))
    };
    let nodes = Array2::from_shape_fn((side * side, 2), |(node, axis)| {
        let (x, y) = place((node % side) as f64, (node / side) as f64);
        if axis == 0 { x } else { y }
    });
    let logs = model.predict_proba(&nodes)?.mapv(|posterior| posterior.max(LEAST).ln());
    let labels: Vec<usize> = logs.rows().into_iter().map(largest).collect();
    let (mut points, mut segments) = (HashMap::new(), Vec::new());
    for cell in (0..CELLS * CELLS).map(|cell| (cell / CELLS) * side + cell % CELLS) {
        let corners = [cell, cell + 1, cell + side + 1, cell + side];
        let mut found = corners.map(|corner| labels[corner]).to_vec();
        found.sort_unstable();
        found.dedup();
        for (at, &a) in found.iter().enumerate() {
            for &b in &found[at + 1..] {
                let difference = corners.map(|corner| logs[[corner, a]] - logs[[corner, b]]);
                let mut ends = Vec::new();
                for edge in 0..4 {
                    let (from, to) = (edge, (edge + 1) % 4);
                    let (first, second) = (difference[from], difference[to]);
                    // a tie is of the first component, as for the labels
                    if (first >= 0.0) == (second >= 0.0) {
                        continue;
                    }
                    let t = first / (first - second);
                    let (from, to) = (corners[from], corners[to]);
                    let other = (0..logs.ncols())
                        .filter(|other| ![a, b].contains(other))
                        .map(|other| between(logs[[from, other]], logs[[to, other]], t))
                        .fold(f64::NEG_INFINITY, f64::max);
                    let both = between(logs[[from, a]], logs[[to, a]], t);
                    let key: Edge = (from.min(to), from.abs_diff(to) == 1, (a, b));
                    let node = |node: usize| ((node % side) as f64, (node / side) as f64);
                    let (x, y) = (
                        between(node(from).0, node(to).0, t),
                        between(node(from).1, node(to).1, t),
                    );
                    points.insert(key, place(x, y));
                    ends.push((key, both >= other));
                }
                // a saddle has four ends; its pairs in order keep apart what the corners keep apart
                for pair in ends.chunks_exact(2) {
                    if pair.iter().any(|(_, is_boundary)| *is_boundary) {
                        segments.push([pair[0].0, pair[1].0]);
                    }
                }
            }
        }
    }
    Ok(joined(&segments, &points))
}

fn largest(logs: ArrayView1<'_, f64>) -> usize {
    let mut best = 0;
    for (component, &log) in logs.iter().enumerate() {
        if log > logs[best] {
            best = component;
        }
    }
    best
}

fn between(from: f64, to: f64, t: f64) -> f64 {
    from + t * (to - from)
}

/// Joins segments with common ends to paths.
fn joined(segments: &[[Edge; 2]], points: &HashMap<Edge, (f64, f64)>) -> Vec<Vec<(f64, f64)>> {
    let mut at: HashMap<Edge, Vec<usize>> = HashMap::new();
    for (index, ends) in segments.iter().enumerate() {
        ends.iter().for_each(|end| at.entry(*end).or_default().push(index));
    }
    let mut is_used = vec![false; segments.len()];
    // the other end of an unused segment at this end
    let next = |end: Edge, is_used: &mut Vec<bool>| {
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
        paths.push(path.iter().map(|edge| points[edge]).collect());
    }
    paths
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
