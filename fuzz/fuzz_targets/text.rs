//! Addresses as people write them: see `targets.rs`.
#![no_main]

#[path = "../targets.rs"]
#[allow(dead_code, reason = "one of them a program")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::text(data));
