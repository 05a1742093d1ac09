//! HTTP for clients: a blocking client with a pool of connections.
//!
//! [`Client`] makes requests over plain TCP, Unix sockets or any [`Stream`] that a program brings. It speaks HTTP/1.1 by the machine of
//! [`ferrosock_proto::http1`] in its strict temper, bounds what it takes (heads, interim responses, time), and keeps connections.
//!
//! ```
//! use std::time::Duration;
//! use ferrosock::http::{Client, Error, Retries};
//!
//! fn page(client: &Client, name: &str) -> Result<String, Error> {
//!     let request = client.get(format!("http://example.org/{name}")).query([("lang", "en")]);
//!     request.send()?.error_for_status()?.text()
//! }
//!
//! let client = Client::builder().timeout(Duration::from_secs(30)).retries(Retries::up_to(2)).build()?;
//! # Ok::<(), Error>(())
//! ```
//!
//! # How a request goes
//!
//! [`RequestBuilder`] collects it. `exchange.rs` turns it into a head, gets a place among the connections of its origin
//! (`pool/`), connects if that place is empty (`transport/`), and sends; the response comes with its head read, and its content
//! (`content.rs`) is read as the caller asks for it. `clock.rs` has the limits of time: each wait is bounded by the nearest one.

mod body;
mod client;
mod clock;
mod content;
mod cookies;
mod error;
mod exchange;
mod form;
mod options;
mod pool;
mod progress;
mod proxy;
mod redirect;
mod request;
mod response;
mod retry;
mod route;
mod transfer;
mod transport;
mod url;
mod wait;

pub use body::Body;
pub use client::Client;
pub use clock::Timeouts;
pub use cookies::{CookieJar, Cookies};
pub use error::{Error, Incomplete, Limit, Phase, ProxyError};
pub use ferrosock_codec::content::Limits as DecodeLimits;
pub use ferrosock_codec::multipart::Part;
pub use ferrosock_proto::http::Fields;
pub use ferrosock_proto::http1::{Limits, Version};
pub use form::Form;
pub use options::ClientBuilder;
pub use pool::{PoolLimits, Stats};
pub use proxy::{Bypass, Proxies, Proxy, ProxyKind};
pub use redirect::Redirects;
pub use request::RequestBuilder;
pub use response::{Response, Upgraded};
pub use retry::Retries;
pub use transport::{Connector, SecureConnector, SocketStream, Stream, TcpConnector, UnixConnector};
#[cfg(feature = "tls")]
pub use transport::{TlsConnector, TlsStream};
pub(crate) use url::shown_url;
pub use url::{IntoUrl, Scheme, Url};
pub use wait::{SignalCheck, Wait};
