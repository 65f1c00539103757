//! linfa's `Transformer` for models that map rows to rows.

/// Implements linfa's `Transformer`, for matrices and for datasets, by the `try_transform` of a model. Targets and weights of
/// a dataset are kept; feature names are dropped, since the features change.
macro_rules! transform_by_try_transform {
    ($Model:ident) => {
        impl linfa::traits::Transformer<ndarray::Array2<f64>, ndarray::Array2<f64>> for $Model {
            /// Transforms rows.
            ///
            /// # Panics
            /// Like linfa's models, if the number of columns is wrong, and also if a value is not finite. `try_transform`
            /// returns an error instead.
            fn transform(&self, records: ndarray::Array2<f64>) -> ndarray::Array2<f64> {
                match self.try_transform(records.view()) {
                    Ok(rows) => rows,
                    Err(error) => panic!("{error}"),
                }
            }
        }

        impl<D: ndarray::Data<Elem = f64>, T>
            linfa::traits::Transformer<
                linfa::DatasetBase<ndarray::ArrayBase<D, ndarray::Ix2>, T>,
                linfa::DatasetBase<ndarray::Array2<f64>, T>,
            > for $Model
        {
            /// Transforms the records of a dataset. Targets and weights are kept; feature names are dropped.
            ///
            /// # Panics
            /// Same as for a matrix.
            fn transform(
                &self,
                dataset: linfa::DatasetBase<ndarray::ArrayBase<D, ndarray::Ix2>, T>,
            ) -> linfa::DatasetBase<ndarray::Array2<f64>, T> {
                let rows = self.transform(dataset.records.to_owned());
                // linfa drops the weights with the records
                let weights = dataset.weights.clone();
                dataset.with_records(rows).with_weights(weights)
            }
        }
    };
}

pub(crate) use transform_by_try_transform;
