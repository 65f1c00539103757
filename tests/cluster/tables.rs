//! Parquet files for tests.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float32Array, Float64Array, Int64Array, StringArray};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use ndarray::{Array2, Axis, CowArray};

/// Writes rows as columns x1, x2, ... in row groups of `n_group` rows.
pub fn write(path: &Path, rows: &Array2<f64>, n_group: usize) {
    let names: Vec<String> = (1..=rows.ncols()).map(|column| format!("x{column}")).collect();
    let mut groups = rows.axis_chunks_iter(Axis(0), n_group).map(CowArray::from);
    mixlab::table::write_blocks(path, rows.dim(), &names, &mut groups).unwrap();
}

/// Writes a table with columns of several types, with missing values, NaN and infinities.
pub fn write_mixed(path: &Path) {
    let columns: [(&str, ArrayRef); 6] = [
        ("name", Arc::new(StringArray::from(vec!["a", "b", "c"]))),
        ("count", Arc::new(Int64Array::from(vec![1, 2, 3]))),
        ("float", Arc::new(Float32Array::from(vec![0.5, 0.25, 1.0]))),
        ("missing", Arc::new(Float64Array::from(vec![Some(1.0), None, Some(3.0)]))),
        ("nan", Arc::new(Float64Array::from(vec![1.0, f64::NAN, 3.0]))),
        ("infinite", Arc::new(Float64Array::from(vec![1.0, f64::INFINITY, 3.0]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}
