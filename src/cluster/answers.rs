//! Answers to each row: a function of the columns that is computed where the rows are read.

use std::any::Any;
use std::borrow::Cow;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::common::{Result as EngineResult, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::PROTOCOL;
use super::failure::Failure;
use super::partial_aggregate::{behind, check_finite};
use super::parts::{pack_model, pack_preprocessor, unpack_model, unpack_preprocessor};
use super::wire::{Packer, Unpacker, not_understood};
use crate::error::{Error, Result};
use crate::mixture::inference::{self, ModelAnswers};
use crate::preprocess::density_terms::DensityTerms;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::backend::RowAnswers;
use crate::rows::{Block, block_rows};

/// What names of the function begin with.
const STEM: &str = "mixture_answers_v";

/// What precedes the bytes of a question: nothing at all would be no function.
const MARK: u8 = b'q';

/// A question to every row behind a preprocessor.
pub(super) struct Question {
    preprocessor: Preprocessor,
    answers: Answers,
}

/// What answers it.
enum Answers {
    Model(ModelAnswers<'static>),
    Terms(DensityTerms<'static>),
}

const QUESTIONS: [inference::Question; 3] =
    [inference::Question::LogDensity, inference::Question::Posteriors, inference::Question::Label];

impl Question {
    /// The question of answers that the seam asks for.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] if it cannot be asked of rows that are elsewhere.
    pub(super) fn of(
        preprocessor: Preprocessor,
        answers: Option<Box<dyn Any + Send>>,
    ) -> Result<Self> {
        let unknown = || {
            Error::param(
                "what is asked of the rows",
                "not known to clusters",
                "rows in memory or in a file",
            )
        };
        let answers = match answers.ok_or_else(unknown)?.downcast() {
            Ok(model) => Answers::Model(*model),
            Err(other) => Answers::Terms(*other.downcast().map_err(|_| unknown())?),
        };
        Ok(Self { preprocessor, answers })
    }

    pub(super) fn pack(&self) -> Vec<u8> {
        let mut packer = Packer::default();
        pack_preprocessor(&mut packer, &self.preprocessor);
        match &self.answers {
            Answers::Model(ModelAnswers { model, question }) => {
                let index = QUESTIONS.iter().position(|one| one == question);
                packer.count(index.expect("every question is among all"));
                pack_model(&mut packer, model);
            }
            Answers::Terms(DensityTerms(preprocessor)) => {
                packer.count(QUESTIONS.len());
                pack_preprocessor(&mut packer, preprocessor);
            }
        }
        packer.end()
    }

    fn unpack(bytes: &[u8]) -> Result<Self> {
        let unpacker = &mut Unpacker::new(bytes);
        let preprocessor = unpack_preprocessor(unpacker)?;
        let index = unpacker.count()?;
        let answers = match QUESTIONS.get(index) {
            Some(&question) => {
                let model = Cow::Owned(unpack_model(unpacker)?);
                Answers::Model(ModelAnswers { model, question })
            }
            None if index == QUESTIONS.len() => {
                Answers::Terms(DensityTerms(Cow::Owned(unpack_preprocessor(unpacker)?)))
            }
            None => return Err(not_understood()),
        };
        Ok(Self { preprocessor, answers })
    }

    /// The answers to rows, given as columns of equal length.
    fn answer(&self, columns: &[&[f64]]) -> Result<Vec<f64>> {
        check_finite(columns)?;
        let answers: &dyn RowAnswers = match &self.answers {
            Answers::Model(answers) => answers,
            Answers::Terms(answers) => answers,
        };
        let (n_rows, d) = (columns.first().map_or(0, |column| column.len()), columns.len());
        let (mut data, mut reduced) = (Block::default(), Block::default());
        let mut found = Vec::with_capacity(n_rows * answers.width());
        for first in (0..n_rows).step_by(block_rows(d)) {
            let run = first..n_rows.min(first + block_rows(d));
            data.fill_by_feature(0, (run.len(), d), |features| {
                for (to, column) in features.chunks_exact_mut(run.len()).zip(columns) {
                    to.copy_from_slice(&column[run.clone()]);
                }
                Ok(())
            })?;
            answers.answer(behind(&self.preprocessor, &data, &mut reduced)?, &mut found)?;
        }
        Ok(found)
    }
}

/// The function that answers a question, `width` numbers for each row.
pub(super) fn mixture_answers(question: &[u8], width: usize) -> ScalarUDF {
    ScalarUDF::new_from_impl(MixtureAnswers {
        name: name(),
        signature: Signature::variadic_any(Volatility::Immutable),
        question: question.into(),
        width,
    })
}

/// The name of the function of this mixlab: processes of another version do not know it.
fn name() -> String {
    format!("{STEM}{}_{PROTOCOL}", env!("CARGO_PKG_VERSION"))
}

/// Whether an engine's error says that a process does not know the function.
pub(super) fn is_unknown(text: &str) -> bool {
    text.contains(&format!("function {STEM}"))
}

/// Writes a function as bytes; other functions have none.
pub(super) fn encode(function: &ScalarUDF, bytes: &mut Vec<u8>) {
    let function: &dyn Any = function.inner().as_ref();
    if let Some(function) = function.downcast_ref::<MixtureAnswers>() {
        bytes.push(MARK);
        bytes.extend((function.width as u64).to_le_bytes());
        bytes.extend_from_slice(&function.question);
    }
}

/// A function from bytes.
pub(super) fn decode(name: &str, bytes: &[u8]) -> EngineResult<Arc<ScalarUDF>> {
    let [MARK, rest @ ..] = bytes else { return plan_err!("there is no function {name}") };
    match rest.split_first_chunk() {
        Some((width, question)) if name == self::name() => {
            let width = usize::try_from(u64::from_le_bytes(*width)).unwrap_or(0);
            Ok(Arc::new(mixture_answers(question, width)))
        }
        _ => plan_err!("there is no function {name}"),
    }
}

#[derive(PartialEq, Eq, Hash)]
struct MixtureAnswers {
    name: String,
    signature: Signature,
    question: Arc<[u8]>,
    width: usize,
}

impl Debug for MixtureAnswers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // a question can be very long
        f.debug_tuple(&self.name).field(&self.question.len()).finish()
    }
}

fn item() -> Arc<Field> {
    Arc::new(Field::new("answer", DataType::Float64, false))
}

impl ScalarUDFImpl for MixtureAnswers {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> EngineResult<DataType> {
        let width = i32::try_from(self.width).unwrap_or(i32::MAX);
        Ok(DataType::FixedSizeList(item(), width))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        if let Some(column) = columns.iter().position(|column| column.null_count() > 0) {
            return Err(Failure::missing(column).into());
        }
        let columns: Vec<&[f64]> = columns
            .iter()
            .map(|column| column.as_primitive::<Float64Type>().values().as_ref())
            .collect();
        let question = Question::unpack(&self.question).map_err(Failure::from)?;
        let found = question.answer(&columns).map_err(Failure::from)?;
        let numbers: ArrayRef = Arc::new(Float64Array::from(found));
        let width = i32::try_from(self.width).unwrap_or(i32::MAX);
        let rows = FixedSizeListArray::try_new(item(), width, numbers, None)?;
        Ok(ColumnarValue::Array(Arc::new(rows)))
    }
}
