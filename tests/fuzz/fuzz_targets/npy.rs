//! Array files come from any source: for any bytes, reading gives a table or an error, with little memory and
//! time.
//!
//! The first byte selects what the remaining bytes are: if even, the file; if odd, the text of a header up to the
//! first line feed, to which the right length is added, and the content.

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
