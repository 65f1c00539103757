//! linfa's traits for models that have fallible methods of their own.

mod predict;
mod transform;

pub(crate) use predict::predict_by_try_predict;
pub(crate) use transform::transform_by_try_transform;
