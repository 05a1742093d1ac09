//! Lists of words and parameters, as in `Set-Cookie2` and most fields of HTTP: taken apart and put together.

use std::borrow::Cow;

use super::text::{space, trim_start};

/// A word, and its value if one follows.
pub type Pair<'a> = (&'a [u8], Option<Cow<'a, [u8]>>);

/// Takes apart the values of a field: a list for each part between commas, of words with or without a value.
///
/// Follows RFC 2616, section 2.1 (`#rule`), and RFC 2965, section 3.1, leniently: `;` and blanks separate alike, a value may be
/// quoted, and what can't be read is skipped. Takes time in proportion to the text, whatever it is.
///
/// ```
/// use ferrosock_proto::cookies::split_header_words;
///
/// let lists = split_header_words([&b"foo=\"bar\"; port=\"80,81\"; discard, bar=baz"[..]]);
/// assert_eq!(lists[0][0], (&b"foo"[..], Some(b"bar"[..].into())));
/// assert_eq!(lists[0][2], (&b"discard"[..], None));
/// assert_eq!(lists[1], [(&b"bar"[..], Some(b"baz"[..].into()))]);
/// ```
#[must_use]
pub fn split_header_words<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<Pair<'a>>> {
    let mut lists = Vec::new();
    for value in values {
        let mut pairs = Vec::new();
        let mut rest = value;
        while !rest.is_empty() {
            let text = trim_start(rest);
            let length = word_length(text, b"=;,");
            if length > 0 {
                let (name, behind) = text.split_at(length);
                let (value, behind) = value_of(behind);
                pairs.push((name, value));
                rest = behind;
            } else if let [b',', behind @ ..] = text {
                rest = behind;
                if !pairs.is_empty() {
                    lists.push(std::mem::take(&mut pairs));
                }
            } else {
                rest = skip_junk(text);
            }
        }
        if !pairs.is_empty() {
            lists.push(pairs);
        }
    }
    lists
}

/// How long the piece is that ends at a blank, or at one of `ends`.
fn word_length(text: &[u8], ends: &[u8]) -> usize {
    let mut length = 0;
    while let Some(byte) = text.get(length) {
        if ends.contains(byte) || space(&text[length..]) > 0 {
            break;
        }
        length += 1;
    }
    length
}

fn skip_junk(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'=' | b';', rest @ ..] => rest,
            _ => match space(text) {
                0 => return text,
                length => &text[length..],
            },
        };
    }
}

/// The value behind `=`, if there is one, and what follows.
fn value_of(text: &[u8]) -> (Option<Cow<'_, [u8]>>, &[u8]) {
    let [b'=', behind @ ..] = trim_start(text) else { return (None, text) };
    let behind = trim_start(behind);
    if let Some((value, rest)) = behind.strip_prefix(b"\"").and_then(unquoted) {
        return (Some(value), rest);
    }
    let (value, rest) = behind.split_at(word_length(behind, b";,"));
    (Some(Cow::Borrowed(value)), rest)
}

/// What stands before the closing quotation mark, without the backslashes, and what follows it; None if nothing closes.
fn unquoted(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let mut end = 0;
    let mut escaped = false;
    loop {
        match text.get(end)? {
            b'"' => break,
            // A backslash quotes anything but the end of a line.
            b'\\' if *text.get(end + 1)? == b'\n' => return None,
            b'\\' => {
                escaped = true;
                end += 2;
            }
            _ => end += 1,
        }
    }
    let (value, rest) = (&text[..end], &text[end + 1..]);
    if !escaped {
        return Some((Cow::Borrowed(value), rest));
    }
    let mut out = Vec::with_capacity(value.len());
    let mut bytes = value.iter();
    while let Some(&byte) = bytes.next() {
        out.push(if byte == b'\\' { bytes.next().copied().unwrap_or(byte) } else { byte });
    }
    Some((Cow::Owned(out), rest))
}

/// Puts together what [`split_header_words`] takes apart: values that are no [tokens](is_token) are quoted.
///
/// ```
/// use ferrosock_proto::cookies::join_header_words;
///
/// let list: [(&[u8], Option<&[u8]>); 3] =
///     [(b"text/plain", None), (b"charset", Some(b"iso-8859-1")), (b"a", Some(b"b/c"))];
/// assert_eq!(join_header_words([list]), b"text/plain; charset=iso-8859-1; a=\"b/c\"");
/// ```
#[must_use]
pub fn join_header_words<'a, P>(lists: impl IntoIterator<Item = P>) -> Vec<u8>
where
    P: IntoIterator<Item = (&'a [u8], Option<&'a [u8]>)>,
{
    join_header_words_by(lists, is_token)
}

