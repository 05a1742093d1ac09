//! The blocking client.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use ferrosock_proto::http1::ResponseHead;
use ferrosock_proto::websocket::{
    ClientHandshake, CloseFrame, Error as ProtocolError, Event, KeepAlive, Kind, Message,
    Options as MachineOptions, Side, Sign, WebSocket as Machine,
};

use super::error::Error;
use super::options::Options;
use crate::http::{Redirects, Stream, Upgraded, Wait, shown_url};

/// How much is received at once.
const BLOCK: usize = 64 * 1024;

/// What stands for a close that never came (RFC 6455 section 7.1.5).
fn lost() -> CloseFrame {
    CloseFrame { code: 1006, reason: String::new() }
}

/// A client's connection. Calls block the thread that makes them; pings of the server's are answered while one receives or sends.
///
/// Dropped, it ends the connection without a word; [`close`](Self::close) says farewell.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use ferrosock::server::{Request, Server};
/// use ferrosock::websocket::{Message, WebSocket, server};
///
/// let echo = |request: Request| {
///     let answer = |socket: &mut server::Socket<'_>, message: server::Message| drop(socket.send(message));
///     server::accept(&request, &server::Options::default(), answer)
/// };
/// let served = Server::builder().tcp("127.0.0.1:0".parse()?).start(echo)?;
///
/// let mut socket = WebSocket::connect(&format!("ws://{}/", served.addresses()[0]))?;
/// socket.send("hello")?;
/// assert_eq!(socket.receive()?, Some(Message::Text("hello".to_owned())));
/// socket.close(1000, "done")?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WebSocket {
    stream: Box<dyn Stream>,
    machine: Machine,
    block: Box<[u8]>,
    /// What of the block was not taken.
    from: usize,
    to: usize,
    subprotocol: Option<String>,
    close_timeout: Duration,
    /// What sees to it that the server lives, if anything, and since when it counts.
    alive: Option<KeepAlive>,
    begun: Instant,
    /// How it ended, once it has.
    closed: Option<CloseFrame>,
}

impl WebSocket {
    /// Connects to a URL of `ws` or `wss`, with the defaults of [`Options`].
    ///
    /// # Errors
    /// As [`Options::connect`].
    pub fn connect(url: &str) -> Result<Self, Error> {
        Options::new().connect(url)
    }

    pub(super) fn connect_with(url: &str, options: &Options) -> Result<Self, Error> {
        let target = http_url(url).ok_or_else(|| Error::InvalidUrl(shown_url(url.as_bytes())))?;
        let mut secret = [0; 48];
        File::open("/dev/urandom")?.read_exact(&mut secret)?;
        let (mut nonce, mut seed) = ([0; 16], [0; 32]);
        nonce.copy_from_slice(&secret[..16]);
        seed.copy_from_slice(&secret[16..]);
        let names: Vec<&str> = options.subprotocols.iter().map(String::as_str).collect();
        let handshake = ClientHandshake::new(nonce, &names, options.deflate.clone());
        let fields = handshake.fields().map_err(|error| Error::Http(error.into()))?;
        let client = options.client.clone().unwrap_or_default();
        let request =
            client.get(target).headers(fields.iter()).headers(options.fields.iter().map(|(n, v)| (n, v)));
        let response = request.redirects(Redirects::none()).send().map_err(Error::Http)?;
        if response.status() != 101 {
            return Err(Error::Denied(Box::new(response)));
        }
        let mut head = ResponseHead::new(response.status(), "");
        head.fields = response.headers().clone();
        let agreement = handshake.judge(&head).map_err(Error::Handshake)?;
        let Upgraded { stream, received } = response.upgrade().map_err(Error::Denied)?;
        let machine = MachineOptions { limits: options.limits, deflate: agreement.deflate };
        let mut block = received;
        let to = block.len();
        block.resize(BLOCK.max(to), 0);
        Ok(Self {
            stream,
            machine: Machine::client(&machine, seed),
            block: block.into_boxed_slice(),
            from: 0,
            to,
            subprotocol: agreement.subprotocol,
            close_timeout: options.close_timeout,
            alive: options
                .ping_interval
                .map(|interval| KeepAlive::new(interval, Some(options.ping_timeout), 0)),
            begun: Instant::now(),
            closed: None,
        })
    }

