//! The client's side of a connection.

use std::collections::VecDeque;

use super::error::Error;
use super::framing::{Framing, request_framing, request_persists, response_framing, response_persists};
use super::head::{RequestHead, ResponseHead};
use super::machine::{Brought, Event, Machine};
use super::states::{Role, Side, Step};
use super::want::{Limits, Temper, Want};
use super::write::{Outflow, encode_request};
use crate::http::Fields;

/// A request whose response is due.
#[derive(Debug)]
struct Due {
    method: String,
    /// Whether it asks for another protocol.
    asks_to_switch: bool,
    persists: bool,
}

/// A client's side of a connection: requests go out, responses come in, in the order of the requests.
///
/// Call `send_*` for what the program wants to say and pass [`poll_output`](Self::poll_output) to the peer; hand in with
/// [`handle`](Self::handle) what [`want`](Self::want) asks for, and look with [`poll_event`](Self::poll_event) at what
/// came. Content comes back from `handle` itself.
///
/// ```
/// use ferrosock_proto::http1::{Client, Event, Limits, RequestHead, Temper, Want};
///
/// let mut client = Client::new(Temper::Strict, Limits::default());
/// let mut head = RequestHead::new("GET", "/");
/// head.fields.append(b"Host", b"example.org")?;
/// client.send_request(&head)?;
/// assert_eq!(client.poll_output().unwrap(), b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
///
/// for line in [&b"HTTP/1.1 200 OK\r\n"[..], b"Content-Length: 5\r\n", b"\r\n"] {
///     client.handle(line)?;
/// }
/// assert!(matches!(client.poll_event(), Some(Event::Head(head, _)) if head.status == 200));
/// assert_eq!(client.want(), Want::UpTo(5));
/// assert_eq!(client.handle(b"hello")?, b"hello");
/// assert!(matches!(client.poll_event(), Some(Event::End(_))));
/// assert!(client.is_reusable());
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
#[derive(Debug)]
pub struct Client {
    machine: Machine<ResponseHead>,
    due: VecDeque<Due>,
    /// Whether the request that is being sent persists, and whether it waits for the answer to a switch.
    sending: (bool, bool),
    /// Whether the body that is to be sent waits for a word of the server.
    waits: bool,
    /// Whether the connection goes on behind the response that is being read.
    persists: bool,
}

impl Client {
    /// A new connection.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Limits, Temper, Want};
    /// let client = Client::new(Temper::Tolerant, Limits::python());
    /// assert_eq!(client.want(), Want::Nothing); // no response is due
    /// ```
    pub fn new(temper: Temper, limits: Limits) -> Self {
        Self {
            machine: Machine::new(Role::Client, temper, limits),
            due: VecDeque::new(),
            sending: (true, false),
            waits: false,
            persists: true,
        }
    }

