//! Checks of reproduced values against a reference.

use std::fmt;

/// A value: one number, or several.
#[derive(Debug, Clone, PartialEq)]
pub struct Value(pub Vec<f64>);

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self(vec![number])
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self(vec![number as f64])
    }
}

impl From<Vec<f64>> for Value {
    fn from(numbers: Vec<f64>) -> Self {
        Self(numbers)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 6;
        for (index, number) in self.0.iter().take(MOST).enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            // adding zero turns -0 into 0
            let rounded = (number * 1e8).round() / 1e8 + 0.0;
            write!(f, "{separator}{rounded}")?;
        }
        if self.0.len() > MOST {
            write!(f, ", … ({} numbers)", self.0.len())?;
        }
        Ok(())
    }
}

/// Required relation of our value to that of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Relation {
    /// Equal within the tolerance.
    Equal,
    /// At most the tolerance above: a better optimum counts as reproduced.
    AtMost,
    /// At most the tolerance below: a better value counts as reproduced.
    AtLeast,
}

/// A value of a reference document, compared with the value computed in this run.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Name of the value.
    pub name: String,
    /// Value of the reference document.
    pub document: Value,
    /// Our value, computed in this run.
    pub ours: Value,
    /// Largest difference that counts as equal.
    pub tolerance: f64,
    /// Required relation of our value to that of the reference.
    pub relation: Relation,
    /// Reason for a difference, or another remark.
    pub why: String,
}

impl Check {
    /// Creates a check that our value equals the reference within `tolerance`.
    pub fn equal(
        name: impl Into<String>,
        document: impl Into<Value>,
        ours: impl Into<Value>,
        tolerance: f64,
    ) -> Self {
        Self::new(name.into(), document.into(), ours.into(), tolerance, Relation::Equal)
    }

    /// Creates a check that our value is at most `tolerance` above the reference.
    pub fn at_most(
        name: impl Into<String>,
        document: impl Into<Value>,
        ours: impl Into<Value>,
        tolerance: f64,
    ) -> Self {
        Self::new(name.into(), document.into(), ours.into(), tolerance, Relation::AtMost)
    }

    /// Creates a check that our value is at most `tolerance` below the reference.
    pub fn at_least(
        name: impl Into<String>,
        document: impl Into<Value>,
        ours: impl Into<Value>,
        tolerance: f64,
    ) -> Self {
        Self::new(name.into(), document.into(), ours.into(), tolerance, Relation::AtLeast)
    }

    fn new(name: String, document: Value, ours: Value, tolerance: f64, relation: Relation) -> Self {
        Self { name, document, ours, tolerance, relation, why: String::new() }
    }

    /// Adds the reason for a difference, or another remark.
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// Whether our value has the required relation to the reference.
    pub fn reproduced(&self) -> bool {
        let holds = |(document, ours): (&f64, &f64)| match self.relation {
            Relation::Equal => (ours - document).abs() <= self.tolerance,
            Relation::AtMost => ours - document <= self.tolerance,
            Relation::AtLeast => document - ours <= self.tolerance,
        };
        self.document.0.len() == self.ours.0.len()
            && self.document.0.iter().zip(&self.ours.0).all(holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_holds_within_the_tolerance_only() {
        assert!(Check::equal("x", 1.0, 1.05, 0.1).reproduced());
        assert!(!Check::equal("x", 1.0, 1.2, 0.1).reproduced());
        assert!(!Check::equal("x", 1.0, f64::NAN, 0.1).reproduced());
        assert!(!Check::equal("x", vec![1.0, 2.0], vec![1.0], 0.1).reproduced());
    }

    #[test]
    fn long_values_are_truncated() {
        let value = Value((0..32).map(f64::from).collect());
        assert_eq!(value.to_string(), "0, 1, 2, 3, 4, 5, … (32 numbers)");
        assert_eq!(Value(vec![-1e-12, 1.0 / 3.0]).to_string(), "0, 0.33333333");
    }

    #[test]
    fn better_values_count_as_reproduced() {
        for (ours, reproduced) in [(0.9, true), (0.41, true), (0.39, false), (f64::NAN, false)] {
            assert_eq!(Check::at_least("x", 0.5, ours, 0.1).reproduced(), reproduced);
            assert_eq!(Check::at_most("x", -0.5, -ours, 0.1).reproduced(), reproduced);
        }
    }
}
