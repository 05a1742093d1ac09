//! HTTP/1.1 (RFC 9110 and 9112), both sides of a connection, without input and output.
//!
//! # How it works
//!
//! A [`Client`] or a [`Server`] is one connection. It says by [`Want`] what it needs next: a line of at most so many bytes,
//! exactly so many, up to so many, or everything to the end. A driver pulls just that, from a descriptor, a TLS session, an
//! event loop or a file object that must not be read past the message, and hands it to `handle`, which gives back what of it
//! is content. A piece of no bytes is the end of the source. Heads and ends of messages come from `poll_event`; what the
//! program says by `send_*` comes from `poll_output` as bytes for the peer. A driver that gets blocks of any size puts a
//! [`Feed`] in between.
//!
//! Below the machines are their parts, for drivers that go their own way, such as a Python class whose methods may all be
//! overridden: [`StatusLine`], [`RequestLine`], [`Section`] and [`Body`] read a part each; [`read_request`] and
//! [`read_response`] a head that lies in memory whole; [`response_framing`] and [`response_persists`] judge it; `encode_*`
//! write; `may_send_*` tell what may be written.
//!
//! # Two tempers
//!
//! [`Temper::Strict`] is for servers and for clients that can choose their peers: what the specification says must or should
//! be rejected is rejected, so that no message has two readings. [`Temper::Tolerant`] takes what Python's `http.client` takes and
//! reads it as that does. Tolerance is for lines and for responses: how a request's body ends is judged strictly in both.
//!
//! # Bounds
//!
//! A machine holds a head or a trailer section ([`Limits`] bound them), never content. All work is linear in what comes in.
//! The transitions are one table, in `states.rs`.

mod body;
mod clear;
mod client;
mod error;
mod feed;
mod framing;
mod head;
mod machine;
mod number;
mod scan;
mod section;
mod server;
mod start_line;
mod states;
mod want;
mod write;

pub use body::Body;
pub use clear::{ClearLine, ClearRequest, ClearStatus, clear_line};
pub use client::Client;
pub use error::{Error, Part};
pub use feed::Feed;
pub use framing::{
    Framing, has_no_body, request_framing, request_persists, response_framing, response_persists,
    tolerant_persists,
};
pub use head::{RequestHead, ResponseHead, read_request, read_response};
pub use machine::Event;
pub use scan::HeadScan;
pub use section::Section;
pub use server::Server;
pub use start_line::{RequestLine, StatusLine, Version};
pub use states::Side;
pub use want::{Limits, Temper, Want};
pub use write::{
    encode_chunk, encode_chunk_with, encode_last_chunk, encode_request, encode_response, may_send_method,
    may_send_name, may_send_target, may_send_value,
};
