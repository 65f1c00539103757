//! Levels of categories.

use std::sync::Arc;

/// The levels of a column of categories, in the order of their numbers: in rows, a category is the index of its level.
///
/// # Examples
/// ```
/// use mixlab::Levels;
///
/// let levels = Levels::new(["blue", "green", "red"]);
/// assert_eq!((levels.index("green"), levels.name(2.0)), (Some(1), Some("red")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Levels(Arc<[String]>);

impl Levels {
    /// Maximum number of levels that are detected; further texts are one more level, [`Levels::OTHER`].
    pub const MOST: usize = 50;

    /// Name of the last level, of all texts that are too rare for a level of their own.
    pub const OTHER: &str = "other";

    /// Levels with these names, which should differ.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// Levels of texts with their numbers of rows, as a reader of tables makes them: sorted by name, and numbers by value. Of
    /// more than [`Levels::MOST`] texts the most frequent are levels (of equally frequent ones, the first by name), and all
    /// others are [`Levels::OTHER`], the last level. Texts without rows are left out.
    ///
    /// # Examples
    /// ```
    /// use mixlab::Levels;
    ///
    /// let levels = Levels::of_counts([("10", 3), ("9", 5), ("none", 0)]);
    /// assert_eq!(levels.names(), ["9", "10"]);
    /// ```
    pub fn of_counts<'a>(texts: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        let mut texts: Vec<_> = texts.into_iter().filter(|&(_, count)| count > 0).collect();
        let has_others = texts.len() > Self::MOST;
        if has_others {
            texts.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
            texts.truncate(Self::MOST);
            // a text of this name is among the others
            texts.retain(|&(text, _)| text != Self::OTHER);
        }
        let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let numbers: Option<Vec<f64>> = texts.iter().map(|(text, _)| number(text)).collect();
        match numbers {
            Some(numbers) => {
                let mut order: Vec<usize> = (0..texts.len()).collect();
                order.sort_by(|&a, &b| {
                    numbers[a].total_cmp(&numbers[b]).then_with(|| texts[a].0.cmp(texts[b].0))
                });
                texts = order.into_iter().map(|at| texts[at]).collect();
            }
            None => texts.sort_unstable(),
        }
        Self::new(texts.iter().map(|&(text, _)| text).chain(has_others.then_some(Self::OTHER)))
    }

    /// Names of the levels.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Number of levels.
    pub fn n_levels(&self) -> usize {
        self.0.len()
    }

    /// Index of the level with this name.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|known| known == name)
    }

    /// Index of the level that a text of a table belongs to: the one with its name; of truth values in any case, the one with
    /// the same value; of numbers, the one with the same value; otherwise [`Levels::OTHER`], if it is a level.
    pub fn index_of(&self, text: &str) -> Option<usize> {
        let other = || self.index(Self::OTHER).filter(|&at| at + 1 == self.n_levels());
        self.index(text).or_else(|| self.index_of_value(text)).or_else(other)
    }

    /// Index of the level that is the same truth value, or the same number.
    pub(crate) fn index_of_value(&self, text: &str) -> Option<usize> {
        if let Some(truth) = truth(text) {
            return self.0.iter().position(|name| self::truth(name) == Some(truth));
        }
        let number: f64 = text.parse().ok()?;
        self.0.iter().position(|name| name.parse() == Ok(number))
    }

    /// Name of the level with this index, a whole number; none for a missing value or an index beyond the levels.
    pub fn name(&self, index: f64) -> Option<&str> {
        let is_index = index.fract() == 0.0 && index >= 0.0;
        self.0.get(is_index.then_some(index as usize)?).map(String::as_str)
    }
}

/// Returns a truth value: `true` or `false` in any case, or `T` or `F`, as in R.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text {
        "T" => Some(true),
        "F" => Some(false),
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_texts_are_levels_and_the_others_one_more() {
        let texts: Vec<String> = (0..10_000).map(|index| format!("c{index:05}")).collect();
        let count = |index: usize| if index % 200 == 7 { 30 } else { 1 + index as u64 % 5 };
        let counts = || texts.iter().enumerate().map(|(index, text)| (text.as_str(), count(index)));
        let levels = Levels::of_counts(counts());
        assert_eq!(levels.n_levels(), Levels::MOST + 1);
        assert_eq!(levels.names()[0], "c00007");
        assert_eq!(levels.names()[Levels::MOST], Levels::OTHER);
        let mut reversed: Vec<_> = counts().collect();
        reversed.reverse();
        assert_eq!(Levels::of_counts(reversed), levels);
        assert_eq!(levels.index_of("c00001"), Some(Levels::MOST));
        // "other" itself is among the others
        let with_other = Levels::of_counts(counts().chain([(Levels::OTHER, 1000)]));
        assert_eq!(with_other.names().iter().filter(|name| *name == Levels::OTHER).count(), 1);
    }

    #[test]
    fn texts_are_found_by_name_and_by_value() {
        let levels = Levels::new(["False", "True"]);
        assert_eq!((levels.index_of("TRUE"), levels.index_of("F")), (Some(1), Some(0)));
        assert_eq!(levels.index_of("yes"), None);
        let levels = Levels::of_counts([("2.50", 1), ("-1", 4), ("10", 1)]);
        assert_eq!(levels.names(), ["-1", "2.50", "10"]);
        assert_eq!((levels.index_of("2.5"), levels.index_of("10.0")), (Some(1), Some(2)));
    }
}
