//! The file of faces is downloaded: for any bytes, reading it gives an error or the faces, never a panic.
//!
//! The first byte selects what the remaining bytes are: the file; its elements; the contents of one compressed
//! element; or the numbers of a matrix with the right name and shape, so that the last checks are reached.

#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use libfuzzer_sys::fuzz_target;
use mixlab::datasets::OlivettiSource;
use mixlab_fuzz::Scratch;

const INT32: u32 = 5;
const UINT32: u32 = 6;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// Number of pixels of all faces.
const N_PIXELS: usize = 4096 * 400;

fuzz_target!(|bytes: &[u8]| {
    let Some((&mode, bytes)) = bytes.split_first() else { return };
    let order = if mode & 0x80 == 0 { Order::Little } else { Order::Big };
    let file = match mode % 8 {
        0 | 1 => bytes.to_vec(),
        2 | 3 => order.file(bytes),
        4 | 5 => order.file(&order.compressed(bytes)),
        6 => order.file(&order.compressed(&order.matrix(bytes, bytes.len()))),
        _ => order.file(&order.compressed(&order.matrix(bytes, N_PIXELS))),
    };
    let scratch = Scratch::new();
    scratch.file("olivettifaces.mat", &file);
    let source = OlivettiSource::default()
        .data_folder(Some(scratch.folder().into()))
        .cache_folder(None)
        .places(std::iter::empty());
    if let Ok((faces, _)) = source.load(&|_, _| {}) {
        assert_eq!(faces.records.dim(), (400, 4096));
    }
});

/// The byte order of a file.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn word(self, word: usize) -> [u8; 4] {
        match self {
            Self::Little => (word as u32).to_le_bytes(),
            Self::Big => (word as u32).to_be_bytes(),
        }
    }

    /// Returns a file with a valid header.
    fn file(self, elements: &[u8]) -> Vec<u8> {
        let mut file = b"MATLAB 5.0 MAT-file".to_vec();
        file.resize(124, b' ');
        file.extend(match self {
            Self::Little => [0, 1, b'I', b'M'],
            Self::Big => [1, 0, b'M', b'I'],
        });
        file.extend(elements);
        file
    }

    fn tag(self, kind: u32, length: usize) -> Vec<u8> {
        [self.word(kind as usize), self.word(length)].concat()
    }

    fn compressed(self, bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("room in memory");
        let stream = encoder.finish().expect("room in memory");
        [self.tag(COMPRESSED, stream.len()), stream].concat()
    }

    /// Returns the matrix `faces`, with the numbers in `bytes` (the first byte is their type) and zeros up to `length`.
    fn matrix(self, bytes: &[u8], length: usize) -> Vec<u8> {
        let (kind, numbers) = bytes.split_first().unwrap_or((&0, &[]));
        let mut numbers = numbers.to_vec();
        numbers.resize(length, 0);
        let parts = [
            self.tag(UINT32, 8),
            vec![0; 8],
            self.tag(INT32, 8),
            self.word(4096).to_vec(),
            self.word(400).to_vec(),
            self.tag(1, 5),
            b"faces\0\0\0".to_vec(),
            self.tag(u32::from(*kind), length),
            numbers,
        ];
        let parts = parts.concat();
        [self.tag(MATRIX, parts.len()), parts].concat()
    }
}
