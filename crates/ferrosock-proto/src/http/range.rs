//! Parts of a representation (RFC 9110 section 14).

/// A part that a client asks for.
///
/// ```
/// use ferrosock_proto::http::{ByteRange, parse_ranges};
///
/// assert_eq!(parse_ranges(b"bytes=0-499, -500").unwrap(), [ByteRange::From(0, Some(499)), ByteRange::Last(500)]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ByteRange {
    /// From a position, up to and including another or to the end.
    From(u64, Option<u64>),
    /// So many bytes at the end.
    Last(u64),
}

impl ByteRange {
    /// The first and the last position in a representation of `length` bytes; `None` if it has no such part.
    ///
    /// ```
    /// # use ferrosock_proto::http::ByteRange;
    /// assert_eq!(ByteRange::From(5, Some(99)).within(10), Some((5, 9)));
    /// assert_eq!(ByteRange::Last(99).within(10), Some((0, 9)));
    /// assert_eq!(ByteRange::From(10, None).within(10), None);
    /// ```
    pub fn within(self, length: u64) -> Option<(u64, u64)> {
        let last = length.checked_sub(1)?;
        match self {
            Self::From(first, end) if first <= last => Some((first, end.map_or(last, |end| end.min(last)))),
            Self::Last(count) if count > 0 => Some((length.saturating_sub(count), last)),
            _ => None,
        }
    }
}

/// Reads a `Range` of bytes (RFC 9110 section 14.1.2); `None` if it is none, and then the field is ignored.
///
/// ```
/// use ferrosock_proto::http::{ByteRange, parse_ranges};
///
/// assert_eq!(parse_ranges(b"bytes=9500-"), Some(vec![ByteRange::From(9500, None)]));
/// for bad in ["bytes=", "bytes=5-4", "bytes=-", "bytes=a-b", "bytes 0-1", "lines=0-1", "bytes=0-1,x"] {
///     assert_eq!(parse_ranges(bad.as_bytes()), None);
/// }
/// ```
pub fn parse_ranges(value: &[u8]) -> Option<Vec<ByteRange>> {
    let (unit, set) = value.split_at_checked(6)?;
    if !unit.eq_ignore_ascii_case(b"bytes=") {
        return None;
    }
    let ranges: Option<Vec<_>> = super::grammar::list(set).map(parse_range).collect();
    ranges.filter(|ranges| !ranges.is_empty())
}

fn parse_range(text: &[u8]) -> Option<ByteRange> {
    let dash = text.iter().position(|&byte| byte == b'-')?;
    match (&text[..dash], &text[dash + 1..]) {
        ([], count) => Some(ByteRange::Last(number(count)?)),
        (first, []) => Some(ByteRange::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(ByteRange::From(first, Some(last)))
        }
    }
}

/// Digits and nothing else; more than 2^64 - 1 is as good as that.
fn number(digits: &[u8]) -> Option<u64> {
    let add = |value: u64, byte: &u8| {
        byte.is_ascii_digit().then(|| value.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

/// Writes a `Range` of bytes.
///
/// ```
/// use ferrosock_proto::http::{ByteRange, format_ranges};
///
/// assert_eq!(format_ranges(&[ByteRange::From(0, Some(0)), ByteRange::Last(1)]), "bytes=0-0, -1");
/// ```
pub fn format_ranges(ranges: &[ByteRange]) -> String {
    let texts = ranges.iter().map(|range| match range {
        ByteRange::From(first, Some(last)) => format!("{first}-{last}"),
        ByteRange::From(first, None) => format!("{first}-"),
        ByteRange::Last(count) => format!("-{count}"),
    });
    format!("bytes={}", texts.collect::<Vec<_>>().join(", "))
}

/// What a `Content-Range` says (RFC 9110 section 14.4).
///
/// ```
/// use ferrosock_proto::http::ContentRange;
///
/// let found = ContentRange::parse(b"bytes 42-1233/1234").unwrap();
/// assert_eq!(found, ContentRange { part: Some((42, 1233)), length: Some(1234) });
/// assert_eq!(ContentRange::parse(b"bytes */1234").unwrap().part, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentRange {
    /// The first and the last position of the part that follows; `None` if there was no such part (status 416).
    pub part: Option<(u64, u64)>,
    /// The length of the whole; `None` if it is not known.
    pub length: Option<u64>,
}

impl ContentRange {
    /// Reads the field's value; `None` if it is none, or of another unit than bytes, or contradicts itself.
    ///
    /// ```
    /// # use ferrosock_proto::http::ContentRange;
    /// for bad in ["bytes 5-4/10", "bytes 0-10/10", "bytes */*", "bytes 0-1", "bytes=0-1/2", "lines 0-1/2", "bytes -1/2"] {
    ///     assert_eq!(ContentRange::parse(bad.as_bytes()), None);
    /// }
    /// ```
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (unit, rest) = value.split_at_checked(6)?;
        let slash = rest.iter().position(|&byte| byte == b'/')?;
        let (part, length) = (&rest[..slash], &rest[slash + 1..]);
        if !unit.eq_ignore_ascii_case(b"bytes ") {
            return None;
        }
        let length = if length == b"*" { None } else { Some(exact(length)?) };
        if part == b"*" {
            return length.map(|length| Self { part: None, length: Some(length) });
        }
        let dash = part.iter().position(|&byte| byte == b'-')?;
        let (first, last) = (exact(&part[..dash])?, exact(&part[dash + 1..])?);
        let fits = first <= last && length.is_none_or(|length| last < length);
        fits.then_some(Self { part: Some((first, last)), length })
    }

    /// As it stands in a field.
    ///
    /// ```
    /// # use ferrosock_proto::http::ContentRange;
    /// assert_eq!(ContentRange { part: Some((0, 1)), length: None }.to_text(), "bytes 0-1/*");
    /// ```
    pub fn to_text(self) -> String {
        let part = self.part.map_or("*".into(), |(first, last)| format!("{first}-{last}"));
        let length = self.length.map_or("*".into(), |length| length.to_string());
        format!("bytes {part}/{length}")
    }
}

/// As [`number`], but what is too large is none: a position that is cut short would be another.
fn exact(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_come_back() {
        for text in ["bytes=0-0", "bytes=0-, -1, 5-7", "bytes=-0"] {
            assert_eq!(format_ranges(&parse_ranges(text.as_bytes()).unwrap()), text);
        }
        for text in ["bytes 0-0/1", "bytes 5-7/*", "bytes */0"] {
            assert_eq!(ContentRange::parse(text.as_bytes()).unwrap().to_text(), text);
        }
    }

    #[test]
    fn huge_numbers_overflow_nothing() {
        let ranges = parse_ranges(b"bytes=99999999999999999999-, -99999999999999999999").unwrap();
        assert_eq!(ranges[0].within(u64::MAX), None);
        assert_eq!(ranges[1].within(u64::MAX), Some((0, u64::MAX - 1)));
        assert_eq!(ByteRange::Last(1).within(0), None);
        assert_eq!(ContentRange::parse(b"bytes 0-99999999999999999999/*"), None);
        assert_eq!(ContentRange::parse(b"bytes +0-1/2"), None);
    }
}
