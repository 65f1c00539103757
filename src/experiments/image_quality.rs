//! How good generated images are: lines of a table.

use ndarray::ArrayView2;

use crate::error::Result;
use crate::metrics::quality::{ndb, nearest_distances};

/// Header of the table.
pub(super) const JUDGED: [&str; 5] = [
    "images",
    "mean log-density of held-out images",
    "nearest distance",
    "NDB",
    "Jensen-Shannon divergence",
];

/// Compares images to those that the models were fitted to.
pub(super) struct Judge<'a> {
    train: ArrayView2<'a, f64>,
    n_bins: usize,
}

impl<'a> Judge<'a> {
    pub(super) fn of_images(train: ArrayView2<'a, f64>, n_bins: usize) -> Self {
        Self { train, n_bins }
    }

    /// What the columns of the table mean, for images of an `object`.
    pub(super) fn legend(&self, object: &str) -> String {
        format!(
            "Log-density: how likely held-out images are under the model, in pixel space. Nearest distance: \
             the median distance of an image to the nearest {object} the model was fitted to; real new ones \
             set the standard. NDB: in how many of {} k-means bins the share of images differs from theirs at \
             the 5 % level (Richardson & Weiss 2018); by chance about one in twenty does.",
            self.n_bins,
        )
    }

    /// A line: whose images, the density of held-out ones under their model if there is one, and measures.
    pub(super) fn line(
        &self,
        whose: &str,
        density: Option<f64>,
        images: ArrayView2<'_, f64>,
    ) -> Result<Vec<String>> {
        let mut distances = nearest_distances(images, self.train)?.to_vec();
        distances.sort_by(f64::total_cmp);
        let bins = ndb(self.train, images, self.n_bins, 0)?;
        Ok(vec![
            whose.to_owned(),
            density.map_or(String::new(), |density| format!("{density:.1}")),
            format!("{:.1}", distances[distances.len() / 2]),
            format!("{} of {}", bins.n_different, self.n_bins),
            format!("{:.4}", bins.divergence),
        ])
    }
}
