//! The backend of a table on a cluster.

use std::any::Any;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use super::answers::AnswersRequest;
use super::partial_aggregate::PartialAggregate;
use super::request::{Computation, Request};
use super::table::ClusterTable;
use super::wire::{protocol_error, to_bytes};
use crate::error::{Error, Result};
use crate::mixture::fit::starts::SAMPLE_STREAM;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::backend::{AnswerSink, Backend, PassCost, RowAnswers, RowTransform};
use crate::rows::pass::AnyPass;
use crate::rows::sample::RowSample;
use crate::rows::schema::Column;
use crate::rows::summaries::column_summaries;
use crate::rows::{RowSource, check_columns};

/// Maximum size in bytes of the sample of rows for k-means; every partition sends up to this size.
const SAMPLE_BYTES: usize = 8 << 20;

/// The sample has at least one in this many of the requested rows regardless of its size, so that there are several rows for
/// each component.
const LEAST_SHARE: usize = 8;

impl ClusterTable {
    /// Returns the columns with their names and ranges, from one pass over the rows.
    ///
    /// # Errors
    /// Any error of the pass.
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

/// Rows after a preprocessor, which is sent with every request.
struct ClusterBackend<'a> {
    table: &'a ClusterTable,
    preprocessor: Preprocessor,
}

impl ClusterBackend<'_> {
    fn aggregate(&self, computation: Computation) -> Result<PartialAggregate> {
        let request = Request { preprocessor: self.preprocessor.clone(), computation };
        let bytes = self.table.ask(&to_bytes(&request))?;
        let mut aggregate = PartialAggregate::new(&request.computation, self.n_features());
        aggregate.merge(&bytes)?;
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
        let aggregate = self.aggregate(Computation::of(pass.owned_request())?)?;
        pass.accept(aggregate.into_accumulator())
    }

    fn sample(&mut self, samples: &[RowSample]) -> Result<Vec<Arc<Array2<f64>>>> {
        let max_rows = SAMPLE_BYTES / (8 * self.n_features());
        // all restarts share one sample and initialise k-means in it from random numbers of their own; the sample does not
        // depend on which restarts run in lockstep
        let is_shared = |sample: &RowSample| sample.stream == SAMPLE_STREAM;
        let of_restarts = samples.iter().filter(|sample| is_shared(sample));
        let shared = of_restarts.max_by_key(|sample| sample.n_rows).map(|&sample| RowSample {
            seed: 0,
            n_rows: sample.n_rows.min(max_rows.max(sample.n_rows / LEAST_SHARE)),
            ..sample
        });
        let own = samples.iter().copied().filter(|sample| !is_shared(sample));
        let computation = Computation::Sample(shared.into_iter().chain(own).collect());
        let PartialAggregate::Samples(drawn) = self.aggregate(computation)? else {
            return Err(protocol_error());
        };
        let mut drawn = drawn.into_iter().map(|sample| Arc::new(sample.into_rows()));
        let shared = shared.and_then(|_| drawn.next());
        let per_sample = samples
            .iter()
            .map(|sample| if is_shared(sample) { shared.clone() } else { drawn.next() });
        per_sample.collect::<Option<_>>().ok_or_else(protocol_error)
    }

    fn answer(&mut self, answers: &dyn RowAnswers, sink: &mut AnswerSink<'_>) -> Result<()> {
        let request = AnswersRequest::new(self.preprocessor.clone(), answers)?;
        let width = answers.width();
        self.table.answer(&to_bytes(&request), &mut |values: &[f64]| {
            let shape = (values.len() / width, width);
            sink(ArrayView2::from_shape(shape, values).map_err(|_| protocol_error())?)
        })
    }

    fn transformed<'s>(&'s self, transform: &'s dyn RowTransform) -> Result<Box<dyn Backend + 's>> {
        if let Some(n_inputs) = transform.n_inputs() {
            check_columns(self.n_features(), n_inputs)?;
        }
        let transform: &dyn Any = transform;
        let preprocessor = transform.downcast_ref::<Preprocessor>().ok_or_else(|| {
            Error::param("the transform", "unsupported on clusters", "a standardisation or a PCA")
        })?;
        if !self.preprocessor.is_identity() {
            return Err(Error::param("the transform", "applied after another one", "the only one"));
        }
        Ok(Box::new(ClusterBackend { table: self.table, preprocessor: preprocessor.clone() }))
    }

    fn pass_cost(&self) -> PassCost {
        PassCost::Shared
    }
}
