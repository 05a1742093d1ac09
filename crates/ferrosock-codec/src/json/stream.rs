//! Documents that come in chunks, one after another: JSON lines, or documents with white space or nothing between.

use super::error::{Error, ErrorKind};
use super::parser::Options;
use super::value::{Value, parse_bytes};

/// Reads a stream of documents: chunks of bytes in, values out.
///
/// A chunk may end anywhere. Each byte is looked at once to find where a document ends, and once to read it; what has been
/// read is dropped. Numbers, `null`, `true` and `false` at the outermost level end where something else begins, so that the
/// last one of a stream comes out of [`Decoder::finish`].
///
/// ```
/// use ferrosock_codec::json::{Decoder, Options, Value};
///
/// let mut decoder = Decoder::new(Options::rfc8259());
/// decoder.feed(b"{\"id\": 1}\n{\"i");
/// assert_eq!(decoder.next_value().unwrap().unwrap().get("id"), Some(&Value::from(1)));
/// assert_eq!(decoder.next_value().unwrap(), None); // more is needed
/// decoder.feed(b"d\": 2} 3");
/// assert_eq!(decoder.next_value().unwrap().unwrap().get("id"), Some(&Value::from(2)));
/// assert_eq!(decoder.finish().unwrap(), Some(Value::from(3)));
/// ```
#[derive(Debug, Clone)]
pub struct Decoder {
    options: Options,
    longest: usize,
    buffer: Vec<u8>,
    /// Where in the buffer the document begins.
    begin: usize,
    /// How far the search for its end has come.
    searched: usize,
    /// How many bytes of the stream stood before the buffer.
    dropped: usize,
    state: State,
}

/// Where the search for the end of a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a document.
    Between,
    /// In an array or object so deep.
    Inside { depth: usize, in_string: bool, escaped: bool },
    /// In a number or a word at the outermost level.
    Scalar,
}

impl Decoder {
    /// A decoder of documents of which [`Options`] say what is allowed, each of at most 16 MiB.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            longest: 1 << 24,
            buffer: Vec::new(),
            begin: 0,
            searched: 0,
            dropped: 0,
            state: State::Between,
        }
    }

    /// The same with another limit on the length of a document, in bytes: no more than that is kept waiting for an end.
    pub fn with_longest(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// Takes a chunk.
    pub fn feed(&mut self, chunk: &[u8]) {
        // What was read goes as soon as it is the larger part, so that each byte moves once at most on average.
        if self.begin > self.buffer.len() / 2 {
            self.buffer.drain(..self.begin);
            self.dropped += self.begin;
            self.searched -= self.begin;
            self.begin = 0;
        }
        self.buffer.extend_from_slice(chunk);
    }

    /// The next document of what came so far, or None if its end is still to come.
    ///
    /// # Errors
    ///
    /// What is wrong with it; positions count from the beginning of the stream. The document is dropped, and the next
    /// call goes on behind it. [`ErrorKind::TooLong`] comes again at each call: nobody knows where it ends.
    pub fn next_value(&mut self) -> Result<Option<Value>, Error> {
        match self.find_end() {
            Some(end) => self.take(end).map(Some),
            None if self.buffer.len() - self.begin > self.longest => {
                Err(Error::new(ErrorKind::TooLong, self.dropped + self.begin))
            }
            None => Ok(None),
        }
    }

    /// The next document where no more chunks come: call it until it gives None.
    ///
    /// # Errors
    ///
    /// As [`Decoder::next_value`], and for a document that has no end.
    pub fn finish(&mut self) -> Result<Option<Value>, Error> {
        let whole = self.next_value()?;
        if whole.is_some() || self.state == State::Between {
            return Ok(whole);
        }
        let end = self.buffer.len();
        self.take(end).map(Some)
    }

    /// Reads the document that ends there.
    fn take(&mut self, end: usize) -> Result<Value, Error> {
        let (begin, offset) = (self.begin, self.dropped + self.begin);
        self.begin = end;
        self.searched = end;
        self.state = State::Between;
        let document = &self.buffer[begin..end];
        if document.len() > self.longest {
            return Err(Error::new(ErrorKind::TooLong, offset));
        }
        parse_bytes(document, self.options)
            .map_err(|error| Error { position: error.position + offset, ..error })
    }

    /// Looks for the end of the document on from where the last search ended.
    fn find_end(&mut self) -> Option<usize> {
        while let Some(&byte) = self.buffer.get(self.searched) {
            let is_space = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
            match &mut self.state {
                State::Between if is_space => self.begin = self.searched + 1,
                State::Between => {
                    self.begin = self.searched;
                    self.state = match byte {
                        b'{' | b'[' => State::Inside { depth: 1, in_string: false, escaped: false },
                        b'"' => State::Inside { depth: 0, in_string: true, escaped: false },
                        _ => State::Scalar,
                    };
                }
                State::Inside { depth, in_string, escaped } => {
                    match (byte, *in_string, *escaped) {
                        (_, true, true) => *escaped = false,
                        (b'\\', true, _) => *escaped = true,
                        (b'"', _, _) => *in_string = !*in_string,
                        (b'{' | b'[', false, _) => *depth += 1,
                        (b'}' | b']', false, _) => *depth -= 1,
                        _ => {}
                    }
                    if *depth == 0 && !*in_string {
                        self.searched += 1;
                        return Some(self.searched);
                    }
                }
                State::Scalar if is_space || matches!(byte, b'{' | b'[' | b'"') => {
                    return Some(self.searched);
                }
                State::Scalar => {}
            }
            self.searched += 1;
        }
        None
    }
}
