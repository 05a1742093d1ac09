use std::fmt;

use super::Coding;

/// Why a content cannot be decoded, or not as far as this.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A coding that nobody has registered, or that this crate was not built with.
    UnknownCoding(Vec<u8>),
    /// More than five codings over one another.
    TooManyCodings,
    /// The content is not what its coding says.
    Corrupt {
        /// The coding.
        coding: Coding,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The content ends before its coding does.
    Truncated {
        /// The coding.
        coding: Coding,
    },
    /// There is more behind the coding's end.
    TrailingData {
        /// The coding.
        coding: Coding,
    },
    /// More bytes are needed to look back at than [`Limits::window`](super::Limits::window).
    WindowTooLarge {
        /// How many.
        window: u64,
    },
    /// It decodes to more than [`Limits::output`](super::Limits::output).
    TooLong {
        /// The limit, in bytes.
        limit: u64,
    },
    /// It decodes to more than [`Limits::ratio`](super::Limits::ratio) times its size.
    TooDense {
        /// The limit.
        ratio: u32,
    },
}

impl Error {
    /// Whether the content may be right and a limit of ours stopped it.
    ///
    /// ```
    /// assert!(ferrosock_codec::content::Error::TooLong { limit: 10 }.is_limit());
    /// ```
    pub fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::TooLong { .. } | Self::TooDense { .. } | Self::WindowTooLarge { .. } | Self::TooManyCodings
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCoding(name) => write!(f, "unknown content coding: {}", name.escape_ascii()),
            Self::TooManyCodings => f.write_str("too many content codings, one over the other"),
            Self::Corrupt { coding, what } => write!(f, "the content is not {coding}: {what}"),
            Self::Truncated { coding } => write!(f, "the content ends amid its {coding} coding"),
            Self::TrailingData { coding } => write!(f, "there is more behind the end of the {coding} coding"),
            Self::WindowTooLarge { window } => {
                write!(f, "a window of {window} bytes is more than is allowed")
            }
            Self::TooLong { limit } => write!(f, "the content decodes to more than {limit} bytes"),
            Self::TooDense { ratio } => write!(f, "the content decodes to more than {ratio} times its size"),
        }
    }
}

impl std::error::Error for Error {}
