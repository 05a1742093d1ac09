//! The handshake of both sides (RFC 6455 section 4).

use std::collections::HashSet;

use ferrosock_codec::base64;
use sha1::{Digest, Sha1};

use super::error::HandshakeError;
use super::extension::{Deflate, DeflateOptions, Extension};
use crate::http::{Fields, InvalidField, is_token, list};
use crate::http1::{RequestHead, ResponseHead, Version};

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of `Sec-WebSocket-Accept` that belongs to a `Sec-WebSocket-Key` (RFC 6455 section 4.2.2).
///
/// ```
/// let accept = ferrosock_proto::websocket::accept_key(b"dGhlIHNhbXBsZSBub25jZQ==");
/// assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
pub fn accept_key(key: &[u8]) -> String {
    base64::encode(&Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

/// What a handshake has agreed on.
///
/// ```
/// assert_eq!(ferrosock_proto::websocket::Agreement::default().subprotocol, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agreement {
    /// The subprotocol, if there is one.
    pub subprotocol: Option<String>,
    /// How messages are compressed, if they are.
    pub deflate: Option<Deflate>,
}

/// A client's side: what it says, and what it makes of the response.
///
/// ```
/// use ferrosock_proto::http1::ResponseHead;
/// use ferrosock_proto::websocket::{ClientHandshake, HandshakeError};
///
/// let handshake = ClientHandshake::new([1; 16], &["chat"], None);
/// assert_eq!(handshake.fields()?.get(b"sec-websocket-protocol"), Some(&b"chat"[..]));
/// assert_eq!(handshake.judge(&ResponseHead::new(404, "")), Err(HandshakeError::Denied(404)));
/// # Ok::<(), ferrosock_proto::http::InvalidField>(())
/// ```
#[derive(Debug, Clone)]
pub struct ClientHandshake {
    key: String,
    subprotocols: Vec<String>,
    deflate: Option<DeflateOptions>,
}

impl ClientHandshake {
    /// A handshake with a nonce of the caller's, random for each connection; the subprotocols in the order in which they are
    /// preferred; and whether to offer compression.
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{ClientHandshake, DeflateOptions};
    /// let handshake = ClientHandshake::new([1; 16], &[], Some(DeflateOptions::default()));
    /// # let _ = handshake;
    /// ```
    pub fn new(nonce: [u8; 16], subprotocols: &[&str], deflate: Option<DeflateOptions>) -> Self {
        let subprotocols = subprotocols.iter().map(|name| (*name).to_owned()).collect();
        Self { key: base64::encode(&nonce), subprotocols, deflate }
    }

    /// The fields of the request, but for `Host` and those of the program.
    ///
    /// # Errors
    /// For a subprotocol that is no token.
    ///
    /// ```
    /// # use ferrosock_proto::websocket::ClientHandshake;
    /// let fields = ClientHandshake::new([0; 16], &[], None).fields()?;
    /// assert_eq!(fields.get(b"sec-websocket-key"), Some(&b"AAAAAAAAAAAAAAAAAAAAAA=="[..]));
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn fields(&self) -> Result<Fields, InvalidField> {
        let mut fields = Fields::new();
        fields.append(b"Upgrade", b"websocket")?;
        fields.append(b"Connection", b"Upgrade")?;
        fields.append(b"Sec-WebSocket-Key", self.key.as_bytes())?;
        fields.append(b"Sec-WebSocket-Version", b"13")?;
        if let Some(bad) = self.subprotocols.iter().find(|name| !is_token(name.as_bytes())) {
            return Err(InvalidField::Value(bad.as_bytes().to_vec()));
        }
        if !self.subprotocols.is_empty() {
            fields.append(b"Sec-WebSocket-Protocol", self.subprotocols.join(", ").as_bytes())?;
        }
        if let Some(deflate) = &self.deflate {
            fields.append(b"Sec-WebSocket-Extensions", deflate.offer().as_bytes())?;
        }
        Ok(fields)
    }

    /// Judges the response (RFC 6455 section 4.1).
    ///
    /// # Errors
    /// [`HandshakeError::Denied`] for another status than 101, whose meaning HTTP knows; and what is wrong with the answer: then
    /// the connection is to be closed.
    ///
    /// ```
    /// # use ferrosock_proto::http1::ResponseHead;
    /// # use ferrosock_proto::websocket::{ClientHandshake, HandshakeError};
    /// let mut head = ResponseHead::new(101, "Switching Protocols");
    /// head.fields = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", "x")].try_into()?;
    /// assert_eq!(ClientHandshake::new([1; 16], &[], None).judge(&head), Err(HandshakeError::BadAccept));
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn judge(&self, head: &ResponseHead) -> Result<Agreement, HandshakeError> {
        let fields = &head.fields;
        if head.status != 101 {
            return Err(HandshakeError::Denied(head.status));
        }
        if !fields.has_member(b"upgrade", b"websocket") || !fields.has_member(b"connection", b"upgrade") {
            return Err(HandshakeError::NoUpgrade);
        }
        if single(fields, b"sec-websocket-accept") != Some(accept_key(self.key.as_bytes()).as_bytes()) {
            return Err(HandshakeError::BadAccept);
        }
        let mut subprotocol = None;
        for name in fields.all(b"sec-websocket-protocol") {
            let known = self.subprotocols.iter().find(|offered| offered.as_bytes() == name);
            match known {
                Some(known) if subprotocol.is_none() => subprotocol = Some(known.clone()),
                _ => return Err(HandshakeError::UnknownSubprotocol(name.to_vec())),
            }
        }
        let granted = Extension::read_all(fields).ok_or(HandshakeError::BadExtensions)?;
        let deflate = match (granted.as_slice(), &self.deflate) {
            ([], _) => None,
            ([one], Some(offered)) => Some(offered.judge(one).ok_or(HandshakeError::UnknownExtension)?),
            _ => return Err(HandshakeError::UnknownExtension),
        };
        Ok(Agreement { subprotocol, deflate })
    }
}

/// A server's side: a request that may become a WebSocket.
///
/// Whether it should is the program's to say: by `Origin`, by the target, by who is allowed. To deny it, answer by HTTP.
///
/// ```
/// use ferrosock_proto::http1::RequestHead;
/// use ferrosock_proto::websocket::ServerHandshake;
///
/// let mut request = RequestHead::new("GET", "/chat");
/// request.fields = [
///     ("Host", "example.org"),
///     ("Upgrade", "websocket"),
///     ("Connection", "keep-alive, Upgrade"),
///     ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
///     ("Sec-WebSocket-Version", "13"),
///     ("Sec-WebSocket-Protocol", "chat, superchat"),
/// ]
/// .try_into()?;
/// let handshake = ServerHandshake::read(&request)?;
/// assert_eq!(handshake.subprotocols(), ["chat", "superchat"]);
/// let (fields, agreement) = handshake.accept(Some("chat"), None)?;
/// assert_eq!(fields.get(b"sec-websocket-accept"), Some(&b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="[..]));
/// assert_eq!(agreement.subprotocol.as_deref(), Some("chat"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ServerHandshake {
    accept: String,
    subprotocols: Vec<String>,
    offers: Vec<Extension>,
}

