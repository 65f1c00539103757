//! Answers for each row: a scalar function of the columns, evaluated where the rows are read.

use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, FixedSizeListArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::Result as EngineResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use serde::{Deserialize, Serialize};

use super::blocks::{Blocks, values};
use super::carrier::Carrier;
use super::failure::Failure;
use super::request::{accepts, unsupported_on_clusters};
use super::wire::{from_bytes, from_prefix, protocol_error};
use crate::error::Result;
use crate::mixture::inference::ModelAnswers;
use crate::preprocess::density_terms::DensityTerms;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::backend::RowAnswers;

const KIND: &str = "answers";

/// A request for answers for every row after a preprocessor.
#[derive(Serialize, Deserialize)]
pub(super) struct AnswersRequest {
    /// Number of values per row; first, since plans decode it without the rest.
    width: usize,
    preprocessor: Preprocessor,
    answers: Answers,
}

/// The computation of the answers.
#[derive(Serialize, Deserialize)]
enum Answers {
    Model(ModelAnswers<'static>),
    Terms(DensityTerms<'static>),
}

impl AnswersRequest {
    /// Creates the request for the answers of a backend's caller.
    ///
    /// # Errors
    /// [`Error::InvalidParam`](crate::Error::InvalidParam) if the answers cannot be computed on other machines.
    pub(super) fn new(preprocessor: Preprocessor, answers: &dyn RowAnswers) -> Result<Self> {
        let width = answers.width();
        let answers = match answers.owned().ok_or_else(unsupported_on_clusters)?.downcast() {
            Ok(model) => Answers::Model(*model),
            Err(other) => Answers::Terms(*other.downcast().map_err(|_| unsupported_on_clusters())?),
        };
        Ok(Self { width, preprocessor, answers })
    }

    /// Decodes a request for rows of `n_features` columns.
    ///
    /// # Errors
    /// [`protocol_error`] if the bytes are not such a request, or it does not fit such rows.
    fn from_bytes(bytes: &[u8], n_features: usize) -> Result<Self> {
        let request: Self = from_bytes(bytes)?;
        let reduced = request.preprocessor.n_reduced().unwrap_or(n_features);
        let fits = match &request.answers {
            Answers::Model(answers) => answers.model.n_features() == reduced,
            Answers::Terms(terms) => accepts(&terms.preprocessor, reduced),
        };
        let is_valid = fits && request.answers().width() == request.width;
        if is_valid && accepts(&request.preprocessor, n_features) {
            Ok(request)
        } else {
            Err(protocol_error())
        }
    }

    fn answers(&self) -> &dyn RowAnswers {
        match &self.answers {
            Answers::Model(answers) => answers,
            Answers::Terms(answers) => answers,
        }
    }

    /// Computes the answers for rows, given as columns of equal length.
    fn answer(&self, columns: &[Cow<'_, [f64]>]) -> Result<Vec<f64>> {
        let n_rows = columns.first().map_or(0, |column| column.len());
        let mut values = Vec::with_capacity(n_rows * self.width);
        Blocks::default().for_each(columns, &self.preprocessor, |rows| {
            self.answers().answer(rows, &mut values)
        })?;
        Ok(values)
    }
}

/// Creates the function that computes the answers of an encoded request.
///
/// # Errors
/// An execution error if the bytes are not a request.
pub(super) fn mixture_answers(request: &[u8]) -> EngineResult<ScalarUDF> {
    function(Carrier::new(KIND, request))
}

/// Writes the function into a plan; writes nothing for other functions.
pub(super) fn encode(function: &ScalarUDF, plan: &mut Vec<u8>) {
    let function: &dyn Any = function.inner().as_ref();
    if let Some(MixtureAnswers { carrier, .. }) = function.downcast_ref() {
        carrier.encode(plan);
    }
}

/// Reads the function from a plan.
pub(super) fn decode(name: &str, plan: &[u8]) -> EngineResult<Arc<ScalarUDF>> {
    function(Carrier::decode(KIND, name, plan)?).map(Arc::new)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MixtureAnswers {
    carrier: Carrier,
    width: i32,
}

fn function(carrier: Carrier) -> EngineResult<ScalarUDF> {
    let width: usize = from_prefix(&carrier.bytes).map_err(Failure::from)?;
    let width = i32::try_from(width).unwrap_or(i32::MAX);
    Ok(ScalarUDF::new_from_impl(MixtureAnswers { carrier, width }))
}

fn item() -> Arc<Field> {
    Arc::new(Field::new("answer", DataType::Float64, false))
}

impl ScalarUDFImpl for MixtureAnswers {
    fn name(&self) -> &str {
        &self.carrier.name
    }

    fn signature(&self) -> &Signature {
        &self.carrier.signature
    }

    fn return_type(&self, _: &[DataType]) -> EngineResult<DataType> {
        Ok(DataType::FixedSizeList(item(), self.width))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let columns = values(&columns);
        let request = AnswersRequest::from_bytes(&self.carrier.bytes, columns.len());
        let answers = request.and_then(|request| request.answer(&columns));
        let numbers: ArrayRef = Arc::new(Float64Array::from(answers.map_err(Failure::from)?));
        let rows = FixedSizeListArray::try_new(item(), self.width, numbers, None)?;
        Ok(ColumnarValue::Array(Arc::new(rows)))
    }
}
