//! The settings of a fit that depend on its purpose, unless they are given.

use std::str::FromStr;

use mixlab::{Criterion, ShapeChoice, Tails};

use super::args::FitArgs;
use super::shapes::ShapeList;
use crate::output::note;

/// Numbers of components for samples: densities need more than clusters do, and their number matters less the more there are.
const FOR_SAMPLES: [usize; 9] = [1, 2, 4, 7, 10, 15, 20, 30, 40];
/// Restarts of each model for samples: the best of many optima is hardly better a density than a good one.
const RESTARTS_FOR_SAMPLES: u32 = 3;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelPurpose {
    Clusters,
    Samples,
}

impl FromStr for ModelPurpose {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "clusters" => Ok(Self::Clusters),
            "samples" => Ok(Self::Samples),
            _ => Err(format!("{text:?} is not clusters or samples")),
        }
    }
}

/// The settings that depend on the purpose.
pub struct Settings {
    pub shape: ShapeList,
    pub standardize: bool,
    pub criterion: Criterion,
    /// None if the default of any purpose applies.
    pub n_components: Option<Vec<usize>>,
    pub n_init: Option<u32>,
}

impl Settings {
    /// The settings of a fit to tables, or to images, whose pixels keep their shapes and scales.
    pub fn new(args: &FitArgs, are_images: bool) -> Self {
        let given = args.components.as_ref().map(|numbers| numbers.0.clone());
        let for_samples = args.purpose == ModelPurpose::Samples;
        // t distributions of shaped columns have no mean
        let are_heavy = args.tails.is_some_and(Tails::are_heavy);
        let shape = if for_samples && !are_images && !are_heavy {
            ShapeChoice::Auto
        } else {
            ShapeChoice::None
        };
        let criterion = if for_samples { Criterion::Aic } else { Criterion::Bic };
        Self {
            shape: args.shape.clone().unwrap_or_else(|| ShapeList::all(shape)),
            standardize: args.standardize || for_samples && !are_images,
            criterion: args.criterion.unwrap_or(criterion),
            n_components: given.or(for_samples.then(|| FOR_SAMPLES.into())),
            n_init: args.n_init.or(for_samples.then_some(RESTARTS_FOR_SAMPLES)),
        }
    }

    /// Whether rows are transformed before the fit.
    pub fn has_preprocessor(&self, args: &FitArgs) -> bool {
        self.standardize || !self.shape.is_none() || args.pca.is_some()
    }

    /// Says which settings the purpose chose.
    pub fn report(&self, args: &FitArgs) {
        if args.purpose == ModelPurpose::Samples && args.criterion.is_none() {
            note(format_args!(
                "the model is the one with the lowest {}, which describes rows best and has more components than clusters \
                 (--purpose clusters looks for these)",
                self.criterion.name().to_uppercase()
            ));
        }
    }
}
