//! The engine over loopback: what it answers, what it refuses, and whom it gives up.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]
#![cfg(any(target_os = "linux", target_os = "android"))]

mod answers;
mod client;
mod corpus;
mod embedded;
mod files;
mod folder;
mod hostile;
mod later;
mod operator;
mod switch;
mod websocket;
