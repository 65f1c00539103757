//! Bars of the shares of levels.

mod draw;

use std::fmt::{self, Formatter};

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, concatenate};

use super::colour::Colour;
use crate::error::{Error, Result};

/// A panel of horizontal bars: the shares of the levels of a category in several groups, such as the components of a mixture or two
/// tables.
///
/// # Examples
/// ```
/// use mixlab::plot::{Figure, ShareBars};
/// use ndarray::array;
///
/// let (groups, levels) = (["component 0", "component 1"], ["blue", "green", "red"]);
/// let shares = array![[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]];
/// let bars = ShareBars::stacked("colour", groups, levels, shares.view())?;
/// let png = Figure::new().panel(bars).png()?;
/// assert_eq!(&png[1..4], b"PNG");
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Clone)]
pub struct ShareBars {
    title: String,
    /// The bars, from above, with their labels.
    lines: Vec<(String, Vec<Bar>)>,
    /// Names and colours of the legend.
    legend: Vec<(String, Colour)>,
    arrangement: Arrangement,
}

/// A bar, or a segment of one.
#[derive(Debug, Clone, Copy)]
struct Bar {
    share: f64,
    colour: Colour,
}

/// The arrangement of the bars of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrangement {
    /// Segments one after another, of a total of 1.
    Stacked,
    /// One below another.
    Grouped,
}

/// Maximum number of levels of stacked bars, and of lines of grouped bars; the rest is one more.
const MOST_SEGMENTS: usize = 6;
const MOST_LINES: usize = 14;

impl fmt::Debug for ShareBars {
    /// Formats the title only.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShareBars").field("title", &self.title).finish_non_exhaustive()
    }
}

impl ShareBars {
    /// One bar for each group, divided by level. `shares` has shape `(n_groups, n_levels)`. Of more than 7 levels, the 6 with the
    /// largest shares are shown, and the rest as one.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless there are as many names as groups and levels; [`Error::InvalidParam`] for a share that is
    /// negative or not finite.
    pub fn stacked(
        title: impl Into<String>,
        groups: impl IntoIterator<Item = impl Into<String>>,
        levels: impl IntoIterator<Item = impl Into<String>>,
        shares: ArrayView2<'_, f64>,
    ) -> Result<Self> {
        let (groups, levels) = checked(groups, levels, shares)?;
        let (levels, shares) = largest(levels, shares, MOST_SEGMENTS);
        let colours: Vec<Colour> = (0..levels.len())
            .map(|level| if level < MOST_SEGMENTS { Colour::Number(level) } else { Colour::Grey })
            .collect();
        let line = |(group, shares): (String, ArrayView1<'_, f64>)| {
            let segments = shares.iter().zip(&colours);
            (group, segments.map(|(&share, &colour)| Bar { share, colour }).collect())
        };
        Ok(Self {
            title: title.into(),
            lines: groups.into_iter().zip(shares.rows()).map(line).collect(),
            legend: levels.into_iter().zip(colours).collect(),
            arrangement: Arrangement::Stacked,
        })
    }

    /// One bar for each component of a mixture, divided by the levels of a category: `probabilities` has shape
    /// `(n_components, n_levels)`. The bars of several components are followed by one of the whole mixture, with the average by weight.
    ///
    /// # Errors
    /// Same as [`stacked`](Self::stacked); [`Error::ShapeMismatch`] unless there are as many components as weights.
    pub fn of_components(
        title: impl Into<String>,
        weights: ArrayView1<'_, f64>,
        levels: impl IntoIterator<Item = impl Into<String>>,
        probabilities: ArrayView2<'_, f64>,
    ) -> Result<Self> {
        if weights.len() != probabilities.nrows() {
            return Err(Error::shape("weights", probabilities.nrows(), weights.len()));
        }
        let percent = |(k, weight): (usize, &f64)| format!("{k} ({:.0} %)", 100.0 * weight);
        let mut groups: Vec<String> = weights.iter().enumerate().map(percent).collect();
        let mut shares = probabilities.to_owned();
        if weights.len() > 1 {
            groups.push("all".into());
            let average = weights.dot(&probabilities).insert_axis(Axis(0));
            shares = concatenate![Axis(0), shares, average];
        }
        Self::stacked(title, groups, levels, shares.view())
    }

