//! A header or trailer section, line by line (RFC 9112 sections 5 and 7.1.2).

use super::error::{Error, Part};
use super::start_line::without_end;
use super::want::{Limits, Temper, Want};
use crate::http::Fields;
use crate::http::grammar::{is_field_value, token, trim};

/// Reads the lines of a header section, or of a trailer section, up to the empty one.
///
/// Strict, a line is a token, a colon and a value without control characters, and it ends in CR LF. Tolerant, a section
/// is what Python's `email.parser` makes of it: a bare CR or LF ends a line, too (and each line counts); a folded line belongs to the value
/// above, line end and all; the first line that is no field ends the fields, and what follows is left out; so are lines
/// without a name and those that begin with `From `.
///
/// ```
/// use ferrosock_proto::http1::{Limits, Section, Temper, Want};
///
/// let mut section = Section::header(Temper::Strict, Limits::default());
/// for line in [&b"Host: example.org\r\n"[..], b"Accept: */*\r\n", b"\r\n"] {
///     assert!(matches!(section.want(), Want::Line(_)));
///     section.handle(line)?;
/// }
/// assert_eq!(section.want(), Want::Nothing);
/// assert_eq!(section.into_fields().get(b"host"), Some(&b"example.org"[..]));
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Section {
    fields: Fields,
    temper: Temper,
    limits: Limits,
    part: Part,
    lines: usize,
    bytes: usize,
    /// Whether a folded line would go on from a field.
    folds: bool,
    /// Whether a folded line is taken although the section is strict.
    unfolds: bool,
    /// Whether a tolerated line has ended the fields before the section.
    over: bool,
    done: bool,
}

impl Section {
    /// One that waits for the first field of a head.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, Section, Temper, Want};
    /// let section = Section::header(Temper::Tolerant, Limits::python());
    /// assert_eq!(section.want(), Want::Line(65_537)); // one more than allowed shows a line that is too long
    /// ```
    pub fn header(temper: Temper, limits: Limits) -> Self {
        Self::new(Part::Header, temper, limits)
    }

    /// One that waits for the first field behind a chunked body.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Error, Limits, Section, Temper};
    /// let mut section = Section::trailer(Temper::Strict, Limits::default());
    /// let error = section.handle(b"Content-Length: 3\r\n").unwrap_err();
    /// assert_eq!(error, Error::ForbiddenTrailer(b"Content-Length".to_vec()));
    /// ```
    pub fn trailer(temper: Temper, limits: Limits) -> Self {
        Self::new(Part::Trailer, temper, limits)
    }

    fn new(part: Part, temper: Temper, limits: Limits) -> Self {
        let (lines, bytes, folds, unfolds, over, done) = (0, 0, false, false, false, false);
        Self { fields: Fields::new(), temper, limits, part, lines, bytes, folds, unfolds, over, done }
    }

    /// A line, or nothing if the section is whole.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, Section, Temper, Want};
    /// let mut section = Section::header(Temper::Strict, Limits::default());
    /// section.handle(b"\r\n")?;
    /// assert_eq!(section.want(), Want::Nothing);
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn want(&self) -> Want {
        if self.done { Want::Nothing } else { self.limits.want_line() }
    }

    /// Takes a line.
    ///
    /// # Errors
    /// What is wrong with it, or [`Error::WrongState`] if the section is whole.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Error, Limits, Section, Temper};
    /// let mut section = Section::header(Temper::Strict, Limits::default());
    /// assert_eq!(section.handle(b"Host : a\r\n"), Err(Error::SpaceBeforeColon));
    /// ```
    pub fn handle(&mut self, line: &[u8]) -> Result<(), Error> {
        if self.done {
            return Err(Error::WrongState);
        }
        if line.len() > self.limits.line {
            return Err(Error::LineTooLong(self.part));
        }
        self.lines += 1;
        if self.lines > self.limits.lines {
            return Err(Error::TooManyLines);
        }
        self.bytes = self.bytes.saturating_add(line.len());
        if self.bytes > self.limits.section {
            return Err(Error::SectionTooLong);
        }
        match self.temper {
            Temper::Strict => self.handle_strict(line),
            Temper::Tolerant => self.handle_tolerant(line),
        }
    }

