//! A rule between columns, and how it is written.

use std::fmt;

/// A rule between columns of a table, by their names.
///
/// # Examples
/// ```
/// use mixlab::Rule;
///
/// let names = ["start", "end", "total", "rent", "food", "city", "zip"].map(String::from);
/// let rule = Rule::parse("start <= end", &names)?;
/// assert_eq!(rule, Rule::AtMost { lower: "start".into(), upper: "end".into() });
/// assert_eq!(Rule::parse("total = rent + 2*food - 1", &names)?.to_string(), "total = rent + 2*food - 1");
/// assert_eq!(Rule::parse("city,zip", &names)?.columns(), ["city", "zip"]);
/// assert!(Rule::parse("start < finish", &names).is_err());
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Rule {
    /// `lower <= upper`: one column is at most another.
    AtMost {
        /// The column that is at most the other.
        lower: String,
        /// The column that is at least the other.
        upper: String,
    },
    /// `total = a + 2*b - 1`: a column is a sum of multiples of others and a constant.
    Sum {
        /// The column that follows from the others.
        total: String,
        /// Factors and columns, at least one.
        terms: Vec<(f64, String)>,
        /// The constant.
        constant: f64,
    },
    /// `city,zip`: the columns only have combinations of values that occur in the data.
    Combination {
        /// The columns, at least two.
        columns: Vec<String>,
    },
}

impl Rule {
    /// All columns of the rule; of an order the smaller first, and of a sum the total.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::AtMost { lower, upper } => vec![lower, upper],
            Self::Sum { total, terms, .. } => {
                let terms = terms.iter().map(|(_, name)| name.as_str());
                std::iter::once(total.as_str()).chain(terms).collect()
            }
            Self::Combination { columns } => columns.iter().map(String::as_str).collect(),
        }
    }
}

/// Formats the rule as [`Rule::parse`] reads it.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost { lower, upper } => write!(f, "{} <= {}", quoted(lower), quoted(upper)),
            Self::Sum { total, terms, constant } => {
                write!(f, "{} = ", quoted(total))?;
                for (at, (factor, name)) in terms.iter().enumerate() {
                    f.write_str(match (at, *factor < 0.0) {
                        (0, true) => "-",
                        (0, false) => "",
                        (_, true) => " - ",
                        (_, false) => " + ",
                    })?;
                    match factor.abs() {
                        1.0 => write!(f, "{}", quoted(name))?,
                        size => write!(f, "{size}*{}", quoted(name))?,
                    }
                }
                match *constant {
                    0.0 => Ok(()),
                    constant if constant < 0.0 => write!(f, " - {}", -constant),
                    constant => write!(f, " + {constant}"),
                }
            }
            Self::Combination { columns } => {
                let names: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
                f.write_str(&names.join(","))
            }
        }
    }
}

/// A name, in quotation marks, which are doubled inside, if it has a character with a meaning in rules.
fn quoted(name: &str) -> String {
    let has_meaning = |letter: char| "<>=,+-*\"".contains(letter);
    if name.contains(has_meaning) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}
