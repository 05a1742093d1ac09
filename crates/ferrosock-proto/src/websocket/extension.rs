//! Negotiation of permessage-deflate (RFC 7692 section 7).

use crate::http::grammar::Scanner;
use crate::http::{Fields, Parameters, list};

const NAME: &[u8] = b"permessage-deflate";
const SERVER_RESETS: &str = "server_no_context_takeover";
const CLIENT_RESETS: &str = "client_no_context_takeover";
const SERVER_BITS: &str = "server_max_window_bits";
const CLIENT_BITS: &str = "client_max_window_bits";

/// What a side wants of permessage-deflate: a client offers it, a server grants what of an offer goes with it.
///
/// A compressor holds 130 to 320 KiB, by its window; one that starts anew with each message only while it compresses; so for many idle
/// connections a server says [`server_resets`](Self::server_resets).
///
/// ```
/// use ferrosock_proto::websocket::DeflateOptions;
///
/// let options = DeflateOptions { server_resets: true, ..DeflateOptions::default() };
/// assert_eq!(options.server_bits, 15);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeflateOptions {
    /// The server's window has at most 2 to this power bytes (`server_max_window_bits`): 8 to 15.
    pub server_bits: u8,
    /// The same of the client's. A server can ask for less than 15 only of clients that offer it.
    pub client_bits: u8,
    /// The server forgets after each message what it sent (`server_no_context_takeover`).
    pub server_resets: bool,
    /// The client does.
    pub client_resets: bool,
    /// How hard to compress: 0 (not at all) to 9; 6 is zlib's own choice.
    pub level: u8,
    /// Messages of fewer bytes go as they are.
    pub threshold: usize,
}

impl Default for DeflateOptions {
    fn default() -> Self {
        Self {
            server_bits: 15,
            client_bits: 15,
            server_resets: false,
            client_resets: false,
            level: 6,
            threshold: 64,
        }
    }
}

impl DeflateOptions {
    /// The client's offer, a member of `Sec-WebSocket-Extensions`.
    pub(super) fn offer(&self) -> String {
        let mut text = String::from("permessage-deflate");
        if self.server_resets {
            text += "; server_no_context_takeover";
        }
        if self.client_resets {
            text += "; client_no_context_takeover";
        }
        if self.server_bits < 15 {
            text += &format!("; {SERVER_BITS}={}", self.server_bits.max(8));
        }
        text += "; client_max_window_bits";
        if self.client_bits < 15 {
            text += &format!("={}", self.client_bits.max(8));
        }
        text
    }

    /// The server's answer to the first offer that it can grant.
    pub(super) fn grant(&self, offers: &[Extension]) -> Option<Deflate> {
        offers.iter().find_map(|offer| self.grant_one(offer))
    }

    fn grant_one(&self, offer: &Extension) -> Option<Deflate> {
        let asked = Asked::read(offer)?;
        if matches!(asked.server_bits, Some(None)) {
            return None; // it has to have a value (RFC 7692 section 7.1.2.1)
        }
        let client_bits =
            asked.client_bits.map_or(15, |bits| bits.unwrap_or(15).min(self.client_bits.max(8)));
        Some(Deflate {
            server_bits: asked.server_bits.flatten().unwrap_or(15).min(self.server_bits.max(8)),
            client_bits,
            server_resets: self.server_resets || asked.server_resets,
            client_resets: self.client_resets || asked.client_resets,
            level: self.level,
            threshold: self.threshold,
        })
    }

    /// What the server has granted of this offer; `None` if it may not grant that.
    pub(super) fn judge(&self, granted: &Extension) -> Option<Deflate> {
        let said = Asked::read(granted)?;
        let bits = |value: Option<Option<u8>>, most: u8| match value {
            Some(None) => None,
            Some(Some(bits)) => Some(bits).filter(|bits| *bits <= most.max(8)),
            None => Some(15),
        };
        let server_bits = bits(said.server_bits, self.server_bits)?;
        let client_bits = bits(said.client_bits, self.client_bits)?;
        if self.server_resets && !said.server_resets || server_bits > self.server_bits.max(8) {
            return None;
        }
        Some(Deflate {
            server_bits,
            client_bits: client_bits.min(self.client_bits.max(8)),
            server_resets: said.server_resets,
            // A client may always forget more than it must.
            client_resets: said.client_resets || self.client_resets,
            level: self.level,
            threshold: self.threshold,
        })
    }
}

