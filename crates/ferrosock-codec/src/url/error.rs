//! What can be wrong with a URL.

use std::fmt;

/// Why a URL, a part of one, or a form was refused.
///
/// ```
/// use ferrosock_codec::url::{Error, SplitOptions, split};
///
/// let refused = split(b"http://[::1/", &SplitOptions::default());
/// assert_eq!(refused.unwrap_err(), Error::UnbalancedBrackets);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The authority has one of `[` and `]` without the other (RFC 3986, section 3.2.2).
    UnbalancedBrackets,
    /// Something stands before a host in brackets, or something other than a port behind it; only refused where asked for.
    BesideBrackets,
    /// What stands in brackets begins with `v` and is no `IPvFuture` (RFC 3986, section 3.2.2).
    BadFutureAddress,
    /// What stands in brackets is neither an IPv6 address nor an `IPvFuture`.
    BadAddress,
    /// Only IPv6 addresses stand in brackets.
    Ipv4InBrackets,
    /// The port is not a decimal number.
    BadPort,
    /// The port is greater than 65535.
    PortOutOfRange,
    /// The separator of a form's fields is empty.
    EmptySeparator,
    /// A form has more fields than were allowed.
    TooManyFields,
    /// A field of a form, from this byte on and so many bytes long, has no `=`; only refused where asked for.
    BadField {
        /// Where it begins in the input.
        start: usize,
        /// Where it ends.
        end: usize,
    },
    /// The caller's own check refused the authority: see [`SplitOptions::check`](super::SplitOptions::check).
    Refused,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::UnbalancedBrackets | Self::BesideBrackets => "Invalid IPv6 URL",
            Self::BadFutureAddress => "IPvFuture address is invalid",
            Self::BadAddress => "brackets hold neither an IPv6 nor an IPvFuture address",
            Self::Ipv4InBrackets => "An IPv4 address cannot be in brackets",
            Self::BadPort => "port is not a decimal number",
            Self::PortOutOfRange => "Port out of range 0-65535",
            Self::EmptySeparator => "the separator of fields is empty",
            Self::TooManyFields => "Max number of fields exceeded",
            Self::BadField { start, end } => return write!(formatter, "bad query field at {start}..{end}"),
            Self::Refused => "the authority was refused",
        };
        formatter.write_str(text)
    }
}

impl std::error::Error for Error {}