impl ServerHandshake {
    /// Whether a request asks for WebSocket, rightly or not: one that does not is for HTTP.
    ///
    /// ```
    /// # use ferrosock_proto::http1::RequestHead;
    /// # use ferrosock_proto::websocket::ServerHandshake;
    /// assert!(!ServerHandshake::is_asked_for(&RequestHead::new("GET", "/")));
    /// ```
    pub fn is_asked_for(head: &RequestHead) -> bool {
        head.fields.has_member(b"upgrade", b"websocket") && head.fields.has_member(b"connection", b"upgrade")
    }

    /// Reads a request (RFC 6455 section 4.2.1).
    ///
    /// # Errors
    /// What is wrong with it: answer with [`HandshakeError::status`] and [`denial_fields`](Self::denial_fields).
    ///
    /// ```
    /// # use ferrosock_proto::http1::RequestHead;
    /// # use ferrosock_proto::websocket::{HandshakeError, ServerHandshake};
    /// let error = ServerHandshake::read(&RequestHead::new("POST", "/")).unwrap_err();
    /// assert_eq!(error, HandshakeError::WrongMethod);
    /// ```
    pub fn read(head: &RequestHead) -> Result<Self, HandshakeError> {
        if head.method != "GET" {
            return Err(HandshakeError::WrongMethod);
        }
        if head.version < Version::Http11 {
            return Err(HandshakeError::WrongVersion);
        }
        if !Self::is_asked_for(head) {
            return Err(HandshakeError::NoUpgrade);
        }
        let fields = &head.fields;
        let is_empty = |length: &[u8]| length.iter().all(|&digit| digit == b'0');
        if fields.contains(b"transfer-encoding") || !fields.all(b"content-length").all(is_empty) {
            return Err(HandshakeError::Content);
        }
        match single(fields, b"sec-websocket-version") {
            Some(b"13") => {}
            other => return Err(HandshakeError::UnknownVersion(other.map(<[u8]>::to_vec))),
        }
        let key = single(fields, b"sec-websocket-key").ok_or(HandshakeError::BadKey)?;
        if key.len() != 24 || base64::decode_strict(key).map(|nonce| nonce.len()) != Ok(16) {
            return Err(HandshakeError::BadKey);
        }
        let (mut subprotocols, mut known) = (Vec::new(), HashSet::new());
        for name in fields.all(b"sec-websocket-protocol").flat_map(list) {
            let text = std::str::from_utf8(name).ok().filter(|name| is_token(name.as_bytes()));
            let text = text.filter(|text| known.insert(*text)).ok_or(HandshakeError::BadSubprotocols)?;
            subprotocols.push(text.to_owned());
        }
        let offers = Extension::read_all(fields).ok_or(HandshakeError::BadExtensions)?;
        Ok(Self { accept: accept_key(key), subprotocols, offers })
    }

