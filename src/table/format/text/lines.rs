//! Lines of a text in which quotes may hide their ends.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::head::LONGEST;

/// An input that knows the line of every byte that was read from it and has not been asked for yet.
pub(super) struct LineCounter<R> {
    input: R,
    /// Bytes that were read.
    n_bytes: u64,
    /// Bytes that were asked for.
    n_asked: u64,
    /// Ends of lines that were read and not asked for: where, and whether nothing stands before them in their line.
    ends: VecDeque<(u64, bool)>,
    /// Lines before the first of these.
    n_lines: usize,
    /// Whether the line that is being read has nothing in it so far.
    is_blank: bool,
}

impl<R: Read> LineCounter<R> {
    pub(super) fn new(input: R) -> Self {
        let ends = VecDeque::new();
        Self { input, n_bytes: 0, n_asked: 0, ends, n_lines: 0, is_blank: true }
    }

    /// The line, counted from 1, of the first record that begins at this byte or after it: what remains of the end of a
    /// line does not count, nor do blank lines. To be asked for bytes that rise.
    pub(super) fn line_after(&mut self, byte: u64) -> usize {
        self.n_asked = byte;
        while let Some(&(at, is_blank)) = self.ends.front() {
            if at > byte && !is_blank {
                break;
            }
            self.ends.pop_front();
            self.n_lines += 1;
        }
        self.n_lines + 1
    }
}

impl<R: Read> Read for LineCounter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.n_bytes - self.n_asked > LONGEST as u64 {
            let problem = format!("a quote is not closed within {} MiB", LONGEST >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        let n = self.input.read(buffer)?;
        for &byte in &buffer[..n] {
            match byte {
                b'\n' => {
                    self.ends.push_back((self.n_bytes, self.is_blank));
                    self.is_blank = true;
                }
                b'\r' => {}
                _ => self.is_blank = false,
            }
            self.n_bytes += 1;
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_an_editor() {
        let text = b"\"a\nb\",1\r\n\r\n\n2,3\n4";
        let mut counter = LineCounter::new(&text[..]);
        io::copy(&mut counter, &mut io::sink()).unwrap();
        // the first record begins in line 1, the second after two blank lines, the third in the next
        assert_eq!(counter.line_after(0), 1);
        let end = text.iter().position(|&byte| byte == b'\r').unwrap() as u64 + 1;
        assert_eq!(counter.line_after(end), 5);
        assert_eq!(counter.line_after(text.len() as u64 - 1), 6);
    }
}
