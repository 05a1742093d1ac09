use std::fmt;

/// Why a form cannot be written, or is none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Not 1 to 70 of the characters that RFC 2046 section 5.1.1 allows.
    BadBoundary,
    /// A field of a part's head whose name is not a token, or whose value holds a control character.
    BadField,
    /// Something behind a boundary that does not belong there.
    BadDelimiter,
    /// The head of a part is longer than [`Limits::head`](super::Limits::head).
    HeadTooLong,
    /// More parts than [`Limits::parts`](super::Limits::parts).
    TooManyParts,
    /// More content in a part than [`Limits::content`](super::Limits::content).
    PartTooLong,
    /// A part that is not `form-data`, or has no name (RFC 7578 section 4.2).
    NoName,
    /// The body ends before its last boundary.
    Truncated,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadBoundary => "the boundary is not 1 to 70 of the characters that it may have",
            Self::BadField => "a field of a part's head that may not be",
            Self::BadDelimiter => "something follows a boundary in its line",
            Self::HeadTooLong => "the head of a part is too long",
            Self::TooManyParts => "the form has too many parts",
            Self::PartTooLong => "a part of the form is too long",
            Self::NoName => "a part is no form-data with a name",
            Self::Truncated => "the form ends before its last boundary",
        })
    }
}

impl std::error::Error for Error {}
