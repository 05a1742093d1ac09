//! Python's network-programming library, for Rust.
//!
//! This crate is what a Rust program uses; it holds seams, not work. [`socket`] is the low-level part: sockets of
//! every address family, control messages, name resolution and readiness, with the semantics that Python's
//! [`socket`](https://docs.python.org/3/library/socket.html) and
//! [`select`](https://docs.python.org/3/library/select.html) modules document. [`codec`] has the encodings, from Base64 and
//! binary records to JSON, URLs and the headers of mail, as functions on bytes. [`proto`] has protocols as machines without
//! input and output: HTTP/1.1, and cookies. [`http`] is a client of HTTP that keeps connections; `server` (on Linux) is an engine
//! that serves it.
#![forbid(unsafe_code)]

pub mod http;
pub mod websocket;

pub use ferrosock_codec as codec;
pub use ferrosock_proto as proto;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use ferrosock_server as server;
pub use ferrosock_socket as socket;

/// The guide's programs in Rust, which `cargo test` runs.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/rust.md")]
pub struct Guide;

/// Those about encodings.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/rust-encoding.md")]
pub struct EncodingGuide;

/// Those about clients of HTTP.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/rust-http.md")]
pub struct HttpGuide;

/// Those about servers of HTTP.
#[cfg(all(doctest, any(target_os = "linux", target_os = "android")))]
#[doc = include_str!("../../../docs/guide/rust-server.md")]
pub struct HttpServerGuide;
