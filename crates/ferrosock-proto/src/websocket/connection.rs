//! The connection.

use super::close::{CloseFrame, may_send_code};
use super::compression::Compression;
use super::error::Error;
use super::frame::{self, FrameHead};
use super::mask::{Masks, apply_mask};
use super::options::{Limits, Options};
use super::output::Output;
use super::states::{Side, Sides, Step};
use super::text;

/// How much of a compressed payload is unmasked at once.
const BLOCK: usize = 4096;

/// The kind of a message (RFC 6455 section 5.6).
///
/// ```
/// assert_ne!(ferrosock_proto::websocket::Kind::Text, ferrosock_proto::websocket::Kind::Binary);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

impl Kind {
    fn opcode(self) -> u8 {
        match self {
            Self::Text => frame::TEXT,
            Self::Binary => frame::BINARY,
        }
    }
}

/// What came.
///
/// ```
/// use ferrosock_proto::websocket::{Event, Options, WebSocket};
///
/// let mut server = WebSocket::server(&Options::default());
/// server.handle(b"\x89\x81\0\0\0\0a")?;
/// assert_eq!(server.poll_event(), Some(Event::Ping(b"a".to_vec())));
/// assert_eq!(server.poll_output().unwrap(), b"\x8a\x01a"); // the pong
/// # Ok::<(), ferrosock_proto::websocket::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A message of text.
    Text(String),
    /// A message of bytes.
    Binary(Vec<u8>),
    /// A ping, which has been answered.
    Ping(Vec<u8>),
    /// A pong: the answer to a ping of ours, or one that nobody asked for (RFC 6455 section 5.5.3).
    Pong(Vec<u8>),
    /// The peer closes, and has been answered. No event follows.
    Close(Option<CloseFrame>),
}

/// One connection, behind its handshake. The [module](super) says how it is driven.
///
/// ```
/// use ferrosock_proto::websocket::{Event, Options, WebSocket};
///
/// let mut server = WebSocket::server(&Options::default());
/// server.send_close(1000, "bye")?;
/// assert_eq!(server.poll_output().unwrap(), b"\x88\x05\x03\xe8bye");
/// server.handle(b"\x88\x82\0\0\0\0\x03\xe8")?;
/// assert!(matches!(server.poll_event(), Some(Event::Close(Some(frame))) if frame.code == 1000));
/// assert!(server.is_closed());
/// # Ok::<(), ferrosock_proto::websocket::Error>(())
/// ```
#[derive(Debug)]
pub struct WebSocket {
    limits: Limits,
    sides: Sides,
    /// A client's; a server has none.
    masks: Option<Box<Secret>>,
    compression: Option<Box<Compression>>,
    /// The head of a frame that has not come whole.
    head: [u8; frame::LONGEST],
    head_length: u8,
    /// The frame whose payload comes, how much of it is due, and where in its mask that is.
    frame: Option<FrameHead>,
    left: u64,
    phase: u8,
    /// The message that comes: what it is, its bytes, and how far they are known to be UTF-8.
    kind: Kind,
    compressed: bool,
    message: Vec<u8>,
    checked: usize,
    control: Vec<u8>,
    /// Whether the message that goes in fragments is compressed.
    sends_compressed: bool,
    event: Option<Event>,
    output: Output,
}

/// Masks, which no log should show.
struct Secret(Masks);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Masks")
    }
}

impl WebSocket {
    /// A client's side. The masks of its frames are made of `seed`, which must be random and new for each connection: who can
    /// foresee them can make a proxy on the way take a message for a request (RFC 6455 section 10.3).
    ///
    /// ```
    /// use ferrosock_proto::websocket::{Options, WebSocket};
    ///
    /// let seed = [7; 32]; // of the system's random numbers
    /// let client = WebSocket::client(&Options::default(), seed);
    /// # let _ = client;
    /// ```
    pub fn client(options: &Options, seed: [u8; 32]) -> Self {
        Self::new(options, Some(Box::new(Secret(Masks::new(seed)))))
    }

    /// A server's side.
    ///
    /// ```
    /// use ferrosock_proto::websocket::{Options, WebSocket};
    ///
    /// let server = WebSocket::server(&Options::default());
    /// # let _ = server;
    /// ```
    pub fn server(options: &Options) -> Self {
        Self::new(options, None)
    }

