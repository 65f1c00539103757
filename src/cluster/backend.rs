//! The rows of a table on a cluster, as fits and answers see them.

use std::any::Any;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use super::answers::Question;
use super::partial_aggregate::PartialAggregate;
use super::request::{Job, Request};
use super::table::ClusterTable;
use super::wire::{not_understood, to_bytes};
use crate::error::{Error, Result};
use crate::mixture::fit::starts::SAMPLE_STREAM;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::backend::{AnswerSink, Backend, PassCost, RowAnswers, RowTransform};
use crate::rows::pass::AnyPass;
use crate::rows::sample::RowSample;
use crate::rows::schema::Column;
use crate::rows::summaries::column_summaries;
use crate::rows::{RowSource, check_columns};

/// Most bytes of the rows that k-means runs over: they come from every partition.
const SAMPLE_BYTES: usize = 8 << 20;

/// At least this part of them is drawn whatever it takes, so that there are several for each component.
const LEAST_SHARE: usize = 8;

impl ClusterTable {
    /// Names of the columns, and the ranges of their values.
    ///
    /// # Errors
    /// Those of a pass.
    pub fn columns(&self) -> Result<Vec<Column>> {
        let columns = column_summaries(&mut *self.backend()?)?;
        let named = self.column_names().iter().zip(columns);
        Ok(named
            .map(|(name, column)| Column {
                range: Some((column.min, column.max)),
                ..Column::named(name)
            })
            .collect())
    }
}

impl RowSource for ClusterTable {
    fn backend(&self) -> Result<Box<dyn Backend + '_>> {
        Ok(Box::new(ClusterBackend { table: self, preprocessor: Preprocessor::default() }))
    }
}

/// Rows behind a preprocessor that travels with every request.
struct ClusterBackend<'a> {
    table: &'a ClusterTable,
    preprocessor: Preprocessor,
}

impl ClusterBackend<'_> {
    fn ask(&self, job: Job) -> Result<PartialAggregate> {
        let request = Request { preprocessor: self.preprocessor.clone(), job };
        let answer = self.table.ask(&to_bytes(&request))?;
        // begun by the request, it takes nothing else than what was asked for
        let mut aggregate = PartialAggregate::begin(&request.job, self.n_features());
        aggregate.merge(&answer)?;
        Ok(aggregate)
    }
}

impl Backend for ClusterBackend<'_> {
    fn n_samples(&self) -> usize {
        self.table.n_rows()
    }

    fn n_features(&self) -> usize {
        self.preprocessor.n_reduced().unwrap_or(self.table.column_names().len())
    }

    fn run(&mut self, pass: &mut dyn AnyPass) -> Result<()> {
        let aggregate = self.ask(Job::of(pass.owned_request())?)?;
        pass.accept(aggregate.into_accumulator())
    }

    fn sample(&mut self, samples: &[RowSample]) -> Result<Vec<Arc<Array2<f64>>>> {
        let most = SAMPLE_BYTES / (8 * self.n_features());
        // one sample serves all restarts, whose own random numbers begin k-means in it; it is the same one whichever
        // restarts go on together
        let is_shared = |sample: &RowSample| sample.stream == SAMPLE_STREAM;
        let of_restarts = samples.iter().filter(|sample| is_shared(sample));
        let shared = of_restarts.max_by_key(|sample| sample.n_rows).map(|&sample| RowSample {
            seed: 0,
            n_rows: sample.n_rows.min(most.max(sample.n_rows / LEAST_SHARE)),
            ..sample
        });
        let own = samples.iter().copied().filter(|sample| !is_shared(sample));
        let job = Job::Sample(shared.into_iter().chain(own).collect());
        let PartialAggregate::Samples(drawn) = self.ask(job)? else {
            return Err(not_understood());
        };
        let mut drawn = drawn.into_iter().map(|sample| Arc::new(sample.end()));
        let shared = shared.and_then(|_| drawn.next());
        let each = samples
            .iter()
            .map(|sample| if is_shared(sample) { shared.clone() } else { drawn.next() });
        each.collect::<Option<_>>().ok_or_else(not_understood)
    }

    fn answer(&mut self, answers: &dyn RowAnswers, sink: &mut AnswerSink<'_>) -> Result<()> {
        let question = Question::of(self.preprocessor.clone(), answers)?;
        let width = answers.width();
        self.table.answer(&to_bytes(&question), &mut |numbers: &[f64]| {
            let shape = (numbers.len() / width, width);
            sink(ArrayView2::from_shape(shape, numbers).map_err(|_| not_understood())?)
        })
    }

    fn transformed<'s>(&'s self, transform: &'s dyn RowTransform) -> Result<Box<dyn Backend + 's>> {
        if let Some(n_inputs) = transform.n_inputs() {
            check_columns(self.n_features(), n_inputs)?;
        }
        let transform: &dyn Any = transform;
        let preprocessor = transform.downcast_ref::<Preprocessor>().ok_or_else(|| {
            Error::param("the transform", "not known to clusters", "a standardisation or a PCA")
        })?;
        if !self.preprocessor.is_identity() {
            return Err(Error::param("the transform", "behind another one", "the only one"));
        }
        Ok(Box::new(ClusterBackend { table: self.table, preprocessor: preprocessor.clone() }))
    }

    fn pass_cost(&self) -> PassCost {
        PassCost::Shared
    }
}
