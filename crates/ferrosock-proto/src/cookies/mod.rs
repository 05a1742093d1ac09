//! Cookies: reading and writing their fields, the dates in them, and which of them go where.
//!
//! Two generations live side by side. [`SetCookie`] and [`Policy::Rfc6265`] are those of browsers today. The others are what
//! Python's `http.cookies` and `http.cookiejar` have always done, with Netscape's cookies and those of RFC 2965: lenient, and
//! to the letter the same. What is read leniently is bytes of UTF-8, so that text with lone surrogates passes, too.
//!
//! | a field or a part of it | functions |
//! |---|---|
//! | `Cookie`, values in quotation marks | [`CookieParts`], [`quote_value`], [`unquote_value`], [`is_legal_name`] |
//! | `Set-Cookie` | [`SetCookie`]; [`split_set_cookie`] and [`Draft`] |
//! | `Set-Cookie2`, words and parameters | [`split_header_words`], [`join_header_words`] |
//! | dates | [`http_date`], [`iso_date`], [`rfc6265_date`]; [`cookie_date`], [`netscape_date`], [`iso_z_date`] |
//! | hosts and paths | [`reach`], [`domain_match`], [`user_domain_match`], [`path_match`], [`default_path`], [`escape_path`] |
//! | which go where | [`Rules`] with [`Request`] and [`CookieView`] |
//! | all of it | [`CookieStore`] with a [`Policy`] |
//!
//! Nothing here has a clock: the time is an argument. Everything takes time in proportion to its input.

mod date;
mod date_reader;
mod domain;
mod draft;
mod morsel;
mod netscape;
mod rules;
mod set_cookie;
mod store;
mod text;
mod words;

pub use date::{
    DateError, DateParts, cookie_date, http_date, iso_date, iso_z_date, netscape_date, strict_http_date,
    zone_offset,
};
pub use domain::{
    default_path, domain_match, domain_match_anywhere, effective_host, ends_in_number, is_host_name,
    path_match, reach, user_domain_match,
};
pub use draft::{Draft, DraftError, Flag, Text, escape_path};
pub use morsel::{CookiePart, CookieParts, is_legal_name, quote_value, unquote_value};
pub use netscape::{Attribute, split_set_cookie, without_quotes};
pub use rules::{CookieView, Refusal, Request, Rules};
pub use set_cookie::{InvalidCookie, SameSite, SetCookie, rfc6265_date};
pub use store::{Cookie, CookieStore, Policy};
pub use words::{Pair, is_token, join_header_words, join_header_words_by, split_header_words};
