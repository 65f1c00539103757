//! Arguments of `mixlab fit`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;
use mixlab::{Accelerate, CovarianceType, Criterion, Init, Missing, PcaComponents, Tails};

use super::classes::ClassModels;
use super::lists::{CovarianceTypes, Numbers};
use super::settings::ModelPurpose;
use super::shapes::ShapeList;
use crate::commands::criteria;
use crate::input::{DataArgs, parse_bytes, parse_share};

/// Fit a Gaussian mixture to a table or images, with model selection.
///
/// A table is taken as it is: columns are numbers, dates or categories, and values may be missing; mixlab schema shows how it is
/// read.
///
/// By default, 1 to 10 components with covariances of every type are tried, with ten restarts each, and the model with the
/// lowest BIC is kept: it has the clusters of the rows. --purpose samples fits a model that generates rows like those of the table.
#[derive(Parser, Clone)]
#[command(after_help = "Examples:\n  \
    mixlab fit survey.csv -o survey.npz\n  \
    mixlab fit customers.csv --categorical plan --missing at-random -o customers.npz\n  \
    mixlab fit prices.csv.gz --standardize --drop-missing --components 1..20 -o prices.npz\n  \
    mixlab fit large.npy --memory 512MB -k 10 --n-init 1 -o large.npz\n  \
    mixlab fit faces/ --pca 0.99 --whiten --components 5..40:5 -o faces.npz\n  \
    mixlab fit survey.csv --purpose samples -o generator.npz\n  \
    mixlab fit sensors.csv --tails -o sensors.npz\n  \
    mixlab fit patients.csv --class diagnosis -o classifier.npz\n  \
    mixlab fit trips.csv --purpose samples --rule \"start <= end\" --rule \"city,zip\" -o trips.npz\n  \
    mixlab fit dataset:digits --pca 0.99 --whiten -k 70 --covariance full -o digits.npz")]
pub struct FitArgs {
    /// Model file to write: a NumPy archive (.npz), or .json.
    #[arg(short, long, value_name = "MODEL.npz")]
    pub output: Option<PathBuf>,

