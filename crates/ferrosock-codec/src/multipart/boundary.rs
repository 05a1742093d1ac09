use std::fmt;

use super::Error;
use crate::hex;

/// What divides the parts (RFC 2046 section 5.1.1).
///
/// ```
/// use ferrosock_codec::multipart::{Boundary, Error};
///
/// let boundary = Boundary::new("simple boundary")?;
/// assert_eq!(boundary.content_type(), "multipart/form-data; boundary=\"simple boundary\"");
/// assert_eq!(Boundary::new("ends in a space "), Err(Error::BadBoundary));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Boundary(String);

impl Boundary {
    /// A boundary of the caller's own, as a `Content-Type` says it (without quotes).
    ///
    /// # Errors
    /// [`Error::BadBoundary`].
    pub fn new(text: &str) -> Result<Self, Error> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
        match text.len() {
            1..=70 if text.bytes().all(good) && !text.ends_with(' ') => Ok(Self(text.to_owned())),
            _ => Err(Error::BadBoundary),
        }
    }

    /// A boundary of 128 random bits, which no content holds by chance. They should be hard to guess: who knows them before could
    /// send content that looks like the end of its part.
    ///
    /// ```
    /// let boundary = ferrosock_codec::multipart::Boundary::from_random([0xab; 16]);
    /// assert_eq!(boundary.as_str(), "----abababababababababababababababab");
    /// ```
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(format!("----{}", hex::encode(&bytes)))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of `Content-Type` for a form that it divides.
    pub fn content_type(&self) -> String {
        let quoted = self.0.bytes().any(|byte| !byte.is_ascii_alphanumeric() && !b"'+_-.".contains(&byte));
        match quoted {
            true => format!("multipart/form-data; boundary=\"{}\"", self.0),
            false => format!("multipart/form-data; boundary={}", self.0),
        }
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
