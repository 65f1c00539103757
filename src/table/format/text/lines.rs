//! Line numbers of a text in which line ends may be quoted.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::head::LONGEST;

/// An input that records line ends, to find the line number of a byte position.
pub(super) struct LineCounter<R> {
    input: R,
    /// Number of bytes that were read.
    n_bytes: u64,
    /// Last position whose line was requested.
    n_resolved: u64,
    /// Line ends after that position, and whether their line is blank.
    ends: VecDeque<(u64, bool)>,
    /// Number of lines before the first of them.
    n_lines: usize,
    /// Whether the current line is blank so far.
    is_blank: bool,
}

impl<R: Read> LineCounter<R> {
    pub(super) fn new(input: R) -> Self {
        let ends = VecDeque::new();
        Self { input, n_bytes: 0, n_resolved: 0, ends, n_lines: 0, is_blank: true }
    }

    /// Returns the line, counted from 1, of the first record that begins at this byte or after it; the remainder of a line
    /// end and blank lines are skipped. Must be called with increasing positions.
    pub(super) fn line_after(&mut self, byte: u64) -> usize {
        self.n_resolved = byte;
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
        if self.n_bytes - self.n_resolved > LONGEST as u64 {
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
    fn line_numbers_are_those_of_an_editor() {
        let text = b"\"a\nb\",1\r\n\r\n\n2,3\n4";
        let mut counter = LineCounter::new(&text[..]);
        io::copy(&mut counter, &mut io::sink()).unwrap();
        // the first record begins in line 1, the second after two blank lines, the third in the line after it
        assert_eq!(counter.line_after(0), 1);
        let end = text.iter().position(|&byte| byte == b'\r').unwrap() as u64 + 1;
        assert_eq!(counter.line_after(end), 5);
        assert_eq!(counter.line_after(text.len() as u64 - 1), 6);
    }
}
