//! The server's side of a connection.

use super::error::Error;
use super::framing::{Framing, declared, has_no_body, request_framing, request_persists};
use super::head::{RequestHead, ResponseHead};
use super::machine::{Brought, Event, Machine};
use super::start_line::Version;
use super::states::{Role, Side, Step};
use super::want::{Limits, Temper, Want};
use super::write::{Outflow, encode_response, encode_response_with};
use crate::http::Fields;

/// What has to be known of a request when it is answered.
#[derive(Debug, Clone)]
struct Asked {
    method: String,
    version: Version,
    asks_to_switch: bool,
    persists: bool,
    /// Whether the client waits with its body for a word.
    waits: bool,
}

impl Asked {
    /// What is assumed of a request that could not be read.
    fn unknown() -> Self {
        let (method, version) = (String::from("GET"), Version::Http11);
        Self { method, version, asks_to_switch: false, persists: false, waits: false }
    }
}

/// A server's side of a connection: requests come in, one at a time, and responses go out.
///
/// Hand in with [`handle`](Self::handle) what [`want`](Self::want) asks for, look with [`poll_event`](Self::poll_event) at
/// what came, answer with `send_*`, and pass [`poll_output`](Self::poll_output) to the peer. While an answer is due nothing is
/// wanted once the request is whole: what the client has sent already waits, and is answered in its order.
///
/// When `handle` fails, answer with [`Error::status`] if [`outgoing`](Self::outgoing) is [`Side::Head`], and close.
///
/// ```
/// use ferrosock_proto::http1::{Event, Limits, ResponseHead, Server, Side, Temper, Want};
///
/// let mut server = Server::new(Temper::Strict, Limits::default());
/// for line in [&b"GET / HTTP/1.1\r\n"[..], b"Host: example.org\r\n", b"\r\n"] {
///     server.handle(line)?;
/// }
/// assert_eq!((server.want(), server.outgoing()), (Want::Nothing, Side::Head));
/// server.send_response(&ResponseHead::new(200, "OK"))?;
/// server.send_data(b"hello")?;
/// server.send_end(&Default::default())?;
/// assert_eq!(
///     server.poll_output().unwrap(),
///     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
/// );
/// assert!(matches!(server.want(), Want::Line(_))); // the next request
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    machine: Machine<RequestHead>,
    asked: Asked,
    /// Whether the connection goes on behind the response that is being sent.
    persists: bool,
}

impl Server {
    /// A new connection.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, Server, Temper, Want};
    /// let server = Server::new(Temper::Strict, Limits::default());
    /// assert!(matches!(server.want(), Want::Line(_)));
    /// ```
    pub fn new(temper: Temper, limits: Limits) -> Self {
        let machine = Machine::new(Role::Server, temper, limits);
        Self { machine, asked: Asked::unknown(), persists: true }
    }

    /// What should be handed in next.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, Server, Temper, Want};
    /// let server = Server::new(Temper::Strict, Limits { line: 8000, ..Limits::default() });
    /// assert_eq!(server.want(), Want::Line(8001));
    /// ```
    pub fn want(&self) -> Want {
        self.machine.want()
    }

