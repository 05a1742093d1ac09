//! WebSocket (RFC 6455) for handlers: a request becomes a connection over which both sides send messages when they like.
//!
//! [`accept`] judges the request and gives the response that switches, or the one that says what is wrong with it. From then on a
//! [`Handler`] is called with each message, on the loop's thread, and answers through its [`Socket`]; other threads send through a
//! [`Sender`]. Pings keep the connection alive and find out peers that are gone; at the end of the server each connection is
//! closed with code 1001.
//!
//! ```
//! use ferrosock_server::websocket::{self, Message, Socket};
//! use ferrosock_server::{Request, Response, Server};
//!
//! fn handler(request: Request) -> Response {
//!     if request.path() != b"/echo" {
//!         return Response::plain(404);
//!     }
//!     websocket::accept(&request, &websocket::Options::default(), |socket: &mut Socket<'_>, message: Message| {
//!         let _ = socket.send(message); // closing already
//!     })
//! }
//!
//! let server = Server::builder().tcp("127.0.0.1:0".parse()?).start(handler)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Any page of any site can open a WebSocket to a server that its user reaches, with that user's cookies: a server that goes by
//! cookies looks at `Origin` (RFC 6455 section 10.2).

mod driver;
mod handler;
mod options;
mod sender;

use ferrosock_proto::websocket::{ServerHandshake, WebSocket};

pub use ferrosock_proto::websocket::{CloseFrame, DeflateOptions, Error, Limits, Message};
pub use handler::{Handler, Socket};
pub use options::Options;
pub use sender::Sender;

use crate::request::Request;
use crate::response::Response;

/// Whether a request asks for WebSocket, rightly or not.
///
/// ```
/// # fn of(request: &ferrosock_server::Request) {
/// if ferrosock_server::websocket::is_asked_for(request) { /* accept it */ }
/// # }
/// ```
pub fn is_asked_for(request: &Request) -> bool {
    ServerHandshake::is_asked_for(&request.head)
}

/// The response that makes a request a WebSocket and hands it to `handler`; or the one that refuses it, with status 400, 405 or 426.
///
/// Of the [subprotocols](Options::subprotocols) it chooses the first that the client knows, too; there may be none.
///
/// ```
/// use ferrosock_server::websocket::{self, Message, Socket};
/// use ferrosock_server::{Request, Response};
///
/// fn shout(request: Request) -> Response {
///     if request.field("origin") != Some(b"https://example.org") {
///         return Response::plain(403);
///     }
///     let options = websocket::Options::default();
///     websocket::accept(&request, &options, |socket: &mut Socket<'_>, message: Message| {
///         if let Message::Text(text) = message {
///             let _ = socket.send_text(&text.to_uppercase());
///         }
///     })
/// }
/// # let _ = ferrosock_server::Server::builder().start(shout);
/// ```
pub fn accept(request: &Request, options: &Options, handler: impl Handler) -> Response {
    let handshake = match ServerHandshake::read(&request.head) {
        Ok(handshake) => handshake,
        Err(error) => {
            let mut response = Response::plain(error.status());
            for (name, value) in ServerHandshake::denial_fields(&error).iter() {
                response.put(name, value);
            }
            return response;
        }
    };
    let known = |name: &&String| handshake.subprotocols().contains(*name);
    let subprotocol = options.subprotocols.iter().find(known).map(String::as_str);
    let Ok((fields, agreement)) = handshake.accept(subprotocol, options.deflate.as_ref()) else {
        return Response::plain(500); // it was among those offered
    };
    let machine = ferrosock_proto::websocket::Options { limits: options.limits, deflate: agreement.deflate };
    let driver = driver::Driver::new(WebSocket::server(&machine), handler, options, agreement.subprotocol);
    let mut response = Response::switching(driver);
    *response.fields_mut() = fields;
    response
}
