//! Shares in arguments.

/// Parses a share, such as 4% or 0.04.
pub fn parse_share(text: &str) -> Result<f64, String> {
    let share = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse().map(|percent: f64| percent / 100.0),
        None => text.trim().parse(),
    };
    match share {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("{text:?} is not a share; write 4% or 0.04")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_fractions_or_percentages() {
        assert_eq!(parse_share("4%"), Ok(0.04));
        assert_eq!(parse_share(" 0.5 "), Ok(0.5));
        for bad in ["4", "101%", "-1%", "some", "%"] {
            assert!(parse_share(bad).is_err(), "{bad}");
        }
    }
}