    /// What the model is for: clusters; or samples, with --shape auto --standardize --criterion aic --components
    /// 1,2,4,7,10,15,20,30,40 --n-init 3, unless they are given.
    #[arg(long, default_value = "clusters", value_name = "clusters|samples", value_parser = ModelPurpose::from_str,
          conflicts_with = "start")]
    pub purpose: ModelPurpose,

    /// Numbers of components: 4, 1..10, 30..90:10 or 2,4,8; ranges include both ends [default: 1..10, or
    /// that of --start].
    #[arg(long, short = 'k', value_name = "NUMBERS", allow_negative_numbers = true)]
    pub components: Option<Numbers>,

    #[arg(long, value_name = "TYPES", help = help_on_types())]
    pub covariance: Option<CovarianceTypes>,

    /// Components with heavy tails, which outliers pull less: multivariate t distributions whose degrees of freedom are estimated, or
    /// given, such as --tails=4 [default: gaussian, or those of --start].
    #[arg(long, value_name = "estimated|gaussian|DEGREES", value_parser = Tails::from_str, num_args = 0..=1,
          default_missing_value = "estimated", require_equals = true, conflicts_with = "pca")]
    pub tails: Option<Tails>,

    #[arg(long, value_parser = Criterion::from_str, help = format!("Criterion to minimise: {}; bic looks for clusters, aic and held-out for the density that describes new rows best [default: bic]", criteria()))]
    pub criterion: Option<Criterion>,

    /// Column with the class of each row, to be predicted: the model has components of their own for each class, and predict writes
    /// the most probable class. Rows without a class take part in the fit.
    #[arg(long, value_name = "COLUMN", conflicts_with = "start")]
    pub class: Option<String>,

    /// Models of classes to compare: edda has one component for each class and a covariance type over all of them (tied is linear, full
    /// quadratic discriminant analysis); mixtures has a mixture for each class; auto has both.
    #[arg(long, default_value = "auto", value_name = "auto|edda|mixtures", value_parser = ClassModels::from_str)]
    pub class_model: ClassModels,

    /// Number of parts that are left out in turn: for --criterion held-out, where each model is rated by its density in them, and for
    /// the error of --class.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000), allow_negative_numbers = true)]
    pub folds: u32,

    /// Share of the rows, such as 20%, that is left out at random, by --seed, and written to a table beside the model: for the
    /// comparison of synthetic rows with real rows that the model has not seen.
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    pub holdout: Option<f64>,

    /// Shapes of columns of numbers, so that samples follow skewed, bounded, spiky and few-valued columns: auto chooses by BIC;
    /// none; log, logit, yeo-johnson, scores or levels for all; or COLUMN=SHAPE, comma-separated, also after a shape for all others
    /// [default: none].
    #[arg(long, value_name = "auto|none|COLUMN=SHAPE", value_parser = ShapeList::from_str, conflicts_with = "start")]
    pub shape: Option<ShapeList>,

    /// A rule that holds in all rows and that samples keep, such as "start <= end", "total = rent + food", or "city,zip" for
    /// combinations that occur; can be given several times. The model has differences and combinations as columns.
    #[arg(long = "rule", value_name = "RULE", conflicts_with = "start")]
    pub rules: Vec<String>,

    /// Scale columns to mean 0 and standard deviation 1 before the fit.
    #[arg(long)]
    pub standardize: bool,

    /// Reduce the dimension by PCA before the fit: a share of the variance (0.99 or 99%), a number of components (20), or all.
    #[arg(long, value_name = "SHARE|COUNT", value_parser = parse_pca, allow_negative_numbers = true)]
    pub pca: Option<PcaComponents>,

    /// Scale the principal components to variance 1.
    #[arg(long, requires = "pca")]
    pub whiten: bool,

    /// Missing values: informative models also which values are missing, so that samples have them as the data do; at-random
    /// does not.
    #[arg(long, default_value = "informative", value_name = "informative|at-random", value_parser = parse_missing,
          conflicts_with = "start")]
    pub missing: Missing,

    /// Smoothing of the shares of levels in each component: the number of rows by which they are drawn to the shares in all
    /// rows; 0 is maximum likelihood.
    #[arg(long, default_value_t = 1.0, value_name = "ROWS", allow_negative_numbers = true)]
    pub smoothing: f64,

    /// Number of restarts of each model; the best is kept [default: 10, or 1 with --start].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000), allow_negative_numbers = true)]
    pub n_init: Option<u32>,

    /// Maximum number of EM iterations of a restart.
    #[arg(long, default_value_t = 10_000, value_name = "N", allow_negative_numbers = true)]
    pub max_iter: usize,

    /// Convergence: EM stops when it is estimated that the log-likelihood of the whole table can gain less, in nats.
    #[arg(long, default_value_t = 1e-3, value_name = "NATS", allow_negative_numbers = true)]
    pub remaining_gain: f64,

    /// Convergence as in scikit-learn, instead of --remaining-gain: EM stops when the mean log-likelihood changes by less.
    #[arg(
        long,
        value_name = "T",
        allow_negative_numbers = true,
        conflicts_with = "remaining_gain"
    )]
    pub tol: Option<f64>,

    /// Accelerated steps of EM, by extrapolation, every one checked: auto is at the end of a path, not with --tol.
    #[arg(long, default_value_t, value_name = "auto|always|never", value_parser = Accelerate::from_str,
          num_args = 0..=1, default_missing_value = "always", require_equals = true)]
    pub accelerate: Accelerate,

    /// Regularisation: the share of the variance of each column that is added to its variances.
    #[arg(long, default_value_t = 1e-6, value_name = "SHARE", allow_negative_numbers = true)]
    pub relative_reg_covar: f64,

    /// Regularisation as in scikit-learn, instead of --relative-reg-covar: a number added to the diagonal of every covariance.
    #[arg(
        long,
        value_name = "R",
        allow_negative_numbers = true,
        conflicts_with = "relative_reg_covar"
    )]
    pub reg_covar: Option<f64>,

    /// Initialisation of a restart: kmeans, kmeans++, rows, scaled-rows, short-runs or random; auto is kmeans for the first restart,
    /// then in turn the best of short runs from scaled-rows, and kmeans in other units.
    #[arg(long, default_value = "auto", value_parser = Init::from_str, conflicts_with = "start")]
    pub init: Init,

    /// Continue from the mixture of this model, with its scaler and PCA.
    #[arg(long, value_name = "MODEL.npz", conflicts_with_all = ["standardize", "pca", "whiten"])]
    pub start: Option<PathBuf>,

    /// Let models with degenerate components compete, whose likelihood is bounded by the regularisation alone.
    #[arg(long)]
    pub allow_degenerate: bool,

    /// Try models with more parameters than the table has values, which a search skips.
    #[arg(long)]
    pub try_all: bool,

    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub seed: u64,

    /// Memory limit, such as 512MB or 4GB: rows that need more stay in their file [default: available memory].
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, allow_negative_numbers = true)]
    pub memory: Option<u64>,

    /// Distribute the passes over Parquet files among processes: local, or the scheduler at HOST:PORT.
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "local|HOST:PORT", conflicts_with_all = ["memory", "class"])]
    pub cluster: Option<String>,

    /// Print one JSON object instead of text.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub input: DataArgs,
}

fn help_on_types() -> String {
    let names = CovarianceType::ALL.map(CovarianceType::name).join(", ");
    format!(
        "Covariance types: {names}; one of mclust's such as VEV; low-rank:RANK for few factors and noise, for images and wide tables; a \
         comma-separated list such as low-rank:5,10,20; all for these four, or mclust for its fourteen [default: all, or that of \
         --start]"
    )
}

fn parse_missing(text: &str) -> Result<Missing, String> {
    match text {
        "informative" => Ok(Missing::Informative),
        "at-random" => Ok(Missing::AtRandom),
        _ => Err(format!("{text:?} is not informative or at-random")),
    }
}

fn parse_pca(text: &str) -> Result<PcaComponents, String> {
    if text == "all" {
        return Ok(PcaComponents::All);
    }
    if let Some(percent) = text.strip_suffix('%') {
        return match percent.trim().parse::<f64>() {
            Ok(percent) if percent > 0.0 && percent <= 100.0 => {
                Ok(PcaComponents::Variance(percent / 100.0))
            }
            _ => Err(format!("{text:?} is not a share of the variance above 0% and up to 100%")),
        };
    }
    let count = text.parse().map(PcaComponents::Count);
    let share = || text.parse().map(PcaComponents::Variance);
    count.or_else(|_| share()).map_err(|_| {
        format!("{text:?} is not a share of the variance, a number of components or all")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pca_takes_shares_counts_and_all() {
        assert_eq!(parse_pca("0.99").unwrap(), PcaComponents::Variance(0.99));
        assert_eq!(parse_pca("99%").unwrap(), PcaComponents::Variance(0.99));
        assert_eq!(parse_pca("99.5 %").unwrap(), PcaComponents::Variance(0.995));
        assert!(parse_pca("x%").is_err() && parse_pca("200%").is_err());
        assert_eq!(parse_pca("20").unwrap(), PcaComponents::Count(20));
        assert_eq!(parse_pca("all").unwrap(), PcaComponents::All);
        assert!(parse_pca("many").is_err());
    }
}
