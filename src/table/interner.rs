//! The distinct texts of a column, each with a code.

use std::collections::HashMap;
use std::sync::Arc;

/// Maximum number of distinct texts of a column that are kept, and of their bytes. The values of a column with more differ in
/// nearly every row, or are text of a natural language.
const MOST_TEXTS: usize = 1 << 17;
const MOST_BYTES: usize = 1 << 24;

/// Distinct texts in the order of their first occurrence, which is their code. Of more than the maximum, the first are kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Interner {
    codes: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
    n_bytes: usize,
    is_full: bool,
}

impl Interner {
    /// The code of texts that are not kept.
    pub(super) const NOT_KEPT: f64 = -1.0;

    /// Creates a list that begins with these texts.
    pub(super) fn with<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut interner = Self::default();
        for text in texts {
            interner.code(text);
        }
        interner
    }

    /// Returns the code of a text.
    pub(super) fn code(&mut self, text: &str) -> f64 {
        if let Some(&code) = self.codes.get(text) {
            return code.into();
        }
        let n_bytes = self.n_bytes + text.len();
        if self.is_full || self.texts.len() == MOST_TEXTS || n_bytes > MOST_BYTES {
            // no later text is kept either, so that the order of the file decides
            self.is_full = true;
            return Self::NOT_KEPT;
        }
        let (code, text) = (self.texts.len() as u32, Arc::<str>::from(text));
        self.texts.push(text.clone());
        self.codes.insert(text, code);
        self.n_bytes = n_bytes;
        code.into()
    }

    /// Adds the texts of a later part, and returns the code of each of them.
    pub(super) fn merge(&mut self, later: &Self) -> Vec<f64> {
        let codes = later.texts.iter().map(|text| self.code(text)).collect();
        self.is_full |= later.is_full;
        codes
    }

    /// The texts in the order of their codes.
    pub(super) fn texts(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.texts.iter().map(|text| &**text)
    }

    /// Whether there were more texts than are kept.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_merge_in_the_order_of_the_file() {
        let mut all = Interner::with(["a", "b"]);
        let mut later = Interner::default();
        let codes: Vec<f64> = ["c", "a", "c"].map(|text| later.code(text)).into();
        assert_eq!(codes, [0.0, 1.0, 0.0]);
        assert_eq!(all.merge(&later), [2.0, 0.0]);
        assert_eq!(all.texts().collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn the_memory_of_texts_is_bounded() {
        let mut texts = Interner::default();
        let long = "x".repeat(1 << 10);
        for index in 0..(MOST_BYTES >> 10) + 5 {
            texts.code(&format!("{long}{index}"));
        }
        assert!(texts.is_full() && texts.texts().len() <= MOST_BYTES >> 10);
        assert_eq!(texts.code("short"), Interner::NOT_KEPT);
        assert_eq!(texts.code(&format!("{long}0")), 0.0);
    }
}
