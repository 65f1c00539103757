//! Decimal numbers of any size as doubles, correctly rounded.

/// Largest integer up to which all integers are doubles.
const EXACT: u128 = 1 << 53;
/// Largest power of ten that is a double.
const MOST_SCALE: i32 = 22;

/// Converts a big-endian integer in two's complement, divided by a power of ten.
pub(super) fn of_bytes(bytes: &[u8], scale: i32) -> f64 {
    let is_negative = bytes.first().is_some_and(|&byte| byte >= 0x80);
    // without the bytes that only extend the sign
    let fill = if is_negative { 0xff } else { 0 };
    let n_fill = bytes.iter().take_while(|&&byte| byte == fill).count();
    let significant = &bytes[n_fill..];
    if significant.len() < 16 {
        let start = if is_negative { -1_i128 } else { 0 };
        let integer =
            significant.iter().fold(start, |integer, &byte| integer << 8 | i128::from(byte));
        return of_integer(integer, scale);
    }
    let magnitude = if is_negative { negated(bytes) } else { bytes.to_vec() };
    parsed(is_negative, &digits(magnitude), scale)
}

/// Divides an integer by a power of ten.
pub(super) fn of_integer(integer: i128, scale: i32) -> f64 {
    if integer.unsigned_abs() <= EXACT && (0..=MOST_SCALE).contains(&scale) {
        // both are exact, so the quotient is correctly rounded
        return integer as f64 / 10_f64.powi(scale);
    }
    parsed(integer < 0, &integer.unsigned_abs().to_string(), scale)
}

/// Parses an integer divided by a power of ten.
fn parsed(is_negative: bool, digits: &str, scale: i32) -> f64 {
    let size = format!("{digits}e{}", -scale).parse().unwrap_or(f64::NAN);
    if is_negative { -size } else { size }
}

/// Negates an integer in two's complement.
fn negated(bytes: &[u8]) -> Vec<u8> {
    let mut negated: Vec<u8> = bytes.iter().map(|byte| !byte).collect();
    for byte in negated.iter_mut().rev() {
        let carries;
        (*byte, carries) = byte.overflowing_add(1);
        if !carries {
            break;
        }
    }
    negated
}

/// Formats a big-endian integer in decimal digits, by repeated division.
fn digits(mut bytes: Vec<u8>) -> String {
    let mut digits = Vec::new();
    while bytes.iter().any(|&byte| byte > 0) {
        let mut rest = 0_u32;
        for byte in &mut bytes {
            let part = rest << 8 | u32::from(*byte);
            *byte = (part / 10) as u8;
            rest = part % 10;
        }
        digits.push(b'0' + rest as u8);
    }
    digits.reverse();
    String::from_utf8(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_any_size_are_correctly_rounded() {
        assert_eq!(of_bytes(&[0, 0, 0, 221], 2), 2.21);
        assert_eq!(of_bytes(&(-221_i32).to_be_bytes(), 2), -2.21);
        assert_eq!(of_bytes(&2_210_000_000_000_000_000_i128.to_be_bytes(), 18), 2.21);
        assert_eq!(of_bytes(&(-2_210_000_000_000_000_000_i128).to_be_bytes(), 18), -2.21);
        assert_eq!(of_bytes(&i128::MIN.to_be_bytes(), 0), -(2_f64.powi(127)));
        assert_eq!(of_bytes(&[], 2), 0.0);
        assert_eq!(of_bytes(&[0xff], 1), -0.1);
        assert_eq!(of_integer(i128::from(i64::MAX), 0), 2_f64.powi(63));
        // 221 * 10^58 with 60 decimals in 32 bytes
        let mut wide = vec![0_u8; 32];
        wide[31] = 221;
        for _ in 0..58 {
            let mut carry = 0_u32;
            for byte in wide.iter_mut().rev() {
                let product = u32::from(*byte) * 10 + carry;
                *byte = product as u8;
                carry = product >> 8;
            }
        }
        assert_eq!(of_bytes(&wide, 60), 2.21);
        assert_eq!(of_bytes(&negated(&wide), 60), -2.21);
    }
}
