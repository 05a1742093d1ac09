//! Forms with files: see `targets/codec.rs`.
#![no_main]

#[path = "../targets/codec.rs"]
#[allow(dead_code, reason = "one of them a program")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::multipart(data));
