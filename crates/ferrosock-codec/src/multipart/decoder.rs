use memchr::memmem::{Finder, find};

use super::{Boundary, Error, Head};

/// The most blanks behind a boundary in its line (RFC 2046 section 5.1.1, `transport-padding`).
const PADDING: usize = 256;

/// How much a form may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most parts.
    pub parts: usize,
    /// The most bytes of a part's head.
    pub head: usize,
    /// The most bytes of a part's content.
    pub content: u64,
}

impl Default for Limits {
    /// 1000 parts with heads of 16 KiB; contents of any size, which are the caller's to count.
    fn default() -> Self {
        Self { parts: 1000, head: 16 * 1024, content: u64::MAX }
    }
}

/// What was found in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// A part begins.
    Part(Head),
    /// Some of its content; never nothing.
    Data(&'a [u8]),
    /// The part is whole.
    End,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Preamble,
    /// Behind a boundary.
    Delimiter,
    /// A head, from the line end before it on; so many bytes were searched for its end.
    Head(usize),
    /// The line end behind a head: content, or none and a boundary.
    Bare,
    /// Content, of which so much has come.
    Content(u64),
    Epilogue,
}

/// Takes the bytes of a form as they come, and gives its parts.
///
/// The order of calls: [`push`](Self::push) what was received, then [`poll_event`](Self::poll_event) until it gives None. At the
/// body's end, [`finish`](Self::finish). What is held is what was pushed last and not given, and a head.
#[derive(Debug, Clone)]
pub struct Decoder {
    limits: Limits,
    /// A line end, two hyphens and the boundary.
    delimiter: Finder<'static>,
    buffer: Vec<u8>,
    /// Where what is left begins in the buffer.
    start: usize,
    next: Part,
    parts: usize,
    failed: Option<Error>,
}

impl Decoder {
    /// A decoder of a form that `boundary` divides.
    pub fn new(boundary: &Boundary, limits: Limits) -> Self {
        let delimiter = Finder::new(format!("\r\n--{boundary}").as_bytes()).into_owned();
        // The first boundary may stand in the first line: as if another line were before it.
        let buffer = b"\r\n".to_vec();
        Self { limits, delimiter, buffer, start: 0, next: Part::Preamble, parts: 0, failed: None }
    }

    /// Takes bytes that were received.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.next == Part::Epilogue {
            return;
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next event, or None until more bytes have come.
    ///
    /// # Errors
    /// What is wrong with the form; the same at every further call.
    pub fn poll_event(&mut self) -> Result<Option<Event<'_>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        match self.step() {
            Ok(Found::Nothing) => Ok(None),
            Ok(Found::Part(head)) => Ok(Some(Event::Part(head))),
            Ok(Found::Data(count)) => {
                self.start += count;
                Ok(Some(Event::Data(&self.buffer[self.start - count..self.start])))
            }
            Ok(Found::End) => Ok(Some(Event::End)),
            Err(error) => {
                self.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    fn step(&mut self) -> Result<Found, Error> {
        loop {
            let rest = &self.buffer[self.start..];
            let held = self.delimiter.needle().len() - 1;
            match self.next {
                Part::Preamble => match self.delimiter.find(rest) {
                    Some(at) => {
                        self.start += at + held + 1;
                        self.next = Part::Delimiter;
                    }
                    None => {
                        self.start += rest.len().saturating_sub(held);
                        return Ok(Found::Nothing);
                    }
                },
                Part::Delimiter => {
                    if rest.starts_with(b"--") {
                        (self.next, self.start, self.buffer) = (Part::Epilogue, 0, Vec::new());
                        return Ok(Found::Nothing);
                    }
                    let padding = rest.iter().take_while(|byte| b" \t".contains(byte)).count();
                    match &rest[padding..] {
                        [b'\r', b'\n', ..] if padding <= PADDING => {
                            self.start += padding;
                            self.next = Part::Head(0);
                        }
                        [] | [b'\r'] if padding <= PADDING => return Ok(Found::Nothing),
                        [b'-'] if padding == 0 => return Ok(Found::Nothing),
                        _ => return Err(Error::BadDelimiter),
                    }
                }
                Part::Head(searched) => {
                    let Some(at) = find(&rest[searched..], b"\r\n\r\n").map(|at| searched + at) else {
                        if rest.len() > self.limits.head.saturating_add(4) {
                            return Err(Error::HeadTooLong);
                        }
                        self.next = Part::Head(rest.len().saturating_sub(3));
                        return Ok(Found::Nothing);
                    };
                    if at > self.limits.head {
                        return Err(Error::HeadTooLong);
                    }
                    if self.parts == self.limits.parts {
                        return Err(Error::TooManyParts);
                    }
                    self.parts += 1;
                    let head = Head::parse(rest.get(2..at).unwrap_or_default())?;
                    // The second line end may be that of a boundary (RFC 2046: `[CRLF *OCTET]`).
                    self.start += at + 2;
                    self.next = Part::Bare;
                    return Ok(Found::Part(head));
                }
                Part::Bare => {
                    let needle = self.delimiter.needle();
                    if rest.starts_with(needle) {
                        self.start += needle.len();
                        self.next = Part::Delimiter;
                        return Ok(Found::End);
                    }
                    if needle.starts_with(rest) {
                        return Ok(Found::Nothing);
                    }
                    self.start += 2;
                    self.next = Part::Content(0);
                }
                Part::Content(before) => {
                    let found = self.delimiter.find(rest);
                    let count = found.unwrap_or(rest.len().saturating_sub(held));
                    let length = before.saturating_add(count as u64);
                    if length > self.limits.content {
                        return Err(Error::PartTooLong);
                    }
                    self.next = Part::Content(length);
                    match found {
                        _ if count > 0 => return Ok(Found::Data(count)),
                        None => return Ok(Found::Nothing),
                        Some(_) => {
                            self.start += held + 1;
                            self.next = Part::Delimiter;
                            return Ok(Found::End);
                        }
                    }
                }
                Part::Epilogue => return Ok(Found::Nothing),
            }
        }
    }

    /// Whether the form may end here.
    ///
    /// # Errors
    /// [`Error::Truncated`] if it may not, or the error of [`poll_event`](Self::poll_event).
    pub fn finish(&self) -> Result<(), Error> {
        match (&self.failed, self.next) {
            (Some(error), _) => Err(error.clone()),
            (None, Part::Epilogue) => Ok(()),
            (None, _) => Err(Error::Truncated),
        }
    }
}

/// An event, with the place of data instead of the data.
enum Found {
    Nothing,
    Part(Head),
    Data(usize),
    End,
}
