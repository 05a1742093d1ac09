//! The fields of a message or of its trailers: a list that keeps order, case and duplicates.

use std::borrow::Cow;
use std::fmt;

use super::grammar::{List, is_field_value, is_token, list, trim};

/// A name or a value that may not stand in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidField {
    /// The name is not a token (RFC 9110 section 5.1).
    Name(Vec<u8>),
    /// The value holds a line end or another control character (RFC 9110 section 5.5).
    Value(Vec<u8>),
}

impl InvalidField {
    /// Whether a name and a value may stand in a field.
    ///
    /// # Errors
    /// What is wrong with one of the two.
    ///
    /// ```
    /// use ferrosock_proto::http::InvalidField;
    ///
    /// assert!(InvalidField::check(b"Host", b"example.org").is_ok());
    /// assert_eq!(InvalidField::check(b"Host", b"a\nb"), Err(InvalidField::Value(b"a\nb".to_vec())));
    /// ```
    pub fn check(name: &[u8], value: &[u8]) -> Result<(), Self> {
        if !is_token(name) {
            return Err(Self::Name(name.to_vec()));
        }
        if !is_field_value(value) {
            return Err(Self::Value(value.to_vec()));
        }
        Ok(())
    }
}

impl fmt::Display for InvalidField {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(formatter, "invalid field name: \"{}\"", name.escape_ascii()),
            Self::Value(value) => write!(formatter, "invalid field value: \"{}\"", value.escape_ascii()),
        }
    }
}

impl std::error::Error for InvalidField {}

/// Where a field stands in the text.
#[derive(Clone, Copy)]
struct Span {
    name: (usize, usize),
    value: (usize, usize),
}

/// Header or trailer fields (RFC 9110 sections 5 and 6.5), in the order in which they came.
///
/// Names keep their case and compare without it; a name that comes twice is there twice. A value is bytes without the
/// blanks at its ends. All the text lies in one piece of memory, so a head costs two allocations however many fields it has; what
/// was [appended](Self::append) lies there as it is sent.
///
/// ```
/// use ferrosock_proto::http::Fields;
///
/// let mut fields = Fields::new();
/// fields.append(b"Accept", b"text/html")?;
/// fields.append(b"accept", b"text/plain;q=0.5")?;
/// assert_eq!(fields.get(b"ACCEPT"), Some(&b"text/html"[..]));
/// assert_eq!(fields.joined(b"accept").unwrap().as_ref(), b"text/html, text/plain;q=0.5");
/// assert_eq!(fields.iter().map(|(name, _)| name).collect::<Vec<_>>(), [&b"Accept"[..], b"accept"]);
/// assert!(fields.append(b"X", b"a\r\nInjected: b").is_err());
/// # Ok::<(), ferrosock_proto::http::InvalidField>(())
/// ```
#[derive(Clone, Default)]
pub struct Fields {
    text: Vec<u8>,
    spans: Vec<Span>,
    /// The text is not just the lines of all fields in their order, or not all were looked at.
    odd: bool,
}

impl Fields {
    /// No fields.
    ///
    /// ```
    /// assert!(ferrosock_proto::http::Fields::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// No fields, with room for so many whose names and values have so many bytes together.
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let mut fields = Fields::with_capacity(2, 30);
    /// fields.append(b"Host", b"example.org")?;
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn with_capacity(count: usize, bytes: usize) -> Self {
        Self { text: Vec::with_capacity(bytes + 4 * count), spans: Vec::with_capacity(count), odd: false }
    }

    /// The lines of all fields, as they are sent; None if one of them came from a reader, or some were taken away.
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let mut fields: Fields = [("Host", "a"), ("Via", "b")].try_into()?;
    /// assert_eq!(fields.lines(), Some(&b"Host: a\r\nVia: b\r\n"[..]));
    /// fields.remove(b"host");
    /// assert_eq!(fields.lines(), None);
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn lines(&self) -> Option<&[u8]> {
        (!self.odd).then_some(&self.text)
    }

