//! Quality of generated images: the rows of a table.

use ndarray::ArrayView2;

use crate::error::Result;
use crate::metrics::quality::{ndb, nearest_distances};

/// Header of the table.
pub(in crate::experiments) const HEADER: [&str; 5] = [
    "images",
    "mean log-density of held-out images",
    "nearest distance",
    "NDB",
    "Jensen-Shannon divergence",
];

/// Compares images with the training images of the models.
pub(in crate::experiments) struct ImageQuality<'a> {
    train: ArrayView2<'a, f64>,
    n_bins: usize,
}

impl<'a> ImageQuality<'a> {
    pub(in crate::experiments) fn new(train: ArrayView2<'a, f64>, n_bins: usize) -> Self {
        Self { train, n_bins }
    }

    /// Explanation of the columns of the table, for images of an `object`.
    pub(in crate::experiments) fn legend(&self, object: &str) -> String {
        format!(
            "Log-density: mean log-density of held-out images under the model, in pixel space. Nearest distance: \
             median distance of an image to the nearest training {object}; held-out {object}s are the reference. \
             NDB: number of statistically different bins (Richardson & Weiss 2018), those of {} k-means bins in \
             which the share of images differs from that of the training {object}s at the 5 % level; by chance \
             about one bin in twenty does.",
            self.n_bins,
        )
    }

    /// A row of the table: the name of the images, the mean log-density of held-out images under their model, if there is
    /// one, and the measures.
    pub(in crate::experiments) fn line(
        &self,
        name: &str,
        density: Option<f64>,
        images: ArrayView2<'_, f64>,
    ) -> Result<Vec<String>> {
        let density = density.map_or(String::new(), |density| format!("{density:.1}"));
        let mut cells = vec![name.to_owned(), density];
        cells.extend(self.cells(&self.measure(images)?));
        Ok(cells)
    }

    /// Compares images with the training images.
    pub(in crate::experiments) fn measure(&self, images: ArrayView2<'_, f64>) -> Result<Measures> {
        let mut distances = nearest_distances(images, self.train)?.to_vec();
        distances.sort_by(f64::total_cmp);
        let bins = ndb(self.train, images, self.n_bins, 0)?;
        Ok(Measures {
            nearest: distances[distances.len() / 2],
            n_different: bins.n_different,
            divergence: bins.divergence,
        })
    }

    /// The measures as cells of the table.
    pub(in crate::experiments) fn cells(&self, measures: &Measures) -> [String; 3] {
        let Measures { nearest, n_different, divergence } = measures;
        [
            format!("{nearest:.1}"),
            format!("{n_different} of {}", self.n_bins),
            format!("{divergence:.4}"),
        ]
    }
}

/// Measures of images.
pub(in crate::experiments) struct Measures {
    /// Median distance to the nearest training image.
    pub(in crate::experiments) nearest: f64,
    /// Number of bins with another share of images.
    pub(in crate::experiments) n_different: usize,
    /// Jensen-Shannon divergence of the shares.
    pub(in crate::experiments) divergence: f64,
}
