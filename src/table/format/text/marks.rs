//! Detection of decimal marks and separators of thousands by all sampled values.

use super::field::{Decimal, Rules};
use super::numeral::{self, Mark, Notation, SPACERS, has_spacers, notation};
use super::sample::{Sample, bare_text};
use super::separator::Separator;
use super::sign::without_sign;
use crate::error::{Error, Result};
use crate::table::decision::Decision;
use crate::table::missing::MissingMarkers;
use crate::table::options::Source;

/// A number in the notation of the file, and its line, if it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Example {
    line: Option<usize>,
    column: usize,
    text: String,
    is_quoted: bool,
}

/// The notations of the numbers of a column.
#[derive(Debug, Clone, Default)]
struct Notations {
    n_plain: usize,
    /// Numbers with a decimal point or comma, by mark, which is certain.
    decimal: [Option<Example>; 2],
    /// Numbers that have the mark once, before three digits, by mark.
    ambiguous: [Option<Example>; 2],
    n_ambiguous: usize,
    /// Numbers whose thousands are certainly separated by the mark.
    thousands: [Option<Example>; 2],
    /// A number with spaces or apostrophes between thousands.
    spaces: Option<Example>,
}

fn at(mark: Mark) -> usize {
    match mark {
        Mark::Point => 0,
        Mark::Comma => 1,
    }
}

impl Notations {
    fn of(
        sample: &Sample,
        (first, n_fields): (usize, usize),
        (column, sign): (usize, Option<char>),
        markers: &MissingMarkers,
    ) -> Self {
        let (mut notations, mut n_numbers, mut n_others) = (Self::default(), 0_usize, 0_usize);
        let head = sample.head.iter().skip(first).map(|head| (Some(head.line), &head.record));
        for (line, record) in head.chain(sample.spread.iter().map(|record| (None, record))) {
            if record.len() != n_fields {
                continue;
            }
            let written = bare_text(record.field(column)).unwrap_or_default();
            let number = sign.and_then(|sign| without_sign(written, sign));
            let text = number.as_deref().unwrap_or(written);
            match notation(text) {
                _ if markers.has_text(text) => {}
                Some(found) => {
                    n_numbers += 1;
                    let is_quoted = record.is_quoted(column);
                    let example = || Example { line, column, text: text.to_owned(), is_quoted };
                    notations.add(found, &example);
                }
                None => n_others += 1,
            }
        }
        // the numbers among texts prove nothing
        if n_numbers > n_others { notations } else { Self::default() }
    }

    fn add(&mut self, notation: Notation, example: &dyn Fn() -> Example) {
        let slot = match notation {
            Notation::Plain => {
                self.n_plain += 1;
                None
            }
            Notation::Decimal(mark) => Some(&mut self.decimal[at(mark)]),
            Notation::Thousands(mark) => Some(&mut self.thousands[at(mark)]),
            Notation::Ambiguous(mark) => {
                self.n_ambiguous += 1;
                Some(&mut self.ambiguous[at(mark)])
            }
        };
        if notation != Notation::Plain || self.spaces.is_none() {
            let example = example();
            if self.spaces.is_none() && has_spacers(&example.text) {
                self.spaces = Some(example.clone());
            }
            if let Some(slot) = slot {
                slot.get_or_insert(example);
            }
        }
    }

    /// Returns a number that proves that `mark` is the decimal mark.
    fn proof(&self, mark: Mark) -> Option<&Example> {
        self.decimal[at(mark)].as_ref().or(self.thousands[at(mark.other())].as_ref())
    }
}

/// Columns of a sample.
pub(super) struct SampledColumns<'a> {
    pub(super) sample: &'a Sample,
    /// Index of the first row in the sample, and number of columns.
    pub(super) shape: (usize, usize),
    /// Columns of numbers that are read, and their names.
    pub(super) chosen: &'a [usize],
    pub(super) names: &'a [String],
    /// Sign of the numbers of each column of the file.
    pub(super) signs: &'a [Option<char>],
    /// Other columns of numbers.
    pub(super) others: &'a [usize],
}

