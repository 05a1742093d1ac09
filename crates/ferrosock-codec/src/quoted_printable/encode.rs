//! Encoding as `binascii.b2a_qp` does it.

use super::ESCAPES;
use crate::escapes::{WIDTH, escaped, left, length};
use crate::output::{Cursor, append};

/// The longest line, its end apart.
const LINE: usize = 76;

/// How lines end in the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineEnd {
    /// `\n`
    #[default]
    Lf,
    /// `\r\n`
    CrLf,
}

impl LineEnd {
    /// How the first line of `data` ends. Python gives all lines of the output that end.
    ///
    /// ```
    /// use ferrosock_codec::quoted_printable::LineEnd;
    ///
    /// assert_eq!(LineEnd::of(b"a\r\nb\n"), LineEnd::CrLf);
    /// ```
    #[must_use]
    pub fn of(data: &[u8]) -> Self {
        match memchr::memchr(b'\n', data) {
            Some(at) if at > 0 && data[at - 1] == b'\r' => Self::CrLf,
            _ => Self::Lf,
        }
    }

    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
        }
    }
}

/// What an encoder writes as escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Escape tabs and spaces too. (Those at the end of a line are always escaped.)
    pub quote_tabs: bool,
    /// The data is text: line ends stay line ends. Else they are escaped.
    pub text: bool,
    /// Write spaces as `_` and escape `_`, for words in headers.
    pub header: bool,
    /// How lines end.
    pub line_end: LineEnd,
}

impl Default for Options {
    /// Text with plain tabs and spaces, for a body.
    fn default() -> Self {
        Self { quote_tabs: false, text: true, header: false, line_end: LineEnd::Lf }
    }
}

/// The most bytes that the encoding of so many can have; `None` if no memory could hold them.
///
/// ```
/// assert_eq!(ferrosock_codec::quoted_printable::encoded_most(0), Some(0));
/// ```
#[must_use]
pub const fn encoded_most(length: usize) -> Option<usize> {
    // An escape for each byte, and a soft line break (3 bytes at most) before what no longer fits: a line holds more than
    // 72 characters, or the break is not needed.
    match length.checked_mul(3) {
        Some(escapes) => escapes.checked_add(escapes.div_ceil(72) * 3),
        None => None,
    }
}

/// The encoding of `data`.
///
/// ```
/// use ferrosock_codec::quoted_printable::{Options, encode};
///
/// assert_eq!(encode("café = 1 \n".as_bytes(), Options::default()), b"caf=C3=A9 =3D 1=20\n");
/// assert_eq!(encode(b"a b_c", Options { header: true, ..Options::default() }), b"a_b=5Fc");
/// ```
#[must_use]
pub fn encode(data: &[u8], options: Options) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(options);
    // By blocks, so that memory follows what is written and not the worst case.
    for block in data.chunks(4096) {
        encoder.update(block, &mut out);
    }
    encoder.finish(&mut out);
    out
}

/// Writes the encoding of `data` to the beginning of `out` and gives its length.
///
/// # Panics
///
/// If `out` is shorter than [`encoded_most`] says.
///
/// ```
/// use ferrosock_codec::quoted_printable::{Options, encode_into};
///
/// let mut out = [0; 16];
/// assert_eq!(encode_into(b"1 = 1", Options::default(), &mut out), 7);
/// assert_eq!(&out[..7], b"1 =3D 1");
/// ```
pub fn encode_into(data: &[u8], options: Options, out: &mut [u8]) -> usize {
    let mut out = Cursor::new(out);
    Encoder::new(options).run(data, true, &mut out);
    out.written()
}

/// Encodes a message that comes in chunks, cut anywhere.
///
/// ```
/// use ferrosock_codec::quoted_printable::{Encoder, Options};
///
/// let (mut encoder, mut out) = (Encoder::new(Options::default()), Vec::new());
/// for chunk in [b"1 = ".as_slice(), b"1 ", b"\n"] {
///     encoder.update(chunk, &mut out);
/// }
/// encoder.finish(&mut out);
/// assert_eq!(out, b"1 =3D 1=20\n");
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    options: Options,
    words: &'static [u32; 256],
    /// How long the current line of the output is.
    column: usize,
    /// Bytes of which it takes the next ones to know what becomes of them.
    kept: [u8; Self::AHEAD],
    count: usize,
}

