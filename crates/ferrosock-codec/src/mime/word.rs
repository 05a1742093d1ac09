//! One encoded word: `=?charset*language?encoding?text?=` (RFC 2047, and RFC 2231, section 5, for the language).

use super::Error;
use crate::base64::{self, Mode};
use crate::text::ascii;

/// How the bytes of a word are written.
///
/// ```
/// use ferrosock_codec::mime::Encoding;
///
/// assert_eq!(Encoding::shorter(b"caf\xe9"), Encoding::Q);
/// assert_eq!(Encoding::shorter("日本語".as_bytes()), Encoding::B);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Much as quoted-printable (RFC 2047, section 4.2).
    Q,
    /// Base64 (section 4.1).
    B,
}

impl Encoding {
    /// The one that takes less, or Q if it takes at most four characters more: people can read it.
    #[must_use]
    pub fn shorter(bytes: &[u8]) -> Self {
        if q_encoded_len(bytes) < b_encoded_len(bytes) + 5 { Self::Q } else { Self::B }
    }

    fn letter(self) -> char {
        match self {
            Self::Q => 'q',
            Self::B => 'b',
        }
    }
}

/// Whether a byte stands for itself in Q.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'!' | b'*' | b'+' | b'/')
}

/// How many characters a byte takes in Q.
pub(super) const fn q_width(byte: u8) -> usize {
    if is_plain(byte) || byte == b' ' { 1 } else { 3 }
}

/// How many characters bytes take in Q.
///
/// ```
/// assert_eq!(ferrosock_codec::mime::q_encoded_len(b"a b="), 6);
/// ```
#[must_use]
pub fn q_encoded_len(bytes: &[u8]) -> usize {
    bytes.iter().map(|byte| q_width(*byte)).sum()
}

/// How many characters bytes take in B.
///
/// ```
/// assert_eq!(ferrosock_codec::mime::b_encoded_len(b"abcd"), 8);
/// ```
#[must_use]
pub const fn b_encoded_len(bytes: &[u8]) -> usize {
    bytes.len().div_ceil(3) * 4 // a slice is at most half of what a usize can count
}

/// Bytes in Q: a space as `_`, letters, digits and `-!*+/` as they are, all else as `=XX`.
///
/// ```
/// assert_eq!(ferrosock_codec::mime::q_encode("à la carte?".as_bytes()), "=C3=A0_la_carte=3F");
/// ```
#[must_use]
pub fn q_encode(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    let mut encoded = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b' ' => encoded.push(b'_'),
            _ if is_plain(byte) => encoded.push(byte),
            _ => encoded.extend([b'=', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]),
        }
    }
    ascii(encoded)
}

/// The bytes that a text in Q stands for. What is not `_` or `=XX` stands for itself.
///
/// ```
/// assert_eq!(ferrosock_codec::mime::q_decode(b"=C3=A0_la_carte=3f=x"), b"\xc3\xa0 la carte?=x");
/// ```
#[must_use]
pub fn q_decode(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'=', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                at += 3;
                continue;
            }
            (b'_', ..) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
        at += 1;
    }
    bytes
}

/// What was wrong with an encoded word that could be decoded nevertheless.
///
/// ```
/// use ferrosock_codec::base64::Mode;
/// use ferrosock_codec::mime::{Defect, b_decode};
///
/// let wrong = vec![Defect::Characters, Defect::Padding];
/// assert_eq!(b_decode(b"Zm9v YmE", Mode::Strict), (b"fooba".to_vec(), wrong));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Defect {
    /// The padding of the Base64 is missing or wrong.
    Padding,
    /// The Base64 has characters that are none.
    Characters,
    /// The length of the Base64 is impossible, so that the text is given as it is.
    Length,
}

