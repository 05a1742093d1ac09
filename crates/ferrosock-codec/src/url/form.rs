//! Forms in a query: `application/x-www-form-urlencoded`.

use std::borrow::Cow;

use memchr::memmem::{FindIter, find_iter};
use memchr::{memchr, memchr2};

use super::Error;
use super::percent::{Encoding, PIECE, ROOM, decode_into, encode_piece};

/// How to read a form.
///
/// ```
/// use ferrosock_codec::url::{FormOptions, parse_form};
///
/// let options = FormOptions { separator: b";", keep_blank: true, ..FormOptions::default() };
/// let fields = parse_form(b"a=1;b", &options)?;
/// assert_eq!(fields, [(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), b"".to_vec())]);
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FormOptions<'o> {
    /// What stands between fields.
    pub separator: &'o [u8],
    /// Whether fields without a value are given, as fields of an empty one.
    pub keep_blank: bool,
    /// Whether a field without a `=` is an error.
    pub strict: bool,
    /// How many fields there may be. Counting comes before reading.
    pub max_fields: Option<usize>,
}

impl Default for FormOptions<'_> {
    fn default() -> Self {
        Self { separator: b"&", keep_blank: false, strict: false, max_fields: None }
    }
}

/// A name or a value of a field, decoded.
pub type Part = Vec<u8>;

/// A field as it stands in a form, not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// What stands before the first `=`.
    pub name: &'a [u8],
    /// What stands behind it.
    pub value: &'a [u8],
}

/// The fields of a form, one after another, not decoded: see [`decode_component`].
///
/// ```
/// use ferrosock_codec::url::{Fields, FormOptions};
///
/// let mut fields = Fields::new(b"a=1&b=2", &FormOptions::default())?;
/// assert_eq!(fields.next().unwrap()?.name, b"a");
/// assert_eq!(fields.next().unwrap()?.value, b"2");
/// assert!(fields.next().is_none());
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
#[derive(Debug)]
pub struct Fields<'a, 'o> {
    form: &'a [u8],
    options: FormOptions<'o>,
    ends: Ends<'a, 'o>,
    /// Where the next field begins; `None` behind the last one.
    start: Option<usize>,
}

/// Where the separators are.
#[derive(Debug)]
enum Ends<'a, 'o> {
    Byte(u8),
    Text(Box<FindIter<'a, 'o>>),
}

impl<'a, 'o> Fields<'a, 'o> {
    /// The fields of `form`.
    ///
    /// # Errors
    /// [`Error::EmptySeparator`], [`Error::TooManyFields`].
    pub fn new(form: &'a [u8], options: &FormOptions<'o>) -> Result<Self, Error> {
        let ends = match options.separator {
            [] => return Err(Error::EmptySeparator),
            [byte] => Ends::Byte(*byte),
            text => Ends::Text(Box::new(find_iter(form, text))),
        };
        if options.max_fields.is_some_and(|most| most < count_pieces(form, options.separator)) {
            return Err(Error::TooManyFields);
        }
        Ok(Self { form, options: *options, ends, start: (!form.is_empty()).then_some(0) })
    }

    /// The next piece between separators, as a range.
    fn piece(&mut self) -> Option<(usize, usize)> {
        let start = self.start?;
        let end = match &mut self.ends {
            Ends::Byte(byte) => memchr(*byte, &self.form[start..]).map(|at| start + at),
            Ends::Text(found) => found.next(),
        };
        self.start = end.map(|end| end + self.options.separator.len());
        Some((start, end.unwrap_or(self.form.len())))
    }
}

/// How many pieces a form has between separators, empty ones among them; 0 if the form or the separator is empty.
///
/// ```
/// use ferrosock_codec::url::count_pieces;
///
/// assert_eq!(count_pieces(b"a=1&&b=2", b"&"), 3);
/// ```
#[must_use]
pub fn count_pieces(form: &[u8], separator: &[u8]) -> usize {
    if form.is_empty() || separator.is_empty() { 0 } else { find_iter(form, separator).count() + 1 }
}

impl<'a> Iterator for Fields<'a, '_> {
    type Item = Result<Field<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (start, end) = self.piece()?;
            let piece = &self.form[start..end];
            if piece.is_empty() && !self.options.strict {
                continue;
            }
            let (name, value) = match memchr(b'=', piece) {
                Some(at) => (&piece[..at], &piece[at + 1..]),
                None if self.options.strict => return Some(Err(Error::BadField { start, end })),
                None => (piece, &b""[..]),
            };
            if !value.is_empty() || self.options.keep_blank {
                return Some(Ok(Field { name, value }));
            }
        }
    }
}

