//! Numbers of a document.

use super::unit::Unit;

/// A number as it stands in a document (RFC 8259 section 6).
#[derive(Debug, Clone, Copy)]
pub struct Number<'a, U> {
    units: &'a [U],
    integer: Option<i64>,
    is_float: bool,
}

/// The most digits that are counted up on the way: none of their numbers leaves 64 bits.
const SMALL_DIGITS: usize = 18;

impl<'a, U: Unit> Number<'a, U> {
    /// Reads the number that begins at `at`; gives it and its end, or None if there is none.
    ///
    /// A fraction or an exponent without digits is not part of the number.
    #[inline]
    pub(crate) fn scan(units: &'a [U], at: usize) -> Option<(Self, usize)> {
        let peek = |at: usize| units.get(at).map_or(0, |&unit| unit.into());
        let digit = |at: usize| peek(at).wrapping_sub(u32::from(b'0')) < 10;
        let negative = peek(at) == u32::from(b'-');
        let begin = at + usize::from(negative);
        let mut end = begin;
        let mut sum: u64 = 0;
        while digit(end) {
            sum = sum.wrapping_mul(10).wrapping_add(u64::from(peek(end)) & 0xf);
            end += 1;
            if end == begin + 1 && sum == 0 {
                break; // nothing stands behind a leading zero
            }
        }
        if end == begin {
            return None;
        }
        let small = end - begin <= SMALL_DIGITS;
        let integer = small.then(|| if negative { -(sum as i64) } else { sum as i64 });
        let mut is_float = false;
        if peek(end) == u32::from(b'.') && digit(end + 1) {
            is_float = true;
            end += 2;
            while digit(end) {
                end += 1;
            }
        }
        if peek(end) | 0x20 == u32::from(b'e') {
            let signed = matches!(peek(end + 1), 0x2b | 0x2d);
            let mut digits = end + 1 + usize::from(signed);
            if digit(digits) {
                is_float = true;
                while digit(digits) {
                    digits += 1;
                }
                end = digits;
            }
        }
        Some((Self { units: &units[at..end], integer, is_float }, end))
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
        if self.is_float { None } else { self.integer }
    }

    /// The nearest `f64`, or an infinity.
    pub fn to_f64(&self) -> f64 {
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
        for text in
            ["1.5", "-0.0", "1e400", "5e-324", "2.2250738585072011e-308", "0.1", "123456789.123456789e-5"]
        {
            let (number, _) = Number::scan(text.as_bytes(), 0).expect("a number");
            assert_eq!(number.to_f64().to_bits(), text.parse::<f64>().expect("a float").to_bits(), "{text}");
        }
    }
}
