//! A header's value, encoded and folded.

use super::Error;
use super::text::{is_blank, is_space, lines};
use super::word::{Encoding, b_encoded_len, encode_word, q_encoded_len, q_width};

/// A charset whose bytes are known here, and how it is written in headers.
///
/// ```
/// use ferrosock_codec::mime::Charset;
///
/// assert_eq!(Charset::Utf8.name(), "utf-8");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Charset {
    /// As it is, folded where its structure allows. Text that is not ASCII becomes UTF-8.
    UsAscii,
    /// In Q or B, whichever is shorter.
    Utf8,
    /// In Q.
    Iso8859_1,
}

impl Charset {
    /// The charset's label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UsAscii => "us-ascii",
            Self::Utf8 => "utf-8",
            Self::Iso8859_1 => "iso-8859-1",
        }
    }

    /// The bytes of a text.
    fn bytes(self, text: &str) -> Result<Vec<u8>, Error> {
        match self {
            Self::UsAscii | Self::Utf8 => Ok(text.as_bytes().to_vec()),
            Self::Iso8859_1 => text
                .chars()
                .map(|character| {
                    u8::try_from(character).map_err(|_| Error::Charset { charset: self.name(), character })
                })
                .collect(),
        }
    }

    /// The bytes of a character, of which it is known that it has some.
    fn character(self, character: char, space: &mut [u8; 4]) -> &[u8] {
        match self {
            Self::Iso8859_1 => {
                space[0] = character as u8;
                &space[..1]
            }
            _ => character.encode_utf8(space).as_bytes(),
        }
    }
}

/// How a header's value is folded.
///
/// ```
/// use ferrosock_codec::mime::{Charset, FoldOptions, encode_header};
///
/// let options = FoldOptions { name: "Subject", most: 30, line_end: "\r\n", ..FoldOptions::default() };
/// let value = encode_header(&[("the quick brown fox jumps", Charset::UsAscii)], &options)?;
/// assert_eq!(value, "the quick brown fox\r\n jumps");
/// # Ok::<(), ferrosock_codec::mime::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FoldOptions<'a> {
    /// The header's name, which with its colon and space takes room on the first line; empty for none.
    pub name: &'a str,
    /// The most characters of a line, where it can be cut; 0 for no folding.
    pub most: usize,
    /// What a line that goes on begins with.
    pub continuation: &'a str,
    /// The characters after which a line is cut by preference, the best first.
    pub split_after: &'a str,
    /// What is between lines.
    pub line_end: &'a str,
}

impl Default for FoldOptions<'_> {
    fn default() -> Self {
        Self { name: "", most: 78, continuation: " ", split_after: ";, \t", line_end: "\n" }
    }
}

/// Writes a header's value, as Python's `email.header.Header` does: `chunks` are texts with the charsets to write them in,
/// between which there is a space.
///
/// # Errors
///
/// [`Error::Charset`] if a charset lacks a character, [`Error::EmbeddedHeader`] if the text has a line that would pass for
/// another header, which a line break of an attacker's could bring in.
///
/// ```
/// use ferrosock_codec::mime::{Charset, Error, FoldOptions, encode_header};
///
/// let options = FoldOptions::default();
/// let value = encode_header(&[("Re:", Charset::UsAscii), ("日本", Charset::Utf8)], &options)?;
/// assert_eq!(value, "Re: =?utf-8?b?5pel5pys?=");
/// let bad = encode_header(&[("Hi\nBcc: everybody", Charset::UsAscii)], &options);
/// assert!(matches!(bad, Err(Error::EmbeddedHeader(_))));
/// # Ok::<(), Error>(())
/// ```
pub fn encode_header(chunks: &[(&str, Charset)], options: &FoldOptions<'_>) -> Result<String, Error> {
    // Of line ends too, which are not written.
    chunks.iter().try_for_each(|(text, charset)| charset.bytes(text).map(drop))?;
    let chunks = joined(chunks);
    let mut folder = Folder::new(options);
    let mut before: Option<(Charset, bool)> = None;
    for (text, charset) in &chunks {
        let charset = *charset;
        if let Some((last, space_after)) = before {
            let space_before = text.chars().next().is_some_and(is_no_text);
            let parted = match last {
                Charset::UsAscii => charset != Charset::UsAscii && !space_after,
                _ => !space_before || charset != Charset::UsAscii,
            };
            if parted {
                folder.transition();
            }
        }
        before = Some((charset, text.chars().next_back().is_some_and(is_no_text)));
        let lines = lines(text);
        let (first, others) = lines.split_first().unwrap_or((&"", &[]));
        folder.feed("", first, charset)?;
        for line in others {
            folder.new_line();
            let text = line.trim_start_matches(is_space);
            if charset == Charset::UsAscii {
                folder.feed(&line[..line.len() - text.len()], text, charset)?;
            } else {
                folder.feed(options.continuation, &format!(" {text}"), charset)?;
            }
        }
        if !others.is_empty() {
            folder.new_line();
        }
    }
    if !chunks.is_empty() {
        folder.transition();
    }
    folder.new_line();
    let value = folder.lines.join(options.line_end);
    if embeds_header(&value) { Err(Error::EmbeddedHeader(value)) } else { Ok(value) }
}

