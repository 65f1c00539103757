//! The search over numbers of components and covariance families.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Faces, Named, Quality};
use crate::error::Result;
use crate::experiments::{Check, Effort, Story};
use crate::mixture::{
    CovarianceType, Criterion, GaussianMixture, Selection, SelectionCell, SelectionFit, StopReason,
};
use crate::pipeline::Pipeline;
use crate::plot::{Chart, Colour, Figure};
use crate::preprocess::preprocessor::Preprocessor;

/// The regularisation of the search, the default.
const REG_COVAR: f64 = 1e-6;

/// A model of the search, and what its criterion does not tell.
struct Judged<'a> {
    fit: &'a SelectionFit,
    collapsed: usize,
    /// Components with fewer than one and a half photographs.
    singletons: usize,
}

impl<'a> Judged<'a> {
    fn new(fit: &'a SelectionFit, faces: &Faces) -> Result<Self> {
        let n_samples = faces.train.records.nrows() as f64;
        let is_singleton = |weight: &&f64| *weight * n_samples < 1.5;
        let singletons = fit.model.weights().iter().filter(is_singleton).count();
        Ok(Self { fit, collapsed: fit.model.n_collapsed(REG_COVAR)?, singletons })
    }
}

/// Runs and judges the search; gives the model that BIC chooses.
pub(super) fn tell(
    story: &mut Story<'_>,
    faces: &Faces,
    preprocessor: &Preprocessor,
) -> Result<Named> {
    let (step, n_init) = match story.effort {
        Effort::Full => (5, 10),
        Effort::Quick => (35, 2),
    };
    let selection = Selection::params((5..=145).step_by(step))
        .covariance_types(CovarianceType::ALL)
        .mixture(GaussianMixture::params(1).n_init(n_init).reg_covar(REG_COVAR));
    let reduced = faces.reduced(preprocessor)?;
    let n_fits = selection.n_cells() * n_init;
    let search = story.search(&format!("search, {n_fits} fits"), &selection, &reduced)?;
    story.progress("what the search found");
    let fits = search.cells().par_iter().filter_map(|cell| cell.outcome.as_ref().ok());
    let judged = fits.map(|fit| Judged::new(fit, faces)).collect::<Result<Vec<_>>>()?;

    story.heading(format!("How many clusters? {n_fits} fits"));
    if story.effort == Effort::Full {
        let restarts = n_init * search.cells().len();
        story.check(Check::equal("fits of the search", 1160, restarts, 0.0));
    }
    argmins(story, &search);
    curves(story, &search);
    story.text(failures(&search));
    by_family(story, &search, &judged);
    choices(story, faces, preprocessor, &judged)?;
    let best = search.best_model();
    Ok(Named {
        name: format!("{} {}, 199 dimensions", best.n_components(), best.covariance_type()),
        pipeline: Pipeline::new(preprocessor.clone(), best.clone())?,
    })
}

/// Scikit-learn 1.9.1 on the same grid, best of ten starts: BIC chooses 145 spherical components, AIC
/// five full ones.
fn argmins(story: &mut Story<'_>, search: &Selection) {
    let references = [
        (Criterion::Bic, 145, CovarianceType::Spherical),
        (Criterion::Aic, 5, CovarianceType::Full),
    ];
    for (criterion, n_components, family) in references {
        let Some((best, _)) = lowest(search, criterion, &CovarianceType::ALL) else { continue };
        story.check(
            Check::equal(
                format!(
                    "components of the model with the lowest {}",
                    criterion.name().to_uppercase()
                ),
                n_components,
                best.n_components,
                0.0,
            )
            .because(format!(
                "scikit-learn, ten starts each: {n_components} {family}; ours: {} {}",
                best.n_components, best.covariance_type
            )),
        );
    }
}

/// The cell of some families with the lowest criterion.
fn lowest<'a>(
    search: &'a Selection,
    criterion: Criterion,
    families: &[CovarianceType],
) -> Option<(&'a SelectionCell, f64)> {
    let cells = search.cells().iter().filter(|cell| families.contains(&cell.covariance_type));
    let values = cells.filter_map(|cell| Some((cell, cell.value(criterion)?)));
    values.min_by(|a, b| a.1.total_cmp(&b.1))
}

fn curves(story: &mut Story<'_>, search: &Selection) {
    let chart = |criterion: Criterion, families: &[CovarianceType], title: &str| {
        let mut chart = Chart::new(title, "components", "lower is better");
        for &family in families {
            let number = CovarianceType::ALL.iter().position(|&other| other == family);
            let curve = search.curve(family, criterion);
            chart = chart.line(family.name(), curve, Colour::Number(number.unwrap_or(0)));
        }
        match lowest(search, criterion, families) {
            Some((cell, value)) => chart.marker(
                (cell.n_components as f64, value),
                format!("{}, {}", cell.n_components, cell.covariance_type),
            ),
            None => chart,
        }
    };
    let all = CovarianceType::ALL;
    let others = [CovarianceType::Tied, CovarianceType::Diag, CovarianceType::Spherical];
    story.figure(
        "faces-search",
        Figure::new()
            .panel(chart(Criterion::Bic, &all, "BIC"))
            .panel(chart(Criterion::Bic, &others, "BIC without full covariances"))
            .panel(chart(Criterion::Aic, &all, "AIC"))
            .panel(chart(Criterion::Aic, &others, "AIC without full covariances")),
        "Four charts of BIC and AIC against the number of components for the covariance families.",
        "Full covariances are out of the question: each costs 20 000 parameters. Among the others no curve \
         has a valley at the forty people; where one falls to the right, it is because clusters of one \
         photograph are so dense that their likelihood pays for every parameter.",
    );
}