/// Returns how the values of each chosen column are read, except truth values.
///
/// A table has one decimal mark: the one that any value proves. The other mark then separates thousands in columns that have
/// groups of exactly three digits. If no value proves it, a single mark before three digits is a decimal mark if it is a point,
/// or if it is a comma in a column without other whole numbers and without quotes around it.
///
/// # Errors
/// [`Error::Table`] for two decimal marks, and [`Error::AmbiguousNumber`].
pub(super) fn rules(
    source: &Source,
    columns: &SampledColumns<'_>,
    separator: Separator,
    markers: &MissingMarkers,
) -> Result<(Vec<Rules>, Vec<Decision>)> {
    let of = |&column: &usize| {
        let column = (column, columns.signs[column]);
        Notations::of(columns.sample, columns.shape, column, markers)
    };
    let notations: Vec<Notations> = columns.chosen.iter().map(of).collect();
    let given = source.options.decimal_mark.map(|mark| match mark {
        ',' => Mark::Comma,
        _ => Mark::Point,
    });
    let decided = match given {
        Some(mark) => Decided { decimal: Decimal::Known(mark), is_certain: true, ambiguous: None },
        None => decide(source, columns, &notations, separator, &of)?,
    };
    let mut rules = Vec::new();
    for (found, &column) in notations.iter().zip(columns.chosen) {
        let thousands = match decided.decimal {
            Decimal::Known(mark) => given.is_some() || found.ambiguous[at(mark.other())].is_some(),
            Decimal::Either => false,
        };
        let spaces = given.is_some() || found.spaces.is_some();
        let sign = columns.signs[column];
        rules.push(Rules { decimal: decided.decimal, thousands, spaces, boolean: false, sign });
    }
    let mut decisions = Vec::new();
    if given.is_none() {
        decided.add_decisions(&mut decisions, columns, &notations, separator);
    }
    Ok((rules, decisions))
}

/// The decimal mark of a table.
struct Decided {
    decimal: Decimal,
    /// Whether a value proves it.
    is_certain: bool,
    /// A value whose mark is taken as a decimal mark without proof.
    ambiguous: Option<Example>,
}

fn decide(
    source: &Source,
    columns: &SampledColumns<'_>,
    notations: &[Notations],
    separator: Separator,
    of: &dyn Fn(&usize) -> Notations,
) -> Result<Decided> {
    let proof = |mark: Mark| {
        // a line can be named if a value at the beginning proves it
        let proofs = || notations.iter().filter_map(|found| found.proof(mark));
        proofs().find(|example| example.line.is_some()).or_else(|| proofs().next())
    };
    let certain =
        |mark| Ok(Decided { decimal: Decimal::Known(mark), is_certain: true, ambiguous: None });
    match (proof(Mark::Point), proof(Mark::Comma)) {
        (Some(point), Some(comma)) => {
            return match (point.line, comma.line) {
                (Some(_), Some(_)) => Err(two_marks(source, point, comma)),
                // the other mark is reported with its line when it is read
                (None, Some(_)) => certain(Mark::Comma),
                _ => certain(Mark::Point),
            };
        }
        (Some(_), None) => return certain(Mark::Point),
        (None, Some(_)) => return certain(Mark::Comma),
        (None, None) => {}
    }
    let ambiguous =
        |mark: Mark| notations.iter().find_map(|found| found.ambiguous[at(mark)].as_ref());
    let (point, comma) = (ambiguous(Mark::Point), ambiguous(Mark::Comma));
    if point.is_some() || comma.is_some() {
        // columns that are not read may prove it
        let others: Vec<Notations> = columns.others.iter().map(of).collect();
        let proves = |mark| others.iter().any(|found| found.proof(mark).is_some());
        match (proves(Mark::Point), proves(Mark::Comma)) {
            (true, false) => return certain(Mark::Point),
            (false, true) => return certain(Mark::Comma),
            _ => {}
        }
    }
    let uncertain = |mark, example: &Example| {
        let ambiguous = Some(example.clone());
        Ok(Decided { decimal: Decimal::Known(mark), is_certain: false, ambiguous })
    };
    match (point, comma) {
        (Some(point), Some(comma)) => {
            let place = |example: &Example| (example.line, example.column);
            let first = if place(point) < place(comma) { point } else { comma };
            let name = columns.chosen.iter().position(|&column| column == first.column);
            Err(Error::AmbiguousNumber {
                path: source.path.clone(),
                line: first.line.unwrap_or_default(),
                column: first.column + 1,
                name: name.map_or(String::new(), |at| columns.names[at].clone()),
                text: first.text.clone(),
            })
        }
        (Some(point), None) => uncertain(Mark::Point, point),
        (None, Some(comma)) if separator == Separator::Byte(b',') || are_counts(notations) => {
            uncertain(Mark::Point, comma)
        }
        (None, Some(comma)) => uncertain(Mark::Comma, comma),
        (None, None) if separator == Separator::Byte(b';') => {
            Ok(Decided { decimal: Decimal::Either, is_certain: false, ambiguous: None })
        }
        (None, None) => certain(Mark::Point),
    }
}

