//! Detection of JPEG files that are cut off, which decoders complete with grey pixels.

/// Whether a JPEG file ends before its image does: before the marker of its end.
pub(super) fn is_cut_off(bytes: &[u8]) -> bool {
    // after the start of the image
    let mut at = 2;
    loop {
        let Some((marker, content)) = next_marker(bytes, at) else { return true };
        at = content;
        match marker {
            END => return false,
            // without content
            0x01 | 0xd0..=0xd8 => {}
            _ => {
                let Some(&[high, low]) = bytes.get(at..at + 2) else { return true };
                at += usize::from(u16::from_be_bytes([high, low])).max(2);
            }
        }
    }
}

/// Marker of the end of an image.
const END: u8 = 0xd9;

/// Returns the next marker and the position after it. The bytes of pixels before it are skipped, in which a byte 255 is followed
/// by 0.
fn next_marker(bytes: &[u8], from: usize) -> Option<(u8, usize)> {
    let mut at = from;
    loop {
        at += memchr::memchr(0xff, bytes.get(at..)?)?;
        match *bytes.get(at + 1)? {
            0 => at += 2,
            // a fill byte before a marker
            0xff => at += 1,
            marker => return Some((marker, at + 2)),
        }
    }
}

#[cfg(test)]
mod tests {
    use image::ExtendedColorType;
    use image::codecs::jpeg::JpegEncoder;

    use super::*;

    #[test]
    fn files_that_end_before_their_image_are_cut_off() {
        let mut bytes = Vec::new();
        let pixels: Vec<u8> = (0..32 * 32).map(|pixel| (pixel * 37 % 251) as u8).collect();
        JpegEncoder::new(&mut bytes).encode(&pixels, 32, 32, ExtendedColorType::L8).unwrap();
        assert!(!is_cut_off(&bytes));
        // what follows the end is not part of the image
        let longer = [&bytes[..], b"video \xff\xda\x00"].concat();
        assert!(!is_cut_off(&longer));
        for length in 0..bytes.len() - 1 {
            assert!(is_cut_off(&bytes[..length]), "{length}");
        }
    }
}
