//! A palette that colour-blind readers can distinguish (Okabe & Ito 2008).

use ndarray::ArrayView1;

use super::drawing::Paint;

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rgb(pub(super) u8, pub(super) u8, pub(super) u8);

impl Rgb {
    pub(super) fn bytes(self) -> [u8; 3] {
        [self.0, self.1, self.2]
    }

    /// The colour with an opacity from 0 to 1.
    pub(super) fn mix(self, opacity: f64) -> Paint {
        Paint { colour: self, opacity }
    }

    /// The colour as an opaque paint.
    pub(super) fn solid(self) -> Paint {
        self.mix(1.0)
    }

    /// L*, a* and b* (CIE 1976) of the colour in sRGB, by the white point D65.
    pub(super) fn lab(self) -> [f64; 3] {
        let [r, g, b] = self.bytes().map(|byte| {
            let share = f64::from(byte) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        let xyz = TO_XYZ.map(|row| row[0] * r + row[1] * g + row[2] * b);
        let [x, y, z] = [0, 1, 2].map(|axis| {
            let t: f64 = xyz[axis] / WHITE_POINT[axis];
            if t > LINEAR { t.cbrt() } else { t * 903.3 / 116.0 + 16.0 / 116.0 }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// The colour with these L*, a* and b*, or the nearest one by channels.
    pub(super) fn from_lab([lightness, a, b]: [f64; 3]) -> Self {
        let y = (lightness + 16.0) / 116.0;
        let f = [y + a / 500.0, y, y - b / 200.0];
        let xyz = [0, 1, 2].map(|axis| {
            let cube = f[axis].powi(3);
            let t = if cube > LINEAR { cube } else { (116.0 * f[axis] - 16.0) / 903.3 };
            t * WHITE_POINT[axis]
        });
        let [r, g, b] = FROM_XYZ.map(|row| {
            let share: f64 = row[0] * xyz[0] + row[1] * xyz[1] + row[2] * xyz[2];
            let share = if share <= 0.003_130_8 {
                12.92 * share
            } else {
                1.055 * share.powf(1.0 / 2.4) - 0.055
            };
            (255.0 * share.clamp(0.0, 1.0)).round() as u8
        });
        Self(r, g, b)
    }
}

/// From linear sRGB to CIE XYZ and back (IEC 61966-2-1), and the white point.
const TO_XYZ: [[f64; 3]; 3] = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
];
const FROM_XYZ: [[f64; 3]; 3] = [
    [3.2404542, -1.5371385, -0.4985314],
    [-0.9692660, 1.8760108, 0.0415560],
    [0.0556434, -0.2040259, 1.0572252],
];
const WHITE_POINT: [f64; 3] = [0.95047, 1.0, 1.08883];
/// Below it, lightness is linear.
const LINEAR: f64 = 0.008856;

/// Colour of text.
pub(super) const INK: Rgb = Rgb(40, 40, 40);
pub(super) const BLACK: Rgb = Rgb(0, 0, 0);
pub(super) const WHITE: Rgb = Rgb(255, 255, 255);

/// A colour of the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// For given data.
    Grey,
    /// A colour of the palette by number, modulo seven.
    Number(usize),
}

impl Colour {
    /// For the first curve or set of points.
    pub const BLUE: Self = Self::Number(0);
    /// For a second, compared with the first.
    pub const ORANGE: Self = Self::Number(1);
    /// For a third.
    pub const GREEN: Self = Self::Number(2);
    /// For emphasis, such as an optimum or a boundary.
    pub const RED: Self = Self::Number(3);

    /// The average of the palette's colours weighted by `shares`, which sum to 1.
    pub(super) fn mixed(shares: ArrayView1<'_, f64>) -> Rgb {
        let mut mix = [0.0; 3];
        for (number, share) in shares.iter().enumerate() {
            let Rgb(r, g, b) = Self::Number(number).rgb();
            for (sum, channel) in mix.iter_mut().zip([r, g, b]) {
                *sum += share * f64::from(channel);
            }
        }
        let [r, g, b] = mix.map(|channel: f64| channel.round() as u8);
        Rgb(r, g, b)
    }

    pub(super) fn rgb(self) -> Rgb {
        const PALETTE: [Rgb; 7] = [
            Rgb(0, 114, 178),
            Rgb(230, 159, 0),
            Rgb(0, 158, 115),
            Rgb(213, 94, 0),
            Rgb(204, 121, 167),
            Rgb(86, 180, 233),
            Rgb(148, 130, 20),
        ];
        match self {
            Self::Grey => Rgb(90, 90, 90),
            Self::Number(number) => PALETTE[number % PALETTE.len()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lightness_and_chroma_are_those_of_the_standard() {
        // figures of the CIE formulas for sRGB red and white
        let [lightness, a, b] = Rgb(255, 0, 0).lab();
        assert!(
            (lightness - 53.24).abs() < 0.02
                && (a - 80.09).abs() < 0.05
                && (b - 67.20).abs() < 0.05
        );
        let [lightness, a, b] = WHITE.lab();
        assert!((lightness - 100.0).abs() < 0.01 && a.abs() < 0.02 && b.abs() < 0.02);
        for colour in [Rgb(0, 0, 0), Rgb(12, 200, 99), Rgb(3, 2, 1), Rgb(213, 94, 0)] {
            assert_eq!(Rgb::from_lab(colour.lab()), colour);
        }
    }
}
