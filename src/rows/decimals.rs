//! The number of decimals of the values of a column.

use super::schema::{Column, rounded};

/// Values that differ from a rounded value by at most this many units of the relative precision 2⁻⁵² equal it: sums and
/// products of rounded values have such differences, as in 2.2100000000000004.
const TOLERANCE: f64 = 4.0 * f64::EPSILON;
/// The last decimal must be at least this many times the tolerance, or else any value of that size has so many decimals.
const LEAST_STEP: f64 = 16.0;
/// A value of 32 bits has few decimals if the last of them is at least this many times the distance of values of 32 bits.
const LEAST_SINGLE_STEP: f64 = 8.0;
/// One more than the maximum number of decimals.
const TOO_MANY: u32 = Column::MOST_DECIMALS + 1;

/// The number of decimals of values, from one pass over them in any order.
///
/// - As doubles, values have the least number of decimals with which they are rounded to the same value, to a few units in
///   their last place.
/// - If all values are representable with 32 bits, and have too many decimals as doubles, their decimals are those of the
///   shortest number that is rounded to the same value of 32 bits, such as 0.1 for 0.10000000149011612. Values that are not
///   rounded have about as many digits as 32 bits hold; if these are the majority of the values with decimals, the column has
///   too many decimals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Decimals {
    /// Maximum of the decimals as doubles, at most [`TOO_MANY`].
    doubles: u32,
    /// Decimals as values of 32 bits; none if a value is not representable.
    singles: Option<Singles>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Singles {
    /// Maximum of the decimals, at most [`TOO_MANY`].
    decimals: u32,
    /// Number of values with decimals that have few.
    n_short: u64,
    /// Number of values with decimals that have about as many digits as 32 bits hold.
    n_long: u64,
}

impl Decimals {
    pub(super) fn new() -> Self {
        Self { doubles: 0, singles: Some(Singles::default()) }
    }

    /// Whether further values make no difference.
    pub(super) fn is_decided(&self) -> bool {
        self.doubles == TOO_MANY && self.singles.is_none()
    }

    pub(super) fn add(&mut self, value: f64) {
        while self.doubles < TOO_MANY && !is_rounded(value, self.doubles) {
            self.doubles += 1;
        }
        if let Some(singles) = &mut self.singles {
            let is_single = f64::from(value as f32) == value;
            if is_single { singles.add(value as f32) } else { self.singles = None }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.doubles = self.doubles.max(other.doubles);
        self.singles = self.singles.zip(other.singles).map(|(a, b)| Singles {
            decimals: a.decimals.max(b.decimals),
            n_short: a.n_short + b.n_short,
            n_long: a.n_long + b.n_long,
        });
    }

    /// Returns the number of decimals of the column; none if there are too many.
    pub(super) fn get(&self) -> Option<u32> {
        if self.doubles < TOO_MANY {
            return Some(self.doubles);
        }
        let singles = self.singles.filter(|singles| singles.n_short >= singles.n_long)?;
        (singles.decimals < TOO_MANY).then_some(singles.decimals)
    }
}

impl Singles {
    fn add(&mut self, value: f32) {
        let of_32_bits = |decimals: &u32| rounded(value.into(), *decimals) as f32 == value;
        let decimals = (0..TOO_MANY).find(of_32_bits).unwrap_or(TOO_MANY);
        self.decimals = self.decimals.max(decimals);
        if decimals == 0 {
            return;
        }
        let distance = f64::from(value.abs()) * f64::from(f32::EPSILON);
        let is_short = decimals < TOO_MANY && step(decimals) >= LEAST_SINGLE_STEP * distance;
        *(if is_short { &mut self.n_short } else { &mut self.n_long }) += 1;
    }
}

/// The last decimal: 10⁻ⁿ.
fn step(decimals: u32) -> f64 {
    10_f64.powi(-(decimals as i32))
}

/// Whether a value has at most this many decimals, to rounding.
pub(crate) fn is_rounded(value: f64, decimals: u32) -> bool {
    let nearest = rounded(value, decimals);
    if nearest == value {
        return true;
    }
    let tolerance = TOLERANCE * value.abs();
    (nearest - value).abs() <= tolerance && step(decimals) >= LEAST_STEP * tolerance
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = f64>) -> Option<u32> {
        let mut decimals = Decimals::new();
        values.into_iter().for_each(|value| decimals.add(value));
        decimals.get()
    }

    /// Unrounded values between 0 and 1.
    fn unrounded(n: usize) -> impl Iterator<Item = f64> {
        (1..=n).map(|index| (index as f64 * 2_f64.sqrt()).fract())
    }

    #[test]
    fn decimals_are_the_most_of_any_value() {
        assert_eq!(of([1.0, -7.0, 1e300]), Some(0));
        assert_eq!(of([1.0, 19.99, -0.5]), Some(2));
        assert_eq!(of([0.000_001]), Some(6));
        assert_eq!(of([0.000_000_1]), None);
        assert_eq!(of([1.0, std::f64::consts::PI]), None);
        assert_eq!(of([]), Some(0));
    }

    #[test]
    fn binary_noise_adds_no_decimals() {
        assert_eq!(of([3.17, 2.210_000_000_000_000_4, 0.1 + 0.2, 1.1 * 3.0]), Some(2));
        assert_eq!(of([1e6 + 0.1 + 0.2, -1.1 * 1.1]), Some(2));
        // a difference of a thousand units in the last place is no noise
        assert_eq!(of([0.5, 2.21 * (1.0 + 1000.0 * f64::EPSILON)]), None);
        assert_eq!(of(unrounded(1000)), None);
        assert_eq!(of(unrounded(1000).map(|x| 1e9 * x)), None);
    }

    #[test]
    fn values_of_32_bits_have_their_shortest_decimals() {
        let single = |value: f64| f64::from(value as f32);
        assert_eq!(of([0.1, 0.25, 17.3].map(single)), Some(2));
        assert_eq!(of((0..5000).map(|cents| single(f64::from(cents) / 100.0))), Some(2));
        // one of them is not of 32 bits
        assert_eq!(of([single(0.1), 0.2]), None);
        // exact in 64 bits as well
        assert_eq!(of([0.5, 0.125, 1_024.031_25]), Some(5));
    }

    #[test]
    fn unrounded_values_of_32_bits_have_too_many_decimals() {
        for scale in [1.0, 100.0, 1e4, 1e6] {
            let values = unrounded(1000).map(|value| f64::from((scale * value) as f32));
            // zeros and whole numbers say nothing about the decimals of the others
            let values = values.chain(std::iter::repeat_n(0.0, 2000));
            assert_eq!(of(values), None, "{scale}");
        }
    }

    #[test]
    fn merged_parts_are_as_the_whole() {
        let values: Vec<f64> =
            [0.1, 0.25, 17.3, 0.0].iter().map(|&value| f64::from(value as f32)).collect();
        for split in 0..=values.len() {
            let (mut left, mut right) = (Decimals::new(), Decimals::new());
            values[..split].iter().for_each(|&value| left.add(value));
            values[split..].iter().for_each(|&value| right.add(value));
            left.merge(&right);
            assert_eq!(left.get(), Some(2), "{split}");
        }
    }
}
