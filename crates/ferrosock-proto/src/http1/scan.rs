//! [`HeadScan`]: how much of a request's head has come.

use memchr::memchr;

use super::want::Limits;

/// Looks through the head of a request while it comes, and says from when on a reader of it need not wait. It is for who
/// collects a head before a thread reads it, so that a slow client holds none.
///
/// All calls together do work in the order of what has come, however small the pieces were.
///
/// ```
/// use ferrosock_proto::http1::{HeadScan, Limits};
///
/// let (mut scan, limits) = (HeadScan::default(), Limits::python());
/// let mut input = b"GET / HTTP/1.1\r\nHost: h".to_vec();
/// assert!(!scan.is_enough(&input, &limits));
/// input.extend(b"\r\n\r\n");
/// assert!(scan.is_enough(&input, &limits));
/// ```
#[derive(Debug, Clone, Default)]
pub struct HeadScan {
    /// How much has been looked through.
    seen: usize,
    /// Where the line begins that has not ended.
    line: usize,
    /// Where the header section begins, once the request line is there.
    section: usize,
    /// How many lines have ended.
    lines: usize,
}

impl HeadScan {
    /// Whether `input` holds a head whole, or so much that a reader gives it up: a first line that is none of a request, or a
    /// line or a section beyond the limits. `input` is what it was at the last call, and perhaps more behind that.
    ///
    /// A line ends with LF, as CPython's readers have it; for them a request without a version (HTTP/0.9) has header lines,
    /// too.
    ///
    /// ```
    /// use ferrosock_proto::http1::{HeadScan, Limits};
    ///
    /// let enough = |input: &[u8], limits: &Limits| HeadScan::default().is_enough(input, limits);
    /// let limits = Limits { line: 20, lines: 3, ..Limits::default() };
    /// assert!(enough(b"GET / HTTP/1.1\n\n", &limits));
    /// assert!(enough(b"HELO\r\n", &limits));
    /// assert!(enough(b"GET / HTTP/1.1\nA: 0123456789abcdef01", &limits));
    /// assert!(enough(b"GET / HTTP/1.1\nA: 1\nB: 2\nC: 3\nD: 4\n", &limits));
    /// assert!(!enough(b"GET /\r\nA: 1\r\n", &limits));
    /// ```
    pub fn is_enough(&mut self, input: &[u8], limits: &Limits) -> bool {
        while let Some(length) = input.get(self.seen..).and_then(|rest| memchr(b'\n', rest)) {
            let end = self.seen + length + 1;
            let line = input.get(self.line..end).unwrap_or_default();
            let is_over = if self.lines == 0 {
                self.section = end;
                !has_section(line)
            } else {
                matches!(line, b"\n" | b"\r\n")
            };
            self.lines += 1;
            (self.line, self.seen) = (end, end);
            // The first line is not the section's.
            if is_over || line.len() > limits.line || self.lines - 1 > limits.lines {
                return true;
            }
        }
        self.seen = input.len();
        let section = if self.lines == 0 { 0 } else { input.len().saturating_sub(self.section) };
        input.len().saturating_sub(self.line) > limits.line || section > limits.section
    }
}

/// Whether a header section follows a line: it is one of a request, as far as its words say.
fn has_section(line: &[u8]) -> bool {
    // What Python's `str.split` goes by, in Latin-1.
    let blank = |byte: &u8| matches!(byte, 9..=13 | 28..=32 | 0x85 | 0xa0);
    let mut words = line.split(blank).filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next(), words.next()) {
        // The first bytes of TLS, say, are words, too, and their sender waits for an answer.
        (Some(_), Some(_), Some(version), None) => version.starts_with(b"HTTP/"),
        (Some(method), Some(_), None, None) => method == b"GET",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At how many bytes of `input` there is enough, when they come one by one.
    fn enough_at(input: &[u8], limits: &Limits) -> Option<usize> {
        let mut scan = HeadScan::default();
        (0..=input.len()).find(|&length| scan.is_enough(&input[..length], limits))
    }

    #[test]
    fn pieces_say_what_the_whole_says() {
        let limits = Limits { line: 30, lines: 4, ..Limits::python() };
        for input in [
            &b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"[..],
            b"GET / HTTP/1.1\nHost: h\n\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET /\r\n\r\n",
            b"GET\x0b/\x1f\xa0HTTP/1.1\n\n",
            b"\r\n",
            b"\n",
            b"one\n",
            b"PUT /\n",
            b"a b c\n",
            b"GET / HTTP/1.1 x\r\n",
            b"\x16\x03\x01 \x02\x00 \x01\x00\x01\n",
            b"a b HTTP/9\n\n",
            b"GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n",
            b"GET / HTTP/1.1\r\nA: 0123456789012345678901234567",
            b"GET /01234567890123456789012345",
        ] {
            let at = enough_at(input, &limits);
            assert_eq!(at, Some(input.len()), "{}", input.escape_ascii());
            let mut whole = HeadScan::default();
            assert!(
                whole.is_enough(input, &limits)
                    && !HeadScan::default().is_enough(&input[..input.len() - 1], &limits)
            );
        }
    }

    #[test]
    fn a_bare_cr_ends_no_line() {
        assert_eq!(enough_at(b"GET / HTTP/1.1\r\n\r\r\n\r", &Limits::python()), None);
    }

    #[test]
    fn a_section_has_a_limit() {
        let limits = Limits { section: 10, ..Limits::python() };
        assert_eq!(enough_at(b"GET /0123456789 HTTP/1.1\r\nA: 1234567", &limits), None);
        assert_eq!(enough_at(b"GET /0123456789 HTTP/1.1\r\nA: 12345678", &limits), Some(37));
    }

    #[test]
    fn the_longest_lines_are_not_too_long() {
        let limits = Limits { line: 12, lines: 2, ..Limits::python() };
        assert_eq!(enough_at(b"G / HTTP/  \nd: 456789\r\n\r\n", &limits), Some(25));
    }
}
