//! Memory sizes on the command line.

/// Maximum memory limit: more than any machine has, so it is a mistake.
const MOST_MEMORY: u64 = 1 << 60;

/// Minimum memory limit.
const LEAST_MEMORY: u64 = 64_000_000;

/// Parses a size such as `512MB` or `4GB` to bytes.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[number.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1.0,
        "K" | "KB" => 1e3,
        "M" | "MB" => 1e6,
        "G" | "GB" => 1e9,
        "T" | "TB" => 1e12,
        "KIB" => 1024.0,
        "MIB" => 1_048_576.0,
        "GIB" => 1_073_741_824.0,
        _ => f64::NAN,
    };
    let bytes = number.trim().parse::<f64>().map_or(f64::NAN, |number| number * unit);
    if !(bytes.is_finite() && bytes >= 0.0) {
        return Err(format!("{text:?} is not a size; write 512MB or 4GB"));
    }
    if bytes < LEAST_MEMORY as f64 {
        return Err("at least 64MB are needed".into());
    }
    if bytes > MOST_MEMORY as f64 {
        return Err("more than any machine has; write 512MB or 4GB".into());
    }
    Ok(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_a_number_with_a_unit() {
        assert_eq!(parse_bytes("512MB"), Ok(512_000_000));
        assert_eq!(parse_bytes("1.5g"), Ok(1_500_000_000));
        assert_eq!(parse_bytes("1GiB"), Ok(1 << 30));
        for bad in ["", "MB", "12", "5MB", "-1GB", "1XB", "inf", "99999999999999GB"] {
            assert!(parse_bytes(bad).is_err(), "{bad}");
        }
    }
}