    fn new(options: &Options, masks: Option<Box<Secret>>) -> Self {
        let is_client = masks.is_some();
        let compression =
            options.deflate.as_ref().map(|agreed| Box::new(Compression::new(agreed, is_client)));
        Self {
            limits: options.limits,
            sides: Sides::new(),
            masks,
            compression,
            head: [0; frame::LONGEST],
            head_length: 0,
            frame: None,
            left: 0,
            phase: 0,
            kind: Kind::Binary,
            compressed: false,
            message: Vec::new(),
            checked: 0,
            control: Vec::new(),
            sends_compressed: false,
            event: None,
            output: Output::default(),
        }
    }

    /// Takes bytes of the peer's, to the end of one message or control frame at most; says how many it took. While an event waits it
    /// takes none. Bytes behind a close frame, and behind an error, it takes without looking.
    ///
    /// # Errors
    /// What is wrong. Then the output ends with a close frame that says so: when it has gone, the connection is to be closed.
    ///
    /// ```
    /// use ferrosock_proto::websocket::{Error, Options, WebSocket};
    ///
    /// let mut server = WebSocket::server(&Options::default());
    /// assert_eq!(server.handle(b"\x81\x81\0\0\0\0\xff"), Err(Error::BadText));
    /// assert_eq!(server.poll_output().unwrap()[2..4], 1007_u16.to_be_bytes());
    /// assert!(server.is_closed());
    /// ```
    pub fn handle(&mut self, input: &[u8]) -> Result<usize, Error> {
        let mut at = 0;
        while self.event.is_none() {
            if matches!(self.sides.incoming, Side::Closed | Side::Failed) {
                return Ok(input.len());
            }
            let rest = &input[at..];
            let taken = match &self.frame {
                _ if rest.is_empty() && self.left > 0 => break,
                Some(head) => {
                    let head = *head;
                    self.take_payload(head, rest)
                }
                None if rest.is_empty() => break,
                None => self.take_head(rest),
            };
            match taken {
                Ok(taken) => at += taken,
                Err(error) => {
                    self.fail(&error);
                    return Err(error);
                }
            }
        }
        Ok(at)
    }

    /// The peer sends no more bytes: neither may anything be sent.
    ///
    /// # Errors
    /// [`Error::Incomplete`] if no close frame had come, and nothing else was wrong before.
    ///
    /// ```
    /// use ferrosock_proto::websocket::{Error, Options, WebSocket};
    ///
    /// assert_eq!(WebSocket::server(&Options::default()).handle_end(), Err(Error::Incomplete));
    /// ```
    pub fn handle_end(&mut self) -> Result<(), Error> {
        let before = self.sides.incoming;
        self.sides.step(Step::End)?;
        self.message = Vec::new();
        if matches!(before, Side::Closed | Side::Failed) { Ok(()) } else { Err(Error::Incomplete) }
    }

