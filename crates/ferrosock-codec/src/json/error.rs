//! What is wrong with a document, and where.

use std::fmt;

/// What is wrong with a JSON document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no value where one must stand.
    ExpectingValue,
    /// There is no quoted name where the next member of an object must begin.
    ExpectingName,
    /// There is no colon behind a member's name.
    ExpectingColon,
    /// There is neither a comma nor the closing bracket behind an item.
    ExpectingComma,
    /// A comma stands before the bracket that closes an object, which is at `bracket`.
    TrailingCommaInObject {
        /// The position of the bracket.
        bracket: usize,
    },
    /// A comma stands before the bracket that closes an array, which is at `bracket`.
    TrailingCommaInArray {
        /// The position of the bracket.
        bracket: usize,
    },
    /// The document ends within the string that begins here.
    UnterminatedString,
    /// The document ends within the string that begins here, and right behind the digits of a `\u`.
    EndBehindEscape {
        /// The position of the `u`.
        escape: usize,
    },
    /// A character below U+0020 stands unescaped in a string.
    ControlCharacter,
    /// The character behind a backslash is none of those that may stand there.
    InvalidEscape,
    /// There are no four hexadecimal digits behind `\u`.
    InvalidUnicodeEscape,
    /// Something follows the document.
    ExtraData,
    /// `NaN` or an infinity, which are not JSON, where only JSON is welcome.
    Constant,
    /// Arrays and objects lie deeper in one another than is allowed.
    TooDeep,
    /// A string holds half of a surrogate pair, which is no Unicode text.
    LoneSurrogate,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// A document of a stream is longer than is allowed.
    TooLong,
}

/// What is wrong with a JSON document, and where.
///
/// ```
/// use ferrosock_codec::json::{parse, ErrorKind};
///
/// let text = "{\n  \"a\": }";
/// let error = parse(text).unwrap_err();
/// assert_eq!(error.kind, ErrorKind::ExpectingValue);
/// assert_eq!(error.position, 9);
/// assert_eq!(error.line_and_column(text.as_bytes()), (2, 8));
/// assert_eq!(error.to_string(), "Expecting value: position 9");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where: how many units (bytes of a `&str`) stand before it.
    pub position: usize,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, position: usize) -> Self {
        Self { kind, position }
    }

    /// The line and the column of the position, both counted from 1; columns are units.
    pub fn line_and_column<U: super::Unit>(&self, document: &[U]) -> (usize, usize) {
        let before = &document[..self.position.min(document.len())];
        let newline = u32::from(b'\n');
        let line = before.iter().filter(|unit| (**unit).into() == newline).count() + 1;
        let begin = before.iter().rposition(|unit| (*unit).into() == newline).map_or(0, |at| at + 1);
        (line, before.len() - begin + 1)
    }

    /// What is wrong, in the words of Python's `json`.
    pub fn message(&self) -> &'static str {
        match self.kind {
            ErrorKind::ExpectingValue | ErrorKind::Constant => "Expecting value",
            ErrorKind::ExpectingName => "Expecting property name enclosed in double quotes",
            ErrorKind::ExpectingColon => "Expecting ':' delimiter",
            ErrorKind::ExpectingComma => "Expecting ',' delimiter",
            ErrorKind::TrailingCommaInObject { .. } => "Illegal trailing comma before end of object",
            ErrorKind::TrailingCommaInArray { .. } => "Illegal trailing comma before end of array",
            ErrorKind::UnterminatedString | ErrorKind::EndBehindEscape { .. } => {
                "Unterminated string starting at"
            }
            ErrorKind::ControlCharacter => "Invalid control character at",
            ErrorKind::InvalidEscape => "Invalid \\escape",
            ErrorKind::InvalidUnicodeEscape => "Invalid \\uXXXX escape",
            ErrorKind::ExtraData => "Extra data",
            ErrorKind::TooDeep => "Too many arrays and objects in one another",
            ErrorKind::LoneSurrogate => "Half of a surrogate pair in the string starting at",
            ErrorKind::NotUtf8 => "Not UTF-8",
            ErrorKind::TooLong => "Too long a document",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: position {}", self.message(), self.position)
    }
}

impl std::error::Error for Error {}

/// Why a document was not read to its end: its own fault, or that the [`Sink`](super::Sink) had enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure<E> {
    /// The document is wrong.
    Syntax(Error),
    /// What the sink returned.
    Sink(E),
}

impl<E> From<Error> for Failure<E> {
    fn from(error: Error) -> Self {
        Self::Syntax(error)
    }
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => error.fmt(formatter),
            Self::Sink(error) => error.fmt(formatter),
        }
    }
}

impl<E: std::error::Error> std::error::Error for Failure<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Syntax(error) => error.source(),
            Self::Sink(error) => error.source(),
        }
    }
}
