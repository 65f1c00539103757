//! The fields of the shapes of columns.

use ndarray::{Array2, ArrayD};

use super::described::{Described, Section};
use super::fields::{Fields, malformed};
use super::source::{Source, count};
use crate::error::Result;
use crate::preprocess::shape::{NormalScores, Shape, Shapes};

impl Section for Shapes {
    const NAMES: &'static [&'static str] = &["shape_names", "shape_parameters"];
}

impl Described for Shapes {
    /// Knots are optional.
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        fields.push("shape_names", names(self));
        fields.push("shape_parameters", parameters(self));
        if self.as_slice().iter().any(|shape| shape.as_scores().is_some()) {
            fields.push("shape_knots", knots(self));
        }
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        let (names, parameters) = (source.read("shape_names")?, source.read("shape_parameters")?);
        let has_knots = source.group(&["shape_knots"])?;
        let knots = if has_knots { source.read("shape_knots")? } else { Array2::zeros((0, 3)) };
        shapes(names, parameters, knots)
    }
}

fn names(shapes: &Shapes) -> Vec<String> {
    shapes.as_slice().iter().map(|shape| shape.name().to_owned()).collect()
}

/// The parameters of each shape, shape `(n_numbers, 3)`, filled with zeros.
fn parameters(shapes: &Shapes) -> ArrayD<f64> {
    let all = shapes.as_slice().iter().map(Shape::parameters);
    let rows = all.map(|of| [0, 1, 2].map(|at| of.get(at).copied().unwrap_or(0.0)));
    Array2::from(rows.collect::<Vec<_>>()).into_dyn()
}

/// The knots of normal scores, shape `(total, 3)`: number, value, score.
fn knots(shapes: &Shapes) -> ArrayD<f64> {
    let of_shape = |(number, shape): (usize, &Shape)| {
        let scores = shape.as_scores().cloned();
        scores.into_iter().flat_map(move |scores| {
            let pairs = scores.values().iter().zip(scores.knot_scores());
            pairs.map(|(&value, &score)| [number as f64, value, score]).collect::<Vec<_>>()
        })
    };
    let rows: Vec<[f64; 3]> = shapes.as_slice().iter().enumerate().flat_map(of_shape).collect();
    Array2::from(rows).into_dyn()
}

fn shapes(names: String, parameters: Array2<f64>, knots: Array2<f64>) -> Result<Shapes> {
    let names: Vec<&str> = names.split('\n').collect();
    if parameters.dim() != (names.len(), 3) || knots.ncols() != 3 {
        return Err(malformed("not every number has a shape".into()));
    }
    let mut all = Vec::new();
    for (number, (name, of)) in names.iter().zip(parameters.rows()).enumerate() {
        all.push(match *name {
            "none" => Shape::identity(),
            "log" => Shape::log(of[0], of[1])?,
            "logit" => Shape::logit(of[0], of[1], of[2])?,
            "yeo-johnson" => Shape::yeo_johnson(of[0], of[1], of[2])?,
            "scores" => Shape::scores(scores(number, &knots)?),
            other => return Err(malformed(format!("array \"shape_names\" has {other:?}"))),
        });
    }
    Shapes::new(all).ok_or_else(|| malformed("all shapes are \"none\"".into()))
}

/// Normal scores of a number.
fn scores(number: usize, knots: &Array2<f64>) -> Result<NormalScores> {
    let (mut values, mut scores) = (Vec::new(), Vec::new());
    for knot in knots.rows() {
        if count("shape_knots", knot[0])? == number {
            values.push(knot[1]);
            scores.push(knot[2]);
        }
    }
    NormalScores::new(values, scores)
}
