//! The client.

use std::fmt;
use std::sync::Arc;

use ferrosock_proto::http::Fields;
use ferrosock_proto::http1::Limits;

use super::cookies::Cookies;
use super::options::{ClientBuilder, Options};
use super::pool::{Pool, Stats};
use super::request::RequestBuilder;
use super::retry::Random;
use super::transport::{Connector, SecureConnector};
use super::url::IntoUrl;
use super::wait::SignalCheck;

/// A client of HTTP/1.1 that keeps connections.
///
/// It can be used by many threads at once; a clone shares connections and all else with what it was cloned from. Calls block
/// the thread that makes them.
///
/// ```
/// # use std::io::{Read, Write};
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let port = listener.local_addr()?.port();
/// # let server = std::thread::spawn(move || {
/// #     let mut peer = listener.accept().unwrap().0;
/// #     peer.read(&mut [0; 4096]).unwrap();
/// #     peer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").unwrap();
/// # });
/// use ferrosock::http::Client;
///
/// let client = Client::new();
/// let response = client.get(format!("http://127.0.0.1:{port}/")).header("Accept", "text/plain").send()?;
/// assert_eq!(response.status(), 200);
/// assert_eq!(response.text()?, "hello");
/// # server.join().unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) options: Options,
    pub(crate) fields: Arc<Fields>,
    pub(crate) limits: Limits,
    pub(crate) pool: Arc<Pool>,
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) secure: Option<Arc<dyn SecureConnector>>,
    pub(crate) signals: Option<Arc<SignalCheck>>,
    pub(crate) cookies: Option<Arc<dyn Cookies>>,
    pub(crate) random: Arc<Random>,
    /// The codings that are asked for.
    pub(crate) accepted: String,
}

impl Client {
    /// A client as [`builder`](Self::builder) makes it without options.
    #[must_use]
    pub fn new() -> Self {
        // The options that are there by themselves are good.
        Self::builder().build().unwrap_or_else(|_| unreachable!("the default options are good"))
    }

    /// Begins a client with options.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Begins a request. What is wrong with the URL or the method shows when it is sent.
    ///
    /// ```
    /// use ferrosock::http::Client;
    ///
    /// let request = Client::new().request("REPORT", "http://example.org/").body("<sync/>");
    /// ```
    pub fn request(&self, method: impl Into<String>, url: impl IntoUrl) -> RequestBuilder {
        RequestBuilder::new(self.clone(), method.into(), url.into_url())
    }

    /// Begins a GET request.
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request("GET", url)
    }

    /// Begins a HEAD request.
    pub fn head(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request("HEAD", url)
    }

    /// Begins a POST request.
    pub fn post(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request("POST", url)
    }

    /// Begins a PUT request.
    pub fn put(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request("PUT", url)
    }

    /// Begins a PATCH request.
    pub fn patch(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request("PATCH", url)
    }

    /// Begins a DELETE request.
    pub fn delete(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request("DELETE", url)
    }

    /// What the client has done, and holds.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.pool.counters.stats(self.0.pool.count())
    }

    /// Closes the connections that are idle. Those in use are not touched.
    ///
    /// ```
    /// let client = ferrosock::http::Client::new();
    /// client.close_idle();
    /// assert_eq!(client.stats().idle, 0);
    /// ```
    pub fn close_idle(&self) {
        self.0.pool.clear();
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
