//! Lists of numbers of components, and of covariance types.

use std::collections::HashSet;
use std::str::FromStr;

use mixlab::CovarianceType;

/// A list of whole numbers of at least 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers(pub Vec<usize>);

impl FromStr for Numbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(parse_range).collect::<Result<Vec<_>, _>>()?;
        let mut numbers = parts.concat();
        let mut seen = HashSet::new();
        numbers.retain(|&number| seen.insert(number));
        Ok(Self(numbers))
    }
}

/// Maximum number of values in a range.
const MOST_MODELS: usize = 10_000;

/// Parses `4`, `1..10` or `30..90:10`, both ends included.
fn parse_range(text: &str) -> Result<Vec<usize>, String> {
    let number = |part: &str| match part.trim().parse::<usize>() {
        Ok(0) => Err("the number of components must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => {
            Err(format!("{part:?} is not a whole number; write 4, 1..10, 30..90:10 or 2,4,8"))
        }
    };
    let Some((first, rest)) = text.split_once("..") else {
        return Ok(vec![number(text)?]);
    };
    let (last, step) = rest.split_once(':').unwrap_or((rest, "1"));
    let (first, last, step) = (number(first)?, number(last)?, number(step)?);
    if first > last {
        return Err(format!("the range {text} is empty; write the smaller number first"));
    }
    if (last - first) / step >= MOST_MODELS {
        return Err(format!("the range {text} has more than {MOST_MODELS} models"));
    }
    Ok((first..=last).step_by(step).collect())
}

/// A list of covariance types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CovarianceTypes(pub Vec<CovarianceType>);

impl FromStr for CovarianceTypes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self(CovarianceType::ALL.to_vec()));
        }
        if text == "mclust" {
            return Ok(Self(CovarianceType::MCLUST.to_vec()));
        }
        let mut types = Vec::new();
        for part in text.split(',').map(str::trim) {
            let family = match (part.parse(), types.last()) {
                // a number alone is another rank of the family before it
                (Ok(rank @ 1..), Some(&CovarianceType::LowRank { noise, .. })) => {
                    CovarianceType::LowRank { rank, noise }
                }
                _ => part
                    .parse()
                    .map_err(|error| format!("{error}, a list of them, all or mclust"))?,
            };
            if !types.contains(&family) {
                types.push(family);
            }
        }
        Ok(Self(types))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_single_listed_or_ranges_with_both_ends() {
        let numbers = |text: &str| text.parse::<Numbers>().map(|numbers| numbers.0);
        assert_eq!(numbers("4").unwrap(), [4]);
        assert_eq!(numbers("1..3").unwrap(), [1, 2, 3]);
        assert_eq!(numbers("30..90:30").unwrap(), [30, 60, 90]);
        assert_eq!(numbers("2,4,8").unwrap(), [2, 4, 8]);
        assert_eq!(numbers("3,1..3,3").unwrap(), [3, 1, 2]);
        for bad in ["0", "0..3", "3..1", "x", "", "1..", "2..4:0", "-1", "1..99999999999"] {
            assert!(numbers(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn covariance_types_are_listed_with_ranks() {
        let types = |text: &str| text.parse::<CovarianceTypes>().map(|types| types.0);
        let names = |text: &str| types(text).unwrap().iter().map(ToString::to_string).collect();
        let listed: Vec<String> = names("low-rank:5,10,full, low-rank:3:tied-diag,4,4");
        let expected =
            ["low-rank:5", "low-rank:10", "full", "low-rank:3:tied-diag", "low-rank:4:tied-diag"];
        assert_eq!(listed, expected);
        assert_eq!((types("all").unwrap().len(), types("mclust").unwrap().len()), (4, 14));
        for bad in ["", "5", "full,5", "low-rank", "low-rank:5,0", "low-rank:5,x", "all,full"] {
            assert!(types(bad).is_err(), "{bad}");
        }
    }
}
