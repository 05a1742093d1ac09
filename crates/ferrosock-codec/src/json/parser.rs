//! The reader: a text in, events out. It keeps no tree and does not recurse, so that depth costs one bit a level.

use super::error::{Error, ErrorKind, Failure};
use super::number::Number;
use super::string::Text;
use super::unit::Unit;

/// What is allowed in a document.
///
/// ```
/// use ferrosock_codec::json::{parse_with, Options};
///
/// assert!(parse_with("[NaN, \"\t\"]", Options::rfc8259()).is_err());
/// assert!(parse_with("[NaN]", Options::python()).is_ok());
/// assert!(parse_with("[[[1]]]", Options { depth: 2, ..Options::default() }).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// `NaN`, `Infinity` and `-Infinity` are numbers.
    pub constants: bool,
    /// Characters below U+0020 may stand unescaped in strings.
    pub controls: bool,
    /// How deep arrays and objects may lie in one another.
    pub depth: usize,
}

impl Options {
    /// Nothing but what RFC 8259 allows, 512 levels deep.
    pub const fn rfc8259() -> Self {
        Self { constants: false, controls: false, depth: 512 }
    }

    /// What Python's `json.loads` takes by default: the three constants as well. Python has no limit on the depth of its
    /// own; this is 512 levels.
    pub const fn python() -> Self {
        Self { constants: true, ..Self::rfc8259() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::rfc8259()
    }
}

/// A number that is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Constant {
    /// `NaN`.
    NaN,
    /// `Infinity`.
    Infinity,
    /// `-Infinity`.
    NegativeInfinity,
}

impl Constant {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NaN => "NaN",
            Self::Infinity => "Infinity",
            Self::NegativeInfinity => "-Infinity",
        }
    }

    /// Its value.
    pub const fn value(self) -> f64 {
        match self {
            Self::NaN => f64::NAN,
            Self::Infinity => f64::INFINITY,
            Self::NegativeInfinity => f64::NEG_INFINITY,
        }
    }
}

/// Takes the events of a document, in its order.
///
/// Between [`Sink::begin_object`] and its [`Sink::end_object`] keys and values take turns. An error ends the reading.
///
/// ```
/// use ferrosock_codec::json::{read, NumberToken, Options, Sink};
/// use std::convert::Infallible;
///
/// /// Adds up all integers.
/// struct Sum(i64);
///
/// impl Sink<u8> for Sum {
///     type Error = Infallible;
///     fn number(&mut self, number: NumberToken<'_, u8>) -> Result<(), Infallible> {
///         self.0 += number.small_integer().unwrap_or(0);
///         Ok(())
///     }
/// }
///
/// let mut sum = Sum(0);
/// read(br#"{"a": [1, 2, {"b": 39}]}"#, 0, Options::default(), &mut sum).unwrap();
/// assert_eq!(sum.0, 42);
/// ```
#[allow(unused_variables, reason = "an event that is not wanted is dropped")]
#[allow(clippy::missing_errors_doc, reason = "it is the same for each: why the sink had enough")]
pub trait Sink<U: Unit> {
    /// Why the sink had enough.
    type Error;