    /// Takes what was wanted; gives back what of it is content. No bytes say that the peer sends no more.
    ///
    /// # Errors
    /// What is wrong with it; then no more is read.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Error, Limits, ResponseHead, Server, Temper};
    /// let mut server = Server::new(Temper::Strict, Limits::default());
    /// let error = server.handle(b"GET / HTTP/3.0\r\n").unwrap_err();
    /// server.send_response(&ResponseHead::new(error.status(), "HTTP Version Not Supported"))?;
    /// server.send_end(&Default::default())?;
    /// assert!(server.is_closed());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn handle<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], Error> {
        let result = self.take(input);
        if result.is_err() && self.machine.sides.incoming == Side::Head {
            self.asked = Asked::unknown();
        }
        self.machine.judge(result)
    }

    /// Takes note of `count` bytes of content that went elsewhere, where content is wanted; 0 is the end of the connection.
    ///
    /// # Errors
    /// As [`handle`](Self::handle).
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Event, Limits, Server, Temper};
    /// # let mut server = Server::new(Temper::Strict, Limits::default());
    /// for line in [&b"PUT / HTTP/1.1\r\n"[..], b"Host: a\r\n", b"Content-Length: 9\r\n", b"\r\n"] {
    ///     server.handle(line)?;
    /// }
    /// server.handle_content(9)?;
    /// assert!(matches!(std::iter::from_fn(|| server.poll_event()).last(), Some(Event::End(_))));
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn handle_content(&mut self, count: usize) -> Result<(), Error> {
        let result = self.machine.take_content(count).and_then(|last| {
            self.asked.waits = false;
            if last { self.end() } else { Ok(()) }
        });
        self.machine.judge(result)
    }

    fn take<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], Error> {
        match self.machine.take(input)? {
            Brought::Nothing => Ok(&[]),
            Brought::Head(head) => self.receive(head).map(|()| &[][..]),
            Brought::Content(content) => {
                self.asked.waits = false;
                Ok(content)
            }
            Brought::End(content) => self.end().map(|()| content),
        }
    }

    fn receive(&mut self, head: RequestHead) -> Result<(), Error> {
        let framing = request_framing(&head)?;
        self.machine.sides.step(Step::ReceiveHead)?;
        self.asked = Asked {
            method: head.method.clone(),
            version: head.version,
            asks_to_switch: head.asks_to_switch(),
            persists: request_persists(&head),
            waits: head.expects_continue() && framing != Framing::Length(0),
        };
        if self.machine.begin_body(head, framing) { self.end() } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), Error> {
        self.asked.waits = false;
        self.machine.end_body();
        self.machine.sides.step(Step::ReceiveEnd)
    }

    /// Whether the client waits for `100 Continue` before it sends its body (RFC 9110 section 10.1.1).
    ///
    /// Send a response of status 100 before the body is read, or a final one instead of reading it.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, ResponseHead, Server, Temper};
    /// # let mut server = Server::new(Temper::Strict, Limits::default());
    /// let head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    /// for line in head.split_inclusive(|byte| *byte == b'\n') {
    ///     server.handle(line)?;
    /// }
    /// assert!(server.is_waited_for());
    /// server.send_response(&ResponseHead::new(100, "Continue"))?;
    /// assert!(!server.is_waited_for());
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn is_waited_for(&self) -> bool {
        self.asked.waits
    }

    /// Sends the head of a response, interim (1xx) or final.
    ///
    /// The framing is what its fields say. Where they are silent, the body is chunked, or goes on until the end of the
    /// connection for a client of HTTP/1.0, and a field says so. `Connection` is added where the connection ends or, for a
    /// client of HTTP/1.0, goes on. Status 101, or 2xx to CONNECT, hands the connection to another protocol.
    ///
    /// # Errors
    /// [`Error::WrongState`] if no answer is due; [`Error::InvalidStatus`] for 1xx to a client of HTTP/1.0 and for a switch that
    /// was not asked for; [`Error::UnwantedFraming`] for a framing that this response cannot have; what may not be sent.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, ResponseHead, Server, Side, Temper};
    /// # let mut server = Server::new(Temper::Strict, Limits::default());
    /// server.handle(b"GET / HTTP/1.0\r\n")?;
    /// server.handle(b"\r\n")?;
    /// server.send_response(&ResponseHead::new(200, "OK"))?;
    /// assert_eq!(server.poll_output().unwrap(), b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn send_response(&mut self, head: &ResponseHead) -> Result<(), Error> {
        if head.is_interim() {
            return self.send_interim(head);
        }
        if !self.machine.sides.can(Step::SendHead) {
            return Err(Error::WrongState);
        }
        let switches =
            head.status == 101 || self.asked.method == "CONNECT" && (200..300).contains(&head.status);
        if switches {
            return self.send_switch(head);
        }
        let mut more = Vec::new();
        let (outflow, framed) = self.outflow(head)?;
        if !framed && outflow == Outflow::Chunked {
            more.push(("Transfer-Encoding", "chunked"));
        }
        let open = !matches!(self.machine.sides.incoming, Side::Failed | Side::Closed);
        let persists = open
            && self.asked.persists
            && !self.asked.waits
            && outflow != Outflow::UntilClose
            && !head.fields.has_member(b"connection", b"close");
        if !persists && !head.fields.has_member(b"connection", b"close") {
            more.push(("Connection", "close"));
        }
        if persists
            && self.asked.version < Version::Http11
            && !head.fields.has_member(b"connection", b"keep-alive")
        {
            more.push(("Connection", "keep-alive"));
        }
        encode_response_with(head, &more, &mut self.machine.output)?;
        self.machine.sides.step(Step::SendHead)?;
        self.machine.outflow = outflow;
        self.persists = persists;
        Ok(())
    }

    fn send_interim(&mut self, head: &ResponseHead) -> Result<(), Error> {
        if !self.machine.sides.can(Step::SendInterim) {
            return Err(Error::WrongState);
        }
        if self.asked.version < Version::Http11 || head.status < 100 {
            return Err(Error::InvalidStatus(head.status));
        }
        refuse_framing(head)?;
        encode_response(head, &mut self.machine.output)?;
        self.machine.sides.step(Step::SendInterim)?;
        self.asked.waits &= head.status != 100;
        Ok(())
    }

    fn send_switch(&mut self, head: &ResponseHead) -> Result<(), Error> {
        if !self.asked.asks_to_switch || head.status == 101 && self.asked.method == "CONNECT" {
            return Err(Error::InvalidStatus(head.status));
        }
        // The new protocol begins behind the request.
        if self.machine.sides.incoming != Side::Idle {
            return Err(Error::WrongState);
        }
        refuse_framing(head)?;
        encode_response(head, &mut self.machine.output)?;
        self.machine.sides.step(Step::SendHead)?;
        self.machine.sides.step(Step::Switch)?;
        self.machine.tell(Event::Switched);
        Ok(())
    }

    /// How the body goes out, and whether the head says so.
    fn outflow(&self, head: &ResponseHead) -> Result<(Outflow, bool), Error> {
        // Chunks are for HTTP/1.1 (RFC 9112 section 6.1).
        let version = self.asked.version.min(head.version);
        let declared = match declared(&head.fields, Version::Http11)? {
            Some(Framing::Chunked) if version < Version::Http11 => return Err(Error::UnwantedFraming),
            declared => declared,
        };
        if head.status == 204 {
            refuse_framing(head)?;
        }
        let outflow = match declared {
            _ if self.asked.method == "HEAD" => Outflow::Discard,
            _ if has_no_body(head.status) => Outflow::Length(0),
            Some(Framing::Length(length)) => Outflow::Length(length),
            Some(_) => Outflow::Chunked,
            None if version < Version::Http11 => Outflow::UntilClose,
            None => Outflow::Chunked,
        };
        Ok((outflow, declared.is_some()))
    }

    /// Sends a piece of the response's body; to HEAD nothing is sent.
    ///
    /// # Errors
    /// [`Error::WrongState`] outside a body; [`Error::WrongBodySize`] beyond its length, and then nothing is sent.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Error, Limits, ResponseHead, Server, Temper};
    /// # let mut server = Server::new(Temper::Strict, Limits::default());
    /// # server.handle(b"GET / HTTP/1.0\r\n")?;
    /// # server.handle(b"\r\n")?;
    /// let mut head = ResponseHead::new(200, "OK");
    /// head.fields.append(b"Content-Length", b"2")?;
    /// server.send_response(&head)?;
    /// server.send_data(b"hi")?;
    /// assert_eq!(server.send_data(b"!"), Err(Error::WrongBodySize { missing: -1 }));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn send_data(&mut self, data: &[u8]) -> Result<(), Error> {
        self.machine.send_data(data)
    }

    /// Ends the response; trailers can go with a chunked body. Then the next request is read, or the connection is over.
    ///
    /// # Errors
    /// [`Error::WrongState`] outside a body; [`Error::WrongBodySize`] before its length is sent; trailers that may not be.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, ResponseHead, Server, Temper};
    /// # let mut server = Server::new(Temper::Strict, Limits::default());
    /// # server.handle(b"HEAD / HTTP/1.0\r\n")?;
    /// # server.handle(b"\r\n")?;
    /// server.send_response(&ResponseHead::new(200, "OK"))?;
    /// server.send_end(&Default::default())?;
    /// assert!(server.is_closed());
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn send_end(&mut self, trailers: &Fields) -> Result<(), Error> {
        if self.machine.sides.outgoing != Side::Body {
            return Err(Error::WrongState);
        }
        self.machine.outflow.end(trailers, &mut self.machine.output)?;
        let open = matches!(self.machine.sides.incoming, Side::Idle | Side::Body);
        self.machine.sides.step(if self.persists && open { Step::SendEnd } else { Step::SendLast })
    }

    /// What came, in its order.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, Server, Temper};
    /// assert_eq!(Server::new(Temper::Strict, Limits::default()).poll_event(), None);
    /// ```
    pub fn poll_event(&mut self) -> Option<Event<RequestHead>> {
        self.machine.poll_event()
    }

    /// The bytes that are to go to the peer, if there are any.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, Server, Temper};
    /// assert_eq!(Server::new(Temper::Strict, Limits::default()).poll_output(), None);
    /// ```
    pub fn poll_output(&mut self) -> Option<Vec<u8>> {
        self.machine.poll_output()
    }

    /// How many bytes of content are left in the body or chunk that is being read, where that is known.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, Server, Temper};
    /// assert_eq!(Server::new(Temper::Strict, Limits::default()).left(), Some(0));
    /// ```
    pub fn left(&self) -> Option<u64> {
        self.machine.left()
    }

    /// What the incoming side is at.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, Server, Side, Temper};
    /// assert_eq!(Server::new(Temper::Strict, Limits::default()).incoming(), Side::Head);
    /// ```
    pub fn incoming(&self) -> Side {
        self.machine.sides.incoming
    }

    /// What the outgoing side is at: [`Side::Head`] says that an answer is due.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, Server, Side, Temper};
    /// assert_eq!(Server::new(Temper::Strict, Limits::default()).outgoing(), Side::Idle);
    /// ```
    pub fn outgoing(&self) -> Side {
        self.machine.sides.outgoing
    }

    /// Whether nothing more comes and nothing more may be sent: the output that is left goes to the peer, then the connection
    /// is closed.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Limits, Server, Temper};
    /// let mut server = Server::new(Temper::Strict, Limits::default());
    /// server.handle(b"")?; // the client went without a request
    /// assert!(server.is_closed());
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn is_closed(&self) -> bool {
        self.outgoing() == Side::Closed
    }
}

/// A response without a body says nothing of its end (RFC 9110 section 8.6, RFC 9112 section 6.1).
fn refuse_framing(head: &ResponseHead) -> Result<(), Error> {
    let framed = head.fields.contains(b"content-length") || head.fields.contains(b"transfer-encoding");
    if framed { Err(Error::UnwantedFraming) } else { Ok(()) }
}