    /// Sends the head of a request. Its body is what its fields say; without `Content-Length` and `Transfer-Encoding` it
    /// has none and is whole at once. Responses to former requests may be due still.
    ///
    /// # Errors
    /// [`Error::WrongState`] if no request may begin here; what may not be sent; a framing that is none.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Error, Limits, RequestHead, Side, Temper};
    /// let mut client = Client::new(Temper::Strict, Limits::default());
    /// let mut head = RequestHead::new("POST", "/");
    /// assert_eq!(client.send_request(&head), Err(Error::MissingHost));
    /// head.fields.append(b"Host", b"example.org")?;
    /// head.fields.append(b"Content-Length", b"2")?;
    /// client.send_request(&head)?;
    /// assert_eq!(client.outgoing(), Side::Body);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn send_request(&mut self, head: &RequestHead) -> Result<(), Error> {
        if !self.machine.sides.can(Step::SendHead) {
            return Err(Error::WrongState);
        }
        head.check_host()?;
        let framing = request_framing(head)?;
        encode_request(head, &mut self.machine.output)?;
        self.machine.sides.step(Step::SendHead)?;
        self.machine.outflow = match framing {
            Framing::Chunked => Outflow::Chunked,
            Framing::Length(length) => Outflow::Length(length),
            Framing::UntilClose | Framing::Switch => Outflow::Length(0),
        };
        let (persists, asks_to_switch) = (request_persists(head), head.asks_to_switch());
        self.due.push_back(Due { method: head.method.clone(), asks_to_switch, persists });
        self.sending = (persists, asks_to_switch);
        self.waits = head.expects_continue() && framing != Framing::Length(0);
        if framing == Framing::Length(0) { self.sent() } else { Ok(()) }
    }

    /// Sends a piece of the request's body, as a chunk if the body is chunked.
    ///
    /// # Errors
    /// [`Error::WrongState`] outside a body; [`Error::WrongBodySize`] beyond its length, and then nothing is sent.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Limits, RequestHead, Temper};
    /// # let mut client = Client::new(Temper::Strict, Limits::default());
    /// # let mut head = RequestHead::new("POST", "/");
    /// # head.fields.append(b"Host", b"example.org")?;
    /// head.fields.append(b"Transfer-Encoding", b"chunked")?;
    /// client.send_request(&head)?;
    /// client.poll_output();
    /// client.send_data(b"hello")?;
    /// assert_eq!(client.poll_output().unwrap(), b"5\r\nhello\r\n");
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn send_data(&mut self, data: &[u8]) -> Result<(), Error> {
        self.machine.send_data(data)?;
        self.waits = false;
        Ok(())
    }

    /// Ends the request's body; trailers can go with a chunked one.
    ///
    /// # Errors
    /// [`Error::WrongState`] outside a body; [`Error::WrongBodySize`] before its length is sent; trailers that may not be.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Error, Limits, RequestHead, Temper};
    /// # let mut client = Client::new(Temper::Strict, Limits::default());
    /// # let mut head = RequestHead::new("POST", "/");
    /// # head.fields.append(b"Host", b"example.org")?;
    /// head.fields.append(b"Content-Length", b"2")?;
    /// client.send_request(&head)?;
    /// client.send_data(b"h")?;
    /// assert_eq!(client.send_end(&Default::default()), Err(Error::WrongBodySize { missing: 1 }));
    /// client.send_data(b"i")?;
    /// client.send_end(&Default::default())?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn send_end(&mut self, trailers: &Fields) -> Result<(), Error> {
        if self.machine.sides.outgoing != Side::Body {
            return Err(Error::WrongState);
        }
        self.machine.outflow.end(trailers, &mut self.machine.output)?;
        self.waits = false;
        self.sent()
    }

    fn sent(&mut self) -> Result<(), Error> {
        self.machine.sides.step(match self.sending {
            (_, true) => Step::SendQuestion,
            (true, _) => Step::SendEnd,
            (false, _) => Step::SendLast,
        })
    }

    /// Whether the body should wait for the server's word, because the head expects `100-continue` (RFC 9110 section 10.1.1).
    ///
    /// A client need not wait for ever: it may send the body when it likes.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Limits, RequestHead, Temper};
    /// # let mut client = Client::new(Temper::Strict, Limits::default());
    /// # let mut head = RequestHead::new("PUT", "/");
    /// # head.fields.append(b"Host", b"example.org")?;
    /// head.fields.append(b"Content-Length", b"2")?;
    /// head.fields.append(b"Expect", b"100-continue")?;
    /// client.send_request(&head)?;
    /// assert!(client.waits_for_continue());
    /// client.handle(b"HTTP/1.1 100 Continue\r\n")?;
    /// client.handle(b"\r\n")?;
    /// assert!(!client.waits_for_continue());
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn waits_for_continue(&self) -> bool {
        self.waits
    }

    /// What should be handed in next.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Limits, RequestHead, Temper, Want};
    /// # let mut client = Client::new(Temper::Strict, Limits::default());
    /// # let mut head = RequestHead::new("GET", "/");
    /// # head.fields.append(b"Host", b"example.org")?;
    /// client.send_request(&head)?;
    /// assert!(matches!(client.want(), Want::Line(_)));
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn want(&self) -> Want {
        self.machine.want()
    }

    /// Takes what was wanted; gives back what of it is content. No bytes say that the peer has ended the connection.
    ///
    /// # Errors
    /// What is wrong with it; then the connection is of no more use.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Error, Limits, RequestHead, Temper};
    /// # let mut client = Client::new(Temper::Strict, Limits::default());
    /// # let mut head = RequestHead::new("GET", "/");
    /// # head.fields.append(b"Host", b"example.org")?;
    /// client.send_request(&head)?;
    /// assert_eq!(client.handle(b""), Err(Error::Disconnected));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn handle<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], Error> {
        let result = self.take(input);
        self.machine.judge(result)
    }

    /// Takes note of `count` bytes of content that went elsewhere, where content is wanted; 0 is the end of the connection.
    ///
    /// # Errors
    /// As [`handle`](Self::handle).
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Event, Limits, RequestHead, Temper, Want};
    /// # let mut client = Client::new(Temper::Strict, Limits::default());
    /// # let mut head = RequestHead::new("GET", "/");
    /// # head.fields.append(b"Host", b"example.org")?;
    /// # client.send_request(&head)?;
    /// for line in [&b"HTTP/1.1 200 OK\r\n"[..], b"Content-Length: 1000000\r\n", b"\r\n"] {
    ///     client.handle(line)?;
    /// }
    /// client.handle_content(400_000)?;
    /// assert_eq!((client.want(), client.left()), (Want::UpTo(600_000), Some(600_000)));
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn handle_content(&mut self, count: usize) -> Result<(), Error> {
        let result = self.machine.take_content(count).and_then(|last| if last { self.end() } else { Ok(()) });
        self.machine.judge(result)
    }

    fn take<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], Error> {
        match self.machine.take(input)? {
            Brought::Nothing => Ok(&[]),
            Brought::Head(head) => self.receive(head).map(|()| &[][..]),
            Brought::Content(content) => Ok(content),
            Brought::End(content) => self.end().map(|()| content),
        }
    }

    fn receive(&mut self, head: ResponseHead) -> Result<(), Error> {
        let temper = self.machine.temper;
        if head.is_interim() {
            self.machine.sides.step(Step::ReceiveInterim)?;
            self.waits &= head.status != 100;
            self.machine.tell(Event::Interim(head));
            return Ok(());
        }
        let due = self.due.pop_front().ok_or(Error::UnexpectedInput)?;
        let mut framing = response_framing(&head, &due.method, temper)?;
        let mut switches = framing == Framing::Switch;
        // Only who asked, and has nothing more to say, can be switched.
        if switches && !(due.asks_to_switch && self.machine.sides.outgoing == Side::Idle) {
            if temper == Temper::Strict {
                return Err(Error::UnexpectedSwitch);
            }
            (framing, switches) = (Framing::Length(0), false);
        }
        // A body that still waits will not be asked for any more, and its place in the stream stays empty.
        let unsent = self.waits && self.due.is_empty();
        self.waits &= !unsent;
        self.persists = due.persists && !unsent && response_persists(&head, framing, temper);
        self.machine.sides.step(Step::ReceiveHead)?;
        let done = self.machine.begin_body(head, framing);
        if switches {
            self.machine.sides.step(Step::Switch)?;
            self.machine.tell(Event::Switched);
            return Ok(());
        }
        if due.asks_to_switch && self.machine.sides.can(Step::Stay) {
            self.machine.sides.step(Step::Stay)?;
        }
        if done { self.end() } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), Error> {
        self.machine.end_body();
        self.machine.sides.step(match (self.persists, self.due.is_empty()) {
            (false, _) => Step::ReceiveLast,
            (true, true) => Step::ReceiveEnd,
            (true, false) => Step::ReceiveEndOfMany,
        })
    }

    /// What came, in its order.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Event, Limits, RequestHead, Temper};
    /// # let mut client = Client::new(Temper::Strict, Limits::default());
    /// # let mut head = RequestHead::new("GET", "/");
    /// # head.fields.append(b"Host", b"example.org")?;
    /// # client.send_request(&head)?;
    /// client.handle(b"HTTP/1.1 103 Early Hints\r\n")?;
    /// client.handle(b"\r\n")?;
    /// assert!(matches!(client.poll_event(), Some(Event::Interim(_))));
    /// assert_eq!(client.poll_event(), None);
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn poll_event(&mut self) -> Option<Event<ResponseHead>> {
        self.machine.poll_event()
    }

    /// The bytes that are to go to the peer, if there are any.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Limits, Temper};
    /// assert_eq!(Client::new(Temper::Strict, Limits::default()).poll_output(), None);
    /// ```
    pub fn poll_output(&mut self) -> Option<Vec<u8>> {
        self.machine.poll_output()
    }

    /// How many bytes of content are left in the body or chunk that is being read, where that is known.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Limits, Temper};
    /// assert_eq!(Client::new(Temper::Strict, Limits::default()).left(), Some(0));
    /// ```
    pub fn left(&self) -> Option<u64> {
        self.machine.left()
    }

    /// What the incoming side is at.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Limits, Side, Temper};
    /// assert_eq!(Client::new(Temper::Strict, Limits::default()).incoming(), Side::Idle);
    /// ```
    pub fn incoming(&self) -> Side {
        self.machine.sides.incoming
    }

    /// What the outgoing side is at: [`Side::Head`] says that a request may begin.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Limits, Side, Temper};
    /// assert_eq!(Client::new(Temper::Strict, Limits::default()).outgoing(), Side::Head);
    /// ```
    pub fn outgoing(&self) -> Side {
        self.machine.sides.outgoing
    }

    /// Whether all is sent and received and another request may follow, so that the connection can go back to a pool.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Client, Limits, Temper};
    /// let mut client = Client::new(Temper::Strict, Limits::default());
    /// assert!(client.is_reusable());
    /// client.handle(b"")?; // the peer is gone
    /// assert!(!client.is_reusable());
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn is_reusable(&self) -> bool {
        self.incoming() == Side::Idle && self.outgoing() == Side::Head
    }
}
