//! How a client connects.

use std::time::Duration;

use ferrosock_proto::websocket::{DeflateOptions, Limits};

use super::client::WebSocket;
use super::error::Error;
use crate::http;

/// How a client connects, and what its connection takes.
///
/// ```no_run
/// use ferrosock::websocket::Options;
///
/// let options = Options::new().subprotocol("chat").header("Authorization", "Bearer abc");
/// let mut socket = options.connect("ws://example.org/chat")?;
/// assert_eq!(socket.subprotocol(), Some("chat"));
/// # Ok::<(), ferrosock::websocket::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "connect() connects"]
pub struct Options {
    pub(super) client: Option<http::Client>,
    pub(super) fields: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) subprotocols: Vec<String>,
    pub(super) deflate: Option<DeflateOptions>,
    pub(super) limits: Limits,
    pub(super) ping_interval: Option<Duration>,
    pub(super) ping_timeout: Duration,
    pub(super) close_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client: None,
            fields: Vec::new(),
            subprotocols: Vec::new(),
            deflate: None,
            limits: Limits::default(),
            ping_interval: Some(Duration::from_secs(20)),
            ping_timeout: Duration::from_secs(20),
            close_timeout: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// The defaults: a client of HTTP without options, compression not offered, messages up to 1 MiB, 20 s of silence before a ping
    /// and 20 s for its answer, 10 s for a close.
    pub fn new() -> Self {
        Self::default()
    }

    /// The client by which the handshake goes: with its proxies, cookies, TLS and limits of time.
    ///
    /// ```
    /// use ferrosock::http::{Client, Proxies};
    /// use ferrosock::websocket::Options;
    ///
    /// let client = Client::builder().proxies(Proxies::from_environment()?).build()?;
    /// let options = Options::new().client(&client);
    /// # let _ = options;
    /// # Ok::<(), ferrosock::http::Error>(())
    /// ```
    pub fn client(mut self, client: &http::Client) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// A field that goes with the request.
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((name.as_ref().to_vec(), value.as_ref().to_vec()));
        self
    }

    /// A subprotocol to offer; those that are preferred come first.
    pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
        self.subprotocols.push(name.into());
        self
    }

    /// Offers to compress messages.
    ///
    /// ```
    /// use ferrosock::websocket::{DeflateOptions, Options};
    ///
    /// let options = Options::new().deflate(DeflateOptions::default());
    /// # let _ = options;
    /// ```
    pub fn deflate(mut self, options: DeflateOptions) -> Self {
        self.deflate = Some(options);
        self
    }

    /// How large frames and messages may be.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long nothing may come, while one waits for a message, until a ping asks for a sign of life; `None` asks never.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ferrosock::websocket::Options;
    ///
    /// let options = Options::new().ping_interval(Some(Duration::from_secs(5))).ping_timeout(Duration::from_secs(2));
    /// # let _ = options;
    /// ```
    pub fn ping_interval(mut self, time: Option<Duration>) -> Self {
        self.ping_interval = time;
        self
    }

    /// How long is waited for that sign. Then the connection is closed with code 1011, and receiving fails with [`Error::Silent`].
    pub fn ping_timeout(mut self, time: Duration) -> Self {
        self.ping_timeout = time;
        self
    }

    /// How long the server may take to answer a close.
    pub fn close_timeout(mut self, time: Duration) -> Self {
        self.close_timeout = time;
        self
    }

    /// Connects.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`]; those of the request; [`Error::Denied`]; [`Error::Handshake`].
    pub fn connect(self, url: &str) -> Result<WebSocket, Error> {
        WebSocket::connect_with(url, &self)
    }
}
