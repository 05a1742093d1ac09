//! Applications of ASGI 3.

mod carrier;
mod driver;
mod exchange;
mod scope;
mod task;
mod wait;

pub(super) use driver::Asgi;
