//! A matrix in tiles of rows, for products with panels.

use ndarray::{Array2, ArrayView2};

use super::whiten::TILE;

/// A matrix in tiles of [`TILE`] rows. A tile is stored column by column, so that it is read sequentially; rows after the last one
/// are 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct PackedRows {
    n_rows: usize,
    n_columns: usize,
    columns: Vec<[f64; TILE]>,
}

impl PackedRows {
    pub(crate) fn of(matrix: ArrayView2<'_, f64>) -> Self {
        let (n_rows, n_columns) = matrix.dim();
        let mut columns = vec![[0.0; TILE]; n_rows.div_ceil(TILE) * n_columns];
        for (i, row) in matrix.rows().into_iter().enumerate() {
            let tile = &mut columns[i / TILE * n_columns..][..n_columns];
            for (column, &entry) in tile.iter_mut().zip(row) {
                column[i % TILE] = entry;
            }
        }
        Self { n_rows, n_columns, columns }
    }

    /// The matrix as an array.
    pub(crate) fn unpack(&self) -> Array2<f64> {
        Array2::from_shape_fn(self.dim(), |(i, j)| {
            self.columns[i / TILE * self.n_columns + j][i % TILE]
        })
    }

    /// Numbers of rows and columns.
    pub(crate) fn dim(&self) -> (usize, usize) {
        (self.n_rows, self.n_columns)
    }

    /// The tiles.
    #[inline(always)]
    pub(super) fn tiles(&self) -> impl Iterator<Item = &[[f64; TILE]]> {
        self.columns.chunks_exact(self.n_columns.max(1))
    }
}