    /// The same for a response: a user agent reads a folded line as if a space stood there (RFC 9112 section 5.2).
    pub(super) fn unfolding(self) -> Self {
        Self { unfolds: true, ..self }
    }

    /// Makes room for a section of so many bytes, which are there.
    pub(crate) fn expect(&mut self, bytes: usize) {
        self.fields.expect(bytes);
    }

    /// The fields that were read.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, Section, Temper};
    /// let mut section = Section::header(Temper::Tolerant, Limits::python());
    /// section.handle(b"Subject: a\n")?;
    /// section.handle(b" b\n")?;
    /// section.handle(b"")?; // the end of the file ends the section
    /// assert_eq!(section.into_fields().get(b"subject"), Some(&b"a\n b"[..]));
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn into_fields(self) -> Fields {
        self.fields
    }

    /// Gives the fields, and waits for the first of another section.
    pub(crate) fn finish(&mut self) -> Fields {
        let fields = std::mem::take(&mut self.fields);
        (self.lines, self.bytes) = (0, 0);
        (self.folds, self.over, self.done) = (false, false, false);
        fields
    }

    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    fn handle_strict(&mut self, line: &[u8]) -> Result<(), Error> {
        let text = without_end(line)?;
        match text.first() {
            None => {
                self.done = true;
                return Ok(());
            }
            Some(b' ' | b'\t') if self.unfolds && !self.fields.is_empty() => {
                let more = trim(text);
                if !is_field_value(more) {
                    return Err(Error::BadFieldValue(more.to_vec()));
                }
                self.fields.go_on(more);
                return Ok(());
            }
            Some(b' ' | b'\t') => return Err(Error::Folded),
            Some(_) => {}
        }
        let colon = token(text);
        if colon == 0 || text.get(colon) != Some(&b':') {
            return Err(without_name(text));
        }
        let (name, value) = (&text[..colon], trim(&text[colon + 1..]));
        if !is_field_value(value) {
            return Err(Error::BadFieldValue(value.to_vec()));
        }
        if self.part == Part::Trailer && frames(name) {
            return Err(Error::ForbiddenTrailer(name.to_vec()));
        }
        self.fields.put_unseen(name, value);
        Ok(())
    }

    fn handle_tolerant(&mut self, line: &[u8]) -> Result<(), Error> {
        if matches!(line, b"\r\n" | b"\n" | b"") {
            self.done = true;
            return Ok(());
        }
        if self.over {
            return Ok(());
        }
        let begin = self.fields.keep(line);
        let mut at = 0;
        while at < line.len() && !self.over {
            let rest = &line[at..];
            let length = match memchr::memchr2(b'\r', b'\n', rest) {
                Some(end) if rest[end..].starts_with(b"\r\n") => end + 2,
                Some(end) => end + 1,
                None => rest.len(),
            };
            // Lines that a bare CR ends count, too; `http.client` would let thousands of fields pass in each line.
            self.lines += usize::from(at > 0);
            if self.lines > self.limits.lines {
                return Err(Error::TooManyLines);
            }
            self.tolerate(&rest[..length], begin + at);
            at += length;
        }
        Ok(())
    }

