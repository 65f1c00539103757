//! The aggregate function that every process of a cluster must know.

use std::any::Any;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::expr::AggregateFunctionParams;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
};

use super::PROTOCOL;
use super::accumulator::Statistics;

/// What names of the function begin with, whichever version of mixlab they belong to.
pub(super) const STEM: &str = "mixture_statistics_v";

/// What stands before the bytes of a request: nothing at all would be no function.
const MARK: u8 = b'r';

/// The name of the function of this mixlab. Processes of another version do not know it, rather than take the bytes of
/// this one for theirs.
fn name() -> String {
    format!("{STEM}{}_{PROTOCOL}", env!("CARGO_PKG_VERSION"))
}

/// The function that answers a request.
pub(super) fn mixture_statistics(request: &[u8]) -> AggregateUDF {
    let signature = Signature::variadic_any(Volatility::Immutable);
    AggregateUDF::new_from_impl(MixtureStatistics {
        name: name(),
        signature,
        request: request.into(),
    })
}

/// Writes a function as bytes; other functions have none.
pub(super) fn encode(function: &AggregateUDF, bytes: &mut Vec<u8>) {
    let function: &dyn Any = function.inner().as_ref();
    if let Some(function) = function.downcast_ref::<MixtureStatistics>() {
        bytes.reserve(function.request.len() + 1);
        bytes.push(MARK);
        bytes.extend_from_slice(&function.request);
    }
}

/// A function from bytes.
pub(super) fn decode(name: &str, bytes: &[u8]) -> Result<Arc<AggregateUDF>> {
    match bytes {
        [MARK, request @ ..] if name == self::name() => Ok(Arc::new(mixture_statistics(request))),
        _ => plan_err!("there is no aggregate function {name}"),
    }
}

#[derive(PartialEq, Eq, Hash)]
struct MixtureStatistics {
    name: String,
    signature: Signature,
    request: Arc<[u8]>,
}

impl Debug for MixtureStatistics {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // a request can be very long
        f.debug_tuple(&self.name).field(&self.request.len()).finish()
    }
}

impl AggregateUDFImpl for MixtureStatistics {
    fn name(&self) -> &str {
        &self.name
    }

    // names without arguments, of which there can be hundreds

    fn schema_name(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(self.name.clone())
    }

    fn human_display(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(self.name.clone())
    }

    fn display_name(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(self.name.clone())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, columns: &[DataType]) -> Result<DataType> {
        match columns.iter().all(|column| *column == DataType::Float64) {
            true => Ok(DataType::Binary),
            false => plan_err!("{} takes columns of doubles", self.name),
        }
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let name = format!("{}[statistics]", arguments.name);
        Ok(vec![Arc::new(Field::new(name, DataType::Binary, true))])
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Statistics::new(self.request.clone(), arguments.exprs.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_travel_with_their_request() {
        for request in [&b""[..], b"r", &[7; 100]] {
            let function = mixture_statistics(request);
            let mut bytes = Vec::new();
            encode(&function, &mut bytes);
            assert_eq!(*decode(function.name(), &bytes).unwrap(), function);
            let error = decode("mixture_statistics_v0.0.1_1", &bytes).unwrap_err();
            assert!(error.to_string().contains(STEM), "{error}");
        }
    }
}
