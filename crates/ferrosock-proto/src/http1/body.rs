//! The body of a message that comes in (RFC 9112 sections 6 and 7).

use super::error::{Error, Part};
use super::framing::Framing;
use super::number;
use super::section::Section;
use super::start_line::without_end;
use super::want::{Limits, Temper, Want};
use crate::http::Fields;
use crate::http::grammar::Scanner;

/// Where a body is.
#[derive(Debug, Clone)]
enum At {
    /// In content of which so many bytes are left.
    Length(u64),
    /// At the line with a chunk's size.
    Size,
    /// In a chunk of which so many bytes are left; never 0.
    Chunk(u64),
    /// At the line end behind a chunk.
    ChunkEnd,
    /// Behind the last chunk.
    Trailers,
    /// In content that goes on until the end.
    UntilClose,
    Done,
}

/// Reads a body: says what it wants and which bytes are content.
///
/// Strict, chunks are RFC 9112 section 7.1 to the letter. Tolerant, they are what `http.client` takes: a size is what
/// Python's `int(size, 16)` makes of the line before the first semicolon, save a negative one; any two bytes end a chunk; the
/// trailers may end with the connection.
///
/// ```
/// use ferrosock_proto::http1::{Body, Framing, Limits, Temper, Want};
///
/// let mut body = Body::new(Framing::Chunked, Temper::Strict, Limits::default());
/// assert_eq!(body.handle(b"5;sum=1\r\n")?, b"");
/// assert_eq!((body.want(), body.extension()), (Want::UpTo(5), &b";sum=1"[..]));
/// assert_eq!(body.handle(b"hello")?, b"hello");
/// for line in [&b"\r\n"[..], b"0\r\n", b"Sum: 1\r\n", b"\r\n"] {
///     body.handle(line)?;
/// }
/// assert!(body.is_done());
/// assert_eq!(body.take_trailers().get(b"sum"), Some(&b"1"[..]));
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Body {
    at: At,
    temper: Temper,
    limits: Limits,
    /// The extensions of the chunk that is being read, and how long all of them were.
    extension: Vec<u8>,
    extensions: usize,
    trailers: Section,
}

impl Body {
    /// A body that is about to begin.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Body, Framing, Limits, Temper};
    /// assert!(Body::new(Framing::Length(0), Temper::Strict, Limits::default()).is_done());
    /// ```
    pub fn new(framing: Framing, temper: Temper, limits: Limits) -> Self {
        let at = match framing {
            Framing::Length(0) | Framing::Switch => At::Done,
            Framing::Length(length) => At::Length(length),
            Framing::Chunked => At::Size,
            Framing::UntilClose => At::UntilClose,
        };
        let trailers = Section::trailer(temper, limits);
        Self { at, temper, limits, extension: Vec::new(), extensions: 0, trailers }
    }

    /// What to hand in next: only [`Want::UpTo`] and [`Want::End`] ask for content.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Body, Framing, Limits, Temper, Want};
    /// let body = Body::new(Framing::UntilClose, Temper::Strict, Limits::default());
    /// assert_eq!(body.want(), Want::End);
    /// ```
    pub fn want(&self) -> Want {
        match &self.at {
            At::Length(left) | At::Chunk(left) => Want::UpTo(usize::try_from(*left).unwrap_or(usize::MAX)),
            At::Size | At::Trailers => self.limits.want_line(),
            At::ChunkEnd => Want::Exact(2),
            At::UntilClose => Want::End,
            At::Done => Want::Nothing,
        }
    }

