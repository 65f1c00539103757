//! Agreement of two labellings of the same rows.

use std::collections::HashMap;

use crate::error::{Error, Result};

/// Contingency table: numbers of rows by pair of labels, and by each label.
struct Contingency {
    pairs: HashMap<(usize, usize), f64>,
    left: HashMap<usize, f64>,
    right: HashMap<usize, f64>,
    total: f64,
}

impl Contingency {
    fn new<'a>(
        left: impl IntoIterator<Item = &'a usize>,
        right: impl IntoIterator<Item = &'a usize>,
    ) -> Result<Self> {
        let left: Vec<usize> = left.into_iter().copied().collect();
        let right: Vec<usize> = right.into_iter().copied().collect();
        if left.len() != right.len() {
            return Err(Error::shape("the second labelling", left.len(), right.len()));
        }
        let mut table = Self {
            pairs: HashMap::new(),
            left: HashMap::new(),
            right: HashMap::new(),
            total: left.len() as f64,
        };
        for (&a, &b) in left.iter().zip(&right) {
            *table.pairs.entry((a, b)).or_default() += 1.0;
            *table.left.entry(a).or_default() += 1.0;
            *table.right.entry(b).or_default() += 1.0;
        }
        Ok(table)
    }
}

/// Returns the adjusted Rand index of two labellings (Hubert & Arabie 1985): 1 if they partition the rows identically, about 0
/// if they agree no more than by chance.
///
/// ```text
/// ari = (Σ C(nᵢⱼ, 2) - e) / (½ (a + b) - e),   a = Σ C(nᵢ, 2),  b = Σ C(nⱼ, 2),  e = a b / C(n, 2)
/// ```
/// The index does not depend on the values of the labels.
///
/// # Errors
/// [`Error::ShapeMismatch`] if the labellings differ in length.
///
/// # Examples
/// ```
/// use mixlab::agreement::adjusted_rand_index;
///
/// assert_eq!(adjusted_rand_index(&[0, 0, 1, 1], &[7, 7, 3, 3])?, 1.0);
/// assert!(adjusted_rand_index(&[0, 0, 1, 1], &[0, 1, 0, 1])? < 0.0);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn adjusted_rand_index<'a>(
    left: impl IntoIterator<Item = &'a usize>,
    right: impl IntoIterator<Item = &'a usize>,
) -> Result<f64> {
    let table = Contingency::new(left, right)?;
    let pairs = |count: &f64| count * (count - 1.0) / 2.0;
    let joint: f64 = table.pairs.values().map(pairs).sum();
    let left: f64 = table.left.values().map(pairs).sum();
    let right: f64 = table.right.values().map(pairs).sum();
    let all = pairs(&table.total);
    let expected = if all > 0.0 { left * right / all } else { 0.0 };
    let most = 0.5 * (left + right);
    // both labellings have a single cluster, or only clusters of one row
    if most == expected {
        return Ok(1.0);
    }
    Ok((joint - expected) / (most - expected))
}

/// Returns the purity of clusters: the share of rows that belong to the most frequent class of their cluster (Manning,
/// Raghavan & Schütze 2008, "Introduction to Information Retrieval", section 16.3).
///
/// ```text
/// purity = 1/n Σₖ maxⱼ nₖⱼ
/// ```
/// It is above 0 and at most 1. It increases with the number of clusters and is 1 if every row is a cluster, so it should
/// be reported with the [`adjusted_rand_index`].
///
/// # Errors
/// [`Error::ShapeMismatch`] if `clusters` and `classes` differ in length.
///
/// # Examples
/// ```
/// use mixlab::agreement::purity;
///
/// let (clusters, classes) = ([0, 0, 0, 1, 1], [7, 7, 3, 3, 3]);
/// assert_eq!(purity(&clusters, &classes)?, 0.8);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn purity<'a>(
    clusters: impl IntoIterator<Item = &'a usize>,
    classes: impl IntoIterator<Item = &'a usize>,
) -> Result<f64> {
    let table = Contingency::new(clusters, classes)?;
    let mut largest: HashMap<usize, f64> = HashMap::new();
    for (&(cluster, _), &count) in &table.pairs {
        let most = largest.entry(cluster).or_default();
        *most = count.max(*most);
    }
    Ok(largest.values().sum::<f64>() / table.total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_matches_a_calculation_by_hand() {
        // pairs of rows with equal labels: 2 in both, 6 in the first, 3 in the second, of 15 pairs
        let (left, right) = ([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]);
        let expected: f64 = 6.0 * 3.0 / 15.0;
        let index = (2.0 - expected) / (0.5 * (6.0 + 3.0) - expected);
        approx::assert_relative_eq!(adjusted_rand_index(&left, &right).unwrap(), index);
    }

    #[test]
    fn purity_counts_the_largest_class_of_each_cluster() {
        assert_eq!(purity(&[5, 5, 5, 5], &[0, 0, 1, 2]).unwrap(), 0.5);
        assert_eq!(purity(&[0, 1, 2], &[4, 4, 4]).unwrap(), 1.0);
        assert!(purity(&[0], &[0, 1]).is_err());
    }

    #[test]
    fn single_clusters_agree_and_lengths_must_match() {
        assert_eq!(adjusted_rand_index(&[1, 1, 1], &[0, 0, 0]).unwrap(), 1.0);
        assert!(adjusted_rand_index(&[1, 1, 1], &[0, 0]).is_err());
    }
}
