//! Information criteria for model selection.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use crate::error::{Error, Result};

/// A criterion for model selection; lower is better.
///
/// BIC and ICL look for the number of clusters, [`HeldOut`](Self::HeldOut) for the density that describes new rows best, such as
/// to draw samples from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Criterion {
    /// Akaike's information criterion.
    Aic,
    /// Bayesian information criterion.
    #[default]
    Bic,
    /// Integrated completed likelihood.
    Icl,
    /// -2 times the cross-validated log-likelihood, which a search computes if it is its criterion.
    HeldOut,
}

impl Criterion {
    /// All criteria, in the order in which tables list them.
    pub const ALL: [Self; 4] = [Self::Bic, Self::Aic, Self::Icl, Self::HeldOut];

    /// The name of the criterion in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aic => "aic",
            Self::Bic => "bic",
            Self::Icl => "icl",
            Self::HeldOut => "held-out",
        }
    }

    /// The name of the criterion in tables and figures.
    pub fn label(self) -> &'static str {
        match self {
            Self::Aic => "AIC",
            Self::Bic => "BIC",
            Self::Icl => "ICL",
            Self::HeldOut => "held-out deviance",
        }
    }

    /// The value of the criterion; the formulas are in [`Criteria`].
    fn value(self, of: &Criteria) -> f64 {
        let p = of.n_parameters as f64;
        match self {
            Self::Aic => 2.0 * p - 2.0 * of.log_likelihood,
            Self::Bic => p * of.n_samples.ln() - 2.0 * of.log_likelihood,
            Self::Icl => Self::Bic.value(of) - 2.0 * of.log_certainty,
            Self::HeldOut => of.held_out.unwrap_or(f64::NAN),
        }
    }
}

/// The names of all criteria in alphabetical order, for error messages.
static NAMES: LazyLock<String> = LazyLock::new(|| {
    let mut names = Criterion::ALL.map(Criterion::name);
    names.sort_unstable();
    let (last, others) = names.split_last().expect("at least one criterion");
    format!("{} or {last}", others.join(", "))
});

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Criterion {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|criterion| criterion.name() == name);
        found.ok_or_else(|| Error::param("criterion", name, NAMES.as_str()))
    }
}

/// Log-likelihood and information criteria of a model on a set of rows.
///
/// ```text
/// aic = 2 p - 2 ln L                          Akaike 1974
/// bic = p ln n - 2 ln L                       Schwarz 1978
/// icl = bic - 2 Σ w ln maxₖ rₖ                Biernacki, Celeux & Govaert 2000
/// held-out = -2 Σ w ln p(x | fit to rows in other parts)    Stone 1974, Smyth 2000
/// ```
/// with the log-likelihood ln L = Σ w ln p(x), p free parameters, n = Σ w rows, and posteriors r. For all criteria, lower is
/// better. Sample weights count as repeated rows: weights that only rank rows should be scaled so that they sum to the number
/// of rows, or BIC penalises parameters too little or too much. ICL also penalises overlap, that is, rows whose component is
/// uncertain. The held-out criterion is known for models of a search by [`Criterion::HeldOut`] alone; AIC is its limit for many rows
/// (Stone 1977).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Criteria {
    /// Number of rows, by sample weight.
    pub n_samples: f64,
    /// Log-likelihood of all rows.
    pub log_likelihood: f64,
    /// Number of free parameters.
    pub n_parameters: usize,
    /// Akaike's information criterion.
    pub aic: f64,
    /// Bayesian information criterion.
    pub bic: f64,
    /// Integrated completed likelihood.
    pub icl: f64,
    /// -2 times the cross-validated log-likelihood; none if it was not computed.
    pub held_out: Option<f64>,
    /// Σ w ln maxₖ rₖ
    log_certainty: f64,
}

