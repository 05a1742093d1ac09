//! The frames of WebSocket: see `targets/proto.rs`.
#![no_main]

#[path = "../targets/proto.rs"]
#[allow(dead_code, reason = "one of them a program")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::websocket(data));
