use std::fmt;

/// Why a proxy did not connect, in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reply(
    /// The number: of RFC 1928 section 6 from 1 on, of version 4 from 91 on.
    pub u8,
);

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            1 => "general failure of the proxy",
            2 => "connection not allowed by its rules",
            3 => "network unreachable",
            4 => "host unreachable",
            5 => "connection refused",
            6 => "time to live expired",
            7 => "command not supported",
            8 => "address type not supported",
            91 => "request rejected or failed",
            92 => "the proxy cannot reach identd on the client",
            93 => "identd on the client knows another user",
            other => return write!(f, "unknown reply {other}"),
        })
    }
}

/// Why there is no connection through a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The proxy ended the connection.
    Disconnected,
    /// What answers does not speak this version.
    NotSocks {
        /// The first byte that came.
        version: u8,
    },
    /// The proxy wants a way of authentication that was not offered.
    NoAcceptableMethod,
    /// The proxy chose a way of authentication that was not offered.
    UnexpectedMethod(u8),
    /// The proxy does not take the user's name and password.
    AuthenticationFailed,
    /// The proxy did not connect.
    Refused(Reply),
    /// A kind of address that does not exist.
    BadAddressType(u8),
    /// The program gave a name of no bytes, of more than 255, or with a NUL where that ends it.
    InvalidName,
    /// The program gave a user's name or a password of no bytes or of more than 255, or one with a NUL to version 4.
    InvalidCredentials,
    /// Version 4 has no addresses of IP version 6, and plain 4 no names.
    NotInThisVersion,
    /// Input of another size than was wanted.
    WrongState,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected => f.write_str("the proxy closed the connection"),
            Self::NotSocks { version } => {
                write!(f, "not a SOCKS proxy of this version: it answers {version}")
            }
            Self::NoAcceptableMethod => f.write_str("the proxy wants another authentication"),
            Self::UnexpectedMethod(method) => {
                write!(f, "the proxy chose authentication {method}, which was not offered")
            }
            Self::AuthenticationFailed => f.write_str("the proxy refused the user name or password"),
            Self::Refused(reply) => write!(f, "the proxy did not connect: {reply}"),
            Self::BadAddressType(kind) => write!(f, "the proxy sent an address of unknown type {kind}"),
            Self::InvalidName => f.write_str("a host name of 1 to 255 bytes is needed"),
            Self::InvalidCredentials => {
                f.write_str("a user name and a password of 1 to 255 bytes are needed")
            }
            Self::NotInThisVersion => f.write_str("this version of SOCKS cannot carry such an address"),
            Self::WrongState => f.write_str("this input was not asked for"),
        }
    }
}

impl std::error::Error for Error {}
