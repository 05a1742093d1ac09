//! A header's value, taken apart.

use std::borrow::Cow;

use super::Error;
use super::text::{is_blank, is_space, lines, raw_bytes, text_of};
use super::word::q_decode;
use crate::base64::{self, Mode};

/// A run of a header's value in one charset.
///
/// ```
/// use ferrosock_codec::mime::{Piece, decode_header};
///
/// let pieces = decode_header("Hi =?koi8-r?q?=C1?=")?;
/// assert_eq!(pieces[0], Piece::Text("Hi ".to_owned()));
/// assert_eq!(pieces[1], Piece::Encoded { bytes: vec![0xc1], charset: "koi8-r".to_owned() });
/// # Ok::<(), ferrosock_codec::mime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that was written as it is.
    Text(String),
    /// What encoded words held.
    Encoded {
        /// The bytes, in the charset.
        bytes: Vec<u8>,
        /// The charset's name, in small letters.
        charset: String,
    },
}

impl Piece {
    /// The piece as text, if its charset is one that needs no tables (see [`text_of`]).
    ///
    /// ```
    /// let pieces = ferrosock_codec::mime::decode_header("=?utf-8?q?=C3=A9?=")?;
    /// assert_eq!(pieces[0].text().as_deref(), Some("é"));
    /// # Ok::<(), ferrosock_codec::mime::Error>(())
    /// ```
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Encoded { bytes, charset } => text_of(bytes, charset),
        }
    }
}

/// A word of a line: plain, or encoded with its encoding's letter and its charset.
struct Word<'a> {
    text: &'a str,
    encoded: Option<(u8, String)>,
}

/// Takes a header's value apart, as Python's `email.header.decode_header` does.
///
/// Words of one charset that follow one another are joined, whatever space was between them; folded lines are joined too.
/// Base64 may lack its padding. What looks like an encoded word and is none is plain text.
///
/// # Errors
///
/// [`Error::Base64`] if the Base64 of a word cannot be decoded.
///
/// ```
/// use ferrosock_codec::mime::{Piece, decode_header};
///
/// let pieces = decode_header("=?utf-8?q?caf?=\r\n =?utf-8?b?w6k=?=")?;
/// assert_eq!(pieces, [Piece::Encoded { bytes: "café".into(), charset: "utf-8".to_owned() }]);
/// assert_eq!(decode_header("a =?b")?, [Piece::Text("a =?b".to_owned())]);
/// # Ok::<(), ferrosock_codec::mime::Error>(())
/// ```
pub fn decode_header(header: &str) -> Result<Vec<Piece>, Error> {
    decode_header_with(header, Mode::Lenient)
}

/// [`decode_header`] with a lenient mode of Base64 of the caller's choice.
///
/// # Errors
///
/// [`Error::Base64`] if the Base64 of a word cannot be decoded.
///
/// ```
/// use ferrosock_codec::base64::Mode;
/// use ferrosock_codec::mime::decode_header_with;
///
/// let pieces = decode_header_with("=?utf-8?b?Zg==Zg==?=", Mode::LenientThroughout)?;
/// assert_eq!(pieces[0].text().as_deref(), Some("f\u{6}`"));
/// # Ok::<(), ferrosock_codec::mime::Error>(())
/// ```
pub fn decode_header_with(header: &str, mode: Mode) -> Result<Vec<Piece>, Error> {
    if find_word(header).is_none() {
        return Ok(Vec::from([Piece::Text(header.to_owned())]));
    }
    let mut words = Vec::new();
    for line in lines(header) {
        split_line(line, &mut words);
    }
    drop_space_between(&mut words);
    let mut pieces: Vec<Piece> = Vec::new();
    for Word { text, encoded } in words {
        let Some((encoding, charset)) = encoded else {
            match pieces.last_mut() {
                Some(Piece::Text(last)) => {
                    last.push(' ');
                    last.push_str(text);
                }
                _ => pieces.push(Piece::Text(text.to_owned())),
            }
            continue;
        };
        let bytes = if encoding == b'b' { decode_base64(text, mode)? } else { q_decode(&raw_bytes(text)) };
        match pieces.last_mut() {
            Some(Piece::Encoded { bytes: last, charset: known }) if *known == charset => last.extend(bytes),
            _ => pieces.push(Piece::Encoded { bytes, charset }),
        }
    }
    Ok(pieces)
}

/// The bytes of a word in B, whose padding may be missing.
fn decode_base64(text: &str, mode: Mode) -> Result<Vec<u8>, Error> {
    let missing = text.chars().count().wrapping_neg() % 4;
    let mut text = raw_bytes(text);
    text.extend_from_slice(&b"==="[..missing]);
    base64::decode_with(&text, base64::Alphabet::STANDARD, mode).map_err(|_| Error::Base64)
}

/// Cuts a line into its words; what stands before the first one loses the space at its beginning.
fn split_line<'a>(line: &'a str, words: &mut Vec<Word<'a>>) {
    let mut rest = line;
    let mut first = true;
    loop {
        let found = find_word(rest);
        let plain = found.as_ref().map_or(rest, |found| &rest[..found.begin]);
        let plain = if first { plain.trim_start_matches(is_space) } else { plain };
        if !plain.is_empty() {
            words.push(Word { text: plain, encoded: None });
        }
        first = false;
        let Some(found) = found else { return };
        words.push(Word {
            text: found.text,
            encoded: Some((found.encoding.to_ascii_lowercase(), found.charset.to_lowercase())),
        });
        rest = &rest[found.end..];
    }
}

/// Space between two encoded words is there for the reader's eyes (RFC 2047, section 6.2).
fn drop_space_between(words: &mut Vec<Word<'_>>) {
    let is_encoded = |word: &Word<'_>| word.encoded.is_some();
    let dropped: Vec<bool> = (0..words.len())
        .map(|at| {
            let around = at.checked_sub(1).and_then(|before| Some((words.get(before)?, words.get(at + 1)?)));
            around.is_some_and(|(before, after)| is_encoded(before) && is_encoded(after))
                && is_blank(words[at].text)
        })
        .collect();
    let mut dropped = dropped.into_iter();
    words.retain(|_| !dropped.next().unwrap_or(false));
}

/// An encoded word in a text.
struct Found<'a> {
    begin: usize,
    end: usize,
    charset: &'a str,
    encoding: u8,
    text: &'a str,
}

/// The first encoded word, however long: `=?`, no question mark, `?`, a letter, `?`, anything but a line feed, `?=`.
fn find_word(text: &str) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    let mut from = 0;
    // Where the last word that was none would have ended, and the last line feed before: the next ones may end there, too, and
    // that is not looked for again.
    let mut last = None;
    while let Some(begin) = text.get(from..)?.find("=?").map(|at| from + at) {
        let label = begin + 2;
        let mark = label + text.get(label..)?.find('?')?;
        if let (Some(encoding @ (b'q' | b'Q' | b'b' | b'B')), Some(b'?')) =
            (bytes.get(mark + 1).copied(), bytes.get(mark + 2))
        {
            let content = mark + 3;
            let (end, feed) = match last {
                Some((end, feed)) if end >= content => (end, feed),
                _ => {
                    // No other word can end where this one cannot.
                    let end = content + text.get(content..)?.find("?=")?;
                    (end, text[content..end].rfind('\n').map(|at| content + at))
                }
            };
            if feed.is_none_or(|feed| feed < content) {
                let charset = &text[label..mark];
                return Some(Found { begin, end: end + 2, charset, encoding, text: &text[content..end] });
            }
            last = Some((end, feed));
        }
        from = begin + 1;
    }
    None
}
