//! The HTTP client against servers that do what a test says, well-behaved and not.

mod exchange;
mod pool;
mod server;
