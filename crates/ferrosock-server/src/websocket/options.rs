//! How WebSockets are served.

use std::time::Duration;

use ferrosock_proto::websocket::{DeflateOptions, Limits};

/// How a WebSocket is served.
///
/// ```
/// use ferrosock_server::websocket::{DeflateOptions, Options};
///
/// let options = Options { deflate: Some(DeflateOptions::default()), ..Options::default() };
/// assert_eq!(options.limits.message, 1 << 20);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How large frames and messages may be: 16 MiB and 1 MiB.
    pub limits: Limits,
    /// Whether, and how, messages are compressed for clients that can: not, by default. Compression with a memory costs up to
    /// 360 KiB a connection; see [`DeflateOptions`] for how to do without.
    pub deflate: Option<DeflateOptions>,
    /// The subprotocols that the handler speaks, the preferred ones first.
    pub subprotocols: Vec<String>,
    /// How long nothing may come until a ping asks for a sign of life; `None` asks never: 20 s.
    pub ping_interval: Option<Duration>,
    /// How long is waited for that sign: 20 s. Then the connection is closed with code 1011.
    pub ping_timeout: Duration,
    /// How long the peer may take to answer a close: 10 s. Then the connection is reset.
    pub close_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            deflate: None,
            subprotocols: Vec::new(),
            ping_interval: Some(Duration::from_secs(20)),
            ping_timeout: Duration::from_secs(20),
            close_timeout: Duration::from_secs(10),
        }
    }
}
