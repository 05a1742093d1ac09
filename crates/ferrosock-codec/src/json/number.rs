//! Numbers of a document.

use super::unit::Unit;

/// A number as it stands in a document (RFC 8259 section 6).
#[derive(Debug, Clone, Copy)]
pub struct Number<'a, U> {
    units: &'a [U],
    is_negative: bool,
    is_float: bool,
    /// All digits as one integer, without point and sign; None if there are more than 18 of them.
    digits: Option<u64>,
    /// The power of ten that the digits are to be multiplied with.
    exponent: i64,
}

/// The most digits that are counted up on the way: none of their numbers leaves 64 bits.
const SMALL_DIGITS: usize = 18;

/// Those that an `f64` holds to the last bit.
const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

impl<'a, U: Unit> Number<'a, U> {
    /// Reads the number that begins at `at`; gives it and its end, or None if there is none.
    ///
    /// A fraction or an exponent without digits is not part of the number.
    #[inline]
    pub(crate) fn scan(units: &'a [U], at: usize) -> Option<(Self, usize)> {
        let peek = |at: usize| units.get(at).map_or(0, |&unit| unit.into());
        let digit = |at: usize| peek(at).wrapping_sub(u32::from(b'0')) < 10;
        let add = |sum: u64, at: usize| sum.wrapping_mul(10).wrapping_add(u64::from(peek(at)) & 0xf);
        let is_negative = peek(at) == u32::from(b'-');
        let begin = at + usize::from(is_negative);
        let mut end = begin;
        let mut sum: u64 = 0;
        while digit(end) {
            sum = add(sum, end);
            end += 1;
            if end == begin + 1 && sum == 0 {
                break; // nothing stands behind a leading zero
            }
        }
        if end == begin {
            return None;
        }
        let mut count = end - begin;
        let mut is_float = false;
        let mut exponent = 0;
        if peek(end) == u32::from(b'.') && digit(end + 1) {
            is_float = true;
            end += 1;
            let point = end;
            while digit(end) {
                sum = add(sum, end);
                end += 1;
            }
            count += end - point;
            exponent -= (end - point) as i64;
        }
        if peek(end) | 0x20 == u32::from(b'e') {
            let signed = matches!(peek(end + 1), 0x2b | 0x2d);
            let mut digits = end + 1 + usize::from(signed);
            if digit(digits) {
                is_float = true;
                let mut power: i64 = 0;
                while digit(digits) {
                    power = power.saturating_mul(10).saturating_add(i64::from(peek(digits) & 0xf));
                    digits += 1;
                }
                let down = signed && peek(end + 1) == u32::from(b'-');
                exponent = exponent.saturating_add(if down { -power } else { power });
                end = digits;
            }
        }
        let digits = (count <= SMALL_DIGITS).then_some(sum);
        Some((Self { units: &units[at..end], is_negative, is_float, digits, exponent }, end))
    }

    /// The number's own characters, which are all ASCII.
    pub fn units(&self) -> &'a [U] {
        self.units
    }

    /// Whether it has a fraction or an exponent.
    pub fn is_float(&self) -> bool {
        self.is_float
    }

    /// Its value, if it is an integer of at most 18 digits.
    #[inline]
    pub fn small_integer(&self) -> Option<i64> {
        let digits = self.digits.filter(|_| !self.is_float)? as i64;
        Some(if self.is_negative { -digits } else { digits })
    }

    /// The nearest `f64`, or an infinity.
    #[inline]
    pub fn to_f64(&self) -> f64 {
        self.exact().unwrap_or_else(|| self.nearest())
    }

    /// The value where the digits and the power of ten are both an `f64` to the last bit: of the one operation between them
    /// IEEE 754 gives the nearest result (Clinger, "How to read floating point numbers accurately", 1990).
    #[inline]
    fn exact(&self) -> Option<f64> {
        let digits = self.digits.filter(|&digits| digits <= 1 << f64::MANTISSA_DIGITS)? as f64;
        let power = *POWERS_OF_TEN.get(usize::try_from(self.exponent.unsigned_abs()).ok()?)?;
        let size = if self.exponent < 0 { digits / power } else { digits * power };
        Some(if self.is_negative { -size } else { size })
    }

    fn nearest(&self) -> f64 {
        // What stands here is a number in fast_float's grammar, too.
        let parse = |digits: &[u8]| fast_float2::parse(digits).unwrap_or(f64::NAN);
        if let Some(digits) = U::narrow_slice(self.units) {
            return parse(digits);
        }
        // Few have more characters than this.
        let mut narrow = [0; 40];
        match narrow.get_mut(..self.units.len()) {
            Some(digits) => {
                for (digit, &unit) in digits.iter_mut().zip(self.units) {
                    *digit = unit.into() as u8;
                }
                parse(digits)
            }
            None => parse(&U::narrow(self.units)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn scan(text: &str) -> Option<(usize, bool, Option<i64>)> {
        Number::scan(text.as_bytes(), 0).map(|(number, end)| (end, number.is_float(), number.small_integer()))
    }

    #[test]
    fn grammar() {
        assert_eq!(scan("0"), Some((1, false, Some(0))));
        assert_eq!(scan("-0"), Some((2, false, Some(0))));
        assert_eq!(scan("01"), Some((1, false, Some(0))));
        assert_eq!(scan("-"), None);
        assert_eq!(scan("+1"), None);
        assert_eq!(scan(".5"), None);
        assert_eq!(scan("123]"), Some((3, false, Some(123))));
        assert_eq!(scan("-999999999999999999"), Some((19, false, Some(-999_999_999_999_999_999))));
        assert_eq!(scan("1000000000000000000"), Some((19, false, None)));
        assert_eq!(scan("1."), Some((1, false, Some(1))));
        assert_eq!(scan("1.5e"), Some((3, true, None)));
        assert_eq!(scan("1e5"), Some((3, true, None)));
        assert_eq!(scan("1E+"), Some((1, false, Some(1))));
        assert_eq!(scan("1E-07x"), Some((5, true, None)));
        assert_eq!(scan("0e1"), Some((3, true, None)));
    }

    #[test]
    fn values() {
        let mut texts: Vec<String> = [
            "1.5",
            "-0.0",
            "1e400",
            "5e-324",
            "2.2250738585072011e-308",
            "0.1",
            "123456789.123456789e-5",
            "9007199254740992.0",
            "9007199254740993.0",
            "-9007199254740992e22",
            "9007199254740992e23",
            "1e-22",
            "1e-23",
            "0e999999999999999999999999999999",
            "1e-999999999999999999999999999999",
            "0.000000000000000000000000000000000000000001e42",
        ]
        .map(String::from)
        .into();
        // Digits and powers around the borders of the short way.
        for digits in [1_u64, 3, 999_999_999_999_999, 1 << 53, (1 << 53) + 1, 999_999_999_999_999_999] {
            texts.extend((-30..30).map(|exponent| format!("{digits}e{exponent}")));
            texts.extend((0..30).map(|zeros| format!("-0.{}{digits}", "0".repeat(zeros))));
        }
        for text in texts {
            let (number, end) = Number::scan(text.as_bytes(), 0).expect("a number");
            assert_eq!(end, text.len(), "{text}");
            assert_eq!(number.to_f64().to_bits(), text.parse::<f64>().expect("a float").to_bits(), "{text}");
        }
    }
}