/// Chunks with those of one charset joined. ASCII that is none is UTF-8.
fn joined(chunks: &[(&str, Charset)]) -> Vec<(String, Charset)> {
    let mut joined: Vec<(String, Charset)> = Vec::new();
    for &(text, charset) in chunks {
        let charset = if charset == Charset::UsAscii && !text.is_ascii() { Charset::Utf8 } else { charset };
        match joined.last_mut() {
            Some((last, known)) if *known == charset => {
                last.push(' ');
                last.push_str(text);
            }
            _ => joined.push((text.to_owned(), charset)),
        }
    }
    joined
}

/// Whether a character is no text in the sense of RFC 822 (`ctext`).
fn is_no_text(character: char) -> bool {
    is_space(character) || matches!(character, '(' | ')' | '\\')
}

/// Whether a line after the first begins like a header.
fn embeds_header(value: &str) -> bool {
    value.split([' ', '\t']).any(|run| match (run.find('\n'), run.rfind(':')) {
        (Some(line), Some(colon)) => colon >= line + 2,
        _ => false,
    })
}

/// A part of a line and the space in front of it.
struct Part {
    space: String,
    text: String,
}

impl Part {
    fn width(&self) -> usize {
        self.space.chars().count() + self.text.chars().count()
    }
}

/// Fills lines with parts.
struct Folder<'a> {
    options: &'a FoldOptions<'a>,
    most: usize,
    lines: Vec<String>,
    parts: Vec<Part>,
    /// What the header's name takes of the current line: 0 but for the first.
    name: usize,
    /// How many characters the current line has, with the name.
    width: usize,
}

impl<'a> Folder<'a> {
    fn new(options: &'a FoldOptions<'a>) -> Self {
        let name = if options.name.is_empty() { 0 } else { options.name.chars().count() + 2 };
        let most = if options.most == 0 { 1_000_000 } else { options.most };
        Self { options, most, lines: Vec::new(), parts: Vec::new(), name, width: name }
    }

    fn push(&mut self, space: impl Into<String>, text: impl Into<String>) {
        let part = Part { space: space.into(), text: text.into() };
        self.width += part.width();
        self.parts.push(part);
    }

    fn pop(&mut self) -> Option<Part> {
        let part = self.parts.pop()?;
        self.width -= part.width();
        Some(part)
    }

    /// Asks for a space, should something follow on the line.
    fn transition(&mut self) {
        self.push(" ", "");
    }

    /// Takes out the current line; the next one begins with some parts.
    fn take(&mut self, parts: Vec<Part>) -> String {
        let line = std::mem::take(&mut self.parts);
        self.parts = parts;
        self.name = 0;
        self.width = self.parts.iter().map(Part::width).sum();
        line.into_iter().flat_map(|part| [part.space, part.text]).collect()
    }

