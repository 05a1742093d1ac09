//! The `Link` field (RFC 8288 section 3).

use super::grammar::{Scanner, is_field_value, quote};
use super::parameters::Parameters;

/// A link of a `Link` field.
///
/// ```
/// use ferrosock_proto::http::Link;
///
/// let links = Link::parse_list(br#"</page/2>; rel="next last", </style.css>; rel=preload; as=style"#).unwrap();
/// assert_eq!(links[0].target, b"/page/2");
/// assert!(links[0].has_relation("next") && links[0].has_relation("LAST"));
/// assert_eq!(links[1].parameters.text("as"), Some("style"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The reference between the angle brackets, which may be relative.
    pub target: Vec<u8>,
    /// `rel`, `title`, `type` and the others; a name that stands alone has an empty value.
    pub parameters: Parameters,
}

impl Link {
    /// Reads the links of a field's value; `None` if it is not a list of links.
    ///
    /// ```
    /// # use ferrosock_proto::http::Link;
    /// assert_eq!(Link::parse_list(b"").unwrap().len(), 0);
    /// assert_eq!(Link::parse_list(b"<a,b;c>; title=\"x, <y>\" , , <d>;rel").unwrap().len(), 2);
    /// for bad in ["a", "<a", "<a> b", "<a>; b=\"c", "<a>; b="] {
    ///     assert!(Link::parse_list(bad.as_bytes()).is_none());
    /// }
    /// ```
    pub fn parse_list(value: &[u8]) -> Option<Vec<Self>> {
        let mut scanner = Scanner::new(value);
        let mut links = Vec::new();
        loop {
            scanner.skip_blanks();
            if scanner.eat(b',') {
                continue;
            }
            if scanner.at_end() {
                return Some(links);
            }
            if !scanner.eat(b'<') {
                return None;
            }
            let target = scanner.take_while(|byte| byte != b'>').to_vec();
            if !scanner.eat(b'>') {
                return None;
            }
            links.push(Self { target, parameters: Parameters::scan(&mut scanner, true)? });
            if !scanner.at_end() && scanner.peek() != Some(b',') {
                return None;
            }
        }
    }

    /// Whether `relation` is among those of the first `rel`, its case aside.
    ///
    /// ```
    /// # use ferrosock_proto::http::Link;
    /// let links = Link::parse_list(b"<a>; rel=next; rel=prev").unwrap();
    /// assert!(links[0].has_relation("Next") && !links[0].has_relation("prev"));
    /// ```
    pub fn has_relation(&self, relation: &str) -> bool {
        let relations = self.parameters.get("rel").unwrap_or_default();
        relations.split(u8::is_ascii_whitespace).any(|found| found.eq_ignore_ascii_case(relation.as_bytes()))
    }

    /// As it stands in a field; `None` if the target holds a `>`, or anything a control character.
    ///
    /// ```
    /// # use ferrosock_proto::http::{Link, Parameters};
    /// let mut link = Link { target: b"/a".to_vec(), parameters: Parameters::new() };
    /// link.parameters.push("rel", b"next");
    /// link.parameters.push("title", b"page two");
    /// assert_eq!(link.to_bytes().unwrap(), b"</a>; rel=next; title=\"page two\"");
    /// ```
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        if self.target.contains(&b'>') {
            return None;
        }
        let mut out = [b"<", self.target.as_slice(), b">"].concat();
        for (name, value) in self.parameters.iter() {
            out.extend_from_slice(b"; ");
            out.extend_from_slice(name.as_bytes());
            if !value.is_empty() {
                out.push(b'=');
                out.extend_from_slice(&quote(value));
            }
        }
        is_field_value(&out).then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_specification() {
        // RFC 8288 section 3.5.
        let links = Link::parse_list(
            br#"</TheBook/chapter2>; rel="previous"; title*=UTF-8'de'letztes%20Kapitel, </TheBook/chapter4>; rel="next""#,
        );
        let links = links.unwrap();
        assert_eq!(links[0].parameters.text("title*"), Some("UTF-8'de'letztes%20Kapitel"));
        assert!(links[1].has_relation("next"));
        let several = br#"<http://example.org/>; rel="start http://example.net/relation/other""#;
        assert!(Link::parse_list(several).unwrap()[0].has_relation("http://example.net/relation/other"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = b"<a b>; rel=next; title=\"x\\\"y\"; crossorigin";
        let links = Link::parse_list(text).unwrap();
        assert_eq!(links[0].to_bytes().unwrap(), text);
        assert_eq!(Link { target: b"a>".to_vec(), parameters: Parameters::new() }.to_bytes(), None);
    }
}
