//! Fits whose passes are made by the engine.

use std::sync::Arc;

use linfa::ParamGuard;
use ndarray::{Array1, Array2, Axis};

use super::ClusterTable;
use super::bytes::not_understood;
use super::gathering::Sums;
use super::request;
use crate::error::Result;
use crate::mixture::parts::{Asked, Assignment, Draw, Evaluation, Passes, Statistics};
use crate::mixture::{
    CovarianceType, Criteria, GaussianMixture, Selection, SelectionParams, Watch,
};
use crate::pipeline::{Pipeline, PipelineParams};
use crate::preprocess::preprocessor::FrontEnd;
use crate::preprocess::scaler::StandardScaler;
use crate::rows::check_columns;
use crate::rows::schema::Feature;
use crate::rows::summaries::{ColumnSummary, check_spans};

/// Most bytes of the rows that k-means runs over: they come from every partition.
const SAMPLE_BYTES: usize = 8 << 20;

/// At least this part of them is drawn whatever it takes, so that there are several for each component.
const LEAST_SHARE: usize = 8;

impl ClusterTable {
    /// Fits the front end alone: means and variances, and the covariance matrix that a PCA follows from, are sums as
    /// well.
    ///
    /// # Errors
    /// As [`PipelineParams::fit_front_end`], and those of a pass.
    pub fn fit_front_end(&self, params: &PipelineParams) -> Result<FrontEnd> {
        params.check_ref()?.front_end_by(
            || {
                let (columns, statistics) =
                    self.moments(&FrontEnd::default(), CovarianceType::Diag)?;
                let variances = statistics.second().iter().map(|sum| sum / statistics.total());
                let scale = columns.iter().zip(variances).map(|(column, variance)| {
                    if column.is_constant() { 1.0 } else { variance.sqrt() }
                });
                StandardScaler::new(
                    columns.iter().map(|column| column.mean).collect(),
                    scale.collect(),
                )
            },
            |scaling, pca| {
                let (columns, statistics) = self.moments(scaling, CovarianceType::Full)?;
                let mean: Array1<f64> = columns.iter().map(|column| column.mean).collect();
                pca.fit_scatter(mean, &statistics.scatter(), self.n_rows())
            },
        )
    }

    /// Searches for the best mixture behind a front end, as [`FrontEnd::select_watched`] does over other rows. Every
    /// pass serves all models of the search.
    ///
    /// # Errors
    /// As there, and those of a pass.
    pub fn select(
        &self,
        front_end: &FrontEnd,
        selection: &SelectionParams,
        watch: &dyn Watch,
    ) -> Result<Selection> {
        self.check_width(front_end.n_features())?;
        selection.fit_by_passes(&mut ClusterRows::new(self, front_end), watch)
    }

    /// Log-likelihood and information criteria in the space of the data.
    ///
    /// # Errors
    /// Those of a pass.
    pub fn criteria(&self, pipeline: &Pipeline) -> Result<Criteria> {
        self.check_width(Some(pipeline.n_features()))?;
        let rows = ClusterRows::new(self, pipeline.front_end());
        let (evaluations, terms) = rows.evaluate_with_terms(&[pipeline.mixture()])?;
        let in_latent =
            evaluations.first().ok_or_else(not_understood)?.criteria(pipeline.mixture());
        Ok(in_latent.with_terms(terms, pipeline.front_end().n_parameters()))
    }

    /// Names of the columns, and the ranges of their values.
    ///
    /// # Errors
    /// Those of a pass.
    pub fn features(&self) -> Result<Vec<Feature>> {
        let columns = ClusterRows::new(self, &FrontEnd::default()).column_summaries()?;
        let named = self.columns().iter().zip(columns);
        Ok(named
            .map(|(name, ColumnSummary { min, max, .. })| Feature {
                range: Some((min, max)),
                ..Feature::named(name)
            })
            .collect())
    }

    /// Refuses what takes rows of another width.
    fn check_width(&self, expected: Option<usize>) -> Result<()> {
        expected.map_or(Ok(()), |expected| check_columns(self.columns().len(), expected))
    }

