//! Visible differences of pictures.

use super::colour::Rgb;
use super::drawing::Bitmap;

/// Distance in CIE L*a*b* from which two colours look different side by side.
const VISIBLE: f64 = 2.3;

/// Share of the pixels up to which a picture counts as the same: rounding errors of another processor move an edge by less than this,
/// a ring around a point is twice as much.
pub(crate) const SAME: f64 = 2e-4;

/// Share of the pixels of two PNG files that look different; 1 if the sizes differ or one of them is no PNG file.
pub(crate) fn png_difference(expected: &[u8], found: &[u8]) -> f64 {
    match (Bitmap::from_png(expected), Bitmap::from_png(found)) {
        (Some(expected), Some(found)) => expected.difference(&found),
        _ => 1.0,
    }
}

impl Bitmap {
    /// Decodes a PNG file of 8 bits; of an animation, the picture that viewers without animations show.
    fn from_png(bytes: &[u8]) -> Option<Self> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().ok()?;
        let mut bytes = vec![0; reader.output_buffer_size()?];
        let frame = reader.next_frame(&mut bytes).ok()?;
        bytes.truncate(frame.buffer_size());
        let rgb = match frame.color_type {
            png::ColorType::Rgb => bytes,
            png::ColorType::Rgba => {
                bytes.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect()
            }
            png::ColorType::Grayscale => bytes.iter().flat_map(|grey| [*grey; 3]).collect(),
            _ => return None,
        };
        Some(Self { width: frame.width, height: frame.height, rgb })
    }

    /// Share of the pixels that look different (CIE76, of averages over 3 by 3 pixels, so that edges may move by a fraction of a
    /// pixel); 1 if the sizes differ.
    fn difference(&self, other: &Self) -> f64 {
        if (self.width, self.height) != (other.width, other.height) {
            return 1.0;
        }
        let n_pixels = (self.width * self.height) as usize;
        let is_visible = |pixel: &usize| {
            let (a, b) = (self.blurred(*pixel), other.blurred(*pixel));
            if a == b {
                return false;
            }
            let (a, b) = (a.lab(), b.lab());
            let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
            squares.sum::<f64>().sqrt() > VISIBLE
        };
        (0..n_pixels).filter(is_visible).count() as f64 / n_pixels.max(1) as f64
    }

    /// Average of a pixel and its neighbours.
    fn blurred(&self, pixel: usize) -> Rgb {
        let (width, height) = (self.width as usize, self.height as usize);
        let (line, column) = (pixel / width, pixel % width);
        let mut sums = [0_u32; 3];
        let mut n_pixels = 0;
        for y in line.saturating_sub(1)..(line + 2).min(height) {
            for x in column.saturating_sub(1)..(column + 2).min(width) {
                let at = 3 * (y * width + x);
                for (sum, channel) in sums.iter_mut().zip(&self.rgb[at..at + 3]) {
                    *sum += u32::from(*channel);
                }
                n_pixels += 1;
            }
        }
        let [red, green, blue] = sums.map(|sum| ((sum + n_pixels / 2) / n_pixels) as u8);
        Rgb(red, green, blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::png::encode_rgb;

    fn grey(width: u32, height: u32, value: impl Fn(u32, u32) -> u8) -> Bitmap {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let rgb = pixels.flat_map(|(x, y)| [value(x, y); 3]).collect();
        Bitmap { width, height, rgb }
    }

    #[test]
    fn pictures_are_decoded_as_they_were_encoded() {
        let picture = grey(7, 3, |x, y| (30 * x + y) as u8);
        let png = encode_rgb(&picture.rgb, (7, 3)).unwrap();
        let decoded = Bitmap::from_png(&png).unwrap();
        assert_eq!((decoded.width, decoded.height), (7, 3));
        assert_eq!(decoded.rgb, picture.rgb);
        assert!(Bitmap::from_png(&png[..40]).is_none());
    }

    #[test]
    fn only_visible_differences_count() {
        let white = grey(40, 30, |_, _| 255);
        assert_eq!(white.difference(&grey(40, 30, |_, _| 253)), 0.0);
        assert_eq!(white.difference(&grey(40, 30, |_, _| 240)), 1.0);
        assert_eq!(white.difference(&grey(30, 40, |_, _| 255)), 1.0);
        let dot = grey(40, 30, |x, y| if (x, y) == (20, 10) { 0 } else { 255 });
        assert_eq!(white.difference(&dot), 9.0 / 1200.0);
        // an edge that moved by an eighth of a pixel
        let edge = |share: f64| {
            grey(40, 30, move |x, _| match x {
                0..20 => 255,
                20 => (255.0 - 60.0 * share) as u8,
                _ => 195,
            })
        };
        assert_eq!(edge(0.5).difference(&edge(0.625)), 0.0);
    }
}