    /// One bar for each level of a category, divided by the posteriors of the components for rows of that level, by Bayes' theorem
    /// `w_k p_kl / Σ_j w_j p_jl`. `probabilities` has shape `(n_components, n_levels)`. Only the 14 most frequent
    /// levels are shown. Levels without probability are left out.
    ///
    /// # Errors
    /// Same as [`of_components`](Self::of_components).
    pub fn of_levels(
        title: impl Into<String>,
        weights: ArrayView1<'_, f64>,
        levels: impl IntoIterator<Item = impl Into<String>>,
        probabilities: ArrayView2<'_, f64>,
    ) -> Result<Self> {
        if weights.len() != probabilities.nrows() {
            return Err(Error::shape("weights", probabilities.nrows(), weights.len()));
        }
        let levels: Vec<String> = levels.into_iter().map(Into::into).collect();
        if levels.len() != probabilities.ncols() {
            return Err(Error::shape("levels", probabilities.ncols(), levels.len()));
        }
        let frequencies = weights.dot(&probabilities);
        let (mut order, _) = most_frequent(frequencies.view(), MOST_LINES);
        order.retain(|level| frequencies[*level] > 0.0);
        let name =
            |&level: &usize| format!("{} ({:.0} %)", levels[level], 100.0 * frequencies[level]);
        let groups: Vec<String> = order.iter().map(name).collect();
        let posteriors =
            Array2::from_shape_fn((order.len(), weights.len()), |(line, component)| {
                let level = order[line];
                weights[component] * probabilities[[component, level]] / frequencies[level]
            });
        let components = (0..weights.len()).map(|component| format!("component {component}"));
        Self::stacked(title, groups, components, posteriors.view())
    }

    /// One bar for each level and group. `shares` has shape `(n_groups, n_levels)`. Of more than 15 levels, the 14 with the largest
    /// shares are shown, and the rest as one.
    ///
    /// # Errors
    /// Same as [`stacked`](Self::stacked).
    pub fn grouped(
        title: impl Into<String>,
        groups: impl IntoIterator<Item = impl Into<String>>,
        levels: impl IntoIterator<Item = impl Into<String>>,
        shares: ArrayView2<'_, f64>,
    ) -> Result<Self> {
        let (groups, levels) = checked(groups, levels, shares)?;
        let (levels, shares) = largest(levels, shares, MOST_LINES);
        let colour = |group: usize| match group {
            0 if groups.len() <= 2 => Colour::Grey,
            1 if groups.len() <= 2 => Colour::ORANGE,
            _ => Colour::Number(group),
        };
        let line = |(level, shares): (String, ArrayView1<'_, f64>)| {
            let bars = shares.iter().enumerate();
            (level, bars.map(|(group, &share)| Bar { share, colour: colour(group) }).collect())
        };
        let lines = levels.into_iter().zip(shares.columns()).map(line).collect();
        let legend = groups.iter().enumerate().map(|(at, name)| (name.clone(), colour(at)));
        Ok(Self {
            title: title.into(),
            lines,
            legend: legend.collect(),
            arrangement: Arrangement::Grouped,
        })
    }
}

/// Returns the names, if their numbers and the shares are valid.
fn checked(
    groups: impl IntoIterator<Item = impl Into<String>>,
    levels: impl IntoIterator<Item = impl Into<String>>,
    shares: ArrayView2<'_, f64>,
) -> Result<(Vec<String>, Vec<String>)> {
    let groups: Vec<String> = groups.into_iter().map(Into::into).collect();
    let levels: Vec<String> = levels.into_iter().map(Into::into).collect();
    for (what, names, n) in
        [("groups", &groups, shares.nrows()), ("levels", &levels, shares.ncols())]
    {
        if names.len() != n {
            return Err(Error::shape(what, n, names.len()));
        }
    }
    match shares.iter().find(|share| !(share.is_finite() && **share >= 0.0)) {
        Some(share) => Err(Error::param("shares", share, "finite, not negative")),
        None => Ok((groups, levels)),
    }
}

/// Keeps the `most` levels with the largest sums of shares in their order, if there are more than one besides, and adds up the others.
fn largest(
    levels: Vec<String>,
    shares: ArrayView2<'_, f64>,
    most: usize,
) -> (Vec<String>, Array2<f64>) {
    if levels.len() <= most + 1 {
        return (levels, shares.to_owned());
    }
    let sums = shares.sum_axis(Axis(0));
    let (kept, rest) = most_frequent(sums.view(), most);
    let mut names: Vec<String> = kept.iter().map(|&level| levels[level].clone()).collect();
    names.push(format!("{} other levels", rest.len()));
    let of_rest = shares.select(Axis(1), &rest).sum_axis(Axis(1)).insert_axis(Axis(1));
    let reduced = concatenate![Axis(1), shares.select(Axis(1), &kept), of_rest];
    (names, reduced)
}

