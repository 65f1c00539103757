//! Parsing and formatting of covariance families, and properties that need no covariances.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use ndarray::Array1;

use super::settings::Settings;
use super::{
    CovarianceSpec, Covariances, Directions, Family, Listed, MStep, Moments, Previous,
    Responsibilities, Scratch, Spread,
};
use crate::error::{Error, Result};
use crate::rows::Block;

/// The syntax of all families, for error messages.
static SYNTAX: LazyLock<String> = LazyLock::new(|| {
    let all = for_all!(F => format!("{}{}", F::NAME, <F as Family>::Settings::SYNTAX));
    let all = all.join(", ");
    let (others, last) = all.rsplit_once(", ").expect("several families");
    format!("{others} or {last}")
});

impl CovarianceSpec {
    /// The name of the family, as scikit-learn spells it or in mclust's letters, without settings.
    pub fn name(self) -> &'static str {
        for_spec!(self, F, settings => settings.name(F::NAME))
    }

    /// scikit-learn's name of the family that has covariances of these shapes: its own, or `diag` or `full` for one under a constraint.
    pub(crate) fn scikit_learn_name(self) -> &'static str {
        for_spec!(self, F, _ => F::SCIKIT_LEARN)
    }

    /// Whether an affine combination of covariances of the family is one, if it is positive definite.
    pub(crate) fn is_affine(self) -> bool {
        for_spec!(self, F, _ => F::IS_AFFINE)
    }

    /// Whether the covariances of components have no parameters in common.
    pub(crate) fn shares_nothing(self, n_features: usize) -> bool {
        self.n_parameters(2, n_features) == 2 * self.n_parameters(1, n_features)
    }

    /// Number of free parameters of a mixture: k - 1 weights, k d means, and the covariances.
    pub(crate) fn n_mixture_parameters(self, n_components: usize, n_features: usize) -> usize {
        let (k, d) = (n_components, n_features);
        k - 1 + k * d + self.n_parameters(k, d)
    }

    /// Number of free parameters in the covariances of `n_components` in `n_features` dimensions.
    pub fn n_parameters(self, n_components: usize, n_features: usize) -> usize {
        for_spec!(self, F, settings => F::n_parameters(settings, n_components, n_features))
    }

    /// Checks that covariances of the family exist in `n_features` dimensions.
    ///
    /// # Errors
    /// [`Error::InvalidParam`].
    pub(crate) fn check(self, n_features: usize) -> Result<()> {
        for_spec!(self, F, settings => F::check(settings, n_features))
    }

    /// The directions along which the second moments are taken, by the covariances of the model of the posteriors, or by the variances
    /// of the columns.
    pub(crate) fn directions(
        self,
        previous: Option<&Covariances>,
        variances: &dyn Fn() -> Array1<f64>,
        n_components: usize,
        n_features: usize,
    ) -> Option<Arc<Directions>> {
        let previous = previous.filter(|previous| previous.covariance_type() == self);
        for_spec!(self, F, settings => {
            let previous = previous.and_then(Covariances::as_family::<F>);
            F::directions(settings, previous, variances, n_components, n_features)
        })
    }

    /// Length of the second moments that the M-step needs.
    pub(crate) fn second_moment_len(self, n_components: usize, n_features: usize) -> usize {
        for_spec!(self, F, settings => F::second_moment_len(settings, n_components, n_features))
    }

    /// Indices of the second moments that are used, ascending.
    #[allow(dead_code, reason = "used by backends that send moments to other processes")]
    pub(crate) fn packed_indices(
        self,
        n_components: usize,
        n_features: usize,
    ) -> Box<dyn Iterator<Item = usize>> {
        for_spec!(self, F, settings => F::packed_indices(settings, n_components, n_features))
    }

    /// Adds a block to the moments.
    pub(crate) fn accumulate(
        self,
        moments: &mut Moments,
        block: &Block,
        responsibilities: &Responsibilities<'_>,
        scratch: &mut Scratch,
    ) {
        moments.count_rows(responsibilities.weighted, block.n_rows());
        if block.n_features() == 0 {
            return;
        }
        for_spec!(self, F, settings => {
            F::accumulate(settings, moments, block, responsibilities, scratch);
        });
    }

    /// Adds a block to the moments component by component, where the first and second moments have other weights than the counts:
    /// pairs of the weights of the counts and of these, one contiguous run for each component.
    pub(crate) fn accumulate_each(
        self,
        moments: &mut Moments,
        block: &Block,
        (counted, weights): (&[f64], &[f64]),
        scratch: &mut Scratch,
    ) {
        moments.count_rows(counted, block.n_rows());
        for (component, weights) in weights.chunks_exact(block.n_rows()).enumerate() {
            self.accumulate_component(moments, component, (block, weights), scratch);
        }
    }

    /// Adds rows with missing numbers to the moments of one component: rows completed with the means of the missing numbers,
    /// and the covariance of these.
    pub(crate) fn accumulate_component(
        self,
        moments: &mut Moments,
        component: usize,
        completed: (&Block, &[f64]),
        scratch: &mut Scratch,
    ) {
        for_spec!(self, F, settings => {
            F::accumulate_component(settings, moments, component, completed, scratch);
        });
    }

    /// Adds the covariance of the `missing` numbers of rows whose weights sum to the second part of `spread`.
    pub(crate) fn add_spread(
        self,
        moments: &mut Moments,
        component: usize,
        missing: &[usize],
        spread: (&Spread, f64),
    ) {
        for_spec!(self, F, settings => {
            F::add_spread(settings, moments, component, missing, spread);
        });
    }

    /// The covariances that maximise the expected log-likelihood, plus the regularisation on the diagonal.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`].
    pub(crate) fn maximise(
        self,
        moments: &Moments,
        step: MStep<'_>,
        previous: Previous<'_, Covariances>,
    ) -> Result<Covariances> {
        for_spec!(self, F, settings => {
            let previous = previous.and_then(Covariances::as_family::<F>, Covariances::into_family);
            Ok(Covariances::of(F::maximise(settings, moments, step, previous)?))
        })
    }

    /// Whether the rows of each component have collapsed, where covariances of the family do not show it; empty for families that do.
    pub(crate) fn are_collapsed(self, moments: &Moments, step: MStep<'_>) -> Vec<bool> {
        let floor = step.regularisation.floor();
        for_spec!(self, F, settings => F::are_collapsed(settings, moments, step, &floor))
    }
}

