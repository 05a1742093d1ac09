//! Authentication: challenges and credentials (RFC 9110 section 11).

use super::grammar::{Scanner, is_field_value, is_token, quote};
use super::parameters::Parameters;

/// A challenge of `WWW-Authenticate` or `Proxy-Authenticate`, or the credentials of `Authorization`.
///
/// ```
/// use ferrosock_proto::http::Challenge;
///
/// let found = Challenge::parse_list(br#"Newauth realm="apps", type=1, Basic realm="simple", Negotiate YWJj=="#).unwrap();
/// assert_eq!(found.iter().map(|challenge| challenge.scheme.as_str()).collect::<Vec<_>>(), ["newauth", "basic", "negotiate"]);
/// assert_eq!(found[0].parameters.text("type"), Some("1"));
/// assert_eq!(found[1].realm(), Some(&b"simple"[..]));
/// assert_eq!(found[2].token.as_deref(), Some("YWJj=="));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme in lower case: `basic`, `digest`, `bearer` ...
    pub scheme: String,
    /// What some schemes have instead of parameters (`token68`), such as Base64.
    pub token: Option<String>,
    /// The parameters.
    pub parameters: Parameters,
}

impl Challenge {
    /// Reads the challenges of a field's value; `None` if it is not a list of them.
    ///
    /// ```
    /// # use ferrosock_proto::http::Challenge;
    /// assert_eq!(Challenge::parse_list(b"Basic").unwrap().len(), 1);
    /// for bad in ["a=b", "Basic realm=\"a", "Basic a=b c=d", "Basic \x01"] {
    ///     assert!(Challenge::parse_list(bad.as_bytes()).is_none());
    /// }
    /// ```
    pub fn parse_list(value: &[u8]) -> Option<Vec<Self>> {
        let mut scanner = Scanner::new(value);
        let mut found: Vec<Self> = Vec::new();
        loop {
            scanner.skip_blanks();
            if scanner.eat(b',') {
                continue;
            }
            if scanner.at_end() {
                return Some(found);
            }
            // A name and an equals sign go on with the last challenge; a name alone begins the next.
            match parameter(&mut scanner)? {
                Word::Parameter(name, value) => {
                    let last = found.last_mut().filter(|last| last.token.is_none())?;
                    last.parameters.push(&name, &value);
                }
                Word::Scheme(scheme) => found.push(Self::scan(scheme, &mut scanner)?),
            }
            scanner.skip_blanks();
            if !scanner.at_end() && scanner.peek() != Some(b',') {
                return None;
            }
        }
    }

    /// What stands behind a scheme: nothing, a token, or the first parameter.
    fn scan(scheme: String, scanner: &mut Scanner<'_>) -> Option<Self> {
        let mut challenge = Self { scheme, token: None, parameters: Parameters::new() };
        if scanner.take_while(|byte| byte == b' ').is_empty()
            || scanner.at_end()
            || scanner.peek() == Some(b',')
        {
            return Some(challenge);
        }
        let begin = scanner.clone();
        let text = scanner.take_while(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte));
        let padding = scanner.take_while(|byte| byte == b'=');
        scanner.skip_blanks();
        if !text.is_empty() && (scanner.at_end() || scanner.peek() == Some(b',')) {
            challenge.token = Some([text, padding].concat().into_iter().map(char::from).collect());
            return Some(challenge);
        }
        *scanner = begin;
        match parameter(scanner)? {
            Word::Parameter(name, value) => challenge.parameters.push(&name, &value),
            Word::Scheme(_) => return None,
        }
        Some(challenge)
    }

    /// The parameter that nearly all schemes have.
    ///
    /// ```
    /// # use ferrosock_proto::http::Challenge;
    /// let found = Challenge::parse_list(b"Basic Realm=\"a b\"").unwrap();
    /// assert_eq!(found[0].realm(), Some(&b"a b"[..]));
    /// ```
    pub fn realm(&self) -> Option<&[u8]> {
        self.parameters.get("realm")
    }

    /// As it stands in a field, the scheme as it is here, values between quotes where they must be; `None` if the scheme, a
    /// name or the token is none, or a value holds a control character.
    ///
    /// ```
    /// # use ferrosock_proto::http::{Challenge, Parameters};
    /// let mut challenge = Challenge { scheme: "Bearer".into(), token: None, parameters: Parameters::new() };
    /// challenge.parameters.push("realm", b"my app");
    /// challenge.parameters.push("error", b"invalid_token");
    /// assert_eq!(challenge.to_bytes().unwrap(), b"Bearer realm=\"my app\", error=invalid_token");
    /// ```
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut out = self.scheme.clone().into_bytes();
        let whole = is_token(&out) && self.parameters.iter().all(|(name, _)| is_token(name.as_bytes()));
        let token = self.token.as_ref().is_none_or(|token| {
            let body = token.trim_end_matches('=');
            !body.is_empty()
                && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
        });
        if !whole || !token {
            return None;
        }
        if let Some(token) = &self.token {
            out.push(b' ');
            out.extend_from_slice(token.as_bytes());
        }
        for (count, (name, value)) in self.parameters.iter().enumerate() {
            out.extend_from_slice(if count == 0 { b" " } else { b", " });
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
            out.extend_from_slice(&quote(value));
        }
        is_field_value(&out).then_some(out)
    }
}