impl Encoder {
    /// How many bytes after one decide about it: a space before a line end of two bytes is escaped.
    const AHEAD: usize = 2;

    /// An encoder at the beginning of a message.
    #[must_use]
    pub const fn new(options: Options) -> Self {
        let words = if options.header { &HEADER } else { &BODY };
        Self { options, words, column: 0, kept: [0; Self::AHEAD], count: 0 }
    }

    /// Takes more of the message and adds what is certain of its encoding to `out`.
    pub fn update(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let most = self.most(chunk.len());
        append(out, most, |out| (self.update_into(chunk, out), ()));
    }

    /// Ends the message: adds what was kept back.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let most = self.most(0);
        append(out, most, |out| (self.finish_into(out), ()));
    }

    /// The most bytes that the next `length` of the message can add.
    ///
    /// ```
    /// use ferrosock_codec::quoted_printable::{Encoder, Options};
    ///
    /// assert!(Encoder::new(Options::default()).most(100) >= 300);
    /// ```
    #[must_use]
    pub fn most(&self, length: usize) -> usize {
        // The line may be full already: one more break.
        encoded_most(length.saturating_add(self.count)).unwrap_or(usize::MAX).saturating_add(3)
    }

    /// [`update`](Self::update) to the beginning of some memory; gives how much was written.
    ///
    /// # Panics
    ///
    /// If there is less room than [`most`](Self::most) says.
    ///
    /// ```
    /// use ferrosock_codec::quoted_printable::{Encoder, Options};
    ///
    /// let (mut encoder, mut out) = (Encoder::new(Options::default()), [0; 64]);
    /// let written = encoder.update_into(b"1 = 1", &mut out);
    /// let written = written + encoder.finish_into(&mut out[written..]);
    /// assert_eq!(&out[..written], b"1 =3D 1");
    /// ```
    pub fn update_into(&mut self, chunk: &[u8], out: &mut [u8]) -> usize {
        let mut out = Cursor::new(out);
        let mut rest = chunk;
        if self.count > 0 {
            // What was kept, and as much of the chunk as decides about it.
            let mut joint = [0; 2 * Self::AHEAD];
            let kept = self.count;
            let more = chunk.len().min(Self::AHEAD);
            joint[..kept].copy_from_slice(&self.kept[..kept]);
            joint[kept..kept + more].copy_from_slice(&chunk[..more]);
            let joint = &joint[..kept + more];
            let used = self.run(joint, false, &mut out);
            if used < kept {
                self.keep(&joint[used..]);
                return out.written();
            }
            rest = &chunk[used - kept..];
        }
        let used = self.run(rest, false, &mut out);
        self.keep(&rest[used..]);
        out.written()
    }

    /// [`finish`](Self::finish) to the beginning of some memory, with room for [`most`](Self::most)`(0)` bytes; gives how
    /// much was written. The encoder is then at the end of its message and can be dropped.
    ///
    /// # Panics
    ///
    /// If there is less room.
    pub fn finish_into(&mut self, out: &mut [u8]) -> usize {
        let mut out = Cursor::new(out);
        let (kept, count) = (self.kept, std::mem::take(&mut self.count));
        self.run(&kept[..count], true, &mut out);
        out.written()
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.kept[..bytes.len()].copy_from_slice(bytes);
        self.count = bytes.len();
    }

    /// Encodes `data` as far as what follows is known (all of it if it is the `last`), and gives how far that was.
    fn run(&mut self, data: &[u8], last: bool, out: &mut Cursor<'_>) -> usize {
        let end = if last { data.len() } else { data.len().saturating_sub(Self::AHEAD) };
        let mut at = 0;
        while at < end {
            at += self.certain(data, at, end, out);
            match data.get(at..end) {
                Some([byte, ..]) if length(self.words[usize::from(*byte)]) == 3 => {
                    self.escape(*byte, out);
                    at += 1;
                }
                Some([_, ..]) => at += self.step(data, at, out),
                _ => break,
            }
        }
        at
    }

    /// Encodes what has but one encoding, from `from` on and for as long as the line has surely room, and gives how many bytes
    /// that took. Nothing but the room and what is special decides about a jump: no processor can foretell which bytes of
    /// binary data are escaped.
    #[inline]
    fn certain(&mut self, data: &[u8], from: usize, end: usize, out: &mut Cursor<'_>) -> usize {
        // One less than a power of two, and more than a line's length: so each place is there.
        const MOST: usize = 127;
        let mut space = [0; MOST + WIDTH];
        let (mut at, mut written) = (from, 0);
        let room = (LINE - 3).saturating_sub(self.column);
        while at < end && written < room {
            let mut word = self.words[usize::from(data[at])];
            if word == 0 {
                let starts_line = self.column + written == 0;
                if !self.plain_here(data[at], data.get(at + 1), starts_line) {
                    break;
                }
                word = left(data[at]);
            }
            let place = written & MOST;
            space[place..place + WIDTH].copy_from_slice(&word.to_le_bytes());
            written += length(word);
            at += 1;
        }
        let written = written.min(MOST);
        out.put(&space[..written]);
        self.column += written;
        at - from
    }

    /// Whether a special byte stands for itself: a blank between words, a dot within a line.
    #[inline]
    fn plain_here(&self, byte: u8, next: Option<&u8>, starts_line: bool) -> bool {
        match byte {
            b' ' | b'\t' if !self.options.quote_tabs && !self.options.header => {
                next.is_some_and(|next| self.words[usize::from(*next)] != 0)
            }
            b'.' => !starts_line,
            _ => false,
        }
    }

    /// Encodes the byte at `at`, which is special or at the end of a line, and gives how many bytes that took.
    fn step(&mut self, data: &[u8], at: usize, out: &mut Cursor<'_>) -> usize {
        let Options { quote_tabs, text, header, line_end } = self.options;
        let byte = data[at];
        let next = data.get(at + 1).copied();
        let blank = matches!(byte, b' ' | b'\t');
        let breaks = matches!(byte, b'\r' | b'\n');
        if text && (byte == b'\n' || byte == b'\r' && next == Some(b'\n')) {
            out.put(line_end.bytes());
            self.column = 0;
            return if byte == b'\r' { 2 } else { 1 };
        }
        let alone = byte == b'.' && self.column == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0));
        if alone || breaks && !text || blank && (next.is_none() || quote_tabs) {
            self.escape(byte, out);
            return 1;
        }
        if next.is_some_and(|next| next != b'\n') && self.column + 1 >= LINE {
            self.soft_break(out);
        }
        self.column += 1;
        let line_ends = next == Some(b'\n') || next == Some(b'\r') && data.get(at + 2) == Some(&b'\n');
        if header && byte == b' ' {
            out.push(b'_');
        } else if blank && text && line_ends {
            out.put(&ESCAPES[usize::from(byte)]); // however long that makes the line
        } else {
            out.push(byte);
        }
        1
    }

    #[inline]
    fn escape(&mut self, byte: u8, out: &mut Cursor<'_>) {
        if self.column + 3 >= LINE {
            self.soft_break(out);
        }
        out.put(&ESCAPES[usize::from(byte)]);
        self.column += 3;
    }

    fn soft_break(&mut self, out: &mut Cursor<'_>) {
        out.push(b'=');
        out.put(self.options.line_end.bytes());
        self.column = 0;
    }
}

/// What each byte becomes, as [`escapes`](crate::escapes) has it; 0 if that depends on the options and on what is beside it.
static BODY: [u32; 256] = words(false);
static HEADER: [u32; 256] = words(true);

const fn words(header: bool) -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            // A dot may stand alone on its line, which some servers take for the message's end.
            b' ' | b'\t' | b'\r' | b'\n' | b'.' => 0,
            byte @ b'!'..=b'~' if byte != b'=' && !(header && byte == b'_') => left(byte),
            byte => escaped(b'=', byte),
        };
        byte += 1;
    }
    table
}
