//! Floats as Python writes them.

/// Appends the shortest digits that give the same `f64` again, in the form of Python's `repr`: an exponent, of two digits
/// at least, from 1e16 on and below 1e-4, and else a point with a digit on either side. NaN and the infinities come out as
/// JSON's extensions `NaN`, `Infinity` and `-Infinity`.
///
/// ```
/// use ferrosock_codec::json::write_float;
///
/// let text = |value| {
///     let mut out = Vec::new();
///     write_float(value, &mut out);
///     String::from_utf8(out).unwrap()
/// };
/// assert_eq!(text(1.0), "1.0");
/// assert_eq!(text(1e16), "1e+16");
/// assert_eq!(text(0.00001), "1e-05");
/// assert_eq!(text(-0.0001), "-0.0001");
/// ```
pub fn write_float(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        let name = match (value.is_nan(), value > 0.0) {
            (true, _) => "NaN",
            (_, true) => "Infinity",
            _ => "-Infinity",
        };
        return out.extend_from_slice(name.as_bytes());
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value).as_bytes();
    let size = value.abs();
    // The one difference in the form: numbers from 1e-9 to 1e-4.
    if !(1e-9..1e-4).contains(&size) {
        return out.extend_from_slice(text);
    }
    let (sign, digits) = if value < 0.0 { text.split_at(1) } else { text.split_at(0) };
    out.extend_from_slice(sign);
    match digits.strip_prefix(b"0.0000") {
        Some(digits) => {
            let (first, rest) = digits.split_at(1);
            out.extend_from_slice(first);
            if !rest.is_empty() {
                out.push(b'.');
                out.extend_from_slice(rest);
            }
            out.extend_from_slice(b"e-05");
        }
        // "1.5e-7" to "1.5e-07".
        None => {
            let (start, exponent) = digits.split_at(digits.len().saturating_sub(1));
            out.extend_from_slice(start);
            out.push(b'0');
            out.extend_from_slice(exponent);
        }
    }
}

/// Appends an integer.
///
/// ```
/// let mut out = Vec::new();
/// ferrosock_codec::json::write_integer(-42, &mut out);
/// assert_eq!(out, b"-42");
/// ```
pub fn write_integer(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::write_float;

    /// Python's repr from the digits of Rust's own shortest form.
    fn expected(value: f64) -> String {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').expect("an exponent");
        let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
        let digits = digits.replace('.', "");
        let exponent: i32 = exponent.parse().expect("a number");
        let number = if (-4..16).contains(&exponent) {
            let point = exponent + 1;
            if point <= 0 {
                format!("0.{}{digits}", "0".repeat(-point as usize))
            } else if digits.len() as i32 <= point {
                format!("{digits}{}.0", "0".repeat(point as usize - digits.len()))
            } else {
                format!("{}.{}", &digits[..point as usize], &digits[point as usize..])
            }
        } else {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{first}{point}{rest}e{sign}{:02}", exponent.abs())
        };
        format!("{sign}{number}")
    }

    fn text(value: f64) -> String {
        let mut out = Vec::new();
        write_float(value, &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn form() {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut values =
            vec![0.0, -0.0, 1e22, 1e23, 5e-324, f64::MAX, 1e-5, 9.999e-5, 1e-9, 9.99e-10, 1e-10, 1e-100];
        values.extend((-30..30).map(|exponent| 10_f64.powi(exponent)));
        for _ in 0..100_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            values.push(f64::from_bits(state));
            values.push((state % 1_000_000) as f64 / 10_f64.powi((state >> 40) as i32 % 14));
        }
        for value in values.into_iter().filter(|value| value.is_finite()) {
            let text = text(value);
            // Of two shortest texts that are equally near, Python takes the even one, and Rust's formatting does not.
            let other = expected(value);
            assert!(
                text == other || (text.len() == other.len() && other.parse() == Ok(value)),
                "{text}, {other}"
            );
            assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(value.to_bits()));
        }
    }

    #[test]
    fn constants() {
        assert_eq!(text(f64::NAN), "NaN");
        assert_eq!(text(f64::INFINITY), "Infinity");
        assert_eq!(text(f64::NEG_INFINITY), "-Infinity");
    }
}
