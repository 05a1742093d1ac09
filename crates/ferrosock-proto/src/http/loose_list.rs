//! Lists in fields as programs have always read them.

/// The members of a list whose members may have quoted strings in them (RFC 2068 section 2, `#rule`), as Python's
/// `urllib.request.parse_http_list` reads it.
///
/// Nothing is refused: a string may begin within a member, or not end. Quotation marks stay, backslashes before a character in
/// a string go. Members are not trimmed, for what a blank is depends on the caller; an empty last one does not count. Text in
/// UTF-8 passes as it is. [`list`](super::list) is for fields as RFC 9110 has them.
///
/// ```
/// use ferrosock_proto::http::loose_list;
///
/// let members = loose_list(br#"a="b, c", d=e\,f"#);
/// assert_eq!(members, [&b"a=\"b, c\""[..], b" d=e\\", b"f"]);
/// ```
pub fn loose_list(text: &[u8]) -> Vec<Vec<u8>> {
    let (mut members, mut member) = (Vec::new(), Vec::new());
    let (mut quoted, mut rest) = (false, text);
    loop {
        // What means something where we are, and all before it, which means nothing.
        let next =
            if quoted { memchr::memchr2(b'"', b'\\', rest) } else { memchr::memchr2(b'"', b',', rest) };
        let Some(at) = next else { break };
        member.extend_from_slice(&rest[..at]);
        let found = rest[at];
        rest = &rest[at + 1..];
        match found {
            b'"' => {
                member.push(b'"');
                quoted = !quoted;
            }
            b',' => members.push(std::mem::take(&mut member)),
            _ => {
                // The first byte of the character: those that follow it in UTF-8 mean nothing anyway.
                if let Some((&escaped, behind)) = rest.split_first() {
                    member.push(escaped);
                    rest = behind;
                }
            }
        }
    }
    member.extend_from_slice(rest);
    if !member.is_empty() {
        members.push(member);
    }
    members
}

#[cfg(test)]
mod tests {
    use super::loose_list;

    #[test]
    fn members_and_strings() {
        for (text, expected) in [
            ("", &[][..]),
            (",", &[""]),
            ("a,,b,", &["a", "", "b"]),
            (r#"a="b\"c,d",e"#, &[r#"a="b"c,d""#, "e"]),
            (r#"a\,"b\\",c"#, &["a\\", r#""b\""#, "c"]),
            (r#""a, b"#, &[r#""a, b"#]),
            (r#""a\"#, &[r#""a"#]),
            ("\u{e9}\"\\\u{e9},\"", &["\u{e9}\"\u{e9},\""]),
        ] {
            let found = loose_list(text.as_bytes());
            let found: Vec<_> = found.iter().map(|member| std::str::from_utf8(member).unwrap()).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
