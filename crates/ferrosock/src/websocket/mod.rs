//! WebSocket (RFC 6455, with permessage-deflate of RFC 7692): a blocking client, and where the server is.
//!
//! [`WebSocket::connect`] makes a connection of a URL of `ws`, or of `wss` with the feature `tls`. The handshake goes by
//! [`http::Client`](crate::http::Client), so that its proxies, cookies, limits and streams serve here, too. The server
//! is [`server`], a part of the engine that serves HTTP.
//!
//! ```no_run
//! use ferrosock::websocket::{Message, WebSocket};
//!
//! let mut socket = WebSocket::connect("wss://example.org/chat")?;
//! socket.send("hello")?;
//! while let Some(message) = socket.receive()? {
//!     match message {
//!         Message::Text(text) => println!("{text}"),
//!         Message::Binary(bytes) => println!("{} bytes", bytes.len()),
//!     }
//! }
//! # Ok::<(), ferrosock::websocket::Error>(())
//! ```

mod client;
mod error;
mod options;

pub use client::WebSocket;
pub use error::Error;
pub use ferrosock_proto::websocket::{
    CloseFrame, DeflateOptions, Error as ProtocolError, HandshakeError, Limits, Message,
};
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use ferrosock_server::websocket as server;
pub use options::Options;
