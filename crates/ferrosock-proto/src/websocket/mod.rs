//! WebSocket (RFC 6455) with permessage-deflate (RFC 7692), both sides of a connection, without input and output.
//!
//! # How it works
//!
//! The handshake is HTTP: [`ClientHandshake`] makes the fields of a request and judges the response, [`ServerHandshake`] judges
//! a request and makes the fields of the response. Both end in an [`Agreement`]: the subprotocol, and how messages are compressed.
//!
//! Then a [`WebSocket`] is the connection. What came is handed to [`handle`](WebSocket::handle), which takes it up to the end of one
//! message or control frame at most and says how many bytes that were; [`poll_event`](WebSocket::poll_event) gives what it was. What
//! the program says by `send_*`, and what the protocol itself has to say (a pong, the answer to a close, the close that tells the peer
//! what is wrong), comes from [`poll_output`](WebSocket::poll_output) in the order in which it is to go. A driver that stops reading
//! while much output waits holds a peer that floods it with pings.
//!
//! # Bounds
//!
//! [`Limits`] bound a frame and a message, while it is decompressed, too. A message grows with the bytes that have come, not with the
//! length that a frame announces. Text is checked as it comes, so that a message that is none fails at its first wrong byte. All
//! work is linear in what comes in. The transitions are one table, in `states.rs`.
//!
//! ```
//! use ferrosock_proto::websocket::{Event, Options, WebSocket};
//!
//! let mut client = WebSocket::client(&Options::default(), [7; 32]);
//! let mut server = WebSocket::server(&Options::default());
//! client.send_text("hello")?;
//! let sent = client.poll_output().unwrap();
//! assert_eq!(server.handle(&sent)?, sent.len());
//! assert_eq!(server.poll_event(), Some(Event::Text("hello".into())));
//! # Ok::<(), ferrosock_proto::websocket::Error>(())
//! ```

mod close;
mod compression;
mod connection;
mod error;
mod extension;
mod frame;
mod handshake;
mod keep_alive;
mod mask;
mod message;
mod options;
mod output;
mod states;
mod text;

pub use close::{CloseFrame, may_send_code};
pub use connection::{Event, Kind, WebSocket};
pub use error::{Error, HandshakeError};
pub use extension::{Deflate, DeflateOptions};
pub use handshake::{Agreement, ClientHandshake, ServerHandshake, accept_key};
pub use keep_alive::{KeepAlive, Sign};
pub use message::Message;
pub use options::{Limits, Options};
pub use states::Side;