/// What both sides have agreed on, and how hard we compress.
///
/// ```
/// use ferrosock_proto::websocket::{ClientHandshake, DeflateOptions, ServerHandshake};
/// use ferrosock_proto::http1::{RequestHead, ResponseHead};
///
/// let options = DeflateOptions { server_bits: 10, ..DeflateOptions::default() };
/// let client = ClientHandshake::new([0; 16], &[], Some(options));
/// let mut request = RequestHead::new("GET", "/");
/// request.fields = client.fields()?;
/// let (fields, _) = ServerHandshake::read(&request)?.accept(None, Some(&DeflateOptions::default()))?;
/// let mut response = ResponseHead::new(101, "Switching Protocols");
/// response.fields = fields;
/// assert_eq!(client.judge(&response)?.deflate.unwrap().server_bits, 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deflate {
    /// The server's window has at most 2 to this power bytes.
    pub server_bits: u8,
    /// The client's.
    pub client_bits: u8,
    /// Whether the server forgets after each message what it sent.
    pub server_resets: bool,
    /// Whether the client does.
    pub client_resets: bool,
    /// How hard to compress: 0 to 9.
    pub level: u8,
    /// Messages of fewer bytes go as they are.
    pub threshold: usize,
}

impl Deflate {
    /// The server's answer, a member of `Sec-WebSocket-Extensions`.
    pub(super) fn answer(&self) -> String {
        let mut text = String::from("permessage-deflate");
        if self.server_resets {
            text += "; server_no_context_takeover";
        }
        if self.client_resets {
            text += "; client_no_context_takeover";
        }
        if self.server_bits < 15 {
            text += &format!("; {SERVER_BITS}={}", self.server_bits);
        }
        if self.client_bits < 15 {
            text += &format!("; {CLIENT_BITS}={}", self.client_bits);
        }
        text
    }
}

/// A member of `Sec-WebSocket-Extensions` (RFC 6455 section 9.1).
#[derive(Debug, Clone)]
pub(super) struct Extension {
    name: Vec<u8>,
    parameters: Parameters,
}

impl Extension {
    /// All members of the field, `None` if one is none.
    pub(super) fn read_all(fields: &Fields) -> Option<Vec<Self>> {
        fields.all(b"sec-websocket-extensions").flat_map(list).map(Self::read).collect()
    }

    fn read(member: &[u8]) -> Option<Self> {
        let mut scanner = Scanner::new(member);
        let name = scanner.token()?.to_vec();
        let parameters = Parameters::scan(&mut scanner, true)?;
        scanner.at_end().then_some(Self { name, parameters })
    }
}

/// The parameters of permessage-deflate as they are said. Of those of bits the outer `None` is that it is not there, the inner that
/// it has no value.
#[derive(Default)]
struct Asked {
    server_bits: Option<Option<u8>>,
    client_bits: Option<Option<u8>>,
    server_resets: bool,
    client_resets: bool,
}

impl Asked {
    /// `None` for another extension, and for parameters that are unknown, repeated, or with a wrong value.
    fn read(extension: &Extension) -> Option<Self> {
        if !extension.name.eq_ignore_ascii_case(NAME) {
            return None;
        }
        let mut asked = Self::default();
        for (name, value) in extension.parameters.iter() {
            let (bits, resets) = match name {
                SERVER_BITS => (Some(&mut asked.server_bits), None),
                CLIENT_BITS => (Some(&mut asked.client_bits), None),
                SERVER_RESETS => (None, Some(&mut asked.server_resets)),
                CLIENT_RESETS => (None, Some(&mut asked.client_resets)),
                _ => return None,
            };
            if let Some(bits) = bits {
                let value = if value.is_empty() { None } else { Some(parse_bits(value)?) };
                if bits.replace(value).is_some() {
                    return None;
                }
            }
            if let Some(resets) = resets {
                if !value.is_empty() || std::mem::replace(resets, true) {
                    return None;
                }
            }
        }
        Some(asked)
    }
}

