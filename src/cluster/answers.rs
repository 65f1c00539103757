//! Answers to each row: a function of the columns that is computed where the rows are read.

use std::any::Any;
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
use super::request::{not_for_clusters, takes};
use super::wire::{from_bytes, from_first_bytes, not_understood};
use crate::error::Result;
use crate::mixture::inference::ModelAnswers;
use crate::preprocess::density_terms::DensityTerms;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::backend::RowAnswers;

const KIND: &str = "answers";

/// A question to every row after a preprocessor.
#[derive(Serialize, Deserialize)]
pub(super) struct Question {
    /// How many numbers answer it; first, since plans need it without the rest.
    width: usize,
    preprocessor: Preprocessor,
    answers: Answers,
}

/// What answers it.
#[derive(Serialize, Deserialize)]
enum Answers {
    Model(ModelAnswers<'static>),
    Terms(DensityTerms<'static>),
}

impl Question {
    /// The question of answers that the seam asks for.
    ///
    /// # Errors
    /// [`Error::InvalidParam`](crate::Error::InvalidParam) if it cannot be asked of rows that are elsewhere.
    pub(super) fn of(preprocessor: Preprocessor, answers: &dyn RowAnswers) -> Result<Self> {
        let width = answers.width();
        let answers = match answers.owned().ok_or_else(not_for_clusters)?.downcast() {
            Ok(model) => Answers::Model(*model),
            Err(other) => Answers::Terms(*other.downcast().map_err(|_| not_for_clusters())?),
        };
        Ok(Self { width, preprocessor, answers })
    }

    /// A question that was sent, to rows of `n_features` columns.
    ///
    /// # Errors
    /// [`not_understood`] if the bytes are no question, or it cannot be asked of such rows.
    fn from_bytes(bytes: &[u8], n_features: usize) -> Result<Self> {
        let question: Self = from_bytes(bytes)?;
        let reduced = question.preprocessor.n_reduced().unwrap_or(n_features);
        let suits = match &question.answers {
            Answers::Model(answers) => answers.model.n_features() == reduced,
            Answers::Terms(DensityTerms(preprocessor)) => takes(preprocessor, reduced),
        };
        let is_whole = suits && question.answers().width() == question.width;
        if is_whole && takes(&question.preprocessor, n_features) {
            Ok(question)
        } else {
            Err(not_understood())
        }
    }

    fn answers(&self) -> &dyn RowAnswers {
        match &self.answers {
            Answers::Model(answers) => answers,
            Answers::Terms(answers) => answers,
        }
    }

    /// The answers to rows, given as columns of equal length.
    fn answer(&self, columns: &[&[f64]]) -> Result<Vec<f64>> {
        let n_rows = columns.first().map_or(0, |column| column.len());
        let mut found = Vec::with_capacity(n_rows * self.width);
        Blocks::default()
            .each(columns, &self.preprocessor, |rows| self.answers().answer(rows, &mut found))?;
        Ok(found)
    }
}

/// The function that answers a question.
///
/// # Errors
/// Those of bytes that are no question.
pub(super) fn mixture_answers(question: &[u8]) -> EngineResult<ScalarUDF> {
    function(Carrier::new(KIND, question))
}

/// Writes the function into a plan; others write nothing.
pub(super) fn encode(function: &ScalarUDF, plan: &mut Vec<u8>) {
    let function: &dyn Any = function.inner().as_ref();
    if let Some(MixtureAnswers { carrier, .. }) = function.downcast_ref() {
        carrier.encode(plan);
    }
}

/// The function from a plan.
pub(super) fn decode(name: &str, plan: &[u8]) -> EngineResult<Arc<ScalarUDF>> {
    function(Carrier::decode(KIND, name, plan)?).map(Arc::new)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MixtureAnswers {
    carrier: Carrier,
    width: i32,
}

fn function(carrier: Carrier) -> EngineResult<ScalarUDF> {
    let width: usize = from_first_bytes(&carrier.bytes).map_err(Failure::from)?;
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
        let columns = values(&columns)?;
        let question = Question::from_bytes(&self.carrier.bytes, columns.len());
        let found = question.and_then(|question| question.answer(&columns));
        let numbers: ArrayRef = Arc::new(Float64Array::from(found.map_err(Failure::from)?));
        let rows = FixedSizeListArray::try_new(item(), self.width, numbers, None)?;
        Ok(ColumnarValue::Array(Arc::new(rows)))
    }
}
