//! Text in the headers of mail and of HTTP forms: encoded words (RFC 2047) and extended parameters (RFC 2231), as Python's
//! package `email` writes and reads them.
//!
//! A header is ASCII. An **encoded word**, `=?utf-8?q?caf=C3=A9?=`, carries other text: a charset, an encoding (Q for text
//! that is mostly ASCII, B for the rest), and the bytes. A **parameter** of a header such as Content-Disposition cannot hold
//! one; it carries a charset and a language in another form, `filename*=utf-8'en'caf%C3%A9`, and may be cut into parts.
//!
//! | to do | see |
//! |---|---|
//! | decode a header's value | [`decode_header`] |
//! | encode and fold a header's value | [`encode_header`] |
//! | one encoded word | [`encode_word`], [`decode_word`] |
//! | what is between its marks | [`q_encode`], [`q_decode`], [`b_decode`] |
//! | parameters | [`decode_parameters`], [`encode_extended`], [`split_extended`], [`unquote`], [`quote`] |
//!
//! A charset is a label: bytes go in and come out, and who has the tables makes text of them. UTF-8, US-ASCII and ISO 8859-1
//! need no tables ([`text_of`]).
//!
//! ```
//! use ferrosock_codec::mime::{Charset, FoldOptions, decode_header, encode_header};
//!
//! let value = encode_header(&[("Viele Grüße aus Berlin", Charset::Utf8)], &FoldOptions::default())?;
//! assert_eq!(value, "=?utf-8?q?Viele_Gr=C3=BC=C3=9Fe_aus_Berlin?=");
//! assert_eq!(decode_header(&value)?[0].text().as_deref(), Some("Viele Grüße aus Berlin"));
//! # Ok::<(), ferrosock_codec::mime::Error>(())
//! ```

mod error;
mod fold;
mod header;
mod parameter;
#[cfg(test)]
mod tests;
mod text;
mod word;

pub use error::Error;
pub use fold::{Charset, FoldOptions, encode_header};
pub use header::{Piece, decode_header, decode_header_with};
pub use parameter::{
    Parameter, Unnumbered, Value, decode_parameters, decode_parameters_with, encode_extended, quote,
    split_extended, unquote,
};
pub use text::{raw_bytes, text_of};
pub use word::{
    DecodedWord, Defect, Encoding, b_decode, b_encoded_len, decode_word, encode_word, q_decode, q_encode,
    q_encoded_len,
};