/// Whether values such as `1,234` are rather counts: whole numbers without a mark are among several of them.
fn are_counts(notations: &[Notations]) -> bool {
    let marked = notations.iter().filter(|found| found.ambiguous[at(Mark::Comma)].is_some());
    marked.clone().count() > 0
        && marked.clone().all(|found| found.n_plain > 0 && found.n_ambiguous > 1)
}

impl Decided {
    fn add_decisions(
        &self,
        decisions: &mut Vec<Decision>,
        columns: &SampledColumns<'_>,
        notations: &[Notations],
        separator: Separator,
    ) {
        let Decimal::Known(mark) = self.decimal else { return };
        let by_mark = |found: &Notations| found.ambiguous[at(mark.other())].clone();
        let by_space = |found: &Notations| found.spaces.clone();
        let other = |text: &str| text.chars().find(|&found| found == mark.other().character());
        let space = |text: &str| text.chars().find(|found| SPACERS.contains(found));
        let certain = self.is_certain;
        decisions.extend(thousands(columns, notations, &by_mark, &other, (mark, certain)));
        decisions.extend(thousands(columns, notations, &by_space, &space, (mark, true)));
        // a single column has no separator
        let is_usual =
            mark == Mark::Point || (separator == Separator::Byte(b';') && columns.shape.1 > 1);
        let is_read = |mark| notations.iter().any(|found| found.ambiguous[at(mark)].is_some());
        match &self.ambiguous {
            // between commas, numbers with decimal points are not quoted
            Some(example)
                if is_read(mark) && (separator != Separator::Byte(b',') || example.is_quoted) =>
            {
                let (mark, text) = (mark.character(), example.text.clone());
                decisions.push(Decision::AmbiguousMarks { mark, text });
            }
            None if !is_usual => {
                let text = notations
                    .iter()
                    .find_map(|found| found.proof(mark))
                    .map(|example| example.text.clone());
                decisions.extend(text.map(|text| Decision::DecimalCommas { text }));
            }
            _ => {}
        }
    }
}

/// Returns the decision on the columns in which a character separates thousands, if there are any: those with an example.
fn thousands(
    columns: &SampledColumns<'_>,
    notations: &[Notations],
    example: &dyn Fn(&Notations) -> Option<Example>,
    separator: &dyn Fn(&str) -> Option<char>,
    (mark, is_certain): (Mark, bool),
) -> Option<Decision> {
    let examples = notations.iter().map(example).zip(columns.names);
    let found: Vec<_> = examples.filter_map(|(example, name)| Some((example?, name))).collect();
    let text = found.first()?.0.text.clone();
    Some(Decision::Thousands {
        mark: separator(&text)?,
        columns: found.iter().map(|&(_, name)| name.clone()).collect(),
        value: numeral::parse(&text, mark, true)?.to_string(),
        text,
        is_certain,
    })
}

/// Returns the error for two decimal marks.
fn two_marks(source: &Source, point: &Example, comma: &Example) -> Error {
    let place = |example: &Example| (example.line, example.column);
    let is_first = place(point) < place(comma);
    let (first, second) = if is_first { (point, comma) } else { (comma, point) };
    let mark = |example: &Example| if example == point { "point" } else { "comma" };
    let problem = format!(
        "the decimal mark of {:?} is a {}, and that of {:?} in line {} is a {}; write all numbers with one decimal mark",
        second.text,
        mark(second),
        first.text,
        first.line.unwrap_or_default(),
        mark(first),
    );
    source.table(second.line.unwrap_or_default(), second.column + 1, problem)
}
