use std::fmt;

use super::Error;

/// The most codings that a content may have, one over the other: more are no use but to attack.
const MOST: usize = 5;

/// A content coding that this crate was built to decode.
///
/// ```
/// use ferrosock_codec::content::Coding;
///
/// assert_eq!(Coding::from_token(b"X-GZip"), Some(Coding::Gzip));
/// assert_eq!(Coding::Brotli.token(), "br");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950, or RFC 1951 without it.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

impl Coding {
    /// All of them, the preferred ones first.
    pub const ALL: [Self; 4] = [Self::Zstd, Self::Brotli, Self::Gzip, Self::Deflate];

    /// The coding of a name, in any case (RFC 9110 section 18.6), if this crate was built with it.
    pub fn from_token(token: &[u8]) -> Option<Self> {
        let names: [(&[u8], Self); 5] = [
            (b"gzip", Self::Gzip),
            (b"x-gzip", Self::Gzip), // RFC 9110 section 8.4.1.3
            (b"deflate", Self::Deflate),
            (b"br", Self::Brotli),
            (b"zstd", Self::Zstd),
        ];
        let found = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(token))?;
        Some(found.1).filter(|coding| coding.is_built())
    }

    /// Its registered name.
    pub fn token(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Whether the crate's features have it.
    pub fn is_built(self) -> bool {
        match self {
            Self::Gzip | Self::Deflate => cfg!(feature = "gzip"),
            Self::Brotli => cfg!(feature = "brotli"),
            Self::Zstd => true,
        }
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.token())
    }
}

/// The codings of a `Content-Encoding` field in the order in which they were applied; `identity` is none. Several fields are
/// joined with commas before (RFC 9110 section 5.3).
///
/// # Errors
/// [`Error::UnknownCoding`] for one that is not decoded here; [`Error::TooManyCodings`] beyond five.
///
/// ```
/// use ferrosock_codec::content::{Coding, Error, codings};
///
/// assert_eq!(codings(b"deflate, GZIP")?, [Coding::Deflate, Coding::Gzip]);
/// assert_eq!(codings(b"identity")?, []);
/// assert_eq!(codings(b"compress"), Err(Error::UnknownCoding(b"compress".to_vec())));
/// # Ok::<(), Error>(())
/// ```
pub fn codings(field: &[u8]) -> Result<Vec<Coding>, Error> {
    let mut found = Vec::new();
    for token in field.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
        if token.is_empty() || token.eq_ignore_ascii_case(b"identity") {
            continue; // an empty member of a list is nothing (RFC 9110 section 5.6.1.2)
        }
        if found.len() == MOST {
            return Err(Error::TooManyCodings);
        }
        found.push(Coding::from_token(token).ok_or_else(|| Error::UnknownCoding(token.to_vec()))?);
    }
    Ok(found)
}

/// What a client can say in `Accept-Encoding` (RFC 9110 section 12.5.3): all that this crate was built to decode.
///
/// ```
/// # #[cfg(all(feature = "gzip", feature = "brotli"))]
/// assert_eq!(ferrosock_codec::content::accepted(), "zstd, br, gzip, deflate");
/// ```
pub fn accepted() -> String {
    let tokens: Vec<_> =
        Coding::ALL.into_iter().filter(|coding| coding.is_built()).map(Coding::token).collect();
    tokens.join(", ")
}
