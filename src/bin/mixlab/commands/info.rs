//! `mixlab info`

use std::io::Write;
use std::process::ExitCode;

use mixlab::{Feature, Listing, ModelFile};
use serde_json::{Value, json};

use crate::args::InfoArgs;
use crate::output::{print, table};

/// Most columns of the data whose components are shown.
const MOST_COLUMNS: usize = 40;
/// Most components beside one another.
const MOST_COMPONENTS: usize = 6;

pub fn run(args: &InfoArgs) -> anyhow::Result<ExitCode> {
    let file = ModelFile::load(&args.model)?;
    match args.json {
        true => print(|out| writeln!(out, "{:#}", to_json(&file)))?,
        false => print(|out| write(&file, out))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn write(file: &ModelFile, out: &mut dyn Write) -> std::io::Result<()> {
    let summary = Listing::from(&file.pipeline);
    writeln!(out, "{}", summary.caption)?;
    writeln!(out, "{}", table(&summary).trim_fmt())?;
    if let Some(image) = &file.image {
        let colour = if image.channels == 3 { "colour" } else { "grey" };
        writeln!(
            out,
            "\nrows are {colour} images of {} x {} pixels (height x width), black {}, white {}",
            image.height, image.width, image.low, image.high
        )?;
    }
    if let Some(history) = &file.history {
        let (n, criterion) = (history.tried.len(), history.criterion.name().to_uppercase());
        writeln!(
            out,
            "\nfitted to {} rows; {}",
            history.n_samples,
            match n {
                0 | 1 => "no other model was tried".to_owned(),
                _ => format!("the lowest {criterion} of {n} models"),
            }
        )?;
    }
    if file.image.is_some() || file.pipeline.n_features() > MOST_COLUMNS {
        let weights = Listing::components(file, &[]);
        return writeln!(out, "\n{}", table(&weights.shortened(MOST_COLUMNS)).trim_fmt());
    }
    let k = file.pipeline.mixture().n_components();
    let all: Vec<usize> = (0..k).collect();
    for components in all.chunks(MOST_COMPONENTS) {
        let listing = Listing::components(file, components);
        writeln!(out, "\n{}", table(&listing).trim_fmt())?;
    }
    writeln!(out, "\nmeans and standard deviations (±) in the units of the data")
}

fn to_json(file: &ModelFile) -> Value {
    let pipeline = &file.pipeline;
    let mixture = pipeline.mixture();
    let mut object = json!({
        "n_components": mixture.n_components(),
        "covariance_type": mixture.covariance_type().name(),
        "n_features": pipeline.n_features(),
        "n_latent": mixture.n_features(),
        "n_parameters": mixture.n_parameters(),
        "standardized": pipeline.front_end().scaler().is_some(),
        "pca": pipeline.front_end().pca().map(|pca| json!({
            "n_components": pca.n_components(),
            "share_of_variance": pca.explained_variance_ratio().sum(),
            "whiten": pca.whiten(),
        })),
        "image": file.image.map(|image| json!({
            "height": image.height,
            "width": image.width,
            "channels": image.channels,
            "range": [image.low, image.high],
        })),
        "features": file.features.iter().map(feature_json).collect::<Vec<_>>(),
        "weights": mixture.weights().to_vec(),
        "means": nested(&pipeline.means()),
        "standard_deviations": nested(&pipeline.standard_deviations()),
    });
    if let Some(history) = &file.history {
        let tried = history.tried.iter().map(|tried| {
            json!({
                "n_components": tried.n_components,
                "covariance_type": tried.covariance_type.name(),
                "bic": tried.bic,
                "aic": tried.aic,
                "icl": tried.icl,
            })
        });
        object["fit"] = json!({
            "n_samples": history.n_samples,
            "criterion": history.criterion.name(),
            "tried": tried.collect::<Vec<_>>(),
        });
    }
    object
}

fn feature_json(feature: &Feature) -> Value {
    json!({
        "name": feature.name,
        "range": feature.range.map(|(low, high)| [low, high]),
        "decimals": feature.decimals,
    })
}

fn nested(matrix: &ndarray::Array2<f64>) -> Vec<Vec<f64>> {
    matrix.rows().into_iter().map(|row| row.to_vec()).collect()
}