/// Whether a text is a token (RFC 9110, section 5.6.2).
///
/// ```
/// use ferrosock_proto::cookies::is_token;
///
/// assert!(is_token(b"iso-8859-1") && !is_token(b"b/c") && !is_token(b""));
/// ```
#[must_use]
pub fn is_token(text: &[u8]) -> bool {
    let is_fine = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_fine)
}

/// [`join_header_words`] by another rule: `is_word` says whether a value may stand without quotation marks.
///
/// ```
/// use ferrosock_proto::cookies::join_header_words_by;
///
/// let list: [(&[u8], Option<&[u8]>); 1] = [("für".as_bytes(), Some("süß".as_bytes()))];
/// let word = |text: &[u8]| String::from_utf8_lossy(text).chars().all(char::is_alphanumeric);
/// assert_eq!(join_header_words_by([list], word), "für=süß".as_bytes());
/// ```
#[must_use]
pub fn join_header_words_by<'a, P>(
    lists: impl IntoIterator<Item = P>,
    is_word: impl Fn(&[u8]) -> bool,
) -> Vec<u8>
where
    P: IntoIterator<Item = (&'a [u8], Option<&'a [u8]>)>,
{
    let mut out = Vec::new();
    let mut first_list = true;
    for list in lists {
        let mut first = true;
        for (name, value) in list {
            out.extend_from_slice(match (first, first_list) {
                (true, true) => b"",
                (true, false) => b", ",
                (false, _) => b"; ",
            });
            (first, first_list) = (false, false);
            out.extend_from_slice(name);
            if let Some(value) = value {
                out.push(b'=');
                if is_word(value) {
                    out.extend_from_slice(value);
                } else {
                    quote_into(value, &mut out);
                }
            }
        }
    }
    out
}

/// Adds a value in quotation marks.
pub(super) fn quote_into(value: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    escape_into(value, out);
    out.push(b'"');
}

/// Adds a value with backslashes before quotation marks and backslashes.
pub(super) fn escape_into(value: &[u8], out: &mut Vec<u8>) {
    for &byte in value {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<Vec<(String, Option<String>)>> {
        let text_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        split_header_words([text.as_bytes()])
            .into_iter()
            .map(|pairs| {
                pairs
                    .into_iter()
                    .map(|(name, value)| (text_of(name), value.map(|value| text_of(&value))))
                    .collect()
            })
            .collect()
    }

    fn shown(text: &str) -> String {
        let lists = split_header_words([text.as_bytes()]);
        String::from_utf8(join_header_words(
            lists.iter().map(|pairs| pairs.iter().map(|(name, value)| (*name, value.as_deref()))),
        ))
        .unwrap()
    }

    #[test]
    fn words_values_and_lists() {
        for (text, again) in [
            ("foo", "foo"),
            ("foo=bar; , ,=", "foo=bar"),
            ("a=b, c=d e", "a=b, c=d; e"),
            ("foo=\"\\\"b\\ar\\\\\"", "foo=\"\\\"bar\\\\\""),
            ("foo=\"unclosed; x", "foo=\"\\\"unclosed\"; x"),
            ("n; foo=\"foo;_\", bar=foo_bar", "n; foo=\"foo;_\", bar=foo_bar"),
            ("a=\u{a0}b\u{2003}c", "a=b; c"),
        ] {
            assert_eq!(shown(text), again, "{text}");
        }
        assert_eq!(split("a=")[0][0], ("a".to_owned(), Some(String::new())));
    }

    #[test]
    fn what_is_joined_is_split_again() {
        let mut random = 0x9e37_79b9_u64;
        for _ in 0..5000 {
            let mut pairs = Vec::new();
            for _ in 0..3 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let value = random.to_le_bytes().map(|byte| byte & 0x7f);
                pairs.push((&b"name"[..], Some(value)));
            }
            let joined = join_header_words([pairs
                .iter()
                .map(|(name, value)| (*name, value.as_ref().map(|value| &value[..])))]);
            // A backslash before a line's end closes nothing.
            if !joined.contains(&b'\n') {
                let again = split_header_words([&joined[..]]);
                let values: Vec<_> =
                    again[0].iter().map(|(_, value)| value.clone().unwrap().into_owned()).collect();
                assert_eq!(
                    values,
                    pairs.iter().map(|(_, value)| value.unwrap().to_vec()).collect::<Vec<_>>()
                );
            }
        }
    }
}
