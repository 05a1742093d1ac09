//! Bytes in, bytes out: the encodings of Python's network programming.
//!
//! The room for what `base64`, `binascii`, `struct`, `json`, `quopri`, `uu`, `xdrlib` and `urllib.parse` do to bytes. The rules
//! at its door, which `make lint` proves: no input or output, no clock, no Python, no unsafe code, and no arrow to another
//! crate. It holds no codec yet: today the standard library's own serve under the overlay.
#![forbid(unsafe_code)]

pub mod xdr;
