//! A palette that colour-blind readers can distinguish (Okabe & Ito 2008).

use ndarray::ArrayView1;
use plotters::style::RGBColor;

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
    pub(super) fn mixed(shares: ArrayView1<'_, f64>) -> RGBColor {
        let mut mix = [0.0; 3];
        for (number, share) in shares.iter().enumerate() {
            let RGBColor(r, g, b) = Self::Number(number).rgb();
            for (sum, channel) in mix.iter_mut().zip([r, g, b]) {
                *sum += share * f64::from(channel);
            }
        }
        let [r, g, b] = mix.map(|channel: f64| channel.round() as u8);
        RGBColor(r, g, b)
    }

    pub(super) fn rgb(self) -> RGBColor {
        const PALETTE: [RGBColor; 7] = [
            RGBColor(0, 114, 178),
            RGBColor(230, 159, 0),
            RGBColor(0, 158, 115),
            RGBColor(213, 94, 0),
            RGBColor(204, 121, 167),
            RGBColor(86, 180, 233),
            RGBColor(148, 130, 20),
        ];
        match self {
            Self::Grey => RGBColor(90, 90, 90),
            Self::Number(number) => PALETTE[number % PALETTE.len()],
        }
    }
}
