//! The result of a comparison as JSON.

use mixlab::quality::{
    ColumnComparison, Comparison, Finding, HoldoutPrivacy, TargetScores, ValueComparison, Verdict,
};
use serde::Serialize;

/// JSON output. Pairs are values of the original and of the synthetic rows.
#[derive(Serialize)]
pub(super) struct CompareOutput<'a> {
    n_rows: [usize; 2],
    n_compared: [usize; 2],
    follows: bool,
    copies: bool,
    verdict: String,
    verdicts: Vec<VerdictOutput>,
    questions: Vec<QuestionOutput>,
    columns: Vec<ColumnOutput<'a>>,
    correlation_difference: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    association: Option<AssociationOutput<'a>>,
    classifier: ClassifierOutput,
    values: Vec<ValueOutput<'a>>,
    similarity: SimilarityOutput,
    #[serde(skip_serializing_if = "Option::is_none")]
    usefulness: Option<UsefulnessOutput<'a>>,
    ndb: NdbOutput,
    nearest: NearestOutput,
    #[serde(skip_serializing_if = "Option::is_none")]
    holdout: Option<HoldoutOutput>,
}

#[derive(Serialize)]
struct VerdictOutput {
    quality: &'static str,
    holds: Option<bool>,
    reason: String,
}

#[derive(Serialize)]
struct ClassifierOutput {
    name: String,
    auc: f64,
    interval: [f64; 2],
    p_value: f64,
    /// The area that would have been seen with a probability of 80 %.
    detectable: f64,
}

/// Values that are not as frequent in both tables.
#[derive(Serialize)]
struct ValueOutput<'a> {
    column: &'a str,
    values: String,
    share: [f64; 2],
    p_value: f64,
}

/// The figures of sdmetrics.
#[derive(Serialize)]
struct SimilarityOutput {
    column_shapes: Option<f64>,
    pair_trends: Option<f64>,
}

#[derive(Serialize)]
struct UsefulnessOutput<'a> {
    kept: Option<f64>,
    p_value: Option<f64>,
    n_training: usize,
    n_test: usize,
    held_out: bool,
    targets: Vec<TargetOutput<'a>>,
}

/// R² of numbers, 2 AUC - 1 of categories.
#[derive(Serialize)]
struct TargetOutput<'a> {
    column: &'a str,
    original: f64,
    synthetic: f64,
}

#[derive(Serialize)]
struct HoldoutOutput {
    n_compared: usize,
    nearer_to_training: f64,
    nearer_p_value: f64,
    copies_of_training: f64,
    copies_of_holdout: f64,
    copies_p_value: f64,
    attack_auc: Option<f64>,
    attack_p_value: Option<f64>,
}

#[derive(Serialize)]
struct QuestionOutput {
    question: &'static str,
    found: String,
    p_value: f64,
    passes: bool,
}

/// The comparison of a column; keys that do not apply to its kind are left out.
#[derive(Serialize)]
struct ColumnOutput<'a> {
    name: &'a str,
    kind: String,
    #[serde(flatten)]
    values: ValuesOutput<'a>,
    p_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<MissingOutput>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ValuesOutput<'a> {
    Numbers {
        mean: [Option<f64>; 2],
        standard_deviation: [Option<f64>; 2],
        ks: Option<f64>,
    },
    Categories {
        levels: Vec<LevelOutput<'a>>,
        original_only: Vec<&'a str>,
        synthetic_only: Vec<&'a str>,
        tv: Option<f64>,
    },
}

#[derive(Serialize)]
struct LevelOutput<'a> {
    name: &'a str,
    share: [f64; 2],
}

#[derive(Serialize)]
struct MissingOutput {
    share: [f64; 2],
    p_value: f64,
}

/// The pair of columns whose association differs most.
#[derive(Serialize)]
struct AssociationOutput<'a> {
    columns: [&'a str; 2],
    association: [f64; 2],
    difference: f64,
}

#[derive(Serialize)]
struct NdbOutput {
    n_bins: usize,
    n_different: usize,
    jensen_shannon: f64,
}

#[derive(Serialize)]
struct NearestOutput {
    original: f64,
    synthetic: f64,
    original_duplicates: f64,
    synthetic_duplicates: f64,
    duplicates_p_value: f64,
    distances_p_value: f64,
}

