//! Documents as they are written: what stands between the items, and whole trees.

use std::borrow::Cow;

use super::escape::{quote_str, quote_str_ascii};
use super::value::Value;
use crate::output::push_of;

/// How a document is laid out.
///
/// ```
/// use ferrosock_codec::json::{parse, Layout};
///
/// let value = parse(r#"{"a":[1,2],"b":[]}"#).unwrap();
/// assert_eq!(value.to_text(&Layout::compact()), r#"{"a":[1,2],"b":[]}"#);
/// assert_eq!(value.to_text(&Layout::python()), r#"{"a": [1, 2], "b": []}"#);
/// assert_eq!(value.to_text(&Layout::indented("  ")), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": []\n}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// What stands between two items, before the line break if there is one.
    pub item_separator: Cow<'static, [u8]>,
    /// What stands between a member's name and its value.
    pub key_separator: Cow<'static, [u8]>,
    /// What each level of a document with line breaks is indented by; None for no line breaks.
    pub indent: Option<Cow<'static, [u8]>>,
    /// Only ASCII is written.
    pub ascii: bool,
}

impl Layout {
    /// Nothing but what must be there.
    pub const fn compact() -> Self {
        Self {
            item_separator: Cow::Borrowed(b","),
            key_separator: Cow::Borrowed(b":"),
            indent: None,
            ascii: false,
        }
    }

    /// As Python's `json.dumps` does by default: a space behind commas and colons, and only ASCII.
    pub const fn python() -> Self {
        Self {
            item_separator: Cow::Borrowed(b", "),
            key_separator: Cow::Borrowed(b": "),
            indent: None,
            ascii: true,
        }
    }

    /// An item a line, each level indented once more.
    pub fn indented(indent: &str) -> Self {
        let indent = Some(Cow::Owned(indent.as_bytes().to_vec()));
        Self { key_separator: Cow::Borrowed(b": "), indent, ..Self::compact() }
    }

    /// Appends what stands before an item of a container that lies `depth` levels deep (1 for the outermost): a separator
    /// unless it is the `first` item, and the line break.
    #[inline]
    pub fn before_item(&self, first: bool, depth: usize, out: &mut Vec<u8>) {
        if !first {
            out.extend_from_slice(&self.item_separator);
        }
        if self.indent.is_some() {
            self.break_line(depth, out);
        }
    }

    /// Appends what stands before the bracket that closes a container `depth` levels deep that has items.
    #[inline]
    pub fn before_end(&self, depth: usize, out: &mut Vec<u8>) {
        if self.indent.is_some() {
            self.break_line(depth.saturating_sub(1), out);
        }
    }

    fn break_line(&self, depth: usize, out: &mut Vec<u8>) {
        out.push(b'\n');
        // However deep it is, an empty indent takes no time.
        if let Some(indent) = self.indent.as_ref().filter(|indent| !indent.is_empty()) {
            for _ in 0..depth {
                out.extend_from_slice(indent);
            }
        }
    }
}

/// The separators and line breaks of a layout, made once for many items.
///
/// ```
/// use ferrosock_codec::json::{Layout, Lines};
///
/// let layout = Layout::indented("  ");
/// let mut lines = Lines::new(&layout);
/// let mut out = Vec::from(b"[");
/// lines.before_item(true, 1, &mut out);
/// out.push(b'1');
/// lines.before_item(false, 1, &mut out);
/// out.push(b'2');
/// assert_eq!(out, b"[\n  1,\n  2");
/// lines.before_end(1, &mut out);
/// assert_eq!(out, b"[\n  1,\n  2\n");
/// ```
#[derive(Debug)]
pub struct Lines<'a> {
    layout: &'a Layout,
    /// The separator, a line break and the indent of some levels.
    line: Vec<u8>,
    /// As much of the same as fits, if the indent is spaces, as most are. It takes no memory to be asked for.
    short: Option<[u8; SHORT]>,
}

/// How long the lines of documents that are not very deep are at most.
const SHORT: usize = 64;

const BLOCK: usize = 16;

/// Longer lines than this are written anew each time.
const LONGEST_LINE: usize = 4096;

impl<'a> Lines<'a> {
    /// So many bytes of a line are written at once, and then cut.
    pub const BLOCK: usize = BLOCK;

    /// The lines of a layout.
    #[inline]
    pub fn new(layout: &'a Layout) -> Self {
        let spaces = layout.indent.as_ref().filter(|indent| indent.iter().all(|&byte| byte == b' '));
        let short = spaces.and_then(|_| short_line(&layout.item_separator));
        Self { layout, line: Vec::new(), short }
    }

    /// [`Layout::before_item`].
    #[inline]
    pub fn before_item(&mut self, first: bool, depth: usize, out: &mut Vec<u8>) {
        let separator = self.layout.item_separator.as_ref();
        let Some(indent) = self.layout.indent.as_ref() else {
            if !first {
                out.extend_from_slice(separator);
            }
            return;
        };
        let begin = if first { separator.len() } else { 0 };
        let end = separator.len() + 1 + indent.len().saturating_mul(depth);
        if let Some(short) = &self.short {
            // A line of few levels goes as one block, which is cut: without a call that copies it.
            let block = short.get(begin..).and_then(|line| line.first_chunk::<BLOCK>());
            if let (Some(block), ..=BLOCK) = (block, end - begin) {
                return push_of(out, block, end - begin);
            }
            if let Some(line) = short.get(begin..end) {
                return out.extend_from_slice(line);
            }
        }
        if self.line.len() < end {
            self.lengthen(depth, end);
        }
        match self.line.get(begin..end) {
            Some(line) => out.extend_from_slice(line),
            None => self.layout.before_item(first, depth, out),
        }
    }

