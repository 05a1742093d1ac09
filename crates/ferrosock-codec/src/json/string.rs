//! Strings of a document: where they end, and what their escapes stand for (RFC 8259 section 7).

use super::error::{Error, ErrorKind};
use super::unit::Unit;

/// A string as it stands between its quotes, checked.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a, U> {
    raw: &'a [U],
    position: usize,
    length: usize,
    bits: u32,
    is_escaped: bool,
}

/// The value of a hexadecimal digit.
#[inline]
fn hexadecimal(unit: u32) -> Option<u32> {
    match unit {
        0x30..=0x39 => Some(unit - 0x30),
        0x41..=0x46 => Some(unit - 0x41 + 10),
        0x61..=0x66 => Some(unit - 0x61 + 10),
        _ => None,
    }
}

/// The four digits that begin at `at`.
#[inline]
fn four_digits<U: Unit>(units: &[U], at: usize) -> Option<u32> {
    let digits = units.get(at..at.checked_add(4)?)?;
    digits.iter().try_fold(0, |sum, &unit| Some(sum << 4 | hexadecimal(unit.into())?))
}

const HIGH_SURROGATES: std::ops::Range<u32> = 0xd800..0xdc00;
const LOW_SURROGATES: std::ops::Range<u32> = 0xdc00..0xe000;

/// What the character behind a backslash stands for.
#[inline]
fn simple_escape(unit: u32) -> Option<u32> {
    Some(match unit {
        0x22 | 0x5c | 0x2f => unit,
        0x62 => 0x08, // b
        0x66 => 0x0c, // f
        0x6e => 0x0a, // n
        0x72 => 0x0d, // r
        0x74 => 0x09, // t
        _ => return None,
    })
}

/// Reads the escape whose backslash is at `at`: the code point and where it ends.
fn escape<U: Unit>(units: &[U], at: usize, begin: usize) -> Result<(u32, usize), Error> {
    let Some(&kind) = units.get(at + 1) else {
        return Err(Error::new(ErrorKind::UnterminatedString, begin));
    };
    let kind: u32 = kind.into();
    if kind != u32::from(b'u') {
        let code_point = simple_escape(kind).ok_or(Error::new(ErrorKind::InvalidEscape, at))?;
        return Ok((code_point, at + 2));
    }
    let invalid = |at| Error::new(ErrorKind::InvalidUnicodeEscape, at);
    let first = four_digits(units, at + 2).ok_or(invalid(at + 1))?;
    let end = at + 6;
    if end == units.len() {
        return Err(Error::new(ErrorKind::EndBehindEscape { escape: at + 1 }, begin));
    }
    let second_follows = HIGH_SURROGATES.contains(&first)
        && units.len() > end + 6
        && units[end].into() == u32::from(b'\\')
        && units[end + 1].into() == u32::from(b'u');
    if second_follows {
        let second = four_digits(units, end + 2).ok_or(invalid(end + 1))?;
        if LOW_SURROGATES.contains(&second) {
            return Ok((0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00)), end + 6));
        }
    }
    Ok((first, end))
}

impl<'a, U: Unit> Text<'a, U> {
    /// Reads the string whose first unit behind the quote is at `begin`: the string, and where its closing quote ends.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnterminatedString`], [`ErrorKind::ControlCharacter`] (unless `controls` lets them stand),
    /// [`ErrorKind::InvalidEscape`], [`ErrorKind::InvalidUnicodeEscape`] or [`ErrorKind::EndBehindEscape`].
    ///
    /// ```
    /// use ferrosock_codec::json::Text;
    ///
    /// let (text, end) = Text::scan(br#""a\u00e9", 1"#, 1, false).unwrap();
    /// assert_eq!((text.len(), text.bits() > 0x7f, end), (2, true, 9));
    /// ```
    #[inline(always)] // the string would go through memory, and be read again before it has arrived there
    pub fn scan(units: &'a [U], begin: usize, controls: bool) -> Result<(Self, usize), Error> {
        let begin = begin.min(units.len());
        let (end, bits) = U::special(units, begin);
        if units.get(end).is_some_and(|&unit| unit.into() == u32::from(b'"')) {
            let raw = &units[begin..end];
            return Ok((Self { raw, position: begin, length: raw.len(), bits, is_escaped: false }, end + 1));
        }
        Self::scan_escaped(units, begin, end, bits, controls)
    }

    /// [`Text::scan`] from the first unit on that is not plain, at `at`.
    #[inline(never)]
    fn scan_escaped(
        units: &'a [U],
        begin: usize,
        mut at: usize,
        mut bits: u32,
        controls: bool,
    ) -> Result<(Self, usize), Error> {
        let mut length = at - begin;
        let mut is_escaped = false;
        loop {
            let Some(&unit) = units.get(at) else {
                return Err(Error::new(ErrorKind::UnterminatedString, begin.saturating_sub(1)));
            };
            match unit.into() {
                0x22 => {
                    let raw = &units[begin..at];
                    return Ok((Self { raw, position: begin, length, bits, is_escaped }, at + 1));
                }
                0x5c => {
                    let (code_point, end) = escape(units, at, begin.saturating_sub(1))?;
                    bits |= code_point;
                    length += 1;
                    is_escaped = true;
                    at = end;
                }
                _ if controls => {
                    length += 1;
                    at += 1;
                }
                _ => return Err(Error::new(ErrorKind::ControlCharacter, at)),
            }
            let (end, more) = U::special(units, at);
            bits |= more;
            length += end - at;
            at = end;
        }
    }

