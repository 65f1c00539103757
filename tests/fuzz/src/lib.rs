//! Code shared by the fuzz targets: files in memory, array files with arbitrary contents, and a check of tables.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use mixlab::table::Table;

/// A folder in memory, or in the system's temporary folder, that is removed when dropped. A process may have
/// only one at a time.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates the folder.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.into() } else { env::temp_dir() };
        let folder = parent.join(format!("mixlab-fuzz-{}", process::id()));
        fs::create_dir_all(&folder).expect("a folder to write to");
        Self(folder)
    }

    /// Returns the path of the folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).expect("room for a small file");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // if this fails, a few kilobytes remain
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns a `.npy` file with any text as its header, valid or not, and the given content.
pub fn npy(version: u8, header: &str, content: &[u8]) -> Vec<u8> {
    let mut file = b"\x93NUMPY".to_vec();
    file.extend([version, 0]);
    match version {
        1 => file.extend((header.len() as u16).to_le_bytes()),
        _ => file.extend((header.len() as u32).to_le_bytes()),
    }
    file.extend(header.as_bytes());
    file.extend(content);
    file
}

/// Returns a `.npy` file of an element type and shape, with any content.
pub fn npy_of(element: &str, fortran_order: bool, shape: &[usize], content: &[u8]) -> Vec<u8> {
    let order = if fortran_order { "True" } else { "False" };
    let sides: String = shape.iter().map(|side| format!("{side},")).collect();
    let header =
        format!("{{'descr': '{element}', 'fortran_order': {order}, 'shape': ({sides}), }}\n");
    npy(1, &header, content)
}

/// Panics unless the table has rows, columns, a name for each column and a target for each row.
pub fn check_table(table: &Table) {
    let (rows, columns) = table.records.dim();
    assert!(rows > 0 && columns > 0, "an empty table, {rows} x {columns}, was read");
    assert_eq!(table.feature_names().len(), columns, "names and columns");
    assert_eq!(table.targets.len(), rows, "targets and rows");
}