    /// Takes what was wanted, and gives back what of it is content: all or nothing. No bytes say that the source has ended.
    ///
    /// # Errors
    /// What is wrong with it; [`Error::Incomplete`] at an end that comes too early; [`Error::WrongState`] for more than was
    /// wanted.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Body, Error, Framing, Limits, Temper};
    /// let mut body = Body::new(Framing::Length(5), Temper::Strict, Limits::default());
    /// assert_eq!(body.handle(b"hel")?, b"hel");
    /// assert_eq!(body.handle(b""), Err(Error::Incomplete { missing: Some(2) }));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn handle<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], Error> {
        match self.at {
            At::Length(_) | At::Chunk(_) | At::UntilClose => {
                self.handle_content(input.len())?;
                return Ok(input);
            }
            At::Size => self.handle_size(input)?,
            At::ChunkEnd => {
                if input.len() < 2 {
                    return Err(Error::Incomplete { missing: Some(2 - input.len() as u64) });
                }
                if input.len() > 2 || self.temper == Temper::Strict && input != b"\r\n" {
                    return Err(Error::BadChunkEnd);
                }
                self.at = At::Size;
            }
            At::Trailers => {
                self.trailers.handle(input)?;
                if self.trailers.is_done() {
                    self.at = At::Done;
                }
            }
            At::Done => return Err(Error::WrongState),
        }
        Ok(&[])
    }

    /// Takes note of `count` bytes of content that were put where they belong without this machine; 0 says that the source
    /// has ended.
    ///
    /// # Errors
    /// As [`handle`](Self::handle).
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Body, Framing, Limits, Temper};
    /// let mut body = Body::new(Framing::Length(1 << 30), Temper::Strict, Limits::default());
    /// body.handle_content(1 << 20)?; // received into memory of the caller's, or spliced
    /// assert_eq!(body.left(), Some((1 << 30) - (1 << 20)));
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn handle_content(&mut self, count: usize) -> Result<(), Error> {
        let count = count as u64;
        let left_of = |left: u64| match (left.checked_sub(count), count) {
            (_, 0) => Err(Error::Incomplete { missing: Some(left) }),
            (None, _) => Err(Error::WrongState),
            (Some(left), _) => Ok(left),
        };
        self.at = match self.at {
            At::Length(left) => match left_of(left)? {
                0 => At::Done,
                left => At::Length(left),
            },
            At::Chunk(left) => match left_of(left)? {
                0 => At::ChunkEnd,
                left => At::Chunk(left),
            },
            At::UntilClose if count == 0 => At::Done,
            At::UntilClose => At::UntilClose,
            At::Size | At::ChunkEnd | At::Trailers | At::Done => return Err(Error::WrongState),
        };
        Ok(())
    }

    /// Whether the body, its trailers included, was read whole.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Body, Framing, Limits, Temper};
    /// let mut body = Body::new(Framing::UntilClose, Temper::Strict, Limits::default());
    /// body.handle(b"to the end")?;
    /// body.handle(b"")?;
    /// assert!(body.is_done());
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn is_done(&self) -> bool {
        matches!(self.at, At::Done)
    }

    /// How many bytes of content are left in the body, or in this chunk; `None` where nobody knows.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Body, Framing, Limits, Temper};
    /// assert_eq!(Body::new(Framing::Length(7), Temper::Strict, Limits::default()).left(), Some(7));
    /// assert_eq!(Body::new(Framing::Chunked, Temper::Strict, Limits::default()).left(), None);
    /// ```
    pub fn left(&self) -> Option<u64> {
        match self.at {
            At::Length(left) | At::Chunk(left) => Some(left),
            At::ChunkEnd | At::Trailers | At::Done => Some(0),
            At::Size | At::UntilClose => None,
        }
    }

    /// The extensions of the last chunk whose size was read, as they came, from the semicolon on.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Body, Framing, Limits, Temper};
    /// let mut body = Body::new(Framing::Chunked, Temper::Strict, Limits::default());
    /// body.handle(b"a; b=\"c;d\"\r\n")?;
    /// assert_eq!(body.extension(), b"; b=\"c;d\"");
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn extension(&self) -> &[u8] {
        &self.extension
    }

    /// The trailers, once the body is whole; they can be taken once.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Body, Framing, Limits, Temper};
    /// let mut body = Body::new(Framing::Chunked, Temper::Tolerant, Limits::python());
    /// for line in [&b"0\n"[..], b"Sum: 1\n", b""] {
    ///     body.handle(line)?;
    /// }
    /// assert_eq!(body.take_trailers().len(), 1);
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn take_trailers(&mut self) -> Fields {
        std::mem::replace(&mut self.trailers, Section::trailer(self.temper, self.limits)).into_fields()
    }

    fn handle_size(&mut self, line: &[u8]) -> Result<(), Error> {
        if line.len() > self.limits.line {
            return Err(Error::LineTooLong(Part::ChunkSize));
        }
        if line.is_empty() {
            return Err(Error::Incomplete { missing: None });
        }
        let text = match self.temper {
            Temper::Strict => without_end(line)?,
            Temper::Tolerant => {
                let text = line.strip_suffix(b"\n").unwrap_or(line);
                text.strip_suffix(b"\r").unwrap_or(text)
            }
        };
        let semicolon = memchr::memchr(b';', text).unwrap_or(text.len());
        let (digits, extension) = text.split_at(semicolon);
        let bad = || Error::BadChunkSize(digits.to_vec());
        let size = match self.temper {
            Temper::Strict => {
                // There may be blanks before a semicolon, and nowhere else (RFC 9112 section 7.1.1).
                let digits = if extension.is_empty() { digits } else { digits.trim_ascii_end() };
                number::hexadecimal(digits).ok_or_else(bad)?
            }
            Temper::Tolerant => match number::python(digits, 16) {
                Some((false, size)) if size < u64::MAX => size,
                _ => return Err(bad()),
            },
        };
        self.extensions = self.extensions.saturating_add(extension.len());
        if self.extensions > self.limits.extensions {
            return Err(Error::ExtensionsTooLong);
        }
        if self.temper == Temper::Strict && !is_extension(extension) {
            return Err(Error::BadChunkExtension(extension.to_vec()));
        }
        self.extension.clear();
        self.extension.extend_from_slice(extension);
        self.at = if size == 0 { At::Trailers } else { At::Chunk(size) };
        Ok(())
    }
}