    /// A line of the kept text that begins at `at` and ends in CR, LF, both or nothing.
    fn tolerate(&mut self, line: &[u8], at: usize) {
        let end =
            at + line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
        if matches!(line.first(), Some(b' ' | b'\t')) {
            if self.folds {
                self.fields.extend_last(end);
            }
            return;
        }
        self.folds = false;
        if line.starts_with(b"From ") {
            return;
        }
        match line.iter().position(|&byte| byte == b':' || !byte.is_ascii_graphic()) {
            Some(0) if line[0] == b':' => {}
            Some(colon) if line[colon] == b':' => {
                let behind = colon + 1;
                let blanks = line[behind..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                let value = at + behind + blanks;
                self.fields.mark((at, at + colon), (value, end.max(value)));
                self.folds = true;
            }
            _ => self.over = true,
        }
    }
}

/// What is wrong with a line that does not begin with a token and a colon.
#[cold]
fn without_name(text: &[u8]) -> Error {
    let Some(colon) = memchr::memchr(b':', text) else { return Error::MissingColon };
    let name = &text[..colon];
    let blank = matches!(name.last(), Some(b' ' | b'\t'));
    if blank { Error::SpaceBeforeColon } else { Error::BadFieldName(name.to_vec()) }
}

/// Whether a field says where a message ends or whom it is for: in a trailer it comes too late and can only mislead.
fn frames(name: &[u8]) -> bool {
    const FRAMING: [&[u8]; 3] = [b"content-length", b"transfer-encoding", b"host"];
    FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing))
}

