//! Network protocols as machines without I/O: bytes in, events out.
//!
//! The room for HTTP, cookies, SOCKS, the PROXY protocol, WebSocket, SMTP and their kin. A machine owns no socket, no clock, no thread and no Python
//! object; it says what it wants next (a line of at most N bytes, exactly N bytes, up to N, or everything to the end), so that
//! one machine serves a descriptor, a TLS session, an event loop and a Python file object alike. `handle_*` takes what comes in,
//! `poll_*` gives what goes out. `make lint` proves that nothing here reaches for a socket or a clock.
#![forbid(unsafe_code)]

pub mod calendar;
pub mod cookies;
pub mod http;
pub mod http1;
pub mod proxy_protocol;
pub mod socks;
pub mod websocket;
