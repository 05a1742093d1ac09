//! The codec of `quopri` without `binascii`: line by line.
//!
//! It differs from the one above. Carriage returns are escaped, so lines end in a line feed alone; a line that is too long is
//! cut wherever it is, even within an escape; the decoder removes what blanks stand at the end of a line.

use super::ESCAPES;
use super::decode::unescaped;

/// The longest line, its end apart.
const LINE: usize = 76;

/// The encoding of `data`, line by line.
///
/// ```
/// use ferrosock_codec::quoted_printable::lines::encode;
///
/// assert_eq!(encode(b"1 = 1 \n.\n", false, false), b"1 =3D 1=20\n=2E\n");
/// ```
#[must_use]
pub fn encode(data: &[u8], quote_tabs: bool, header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => encode_line(line, quote_tabs, header, b"\n", &mut out),
            None => encode_line(line, quote_tabs, header, b"", &mut out),
        }
    }
    out
}

/// Adds the encoding of one line without its end to `out`, with soft breaks where it is too long, and `end` after it.
///
/// ```
/// use ferrosock_codec::quoted_printable::lines::encode_line;
///
/// let mut out = Vec::new();
/// encode_line(b"a\tb\t", false, false, b"\n", &mut out);
/// assert_eq!(out, b"a\tb=09\n");
/// ```
pub fn encode_line(line: &[u8], quote_tabs: bool, header: bool, end: &[u8], out: &mut Vec<u8>) {
    // What the current line of the output has so far: it is cut once it is known to be too long.
    let mut current = Vec::with_capacity(LINE + 3);
    for byte in line {
        let quoted = match byte {
            b' ' | b'\t' => quote_tabs,
            b'_' => header,
            b'=' => true,
            byte => !(b' '..=b'~').contains(byte),
        };
        match byte {
            _ if quoted => current.extend(ESCAPES[usize::from(*byte)]),
            b' ' if header => current.push(b'_'),
            byte => current.push(*byte),
        }
        if current.len() > LINE {
            write(&current[..LINE - 1], b"=\n", out);
            current.drain(..LINE - 1);
        }
    }
    write(&current, end, out);
}

/// Adds a line of the output; a blank at its end, and a lone dot, are escaped.
fn write(line: &[u8], end: &[u8], out: &mut Vec<u8>) {
    match line {
        [start @ .., blank @ (b' ' | b'\t')] => {
            out.extend(start);
            out.extend(ESCAPES[usize::from(*blank)]);
        }
        b"." => out.extend(ESCAPES[usize::from(b'.')]),
        line => out.extend(line),
    }
    out.extend(end);
}

/// The bytes that `data` stands for, line by line.
///
/// ```
/// use ferrosock_codec::quoted_printable::lines::decode;
///
/// assert_eq!(decode(b"1 =\n=3D 1=20 \t\n", false), b"1 = 1 \n");
/// ```
#[must_use]
pub fn decode(data: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        if decode_line(line, header, &mut out) {
            out.push(b'\n');
        }
    }
    out
}

/// Adds the bytes that one line with its end stands for to `out`, without a line end, and says whether the line ended: it did
/// not if it lacks a line feed, or a soft break joins it to the next.
///
/// ```
/// use ferrosock_codec::quoted_printable::lines::decode_line;
///
/// let mut out = Vec::new();
/// assert!(!decode_line(b"1 =\n", false, &mut out));
/// assert!(decode_line(b"=3D 1 \n", false, &mut out));
/// assert_eq!(out, b"1 = 1");
/// ```
pub fn decode_line(line: &[u8], header: bool, out: &mut Vec<u8>) -> bool {
    let (line, ended) = match line.strip_suffix(b"\n") {
        Some(mut line) => {
            while let [start @ .., b' ' | b'\t' | b'\r'] = line {
                line = start;
            }
            (line, true)
        }
        None => (line, false),
    };
    let mut rest = line;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'_', _) if header => out.push(b' '),
            (b'=', []) if ended => return false,
            (b'=', [b'=', more @ ..]) => {
                out.push(b'=');
                rest = more;
            }
            (b'=', [high, low, more @ ..]) => match unescaped(*high, *low) {
                Some(byte) => {
                    out.push(byte);
                    rest = more;
                }
                None => out.push(b'='),
            },
            (byte, _) => out.push(*byte),
        }
    }
    ended
}
