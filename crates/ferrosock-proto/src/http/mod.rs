//! What every version of HTTP shares (RFC 9110): fields and what stands in them.
//!
//! [`Fields`] keeps the fields of a message. The rest reads and writes values: dates, media types, ranges and weights, links
//! (RFC 8288), authentication challenges, and the schemes Basic (RFC 7617) and Digest (RFC 7616). What a reader gives `None` for
//! is not what the specification describes; most fields that are so wrong should be ignored. Beside them is what clients agree
//! on: [`Robots`], and the proxies of an environment ([`proxies`], [`needs_no_proxy`]).

mod challenge;
mod date;
mod digest;
mod fields;
mod forwarded;
pub(crate) mod grammar;
mod link;
mod loose_list;
mod media_type;
mod parameters;
mod proxy;
mod range;
mod robots;

/// Forms with files: what `multipart/form-data` holds.
pub use ferrosock_codec::multipart;
/// URLs and the values of forms in percent-encoding.
pub use ferrosock_codec::url;

pub use challenge::{Challenge, basic_credentials, parse_basic_credentials};
pub use date::{InvalidDate, format_asctime_date, format_date, format_rfc850_date, parse_date};
pub use digest::{Algorithm, DigestChallenge, DigestRequest, Hash, Protection};
pub use fields::{Fields, InvalidField, write_field};
pub use forwarded::{Forwarded, parse_node};
pub use grammar::{List, is_field_value, is_token, list, quote};
pub use link::Link;
pub use loose_list::loose_list;
pub use media_type::{MediaType, weight_of, weighted};
pub use parameters::Parameters;
pub use proxy::{needs_no_proxy, proxies, proxy_variable};
pub use range::{ByteRange, ContentRange, format_ranges, parse_ranges};
pub use robots::{
    OddRobots, Robots, RobotsDialect, RobotsGroup, RobotsReader, RobotsRule, robots_cover, robots_path,
};
