//! The hidden pixels of images.

use std::path::Path;

use mixlab::ImageShape;

use crate::output::Usage;

/// Returns which values of a row are hidden by a mask: an image of the same size, white where pixels are hidden.
#[cfg(feature = "images")]
pub fn of_image(path: &Path, shape: ImageShape) -> anyhow::Result<Vec<bool>> {
    let reader = mixlab::ImageReader::new().grey(true);
    let set = reader.read(&[path.to_owned()], &|_, _| {})?;
    let (found, expected) = ((set.shape.width, set.shape.height), (shape.width, shape.height));
    if found != expected {
        return Err(Usage(format!(
            "the mask {} has {} x {} pixels, and the images of the model have {} x {}",
            path.display(),
            found.0,
            found.1,
            expected.0,
            expected.1
        ))
        .into());
    }
    let hidden: Vec<bool> =
        set.records.iter().flat_map(|&value| vec![value > 0.5; shape.channels]).collect();
    let what = format!("the mask {}", path.display());
    check(hidden, &what, "white where pixels are hidden and black where they are kept")
}

#[cfg(not(feature = "images"))]
pub fn of_image(path: &Path, _: ImageShape) -> anyhow::Result<Vec<bool>> {
    let problem = format!("{} needs a mixlab built with the feature \"images\"", path.display());
    Err(Usage(problem).into())
}

/// Returns which values of a row are hidden, if the named columns are kept.
pub fn of_columns(kept: &[String], names: &[String]) -> anyhow::Result<Vec<bool>> {
    let mut hidden = vec![true; names.len()];
    for name in kept {
        let position = |name: &str| names.iter().position(|known| known == name);
        let ends = name.split_once("..").unwrap_or((name, name));
        match (position(ends.0), position(ends.1)) {
            (Some(first), Some(last)) if first <= last => hidden[first..=last].fill(false),
            _ => {
                let (first, last) = (names.first(), names.last());
                let known = first.zip(last).map_or(String::new(), |(a, b)| format!("{a} to {b}"));
                let problem = format!("there is no pixel {name:?}; the pixels are {known}");
                return Err(Usage(problem).into());
            }
        }
    }
    check(hidden, "--columns", "the pixels that are kept, and not all of them")
}

/// Returns an error if all values or none are hidden.
fn check(hidden: Vec<bool>, what: &str, expected: &str) -> anyhow::Result<Vec<bool>> {
    let all = hidden.iter().all(|&hidden| hidden);
    if all || !hidden.contains(&true) {
        let how = if all { "hides all pixels" } else { "hides no pixel" };
        return Err(Usage(format!("{what} {how}; expected {expected}")).into());
    }
    Ok(hidden)
}
