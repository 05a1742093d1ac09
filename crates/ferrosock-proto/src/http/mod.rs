//! What every version of HTTP shares (RFC 9110): fields and what stands in them.
//!
//! [`Fields`] keeps the fields of a message. The rest reads and writes values: dates, media types, ranges and weights, links
//! (RFC 8288), authentication challenges, and the schemes Basic (RFC 7617) and Digest (RFC 7616). What a reader gives `None` for
//! is not what the specification describes; most fields that are so wrong should be ignored.

mod challenge;
mod date;
mod digest;
mod fields;
pub(crate) mod grammar;
mod link;
mod media_type;
mod parameters;
mod range;

pub use challenge::{Challenge, basic_credentials, parse_basic_credentials};
pub use date::{InvalidDate, format_asctime_date, format_date, format_rfc850_date, parse_date};
pub use digest::{Algorithm, DigestChallenge, DigestRequest, Hash, Protection};
pub use fields::{Fields, InvalidField};
pub use grammar::{List, is_field_value, is_token, list, quote};
pub use link::Link;
pub use media_type::{MediaType, weighted};
pub use parameters::Parameters;
pub use range::{ByteRange, ContentRange, format_ranges, parse_ranges};
