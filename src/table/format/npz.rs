//! `.npz` archives of NumPy arrays, one of which is the table.

use super::file_format::Format;
use super::npy::open_array;
use crate::arrays::Archive;
use crate::error::Result;
use crate::table::choice::some_of;
use crate::table::input::Input;
use crate::table::options::Source;
use crate::table::spill::OpenedRows;
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
        magic.starts_with(b"PK\x03\x04")
    }

    fn open<'a>(&self, source: &Source, input: Input<'a>) -> Result<Box<dyn RowStream + 'a>> {
        let archive = Archive::new(&source.path, input.into_bytes(source)?)?;
        let mut archive = archive.memory_budget(source.options.budget);
        let name = table_name(source, &archive.names())?;
        let problem = |problem: String| source.array_format(format!("array {name:?}: {problem}"));
        let bytes = archive.bytes(&name).map_err(problem)?;
        drop(archive);
        open_array(source, Input::memory(bytes), &problem)
    }

    fn open_rows(&self, source: &Source, _: Input<'_>) -> Result<OpenedRows> {
        Err(source
            .array_format("an archive cannot be streamed; unpack it and read its .npy file".into()))
    }
}

/// Returns the name of the only array, or of the array named `data`, `x` or `X`.
fn table_name(source: &Source, names: &[String]) -> Result<String> {
    if let [only] = names {
        return Ok(only.clone());
    }
    let preferred = ["data", "x", "X"].map(String::from);
    preferred.into_iter().find(|name| names.contains(name)).ok_or_else(|| {
        let found = if names.is_empty() { "no arrays".into() } else { some_of(names) };
        source.array_format(format!("it holds {found}; name the one to read \"data\""))
    })
}
