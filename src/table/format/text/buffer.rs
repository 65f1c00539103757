//! The buffered input of a text table.

use std::io::Read;

use memchr::memchr;

use crate::error::{Error, Result};
use crate::table::options::Source;

/// Maximum number of bytes of a line, or of a record of several lines.
const LONGEST: usize = 1 << 28;
/// Number of bytes that are read first.
pub(super) const BEGINNING: usize = 1 << 16;

/// The buffered input.
pub(super) struct TextInput<R> {
    pub(super) source: Source,
    pub(super) input: R,
    pub(super) buffer: Vec<u8>,
    pub(super) ended: bool,
}

impl<R: Read> TextInput<R> {
    pub(super) fn new(source: &Source, input: R) -> Self {
        Self { source: source.clone(), input, buffer: Vec::new(), ended: false }
    }

    /// Reads until the buffer holds `n_bytes`, or the input ends.
    pub(super) fn fill(&mut self, n_bytes: usize) -> Result<()> {
        let missing = n_bytes.saturating_sub(self.buffer.len()) as u64;
        if missing == 0 || self.ended {
            return Ok(());
        }
        let read = self.input.by_ref().take(missing).read_to_end(&mut self.buffer);
        let read = read.map_err(|error| self.source.io(error))?;
        self.ended = (read as u64) < missing;
        Ok(())
    }

    /// Skips the first lines, and returns how many there were.
    pub(super) fn skip_lines(&mut self, n_lines: usize) -> Result<usize> {
        let (mut skipped, mut at) = (0, 0);
        while skipped < n_lines {
            match memchr(b'\n', &self.buffer[at..]) {
                Some(end) => {
                    at += end + 1;
                    skipped += 1;
                }
                None if self.ended => {
                    at = self.buffer.len();
                    break;
                }
                None => {
                    // skipped bytes are no longer needed
                    self.buffer.drain(..std::mem::take(&mut at));
                    self.grow(1)?;
                }
            }
        }
        self.buffer.drain(..at);
        self.fill(BEGINNING)?;
        Ok(skipped)
    }

    /// Reads until the buffer holds three lines of text, by which the separator is detected.
    pub(super) fn three_lines(&mut self) -> Result<()> {
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let is_full =
            |line: &&[u8]| line.last().is_some_and(is_end) && !line.trim_ascii().is_empty();
        loop {
            let lines = self.buffer.split_inclusive(is_end);
            if self.ended || lines.filter(is_full).nth(2).is_some() {
                return Ok(());
            }
            self.grow(1)?;
        }
    }

    /// Doubles the number of bytes in the buffer, which begins in `line`.
    pub(super) fn grow(&mut self, line: usize) -> Result<()> {
        if self.buffer.len() > LONGEST {
            return Err(too_long(&self.source, line));
        }
        self.fill(2 * self.buffer.len().max(BEGINNING))
    }
}

fn too_long(source: &Source, line: usize) -> Error {
    let problem = format!(
        "neither a line nor a quote ends within {} MiB; is this a table, and are all quotes closed?",
        LONGEST >> 20
    );
    source.table(line, 1, problem)
}
