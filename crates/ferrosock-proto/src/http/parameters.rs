//! Named values behind a media type, a link or a challenge (RFC 9110 section 5.6.6).

use std::fmt;

use super::grammar::Scanner;

/// Parameters in their order. Names are lower case; values are bytes without quotes.
///
/// ```
/// use ferrosock_proto::http::MediaType;
///
/// let parameters = MediaType::parse(br#"text/plain; Charset="utf-8"; format=flowed"#).unwrap().parameters;
/// assert_eq!(parameters.get("charset"), Some(&b"utf-8"[..]));
/// assert_eq!(parameters.text("FORMAT"), Some("flowed"));
/// assert_eq!(parameters.len(), 2);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    list: Vec<(String, Vec<u8>)>,
}

impl Parameters {
    /// No parameters.
    ///
    /// ```
    /// assert!(ferrosock_proto::http::Parameters::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// How many there are.
    ///
    /// ```
    /// assert_eq!(ferrosock_proto::http::Parameters::new().len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(ferrosock_proto::http::Parameters::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The first value of that name, whatever its case.
    ///
    /// ```
    /// # use ferrosock_proto::http::Parameters;
    /// let mut parameters = Parameters::new();
    /// parameters.push("Realm", b"a");
    /// assert_eq!(parameters.get("realm"), Some(&b"a"[..]));
    /// ```
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The same as text, if it is UTF-8.
    ///
    /// ```
    /// # use ferrosock_proto::http::Parameters;
    /// let mut parameters = Parameters::new();
    /// parameters.push("a", b"\xff");
    /// assert_eq!(parameters.text("a"), None);
    /// ```
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Adds one; the name becomes lower case.
    ///
    /// ```
    /// # use ferrosock_proto::http::Parameters;
    /// let mut parameters = Parameters::new();
    /// parameters.push("Q", b"0.5");
    /// assert_eq!(parameters.iter().next(), Some(("q", &b"0.5"[..])));
    /// ```
    pub fn push(&mut self, name: &str, value: &[u8]) {
        self.list.push((name.to_ascii_lowercase(), value.to_vec()));
    }

    /// The names and values in their order.
    ///
    /// ```
    /// # use ferrosock_proto::http::Parameters;
    /// assert_eq!(Parameters::new().iter().count(), 0);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.list.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// Reads what stands behind a semicolon again and again, to the end of the text.
    ///
    /// With `loose`, blanks may stand around the equals sign, and a name may stand alone (RFC 8288 section 3).
    pub(crate) fn scan(scanner: &mut Scanner<'_>, loose: bool) -> Option<Self> {
        let mut found = Self::new();
        loop {
            scanner.skip_blanks();
            if !scanner.eat(b';') {
                return Some(found);
            }
            scanner.skip_blanks();
            // There may be nothing between two semicolons.
            let Some(name) = scanner.token() else { continue };
            let behind = scanner.clone();
            if loose {
                scanner.skip_blanks();
            }
            let value = if scanner.eat(b'=') {
                if loose {
                    scanner.skip_blanks();
                }
                scanner.word()?
            } else if loose {
                *scanner = behind;
                Vec::new()
            } else {
                return None;
            };
            found.list.push((String::from_utf8_lossy(name).to_ascii_lowercase(), value));
        }
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().map(|(name, value)| (name, value.escape_ascii().to_string()));
        formatter.debug_map().entries(shown).finish()
    }
}