impl Criteria {
    /// Computes the criteria; `log_certainty` is Σ w ln maxₖ rₖ, never positive.
    pub(crate) fn new(
        n_samples: f64,
        log_likelihood: f64,
        log_certainty: f64,
        n_parameters: usize,
    ) -> Self {
        let mut criteria = Self {
            n_samples,
            log_likelihood,
            n_parameters,
            aic: 0.0,
            bic: 0.0,
            icl: 0.0,
            held_out: None,
            log_certainty,
        };
        criteria.aic = criteria.get(Criterion::Aic);
        criteria.bic = criteria.get(Criterion::Bic);
        criteria.icl = criteria.get(Criterion::Icl);
        criteria
    }

    /// The criteria of a density whose log-likelihood differs by `log_terms` and that has `more_parameters` additional
    /// parameters.
    pub(crate) fn with_terms(&self, log_terms: f64, more_parameters: usize) -> Self {
        let criteria = Self::new(
            self.n_samples,
            self.log_likelihood + log_terms,
            // keeps the digits of these criteria: `log_certainty` itself is rounded differently
            (self.bic - self.icl) / 2.0,
            self.n_parameters + more_parameters,
        );
        criteria.with_held_out(self.held_out.map(|value| value - 2.0 * log_terms))
    }

    /// The criteria with this cross-validated one.
    pub(crate) fn with_held_out(self, held_out: Option<f64>) -> Self {
        Self { held_out, ..self }
    }

    /// Σ w ln maxₖ rₖ
    #[cfg(feature = "serde")]
    pub(crate) fn log_certainty(&self) -> f64 {
        self.log_certainty
    }

    /// Mean log-density of the rows, ln L / n.
    pub fn score(&self) -> f64 {
        self.log_likelihood / self.n_samples
    }

    /// The value of one criterion; NaN for [`Criterion::HeldOut`] if it was not computed.
    pub fn get(&self, criterion: Criterion) -> f64 {
        criterion.value(self)
    }

    /// Returns every criterion that is known with its value, in the order of [`Criterion::ALL`].
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let moons = datasets::moons();
    /// let criteria = GaussianMixture::params(7).fit(&moons)?.criteria(&moons)?;
    /// let values = criteria.iter().map(|(criterion, value)| format!("{criterion} {value:.0}"));
    /// assert_eq!(values.count(), 3);
    /// assert_eq!(criteria.get(Criterion::Bic), criteria.bic);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (Criterion, f64)> + use<> {
        let criteria = *self;
        let is_known = move |criterion: &Criterion| {
            *criterion != Criterion::HeldOut || criteria.held_out.is_some()
        };
        let known = Criterion::ALL.into_iter().filter(is_known);
        known.map(move |criterion| (criterion, criteria.get(criterion)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_follow_their_formulas() {
        let criteria = Criteria::new(100.0, -250.0, -3.0, 7);
        assert_eq!(criteria.aic, 514.0);
        assert_eq!(criteria.bic, 7.0 * 100.0_f64.ln() + 500.0);
        assert_eq!(criteria.icl, criteria.bic + 6.0);
        assert_eq!(criteria.score(), -2.5);
        let listed: Vec<_> = criteria.iter().map(|(criterion, _)| criterion.name()).collect();
        assert_eq!(listed, ["bic", "aic", "icl"]);
        assert!(criteria.iter().all(|(criterion, value)| criteria.get(criterion) == value));
        assert_eq!(criteria.get(Criterion::Icl), criteria.icl);
        assert!(criteria.get(Criterion::HeldOut).is_nan());
        let criteria = criteria.with_held_out(Some(520.0));
        assert_eq!(criteria.iter().last(), Some((Criterion::HeldOut, 520.0)));
        assert_eq!(criteria.with_terms(-1.0, 0).held_out, Some(522.0));
    }

    #[test]
    fn names_are_parsed_and_listed_in_errors() {
        for criterion in Criterion::ALL {
            assert_eq!(criterion.name().parse::<Criterion>().unwrap(), criterion);
        }
        let message = "dic".parse::<Criterion>().unwrap_err().to_string();
        assert!(message.contains("aic, bic, held-out or icl"), "{message}");
    }
}