    /// Ends the line, if there is one.
    fn new_line(&mut self) {
        if self.parts.last().is_some_and(|part| part.space == " " && part.text.is_empty()) {
            self.pop();
        }
        let (some, named) = (self.width > 0, self.name > 0);
        let line = self.take(Vec::new());
        match self.lines.last_mut() {
            _ if !some => {}
            Some(last) if !named && is_blank(&line) => last.push_str(&line),
            _ => self.lines.push(line),
        }
    }

    /// Adds a text behind some space.
    fn feed(&mut self, space: &str, text: &str, charset: Charset) -> Result<(), Error> {
        if charset == Charset::UsAscii {
            self.split_ascii(&[space, text].concat());
            return Ok(());
        }
        let mut words = self.words(text, charset)?.into_iter();
        if let Some(Some(first)) = words.next() {
            self.append(space, first);
        }
        let mut words: Vec<String> = words.flatten().collect();
        if let Some(last) = words.pop() {
            self.new_line();
            self.lines.extend(words.into_iter().map(|word| [self.options.continuation, &word].concat()));
            self.push(self.options.continuation, last);
        }
        Ok(())
    }

    /// A text as encoded words, one a line; the first is `None` if nothing fits behind what is on the line.
    fn words(&self, text: &str, charset: Charset) -> Result<Vec<Option<String>>, Error> {
        let whole = charset.bytes(text)?;
        let base64 = charset == Charset::Utf8 && b_encoded_len(&whole) < q_encoded_len(&whole);
        let encoding = if base64 { Encoding::B } else { Encoding::Q };
        let word = |bytes: &[u8]| match bytes {
            [] => String::new(),
            _ => encode_word(bytes, charset.name(), "", Some(encoding)),
        };
        let marks = charset.name().len() + 7; // =?charset?q?...?=
        // Below 0 where there is no room, and then not even a character fits.
        let room = |taken: usize| (self.most as i128) - (taken as i128) - (marks as i128);
        let mut most = room(self.width);
        let mut words = Vec::new();
        let mut current: Vec<u8> = Vec::new();
        let mut q_length = 0;
        for character in text.chars() {
            let mut space = [0; 4];
            let bytes = charset.character(character, &mut space);
            let width: usize = bytes.iter().map(|byte| q_width(*byte)).sum();
            let length = match encoding {
                Encoding::Q => q_length + width,
                Encoding::B => (current.len() + bytes.len()).div_ceil(3) * 4,
            };
            if length as i128 > most {
                let nothing_fits = words.is_empty() && current.is_empty();
                words.push(if nothing_fits { None } else { Some(word(&current)) });
                current.clear();
                q_length = 0;
                most = room(self.options.continuation.chars().count());
            }
            current.extend_from_slice(bytes);
            q_length += width;
        }
        words.push(Some(word(&current)));
        Ok(words)
    }

    /// Adds plain text, which may be cut where it has space.
    fn split_ascii(&mut self, text: &str) {
        let is_fold = |c: char| c == ' ' || c == '\t';
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.trim_start_matches(is_fold);
            let (space, word) = rest.split_at(rest.len() - word.len());
            let (word, after) = word.split_at(word.find(is_fold).unwrap_or(word.len()));
            self.append(space, word);
            rest = after;
        }
    }

    /// Adds a part; if the line is too long then, cuts it at the best place.
    fn append(&mut self, space: impl Into<String>, text: impl Into<String>) {
        self.push(space, text);
        if self.width <= self.most {
            return;
        }
        if let Some(place) = self.best_cut() {
            let rest = self.parts.split_off(place);
            let line = self.take(rest);
            self.lines.push(line);
            return;
        }
        let Some(mut part) = self.pop() else { return };
        if self.name > 0 {
            // The name has its line to itself, behind which there is always a space.
            self.new_line();
            if part.space.is_empty() {
                part.space = " ".to_owned();
            }
        }
        self.push(part.space, part.text);
    }

    /// The part with which another line had best begin.
    fn best_cut(&self) -> Option<usize> {
        self.options.split_after.chars().find_map(|character| {
            (1..self.parts.len()).rev().find(|&place| {
                is_space(character) && self.parts[place].space.starts_with(character)
                    || self.parts[place - 1].text.ends_with(character)
            })
        })
    }
}
