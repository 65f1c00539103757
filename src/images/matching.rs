//! Conversion of images to the colours and the range of others.

use ndarray::Axis;

use super::{ImageSet, ImageShape};
use crate::error::{ImageError, Result};

impl ImageSet {
    /// Converts the images to rows of shape `expected`, such as that of the rows to which a model was fitted.
    ///
    /// The rows get the same number of values per pixel, and the same values of black and white. Grey images become colour
    /// images where these are expected.
    ///
    /// # Errors
    /// [`ImageError::Unexpected`] if width or height differ.
    pub fn matching(self, expected: ImageShape) -> Result<Self> {
        let Self { mut records, mut shape, names } = self;
        if expected.channels == 3 && shape.channels == 1 {
            let columns: Vec<usize> = (0..3 * records.ncols()).map(|value| value / 3).collect();
            records = records.select(Axis(1), &columns);
            shape.channels = 3;
        }
        if (shape.height, shape.width) != (expected.height, expected.width) {
            return Err(ImageError::Unexpected {
                expected: (expected.width, expected.height),
                found: (shape.width, shape.height),
            }
            .into());
        }
        records.mapv_inplace(|value| expected.low + value * (expected.high - expected.low));
        Ok(Self { records, shape: expected, names })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Error;

    #[test]
    fn grey_images_are_converted_to_colour_and_to_another_range() {
        let grey = ImageShape::grey(1, 2, 0.0, 1.0);
        let set = || ImageSet { records: array![[0.0, 0.5]], shape: grey, names: vec!["a".into()] };
        let expected = ImageShape { channels: 3, high: 16.0, ..grey };
        let matched = set().matching(expected).unwrap();
        assert_eq!(matched.records, array![[0.0, 0.0, 0.0, 8.0, 8.0, 8.0]]);
        assert_eq!(matched.shape, expected);
        let error = set().matching(ImageShape { height: 2, ..expected }).unwrap_err();
        let wrong_size =
            matches!(error, Error::Image(ImageError::Unexpected { found: (2, 1), .. }));
        assert!(wrong_size, "{error}");
    }
}
