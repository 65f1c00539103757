//! Array files come from anywhere: whatever their bytes, they are a table or an error, in little memory
//! and time.
//!
//! The first byte says what the others are: the file, or (odd) a header's text up to the first line feed,
//! to be given the right length, and the content.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mixlab::table::read_table;
use mixlab_fuzz::{Scratch, check_table, npy};

fuzz_target!(|bytes: &[u8]| {
    let Some((&mode, bytes)) = bytes.split_first() else { return };
    let file = match mode % 2 {
        0 => bytes.to_vec(),
        _ => {
            let end = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| at + 1);
            let (header, content) = bytes.split_at(end);
            npy(mode / 2 % 4, &String::from_utf8_lossy(header), content)
        }
    };
    let scratch = Scratch::new();
    if let Ok(table) = read_table(&scratch.file("x.npy", &file)) {
        check_table(&table);
    }
});
