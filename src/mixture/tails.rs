//! The tails of the components of a fit.

use std::fmt;
use std::str::FromStr;

use super::student;
use crate::error::{Error, Result};

/// The tails of the components of a fit; see [`GmmParams::tails`](crate::GmmParams::tails).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Tails {
    /// Gaussian components.
    #[default]
    Gaussian,
    /// Components with multivariate t distributions, each with its own degrees of freedom, which are estimated: from 2.1, so that variances
    /// are finite, to 200, which is hardly distinguishable from a Gaussian.
    Estimated,
    /// Components with multivariate t distributions with these degrees of freedom, above 2.
    Fixed(f64),
}

impl Tails {
    /// Whether components are t distributions.
    pub fn are_heavy(self) -> bool {
        self != Self::Gaussian
    }

    /// Number of free parameters of `n_components`.
    pub(super) fn n_parameters(self, n_components: usize) -> usize {
        if self == Self::Estimated { n_components } else { 0 }
    }

    /// Returns an error for degrees of freedom without a variance.
    ///
    /// # Errors
    /// [`Error::InvalidParam`].
    pub(super) fn check(self) -> Result<()> {
        match self {
            Self::Fixed(degrees) => student::check(degrees),
            Self::Gaussian | Self::Estimated => Ok(()),
        }
    }
}

impl fmt::Display for Tails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gaussian => f.pad("gaussian"),
            Self::Estimated => f.pad("estimated"),
            Self::Fixed(degrees) => f.pad(&degrees.to_string()),
        }
    }
}

impl FromStr for Tails {
    type Err = Error;

    /// `gaussian`, `estimated`, or the degrees of freedom.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "gaussian" => Ok(Self::Gaussian),
            "estimated" => Ok(Self::Estimated),
            _ => {
                let expected = "gaussian, estimated or degrees of freedom above 2";
                let tails = text.parse().map(Self::Fixed);
                let tails = tails.map_err(|_| Error::param("tails", text, expected))?;
                tails.check().map(|()| tails)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_parsed_and_displayed() {
        for (text, tails) in [
            ("gaussian", Tails::Gaussian),
            ("estimated", Tails::Estimated),
            ("4.5", Tails::Fixed(4.5)),
        ] {
            assert_eq!((text.parse::<Tails>().unwrap(), tails.to_string()), (tails, text.into()));
        }
        for text in ["2", "-1", "inf", "NaN", "heavy"] {
            let message = text.parse::<Tails>().unwrap_err().to_string();
            assert!(message.contains("above 2"), "{message}");
        }
    }
}
