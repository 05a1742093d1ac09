//! Parameters of a header with a charset, a language, or in parts (RFC 2231).

use std::cmp::Ordering;

use super::Error;
use super::text::raw_bytes;
use crate::url::{self, Encoding};

/// A parameter, put together.
///
/// ```
/// use ferrosock_codec::mime::{Value, decode_parameters};
///
/// let found = decode_parameters([("title*0*", "us-ascii'en'This%20is"), ("title*1", "\" fun\"")])?;
/// assert_eq!(found[0].name, "title");
/// assert!(matches!(&found[0].value, Value::Extended { text, .. } if text == "This is fun"));
/// # Ok::<(), ferrosock_codec::mime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name, without the stars and numbers.
    pub name: String,
    /// The value, without quotes.
    pub value: Value,
}

/// The value of a parameter.
///
/// ```
/// use ferrosock_codec::mime::{Value, decode_parameters};
///
/// let found = decode_parameters([("filename*", "utf-8'fr'%C3%A9t%C3%A9.txt")])?;
/// let Value::Extended { charset, .. } = &found[0].value else { unreachable!() };
/// assert_eq!(charset.as_deref(), Some("utf-8"));
/// assert_eq!(found[0].value.octets(), "été.txt".as_bytes());
/// # Ok::<(), ferrosock_codec::mime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Plain text.
    Plain(String),
    /// Text in a charset.
    Extended {
        /// The charset's name, which may be empty; `None` if the value does not say.
        charset: Option<String>,
        /// The language, which may be empty; `None` if the value does not say.
        language: Option<String>,
        /// The value, each octet of it as the character of that number.
        text: String,
    },
}

impl Value {
    /// The octets, for the charset: characters beyond U+00FF, which no octet stands for, come as escapes ([`raw_bytes`]).
    ///
    /// ```
    /// use ferrosock_codec::mime::Value;
    ///
    /// assert_eq!(Value::Plain("a".to_owned()).octets(), b"a");
    /// ```
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        match self {
            Self::Plain(text) | Self::Extended { text, .. } => raw_bytes(text),
        }
    }
}

/// A text without its quotes: `"..."`, with backslashes resolved, or `<...>`.
///
/// ```
/// use ferrosock_codec::mime::unquote;
///
/// assert_eq!(unquote(r#""say \"hi\"""#), r#"say "hi""#);
/// assert_eq!(unquote("<id@host>"), "id@host");
/// assert_eq!(unquote("plain"), "plain");
/// ```
#[must_use]
pub fn unquote(text: &str) -> String {
    let between = |open: char, close: char| text.strip_prefix(open)?.strip_suffix(close);
    match (between('"', '"'), between('<', '>')) {
        (Some(quoted), _) => quoted.replace("\\\\", "\\").replace("\\\"", "\""),
        (None, Some(inner)) => inner.to_owned(),
        (None, None) => text.to_owned(),
    }
}

/// A text with a backslash before each quote and backslash, for between quotes.
///
/// ```
/// assert_eq!(ferrosock_codec::mime::quote(r#"a"b\c"#), r#"a\"b\\c"#);
/// ```
#[must_use]
pub fn quote(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// The charset, the language and the text of an extended value, still percent-encoded; `None` if there are none.
///
/// ```
/// use ferrosock_codec::mime::split_extended;
///
/// assert_eq!(split_extended("utf-8'en'a%20b'c"), Some(("utf-8", "en", "a%20b'c")));
/// assert_eq!(split_extended("it's"), None);
/// ```
#[must_use]
pub fn split_extended(value: &str) -> Option<(&str, &str, &str)> {
    let (charset, rest) = value.split_once('\'')?;
    let (language, text) = rest.split_once('\'')?;
    Some((charset, language, text))
}

/// Bytes as an extended value; without a charset and a language, as percent-encoded text alone.
///
/// ```
/// use ferrosock_codec::mime::encode_extended;
///
/// assert_eq!(encode_extended("été".as_bytes(), Some(("utf-8", "fr"))), "utf-8'fr'%C3%A9t%C3%A9");
/// assert_eq!(encode_extended(b"a b", None), "a%20b");
/// ```
#[must_use]
pub fn encode_extended(bytes: &[u8], charset_and_language: Option<(&str, &str)>) -> String {
    let text = url::encode(bytes, &Encoding::UNRESERVED);
    match charset_and_language {
        Some((charset, language)) => format!("{charset}'{language}'{text}"),
        None => text.into_owned(),
    }
}

/// A part of a parameter.
struct Part {
    /// Its number, in decimal digits without leading zeros; `None` if the parameter is whole.
    number: Option<String>,
    text: String,
    encoded: bool,
}

/// What a part without a number (`name*`) means beside parts with numbers (`name*0`), which RFC 2231 does not foresee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unnumbered {
    /// Nothing: the header is refused.
    #[default]
    Refused,
    /// The first part, unless another is that: since Python 3.14.
    First,
}

