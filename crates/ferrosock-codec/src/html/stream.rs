//! Text that comes in pieces.

use std::convert::Infallible;

use super::escape::escape_into;
use super::unescape::{Reference, reference, unescape_into};

/// Escapes chunk after chunk.
///
/// ```
/// use ferrosock_codec::html::Escaper;
///
/// let escaper = Escaper::new(true);
/// let mut out = Vec::new();
/// escaper.escape(b"1 <", &mut out);
/// escaper.escape(b" 2", &mut out);
/// assert_eq!(out, b"1 &lt; 2");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaper {
    quotes: bool,
}

impl Escaper {
    /// One that escapes quotes too, or does not.
    #[must_use]
    pub const fn new(quotes: bool) -> Self {
        Self { quotes }
    }

    /// Adds the escaped form of the next chunk to `out`. Nothing is held back, so there is no end to tell.
    pub fn escape(&self, chunk: &[u8], out: &mut Vec<u8>) {
        escape_into(chunk, self.quotes, out);
    }
}

/// Replaces character references chunk after chunk; a reference may be cut anywhere.
///
/// ```
/// use ferrosock_codec::html::Unescaper;
///
/// let mut unescaper = Unescaper::new();
/// let mut out = Vec::new();
/// for chunk in [&b"1 &l"[..], b"t; 2 &am", b"p"] {
///     unescaper.unescape(chunk, &mut out);
/// }
/// unescaper.finish(&mut out);
/// assert_eq!(out, b"1 < 2 &");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Unescaper {
    /// A reference that may go on.
    held: Vec<u8>,
}

impl Unescaper {
    /// An unescaper that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { held: Vec::new() }
    }

    /// Adds what can be told of the text so far to `out`. A reference that may go on waits for the next chunk: it is as
    /// long as its digits are, for leading zeros of a number do not count.
    pub fn unescape(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        self.held.extend_from_slice(chunk);
        let whole = std::mem::take(&mut self.held);
        // An unfinished reference reaches to the end, and what is behind its `&` has no other.
        let cut = match memchr::memrchr(b'&', &whole) {
            Some(last) if reference(&whole[last..], false) == Reference::Unfinished => last,
            _ => whole.len(),
        };
        finished(&whole[..cut], out);
        self.held = whole[cut..].to_vec();
        // Digits that cannot change the number any more: those of one that is far too large.
        squeeze(&mut self.held);
    }

    /// Ends the text: what was held is read as it is. The unescaper is then as new.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        finished(&std::mem::take(&mut self.held), out);
    }
}

fn finished(text: &[u8], out: &mut Vec<u8>) {
    let never: Result<(), Infallible> = unescape_into(text, out, |_| Ok(None));
    debug_assert!(never.is_ok());
}

/// Keeps a held number short, whatever number of digits comes: leading zeros go, and so do digits behind the sixteenth.
fn squeeze(held: &mut Vec<u8>) {
    let prefix = match held[..] {
        [b'&', b'#', b'x' | b'X', ..] => 3,
        [b'&', b'#', ..] => 2,
        _ => return,
    };
    let zeros = held[prefix..].iter().take_while(|&&byte| byte == b'0').count();
    if zeros > 1 {
        held.drain(prefix..prefix + zeros - 1);
    }
    held.truncate(prefix + 17);
}