    /// The subprotocols that the client knows, in the order in which it prefers them.
    ///
    /// ```
    /// # fn of(handshake: &ferrosock_proto::websocket::ServerHandshake) {
    /// let wanted = handshake.subprotocols().iter().find(|name| *name == "mqtt");
    /// # }
    /// ```
    pub fn subprotocols(&self) -> &[String] {
        &self.subprotocols
    }

    /// Accepts: gives the fields of the response of status 101, and what is agreed on by it.
    ///
    /// # Errors
    /// For a subprotocol that the client has not offered.
    ///
    /// ```
    /// # fn of(handshake: &ferrosock_proto::websocket::ServerHandshake) -> Result<(), Box<dyn std::error::Error>> {
    /// let (fields, agreement) = handshake.accept(None, Some(&Default::default()))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn accept(
        &self,
        subprotocol: Option<&str>,
        deflate: Option<&DeflateOptions>,
    ) -> Result<(Fields, Agreement), HandshakeError> {
        if let Some(name) = subprotocol.filter(|name| !self.subprotocols.iter().any(|known| known == name)) {
            return Err(HandshakeError::UnknownSubprotocol(name.as_bytes().to_vec()));
        }
        let agreement = Agreement {
            subprotocol: subprotocol.map(str::to_owned),
            deflate: deflate.and_then(|options| options.grant(&self.offers)),
        };
        Ok((self.answer(&agreement), agreement))
    }

    fn answer(&self, agreement: &Agreement) -> Fields {
        let mut fields = Fields::with_capacity(5, 160);
        let mut put = |name: &[u8], value: &[u8]| {
            let added = fields.append(name, value);
            debug_assert!(added.is_ok(), "made of tokens");
        };
        put(b"Upgrade", b"websocket");
        put(b"Connection", b"Upgrade");
        put(b"Sec-WebSocket-Accept", self.accept.as_bytes());
        if let Some(name) = &agreement.subprotocol {
            put(b"Sec-WebSocket-Protocol", name.as_bytes());
        }
        if let Some(deflate) = &agreement.deflate {
            put(b"Sec-WebSocket-Extensions", deflate.answer().as_bytes());
        }
        fields
    }

    /// The fields that go with an error's status: with 426 what protocol and version there is (RFC 9110 section 15.5.22, RFC 6455
    /// section 4.4), with 405 the method.
    ///
    /// ```
    /// use ferrosock_proto::websocket::{HandshakeError, ServerHandshake};
    ///
    /// let fields = ServerHandshake::denial_fields(&HandshakeError::UnknownVersion(None));
    /// assert_eq!(fields.get(b"sec-websocket-version"), Some(&b"13"[..]));
    /// ```
    pub fn denial_fields(error: &HandshakeError) -> Fields {
        let pairs: &[(&str, &str)] = match error.status() {
            426 => &[("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")],
            405 => &[("Allow", "GET")],
            _ => &[],
        };
        let mut fields = Fields::new();
        for (name, value) in pairs {
            let added = fields.append(name.as_bytes(), value.as_bytes());
            debug_assert!(added.is_ok(), "{name}");
        }
        fields
    }
}

