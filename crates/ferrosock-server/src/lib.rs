//! The serving engine: HTTP/1.1 (RFC 9110 and 9112) for many connections, without Python.
//!
//! A [`Server`] runs one epoll loop a thread; a [`Handler`] answers requests, at once or [later](Request::defer) from any other
//! thread. Heads, framing and chunks are those of `ferrosock-proto`, in its strict temper: what RFC 9112 says must be
//! rejected is, with the status that fits, and the connection ends. [`Limits`] and [`Timeouts`] are on by default.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::time::Duration;
//! use ferrosock_server::{Request, Response, Server};
//!
//! let server = Server::builder()
//!     .tcp("127.0.0.1:0".parse()?)
//!     .start(|request: Request| Response::text(format!("you asked for {}", request.path().escape_ascii())))?;
//!
//! let mut client = std::net::TcpStream::connect(server.addresses()[0].to_string())?;
//! client.write_all(b"GET /tea HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
//! let mut answer = String::new();
//! client.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("you asked for /tea"));
//!
//! server.stop(Duration::from_secs(1));
//! server.join()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![cfg(any(target_os = "linux", target_os = "android"))]

mod access_log;
mod connection;
mod counters;
mod embedded;
mod event_loop;
mod files;
mod folder;
pub mod followers;
mod handler;
mod intake;
mod options;
mod protocol;
mod proxies;
mod request;
mod responder;
mod response;
mod server;
mod watch;
pub mod websocket;

pub use access_log::LogFormat;
pub use counters::{DURATIONS, Stats};
pub use embedded::Embedded;
pub use files::{Files, Representation, Selection, media_type_of};
pub use folder::{Accounts, BadAccount, CrossOrigin, Folder, Theme, Uploads, qr_code};
pub use handler::{Handler, Intake, Reply};
pub use intake::BodyReader;
pub use options::{Limits, Timeouts};
pub use protocol::{Link, Protocol, Remote};
pub use proxies::{Forwarding, TrustedProxies};
pub use request::{Request, RequestBody};
pub use responder::{BodyWriter, Responder};
pub use response::{Chunks, Content, Response, reason};
pub use server::{Builder, Control, Server};
pub use watch::Watch;
