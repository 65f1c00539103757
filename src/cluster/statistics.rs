//! The aggregate function that computes the sums of a request, registered in every process of a cluster.

use std::any::Any;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::expr::AggregateFunctionParams;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature};

use super::accumulator::StatisticsAccumulator;
use super::carrier::Carrier;

const KIND: &str = "statistics";

/// Creates the function that computes the sums of an encoded request.
pub(super) fn mixture_statistics(request: &[u8]) -> AggregateUDF {
    AggregateUDF::new_from_impl(MixtureStatistics(Carrier::new(KIND, request)))
}

/// Writes the function into a plan; writes nothing for other functions.
pub(super) fn encode(function: &AggregateUDF, plan: &mut Vec<u8>) {
    let function: &dyn Any = function.inner().as_ref();
    if let Some(MixtureStatistics(carrier)) = function.downcast_ref() {
        carrier.encode(plan);
    }
}

/// Reads the function from a plan.
pub(super) fn decode(name: &str, plan: &[u8]) -> Result<Arc<AggregateUDF>> {
    let carrier = Carrier::decode(KIND, name, plan)?;
    Ok(Arc::new(AggregateUDF::new_from_impl(MixtureStatistics(carrier))))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MixtureStatistics(Carrier);

impl AggregateUDFImpl for MixtureStatistics {
    fn name(&self) -> &str {
        &self.0.name
    }

    // the names omit the arguments, of which there can be hundreds

    fn schema_name(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(self.0.name.clone())
    }

    fn human_display(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(self.0.name.clone())
    }

    fn display_name(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(self.0.name.clone())
    }

    fn signature(&self) -> &Signature {
        &self.0.signature
    }

    fn return_type(&self, columns: &[DataType]) -> Result<DataType> {
        if columns.iter().all(|column| *column == DataType::Float64) {
            return Ok(DataType::Binary);
        }
        plan_err!("{} accepts only columns of doubles", self.0.name)
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let name = format!("{}[statistics]", arguments.name);
        Ok(vec![Arc::new(Field::new(name, DataType::Binary, true))])
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let request = self.0.bytes.clone();
        Ok(Box::new(StatisticsAccumulator::new(request, arguments.exprs.len())))
    }
}