    /// Appends the lines of all fields to `out`, as they are sent. They are not looked at again: see [`lines`](Self::lines).
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let (fields, mut out): (Fields, _) = ([("Host", "a")].try_into()?, Vec::new());
    /// fields.write(&mut out);
    /// assert_eq!(out, b"Host: a\r\n");
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn write(&self, out: &mut Vec<u8>) {
        match self.lines() {
            Some(lines) => out.extend_from_slice(lines),
            None => self.iter().for_each(|(name, value)| write_field(name, value, out)),
        }
    }

    /// How many bytes the lines have together, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// How many fields there are, a name that comes twice counted twice.
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let fields: Fields = [("Via", "a"), ("Via", "b")].try_into()?;
    /// assert_eq!(fields.len(), 2);
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(ferrosock_proto::http::Fields::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The names and values, in order.
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let fields: Fields = [("Host", "a"), ("Via", "b")].try_into()?;
    /// assert_eq!(fields.iter().last(), Some((&b"Via"[..], &b"b"[..])));
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&[u8], &[u8])> + ExactSizeIterator {
        self.spans.iter().map(|span| (self.piece(span.name), self.piece(span.value)))
    }

    /// The value of the first field of that name.
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let fields: Fields = [("Via", "a"), ("Via", "b")].try_into()?;
    /// assert_eq!(fields.get(b"via"), Some(&b"a"[..]));
    /// assert_eq!(fields.get(b"host"), None);
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        let span = self.spans.iter().find(|span| self.piece(span.name).eq_ignore_ascii_case(name))?;
        Some(self.piece(span.value))
    }

    /// The values of all fields of that name, in order.
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let fields: Fields = [("Via", "a"), ("Host", "h"), ("Via", "b")].try_into()?;
    /// assert_eq!(fields.all(b"via").collect::<Vec<_>>(), [b"a", b"b"]);
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn all<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.spans
            .iter()
            .filter(move |span| self.piece(span.name).eq_ignore_ascii_case(name))
            .map(|span| self.piece(span.value))
    }

    /// All values of that name as one, a comma and a space between them (RFC 9110 section 5.3).
    ///
    /// Not for `Set-Cookie`, whose values hold commas of their own.
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let fields: Fields = [("Via", "a"), ("Via", "b")].try_into()?;
    /// assert_eq!(fields.joined(b"Via").as_deref(), Some(&b"a, b"[..]));
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn joined(&self, name: &[u8]) -> Option<Cow<'_, [u8]>> {
        let mut found = self.spans.iter().filter(|span| self.piece(span.name).eq_ignore_ascii_case(name));
        let mut joined = Cow::Borrowed(self.piece(found.next()?.value));
        for span in found {
            let text = joined.to_mut();
            text.extend_from_slice(b", ");
            text.extend_from_slice(self.piece(span.value));
        }
        Some(joined)
    }

    /// The members of the lists that are the values of that name (RFC 9110 section 5.6.1).
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let fields: Fields = [("TE", "trailers, gzip"), ("te", "br")].try_into()?;
    /// assert_eq!(fields.members(b"TE").collect::<Vec<_>>(), [&b"trailers"[..], b"gzip", b"br"]);
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn members<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.all(name).flat_map(|value| -> List<'a> { list(value) })
    }

    /// Whether `member` is one of [`members`](Self::members), its case aside: `close` in `Connection`, say.
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let fields: Fields = [("Connection", "TE, Close")].try_into()?;
    /// assert!(fields.has_member(b"connection", b"close"));
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn has_member(&self, name: &[u8], member: &[u8]) -> bool {
        self.contains(name) && self.members(name).any(|found| found.eq_ignore_ascii_case(member))
    }

    /// Whether there is a field of that name.
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let fields: Fields = [("Host", "")].try_into()?;
    /// assert!(fields.contains(b"host"));
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn contains(&self, name: &[u8]) -> bool {
        self.get(name).is_some()
    }

    /// Adds a field behind the others; the blanks around the value go.
    ///
    /// # Errors
    /// [`InvalidField`] if the name is not a token, or the value could end the line or holds a control character.
    ///
    /// ```
    /// # use ferrosock_proto::http::{Fields, InvalidField};
    /// let mut fields = Fields::new();
    /// fields.append(b"Host", b" example.org ")?;
    /// assert_eq!(fields.get(b"Host"), Some(&b"example.org"[..]));
    /// assert_eq!(fields.append(b"a b", b""), Err(InvalidField::Name(b"a b".to_vec())));
    /// # Ok::<(), InvalidField>(())
    /// ```
    pub fn append(&mut self, name: &[u8], value: &[u8]) -> Result<(), InvalidField> {
        InvalidField::check(name, value)?;
        self.put(name, trim(value));
        Ok(())
    }

    /// Puts one field in the place of all of that name.
    ///
    /// # Errors
    /// As [`append`](Self::append); then nothing has changed.
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let mut fields: Fields = [("Via", "a"), ("Via", "b")].try_into()?;
    /// fields.set(b"Via", b"c")?;
    /// assert_eq!(fields.all(b"via").collect::<Vec<_>>(), [b"c"]);
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn set(&mut self, name: &[u8], value: &[u8]) -> Result<(), InvalidField> {
        let kept = self.spans.len();
        self.append(name, value)?;
        let text = &self.text;
        let mut at = 0;
        self.spans.retain(|span| {
            at += 1;
            at > kept || !text[span.name.0..span.name.1].eq_ignore_ascii_case(name)
        });
        if self.spans.len() <= kept {
            self.odd = true;
            self.compact();
        }
        Ok(())
    }

    /// Takes away all fields of that name; the result says how many.
    ///
    /// ```
    /// # use ferrosock_proto::http::Fields;
    /// let mut fields: Fields = [("Via", "a"), ("Host", "h"), ("Via", "b")].try_into()?;
    /// assert_eq!((fields.remove(b"via"), fields.len()), (2, 1));
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn remove(&mut self, name: &[u8]) -> usize {
        let (text, before) = (&self.text, self.spans.len());
        self.spans.retain(|span| !text[span.name.0..span.name.1].eq_ignore_ascii_case(name));
        let removed = before - self.spans.len();
        if removed > 0 {
            self.odd = true;
            self.compact();
        }
        removed
    }

    /// Lets go of the text of fields that were taken away, once it is much, and most of all: who sets a field again and again
    /// holds no more by that.
    fn compact(&mut self) {
        const MUCH: usize = 4096;
        if self.text.len() < MUCH {
            return;
        }
        let length = |span: &Span| span.name.1 - span.name.0 + span.value.1 - span.value.0 + 4;
        let held: usize = self.spans.iter().map(length).sum();
        if held > self.text.len() / 2 {
            return;
        }
        let old = std::mem::replace(&mut self.text, Vec::with_capacity(held));
        for Span { name, value } in std::mem::take(&mut self.spans) {
            self.put(&old[name.0..name.1], &old[value.0..value.1]);
        }
    }

    /// Adds a field without a look at it.
    pub(crate) fn put_unseen(&mut self, name: &[u8], value: &[u8]) {
        self.odd = true;
        self.put(name, value);
    }

    /// Adds the line of a field.
    fn put(&mut self, name: &[u8], value: &[u8]) {
        let begin = self.text.len();
        let middle = begin + name.len();
        write_field(name, value, &mut self.text);
        self.spans.push(Span { name: (begin, middle), value: (middle + 2, self.text.len() - 2) });
    }

    /// Makes room for a section of so many bytes that is expected.
    pub(crate) fn expect(&mut self, bytes: usize) {
        self.text.reserve(bytes);
        // The lines of a browser are longer, those of a program hardly shorter.
        self.spans.reserve(bytes / 32);
    }

    /// Keeps text that came from the peer, in which [`mark`](Self::mark) shows the fields; says where it begins.
    pub(crate) fn keep(&mut self, text: &[u8]) -> usize {
        self.odd = true;
        let begin = self.text.len();
        self.text.extend_from_slice(text);
        begin
    }

    /// A field within the kept text.
    pub(crate) fn mark(&mut self, name: (usize, usize), value: (usize, usize)) {
        self.spans.push(Span { name, value });
    }

    /// Lets the last value go on to `end`, over a folded line.
    pub(crate) fn extend_last(&mut self, end: usize) {
        if let Some(span) = self.spans.last_mut() {
            span.value.1 = end.max(span.value.0);
        }
    }

    /// Lets the value that was [put](Self::put_unseen) last go on, behind a space.
    pub(crate) fn go_on(&mut self, more: &[u8]) {
        if let Some(span) = self.spans.last_mut().filter(|_| !more.is_empty()) {
            self.text.truncate(span.value.1);
            if span.value.0 < span.value.1 {
                self.text.push(b' ');
            }
            self.text.extend_from_slice(more);
            span.value.1 = self.text.len();
        }
    }

    fn piece(&self, (begin, end): (usize, usize)) -> &[u8] {
        &self.text[begin..end]
    }
}

