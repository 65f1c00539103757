//! The parts of a model file, read and checked.

use std::path::Path;

use ndarray::{Array1, Array2, ArrayD, Dimension, Ix1, Ix2};

use super::history::{History, Tried};
use super::{FORMAT, VERSION, store};
use crate::error::{Error, Result};
use crate::images::ImageShape;
use crate::mixture::{CovarianceType, GaussianMixture};
use crate::preprocess::pca::Pca;
use crate::preprocess::scaler::StandardScaler;
use crate::rows::schema::Feature;

/// The arrays of a model file.
pub(super) struct Fields<'a> {
    pub(super) path: &'a Path,
    pub(super) archive: &'a mut dyn store::Read,
}

impl Fields<'_> {
    fn error(&self, problem: String) -> Error {
        Error::ModelFormat { path: self.path.into(), problem }
    }

    pub(super) fn check_version(&mut self) -> Result<()> {
        match self.archive.find_text("format")? {
            None => return Ok(()),
            Some(format) if format == FORMAT => {}
            Some(format) => return Err(self.error(format!("its format is {format:?}"))),
        }
        let version = self.number("version")?;
        if version != VERSION as f64 {
            return Err(self.error(format!(
                "it has version {version} and this mixlab reads version {VERSION}; \
                 use the mixlab that wrote it, or fit again"
            )));
        }
        Ok(())
    }

    fn required<D: Dimension>(&mut self, name: &str) -> Result<ndarray::Array<f64, D>> {
        let array = self.archive.get(name)?;
        self.shaped(name, array)
    }

    fn shaped<D: Dimension>(
        &self,
        name: &str,
        array: ArrayD<f64>,
    ) -> Result<ndarray::Array<f64, D>> {
        let n_dimensions = array.ndim();
        let array = array.as_standard_layout().into_owned();
        array
            .into_dimensionality()
            .map_err(|_| self.error(format!("array {name:?} has {n_dimensions} dimensions")))
    }

    fn required_text(&mut self, name: &str) -> Result<String> {
        let text = self.archive.find_text(name)?;
        text.ok_or_else(|| self.error(format!("it has no array {name:?}")))
    }

    fn number(&mut self, name: &str) -> Result<f64> {
        let array = self.archive.get(name)?;
        match array.len() {
            1 => Ok(array.sum()),
            n => Err(self.error(format!("array {name:?} has {n} numbers where 1 was expected"))),
        }
    }

    /// A whole number that counts something.
    fn count(&self, name: &str, value: f64) -> Result<usize> {
        let is_count = value.fract() == 0.0 && (0.0..9e15).contains(&value);
        is_count.then_some(value as usize).ok_or_else(|| {
            self.error(format!("array {name:?} has {value} where a count was expected"))
        })
    }

    fn pair(&mut self, name: &str) -> Result<[f64; 2]> {
        let array: Array1<f64> = self.required(name)?;
        <[f64; 2]>::try_from(array.to_vec()).map_err(|values| {
            self.error(format!("array {name:?} has {} numbers where 2 were expected", values.len()))
        })
    }

    /// Whether an optional group of arrays is there: all of them, or none.
    fn group(&mut self, names: &[&str]) -> Result<bool> {
        let known = self.archive.names();
        let missing = names.iter().find(|name| !known.iter().any(|other| other == *name));
        match missing {
            None => Ok(true),
            Some(_) if !known.iter().any(|other| names.contains(&other.as_str())) => Ok(false),
            Some(name) => Err(self.error(format!("it has no array {name:?} beside {names:?}"))),
        }
    }

    pub(super) fn mixture(&mut self) -> Result<GaussianMixture> {
        let covariance_type: CovarianceType = self.required_text("covariance_type")?.parse()?;
        GaussianMixture::new(
            self.required::<Ix1>("weights")?,
            self.required::<Ix2>("means")?,
            covariance_type,
            self.archive.get("covariances")?,
        )
    }

    pub(super) fn scaler(&mut self) -> Result<Option<StandardScaler>> {
        if !self.group(&["scaler_mean", "scaler_scale"])? {
            return Ok(None);
        }
        let (mean, scale) = (self.required("scaler_mean")?, self.required("scaler_scale")?);
        StandardScaler::new(mean, scale).map(Some)
    }

    pub(super) fn pca(&mut self) -> Result<Option<Pca>> {
        let names = ["mean", "components", "explained_variance", "noise_variance", "whiten"];
        let names = names.map(|name| format!("pca_{name}"));
        if !self.group(&names.each_ref().map(String::as_str))? {
            return Ok(None);
        }
        let whiten = self.number("pca_whiten")?;
        if whiten != 0.0 && whiten != 1.0 {
            return Err(self.error(format!("array \"pca_whiten\" is {whiten}, not 0 or 1")));
        }
        let pca = Pca::new(
            self.required("pca_mean")?,
            self.required("pca_components")?,
            self.required("pca_explained_variance")?,
            self.number("pca_noise_variance")?,
            whiten == 1.0,
        );
        pca.map(Some)
    }

    pub(super) fn image(&mut self) -> Result<Option<ImageShape>> {
        if !self.group(&["image_shape", "image_range"])? {
            return Ok(None);
        }
        let sides: Array1<f64> = self.required("image_shape")?;
        let [low, high] = self.pair("image_range")?;
        let side =
            |&length: &f64| (length >= 1.0 && length.fract() == 0.0).then_some(length as usize);
        let known: Option<Vec<usize>> = sides.iter().map(side).collect();
        match known.as_deref() {
            Some(&[height, width]) => Ok(Some(ImageShape::grey(height, width, low, high))),
            Some(&[height, width, channels]) => {
                Ok(Some(ImageShape { height, width, channels, low, high }))
            }
            _ => Err(self.error(format!("array \"image_shape\" is {sides}"))),
        }
    }

    pub(super) fn features(&mut self) -> Result<Vec<Feature>> {
        let Some(names) = self.archive.find_text("feature_names")? else {
            return Ok(Vec::new());
        };
        let mut features: Vec<Feature> = names.split('\n').map(Feature::named).collect();
        if self.group(&["feature_range", "feature_decimals"])? {
            let ranges: Array2<f64> = self.required("feature_range")?;
            let decimals: Array1<f64> = self.required("feature_decimals")?;
            if ranges.dim() != (features.len(), 2) || decimals.len() != features.len() {
                return Err(self.error("its features have not all a range and decimals".into()));
            }
            for ((feature, range), decimals) in
                features.iter_mut().zip(ranges.rows()).zip(&decimals)
            {
                let is_range = range[0] <= range[1] && range.iter().all(|end| end.is_finite());
                feature.range = is_range.then_some((range[0], range[1]));
                let is_count = (0.0..=f64::from(Feature::MOST_DECIMALS)).contains(decimals);
                feature.decimals = is_count.then_some(*decimals as u32);
            }
        }
        Ok(features)
    }

    pub(super) fn history(&mut self) -> Result<Option<History>> {
        let names = ["fit_n_samples", "fit_criterion", "search_n_components"];
        let more = ["search_covariance_types", "search_criteria"];
        if !self.group(&[&names[..], &more].concat())? {
            return Ok(None);
        }
        let numbers: Array1<f64> = self.required("search_n_components")?;
        let types = self.required_text("search_covariance_types")?;
        let criteria: Array2<f64> = match numbers.is_empty() {
            // JSON cannot tell how many columns a matrix without rows has
            true => Array2::zeros((0, 3)),
            false => self.required("search_criteria")?,
        };
        let types = types.lines().map(str::parse).collect::<Result<Vec<CovarianceType>>>()?;
        if types.len() != numbers.len() || criteria.dim() != (numbers.len(), 3) {
            return Err(
                self.error("the models of its search have not all a type and criteria".into())
            );
        }
        if criteria.iter().any(|value| !value.is_finite()) {
            return Err(
                self.error("array \"search_criteria\" has values that are not finite".into())
            );
        }
        let tried = numbers.iter().zip(types).zip(criteria.rows());
        let tried = tried.map(|((&n_components, covariance_type), row)| {
            Ok(Tried {
                n_components: self.count("search_n_components", n_components)?,
                covariance_type,
                bic: row[0],
                aic: row[1],
                icl: row[2],
            })
        });
        let tried = tried.collect::<Result<_>>()?;
        let n_samples = self.number("fit_n_samples")?;
        Ok(Some(History {
            tried,
            n_samples: self.count("fit_n_samples", n_samples)?,
            criterion: self.required_text("fit_criterion")?.parse()?,
        }))
    }
}
