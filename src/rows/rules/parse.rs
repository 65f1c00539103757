//! Reading of rules.

use super::rule::Rule;
use crate::error::{Error, Result};

/// The forms of rules, in errors.
const FORMS: &str =
    "write \"start <= end\", \"total = a + b\", or \"city,zip\" for combinations that occur";

impl Rule {
    /// Reads a rule of a table with columns of these names: `a <= b` or `b >= a`; `total = a + 2*b - 1`; `city,zip`. A name may stand in
    /// quotation marks, with those inside doubled; without them, the longest name that fits is meant, so that names may have spaces and signs.
    ///
    /// # Errors
    /// [`Error::InvalidRule`].
    pub fn parse(text: &str, names: &[String]) -> Result<Self> {
        let parser = Parser { text, names };
        parser.rule().map_err(|problem| Error::InvalidRule { rule: text.trim().into(), problem })
    }
}

struct Parser<'a> {
    text: &'a str,
    names: &'a [String],
}

impl Parser<'_> {
    fn rule(&self) -> Result<Rule, String> {
        let (first, rest) = self.name(self.text)?;
        if let Some(rest) = rest.strip_prefix("<=") {
            return Ok(Rule::AtMost { lower: first, upper: self.last_name(rest)? });
        }
        if let Some(rest) = rest.strip_prefix(">=") {
            return Ok(Rule::AtMost { lower: self.last_name(rest)?, upper: first });
        }
        if rest.starts_with(['<', '>']) {
            return Err("differences can be 0; write <= or >=".into());
        }
        if let Some(rest) = rest.strip_prefix('=') {
            return self.sum(first, rest);
        }
        if rest.starts_with(',') {
            return self.combination(first, rest);
        }
        Err(FORMS.into())
    }

    fn combination(&self, first: String, mut rest: &str) -> Result<Rule, String> {
        let mut columns = vec![first];
        while let Some(after) = rest.strip_prefix(',') {
            let (name, after) = self.name(after)?;
            columns.push(name);
            rest = after;
        }
        if rest.is_empty() { Ok(Rule::Combination { columns }) } else { Err(FORMS.into()) }
    }

    fn sum(&self, total: String, mut rest: &str) -> Result<Rule, String> {
        let (mut terms, mut constant) = (Vec::new(), 0.0);
        let mut is_first = true;
        loop {
            rest = rest.trim_start();
            let sign = match rest.chars().next() {
                Some('+') => 1.0,
                Some('-') => -1.0,
                None if !is_first => break,
                Some(_) if is_first => 0.0,
                _ => return Err(FORMS.into()),
            };
            if sign != 0.0 {
                rest = &rest[1..];
            }
            let sign = if sign == 0.0 { 1.0 } else { sign };
            is_first = false;
            if let Ok((name, after)) = self.name(rest) {
                terms.push((sign, name));
                rest = after;
                continue;
            }
            let (number, after) = number(rest).ok_or_else(|| self.unknown(rest))?;
            rest = after.trim_start();
            match rest.strip_prefix('*') {
                Some(after) => {
                    let (name, after) = self.name(after)?;
                    terms.push((sign * number, name));
                    rest = after;
                }
                None => constant += sign * number,
            }
        }
        if terms.is_empty() {
            return Err("a sum has at least one column".into());
        }
        Ok(Rule::Sum { total, terms, constant })
    }

    fn last_name(&self, text: &str) -> Result<String, String> {
        let (name, rest) = self.name(text)?;
        if rest.is_empty() { Ok(name) } else { Err(FORMS.into()) }
    }

    /// The name at the beginning of a text, and what follows.
    fn name<'t>(&self, text: &'t str) -> Result<(String, &'t str), String> {
        let text = text.trim();
        if let Some((name, rest)) = in_quotation_marks(text)
            && self.names.contains(&name)
        {
            return Ok((name, rest.trim_start()));
        }
        let rest_of = |name: &String| -> Option<&'t str> {
            let rest = text.strip_prefix(name.as_str()).filter(|_| !name.is_empty())?;
            let ends = rest.is_empty() || rest.starts_with(is_end);
            ends.then_some(rest.trim_start())
        };
        let fits = self.names.iter().filter_map(|name| Some((name, rest_of(name)?)));
        let longest = fits.max_by_key(|(name, _)| name.len());
        longest.map(|(name, rest)| (name.clone(), rest)).ok_or_else(|| self.unknown(text))
    }

    fn unknown(&self, text: &str) -> String {
        let name = text.trim().split(is_end).next().unwrap_or_default();
        if name.is_empty() {
            return FORMS.into();
        }
        format!("there is no column {name:?}; the columns are {}", self.names.join(", "))
    }
}

/// The name in quotation marks, which are doubled inside, at the beginning of a text, and what follows.
fn in_quotation_marks(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        name += part;
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

/// Whether a name ends before a character.
fn is_end(letter: char) -> bool {
    letter.is_whitespace() || "<>=,+-*".contains(letter)
}

/// The number at the beginning of a text, and what follows.
fn number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_start();
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["start", "start date", "end-date", "a", "2020", "x,y", "5\" pipe", "\"b\"", "c\",\"d"]
            .map(String::from)
            .to_vec()
    }

    #[test]
    fn rules_are_read_back_as_they_are_written() {
        for text in [
            "start <= end-date",
            "start date <= a",
            "a = start + 2020",
            "a = -start date - 2.5*2020 + 7",
            "a = 3*start - 0.5",
            "a,start,2020",
            "\"x,y\" <= a",
            "5\" pipe <= a",
            "\"b\" <= \"c\"\",\"\"d\"",
        ] {
            let rule = Rule::parse(text, &names()).unwrap();
            assert_eq!(Rule::parse(&rule.to_string(), &names()).unwrap(), rule, "{text}: {rule}");
        }
        let rule = Rule::parse(" a>=start ", &names()).unwrap();
        assert_eq!(rule.to_string(), "start <= a");
        assert_eq!(Rule::parse("x,y,a", &names()).unwrap().columns(), ["x,y", "a"]);
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_said() {
        let problem = |text: &str| Rule::parse(text, &names()).unwrap_err().to_string();
        for (text, expected) in [
            ("start < a", "write <= or >="),
            ("start <= finish", "there is no column \"finish\"; the columns are start, "),
            ("start", "write \"start <= end\""),
            ("", "write \"start <= end\""),
            ("a = 5", "at least one column"),
            ("a = start 2", "write \"start <= end\""),
            ("a = b + 2", "there is no column \"b\""),
            ("a = 2*b", "there is no column \"b\""),
            ("a, ", "write \"start <= end\""),
            ("start <= a <= 2020", "write \"start <= end\""),
        ] {
            assert!(problem(text).contains(expected), "{text}: {}", problem(text));
        }
    }
}