/// Appends the line of a field to `out`, without a look at it: see [`InvalidField::check`].
///
/// ```
/// let mut out = Vec::new();
/// ferrosock_proto::http::write_field(b"Host", b"a", &mut out);
/// assert_eq!(out, b"Host: a\r\n");
/// ```
#[inline]
pub fn write_field(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    // One by one, as the short ones are then written without a call.
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

impl PartialEq for Fields {
    /// The same names in the same case, and the same values, in the same order.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields {}

impl fmt::Debug for Fields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &[u8]| text.escape_ascii().to_string();
        formatter.debug_list().entries(self.iter().map(|(name, value)| (shown(name), shown(value)))).finish()
    }
}

impl<const N: usize> TryFrom<[(&str, &str); N]> for Fields {
    type Error = InvalidField;

    fn try_from(pairs: [(&str, &str); N]) -> Result<Self, InvalidField> {
        let mut fields = Self::new();
        for (name, value) in pairs {
            fields.append(name.as_bytes(), value.as_bytes())?;
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_injects_a_line() {
        let mut fields = Fields::new();
        for bad in ["a\rb", "a\nb", "a\0b", "\r\n", "a\r\n b", "\x7f"] {
            assert_eq!(fields.append(b"X", bad.as_bytes()), Err(InvalidField::Value(bad.into())));
            assert!(fields.append(bad.as_bytes(), b"x").is_err());
            assert!(fields.set(b"X", bad.as_bytes()).is_err());
        }
        assert!(fields.is_empty());
    }

    #[test]
    fn set_leaves_the_others_in_their_order() {
        let mut fields: Fields = [("A", "1"), ("b", "2"), ("a", "3"), ("C", "4")].try_into().unwrap();
        fields.set(b"a", b"5").unwrap();
        assert_eq!(fields, [("b", "2"), ("C", "4"), ("a", "5")].try_into().unwrap());
        assert_eq!(format!("{fields:?}"), r#"[("b", "2"), ("C", "4"), ("a", "5")]"#);
    }

    #[test]
    fn what_is_set_again_takes_no_more_room() {
        let mut fields: Fields = [("Host", "a"), ("Via", "b"), ("host", "c")].try_into().unwrap();
        for count in 0..100_000_u32 {
            fields.set(b"Date", count.to_string().as_bytes()).unwrap();
            fields.append(b"Once", &[b'x'; 100]).unwrap();
            assert_eq!(fields.remove(b"once"), 1);
        }
        assert!(fields.text.capacity() < 20_000, "{}", fields.text.capacity());
        let expected = [("Host", "a"), ("Via", "b"), ("host", "c"), ("Date", "99999")];
        assert_eq!(fields, expected.try_into().unwrap());
    }
}