    /// Means of the columns behind a front end, and sums of squares of a family about them.
    fn moments(
        &self,
        front_end: &FrontEnd,
        covariance_type: CovarianceType,
    ) -> Result<(Vec<ColumnSummary>, Statistics)> {
        let rows = &mut ClusterRows::new(self, front_end);
        let columns = rows.column_summaries()?;
        let mean: Array1<f64> = columns.iter().map(|column| column.mean).collect();
        let assignment = Assignment::Nearest(mean.insert_axis(Axis(0)));
        let asked = [Asked { assignment: &assignment, covariance_type }];
        let statistics = rows.gather(&asked)?.first().cloned();
        Ok((columns, statistics.ok_or_else(not_understood)?))
    }
}

/// Rows behind a front end, wherever they are.
struct ClusterRows<'a> {
    table: &'a ClusterTable,
    front_end: &'a FrontEnd,
    statistics: Vec<Statistics>,
}

impl<'a> ClusterRows<'a> {
    fn new(table: &'a ClusterTable, front_end: &'a FrontEnd) -> Self {
        Self { table, front_end, statistics: Vec::new() }
    }

    fn ask(&self, request: &[u8]) -> Result<Sums> {
        Sums::unpack(&self.table.ask(request)?)
    }

    fn evaluate_with_terms(&self, models: &[&GaussianMixture]) -> Result<(Vec<Evaluation>, f64)> {
        match self.ask(&request::evaluation(self.front_end, models))? {
            Sums::Evaluation(evaluations, terms) => Ok((evaluations, terms)),
            _ => Err(not_understood()),
        }
    }
}

impl Passes for ClusterRows<'_> {
    fn n_samples(&self) -> usize {
        self.table.n_rows()
    }

    fn n_features(&self) -> usize {
        self.front_end.n_latent().unwrap_or(self.table.columns().len())
    }

    fn column_summaries(&mut self) -> Result<Vec<ColumnSummary>> {
        match self.ask(&request::columns(self.front_end))? {
            Sums::Columns(ranges) => {
                let columns = ranges.end();
                check_spans(&columns, self.n_samples())?;
                Ok(columns)
            }
            _ => Err(not_understood()),
        }
    }

    fn draw(&mut self, draws: &[Draw]) -> Result<Vec<Arc<Array2<f64>>>> {
        let most = SAMPLE_BYTES / (8 * self.n_features());
        // one sample serves all restarts, whose own random numbers begin k-means in it; it is the same one whichever
        // restarts go on together
        let samples = draws.iter().filter(|draw| draw.is_sample());
        let shared = samples.max_by_key(|draw| draw.n_rows).map(|&draw| Draw {
            seed: 0,
            n_rows: draw.n_rows.min(most.max(draw.n_rows / LEAST_SHARE)),
            ..draw
        });
        let own = draws.iter().copied().filter(|draw| !draw.is_sample());
        let asked: Vec<Draw> = shared.into_iter().chain(own).collect();
        let Sums::Drawings(drawings) = self.ask(&request::draw(self.front_end, &asked))? else {
            return Err(not_understood());
        };
        let n_features = self.n_features();
        let mut drawn = drawings.into_iter().map(|drawing| drawing.end(n_features));
        let sample = shared.and_then(|_| drawn.next()).map(Arc::new);
        let of_draw = |draw: &Draw| match draw.is_sample() {
            true => sample.clone(),
            false => drawn.next().map(Arc::new),
        };
        draws.iter().map(of_draw).collect::<Option<_>>().ok_or_else(not_understood)
    }

    fn gather(&mut self, asked: &[Asked<'_>]) -> Result<&[Statistics]> {
        match self.ask(&request::statistics(self.front_end, asked)?)? {
            Sums::Statistics(statistics) if statistics.len() == asked.len() => {
                self.statistics = statistics;
                Ok(&self.statistics)
            }
            _ => Err(not_understood()),
        }
    }

    fn evaluate(&mut self, models: &[&GaussianMixture]) -> Result<Vec<Evaluation>> {
        Ok(self.evaluate_with_terms(models)?.0)
    }
}
