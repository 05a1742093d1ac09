//! The authentication scheme Digest (RFC 7616), with the answers of RFC 2069 for servers that offer no `qop`.
//!
//! No random numbers and no clock: the caller brings the client's nonce, and a server its own.

use md5::Md5;
use sha2::digest::Digest as _;
use sha2::{Sha256, Sha512_256};

use super::challenge::Challenge;
use super::grammar::{is_field_value, quoted};

/// A hash, and whether the session has a key of its own (RFC 7616 section 3.4.2).
///
/// ```
/// use ferrosock_proto::http::{Algorithm, Hash};
///
/// assert_eq!(Algorithm::parse("sha-256-SESS"), Some(Algorithm { hash: Hash::Sha256, session: true }));
/// assert_eq!(Algorithm::default().to_text(), "MD5");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Algorithm {
    /// The hash.
    pub hash: Hash,
    /// Whether its name ends in `-sess`.
    pub session: bool,
}

/// A hash that Digest knows.
///
/// ```
/// use ferrosock_proto::http::Hash;
///
/// assert_eq!(Hash::Md5.of(b""), "d41d8cd98f00b204e9800998ecf8427e");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Hash {
    /// MD5 (RFC 1321): broken, and what servers use.
    #[default]
    Md5,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-512/256 (FIPS 180-4).
    Sha512_256,
}

impl Hash {
    /// The hash of `data` in hexadecimal digits.
    ///
    /// ```
    /// # use ferrosock_proto::http::Hash;
    /// assert!(Hash::Sha256.of(b"abc").starts_with("ba7816bf8f01cfea"));
    /// ```
    pub fn of(self, data: &[u8]) -> String {
        use ferrosock_codec::hex::encode;
        match self {
            Self::Md5 => encode(&Md5::digest(data)),
            Self::Sha256 => encode(&Sha256::digest(data)),
            Self::Sha512_256 => encode(&Sha512_256::digest(data)),
        }
    }

    fn of_joined(self, parts: &[&[u8]]) -> String {
        self.of(&parts.join(&b':'))
    }
}

impl Algorithm {
    /// Reads the name of an algorithm, whatever its case; `None` if it is not known.
    ///
    /// ```
    /// # use ferrosock_proto::http::Algorithm;
    /// assert_eq!(Algorithm::parse("MD5"), Some(Algorithm::default()));
    /// assert_eq!(Algorithm::parse("token"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (name, session) = name.strip_suffix("-sess").map_or((name.as_str(), false), |name| (name, true));
        let hash = match name {
            "md5" => Hash::Md5,
            "sha-256" => Hash::Sha256,
            "sha-512-256" => Hash::Sha512_256,
            _ => return None,
        };
        Some(Self { hash, session })
    }

    /// Its name.
    ///
    /// ```
    /// # use ferrosock_proto::http::{Algorithm, Hash};
    /// assert_eq!(Algorithm { hash: Hash::Sha256, session: true }.to_text(), "SHA-256-sess");
    /// ```
    pub fn to_text(self) -> &'static str {
        match (self.hash, self.session) {
            (Hash::Md5, false) => "MD5",
            (Hash::Md5, true) => "MD5-sess",
            (Hash::Sha256, false) => "SHA-256",
            (Hash::Sha256, true) => "SHA-256-sess",
            (Hash::Sha512_256, false) => "SHA-512-256",
            (Hash::Sha512_256, true) => "SHA-512-256-sess",
        }
    }
}

/// How much of a message is protected (RFC 7616 section 3.3).
///
/// ```
/// use ferrosock_proto::http::{Challenge, DigestChallenge, Protection};
///
/// let challenge = Challenge::parse_list(br#"Digest realm="a", nonce="b", qop="auth, auth-int""#).unwrap();
/// let digest = DigestChallenge::new(&challenge[0]).unwrap();
/// assert_eq!(digest.protections, [Protection::Auth, Protection::AuthInt]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protection {
    /// The method and the target.
    Auth,
    /// The body, too.
    AuthInt,
}