/// A name or value of a form, decoded: `+` is a space, and escapes are the bytes that they stand for.
///
/// ```
/// use ferrosock_codec::url::decode_component;
///
/// assert_eq!(&*decode_component(b"a+b%2B"), b"a b+");
/// ```
#[must_use]
pub fn decode_component(input: &[u8]) -> Cow<'_, [u8]> {
    if memchr2(b'+', b'%', input).is_none() {
        return Cow::Borrowed(input);
    }
    let spaced: Vec<u8> = input.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    if memchr(b'%', &spaced).is_none() {
        return Cow::Owned(spaced);
    }
    let mut out = Vec::with_capacity(input.len());
    decode_into(&spaced, &mut out);
    Cow::Owned(out)
}

/// The fields of a form, decoded.
///
/// # Errors
/// [`Error::EmptySeparator`], [`Error::TooManyFields`], and [`Error::BadField`] if `strict` is on.
///
/// Source: the URL Standard, section 5.1, and Python's `urllib.parse.parse_qsl`.
///
/// ```
/// use ferrosock_codec::url::{FormOptions, parse_form};
///
/// let fields = parse_form(b"q=a+b&empty=&n=%31", &FormOptions::default())?;
/// assert_eq!(fields, [(b"q".to_vec(), b"a b".to_vec()), (b"n".to_vec(), b"1".to_vec())]);
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
pub fn parse_form(form: &[u8], options: &FormOptions<'_>) -> Result<Vec<(Part, Part)>, Error> {
    Fields::new(form, options)?
        .map(|field| {
            field.map(|Field { name, value }| {
                (decode_component(name).into_owned(), decode_component(value).into_owned())
            })
        })
        .collect()
}

/// A form of these names and values.
///
/// ```
/// use ferrosock_codec::url::encode_form;
///
/// assert_eq!(encode_form([("q", "a b"), ("n", "1&2")]), "q=a+b&n=1%262");
/// ```
#[must_use]
pub fn encode_form<N: AsRef<[u8]>, V: AsRef<[u8]>>(fields: impl IntoIterator<Item = (N, V)>) -> String {
    let mut writer = FormWriter::new(&Encoding::FORM);
    for (name, value) in fields {
        writer.name(name.as_ref());
        writer.value(value.as_ref());
    }
    String::from_utf8(writer.finish()).unwrap_or_default() // it is all ASCII
}

/// Writes a form part by part.
///
/// ```
/// use ferrosock_codec::url::{Encoding, FormWriter};
///
/// let mut form = FormWriter::new(&Encoding::FORM);
/// for (name, value) in [("a", "1"), ("b", "2 3")] {
///     form.name(name.as_bytes());
///     form.value(value.as_bytes());
/// }
/// assert_eq!(form.finish(), b"a=1&b=2+3");
/// ```
#[derive(Clone, Debug)]
pub struct FormWriter<'e> {
    encoding: &'e Encoding,
    /// What is written, and room behind it: pieces are written where they are to be, whatever their length turns out to be.
    room: Vec<u8>,
    at: usize,
}

impl<'e> FormWriter<'e> {
    /// A form without fields.
    #[must_use]
    pub const fn new(encoding: &'e Encoding) -> Self {
        Self { encoding, room: Vec::new(), at: 0 }
    }

    /// Begins a field, with the `&` that parts it from what is there.
    #[inline]
    pub fn name(&mut self, name: &[u8]) {
        if self.at > 0 {
            self.push(b'&');
        }
        self.part(name);
    }

    /// Adds the value of the field that was begun, with the `=` before it.
    #[inline]
    pub fn value(&mut self, value: &[u8]) {
        self.push(b'=');
        self.part(value);
    }

    /// The form, all ASCII.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.room[..self.at]
    }

    /// Gives the form away.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.room.truncate(self.at);
        self.room
    }

    #[inline]
    fn push(&mut self, byte: u8) {
        self.ahead()[0] = byte;
        self.at += 1;
    }

    #[inline]
    fn part(&mut self, part: &[u8]) {
        for piece in part.chunks(PIECE) {
            let encoding = self.encoding;
            self.at += encode_piece(piece, encoding, self.ahead());
        }
    }

    /// The room for a piece.
    #[inline]
    fn ahead(&mut self) -> &mut [u8; ROOM] {
        if self.room.len() < self.at + ROOM {
            self.grow();
        }
        self.room[self.at..].first_chunk_mut().expect("there is room")
    }

    #[cold]
    fn grow(&mut self) {
        self.room.resize((8 * ROOM).max(2 * self.room.len()), 0);
    }
}
