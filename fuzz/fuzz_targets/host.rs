//! Hosts and services in numbers: see `targets/socket.rs`.
#![no_main]

#[path = "../targets/socket.rs"]
#[allow(dead_code, reason = "one of them a program")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::host(data));
