//! `.npz` archives of NumPy arrays, one of which is the table, or of a sparse matrix.

use super::file_format::Format;
use super::npy::{array_size, open_array, open_in_place};
use super::sparse::{SparseRows, is_sparse};
use super::zipped;
use crate::arrays::Archive;
use crate::error::{Error, Result};
use crate::rows::RowBlocks;
use crate::table::choice::some_of;
use crate::table::input::Input;
use crate::table::numbers::{InOrder, NumberStream};
use crate::table::options::Source;
use crate::table::random_access::Rest;
use crate::table::size::TableSize;
use crate::table::spill::{OpenedRows, SpillFile};
use crate::table::stream::RowStream;

/// Archives of arrays.
pub(super) struct Npz;

impl Format for Npz {
    fn extensions(&self) -> &'static [&'static str] {
        &["npz"]
    }

    fn written(&self) -> &'static [&'static str] {
        &[]
    }

    fn begins(&self, magic: &[u8]) -> bool {
        zipped::begins(magic)
    }

    fn size(&self, source: &Source, input: Input<'_>, _: u64) -> Result<Option<TableSize>> {
        let mut archive = open(source, input)?;
        let names = archive.names();
        if is_sparse(&names) {
            let (columns, rows) = SparseRows::read(source, &mut archive)?;
            return Ok(Some(TableSize::of(rows.n_samples() as u64, columns.places.len(), true)));
        }
        let name = table_name(source, &names)?;
        let problem = |problem| in_array(source, &name, problem);
        let (mut content, length) = archive.content(&name).map_err(problem)?;
        let size = array_size(source, &mut content, (length, true), &problem)?;
        // the array is decompressed in memory
        Ok(Some(TableSize { peak: size.peak.saturating_add(length), ..size }))
    }

    fn open<'a>(&self, source: &Source, input: Input<'a>) -> Result<Box<dyn RowStream + 'a>> {
        let mut archive = open(source, input)?;
        let names = archive.names();
        if is_sparse(&names) {
            let (columns, rows) = SparseRows::read(source, &mut archive)?;
            let n_rows = Some(rows.n_samples());
            let rows = Box::new(InOrder::new(Box::new(rows)));
            return Ok(Box::new(NumberStream::new(source, columns, rows, n_rows)));
        }
        let name = table_name(source, &names)?;
        let problem = |problem| in_array(source, &name, problem);
        let bytes = archive.bytes(&name).map_err(problem)?;
        drop(archive);
        open_array(source, Input::memory(bytes), &problem)
    }

    fn open_rows(&self, source: &Source, input: Input<'_>) -> Result<OpenedRows> {
        let mut archive = open(source, input)?;
        let names = archive.names();
        if is_sparse(&names) {
            let (columns, rows) = SparseRows::read(source, &mut archive)?;
            return Ok(OpenedRows::new(columns, Box::new(rows)));
        }
        let name = table_name(source, &names)?;
        let problem = |problem| in_array(source, &name, problem);
        let mut file = SpillFile::create()?;
        file.copy_from(source, &mut archive.content(&name).map_err(problem)?.0)?;
        let (file, length) = file.into_file();
        Ok(OpenedRows { copied: Some(length), ..open_in_place(source, file, length)? })
    }
}

fn open(source: &Source, input: Input<'_>) -> Result<Archive<Rest>> {
    let archive = Archive::open(&source.path, input.into_random_access(source)?.start())?;
    Ok(archive.memory_budget(source.options.budget))
}

fn in_array(source: &Source, name: &str, problem: String) -> Error {
    source.array_format(format!("array {name:?}: {problem}"))
}

/// Returns the name of the only array, or of the array named `data`, `x` or `X`.
fn table_name(source: &Source, names: &[String]) -> Result<String> {
    if let [only] = names {
        return Ok(only.clone());
    }
    let preferred = ["data", "x", "X"].map(String::from);
    preferred.into_iter().find(|name| names.contains(name)).ok_or_else(|| {
        let problem = match names {
            [] => "it holds no arrays".to_owned(),
            _ if ["weights", "means", "covariances"].iter().all(|name| names.iter().any(|known| known == name)) => {
                "it holds a fitted model, not data; mixlab sample draws rows from a model".to_owned()
            }
            [first, ..] => format!(
                "it holds several arrays, {}, and none is named \"data\"; save the one to read alone: \
                 numpy.save(\"x.npy\", numpy.load({:?})[{first:?}])",
                some_of(names),
                source.path.display().to_string()
            ),
        };
        source.array_format(problem)
    })
}