impl Protection {
    /// Its name.
    ///
    /// ```
    /// assert_eq!(ferrosock_proto::http::Protection::AuthInt.to_text(), "auth-int");
    /// ```
    pub fn to_text(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

/// A challenge of the scheme Digest.
///
/// ```
/// use ferrosock_proto::http::{Challenge, DigestChallenge};
///
/// let challenge = Challenge::parse_list(br#"Digest realm="a", nonce="b", stale=TRUE, algorithm=SHA-256"#).unwrap();
/// let digest = DigestChallenge::new(&challenge[0]).unwrap();
/// assert!(digest.stale && digest.protections.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestChallenge {
    /// For what the user's name and password are.
    pub realm: Vec<u8>,
    /// The server's nonce.
    pub nonce: Vec<u8>,
    /// What the client sends back as it is.
    pub opaque: Option<Vec<u8>>,
    /// MD5, if the server names none.
    pub algorithm: Algorithm,
    /// What the server offers of it; empty for a server of RFC 2069.
    pub protections: Vec<Protection>,
    /// Whether only the last nonce was too old, and the password right.
    pub stale: bool,
    /// Whether the server would rather have a hash of the user's name (RFC 7616 section 3.4.4).
    pub userhash: bool,
}

impl DigestChallenge {
    /// Understands a challenge; `None` if it is of another scheme, lacks the realm or the nonce, or wants what is not known.
    ///
    /// ```
    /// # use ferrosock_proto::http::{Challenge, DigestChallenge};
    /// for other in ["Basic realm=a", "Digest realm=a", "Digest realm=a, nonce=b, algorithm=x", "Digest realm=a, nonce=b, qop=x"] {
    ///     assert!(DigestChallenge::new(&Challenge::parse_list(other.as_bytes()).unwrap()[0]).is_none());
    /// }
    /// ```
    pub fn new(challenge: &Challenge) -> Option<Self> {
        if challenge.scheme != "digest" {
            return None;
        }
        let parameters = &challenge.parameters;
        let is_true = |name| parameters.get(name).is_some_and(|value| value.eq_ignore_ascii_case(b"true"));
        let algorithm = match parameters.get("algorithm") {
            Some(_) => Algorithm::parse(parameters.text("algorithm")?)?,
            None => Algorithm::default(),
        };
        let mut protections = Vec::new();
        let offered = parameters.get("qop");
        for option in super::grammar::list(offered.unwrap_or_default()) {
            for known in [Protection::Auth, Protection::AuthInt] {
                if option.eq_ignore_ascii_case(known.to_text().as_bytes()) {
                    protections.push(known);
                }
            }
        }
        if offered.is_some() && protections.is_empty() {
            return None;
        }
        Some(Self {
            realm: parameters.get("realm")?.to_vec(),
            nonce: parameters.get("nonce")?.to_vec(),
            opaque: parameters.get("opaque").map(<[u8]>::to_vec),
            algorithm,
            protections,
            stale: is_true("stale"),
            userhash: is_true("userhash"),
        })
    }

    /// The value of `Authorization` that answers this challenge.
    ///
    /// `protection` is one that the server offers, or `None` for a server that offers none. The result is `None` if the user's
    /// name or another part holds a control character, which no field may.
    ///
    /// ```
    /// use ferrosock_proto::http::{Challenge, DigestChallenge, DigestRequest, Protection};
    ///
    /// let challenge = Challenge::parse_list(br#"Digest realm="a", nonce="b", qop="auth", algorithm=MD5"#).unwrap();
    /// let digest = DigestChallenge::new(&challenge[0]).unwrap();
    /// let request = DigestRequest { method: b"GET", target: b"/", body: b"", cnonce: b"0a4f113b", count: 1 };
    /// let value = digest.answer(b"user", b"password", &request, Some(Protection::Auth)).unwrap();
    /// let again = Challenge::parse_list(&value).unwrap();
    /// assert_eq!(again[0].parameters.text("nc"), Some("00000001"));
    /// assert_eq!(again[0].parameters.get("response").unwrap().len(), 32);
    /// ```
    pub fn answer(
        &self,
        user: &[u8],
        password: &[u8],
        request: &DigestRequest<'_>,
        protection: Option<Protection>,
    ) -> Option<Vec<u8>> {
        let hash = self.algorithm.hash;
        let secret = hash.of_joined(&[user, &self.realm, password]);
        let response = self.response(&secret, request, protection);
        let name =
            if self.userhash { hash.of_joined(&[user, &self.realm]).into_bytes() } else { user.to_vec() };
        let mut out = b"Digest username=".to_vec();
        out.extend_from_slice(&quoted(&name));
        for (name, value) in [("realm", &self.realm[..]), ("nonce", &self.nonce), ("uri", request.target)] {
            out.extend_from_slice(format!(", {name}=").as_bytes());
            out.extend_from_slice(&quoted(value));
        }
        out.extend_from_slice(format!(", response=\"{response}\"").as_bytes());
        out.extend_from_slice(format!(", algorithm={}", self.algorithm.to_text()).as_bytes());
        if let Some(opaque) = &self.opaque {
            out.extend_from_slice(b", opaque=");
            out.extend_from_slice(&quoted(opaque));
        }
        if protection.is_some() || self.algorithm.session {
            out.extend_from_slice(b", cnonce=");
            out.extend_from_slice(&quoted(request.cnonce));
        }
        if let Some(protection) = protection {
            let count = request.count;
            out.extend_from_slice(format!(", qop={}, nc={count:08x}", protection.to_text()).as_bytes());
        }
        if self.userhash {
            out.extend_from_slice(b", userhash=true");
        }
        is_field_value(&out).then_some(out)
    }