/// The `most` levels with the largest shares, in their order, and the other ones by decreasing share.
fn most_frequent(shares: ArrayView1<'_, f64>, most: usize) -> (Vec<usize>, Vec<usize>) {
    let mut kept: Vec<usize> = (0..shares.len()).collect();
    kept.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]).then(a.cmp(&b)));
    let rest = kept.split_off(most.min(kept.len()));
    kept.sort_unstable();
    (kept, rest)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::plot::Figure;

    #[test]
    fn the_largest_levels_are_shown_and_the_rest_is_one() {
        let names: Vec<String> = (0..20).map(|level| format!("level {level}")).collect();
        let shares = Array2::from_shape_fn((2, 20), |(group, level)| {
            [0.3, 0.5][group] / 19.0 + if level == 19 { [0.684, 0.474][group] } else { 0.0 }
        });
        let (levels, reduced) = largest(names.clone(), shares.view(), MOST_SEGMENTS);
        assert_eq!(levels.len(), 7);
        assert_eq!((levels[5].as_str(), levels[6].as_str()), ("level 19", "14 other levels"));
        for (row, whole) in reduced.rows().into_iter().zip(shares.rows()) {
            approx::assert_relative_eq!(row.sum(), whole.sum(), epsilon = 1e-12);
        }
        let shares = Array2::from_elem((2, 7), 1.0 / 7.0);
        let (levels, _) = largest(names[..7].to_vec(), shares.view(), MOST_SEGMENTS);
        assert_eq!(levels, names[..7]);
    }

    #[test]
    fn names_and_shares_are_checked() {
        let shares = array![[0.5, 0.5]];
        let stacked = |groups: &[&str], levels: &[&str]| {
            ShareBars::stacked("", groups.iter().copied(), levels.iter().copied(), shares.view())
        };
        assert!(stacked(&["a"], &["x", "y"]).is_ok());
        assert!(matches!(stacked(&[], &["x", "y"]), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(stacked(&["a"], &["x"]), Err(Error::ShapeMismatch { .. })));
        let wrong = array![[f64::NAN]];
        let error = ShareBars::grouped("", ["a"], ["x"], wrong.view()).unwrap_err();
        assert!(matches!(error, Error::InvalidParam { .. }), "{error}");
    }

    #[test]
    fn bars_are_drawn_with_labels_and_a_legend() {
        let shares = array![[0.25, 0.75], [0.995, 0.005]];
        let bars = ShareBars::stacked("colour", ["one", "two"], ["blue", "red"], shares.view());
        let svg = Figure::new().panel(bars.unwrap()).svg().unwrap();
        for text in ["colour", "one", "two", "blue", "red", "25 %", "75 %", "100 %"] {
            assert!(svg.contains(&format!(">{text}</text>")), "{text}: {svg}");
        }
        let bars = ShareBars::grouped("colour", ["one", "two"], ["blue", "red"], shares.view());
        let svg = Figure::new().panel(bars.unwrap()).svg().unwrap();
        for text in ["colour", "one", "two", "blue", "red", "25.0 %", "99.5 %", "0.5 %"] {
            assert!(svg.contains(&format!(">{text}</text>")), "{text}: {svg}");
        }
    }

    #[test]
    fn components_are_followed_by_their_average() {
        let (weights, probabilities) = (array![0.25, 0.75], array![[1.0, 0.0], [0.2, 0.8]]);
        let of = |weights: &ndarray::Array1<f64>| {
            ShareBars::of_components("x", weights.view(), ["a", "b"], probabilities.view())
        };
        let bars = of(&weights).unwrap();
        let labels: Vec<&str> = bars.lines.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["0 (25 %)", "1 (75 %)", "all"]);
        approx::assert_relative_eq!(bars.lines[2].1[0].share, 0.4, epsilon = 1e-12);
        assert!(matches!(of(&array![1.0]), Err(Error::ShapeMismatch { .. })));
    }

    #[test]
    fn panels_grow_with_their_lines() {
        let of = |n: usize| {
            let groups: Vec<String> = (0..n).map(|k| k.to_string()).collect();
            let bars = ShareBars::stacked("", groups, ["x"], Array2::ones((n, 1)).view()).unwrap();
            Figure::new().panel(bars).size().1
        };
        assert!(of(12) > of(3) + 100);
    }

    #[test]
    fn posteriors_of_levels_are_those_of_bayes() {
        let (weights, probabilities) =
            (array![0.25, 0.75], array![[1.0, 0.0, 0.0], [0.2, 0.8, 0.0]]);
        let bars = ShareBars::of_levels("x", weights.view(), ["a", "b", "c"], probabilities.view())
            .unwrap();
        let labels: Vec<&str> = bars.lines.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["a (40 %)", "b (60 %)"]);
        approx::assert_relative_eq!(bars.lines[0].1[0].share, 0.625, epsilon = 1e-12);
        approx::assert_relative_eq!(bars.lines[1].1[1].share, 1.0, epsilon = 1e-12);
        assert_eq!(bars.legend[1].0, "component 1");
        let wrong = ShareBars::of_levels("x", weights.view(), ["a"], probabilities.view());
        assert!(matches!(wrong, Err(Error::ShapeMismatch { .. })));
    }
}
