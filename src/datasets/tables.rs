//! Embedded text tables.

use std::path::Path;

use crate::table::{KindChoice, Sheet, Table, TableReader};

pub(super) const SURVEY: &str = include_str!("../../datasets/survey.csv");
pub(super) const CUSTOMERS: &str = include_str!("../../datasets/customers.csv");
pub(super) const HEART: &str = include_str!("../../datasets/heart.csv");
pub(super) const HEART_MISSING: &str = include_str!("../../datasets/heart-missing.csv");

/// A synthetic market survey: 400 customers in four groups, with their age, income (thousands a year), spending (a year) and
/// visits (a month).
///
/// It is the file `datasets/survey.csv`, without labels, like real surveys.
///
/// # Examples
/// ```
/// let survey = mixlab::datasets::survey();
/// assert_eq!(survey.records.dim(), (400, 4));
/// assert_eq!(survey.feature_names()[..2], ["age", "income"]);
/// ```
pub fn survey() -> Table {
    read("survey.csv", SURVEY).table
}

/// The customers of [`survey`] with two categories, the channel by which they buy and whether they are members, and with missing
/// incomes, visits and channels.
///
/// The values that are not missing are those of the survey. Incomes are missing more often if they are high, and visits if the
/// customer buys online.
///
/// # Examples
/// ```
/// let customers = mixlab::datasets::customers();
/// assert_eq!(customers.table.records.dim(), (400, 6));
/// assert_eq!(customers.schema.n_missing(), [0, 34, 0, 39, 10, 0]);
/// let columns = customers.schema.columns();
/// assert_eq!(columns[4].kind.levels().unwrap().names(), ["online", "phone", "store"]);
/// ```
pub fn customers() -> Sheet {
    read("customers.csv", CUSTOMERS)
}

/// 270 patients with and without heart disease, with four numbers and nine categories, among them the diagnosis `disease`: the
/// Statlog heart table of the UCI repository (doi 10.24432/C57303, CC BY 4.0). Its codes are replaced by words.
///
/// # Examples
/// ```
/// let heart = mixlab::datasets::heart();
/// assert_eq!(heart.table.records.dim(), (270, 13));
/// let columns = heart.schema.columns();
/// let n_numbers = columns.iter().filter(|column| column.kind.is_numeric()).count();
/// assert_eq!(n_numbers, 4);
/// let levels = columns[12].kind.levels().unwrap();
/// assert_eq!(levels.names(), ["absent", "present"]);
/// assert_eq!(levels.name(heart.table.records[[0, 12]]), Some("present"));
/// ```
pub fn heart() -> Sheet {
    read("heart.csv", HEART)
}

/// The patients of [`heart`] without their diagnosis, 12 % of the values missing at random.
///
/// # Examples
/// ```
/// let heart = mixlab::datasets::heart_missing();
/// assert_eq!(heart.table.records.dim(), (270, 12));
/// assert_eq!(heart.schema.n_missing().iter().sum::<u64>(), 372);
/// ```
pub fn heart_missing() -> Sheet {
    read("heart-missing.csv", HEART_MISSING)
}

fn read(name: &str, text: &str) -> Sheet {
    let reader = TableReader::new().kinds(KindChoice::detect());
    let sheet = reader.read_from(Path::new(name), text.as_bytes());
    sheet.expect("embedded tables are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_have_the_numbers_of_the_survey() {
        let (survey, customers) = (survey().records, customers().table.records);
        let mut n_missing = 0;
        for ((row, column), &expected) in survey.indexed_iter() {
            let found = customers[[row, column]];
            n_missing += u32::from(found.is_nan());
            assert!(found == expected || found.is_nan(), "row {row}, column {column}");
        }
        assert_eq!(n_missing, 73);
    }

    #[test]
    fn all_columns_of_the_survey_are_numbers() {
        let sheet = read("survey.csv", SURVEY);
        assert!(sheet.schema.columns().iter().all(|column| column.kind.is_numeric()));
        assert!(sheet.decisions.is_empty(), "{:?}", sheet.decisions);
    }

    #[test]
    fn words_of_heart_stand_for_the_codes_of_the_repository() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/mixed");
        for (file, sheet) in [("heart.csv", heart()), ("heart-gaps.csv", heart_missing())] {
            let columns = sheet.schema.columns();
            let codes = TableReader::new().read(&golden.join(file)).unwrap().table.records;
            for (at, column) in columns.iter().enumerate() {
                let mut pairs: Vec<(String, String)> = codes
                    .column(at)
                    .iter()
                    .zip(sheet.table.records.column(at))
                    .map(|(code, value)| (code.to_string(), value.to_string()))
                    .collect();
                pairs.sort();
                pairs.dedup();
                // one word for each code, missing where the code is
                let n_values = |of: fn(&(String, String)) -> &String| {
                    pairs.iter().map(of).collect::<std::collections::BTreeSet<_>>().len()
                };
                assert_eq!(n_values(|pair| &pair.0), pairs.len(), "{}", column.name);
                assert_eq!(n_values(|pair| &pair.1), pairs.len(), "{}", column.name);
                if column.kind.is_numeric() {
                    assert!(pairs.iter().all(|(code, value)| code == value), "{}", column.name);
                }
            }
        }
    }
}
