//! Sparse matrices, as `scipy.sparse.save_npz` writes them, as dense rows.

use std::io::{Read, Seek};
use std::ops::Range;

use ndarray::ArrayD;

use crate::arrays::Archive;
use crate::error::{Error, Result};
use crate::rows::{Block, RowBlocks, block_rows};
use crate::table::columns::Columns;
use crate::table::numbers::choose_columns;
use crate::table::options::Source;

/// Bytes of a nonzero value while it is read, of a row and of a column.
const ENTRY_BYTES: u64 = 64;
const ROW_BYTES: u64 = 24;
const COLUMN_BYTES: u64 = 64;

/// Whether an archive with these arrays is a sparse matrix.
pub(super) fn is_sparse(names: &[String]) -> bool {
    ["format", "shape", "data"].iter().all(|name| names.iter().any(|known| known == name))
}

/// The selected columns of a sparse matrix, row by row.
pub(super) struct SparseRows {
    /// Where the entries of each row begin, and the end.
    begins: Vec<usize>,
    /// Entries of selected columns: the index among these, and the value.
    entries: Vec<(usize, f64)>,
    n_chosen: usize,
}

/// Arrays of a sparse matrix, in one of SciPy's formats.
struct Matrix {
    format: String,
    n_rows: usize,
    n_columns: usize,
    data: ArrayD<f64>,
    /// Pointers and indices; rows and columns; or offsets.
    first: Vec<usize>,
    second: Vec<usize>,
    offsets: Vec<f64>,
}

impl SparseRows {
    /// Reads the matrix in an archive, and selects its columns.
    ///
    /// # Errors
    /// [`Error::ArrayFormat`] for another format or damaged arrays; [`Error::TooLarge`]; errors of the selection.
    pub(super) fn read<R: Read + Seek>(
        source: &Source,
        archive: &mut Archive<R>,
    ) -> Result<(Columns, Self)> {
        let matrix = Matrix::read(source, archive)?;
        let columns = choose_columns(source, &[], matrix.n_columns)?;
        // each thread reads a block of dense rows in two orders
        let n_columns = columns.places.len() as u64;
        let n_values = n_columns * block_rows(columns.places.len()).min(matrix.n_rows) as u64;
        let n_threads = rayon::current_num_threads() as u64;
        source
            .options
            .budget
            .check("a block of rows of the sparse matrix", 16 * n_values * n_threads)?;
        let mut chosen = vec![None; matrix.n_columns];
        columns.places.iter().enumerate().for_each(|(at, &place)| chosen[place] = Some(at));
        let mut begins = vec![0; matrix.n_rows + 1];
        let outside = |(row, column): (usize, usize)| {
            source.array_format(format!(
                "its sparse matrix has an entry in row {row}, column {column} (counted from 0), outside of its shape of \
                 {} x {}; write it again",
                matrix.n_rows, matrix.n_columns
            ))
        };
        let mut is_outside = None;
        matrix.visit(&mut |row, column, _| {
            if row >= matrix.n_rows || column >= matrix.n_columns {
                is_outside.get_or_insert((row, column));
            } else if chosen[column].is_some() {
                begins[row + 1] += 1;
            }
        });
        if let Some(entry) = is_outside {
            return Err(outside(entry));
        }
        for row in 0..matrix.n_rows {
            begins[row + 1] += begins[row];
        }
        let mut ends = begins.clone();
        let mut entries = vec![(0, 0.0); begins[matrix.n_rows]];
        matrix.visit(&mut |row, column, value| {
            if let Some(at) = chosen[column] {
                entries[ends[row]] = (at, value);
                ends[row] += 1;
            }
        });
        let n_chosen = columns.places.len();
        Ok((columns, Self { begins, entries, n_chosen }))
    }
}

