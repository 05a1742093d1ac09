//! JSON (RFC 8259), as Python's `json` reads and writes it and strictly.
//!
//! ```
//! use ferrosock_codec::json::{parse, to_string, Value};
//!
//! let value = parse(r#"{"name": "caf\u00e9", "sizes": [1, 2.50]}"#).unwrap();
//! assert_eq!(value.get("name").and_then(Value::as_str), Some("café"));
//! assert_eq!(to_string(&value), r#"{"name":"café","sizes":[1,2.5]}"#);
//! ```
//!
//! - [`parse`] and [`to_string`] are for documents as trees ([`Value`]).
//! - [`read`] hands a [`Sink`] the events of a document, without a tree. It reads bytes as well as the wider units in which
//!   Python keeps its strings ([`Unit`]).
//! - [`Decoder`] takes a stream of documents in chunks of any size; [`Encoder`] writes one.
//! - [`quote`], [`write_float`] and [`Layout`] are the parts of a writer.
//!
//! What the grammar leaves open: integers keep all their digits; floats are the nearest `f64`; of members with one name all are
//! kept, and the last one counts; half of a surrogate pair is refused in trees, while a [`Sink`] gets it. The constants `NaN`,
//! `Infinity` and `-Infinity` are read if [`Options`] say so.

mod error;
mod escape;
mod float;
mod number;
mod parser;
mod stream;
mod string;
mod unit;
mod value;
mod writer;

pub use error::{Error, ErrorKind, Failure};
pub use escape::{escape, quote, quote_ascii, quote_str, quote_str_ascii, write_utf8};
pub use float::{write_float, write_integer};
pub use number::Number as NumberToken;
pub use parser::{Constant, Options, Sink, read, read_document, skip_space};
pub use stream::Decoder;
pub use string::{Part, Text};
pub use unit::Unit;
pub use value::{MAXIMUM_DEPTH, Number, Value, parse, parse_bytes, parse_with};
pub use writer::{Encoder, Layout, Lines, Separator, to_string, to_string_pretty};