/// 8 to 15, without leading zeros (RFC 7692 section 7.1.2.1).
fn parse_bits(value: &[u8]) -> Option<u8> {
    match value {
        [digit @ b'8'..=b'9'] => Some(digit - b'0'),
        [b'1', digit @ b'0'..=b'5'] => Some(10 + digit - b'0'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Extension> {
        let fields: Fields = [("Sec-WebSocket-Extensions", text)].try_into().unwrap();
        Extension::read_all(&fields).unwrap()
    }

    #[test]
    fn a_server_grants_the_first_offer_that_it_understands() {
        let options = DeflateOptions::default();
        for (offers, answer) in [
            ("permessage-deflate", Some("permessage-deflate")),
            (
                "x-webkit-deflate-frame, permessage-deflate; client_max_window_bits",
                Some("permessage-deflate"),
            ),
            (
                "permessage-deflate; server_max_window_bits=10; client_max_window_bits=\"9\"",
                Some("permessage-deflate; server_max_window_bits=10; client_max_window_bits=9"),
            ),
            (
                "permessage-deflate; future, Permessage-Deflate; server_no_context_takeover",
                Some("permessage-deflate; server_no_context_takeover"),
            ),
            (
                "permessage-deflate; client_no_context_takeover;server_max_window_bits = 8",
                Some("permessage-deflate; client_no_context_takeover; server_max_window_bits=8"),
            ),
            ("permessage-deflate; server_max_window_bits", None),
            ("permessage-deflate; server_max_window_bits=7", None),
            ("permessage-deflate; server_max_window_bits=16", None),
            ("permessage-deflate; server_max_window_bits=010", None),
            ("permessage-deflate; client_max_window_bits; client_max_window_bits", None),
            ("permessage-deflate; server_no_context_takeover=1", None),
            ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", None),
            ("bbf-usp-protocol", None),
        ] {
            let granted = options.grant(&read(offers)).map(|deflate| deflate.answer());
            assert_eq!(granted.as_deref(), answer, "{offers}");
        }
        let small = DeflateOptions { server_bits: 12, client_bits: 12, ..options };
        let granted = small.grant(&read("permessage-deflate")).unwrap();
        // What a client has not offered it cannot be told.
        assert_eq!((granted.server_bits, granted.client_bits), (12, 15));
        let granted = small.grant(&read("permessage-deflate; client_max_window_bits")).unwrap();
        assert_eq!(granted.client_bits, 12);
    }

    #[test]
    fn a_client_refuses_what_it_did_not_offer() {
        let options = DeflateOptions {
            server_bits: 12,
            client_bits: 11,
            server_resets: true,
            ..DeflateOptions::default()
        };
        assert_eq!(
            options.offer(),
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=12; client_max_window_bits=11"
        );
        for (answer, right) in [
            ("permessage-deflate; server_no_context_takeover; server_max_window_bits=12", true),
            (
                "permessage-deflate; server_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9",
                true,
            ),
            ("permessage-deflate; server_no_context_takeover", false),
            ("permessage-deflate; server_max_window_bits=12", false),
            ("permessage-deflate; server_no_context_takeover; server_max_window_bits=13", false),
            ("permessage-deflate; server_no_context_takeover; server_max_window_bits", false),
            (
                "permessage-deflate; server_no_context_takeover; server_max_window_bits=12; client_max_window_bits",
                false,
            ),
            (
                "permessage-deflate; server_no_context_takeover; server_max_window_bits=12; client_max_window_bits=12",
                false,
            ),
            ("x-other", false),
        ] {
            assert_eq!(options.judge(&read(answer)[0]).is_some(), right, "{answer}");
        }
    }

    #[test]
    fn what_is_no_list_is_none() {
        for bad in ["a b", "a; b=", "a;b=\"", "=", "a; b c"] {
            let fields: Fields = [("Sec-WebSocket-Extensions", bad)].try_into().unwrap();
            assert!(Extension::read_all(&fields).is_none(), "{bad}");
        }
    }
}
