//! Rows that break the rules of a model.

use std::collections::BTreeMap;
use std::path::Path;

use mixlab::ModelFile;
use mixlab::table::Sheet;

use crate::output::note;

/// Counts rows that break the rules of a model.
pub struct BrokenRules<'a> {
    file: &'a ModelFile,
    /// Number of rows, and the row in the file of the first of them, counted from 1, by rule.
    found: BTreeMap<String, (usize, usize)>,
}

impl<'a> BrokenRules<'a> {
    pub fn new(file: &'a ModelFile) -> Self {
        Self { file, found: BTreeMap::new() }
    }

    /// Counts the rows of a sheet.
    pub fn count(&mut self, path: &Path, sheet: &Sheet) -> mixlab::Result<()> {
        let Some(rules) = &self.file.rules else { return Ok(()) };
        let rows = self.file.encode_table(path, sheet)?;
        for broken in rules.broken(rows.view())? {
            let first = sheet.rows[broken.first_row] + 1;
            self.found.entry(broken.rule.to_string()).or_insert((0, first)).0 += broken.n_rows;
        }
        Ok(())
    }

    /// Says which rules are broken.
    pub fn report(&self) {
        if self.found.is_empty() {
            return;
        }
        let text = |(rule, (n_rows, first)): (&String, &(usize, usize))| match n_rows {
            1 => format!("{rule:?} in row {first}"),
            _ => format!("{rule:?} in {n_rows} rows, first row {first}"),
        };
        let all: Vec<String> = self.found.iter().map(text).collect();
        note(format_args!(
            "rules are broken: {}; totals and combinations of such rows are not used, and negative differences are improbable",
            all.join(", ")
        ));
    }
}
