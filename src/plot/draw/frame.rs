//! The plotting area of a chart.

use crate::plot::drawing::{Area, Point};
use crate::plot::window::Window;

/// An area of the drawing, and the data coordinates that it shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) area: Area,
    pub(super) window: Window,
}

impl Frame {
    /// The position of a point in data coordinates.
    pub(super) fn at(&self, (x, y): (f64, f64)) -> Point {
        let share = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low);
        let Area { left, top, width, height } = self.area;
        (left + share(x, self.window.x) * width, top + (1.0 - share(y, self.window.y)) * height)
    }

    /// The data coordinates at a position.
    pub(super) fn data_at(&self, (x, y): Point) -> (f64, f64) {
        let value = |share: f64, (low, high): (f64, f64)| low + share * (high - low);
        let Area { left, top, width, height } = self.area;
        (value((x - left) / width, self.window.x), value(1.0 - (y - top) / height, self.window.y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_data_are_inverse() {
        let area = Area { left: 10.0, top: 20.0, width: 100.0, height: 50.0 };
        let frame = Frame { area, window: Window { x: (-1.0, 1.0), y: (0.0, 10.0) } };
        assert_eq!(frame.at((-1.0, 10.0)), (10.0, 20.0));
        assert_eq!(frame.at((1.0, 0.0)), (110.0, 70.0));
        assert_eq!(frame.data_at(frame.at((0.5, 2.5))), (0.5, 2.5));
    }
}