/// The value of a field that is there once.
fn single<'a>(fields: &'a Fields, name: &'a [u8]) -> Option<&'a [u8]> {
    let mut all = fields.all(name);
    all.next().filter(|_| all.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 5] = [
        ("Host", "a"),
        ("Upgrade", "WebSocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
    ];

    fn request(change: &[(&str, &str)]) -> RequestHead {
        let mut head = RequestHead::new("GET", "/");
        for (name, value) in GOOD {
            head.fields.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        for (name, value) in change {
            match value.strip_prefix('+') {
                Some(value) => head.fields.append(name.as_bytes(), value.as_bytes()).unwrap(),
                None => head.fields.set(name.as_bytes(), value.as_bytes()).unwrap(),
            }
        }
        head
    }

    #[test]
    fn wrong_requests_are_refused() {
        assert!(ServerHandshake::read(&request(&[])).is_ok());
        for (name, value, status) in [
            ("Upgrade", "h2c", 426),
            ("Connection", "close", 426),
            ("Sec-WebSocket-Version", "8", 426),
            ("Sec-WebSocket-Version", "+13", 426),
            ("Sec-WebSocket-Key", "AAAA", 400),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ", 400),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZSE=", 400),
            ("Sec-WebSocket-Key", "+dGhlIHNhbXBsZSBub25jZQ==", 400),
            ("Sec-WebSocket-Protocol", "a b", 400),
            ("Sec-WebSocket-Protocol", "a, a", 400),
            ("Sec-WebSocket-Extensions", "a b", 400),
            ("Content-Length", "2", 400),
            ("Transfer-Encoding", "chunked", 400),
        ] {
            let error = ServerHandshake::read(&request(&[(name, value)])).unwrap_err();
            assert_eq!(error.status(), status, "{name}: {value}: {error}");
            assert_eq!(!ServerHandshake::denial_fields(&error).is_empty(), status == 426);
        }
        assert!(ServerHandshake::read(&request(&[("Content-Length", "0")])).is_ok());
        let old = RequestHead { version: Version::Http10, ..request(&[]) };
        assert_eq!(ServerHandshake::read(&old).unwrap_err(), HandshakeError::WrongVersion);
        let handshake = ServerHandshake::read(&request(&[])).unwrap();
        assert!(handshake.accept(Some("chat"), None).is_err());
    }

    #[test]
    fn wrong_responses_are_refused() {
        let client = ClientHandshake::new([9; 16], &["a", "b"], Some(DeflateOptions::default()));
        let mut request = RequestHead::new("GET", "/");
        request.fields = client.fields().unwrap();
        let server = ServerHandshake::read(&request).unwrap();
        let (fields, agreement) = server.accept(Some("b"), Some(&DeflateOptions::default())).unwrap();
        let mut head = ResponseHead::new(101, "");
        head.fields = fields;
        assert_eq!(client.judge(&head), Ok(agreement));
        for (name, value, error) in [
            ("Upgrade", "h2c", HandshakeError::NoUpgrade),
            ("Connection", "close", HandshakeError::NoUpgrade),
            ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", HandshakeError::BadAccept),
            ("Sec-WebSocket-Protocol", "c", HandshakeError::UnknownSubprotocol(b"c".to_vec())),
            ("Sec-WebSocket-Extensions", "x", HandshakeError::UnknownExtension),
            (
                "Sec-WebSocket-Extensions",
                "permessage-deflate, permessage-deflate",
                HandshakeError::UnknownExtension,
            ),
            ("Sec-WebSocket-Extensions", "permessage-deflate; a b", HandshakeError::BadExtensions),
        ] {
            let mut bad = head.clone();
            bad.fields.set(name.as_bytes(), value.as_bytes()).unwrap();
            assert_eq!(client.judge(&bad), Err(error), "{name}: {value}");
        }
        head.fields.append(b"Sec-WebSocket-Protocol", b"a").unwrap();
        assert!(client.judge(&head).is_err());
        assert!(ClientHandshake::new([9; 16], &["a b"], None).fields().is_err());
    }
}