impl<'a> From<&'a Comparison> for CompareOutput<'a> {
    fn from(comparison: &'a Comparison) -> Self {
        let nearest = &comparison.nearest;
        Self {
            n_rows: comparison.n_rows,
            n_compared: comparison.n_compared,
            follows: comparison.follows(),
            copies: nearest.copies(),
            verdict: comparison.verdict(),
            verdicts: comparison.verdicts().map(VerdictOutput::from).into(),
            questions: comparison.findings().into_iter().map(QuestionOutput::from).collect(),
            columns: comparison.columns.iter().map(ColumnOutput::from).collect(),
            correlation_difference: comparison.correlations.map(|test| test.statistic),
            association: comparison.associations.as_ref().map(|of| AssociationOutput {
                columns: of.columns.map(|column| comparison.columns[column].name.as_str()),
                association: of.associations,
                difference: of.difference,
            }),
            classifier: ClassifierOutput {
                name: comparison.classifier.classifier.to_string(),
                auc: comparison.classifier.auc,
                interval: comparison.classifier.interval,
                p_value: comparison.classifier.p_value,
                detectable: comparison.classifier.detectable(comparison.limit()),
            },
            values: values(comparison),
            similarity: SimilarityOutput {
                column_shapes: Some(comparison.similarity.column_shapes).filter(|v| !v.is_nan()),
                pair_trends: comparison.similarity.pair_trends,
            },
            usefulness: usefulness(comparison),
            ndb: NdbOutput {
                n_bins: comparison.bins.n_bins,
                n_different: comparison.bins.n_different,
                jensen_shannon: comparison.bins.divergence,
            },
            nearest: NearestOutput {
                original: nearest.original,
                synthetic: nearest.synthetic,
                original_duplicates: nearest.original_duplicates,
                synthetic_duplicates: nearest.synthetic_duplicates,
                duplicates_p_value: nearest.duplicates.p_value,
                distances_p_value: nearest.distances.p_value,
            },
            holdout: comparison.holdout.map(HoldoutOutput::from),
        }
    }
}

/// The values whose frequencies differ by more than chance.
fn values(comparison: &Comparison) -> Vec<ValueOutput<'_>> {
    let differ = comparison.values.iter().filter(|value| value.p_value < comparison.limit());
    let output = differ.map(|value| {
        let column = &comparison.columns[value.column];
        ValueOutput {
            column: &column.name,
            values: value.describe(&column.kind),
            share: value.shares,
            p_value: value.p_value,
        }
    });
    output.collect()
}

fn usefulness(comparison: &Comparison) -> Option<UsefulnessOutput<'_>> {
    let usefulness = comparison.usefulness.as_ref()?;
    let target = |scores: &TargetScores| TargetOutput {
        column: &comparison.columns[scores.column].name,
        original: scores.real,
        synthetic: scores.synthetic,
    };
    Some(UsefulnessOutput {
        kept: usefulness.kept(),
        p_value: usefulness.p_value,
        n_training: usefulness.n_training,
        n_test: usefulness.n_test,
        held_out: usefulness.held_out,
        targets: usefulness.targets.iter().map(target).collect(),
    })
}

impl From<HoldoutPrivacy> for HoldoutOutput {
    fn from(holdout: HoldoutPrivacy) -> Self {
        let [copies_of_training, copies_of_holdout] = holdout.copies;
        Self {
            n_compared: holdout.n_compared,
            nearer_to_training: holdout.nearer.statistic,
            nearer_p_value: holdout.nearer.p_value,
            copies_of_training,
            copies_of_holdout,
            copies_p_value: holdout.of_copies.p_value,
            attack_auc: holdout.attack.map(|attack| attack.auc),
            attack_p_value: holdout.attack.map(|attack| attack.p_value),
        }
    }
}

impl From<Verdict> for VerdictOutput {
    fn from(verdict: Verdict) -> Self {
        let Verdict { quality, holds, reason, .. } = verdict;
        Self { quality, holds, reason }
    }
}

impl From<Finding> for QuestionOutput {
    fn from(finding: Finding) -> Self {
        let Finding { question, found, p_value, passes, .. } = finding;
        Self { question, found, p_value, passes }
    }
}

impl<'a> From<&'a ColumnComparison> for ColumnOutput<'a> {
    fn from(column: &'a ColumnComparison) -> Self {
        let difference = column.difference();
        let statistic = difference.map(|(statistic, _)| statistic);
        let observed = |value: f64| Some(value).filter(|value| !value.is_nan());
        let values = match &column.values {
            ValueComparison::Categories(categories) => {
                let levels = categories.levels.names().iter().zip(&categories.shares);
                let [original_only, synthetic_only] = categories.levels_of_one_table();
                ValuesOutput::Categories {
                    levels: levels.map(|(name, &share)| LevelOutput { name, share }).collect(),
                    original_only,
                    synthetic_only,
                    tv: statistic,
                }
            }
            ValueComparison::Numbers(numbers) => ValuesOutput::Numbers {
                mean: numbers.means.map(|mean| observed(mean).map(|mean| column.kind.decode(mean))),
                standard_deviation: numbers.deviations.map(observed),
                ks: statistic,
            },
        };
        Self {
            name: &column.name,
            kind: column.kind.to_string(),
            values,
            p_value: difference.map(|(_, p_value)| p_value),
            missing: column
                .missing
                .map(|missing| MissingOutput { share: missing.shares, p_value: missing.p_value }),
        }
    }
}