    /// The subprotocol that was agreed on.
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// How the connection ended, once it has: what the server said (code 1005 if it gave none), or 1006.
    pub fn closed(&self) -> Option<&CloseFrame> {
        self.closed.as_ref()
    }

    /// Waits for the next message; `None` once the server has closed the connection: see [`closed`](Self::closed).
    ///
    /// # Errors
    /// [`Error::Protocol`] for what is no WebSocket, or an end without a close; [`Error::Io`].
    pub fn receive(&mut self) -> Result<Option<Message>, Error> {
        self.receive_until(None)
    }

    /// The same for at most so long.
    ///
    /// # Errors
    /// As [`receive`](Self::receive); [`Error::Io`] of the kind `TimedOut`, and then it may be tried again.
    pub fn receive_within(&mut self, time: Duration) -> Result<Option<Message>, Error> {
        self.receive_until(Instant::now().checked_add(time))
    }

    fn receive_until(&mut self, deadline: Option<Instant>) -> Result<Option<Message>, Error> {
        let mut looked = false;
        loop {
            match self.event(deadline, &mut looked)? {
                Some(Event::Text(text)) => return Ok(Some(Message::Text(text))),
                Some(Event::Binary(bytes)) => return Ok(Some(Message::Binary(bytes))),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// The next event; `None` at the end. Behind the deadline what is there is looked at once, if `looked` says that it was not: a
    /// server that never pauses cannot draw it out.
    fn event(&mut self, deadline: Option<Instant>, looked: &mut bool) -> Result<Option<Event>, Error> {
        loop {
            if self.closed.is_some() {
                return Ok(None);
            }
            if let Some(event) = self.machine.poll_event() {
                if let Event::Close(frame) = event {
                    let frame = frame.unwrap_or(CloseFrame { code: 1005, reason: String::new() });
                    self.finish(frame);
                    return Ok(None);
                }
                return Ok(Some(event));
            }
            if self.from < self.to {
                match self.machine.handle(&self.block[self.from..self.to]) {
                    Ok(taken) => self.from += taken,
                    Err(error) => return Err(self.fail(error)),
                }
                self.flush(deadline)?;
                continue;
            }
            if std::mem::replace(looked, true) && deadline.is_some_and(|end| Instant::now() >= end) {
                return Err(Wait::timed_out().into());
            }
            let look = self.look();
            let until = [deadline, look].into_iter().flatten().min();
            let count = match self.stream.read(&mut self.block, &Wait::until(until)) {
                Ok(count) => count,
                Err(error)
                    if error.kind() == io::ErrorKind::TimedOut
                        && look.is_some_and(|look| Instant::now() >= look) =>
                {
                    self.ask()?;
                    continue;
                }
                Err(error) => return Err(self.break_off(error)),
            };
            let now = self.now();
            if let Some(alive) = &mut self.alive {
                alive.heard(now);
            }
            (self.from, self.to) = (0, count);
            if count == 0 {
                self.lose()?;
            }
        }
    }

    /// Since the connection began, in milliseconds.
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// When it is to be seen whether the server lives. Behind a close its answer is waited for, and that is all.
    fn look(&self) -> Option<Instant> {
        if self.machine.outgoing() == Side::Closed {
            return None;
        }
        self.begun.checked_add(Duration::from_millis(self.alive.as_ref()?.due()))
    }

    /// Asks for a sign of life, or sees that there is none.
    fn ask(&mut self) -> Result<(), Error> {
        let now = self.now();
        match self.alive.as_mut().map(|alive| alive.check(now, false)) {
            Some(Sign::Ping(_)) if self.machine.send_ping(KeepAlive::PAYLOAD).is_ok() => {
                self.flush(Instant::now().checked_add(self.close_timeout))
            }
            Some(Sign::Lost) => {
                let reason = "no answer to a ping";
                let _ = self.machine.send_close(1011, reason);
                let _ = self.flush(Instant::now().checked_add(self.close_timeout));
                self.closed = Some(CloseFrame { code: 1011, reason: reason.to_owned() });
                Err(Error::Silent)
            }
            _ => Ok(()),
        }
    }

    /// The close frames have gone both ways: sends ours, and waits a while for the server to end the connection.
    fn finish(&mut self, frame: CloseFrame) {
        let deadline = Instant::now().checked_add(self.close_timeout);
        // What fails here fails behind the end.
        let _ = self.flush(deadline);
        while deadline.is_none_or(|end| Instant::now() < end)
            && matches!(self.stream.read(&mut self.block, &Wait::until(deadline)), Ok(1..))
        {}
        let _ = self.machine.handle_end();
        self.closed = Some(frame);
    }

    fn fail(&mut self, error: ProtocolError) -> Error {
        let _ = self.flush(Instant::now().checked_add(self.close_timeout));
        self.closed = Some(CloseFrame { code: error.close_code(), reason: error.to_string() });
        error.into()
    }

    /// An error that ends the connection, but for that of a wait that is over.
    fn break_off(&mut self, error: io::Error) -> Error {
        if !matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::Interrupted) {
            let _ = self.lose();
        }
        error.into()
    }

    /// The connection has ended without a close.
    fn lose(&mut self) -> Result<(), ProtocolError> {
        self.closed = Some(lost());
        self.machine.handle_end()
    }

    /// Sends a message. It blocks while the server takes nothing, as one may that waits until its own messages are taken.
    ///
    /// # Errors
    /// [`Error::Protocol`] behind a close; [`Error::Io`].
    pub fn send(&mut self, message: impl Into<Message>) -> Result<(), Error> {
        let (kind, bytes) = message.into().into_parts();
        self.machine.send_owned(kind, bytes)?;
        self.flush(None)
    }

    /// Sends a fragment of a message, `fin` with the last.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_fragment(&mut self, kind: Kind, fragment: &[u8], fin: bool) -> Result<(), Error> {
        self.machine.send_fragment(kind, fragment, fin)?;
        self.flush(None)
    }

    /// Asks the server for a sign of life, and waits for it; messages that come meanwhile are lost, so it is for connections on which
    /// the server says nothing by itself.
    ///
    /// # Errors
    /// As [`receive_within`](Self::receive_within).
    pub fn ping(&mut self, time: Duration) -> Result<(), Error> {
        let payload = b"are you there"; // not that of the pings that keep it alive
        self.machine.send_ping(payload)?;
        let deadline = Instant::now().checked_add(time);
        self.flush(deadline)?;
        let mut looked = false;
        loop {
            match self.event(deadline, &mut looked)? {
                Some(Event::Pong(found)) if found == payload => return Ok(()),
                Some(_) => {}
                None => return Err(ProtocolError::Closed.into()),
            }
        }
    }

    /// Closes the connection, and waits for the server's answer, which it gives. Messages that come before it are thrown away.
    ///
    /// # Errors
    /// [`Error::Protocol`] for a code or reason that may not be sent, or an end without an answer; [`Error::Io`].
    pub fn close(&mut self, code: u16, reason: &str) -> Result<CloseFrame, Error> {
        if self.machine.outgoing() != Side::Closed {
            self.machine.send_close(code, reason)?;
        }
        let deadline = Instant::now().checked_add(self.close_timeout);
        self.flush(deadline)?;
        let mut looked = false;
        while self.event(deadline, &mut looked)?.is_some() {}
        Ok(self.closed.clone().unwrap_or_else(lost))
    }

    /// Sends what waits.
    fn flush(&mut self, deadline: Option<Instant>) -> Result<(), Error> {
        while let Some(piece) = self.machine.poll_output() {
            let mut rest = &piece[..];
            while !rest.is_empty() {
                match self.stream.write(rest, &Wait::until(deadline)) {
                    Ok(count) => rest = &rest[count..],
                    Err(error) => {
                        // A frame that went in part cannot be gone on with.
                        let _ = self.lose();
                        return Err(error.into());
                    }
                }
            }
        }
        Ok(())
    }
}

/// The URL of the handshake's request.
fn http_url(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once(':')?;
    // A fragment means nothing here, and is refused (RFC 6455 section 3).
    if rest.contains('#') {
        return None;
    }
    match scheme.to_ascii_lowercase().as_str() {
        "ws" => Some(format!("http:{rest}")),
        "wss" => Some(format!("https:{rest}")),
        _ => None,
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebSocket").field("closed", &self.closed).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        assert_eq!(http_url("WS://a:1/b?c").as_deref(), Some("http://a:1/b?c"));
        assert_eq!(http_url("wss://a").as_deref(), Some("https://a"));
        for bad in ["http://a", "a", "ws://a/#b"] {
            assert_eq!(http_url(bad), None);
        }
    }
}
