//! Diagonal covariances with equal volumes or shapes: EII, EEI, VEI and EVI of Celeux & Govaert (1995) and mclust.

use super::constrained::{Constrained, Constraint};
use super::diag::Diag;
use super::volume_shape::{equal, equal_shapes, equal_spheres, equal_volumes};
use super::{MStep, Moments};
use crate::error::Result;

/// What the diagonal covariances of all components have in common. The volume is the geometric mean of the variances, the shape their
/// ratios to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DiagConstraint {
    /// One variance for all components and features.
    Eii,
    /// The same variances in all components.
    Eei,
    /// The same shape, and a volume of each component.
    Vei,
    /// The same volume, and a shape of each component.
    Evi,
}

/// Diagonal covariances under a constraint.
pub(crate) type ConstrainedDiag = Constrained<DiagConstraint>;

impl Constraint for DiagConstraint {
    type Base = Diag;

    const ALL: &'static [Self] = &[Self::Eii, Self::Eei, Self::Vei, Self::Evi];

    const NAMES: &'static str = "EII, EEI, VEI, EVI";

    fn name(self) -> &'static str {
        match self {
            Self::Eii => "EII",
            Self::Eei => "EEI",
            Self::Vei => "VEI",
            Self::Evi => "EVI",
        }
    }

    fn n_parameters(self, n_components: usize, n_features: usize) -> usize {
        match self {
            Self::Eii => 1,
            Self::Eei => n_features,
            Self::Vei => n_components + n_features - 1,
            Self::Evi => 1 + n_components * (n_features - 1),
        }
    }

    fn fewest_rows(self, _n_features: usize) -> usize {
        match self {
            Self::Eii | Self::Eei => 0,
            Self::Vei | Self::Evi => 2,
        }
    }

    fn scales_shapes(self) -> bool {
        self == Self::Evi
    }

    fn maximise(self, moments: &Moments, step: MStep<'_>, start: Option<&Diag>) -> Result<Diag> {
        let (variances, counts) = (Diag::variances_of(moments, step), moments.counts());
        let variances = match self {
            Self::Eii => equal_spheres(&variances, counts),
            Self::Eei => equal(&variances, counts),
            Self::Vei => {
                let start = start.map(|diag| diag.variances().row(0));
                equal_shapes(&variances, counts, start)
            }
            Self::Evi => equal_volumes(&variances, counts),
        };
        Diag::new(variances, step.regularisation.setting)
    }
}