/// `*( BWS ";" BWS name [ BWS "=" BWS value ] )`, the value a token or a quoted string.
pub(crate) fn is_extension(text: &[u8]) -> bool {
    let mut scanner = Scanner::new(text);
    while !scanner.at_end() {
        scanner.skip_blanks();
        if !scanner.eat(b';') {
            return false;
        }
        scanner.skip_blanks();
        if scanner.token().is_none() {
            return false;
        }
        let behind = scanner.clone();
        scanner.skip_blanks();
        if scanner.eat(b'=') {
            scanner.skip_blanks();
            if scanner.word().is_none() {
                return false;
            }
        } else {
            // Blanks are part of what follows, and at the end of the line of nothing.
            scanner = behind;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(line: &[u8], temper: Temper) -> Result<u64, Error> {
        let mut body = Body::new(Framing::Chunked, temper, Limits::python());
        body.handle(line)?;
        Ok(body.left().unwrap_or(0))
    }

    #[test]
    fn chunk_sizes_by_the_letter() {
        for (line, expected) in
            [(&b"5\r\n"[..], 5), (b"0005\r\n", 5), (b"fF;a\r\n", 255), (b"1 ; a = b\r\n", 1)]
        {
            assert_eq!(size(line, Temper::Strict), Ok(expected));
        }
        assert_eq!(size(b"1;a=\"\\\";x\";b\r\n", Temper::Strict), Ok(1));
        for bad in [
            &b"\r\n"[..],
            b"5\n",
            b"5",
            b" 5\r\n",
            b"5 \r\n",
            b"+5\r\n",
            b"-5\r\n",
            b"0x5\r\n",
            b"5_0\r\n",
            b"g\r\n",
            b"5\r\r\n",
            b"10000000000000000\r\n",
            b";a\r\n",
            b"5;\r\n",
            b"5;a=\r\n",
            b"5;a b\r\n",
            b"5;a=\"b\r\n",
            b"5;a=b \r\n",
            b"5;a\rb\r\n",
            b"5 5\r\n",
        ] {
            assert!(size(bad, Temper::Strict).is_err(), "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn chunk_sizes_as_http_client_takes_them() {
        for (line, expected) in [(&b" 5 \n"[..], 5), (b"+0x_f;;;\"", 15), (b"1_0\r\n", 16), (b"-0\r\n", 0)] {
            assert_eq!(size(line, Temper::Tolerant), Ok(expected));
        }
        for bad in [&b"\n"[..], b"-5\r\n", b"x\r\n", b"5 5\r\n", b";a\r\n", b"ffffffffffffffffff\r\n"] {
            assert!(matches!(size(bad, Temper::Tolerant), Err(Error::BadChunkSize(_))));
        }
        assert_eq!(size(b"", Temper::Tolerant), Err(Error::Incomplete { missing: None }));
        let mut body = Body::new(Framing::Chunked, Temper::Tolerant, Limits::python());
        body.handle(b"1;a\r\n").unwrap();
        assert_eq!(body.extension(), b";a");
    }

    #[test]
    fn the_end_of_a_chunk() {
        for (temper, result) in [(Temper::Strict, Err(Error::BadChunkEnd)), (Temper::Tolerant, Ok(&b""[..]))]
        {
            let mut body = Body::new(Framing::Chunked, temper, Limits::default());
            body.handle(b"1\r\n").unwrap();
            body.handle(b"a").unwrap();
            assert_eq!(body.clone().handle(b"\r"), Err(Error::Incomplete { missing: Some(1) }));
            assert_eq!(body.handle(b"xy"), result);
        }
    }

    #[test]
    fn extensions_have_a_limit_of_their_own() {
        let limits = Limits { extensions: 10, ..Limits::default() };
        let mut body = Body::new(Framing::Chunked, Temper::Strict, limits);
        for piece in [&b"1;abcd\r\n"[..], b"a", b"\r\n"] {
            body.handle(piece).unwrap();
        }
        assert_eq!(body.handle(b"1;abcdef\r\n"), Err(Error::ExtensionsTooLong));
    }

    #[test]
    fn more_than_wanted_is_refused() {
        let mut body = Body::new(Framing::Length(2), Temper::Strict, Limits::default());
        assert_eq!(body.handle(b"abc"), Err(Error::WrongState));
        assert_eq!(body.handle(b"ab"), Ok(&b"ab"[..]));
        assert_eq!(body.handle(b""), Err(Error::WrongState));
    }
}