/// How many cells and restarts failed, and why.
fn failures(search: &Selection) -> String {
    let failed = search.cells().iter().filter(|cell| cell.outcome.is_err()).count();
    let fits = search.cells().iter().filter_map(|cell| cell.outcome.as_ref().ok());
    let (mut n_restarts, mut limit, mut reasons) = (0, 0, BTreeMap::<String, usize>::new());
    for restart in fits.flat_map(|fit| &fit.report.restarts) {
        n_restarts += 1;
        match &restart.stop {
            StopReason::Failed(error) => {
                *reasons.entry(kind(&error.to_string())).or_default() += 1;
            }
            StopReason::MaxIter => limit += 1,
            _ => {}
        }
    }
    let mut text = match failed {
        0 => "Every model of the grid could be fitted. ".to_owned(),
        failed => format!("{failed} models of the grid could not be fitted at all. "),
    };
    if reasons.is_empty() {
        text += &format!("None of their {n_restarts} restarts failed");
    } else {
        let each = reasons.iter().map(|(reason, count)| format!("{count} because {reason}"));
        let each: Vec<String> = each.collect();
        text += &format!("Of their {n_restarts} restarts these failed: {}", each.join("; "));
    }
    text + &match limit {
        0 => ".".to_owned(),
        limit => format!("; {limit} stopped at the limit of iterations."),
    }
}

/// A message without its numbers, so that like ones count as one.
fn kind(message: &str) -> String {
    let words = message.split(' ').map(|word| match word.parse::<f64>() {
        Ok(_) => "N",
        Err(_) => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

fn by_family(story: &mut Story<'_>, search: &Selection, judged: &[Judged<'_>]) {
    let mut lines = Vec::new();
    for family in CovarianceType::ALL {
        let cells = search.cells().iter().filter(|cell| cell.covariance_type == family).count();
        let of_family: Vec<_> =
            judged.iter().filter(|judged| judged.fit.model.covariance_type() == family).collect();
        let count = |condition: fn(&Judged<'_>) -> bool| {
            of_family.iter().filter(|judged| condition(judged)).count().to_string()
        };
        let lowest = |criterion: Criterion| {
            let best = lowest(search, criterion, &[family]);
            best.map_or("none".into(), |(cell, value)| {
                format!("{value:.0} at {}", cell.n_components)
            })
        };
        lines.push(vec![
            family.to_string(),
            cells.to_string(),
            (cells - of_family.len()).to_string(),
            count(|judged| judged.collapsed > 0),
            count(|judged| judged.singletons > 0),
            lowest(Criterion::Bic),
            lowest(Criterion::Aic),
        ]);
    }
    story.table(
        "The search by family",
        &[
            "family",
            "models",
            "failed",
            "with a collapsed component",
            "with a component of one photograph",
            "lowest BIC",
            "lowest AIC",
        ],
        lines,
    );
}

fn choices(
    story: &mut Story<'_>,
    faces: &Faces,
    preprocessor: &Preprocessor,
    judged: &[Judged<'_>],
) -> Result<()> {
    let quality = judged.par_iter().map(|judged| {
        Quality::of(&Pipeline::new(preprocessor.clone(), judged.fit.model.clone())?, faces)
    });
    let quality: Vec<Quality> = quality.collect::<Result<_>>()?;
    let line = |(rule, choice): (&str, Option<usize>)| {
        let Some(index) = choice else { return vec![rule.to_owned(), "no such model".into()] };
        let judged = &judged[index];
        let model = &judged.fit.model;
        vec![
            rule.to_owned(),
            format!("{} {}", model.n_components(), model.covariance_type()),
            format!("{:.0}", judged.fit.criteria.bic),
            judged.collapsed.to_string(),
            judged.singletons.to_string(),
        ]
        .into_iter()
        .chain(quality[index].cells())
        .collect()
    };
    story.table(
        "What different rules choose",
        &[
            "rule",
            "model",
            "BIC",
            "collapsed",
            "of one photograph",
            "adjusted Rand index",
            "purity",
            "log-density, train",
            "log-density, validation",
        ],
        by_rules(judged, &quality).map(line).to_vec(),
    );
    story.text(
        "Log-densities are means per photograph, in pixel space. All models of this grid give new photographs \
         of the same people a density e to the many thousands below that of the training photographs: 280 \
         points in 199 dimensions leave directions in which the data have no width at all, and new \
         photographs lie outside of all of them. No criterion computed on the training photographs sees that.",
    );
    Ok(())
}

/// Rules of choice, each with the index of the model that it chooses.
fn by_rules(judged: &[Judged<'_>], quality: &[Quality]) -> [(&'static str, Option<usize>); 5] {
    let lowest = |criterion: Criterion, allowed: fn(&Judged<'_>) -> bool| {
        let value = |&index: &usize| judged[index].fit.criteria.get(criterion);
        let indices = (0..judged.len()).filter(|&index| allowed(&judged[index]));
        indices.min_by(|a, b| value(a).total_cmp(&value(b)))
    };
    let densest =
        (0..judged.len()).max_by(|&a, &b| quality[a].validation.total_cmp(&quality[b].validation));
    [
        ("lowest BIC", lowest(Criterion::Bic, |_| true)),
        ("lowest AIC", lowest(Criterion::Aic, |_| true)),
        (
            "lowest BIC, no component of one photograph",
            lowest(Criterion::Bic, |judged| judged.singletons == 0),
        ),
        (
            "lowest BIC, no collapsed component",
            lowest(Criterion::Bic, |judged| judged.collapsed == 0),
        ),
        ("densest on the validation photographs", densest),
    ]
}