impl Matrix {
    fn read<R: Read + Seek>(source: &Source, archive: &mut Archive<R>) -> Result<Self> {
        let damaged = |what: &str| {
            source
                .array_format(format!("the {what} of its sparse matrix is damaged; write it again"))
        };
        let format = archive.word("format")?;
        let sides = whole(&archive.get("shape")?).ok_or_else(|| damaged("shape"))?;
        let (n_rows, n_columns) = match *sides.as_slice() {
            [n_rows, n_columns] => (n_rows, n_columns),
            [n] => (1, n),
            _ => return Err(damaged("shape")),
        };
        if n_rows == 0 || n_columns == 0 {
            return Err(Error::EmptyTable { path: source.path.clone() });
        }
        let (first, second) = match format.as_str() {
            "csr" | "csc" | "bsr" => ("indptr", "indices"),
            "coo" => ("row", "col"),
            "dia" => ("offsets", "offsets"),
            _ => {
                return Err(source.array_format(format!(
                    "it holds a sparse matrix of the unknown format {format:?}; save it as csr: \
                     scipy.sparse.save_npz(file, matrix.tocsr())"
                )));
            }
        };
        let data = archive.get("data")?;
        let needed = [(data.len(), ENTRY_BYTES), (n_rows, ROW_BYTES), (n_columns, COLUMN_BYTES)];
        let needed = needed.map(|(n, bytes)| (n as u64).saturating_mul(bytes));
        let needed = needed.into_iter().fold(0, u64::saturating_add);
        source.options.budget.check("the sparse matrix", needed)?;
        let mut matrix = Self {
            format,
            n_rows,
            n_columns,
            data,
            first: Vec::new(),
            second: Vec::new(),
            offsets: Vec::new(),
        };
        let names = archive.names();
        if matrix.format == "dia" {
            matrix.offsets = archive.get(first)?.iter().copied().collect();
        } else if names.iter().any(|name| name == "coords") {
            // an array of coordinates, which are the rows and the columns
            let coordinates = whole(&archive.get("coords")?).ok_or_else(|| damaged("coords"))?;
            let n = matrix.data.len();
            let (rows, columns) = coordinates.split_at(coordinates.len().saturating_sub(n));
            matrix.first = if sides.len() == 1 { vec![0; n] } else { rows.to_vec() };
            matrix.second = columns.to_vec();
        } else {
            matrix.first = whole(&archive.get(first)?).ok_or_else(|| damaged(first))?;
            matrix.second = whole(&archive.get(second)?).ok_or_else(|| damaged(second))?;
        }
        if matrix.is_consistent() { Ok(matrix) } else { Err(damaged("structure")) }
    }

    /// Whether the arrays have lengths that fit together, and pointers ascend.
    fn is_consistent(&self) -> bool {
        let (data, first, second) = (&self.data, &self.first, &self.second);
        let points = |n: usize| {
            first.len() == n + 1
                && first[0] == 0
                && first[n] == second.len()
                && first.windows(2).all(|pair| pair[0] <= pair[1])
        };
        match self.format.as_str() {
            "csr" => data.ndim() == 1 && data.len() == second.len() && points(self.n_rows),
            "csc" => data.ndim() == 1 && data.len() == second.len() && points(self.n_columns),
            "coo" => data.ndim() == 1 && data.len() == second.len() && first.len() == second.len(),
            "bsr" => match *data.shape() {
                [n, height, width] => {
                    n == second.len()
                        && height > 0
                        && width > 0
                        && self.n_rows.is_multiple_of(height)
                        && points(self.n_rows / height)
                }
                _ => false,
            },
            _ => data.ndim() == 2 && data.shape()[0] == self.offsets.len(),
        }
    }

    /// Visits row, column and value of every entry; entries of the same place are added.
    fn visit(&self, visitor: &mut dyn FnMut(usize, usize, f64)) {
        let (data, first, second) = (&self.data, &self.first, &self.second);
        let runs = || {
            first
                .windows(2)
                .enumerate()
                .flat_map(|(at, ends)| (ends[0]..ends[1]).map(move |k| (at, k)))
        };
        match self.format.as_str() {
            "csr" => runs().for_each(|(row, k)| visitor(row, second[k], data[[k]])),
            "csc" => runs().for_each(|(column, k)| visitor(second[k], column, data[[k]])),
            "coo" => (0..data.len()).for_each(|k| visitor(first[k], second[k], data[[k]])),
            "bsr" => {
                let (height, width) = (data.shape()[1], data.shape()[2]);
                for (row, k) in runs() {
                    for (i, j) in (0..height).flat_map(|i| (0..width).map(move |j| (i, j))) {
                        let column = second[k].saturating_mul(width).saturating_add(j);
                        visitor(row * height + i, column, data[[k, i, j]]);
                    }
                }
            }
            _ => {
                for (k, &offset) in self.offsets.iter().enumerate() {
                    for column in 0..self.n_columns.min(data.shape()[1]) {
                        let row = column as f64 - offset;
                        if row >= 0.0 && row < self.n_rows as f64 {
                            visitor(row as usize, column, data[[k, column]]);
                        }
                    }
                }
            }
        }
    }
}

/// Converts numbers to indices; none if one of them is not an index.
fn whole(numbers: &ArrayD<f64>) -> Option<Vec<usize>> {
    let index = |&number: &f64| {
        let is_index = number >= 0.0 && number.fract() == 0.0 && number < (1_u64 << 53) as f64;
        is_index.then_some(number as usize)
    };
    numbers.iter().map(index).collect()
}

impl RowBlocks for SparseRows {
    fn n_samples(&self) -> usize {
        self.begins.len() - 1
    }

    fn n_features(&self) -> usize {
        self.n_chosen
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        let shape = (rows.len(), self.n_chosen);
        block.fill_by_row(rows.start, shape, |by_row| {
            by_row.fill(0.0);
            for (row, to) in rows.zip(by_row.chunks_exact_mut(shape.1)) {
                for &(at, value) in &self.entries[self.begins[row]..self.begins[row + 1]] {
                    to[at] += value;
                }
            }
            Ok(())
        })
    }
}