impl fmt::Display for CovarianceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for_spec!(*self, F, settings => f.pad(&format!("{}{}", settings.name(F::NAME), settings.suffix())))
    }
}

impl FromStr for CovarianceSpec {
    type Err = Error;

    /// Parses the name of a family, followed by a colon and its settings if it has any. mclust's VVV, EEE, VVI and VII are full, tied,
    /// diag and spherical.
    fn from_str(text: &str) -> Result<Self> {
        let (name, settings) = match text.split_once(':') {
            Some((name, settings)) => (name, Some(settings)),
            None => (text, None),
        };
        if let Some((family, _)) = MCLUST_NAMES.iter().find(|(_, other)| *other == text) {
            return Ok(*family);
        }
        let found = for_all!(F => parse_as::<F>(name, settings)).into_iter().flatten().next();
        found.ok_or_else(|| Error::param("covariance_type", text, SYNTAX.as_str()))
    }
}

/// mclust's names of families that have another one.
const MCLUST_NAMES: [(CovarianceSpec, &str); 4] = [
    (CovarianceSpec::Full, "VVV"),
    (CovarianceSpec::Tied, "EEE"),
    (CovarianceSpec::Diag, "VVI"),
    (CovarianceSpec::Spherical, "VII"),
];

/// The family `F` with its settings, if `name` is its name.
fn parse_as<F: Listed>(name: &str, settings: Option<&str>) -> Option<CovarianceSpec> {
    F::Settings::parse(F::NAME, name, settings).map(F::spec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixture::covariance::Noise;

    #[test]
    fn displayed_names_are_parsed_back() {
        for family in CovarianceSpec::EVERY {
            assert_eq!(family.to_string().parse::<CovarianceSpec>().unwrap(), family);
        }
        for family in CovarianceSpec::MCLUST {
            assert_eq!(family.to_string(), family.name());
        }
        assert_eq!(format!("{:>6}", CovarianceSpec::Diag), "  diag");
        assert_eq!("EEE".parse::<CovarianceSpec>().unwrap(), CovarianceSpec::Tied);
    }

    #[test]
    fn unknown_names_and_unexpected_settings_are_refused() {
        for wrong in ["round", "", "full:", "full:3", "Full", "VEV:1", "vev", "VVV:"] {
            let Err(Error::InvalidParam { value, expected, .. }) = wrong.parse::<CovarianceSpec>()
            else {
                panic!("{wrong:?} was parsed");
            };
            assert_eq!(value, wrong);
            assert!(
                expected.starts_with("full, tied, diag, spherical, EII, ")
                    && expected.contains(" or low-rank:RANK")
            );
        }
    }

    #[test]
    fn parameter_counts_are_those_of_the_textbooks() {
        let count = |family: CovarianceSpec| family.n_parameters(10, 64);
        assert_eq!(count(CovarianceSpec::Full), 10 * 64 * 65 / 2);
        assert_eq!(count(CovarianceSpec::Tied), 64 * 65 / 2);
        assert_eq!(count(CovarianceSpec::Diag), 640);
        assert_eq!(count(CovarianceSpec::Spherical), 10);
        // mclust's nMclustParams, without the weights and the means
        let angles = 64 * 63 / 2;
        let of_mclust = [
            1,
            10,
            64,
            73,
            631,
            640,
            64 + angles,
            73 + angles,
            631 + angles,
            640 + angles,
            64 + 10 * angles,
            73 + 10 * angles,
            631 + 10 * angles,
            640 + 10 * angles,
        ];
        assert_eq!(CovarianceSpec::MCLUST.map(count), of_mclust);
        // loadings of 5 factors without rotations, and noise
        let low_rank = Noise::ALL.map(|noise| count(CovarianceSpec::LowRank { rank: 5, noise }));
        let loadings = 10 * (5 * 64 - 10);
        assert_eq!(low_rank, [loadings + 640, loadings + 10, loadings + 64, loadings + 1]);
    }

    #[test]
    fn packed_indices_ascend_within_the_second_moments() {
        for (family, d) in CovarianceSpec::EVERY.into_iter().flat_map(|one| [(one, 3), (one, 40)]) {
            let indices: Vec<_> = family.packed_indices(2, d).collect();
            assert!(indices.is_sorted_by(|a, b| a < b), "{family}");
            assert!(indices.last().is_some_and(|&last| last < family.second_moment_len(2, d)));
        }
    }
}
