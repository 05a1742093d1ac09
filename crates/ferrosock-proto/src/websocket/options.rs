//! What a connection takes, and what it does to what it sends.

use super::extension::Deflate;

/// How much a connection takes. Both are told to the peer by a close frame of code 1009.
///
/// ```
/// let limits = ferrosock_proto::websocket::Limits { message: 16 << 20, ..Default::default() };
/// assert_eq!(limits.frame, 16 << 20);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of a frame's payload, as it is sent: 16 MiB.
    pub frame: u64,
    /// The bytes of a message, decompressed: 1 MiB.
    pub message: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { frame: 16 << 20, message: 1 << 20 }
    }
}

/// What a connection is made with.
///
/// ```
/// use ferrosock_proto::websocket::{Options, WebSocket};
///
/// let server = WebSocket::server(&Options::default());
/// # let _ = server;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// How much it takes.
    pub limits: Limits,
    /// How messages are compressed, if they are: [`Agreement::deflate`](super::Agreement::deflate).
    pub deflate: Option<Deflate>,
}
