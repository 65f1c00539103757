//! The states of a column with an indicator: a number, a missing value, or a spike.

/// What an indicator says of a value that is no number: whether missing is a state, and the spikes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct States {
    pub(crate) has_missing: bool,
    pub(crate) spikes: Vec<f64>,
}

impl States {
    /// Missing values alone.
    pub(crate) const MISSING: Self = Self { has_missing: true, spikes: Vec::new() };

    /// Number of states, with that of a number.
    pub(crate) fn n_levels(&self) -> usize {
        self.first_spike() + self.spikes.len()
    }

    /// The state of the first spike.
    pub(crate) fn first_spike(&self) -> usize {
        1 + usize::from(self.has_missing)
    }

    /// The state of a value; NaN if it is missing, and that is no state.
    pub(crate) fn code(&self, value: f64) -> f64 {
        match self.spikes.iter().position(|&spike| spike == value) {
            Some(at) => (self.first_spike() + at) as f64,
            None if !value.is_nan() => 0.0,
            None if self.has_missing => 1.0,
            None => f64::NAN,
        }
    }

    /// The value of a state: none of a number.
    pub(crate) fn value(&self, code: f64) -> Option<f64> {
        // NaN is a number as well
        let state = code as usize;
        match state.checked_sub(self.first_spike()) {
            Some(at) => self.spikes.get(at).copied(),
            None => (state > 0).then_some(f64::NAN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn states_are_a_number_then_missing_then_each_spike() {
        let both = States { has_missing: true, spikes: vec![0.0, 99.0] };
        let codes = [7.5, NAN, -0.0, 99.0].map(|value| both.code(value));
        assert_eq!((codes, both.n_levels()), ([0.0, 1.0, 2.0, 3.0], 4));
        assert_eq!([0.0, 2.0, 3.0].map(|code| both.value(code)), [None, Some(0.0), Some(99.0)]);
        assert!(both.value(1.0).unwrap().is_nan());
        // missing at random
        let spikes = States { has_missing: false, ..both };
        assert!(spikes.code(NAN).is_nan() && spikes.value(NAN).is_none());
        assert_eq!((spikes.code(0.0), spikes.value(2.0), spikes.n_levels()), (1.0, Some(99.0), 3));
        assert_eq!([3.0, NAN].map(|value| States::MISSING.code(value)), [0.0, 1.0]);
    }
}
