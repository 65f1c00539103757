//! linfa's `Predict` for models that label rows.

/// Implements linfa's `PredictInplace`, and with it `Predict`, by the `try_predict` of a model.
macro_rules! predict_by_try_predict {
    ($Model:ident) => {
        impl<D: ndarray::Data<Elem = f64>>
            linfa::traits::PredictInplace<
                ndarray::ArrayBase<D, ndarray::Ix2>,
                ndarray::Array1<usize>,
            > for $Model
        {
            /// Writes the label of each row.
            ///
            /// # Panics
            /// Like linfa's models, if the number of columns is wrong, and also if a value is not finite. `try_predict`
            /// returns an error instead.
            fn predict_inplace<'a>(
                &'a self,
                records: &'a ndarray::ArrayBase<D, ndarray::Ix2>,
                labels: &mut ndarray::Array1<usize>,
            ) {
                if records.nrows() == 0 {
                    return;
                }
                match self.try_predict(records) {
                    Ok(predicted) => labels.assign(&predicted),
                    Err(error) => panic!("{error}"),
                }
            }

            fn default_target(
                &self,
                records: &ndarray::ArrayBase<D, ndarray::Ix2>,
            ) -> ndarray::Array1<usize> {
                ndarray::Array1::zeros(records.nrows())
            }
        }
    };
}

pub(crate) use predict_by_try_predict;
