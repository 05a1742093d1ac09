//! Bytes in, bytes out: the encodings of Python's network programming.
//!
//! What `base64`, `binascii`, `struct`, `json`, `quopri`, `uu`, `xdrlib` and `urllib.parse` do to bytes, for a Rust program. The
//! rules at the door, which `make lint` proves: no input or output, no clock, no Python, no unsafe code, and no arrow to
//! another crate.
//!
//! Each module has functions for a whole message (`encode`, `decode`), the same into memory of the caller's (`*_into`),
//! and where messages come in pieces an `Encoder` and a `Decoder` that take chunks and give chunks. Errors are enums, one
//! a module; what they display is what Python's exceptions say. No input makes a function panic or allocate more than its
//! own size allows.
//!
//! ```
//! use ferrosock_codec::base64;
//!
//! assert_eq!(base64::encode(b"Aladdin:open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
//! assert_eq!(base64::decode(b"QWxhZGRp\r\nbg==")?, b"Aladdin"); // as lenient as Python is
//! # Ok::<(), base64::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod ascii85;
pub mod base32;
pub mod base64;
pub mod base85;
pub mod binhex;
pub mod byte_set;
pub mod cbor;
pub mod checksum;
pub mod content;
#[cfg(feature = "deflate")]
pub mod deflate;
mod escapes;
pub mod framing;
pub mod hex;
pub mod html;
pub mod json;
mod lines;
pub mod mime;
pub mod msgpack;
pub mod multipart;
mod nest;
mod output;
pub mod quoted_printable;
pub mod record;
mod text;
pub mod url;
pub mod uu;
pub mod xdr;
