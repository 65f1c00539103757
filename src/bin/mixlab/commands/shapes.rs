//! The shapes of the columns of a model in words.

use mixlab::Pipeline;

/// Maximum number of columns that are named.
const MOST_NAMES: usize = 6;

/// Describes the shapes of columns with these names; none if all columns keep theirs.
pub fn described(pipeline: &Pipeline, names: &[String]) -> Option<String> {
    let layout = pipeline.layout();
    let named = |has: &dyn Fn(usize) -> bool| -> Vec<&str> {
        (0..names.len())
            .filter(|&column| has(column))
            .map(|column| names[column].as_str())
            .collect()
    };
    let of_shape = |shape: &'static str| {
        named(&|column| pipeline.shape_of(column).is_some_and(|found| found.name() == shape))
    };
    let shapes = ["log", "logit", "yeo-johnson", "scores"].map(|shape| (shape, of_shape(shape)));
    let mut parts: Vec<String> = shapes
        .iter()
        .filter(|(_, columns)| !columns.is_empty())
        .map(|(shape, columns)| format!("{shape} of {}", few(columns)))
        .collect();
    let spiky = named(&|column| !layout.spikes(column).is_empty());
    if !spiky.is_empty() {
        parts.push(format!("spikes of {}", few(&spiky)));
    }
    let few_valued = named(&|column| layout.levels(column).is_some());
    if !few_valued.is_empty() {
        parts.push(format!("values of {} as categories", few(&few_valued)));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Lists the first columns.
fn few(names: &[&str]) -> String {
    if names.len() <= MOST_NAMES {
        return names.join(", ");
    }
    format!("{} and {} more", names[..MOST_NAMES].join(", "), names.len() - MOST_NAMES)
}
