//! linfa's `Predict` and `Transformer` traits, by fallible methods of the models.

mod predict;
mod transform;

pub(crate) use predict::predict_by_try_predict;
pub(crate) use transform::transform_by_try_transform;