    /// [`Layout::before_end`].
    #[inline]
    pub fn before_end(&mut self, depth: usize, out: &mut Vec<u8>) {
        if self.layout.indent.is_some() {
            self.before_item(true, depth.saturating_sub(1), out);
        }
    }

    #[cold]
    fn lengthen(&mut self, depth: usize, end: usize) {
        if end <= LONGEST_LINE {
            self.line.clear();
            self.layout.before_item(false, depth + 4, &mut self.line);
        }
    }
}

/// A separator, a line break and spaces; None if there is no room for the first two.
#[inline]
fn short_line(separator: &[u8]) -> Option<[u8; SHORT]> {
    let mut line = [b' '; SHORT];
    *line.get_mut(separator.len())? = b'\n';
    line[..separator.len()].copy_from_slice(separator);
    Some(line)
}

/// A separator of few bytes, which is appended again and again without a call that copies it.
///
/// ```
/// use ferrosock_codec::json::Separator;
///
/// let separator = Separator::new(b", ").unwrap();
/// let mut out = Vec::from(b"1");
/// separator.push(&mut out);
/// assert_eq!(out, b"1, ");
/// assert!(Separator::new(b"more than eight").is_none());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Separator {
    word: [u8; Self::LONGEST],
    length: usize,
}

impl Separator {
    /// So many bytes are written before they are cut.
    pub const LONGEST: usize = 8;

    /// None for more bytes than [`Separator::LONGEST`].
    #[inline]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut word = [0; Self::LONGEST];
        word.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self { word, length: bytes.len() })
    }

    /// Appends the bytes.
    #[inline]
    pub fn push(&self, out: &mut Vec<u8>) {
        push_of(out, &self.word, self.length);
    }
}

impl Value {
    /// The document, laid out so.
    pub fn to_text(&self, layout: &Layout) -> String {
        let mut out = Vec::new();
        self.write(layout, 0, &mut out);
        // All that was written is text, if the layout's own parts are.
        String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// Appends the document, in UTF-8, which lies `depth` levels deep in another.
    pub(super) fn write(&self, layout: &Layout, depth: usize, out: &mut Vec<u8>) {
        let text: fn(&str, &mut Vec<u8>) = if layout.ascii { quote_str_ascii } else { quote_str };
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Boolean(true) => out.extend_from_slice(b"true"),
            Self::Boolean(false) => out.extend_from_slice(b"false"),
            Self::Number(number) => number.write(out),
            Self::String(string) => text(string, out),
            Self::Array(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    layout.before_item(index == 0, depth + 1, out);
                    item.write(layout, depth + 1, out);
                }
                if !items.is_empty() {
                    layout.before_end(depth + 1, out);
                }
                out.push(b']');
            }
            Self::Object(members) => {
                out.push(b'{');
                for (index, (key, item)) in members.iter().enumerate() {
                    layout.before_item(index == 0, depth + 1, out);
                    text(key, out);
                    out.extend_from_slice(&layout.key_separator);
                    item.write(layout, depth + 1, out);
                }
                if !members.is_empty() {
                    layout.before_end(depth + 1, out);
                }
                out.push(b'}');
            }
        }
    }
}

/// A value as one line without white space between, in UTF-8.
///
/// ```
/// use ferrosock_codec::json::{to_string, Value};
///
/// assert_eq!(to_string(&Value::from(vec![Value::from("é"), Value::from(1.5)])), "[\"é\",1.5]");
/// ```
pub fn to_string(value: &Value) -> String {
    value.to_text(&Layout::compact())
}

/// A value with an item a line, each level indented by two spaces.
///
/// ```
/// use ferrosock_codec::json::{parse, to_string_pretty};
///
/// assert_eq!(to_string_pretty(&parse("[1]").unwrap()), "[\n  1\n]");
/// ```
pub fn to_string_pretty(value: &Value) -> String {
    value.to_text(&Layout::indented("  "))
}

/// Writes documents one after another, such as JSON lines: values in, chunks of bytes out.
///
/// ```
/// use ferrosock_codec::json::{Encoder, Layout, Value};
///
/// let mut encoder = Encoder::lines(Layout::compact());
/// encoder.push(&Value::from(1));
/// encoder.push(&Value::from("two"));
/// assert_eq!(encoder.take(), b"1\n\"two\"\n");
/// encoder.push(&Value::Null);
/// assert_eq!(encoder.take(), b"null\n");
/// ```
#[derive(Debug, Clone)]
pub struct Encoder {
    layout: Layout,
    terminator: Vec<u8>,
    out: Vec<u8>,
}

impl Encoder {
    /// A document a line, which the layout must not break.
    pub fn lines(layout: Layout) -> Self {
        Self::with_terminator(layout, b"\n".to_vec())
    }

    /// So many bytes (white space, say) behind each document.
    pub fn with_terminator(layout: Layout, terminator: Vec<u8>) -> Self {
        Self { layout, terminator, out: Vec::new() }
    }

    /// Writes a document.
    pub fn push(&mut self, value: &Value) {
        value.write(&self.layout, 0, &mut self.out);
        self.out.extend_from_slice(&self.terminator);
    }

    /// How many bytes wait to be taken.
    pub fn pending(&self) -> usize {
        self.out.len()
    }

    /// Takes what was written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
}
