//! The wording of advice: a sentence with a remedy in terms of the command-line options.

use std::fmt;

use super::Advice;
use crate::report::text_table::count;

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CostlyFamilies { families, n_features, n_samples } => write!(
                f,
                "{} covariances of {n_features} columns have more parameters than {n_samples} rows have values: they are \
                 slow to fit and overfit; --pca 0.99 reduces the number of columns, --covariance diag,spherical the \
                 number of parameters",
                families.join(" and ")
            ),
            Self::NotConverged { n_iter } => write!(
                f,
                "the chosen model has not converged after {}, so its log-likelihood may still \
                 increase; raise --max-iter or --remaining-gain",
                count(*n_iter, "iteration")
            ),
            Self::OthersNotConverged { n_models, n_tried } => write!(
                f,
                "{n_models} of {n_tried} models have not converged, so their criteria may still improve; raise \
                 --max-iter for a fair comparison"
            ),
            Self::Failed { n_models, n_tried } => {
                write!(
                    f,
                    "{n_models} of {n_tried} models could not be fitted; see the table for the reasons"
                )
            }
            Self::NotTried { n_models, n_tried } => write!(
                f,
                "{n_models} of {n_tried} models were not tried: they have more parameters than the table has values; \
                 --try-all fits them, --pca reduces the number of columns"
            ),
            Self::DegenerateComponents { n_degenerate, n_components, in_all } => {
                let all = if *in_all { ", as in every model that was tried" } else { "" };
                write!(
                    f,
                    "{n_degenerate} of {n_components} components are degenerate{all}: they have almost no variance in some \
                     direction, or too few rows, so the likelihood is bounded by the regularisation alone, and BIC and AIC \
                     are not reliable; leave out columns that repeat others or have few distinct values, or lower \
                     --components"
                )
            }
            Self::DegenerateNotChosen {
                n_components,
                covariance_type,
                criterion,
                n_models,
                n_tried,
            } => {
                let name = criterion.label();
                write!(
                    f,
                    "{n_models} of {n_tried} models have degenerate components and were not chosen, in spite of the lower \
                     {name} of {n_components} {covariance_type}: their likelihood is bounded by the regularisation alone; \
                     --allow-degenerate lets them compete"
                )
            }
            _ => self.fmt_suitability(f),
        }
    }
}

impl Advice {
    /// Writes the advice on a model that was fitted without problems but may not suit the data.
    fn fmt_suitability(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overfit { n_parameters, n_numbers } => write!(
                f,
                "the model may overfit: it has {n_parameters} parameters for {n_numbers} values and may describe new \
                 rows badly; lower --components, use --covariance diag, or keep fewer dimensions with --pca"
            ),
            Self::SmallComponents { n_small, n_components, n_rows } => write!(
                f,
                "{n_small} of {n_components} components represent fewer than {n_rows} rows each and may be outliers, not \
                 clusters; inspect them with mixlab info, or lower --components"
            ),
            Self::LargestNumber { tried: (smallest, largest), is_default, next: (first, last) } => {
                let reason = if *is_default {
                    format!(" (the default is {smallest}..{largest})")
                } else {
                    String::new()
                };
                write!(
                    f,
                    "the best number of components is the largest that was tried{reason}; more may be better: \
                     try --components {first}..{last}"
                )
            }
            Self::AssumedResidual { n_components, n_features } => write!(
                f,
                "PCA kept all {n_components} directions with nonzero variance out of {n_features}; log-likelihood and \
                 criteria in the data space depend on an assumed variance in the others (try --standardize if columns \
                 differ in scale)"
            ),
            _ => Ok(()),
        }
    }
}
