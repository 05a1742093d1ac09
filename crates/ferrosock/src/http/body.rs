//! The bodies of requests.

use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

/// What a request sends.
///
/// Bytes and whatever can be read from its beginning again can be sent twice: after a redirect that keeps the method, or when
/// a request is tried again. A plain reader cannot. One whose length is not known goes in chunks.
///
/// ```
/// use ferrosock::http::Body;
///
/// assert_eq!(Body::from("hello").len(), Some(5));
/// let endless = Body::from_reader(std::io::repeat(b'x'), None);
/// assert!(endless.len().is_none() && !endless.is_repeatable());
/// ```
pub struct Body(Kind);

enum Kind {
    Empty,
    Bytes(Vec<u8>),
    Static(&'static [u8]),
    Shared(Box<dyn AsRef<[u8]> + Send>),
    Reader(Box<dyn Read + Send>, Option<u64>),
    /// A source, where it began, how long it is, and whether it was read from.
    Seekable(Box<dyn ReadSeek>, u64, u64, bool),
    Maker(Box<Maker>, Option<u64>),
    /// Several, one behind the other.
    Parts(Vec<Body>),
}

type Maker = dyn FnMut() -> io::Result<Box<dyn Read + Send>> + Send;

trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

impl Body {
    /// No body.
    pub const fn empty() -> Self {
        Self(Kind::Empty)
    }

    /// Memory of the caller's own, which is not copied.
    pub fn from_owner(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        Self(Kind::Shared(Box::new(bytes)))
    }

    /// What a reader gives: `length` bytes, or all until its end.
    pub fn from_reader(reader: impl Read + Send + 'static, length: Option<u64>) -> Self {
        Self(Kind::Reader(Box::new(reader), length))
    }

    /// What a source gives from where it stands to its end. It can be sent again.
    ///
    /// # Errors
    /// Those of the source.
    pub fn from_seekable(mut source: impl Read + Seek + Send + 'static) -> io::Result<Self> {
        let begin = source.stream_position()?;
        let end = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(begin))?;
        Ok(Self(Kind::Seekable(Box::new(source), begin, end.saturating_sub(begin), false)))
    }

    /// What the readers give that a function makes, a new one each time that the body is sent.
    ///
    /// ```
    /// use ferrosock::http::Body;
    ///
    /// let body = Body::from_maker(|| Ok(Box::new(&b"again and again"[..])), None);
    /// assert!(body.is_repeatable());
    /// ```
    pub fn from_maker(
        maker: impl FnMut() -> io::Result<Box<dyn Read + Send>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self(Kind::Maker(Box::new(maker), length))
    }

    /// Several bodies, one behind the other.
    pub(crate) fn from_parts(parts: Vec<Self>) -> Self {
        const SMALL: usize = 16 * 1024;
        let sizes = parts.iter().map(|part| part.bytes().map(<[u8]>::len));
        match sizes.sum::<Option<usize>>() {
            // What lies in memory and is little goes out with the head.
            Some(size) if size <= SMALL => {
                parts.iter().filter_map(Self::bytes).collect::<Vec<_>>().concat().into()
            }
            _ => Self(Kind::Parts(parts)),
        }
    }

    /// How many bytes it has, if that is known.
    #[allow(clippy::len_without_is_empty, reason = "whether it is empty is not known without its length")]
    pub fn len(&self) -> Option<u64> {
        match &self.0 {
            Kind::Seekable(_, _, length, _) => Some(*length),
            Kind::Reader(_, length) | Kind::Maker(_, length) => *length,
            Kind::Parts(parts) => parts
                .iter()
                .try_fold(0_u64, |sum, part| part.len().and_then(|length| sum.checked_add(length))),
            _ => self.bytes().map(|bytes| bytes.len() as u64),
        }
    }

    /// Whether it can be sent more than once.
    pub fn is_repeatable(&self) -> bool {
        match &self.0 {
            Kind::Reader(..) => false,
            Kind::Parts(parts) => parts.iter().all(Self::is_repeatable),
            _ => true,
        }
    }

    /// Whether there is one, if only one without bytes.
    pub(crate) fn is_some(&self) -> bool {
        !matches!(self.0, Kind::Empty)
    }

    /// The bytes, where they lie in memory.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match &self.0 {
            Kind::Empty => Some(&[]),
            Kind::Bytes(bytes) => Some(bytes),
            Kind::Static(bytes) => Some(bytes),
            Kind::Shared(bytes) => Some((**bytes).as_ref()),
            _ => None,
        }
    }

    /// A reader of the body from its beginning.
    pub(crate) fn reader(&mut self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(match &mut self.0 {
            Kind::Reader(reader, _) => Box::new(reader),
            Kind::Seekable(source, begin, length, used) => {
                if std::mem::replace(used, true) {
                    source.seek(SeekFrom::Start(*begin))?;
                }
                Box::new(source.take(*length))
            }
            Kind::Maker(maker, _) => maker()?,
            Kind::Parts(parts) => {
                Box::new(Chain { rest: parts.iter_mut(), current: Box::new(io::empty()), left: Some(0) })
            }
            Kind::Empty => Box::new(io::empty()),
            Kind::Bytes(bytes) => Box::new(&**bytes),
            Kind::Static(bytes) => Box::new(*bytes),
            Kind::Shared(bytes) => Box::new(Cursor::new((**bytes).as_ref())),
        })
    }
}

/// The parts of a body, one after the other.
struct Chain<'a> {
    rest: std::slice::IterMut<'a, Body>,
    current: Box<dyn Read + Send + 'a>,
    /// How much is left of the current one, if it has said how long it is.
    left: Option<u64>,
}

impl Read for Chain<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if space.is_empty() {
            return Ok(0);
        }
        loop {
            let left = self.left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
            let most = left.min(space.len());
            let count = if most == 0 { 0 } else { self.current.read(&mut space[..most])? };
            match (count, self.left) {
                (0, Some(1..)) => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "a part is shorter than it said",
                    ));
                }
                (0, _) => {
                    let Some(part) = self.rest.next() else { return Ok(0) };
                    self.left = part.len();
                    self.current = part.reader()?;
                }
                (count, left) => {
                    self.left = left.map(|left| left.saturating_sub(count as u64));
                    return Ok(count);
                }
            }
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Body");
        shown.field("len", &self.len()).field("repeatable", &self.is_repeatable()).finish_non_exhaustive()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Kind::Bytes(bytes))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(Kind::Bytes(text.into_bytes()))
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Self(Kind::Static(bytes))
    }
}

impl<const N: usize> From<&'static [u8; N]> for Body {
    fn from(bytes: &'static [u8; N]) -> Self {
        Self(Kind::Static(bytes))
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self(Kind::Static(text.as_bytes()))
    }
}

impl TryFrom<File> for Body {
    type Error = io::Error;

    /// A file from where it stands to its end.
    fn try_from(file: File) -> io::Result<Self> {
        Self::from_seekable(file)
    }
}