/// Whether a field may be sent as a trailer: what frames, routes or describes the message may not (RFC 9110 section 6.5.1).
pub(crate) fn may_trail(name: &[u8]) -> bool {
    const FORBIDDEN: [&[u8]; 11] = [
        b"authorization",
        b"cache-control",
        b"connection",
        b"content-encoding",
        b"content-range",
        b"content-type",
        b"expect",
        b"keep-alive",
        b"te",
        b"trailer",
        b"upgrade",
    ];
    !frames(name) && !FORBIDDEN.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], temper: Temper) -> Result<Vec<(String, String)>, Error> {
        let mut section = Section::header(temper, Limits::python());
        for line in text.split_inclusive(|&byte| byte == b'\n').chain([&b""[..]]) {
            if section.want() != Want::Nothing {
                section.handle(line)?;
            }
        }
        let shown = |text: &[u8]| text.escape_ascii().to_string();
        Ok(section.into_fields().iter().map(|(name, value)| (shown(name), shown(value))).collect())
    }

    #[test]
    fn tolerated_as_pythons_email_parser_does() {
        // Each right side is what `email.parser.Parser(_class=HTTPMessage)` gives for the left.
        for (text, fields) in [
            (&b"A: b\r\nC:d\r\n\r\n"[..], &[("A", "b"), ("C", "d")][..]),
            (b"A: b \n", &[("A", "b ")]),
            (b"A: b\r\n c\r\n\td\r\n\r\n", &[("A", r"b\r\n c\r\n\td")]),
            (b"A:\r\n c\r\n\r\n", &[("A", r"\r\n c")]),
            (b"A:   \r\n\r\n", &[("A", "")]),
            (b" x\r\nA: b\r\n\r\n", &[("A", "b")]),
            (b"From me\r\n x\r\nA: b\r\nFrom x: y\r\n z\r\nC: d\r\n\r\n", &[("A", "b"), ("C", "d")]),
            (b": x\r\n y\r\nA: b\r\n\r\n", &[("A", "b")]),
            (b"A: b\r\nnonsense\r\nC: d\r\n\r\n", &[("A", "b")]),
            (b"A : b\r\nC: d\r\n\r\n", &[]),
            (b"A: b\rC: d\r\r\nE: f\r\n\r\n", &[("A", "b"), ("C", "d")]),
            (b"A: \xe9\0\x7f\r\n\r\n", &[("A", r"\xe9\x00\x7f")]),
            (b"A: b\x0bc\x0cd\x1c\x85\r\n\r\n", &[("A", r"b\x0bc\x0cd\x1c\x85")]),
        ] {
            let expected: Vec<_> =
                fields.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            assert_eq!(read(text, Temper::Tolerant).unwrap(), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn strict_takes_no_odd_line() {
        for (text, error) in [
            (&b"A: b\n\r\n"[..], Error::BareLineFeed),
            (b"A: b\r\n\n", Error::BareLineFeed),
            (b"A: b\r\n c\r\n\r\n", Error::Folded),
            (b" A: b\r\n\r\n", Error::Folded),
            (b"A\r\n\r\n", Error::MissingColon),
            (b"A : b\r\n\r\n", Error::SpaceBeforeColon),
            (b"A\t: b\r\n\r\n", Error::SpaceBeforeColon),
            (b": b\r\n\r\n", Error::BadFieldName(b"".to_vec())),
            (b"A b: c\r\n\r\n", Error::BadFieldName(b"A b".to_vec())),
            (b"\xe9: c\r\n\r\n", Error::BadFieldName(b"\xe9".to_vec())),
            (b"A: b\rc\r\n\r\n", Error::BadFieldValue(b"b\rc".to_vec())),
            (b"A: \0\r\n\r\n", Error::BadFieldValue(b"\0".to_vec())),
            (b"A: b\r\n", Error::Incomplete { missing: None }),
            (b"A: b", Error::Incomplete { missing: None }),
        ] {
            assert_eq!(read(text, Temper::Strict), Err(error), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn the_limits_hold_in_both_tempers() {
        for temper in [Temper::Strict, Temper::Tolerant] {
            let full = b"A: b\r\n".repeat(99);
            assert_eq!(read(&[&full[..], b"\r\n"].concat(), temper).unwrap().len(), 99);
            assert_eq!(read(&[&full[..], b"A: b\r\n\r\n"].concat(), temper), Err(Error::TooManyLines));
            if temper == Temper::Tolerant {
                assert_eq!(read(&b"A: b\r".repeat(101), temper), Err(Error::TooManyLines));
            }
            let long = [b"A: ", &vec![b'a'; 65_531][..], b"\r\n"].concat();
            assert!(read(&[&long[..], b"\r\n"].concat(), temper).is_ok());
            assert_eq!(read(&[b"A", &long[..]].concat(), temper), Err(Error::LineTooLong(Part::Header)));
            let mut section = Section::header(temper, Limits { section: 10, ..Limits::default() });
            section.handle(b"A: b\r\n").unwrap();
            assert_eq!(section.handle(b"A: b\r\n"), Err(Error::SectionTooLong));
        }
    }

    /// RFC 9112 section 5.2: a server refuses a folded line, a user agent takes it for a space.
    #[test]
    fn responses_may_have_folded_lines() {
        use crate::http1::{read_request, read_response};
        let limits = Limits::default();
        let read = |fields: &str| {
            let head = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
            let (head, _) = read_response(head.as_bytes(), Temper::Strict, &limits)?.unwrap();
            let shown = |text: &[u8]| text.escape_ascii().to_string();
            let shown = |(name, value)| format!("{}={}", shown(name), shown(value));
            Ok(head.fields.iter().map(shown).collect::<Vec<_>>())
        };
        for (fields, expected) in [
            ("A: b\r\n c\r\n\t d \r\nE: f\r\n", &["A=b c d", "E=f"][..]),
            ("A:\r\n b\r\nC: \r\n \r\n", &["A=b", "C="]),
            ("Content-Length:\r\n 5\r\n", &["Content-Length=5"]),
        ] {
            assert_eq!(read(fields).unwrap(), expected);
        }
        assert_eq!(read(" A: b\r\n"), Err(Error::Folded));
        assert_eq!(read("A: b\r\n c\0\r\n"), Err(Error::BadFieldValue(b"c\0".to_vec())));
        assert!(matches!(read("Content-Length: 1\r\n 5\r\n"), Err(Error::BadLength(_))));
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n";
        assert_eq!(read_request(request, Temper::Strict, &limits), Err(Error::Folded));
    }
}
