//! Lines that are spread over a file.

use std::fs::File;

use super::buffer::BEGINNING;
use super::record::Syntax;
use super::sample::Sample;
use crate::table::options::Source;
use crate::table::random_access::RandomAccess;

/// Number of places of a file from which lines are read.
const N_PLACES: u64 = 16;
/// Number of bytes that are read at each place.
const CHUNK: u64 = 1 << 11;

/// Adds lines from the middle and the end of a file of `length` bytes to the sample of its beginning. Files that cannot be
/// read again are skipped, as are those whose lines may end within quotes.
pub(super) fn add_lines(source: &Source, length: u64, syntax: &Syntax, sample: &mut Sample) {
    let begin = BEGINNING as u64;
    let n_places = (length.saturating_sub(begin) / CHUNK).min(N_PLACES);
    let has_line_end = |field: &[u8]| field.contains(&b'\n');
    if n_places == 0 || sample.head.iter().any(|head| head.record.fields().any(has_line_end)) {
        return;
    }
    // opened again: the position of the stream must not change
    let Ok(file) = File::open(&source.path) else { return };
    let file = RandomAccess::new(file, &source.path);
    let mut bytes = vec![0; CHUNK as usize];
    for place in 1..=n_places {
        let offset = begin + (length - begin - CHUNK) * place / n_places;
        if file.read_exact(offset, &mut bytes).is_err() {
            return;
        }
        sample.add_spread(&bytes, syntax);
    }
}