    /// What came, once it is whole.
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Options, WebSocket};
    /// assert_eq!(WebSocket::server(&Options::default()).poll_event(), None);
    /// ```
    pub fn poll_event(&mut self) -> Option<Event> {
        self.event.take()
    }

    /// The next bytes that are to go to the peer; there may be more behind them.
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Options, WebSocket};
    /// assert_eq!(WebSocket::server(&Options::default()).poll_output(), None);
    /// ```
    pub fn poll_output(&mut self) -> Option<Vec<u8>> {
        self.output.poll()
    }

    /// How many bytes [`poll_output`](Self::poll_output) would give in all.
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Options, WebSocket};
    /// assert_eq!(WebSocket::server(&Options::default()).pending(), 0);
    /// ```
    pub fn pending(&self) -> usize {
        self.output.len()
    }

    fn take_head(&mut self, input: &[u8]) -> Result<usize, Error> {
        let (masked, compresses) = (self.masks.is_none(), self.compression.is_some());
        let before = usize::from(self.head_length);
        let (head, taken) = if before == 0 {
            match FrameHead::read(input, masked, compresses)? {
                Some(found) => found,
                None => return Ok(self.keep_head(input)),
            }
        } else {
            let count = input.len().min(frame::LONGEST - before);
            self.head[before..before + count].copy_from_slice(&input[..count]);
            match FrameHead::read(&self.head[..before + count], masked, compresses)? {
                Some((head, length)) => (head, length - before),
                None => return Ok(self.keep_head(input)),
            }
        };
        self.head_length = 0;
        self.begin(head)?;
        Ok(taken)
    }

    fn keep_head(&mut self, input: &[u8]) -> usize {
        let before = usize::from(self.head_length);
        let count = input.len().min(frame::LONGEST - before);
        self.head[before..before + count].copy_from_slice(&input[..count]);
        self.head_length += count as u8;
        count
    }

    /// A frame has begun.
    fn begin(&mut self, head: FrameHead) -> Result<(), Error> {
        if head.opcode == frame::CLOSE {
            // The step is taken when it is whole.
        } else if head.is_control() {
            self.sides.step(Step::ReceiveControl)?;
        } else {
            let continues = head.opcode == frame::CONTINUATION;
            self.sides.step(Step::receive(continues, head.fin))?;
            if !continues {
                self.kind = if head.opcode == frame::TEXT { Kind::Text } else { Kind::Binary };
                self.compressed = head.compressed;
            }
            if head.length > self.limits.frame {
                return Err(Error::FrameTooLong { length: head.length });
            }
            let whole = head.length.saturating_add(self.message.len() as u64);
            if !self.compressed && whole > self.limits.message {
                return Err(Error::MessageTooLong);
            }
        }
        self.frame = Some(head);
        self.left = head.length;
        self.phase = 0;
        Ok(())
    }

    fn take_payload(&mut self, head: FrameHead, input: &[u8]) -> Result<usize, Error> {
        let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len());
        let piece = &input[..count];
        self.left -= count as u64;
        let done = self.left == 0;
        if head.is_control() {
            let before = self.control.len();
            self.control.extend_from_slice(piece);
            let phase = self.advance(count);
            apply_mask(head.mask.unwrap_or_default(), phase, &mut self.control[before..]);
            if done {
                self.frame = None;
                self.end_control(head.opcode)?;
            }
            return Ok(count);
        }
        if self.compressed {
            self.inflate(head, piece, done)?;
        } else {
            let before = self.message.len();
            // A whole frame is often here but for a few bytes: room for it, unless it is mostly a promise.
            let due = usize::try_from(self.left).unwrap_or(usize::MAX).min(count);
            self.message.reserve(count + due);
            self.message.extend_from_slice(piece);
            let phase = self.advance(count);
            if let Some(mask) = head.mask {
                apply_mask(mask, phase, &mut self.message[before..]);
            }
        }
        if done {
            self.frame = None;
        }
        if done && head.fin {
            self.end_message()?;
        } else if self.kind == Kind::Text {
            self.checked = text::check(&self.message, self.checked)?;
        }
        Ok(count)
    }

    /// Goes on in the mask; says where it was.
    fn advance(&mut self, count: usize) -> usize {
        let before = usize::from(self.phase);
        self.phase = ((before + count) % 4) as u8;
        before
    }

    fn inflate(&mut self, head: FrameHead, piece: &[u8], done: bool) -> Result<(), Error> {
        let most = usize::try_from(self.limits.message).unwrap_or(usize::MAX);
        let mut phase = self.advance(piece.len());
        let Some(compression) = &mut self.compression else { return Err(Error::ReservedBits) };
        match head.mask {
            None => compression.decompress(piece, &mut self.message, most)?,
            Some(mask) => {
                let mut block = [0; BLOCK];
                for part in piece.chunks(BLOCK) {
                    let block = &mut block[..part.len()];
                    block.copy_from_slice(part);
                    apply_mask(mask, phase, block);
                    phase = (phase + part.len()) % 4;
                    compression.decompress(block, &mut self.message, most)?;
                }
            }
        }
        if done && head.fin {
            compression.finish(&mut self.message, most)?;
        }
        Ok(())
    }

    fn end_message(&mut self) -> Result<(), Error> {
        let mut bytes = std::mem::take(&mut self.message);
        if bytes.capacity() > 2 * bytes.len() + 64 {
            bytes.shrink_to_fit();
        }
        self.checked = 0;
        self.event = Some(match self.kind {
            Kind::Binary => Event::Binary(bytes),
            Kind::Text => Event::Text(String::from_utf8(bytes).map_err(|_| Error::BadText)?),
        });
        Ok(())
    }

    fn end_control(&mut self, opcode: u8) -> Result<(), Error> {
        let payload = std::mem::take(&mut self.control);
        match opcode {
            frame::PING => {
                if self.sides.step(Step::SendControl).is_ok() {
                    self.write_control(frame::PONG, &payload);
                }
                self.event = Some(Event::Ping(payload));
            }
            frame::PONG => self.event = Some(Event::Pong(payload)),
            _ => {
                let close = CloseFrame::read(&payload)?;
                self.sides.step(Step::ReceiveClose)?;
                if self.sides.step(Step::SendClose).is_ok() {
                    // The same back (RFC 6455 section 5.5.1), and the reason, too: it is what a browser tells its page.
                    self.write_control(frame::CLOSE, &payload);
                }
                self.message = Vec::new();
                self.event = Some(Event::Close(close));
            }
        }
        Ok(())
    }

    /// What came is wrong: the peer is told, and no more is read.
    fn fail(&mut self, error: &Error) {
        let failed = self.sides.step(Step::Fail);
        debug_assert!(failed.is_ok(), "nothing is read behind the end");
        self.message = Vec::new();
        self.frame = None;
        if self.sides.step(Step::SendClose).is_ok() {
            let mut payload = error.close_code().to_be_bytes().to_vec();
            payload.extend_from_slice(error.to_string().as_bytes());
            payload.truncate(125);
            self.write_control(frame::CLOSE, &payload);
        }
    }

    /// Sends a message of text.
    ///
    /// # Errors
    /// [`Error::Closed`] behind a close frame of ours or an error; [`Error::WrongState`] between the fragments of another message.
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Options, WebSocket};
    /// let mut server = WebSocket::server(&Options::default());
    /// server.send_text("hi")?;
    /// assert_eq!(server.poll_output().unwrap(), b"\x81\x02hi");
    /// # Ok::<(), ferrosock_proto::websocket::Error>(())
    /// ```
    pub fn send_text(&mut self, text: &str) -> Result<(), Error> {
        self.send_whole(Kind::Text, text.as_bytes())
    }

    /// Sends a message of bytes.
    ///
    /// # Errors
    /// As [`send_text`](Self::send_text).
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Options, WebSocket};
    /// let mut server = WebSocket::server(&Options::default());
    /// server.send_binary(b"\0")?;
    /// assert_eq!(server.poll_output().unwrap(), b"\x82\x01\0");
    /// # Ok::<(), ferrosock_proto::websocket::Error>(())
    /// ```
    pub fn send_binary(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.send_whole(Kind::Binary, bytes)
    }

    fn send_whole(&mut self, kind: Kind, bytes: &[u8]) -> Result<(), Error> {
        if self.sides.outgoing == Side::Within {
            return Err(Error::WrongState);
        }
        self.send_fragment(kind, bytes, true)
    }

    /// Sends a message whose bytes are not copied if they are many.
    ///
    /// # Errors
    /// As [`send_text`](Self::send_text). That text is UTF-8 is the caller's word.
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Kind, Options, WebSocket};
    /// let mut server = WebSocket::server(&Options::default());
    /// server.send_owned(Kind::Binary, vec![0; 100_000])?;
    /// let pieces: Vec<_> = std::iter::from_fn(|| server.poll_output()).map(|piece| piece.len()).collect();
    /// assert_eq!(pieces, [10, 100_000]);
    /// # Ok::<(), ferrosock_proto::websocket::Error>(())
    /// ```
    pub fn send_owned(&mut self, kind: Kind, mut bytes: Vec<u8>) -> Result<(), Error> {
        if self.compression.as_ref().is_some_and(|deflate| deflate.pays(bytes.len(), true)) {
            return self.send_whole(kind, &bytes);
        }
        self.sides.step(Step::SendWhole)?;
        let head = self.frame_head(kind.opcode(), true, false, bytes.len());
        if let Some(mask) = head.mask {
            apply_mask(mask, 0, &mut bytes);
        }
        self.output.append(|out| head.write(out));
        self.output.push(bytes);
        Ok(())
    }

    /// Sends a fragment of a message, `fin` with the last; `kind` counts with the first. Control frames may go between fragments.
    /// That all of them together are UTF-8 for text is the caller's word.
    ///
    /// # Errors
    /// [`Error::Closed`] behind a close frame of ours or an error.
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Kind, Options, WebSocket};
    /// let mut server = WebSocket::server(&Options::default());
    /// server.send_fragment(Kind::Text, b"he", false)?;
    /// server.send_fragment(Kind::Text, b"llo", true)?;
    /// assert_eq!(server.poll_output().unwrap(), b"\x01\x02he\x80\x03llo");
    /// # Ok::<(), ferrosock_proto::websocket::Error>(())
    /// ```
    pub fn send_fragment(&mut self, kind: Kind, fragment: &[u8], fin: bool) -> Result<(), Error> {
        let continues = self.sides.outgoing == Side::Within;
        self.sides.step(Step::send(continues, fin))?;
        if !continues {
            let pays = |deflate: &Compression| deflate.pays(fragment.len(), fin);
            self.sends_compressed = self.compression.as_deref().is_some_and(pays);
        }
        let opcode = if continues { frame::CONTINUATION } else { kind.opcode() };
        match &mut self.compression {
            Some(compression) if self.sends_compressed => {
                let mut packed = Vec::with_capacity(fragment.len() / 2 + 64);
                compression.compress(fragment, fin, &mut packed);
                let head = self.frame_head(opcode, fin, !continues, packed.len());
                self.output.append(|out| head.write_with(&packed, out));
            }
            _ => {
                let head = self.frame_head(opcode, fin, false, fragment.len());
                self.output.append(|out| head.write_with(fragment, out));
            }
        }
        Ok(())
    }

    /// Sends a ping; the peer answers with a pong of the same payload.
    ///
    /// # Errors
    /// [`Error::TooLong`] beyond 125 bytes; [`Error::Closed`].
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Options, WebSocket};
    /// let mut server = WebSocket::server(&Options::default());
    /// server.send_ping(b"1")?;
    /// assert_eq!(server.poll_output().unwrap(), b"\x89\x011");
    /// # Ok::<(), ferrosock_proto::websocket::Error>(())
    /// ```
    pub fn send_ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.send_control(frame::PING, payload)
    }

    /// Sends a pong that nobody asked for.
    ///
    /// # Errors
    /// As [`send_ping`](Self::send_ping).
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Options, WebSocket};
    /// WebSocket::server(&Options::default()).send_pong(b"")?;
    /// # Ok::<(), ferrosock_proto::websocket::Error>(())
    /// ```
    pub fn send_pong(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.send_control(frame::PONG, payload)
    }

    fn send_control(&mut self, opcode: u8, payload: &[u8]) -> Result<(), Error> {
        if payload.len() > 125 {
            return Err(Error::TooLong);
        }
        self.sides.step(Step::SendControl)?;
        self.write_control(opcode, payload);
        Ok(())
    }

    /// Sends a close frame: nothing more may be sent. What comes until the peer's close frame is still given. Code 1005 stands for a
    /// frame without code and reason.
    ///
    /// # Errors
    /// [`Error::InvalidCode`]; [`Error::TooLong`] for a reason of more than 123 bytes; [`Error::Closed`] if one went before.
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Error, Options, WebSocket};
    /// let mut server = WebSocket::server(&Options::default());
    /// assert_eq!(server.send_close(1006, ""), Err(Error::InvalidCode(1006)));
    /// server.send_close(1001, "shutdown")?;
    /// assert_eq!(server.send_text("more"), Err(Error::Closed));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn send_close(&mut self, code: u16, reason: &str) -> Result<(), Error> {
        if !may_send_code(code) && (code != 1005 || !reason.is_empty()) {
            return Err(Error::InvalidCode(code));
        }
        if reason.len() > 123 {
            return Err(Error::TooLong);
        }
        self.sides.step(Step::SendClose)?;
        let mut payload = Vec::with_capacity(2 + reason.len());
        if code != 1005 {
            payload.extend_from_slice(&code.to_be_bytes());
            payload.extend_from_slice(reason.as_bytes());
        }
        self.write_control(frame::CLOSE, &payload);
        Ok(())
    }

    fn write_control(&mut self, opcode: u8, payload: &[u8]) {
        let head = self.frame_head(opcode, true, false, payload.len());
        self.output.append(|out| head.write_with(payload, out));
    }

    fn frame_head(&mut self, opcode: u8, fin: bool, compressed: bool, length: usize) -> FrameHead {
        let mask = self.masks.as_mut().map(|masks| masks.0.next());
        FrameHead { fin, compressed, opcode, mask, length: length as u64 }
    }

    /// What the incoming side is at.
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Options, Side, WebSocket};
    /// assert_eq!(WebSocket::server(&Options::default()).incoming(), Side::Open);
    /// ```
    pub fn incoming(&self) -> Side {
        self.sides.incoming
    }

    /// What the outgoing side is at.
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Options, Side, WebSocket};
    /// assert_eq!(WebSocket::server(&Options::default()).outgoing(), Side::Open);
    /// ```
    pub fn outgoing(&self) -> Side {
        self.sides.outgoing
    }

    /// Whether nothing more comes or goes: a server closes the connection behind what is left of its output, a client waits a while for
    /// the server to do so (RFC 6455 section 7.1.1).
    ///
    /// ```
    /// # use ferrosock_proto::websocket::{Options, WebSocket};
    /// assert!(!WebSocket::server(&Options::default()).is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.sides.outgoing == Side::Closed && matches!(self.sides.incoming, Side::Closed | Side::Failed)
    }
}
