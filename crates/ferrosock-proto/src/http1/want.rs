//! What a machine wants next, and how tolerant and how patient it is.

/// What a machine wants to be given next.
///
/// A driver pulls just that from its source and hands it in; then it never reads past the message. A piece that is shorter
/// than wanted (a line without a line feed, fewer bytes than exactly so many, nothing at all) says that the source has ended.
///
/// ```
/// use ferrosock_proto::http1::{Body, Framing, Limits, Temper, Want};
///
/// let body = Body::new(Framing::Length(5), Temper::Strict, Limits::default());
/// assert_eq!(body.want(), Want::UpTo(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Want {
    /// A line, its line feed included; or its first so many bytes, if it is longer.
    Line(usize),
    /// Exactly so many bytes.
    Exact(usize),
    /// One byte or more of content, so many at most.
    UpTo(usize),
    /// Content, all that comes until the end.
    End,
    /// Nothing: the message is whole, the connection is closed, or it is the program's turn.
    Nothing,
}

/// How a machine takes what the specification forbids.
///
/// ```
/// use ferrosock_proto::http1::{Limits, Temper, read_response};
///
/// let sloppy = b"HTTP/1.1  200 OK\nA : b\n c\n\n";
/// assert!(read_response(sloppy, Temper::Strict, &Limits::default()).is_err());
/// let (head, _) = read_response(sloppy, Temper::Tolerant, &Limits::default())?.unwrap();
/// assert_eq!(head.status, 200);
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Temper {
    /// What RFC 9110 and 9112 say must or should be rejected is an error.
    #[default]
    Strict,
    /// What Python's `http.client` accepts is accepted, and means what it means there.
    Tolerant,
}

/// How much a machine takes before it gives up.
///
/// ```
/// use ferrosock_proto::http1::Limits;
///
/// let limits = Limits { lines: 21, ..Limits::default() };
/// assert!(limits.line < limits.section);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of a line, its end included: 16 KiB by default (RFC 9112 section 3 asks for 8000 at least).
    pub line: usize,
    /// The lines of a header or trailer section, the empty one at its end included: 101 by default.
    pub lines: usize,
    /// The bytes of a header or trailer section: 64 KiB by default.
    pub section: usize,
    /// The bytes of all extensions of a body's chunks: 16 KiB by default.
    pub extensions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line: 1 << 14, lines: 101, section: 1 << 16, extensions: 1 << 14 }
    }
}

impl Limits {
    /// Those of Python's `http.client`: lines of 65,536 bytes, and 100 of them with the empty one.
    ///
    /// ```
    /// let limits = ferrosock_proto::http1::Limits::python();
    /// assert_eq!((limits.line, limits.lines), (65_536, 100));
    /// ```
    pub fn python() -> Self {
        Self { line: 65_536, lines: 100, section: usize::MAX, extensions: usize::MAX }
    }

    /// The wish for a line: one byte more than allowed, so that a longer one shows.
    pub(crate) fn want_line(&self) -> Want {
        Want::Line(self.line.saturating_add(1))
    }
}