/// The bytes that a text in B stands for, by hook or by crook, and what was wrong with it.
///
/// `mode` says what is right: [`Mode::Strict`] or, as in Python 3.11 and 3.12, [`Mode::AlmostStrict`]. With
/// [`Mode::StrictThroughout`], what follows padding is decoded as well.
///
/// ```
/// use ferrosock_codec::base64::Mode;
/// use ferrosock_codec::mime::{Defect, b_decode};
///
/// assert_eq!(b_decode(b"Zm9v", Mode::Strict), (b"foo".to_vec(), vec![]));
/// assert_eq!(b_decode(b"Zm9v====", Mode::Strict), (b"foo".to_vec(), vec![Defect::Characters]));
/// assert_eq!(b_decode(b"Zm9v====", Mode::AlmostStrict), (b"foo".to_vec(), vec![]));
/// ```
#[must_use]
pub fn b_decode(text: &[u8], mode: Mode) -> (Vec<u8>, Vec<Defect>) {
    let missing = text.len().wrapping_neg() % 4;
    let padded = [text, &b"==="[..missing]].concat();
    if let Ok(bytes) = base64::decode_with(&padded, base64::Alphabet::STANDARD, mode) {
        return (bytes, if missing == 0 { Vec::new() } else { Vec::from([Defect::Padding]) });
    }
    // What is not Base64 in it may count for the padding, or not.
    let lenient = |text: &[u8]| base64::decode_with(text, base64::Alphabet::STANDARD, mode.lenient());
    if let Ok(bytes) = lenient(text) {
        return (bytes, Vec::from([Defect::Characters]));
    }
    if let Ok(bytes) = lenient(&[text, b"=="].concat()) {
        return (bytes, Vec::from([Defect::Characters, Defect::Padding]));
    }
    (text.to_vec(), Vec::from([Defect::Length]))
}

/// Bytes as an encoded word. `encoding` is the shorter one if it is not given; a `language` may be empty.
///
/// RFC 2047 allows 75 characters a word: see [`encode_header`](super::encode_header) for text of any length.
///
/// ```
/// use ferrosock_codec::mime::{Encoding, encode_word};
///
/// assert_eq!(encode_word("café".as_bytes(), "utf-8", "fr", None), "=?utf-8*fr?q?caf=C3=A9?=");
/// assert_eq!(encode_word(b"a", "us-ascii", "", Some(Encoding::B)), "=?us-ascii?b?YQ==?=");
/// ```
#[must_use]
pub fn encode_word(bytes: &[u8], charset: &str, language: &str, encoding: Option<Encoding>) -> String {
    let encoding = encoding.unwrap_or_else(|| Encoding::shorter(bytes));
    let text = match encoding {
        Encoding::Q => q_encode(bytes),
        Encoding::B => base64::encode(bytes),
    };
    let mark = if language.is_empty() { "" } else { "*" };
    format!("=?{charset}{mark}{language}?{}?{text}?=", encoding.letter())
}

/// What an encoded word holds.
///
/// ```
/// use ferrosock_codec::base64::Mode;
/// use ferrosock_codec::mime::decode_word;
///
/// let word = decode_word("=?ISO-8859-1*fr?Q?=E9t=E9?=", Mode::Strict)?;
/// assert_eq!((word.charset.as_str(), word.language.as_str()), ("ISO-8859-1", "fr"));
/// assert_eq!(word.bytes, b"\xe9t\xe9");
/// # Ok::<(), ferrosock_codec::mime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodedWord {
    /// The bytes, in the charset.
    pub bytes: Vec<u8>,
    /// The charset's name, as it was written.
    pub charset: String,
    /// The language, empty if none is named.
    pub language: String,
    /// What was wrong.
    pub defects: Vec<Defect>,
}

/// Takes one encoded word apart. `mode` is as for [`b_decode`].
///
/// # Errors
///
/// [`Error::NoWord`] if there are not just five parts, [`Error::Encoding`] for another encoding than Q and B,
/// [`Error::NotAscii`].
///
/// ```
/// use ferrosock_codec::base64::Mode;
/// use ferrosock_codec::mime::{Error, decode_word};
///
/// assert_eq!(decode_word("=?utf-8?b?Zm9v?=", Mode::Strict)?.bytes, b"foo");
/// assert_eq!(decode_word("foo", Mode::Strict), Err(Error::NoWord));
/// # Ok::<(), Error>(())
/// ```
pub fn decode_word(word: &str, mode: Mode) -> Result<DecodedWord, Error> {
    let parts: Vec<&str> = word.splitn(6, '?').collect();
    let [_, label, encoding, text, _] = parts.as_slice() else { return Err(Error::NoWord) };
    let (charset, language) = label.split_once('*').unwrap_or((label, ""));
    if !text.is_ascii() {
        return Err(Error::NotAscii);
    }
    let (bytes, defects) = match encoding.to_lowercase().as_str() {
        "q" => (q_decode(text.as_bytes()), Vec::new()),
        "b" => b_decode(text.as_bytes(), mode),
        other => return Err(Error::Encoding(other.to_owned())),
    };
    Ok(DecodedWord { bytes, charset: charset.to_owned(), language: language.to_owned(), defects })
}