    /// What stands between the quotes.
    #[inline]
    pub fn raw(&self) -> &'a [U] {
        self.raw
    }

    /// Where in the document it begins, behind the quote.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Whether there are escapes in it.
    #[inline]
    pub fn is_escaped(&self) -> bool {
        self.is_escaped
    }

    /// How many units it has once each escape is one.
    #[inline]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// A number with at least the highest bit that any unit or escaped code point has (of bytes, only 0x80 and above are
    /// told from ASCII): what is below 0x80 is ASCII.
    #[inline]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Hands `sink` the string in parts: runs of plain units, and the code points that escapes stand for.
    pub fn parts(&self, mut sink: impl FnMut(Part<'a, U>)) {
        if !self.is_escaped {
            return sink(Part::Units(self.raw));
        }
        let mut at = 0;
        while at < self.raw.len() {
            let backslash = self.raw[at..].iter().position(|&unit| unit.into() == 0x5c);
            let end = backslash.map_or(self.raw.len(), |more| at + more);
            if end > at {
                sink(Part::Units(&self.raw[at..end]));
            }
            at = end;
            if at < self.raw.len() {
                let Some((code_point, end)) = self.checked_escape(at) else { return };
                sink(Part::CodePoint(code_point));
                at = end;
            }
        }
    }

    /// An escape that the scan has let pass.
    fn checked_escape(&self, at: usize) -> Option<(u32, usize)> {
        let unit = |at: usize| self.raw.get(at).map_or(0, |&unit| unit.into());
        if unit(at + 1) != u32::from(b'u') {
            return Some((simple_escape(unit(at + 1))?, at + 2));
        }
        let digits = |at: usize| (at..at + 4).try_fold(0, |sum, at| Some(sum << 4 | hexadecimal(unit(at))?));
        let first: u32 = digits(at + 2)?;
        if HIGH_SURROGATES.contains(&first) && unit(at + 6) == 0x5c && unit(at + 7) == u32::from(b'u') {
            let second = digits(at + 8).filter(|second| LOW_SURROGATES.contains(second));
            if let Some(second) = second {
                return Some((0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00)), at + 12));
            }
        }
        Some((first, at + 6))
    }

    /// Writes the string's code points to `space`, which has [`Text::len`] units wide enough for [`Text::bits`]; the units
    /// of this text are code points, not UTF-8.
    ///
    /// ```
    /// use ferrosock_codec::json::Text;
    ///
    /// let (text, _) = Text::scan(br#""a\u20ac""#, 1, false).unwrap();
    /// let mut space = [0_u16; 2];
    /// text.write_to(&mut space);
    /// assert_eq!(space, [0x61, 0x20ac]);
    /// ```
    pub fn write_to<V: Unit>(&self, space: &mut [V]) {
        let mut at = 0;
        self.parts(|part| match part {
            Part::Units(units) => {
                for (place, &unit) in space[at..].iter_mut().zip(units) {
                    *place = V::truncated(unit.into());
                }
                at = (at + units.len()).min(space.len());
            }
            Part::CodePoint(code_point) => {
                if let Some(place) = space.get_mut(at) {
                    *place = V::truncated(code_point);
                    at += 1;
                }
            }
        });
    }
}

impl Text<'_, u8> {
    /// The string, if this text's units are UTF-8.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LoneSurrogate`], or [`ErrorKind::NotUtf8`].
    ///
    /// ```
    /// use ferrosock_codec::json::Text;
    ///
    /// let (text, _) = Text::scan(br#""\ud83d\ude00!""#, 1, false).unwrap();
    /// assert_eq!(text.to_utf8().unwrap(), "😀!");
    /// ```
    pub fn to_utf8(&self) -> Result<String, Error> {
        let mut bytes = Vec::with_capacity(self.raw.len());
        let mut lone = false;
        self.parts(|part| match part {
            Part::Units(units) => bytes.extend_from_slice(units),
            Part::CodePoint(code_point) => match char::from_u32(code_point) {
                Some(char) => bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
                None => lone = true,
            },
        });
        if lone {
            return Err(Error::new(ErrorKind::LoneSurrogate, self.position.saturating_sub(1)));
        }
        String::from_utf8(bytes).map_err(|_| Error::new(ErrorKind::NotUtf8, self.position))
    }
}

/// A part of a string.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a, U> {
    /// Units that stand for themselves.
    Units(&'a [U]),
    /// The code point of an escape: perhaps half of a surrogate pair whose other half is missing.
    CodePoint(u32),
}