    /// The digest of a request (RFC 7616 section 3.4.1), from the hash of `user:realm:password`, which is what a server keeps.
    ///
    /// ```
    /// # use ferrosock_proto::http::{Challenge, DigestChallenge, DigestRequest, Hash};
    /// // The example of RFC 2069, as its erratum has it.
    /// let challenge = br#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093""#;
    /// let digest = DigestChallenge::new(&Challenge::parse_list(challenge).unwrap()[0]).unwrap();
    /// let secret = Hash::Md5.of(b"Mufasa:testrealm@host.com:CircleOfLife");
    /// let request = DigestRequest { method: b"GET", target: b"/dir/index.html", body: b"", cnonce: b"", count: 1 };
    /// assert_eq!(digest.response(&secret, &request, None), "1949323746fe6a43ef61f9606e7febea");
    /// ```
    pub fn response(
        &self,
        secret: &str,
        request: &DigestRequest<'_>,
        protection: Option<Protection>,
    ) -> String {
        let hash = self.algorithm.hash;
        let key = if self.algorithm.session {
            hash.of_joined(&[secret.as_bytes(), &self.nonce, request.cnonce])
        } else {
            secret.to_owned()
        };
        let subject = match protection {
            Some(Protection::AuthInt) => {
                hash.of_joined(&[request.method, request.target, hash.of(request.body).as_bytes()])
            }
            _ => hash.of_joined(&[request.method, request.target]),
        };
        match protection {
            Some(protection) => hash.of_joined(&[
                key.as_bytes(),
                &self.nonce,
                format!("{:08x}", request.count).as_bytes(),
                request.cnonce,
                protection.to_text().as_bytes(),
                subject.as_bytes(),
            ]),
            None => hash.of_joined(&[key.as_bytes(), &self.nonce, subject.as_bytes()]),
        }
    }
}

/// What of a request goes into its digest.
///
/// ```
/// let request = ferrosock_proto::http::DigestRequest { method: b"GET", target: b"/", body: b"", cnonce: b"abc", count: 1 };
/// assert_eq!(request.count, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestRequest<'a> {
    /// The method.
    pub method: &'a [u8],
    /// The target as it stands in the request line.
    pub target: &'a [u8],
    /// The body, for [`Protection::AuthInt`].
    pub body: &'a [u8],
    /// The client's nonce, which nobody should be able to guess.
    pub cnonce: &'a [u8],
    /// How many requests, this one included, were sent with the server's nonce.
    pub count: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> DigestChallenge {
        DigestChallenge::new(&Challenge::parse_list(text.as_bytes()).unwrap()[0]).unwrap()
    }

    fn response(challenge: &DigestChallenge, request: &DigestRequest<'_>, protection: Protection) -> String {
        let value = challenge.answer(b"Mufasa", b"Circle of Life", request, Some(protection)).unwrap();
        Challenge::parse_list(&value).unwrap()[0].parameters.text("response").unwrap().to_owned()
    }

    /// RFC 7616 section 3.9.1.
    #[test]
    fn the_examples_of_the_specification() {
        let request = DigestRequest {
            method: b"GET",
            target: b"/dir/index.html",
            body: b"",
            cnonce: b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            count: 1,
        };
        for (algorithm, expected) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let challenge = digest(&format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            ));
            assert_eq!(response(&challenge, &request, Protection::Auth), expected);
        }
    }

    #[test]
    fn sessions_and_bodies_by_the_formula() {
        let hash = Hash::Md5;
        let of = |text: String| hash.of(text.as_bytes());
        let request =
            DigestRequest { method: b"POST", target: b"/a", body: b"hello", cnonce: b"c", count: 26 };
        let challenge = digest("Digest realm=r, nonce=n, qop=\"auth-int\", algorithm=MD5-sess");
        let secret = of(format!("{}:n:c", of("Mufasa:r:Circle of Life".into())));
        let subject = of(format!("POST:/a:{}", hash.of(b"hello")));
        let expected = of(format!("{secret}:n:0000001a:c:auth-int:{subject}"));
        assert_eq!(response(&challenge, &request, Protection::AuthInt), expected);
    }

    #[test]
    fn the_users_name_can_be_hidden_and_is_quoted() {
        let request = DigestRequest { method: b"GET", target: b"/", body: b"", cnonce: b"c", count: 1 };
        let name = |text: &str| {
            let value = digest(text).answer(b"a\"b", b"p", &request, None).unwrap();
            Challenge::parse_list(&value).unwrap()[0].parameters.get("username").unwrap().to_vec()
        };
        assert_eq!(name("Digest realm=r, nonce=n"), b"a\"b");
        assert_eq!(name("Digest realm=r, nonce=n, userhash=true"), Hash::Md5.of(b"a\"b:r").into_bytes());
        assert_eq!(digest("Digest realm=r, nonce=n").answer(b"a\r\nX: y", b"p", &request, None), None);
    }
}