/// Puts the parameters of a header together: `name*0`, `name*1*` and so on become `name`, in the order of their numbers, and
/// percent-encoded ones are decoded. Parameters that have parts or a charset come after the others.
///
/// # Errors
///
/// [`Error::Numbering`] if a parameter comes as `name*` and as `name*0` too.
///
/// ```
/// use ferrosock_codec::mime::{Value, decode_parameters};
///
/// let found = decode_parameters([("url*1", "example.org\""), ("url*0", "\"ftp://"), ("size", "5")])?;
/// assert_eq!((found[0].name.as_str(), &found[0].value), ("size", &Value::Plain("5".to_owned())));
/// assert_eq!(found[1].name, "url");
/// # Ok::<(), ferrosock_codec::mime::Error>(())
/// ```
pub fn decode_parameters<'a>(
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Parameter>, Error> {
    decode_parameters_with(parameters, Unnumbered::Refused)
}

/// [`decode_parameters`], with a meaning for parts without a number.
///
/// # Errors
///
/// [`Error::Numbering`] if a parameter comes as `name*` and as `name*0` too, and that is to be refused.
///
/// ```
/// use ferrosock_codec::mime::{Unnumbered, Value, decode_parameters_with};
///
/// let found = decode_parameters_with([("a*1", "c"), ("a*", "b")], Unnumbered::First)?;
/// assert_eq!(found[0].value, Value::Extended { charset: None, language: None, text: "bc".to_owned() });
/// # Ok::<(), ferrosock_codec::mime::Error>(())
/// ```
pub fn decode_parameters_with<'a>(
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    unnumbered: Unnumbered,
) -> Result<Vec<Parameter>, Error> {
    let mut whole = Vec::new();
    let mut order: Vec<(&str, Vec<Part>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (name, value) in parameters {
        let encoded = name.ends_with('*');
        let text = unquote(value);
        let Some((name, number)) = split_name(name) else {
            whole.push(Parameter { name: name.to_owned(), value: Value::Plain(text) });
            continue;
        };
        let place = *places.entry(name).or_insert_with(|| {
            order.push((name, Vec::new()));
            order.len() - 1
        });
        let number = number.map(|digits| digits.trim_start_matches('0').to_owned());
        order[place].1.push(Part { number, text, encoded });
    }
    for (name, parts) in order {
        whole.push(assemble(name, parts, unnumbered)?);
    }
    Ok(whole)
}

/// The name and the number of `name*`, `name*5` and `name*5*`; `None` for another name.
fn split_name(name: &str) -> Option<(&str, Option<&str>)> {
    let name = name.strip_suffix('\n').unwrap_or(name); // as Python's `$` has it
    let (name, number) = name.split_once('*')?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !name.bytes().all(is_word) {
        return None;
    }
    if number.is_empty() {
        return Some((name, None));
    }
    let digits = number.strip_suffix('*').unwrap_or(number);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some((name, Some(digits)))
}

fn assemble(name: &str, mut parts: Vec<Part>, unnumbered: Unnumbered) -> Result<Parameter, Error> {
    let by_number = |a: &Part, b: &Part| compare_digits(a.number.as_deref(), b.number.as_deref());
    match unnumbered {
        Unnumbered::Refused => {
            if parts.iter().any(|part| part.number.is_none())
                && parts.iter().any(|part| part.number.is_some())
            {
                return Err(Error::Numbering(name.to_owned()));
            }
            // Parts of one number go by their text, as Python sorted them.
            parts.sort_by(|a, b| {
                by_number(a, b).then_with(|| a.text.cmp(&b.text)).then(a.encoded.cmp(&b.encoded))
            });
        }
        Unnumbered::First => {
            // The digits of zero are none.
            if parts.iter().any(|part| part.number.as_ref().is_some_and(String::is_empty)) {
                parts.retain(|part| part.number.is_some());
            }
            parts.sort_by(by_number);
        }
    }
    let extended = parts.iter().any(|part| part.encoded);
    let text: String = parts
        .into_iter()
        .map(|part| if part.encoded { percent_decoded(&part.text) } else { part.text })
        .collect();
    let value = match split_extended(&text) {
        _ if !extended => Value::Plain(text),
        Some((charset, language, text)) => Value::Extended {
            charset: Some(charset.to_owned()),
            language: Some(language.to_owned()),
            text: text.to_owned(),
        },
        None => Value::Extended { charset: None, language: None, text },
    };
    Ok(Parameter { name: name.to_owned(), value })
}

/// Compares decimal digits without leading zeros as numbers, of any size.
fn compare_digits(a: Option<&str>, b: Option<&str>) -> Ordering {
    let key = |digits: Option<&str>| digits.map_or(0, str::len);
    key(a).cmp(&key(b)).then_with(|| a.cmp(&b))
}

/// A text with each `%XX` as the character of that number.
fn percent_decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let digits = after.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(octet) => {
                decoded.push(char::from(octet));
                rest = &after[2..];
            }
            None => {
                decoded.push('%');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}
