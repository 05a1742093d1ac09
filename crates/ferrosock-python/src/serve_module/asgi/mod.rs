//! Applications of ASGI 3.

mod carrier;
mod channel;
mod driver;
mod exchange;
mod scope;
mod socket;
mod step;
mod task;
mod wait;
mod websocket;

pub(super) use driver::Asgi;
