//! URLs as programs meet them: taken apart, put together, joined, and percent-encoded.
//!
//! Everything works on bytes, for a URL is a sequence of octets (RFC 3986, section 2) and every delimiter is ASCII: text in
//! UTF-8 passes as it is, and parts are cut only at ASCII bytes. The rules are RFC 3986's with the habits of Python's
//! `urllib.parse`, which programs rely on: a scheme's name decides what may follow it ([`Schemes`]), control characters
//! before a URL and line breaks within are dropped, and nothing is decoded that was not asked to be.
//!
//! | to do | see |
//! |---|---|
//! | split a URL, and put it together again | [`split`], [`parse`], [`unsplit`], [`unparse`] |
//! | resolve a reference against a base (section 5) | [`join`], [`defragment`] |
//! | the same where a missing component is not an empty one | [`components`], [`resolve`], [`strip_fragment`] |
//! | user, host and port | [`Authority`] |
//! | percent-encoding (section 2.1) | [`encode`], [`decode`], [`Encoder`], [`Decoder`] |
//! | form fields (`application/x-www-form-urlencoded`) | [`encode_form`], [`FormWriter`], [`parse_form`], [`Fields`] |
//!
//! ```
//! use ferrosock_codec::url::{self, SplitOptions};
//!
//! let url = url::split(b"http://user@example.org:8080/a/b?q=1#top", &SplitOptions::default())?;
//! assert_eq!(&*url.scheme, b"http");
//! assert_eq!(url.authority().host(), Some(&b"example.org"[..]));
//! assert_eq!(url.authority().port()?, Some(8080));
//! assert_eq!(&*url.query, b"q=1");
//! # Ok::<(), url::Error>(())
//! ```

mod authority;
mod components;
mod error;
mod form;
mod host;
mod join;
mod percent;
mod scheme;
mod split;
mod stream;
#[cfg(test)]
mod tests;
mod unsplit;

pub use authority::Authority;
pub use components::{Components, components, resolve, strip_fragment};
pub use error::Error;
pub use form::{
    Field, Fields, FormOptions, FormWriter, Part, count_pieces, decode_component, encode_form, parse_form,
};
pub use host::check_bracketed_host;
pub use join::{Defragmented, defragment, join, join_with};
pub use percent::{Encoding, decode, decode_into, encode, encode_into, encode_to_slice, encoded_len};
pub use scheme::{Schemes, StandardSchemes};
pub use split::{Parsed, Split, SplitOptions, parse, split, split_params};
pub use stream::{Decoder, Encoder};
pub use unsplit::{Slashes, unparse, unsplit};