    /// `null`.
    fn null(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// `true` or `false`.
    fn boolean(&mut self, value: bool) -> Result<(), Self::Error> {
        Ok(())
    }

    /// A number.
    fn number(&mut self, number: Number<'_, U>) -> Result<(), Self::Error> {
        Ok(())
    }

    /// A number that is not JSON.
    fn constant(&mut self, constant: Constant) -> Result<(), Self::Error> {
        Ok(())
    }

    /// A string that is a value.
    fn string(&mut self, text: Text<'_, U>) -> Result<(), Self::Error> {
        Ok(())
    }

    /// The name of an object's next member.
    fn key(&mut self, text: Text<'_, U>) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Takes the name of an object's next member without its being read, and says how many units it has: a sink that knows
    /// which name comes next in records that are alike may compare instead. `rest` begins behind the quote, and has to begin
    /// with the name and a quote; the name has neither quotes nor backslashes in it, nor control characters.
    #[inline]
    fn likely_key(&mut self, rest: &[U]) -> Result<Option<usize>, Self::Error> {
        Ok(None)
    }

    /// An array begins.
    fn begin_array(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// The innermost array ends.
    fn end_array(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// An object begins.
    fn begin_object(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// The innermost object ends.
    fn end_object(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Reads the one value that begins at `begin`, white space before it not included, and gives its end.
///
/// # Errors
///
/// What is wrong with the document, or what the sink returned.
#[inline]
pub fn read<U: Unit, S: Sink<U>>(
    units: &[U],
    begin: usize,
    options: Options,
    sink: &mut S,
) -> Result<usize, Failure<S::Error>> {
    Reader { units, at: begin, options, nest: Nest::default() }.value(sink)
}

/// Reads a whole document: white space, a value, white space.
///
/// # Errors
///
/// What is wrong with the document ([`ErrorKind::ExtraData`] if something follows it), or what the sink returned.
#[inline]
pub fn read_document<U: Unit, S: Sink<U>>(
    units: &[U],
    options: Options,
    sink: &mut S,
) -> Result<(), Failure<S::Error>> {
    let end = skip_space(units, read(units, skip_space(units, 0), options, sink)?);
    if end == units.len() { Ok(()) } else { Err(Error::new(ErrorKind::ExtraData, end).into()) }
}

/// Where the white space that begins at `at` ends.
#[inline(never)] // beside the loop of a reader, which is slower the more there is in it
pub fn skip_space<U: Unit>(units: &[U], mut at: usize) -> usize {
    while let Some(&unit) = units.get(at) {
        at = match unit.into() {
            0x20 => U::after_blanks(units, at + 1),
            0x0a | 0x0d | 0x09 => at + 1,
            _ => break,
        };
    }
    at
}

/// Which of the open containers are objects: one bit each.
#[derive(Default)]
struct Nest {
    depth: usize,
    /// The innermost up to 64, the lowest bit the innermost.
    bits: u64,
    outer: Vec<u64>,
}

impl Nest {
    #[inline]
    fn push(&mut self, is_object: bool) {
        if self.depth & 63 == 0 && self.depth > 0 {
            self.outer.push(self.bits);
        }
        self.bits = self.bits << 1 | u64::from(is_object);
        self.depth += 1;
    }

    #[inline]
    fn pop(&mut self) {
        self.depth -= 1;
        self.bits >>= 1;
        if self.depth & 63 == 0 && self.depth > 0 {
            self.bits = self.outer.pop().unwrap_or_default();
        }
    }

    #[inline]
    fn in_object(&self) -> bool {
        self.bits & 1 != 0
    }
}

struct Reader<'a, U> {
    units: &'a [U],
    at: usize,
    options: Options,
    nest: Nest,
}

impl<U: Unit> Reader<'_, U> {
    #[inline]
    fn peek(&self) -> u32 {
        // U+FFFFFFFF is no character: nothing compares equal to it.
        self.units.get(self.at).map_or(u32::MAX, |&unit| unit.into())
    }

    #[inline]
    fn skip(&mut self) {
        // Most often there is one space or none.
        let unit = self.peek();
        if unit <= 0x20 {
            self.at = match self.units.get(self.at + 1) {
                Some(&next) if unit == 0x20 && next.into() > 0x20 => self.at + 1,
                _ => skip_space(self.units, self.at),
            };
        }
    }

    #[cold]
    fn wrong(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.at)
    }

    #[inline]
    fn follows(&self, word: &[u8]) -> bool {
        self.units
            .get(self.at..self.at + word.len())
            .is_some_and(|units| units.iter().zip(word).all(|(&unit, &byte)| unit.into() == u32::from(byte)))
    }

    fn value<S: Sink<U>>(mut self, sink: &mut S) -> Result<usize, Failure<S::Error>> {
        loop {
            // A value stands here.
            match self.peek() {
                0x22 => {
                    let (text, end) = Text::scan(self.units, self.at + 1, self.options.controls)?;
                    sink.string(text).map_err(Failure::Sink)?;
                    self.at = end;
                }
                0x7b => {
                    self.open(true)?;
                    sink.begin_object().map_err(Failure::Sink)?;
                    self.skip();
                    if self.peek() != 0x7d {
                        self.key(sink)?;
                        continue;
                    }
                    sink.end_object().map_err(Failure::Sink)?;
                    self.close();
                }
                0x5b => {
                    self.open(false)?;
                    sink.begin_array().map_err(Failure::Sink)?;
                    self.skip();
                    if self.peek() != 0x5d {
                        continue;
                    }
                    sink.end_array().map_err(Failure::Sink)?;
                    self.close();
                }
                0x6e if self.follows(b"null") => {
                    sink.null().map_err(Failure::Sink)?;
                    self.at += 4;
                }
                0x74 if self.follows(b"true") => {
                    sink.boolean(true).map_err(Failure::Sink)?;
                    self.at += 4;
                }
                0x66 if self.follows(b"false") => {
                    sink.boolean(false).map_err(Failure::Sink)?;
                    self.at += 5;
                }
                _ => self.number(sink)?,
            }
            if self.after_value(sink)? {
                return Ok(self.at);
            }
        }
    }

    /// Closes the containers that end behind a value, and goes to the next value; or says that this was the last.
    #[inline]
    fn after_value<S: Sink<U>>(&mut self, sink: &mut S) -> Result<bool, Failure<S::Error>> {
        while self.nest.depth > 0 {
            self.skip();
            let unit = self.peek();
            let in_object = self.nest.in_object();
            if unit == 0x2c {
                let comma = self.at;
                self.at += 1;
                self.skip();
                if in_object {
                    if self.peek() == 0x7d {
                        let kind = ErrorKind::TrailingCommaInObject { bracket: self.at };
                        return Err(Error::new(kind, comma).into());
                    }
                    self.key(sink)?;
                } else if self.peek() == 0x5d {
                    let kind = ErrorKind::TrailingCommaInArray { bracket: self.at };
                    return Err(Error::new(kind, comma).into());
                }
                return Ok(false);
            }
            match (unit, in_object) {
                (0x7d, true) => sink.end_object().map_err(Failure::Sink)?,
                (0x5d, false) => sink.end_array().map_err(Failure::Sink)?,
                _ => return Err(self.wrong(ErrorKind::ExpectingComma).into()),
            }
            self.close();
        }
        Ok(true)
    }

    /// Goes into a container.
    #[inline]
    fn open(&mut self, is_object: bool) -> Result<(), Error> {
        if self.nest.depth >= self.options.depth {
            return Err(self.wrong(ErrorKind::TooDeep));
        }
        self.nest.push(is_object);
        self.at += 1;
        Ok(())
    }

    /// Leaves a container.
    #[inline]
    fn close(&mut self) {
        self.nest.pop();
        self.at += 1;
    }

    /// A member's name and the colon.
    #[inline]
    fn key<S: Sink<U>>(&mut self, sink: &mut S) -> Result<(), Failure<S::Error>> {
        if self.peek() != 0x22 {
            return Err(self.wrong(ErrorKind::ExpectingName).into());
        }
        let begin = self.at + 1;
        match sink.likely_key(&self.units[begin..]).map_err(Failure::Sink)? {
            Some(length) => self.at = begin + length + 1,
            None => {
                let (text, end) = Text::scan(self.units, begin, self.options.controls)?;
                sink.key(text).map_err(Failure::Sink)?;
                self.at = end;
            }
        }
        self.skip();
        if self.peek() != 0x3a {
            return Err(self.wrong(ErrorKind::ExpectingColon).into());
        }
        self.at += 1;
        self.skip();
        Ok(())
    }

    #[inline]
    fn number<S: Sink<U>>(&mut self, sink: &mut S) -> Result<(), Failure<S::Error>> {
        if let Some((number, end)) = Number::scan(self.units, self.at) {
            sink.number(number).map_err(Failure::Sink)?;
            self.at = end;
            return Ok(());
        }
        let constants = [Constant::NaN, Constant::Infinity, Constant::NegativeInfinity];
        let found = constants.into_iter().find(|constant| self.follows(constant.name().as_bytes()));
        let Some(constant) = found else { return Err(self.wrong(ErrorKind::ExpectingValue).into()) };
        if !self.options.constants {
            return Err(self.wrong(ErrorKind::Constant).into());
        }
        sink.constant(constant).map_err(Failure::Sink)?;
        self.at += constant.name().len();
        Ok(())
    }
}
