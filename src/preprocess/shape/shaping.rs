//! What the columns of a table are: their shapes, their spikes, and those with few values.

use super::Shape;

/// What the columns of a table are, by column of the data, ascending.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shaping {
    /// Columns of few values, which become categories, with the values, ascending.
    pub(crate) levels: Vec<(usize, Vec<f64>)>,
    /// Spikes of columns of numbers.
    pub(crate) spikes: Vec<(usize, Vec<f64>)>,
    /// Shapes of columns of numbers other than the identity.
    pub(crate) shapes: Vec<(usize, Shape)>,
}

impl Shaping {
    /// Whether all columns stay as they are.
    pub(crate) fn is_empty(&self) -> bool {
        self.levels.is_empty() && self.spikes.is_empty() && self.shapes.is_empty()
    }

    /// The shape of each of the columns that are numbers.
    pub(crate) fn shapes_of(&self, numbers: &[usize]) -> Vec<Shape> {
        let shape = |number: &usize| {
            let found = self.shapes.iter().find(|(column, _)| column == number);
            found.map(|(_, shape)| shape.clone()).unwrap_or_default()
        };
        numbers.iter().map(shape).collect()
    }
}