enum Word {
    Scheme(String),
    Parameter(String, Vec<u8>),
}

/// A token, and a value if an equals sign follows.
fn parameter(scanner: &mut Scanner<'_>) -> Option<Word> {
    let name = String::from_utf8_lossy(scanner.token()?).to_ascii_lowercase();
    let behind = scanner.clone();
    scanner.skip_blanks();
    if !scanner.eat(b'=') {
        *scanner = behind;
        return Some(Word::Scheme(name));
    }
    scanner.skip_blanks();
    Some(Word::Parameter(name, scanner.word()?))
}

/// The value of `Authorization` or `Proxy-Authorization` for the scheme Basic (RFC 7617 section 2).
///
/// The user's name and the password are bytes, in UTF-8 if the challenge had `charset=UTF-8`. `None` if the name holds a
/// colon, which would move into the password, or either a control character.
///
/// ```
/// use ferrosock_proto::http::basic_credentials;
///
/// assert_eq!(basic_credentials(b"Aladdin", b"open sesame").unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
/// assert_eq!(basic_credentials(b"a:b", b"c"), None);
/// ```
pub fn basic_credentials(user: &[u8], password: &[u8]) -> Option<String> {
    let control = |text: &[u8]| text.iter().any(u8::is_ascii_control);
    if user.contains(&b':') || control(user) || control(password) {
        return None;
    }
    let pair = [user, b":", password].concat();
    Some(format!("Basic {}", ferrosock_codec::base64::encode(&pair)))
}

/// The user's name and the password in credentials of the scheme Basic; `None` if they are none (RFC 7617 section 2).
///
/// ```
/// use ferrosock_proto::http::parse_basic_credentials;
///
/// let found = parse_basic_credentials(b"basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
/// assert_eq!(found, Some((b"Aladdin".to_vec(), b"open sesame".to_vec())));
/// assert_eq!(parse_basic_credentials(b"Basic !"), None);
/// ```
pub fn parse_basic_credentials(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    use ferrosock_codec::base64::{Alphabet, Mode, decode_with};
    let (scheme, rest) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let pair = decode_with(super::grammar::trim(rest), Alphabet::STANDARD, Mode::Strict).ok()?;
    let colon = pair.iter().position(|&byte| byte == b':')?;
    Some((pair[..colon].to_vec(), pair[colon + 1..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &str) -> Option<Vec<(String, usize)>> {
        let found = Challenge::parse_list(value.as_bytes())?;
        Some(found.into_iter().map(|challenge| (challenge.scheme, challenge.parameters.len())).collect())
    }

    #[test]
    fn challenges_and_their_commas() {
        for (value, expected) in [
            ("", &[][..]),
            (" , Basic , ", &[("basic", 0)]),
            ("Basic realm=\"a, b=c\", charset=\"UTF-8\"", &[("basic", 2)]),
            ("Basic, Digest a=b ,, c = \"d\",NTLM", &[("basic", 0), ("digest", 2), ("ntlm", 0)]),
            ("Negotiate abc=, Basic realm=x", &[("negotiate", 0), ("basic", 1)]),
            ("Basic   a=b", &[("basic", 1)]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(name, count)| (name.to_string(), *count)).collect();
            assert_eq!(names(value), Some(expected), "{value}");
        }
        for bad in ["a=b", "Basic \"a\"", "Basic a=b c", "Basic a=\"b", "Negotiate abc=, d=e", "Basic a b"] {
            assert_eq!(names(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for value in ["basic realm=\"a \\\"b\\\"\", charset=UTF-8", "negotiate YWJj==", "ntlm"] {
            let found = Challenge::parse_list(value.as_bytes()).unwrap();
            assert_eq!(found[0].to_bytes().unwrap(), value.as_bytes());
        }
    }

    #[test]
    fn basic_credentials_come_back() {
        for (user, password) in [("", ""), ("a", "b:c"), ("\u{e9}", " ")] {
            let value = basic_credentials(user.as_bytes(), password.as_bytes()).unwrap();
            let found = parse_basic_credentials(value.as_bytes()).unwrap();
            assert_eq!(found, (user.into(), password.into()));
        }
        for bad in ["", "Basic", "Basic ", "Basic YQ==", "Bearer YTpi", "Basic YTpi YTpi", "Basic YTp"] {
            assert_eq!(parse_basic_credentials(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(basic_credentials(b"a", b"b\r\n"), None);
    }
}
