//! The client's machine against the server's, over a pipe that cuts what it carries anywhere.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::VecDeque;

use ferrosock_proto::http::Fields;
use ferrosock_proto::http1::{
    Client, Error, Event, Feed, Limits, RequestHead, ResponseHead, Server, Side, Temper, Version, Want,
};

/// A small generator of random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        // Line ends, so that content looks like syntax.
        (0..self.below(most)).map(|_| b"\r\n0a;: \xff"[self.below(8)]).collect()
    }

    /// Cuts `data` into blocks.
    fn cut<'a>(&mut self, mut data: &'a [u8]) -> Vec<&'a [u8]> {
        let mut blocks = Vec::new();
        let most = [1, 3, 40, 4000][self.below(4)];
        while !data.is_empty() {
            let (block, rest) = data.split_at(data.len().min(1 + self.below(most)));
            blocks.push(block);
            data = rest;
        }
        blocks
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Message {
    start: String,
    body: Vec<u8>,
    trailers: Fields,
    chunked: bool,
}

impl Message {
    fn random(random: &mut Random, start: String) -> Self {
        let chunked = random.below(2) == 0;
        let mut trailers = Fields::new();
        if chunked && random.below(3) == 0 {
            trailers.append(b"Sum", b"1").unwrap();
        }
        Self { start, body: random.bytes(300), trailers, chunked }
    }

    fn frame(&self, fields: &mut Fields) {
        if self.chunked {
            fields.append(b"Transfer-Encoding", b"chunked").unwrap();
        } else {
            fields.append(b"Content-Length", self.body.len().to_string().as_bytes()).unwrap();
        }
    }
}

/// Both ends of a connection.
struct Pair {
    client: Client,
    server: Server,
    to_client: Feed,
    to_server: Feed,
    /// What each side got, and what is being read.
    requests: Vec<Message>,
    responses: Vec<Message>,
    reading: [Option<Message>; 2],
}

fn message(start: String) -> Message {
    Message { start, body: Vec::new(), trailers: Fields::new(), chunked: false }
}

impl Pair {
    fn new() -> Self {
        Self {
            client: Client::new(Temper::Strict, Limits::default()),
            server: Server::new(Temper::Strict, Limits::default()),
            to_client: Feed::new(),
            to_server: Feed::new(),
            requests: Vec::new(),
            responses: Vec::new(),
            reading: [None, None],
        }
    }

    /// Carries all output to the other side.
    fn carry(&mut self, random: &mut Random) {
        if let Some(output) = self.client.poll_output() {
            random.cut(&output).into_iter().for_each(|block| self.to_server.push(block));
        }
        if let Some(output) = self.server.poll_output() {
            random.cut(&output).into_iter().for_each(|block| self.to_client.push(block));
        }
    }

    fn serve(&mut self) {
        while let Some(piece) = self.to_server.take(self.server.want()) {
            let content = self.server.handle(piece).unwrap();
            if let Some(message) = &mut self.reading[0] {
                message.body.extend_from_slice(content);
            }
            while let Some(event) = self.server.poll_event() {
                match event {
                    Event::Head(head, _) => {
                        let mut new = message(String::from_utf8(head.target).unwrap());
                        new.chunked = head.fields.contains(b"transfer-encoding");
                        self.reading[0] = Some(new);
                    }
                    Event::End(trailers) => {
                        let mut whole = self.reading[0].take().unwrap();
                        whole.trailers = trailers;
                        self.requests.push(whole);
                    }
                    _ => unreachable!(),
                }
            }
        }
    }

    fn receive(&mut self) {
        while let Some(piece) = self.to_client.take(self.client.want()) {
            let content = self.client.handle(piece).unwrap();
            if let Some(message) = &mut self.reading[1] {
                message.body.extend_from_slice(content);
            }
            while let Some(event) = self.client.poll_event() {
                match event {
                    Event::Interim(_) => {}
                    Event::Head(head, _) => {
                        let mut new = message(String::from_utf8(head.reason).unwrap());
                        new.chunked = head.fields.contains(b"transfer-encoding");
                        self.reading[1] = Some(new);
                    }
                    Event::End(trailers) => {
                        let mut whole = self.reading[1].take().unwrap();
                        whole.trailers = trailers;
                        self.responses.push(whole);
                    }
                    _ => unreachable!(),
                }
            }
        }
    }
}

#[test]
fn pipelined_exchanges_arrive_whole_and_in_order() {
    let random = &mut Random(0x2545_f491);
    for _ in 0..300 {
        let mut pair = Pair::new();
        let (mut sent, mut answered) = (Vec::new(), Vec::new());
        let mut waiting: VecDeque<Message> =
            (0..1 + random.below(5)).map(|number| Message::random(random, format!("/{number}"))).collect();
        while !waiting.is_empty() || answered.len() < sent.len() || pair.responses.len() < sent.len() {
            // A random one of: send a request, carry, answer.
            match random.below(3) {
                0 if !waiting.is_empty() => {
                    let request = waiting.pop_front().unwrap();
                    let mut head = RequestHead::new("POST", &request.start);
                    head.fields.append(b"Host", b"a").unwrap();
                    request.frame(&mut head.fields);
                    pair.client.send_request(&head).unwrap();
                    if pair.client.outgoing() == Side::Body {
                        random
                            .cut(&request.body)
                            .into_iter()
                            .for_each(|block| pair.client.send_data(block).unwrap());
                        pair.client.send_end(&request.trailers).unwrap();
                    }
                    sent.push(request);
                }
                1 => {
                    pair.carry(random);
                    pair.serve();
                    pair.receive();
                }
                _ if pair.server.outgoing() == Side::Head => {
                    let response = Message::random(random, format!("answer {}", answered.len()));
                    let mut head = ResponseHead::new(200, &response.start);
                    response.frame(&mut head.fields);
                    if random.below(4) == 0 {
                        pair.server.send_response(&ResponseHead::new(102, "Processing")).unwrap();
                    }
                    pair.server.send_response(&head).unwrap();
                    random
                        .cut(&response.body)
                        .into_iter()
                        .for_each(|block| pair.server.send_data(block).unwrap());
                    pair.server.send_end(&response.trailers).unwrap();
                    answered.push(response);
                }
                _ => {}
            }
        }
        pair.serve();
        assert_eq!(pair.requests, sent);
        assert_eq!(pair.responses, answered);
        assert!(pair.client.is_reusable());
    }
}

/// A source that gives just what is wanted and panics past the end of the message.
fn pull<'a>(source: &mut &'a [u8], want: Want, random: &mut Random) -> &'a [u8] {
    let length = match want {
        Want::Line(most) => {
            source.iter().position(|&byte| byte == b'\n').map_or(source.len(), |at| at + 1).min(most)
        }
        Want::Exact(length) => length,
        Want::UpTo(most) => 1 + random.below(most.min(source.len())),
        Want::End | Want::Nothing => unreachable!("past the end of the message"),
    };
    let (piece, rest) = source.split_at(length);
    *source = rest;
    piece
}

#[test]
fn any_cut_gives_the_same_and_nothing_is_read_past_the_message() {
    let random = &mut Random(0x9e37_79b9);
    for round in 0..500 {
        let sent = Message::random(random, "x".into());
        let mut wire = b"HTTP/1.1 200 x\r\nA: b\r\n".to_vec();
        if sent.chunked {
            wire.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
            for block in random.cut(&sent.body) {
                wire.extend_from_slice(format!("{:x};a=\"\\\"\"\r\n", block.len()).as_bytes());
                wire.extend_from_slice(block);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(if sent.trailers.is_empty() {
                b"0\r\n\r\n"
            } else {
                b"0\r\nSum: 1\r\n\r\n"
            });
        } else {
            wire.extend_from_slice(format!("Content-Length: {}\r\n\r\n", sent.body.len()).as_bytes());
            wire.extend_from_slice(&sent.body);
        }
        for temper in [Temper::Strict, Temper::Tolerant] {
            let mut pair = Pair::new();
            pair.client = Client::new(temper, Limits::default());
            let mut head = RequestHead::new("GET", "/");
            head.fields.append(b"Host", b"a").unwrap();
            pair.client.send_request(&head).unwrap();
            if round % 2 == 0 {
                for block in random.cut(&wire) {
                    pair.to_client.push(block);
                    pair.receive();
                }
            } else {
                let mut source = &wire[..];
                while pair.client.want() != Want::Nothing {
                    // Whatever is given in one piece is taken in one.
                    pair.to_client.push(pull(&mut source, pair.client.want(), random));
                    pair.receive();
                }
                assert!(source.is_empty());
            }
            assert_eq!(pair.responses, std::slice::from_ref(&sent));
            assert!(pair.client.is_reusable());
        }
    }
}

fn head(method: &str, fields: &[(&str, &str)]) -> RequestHead {
    let mut head = RequestHead::new(method, if method == "CONNECT" { "a:1" } else { "/" });
    for (name, value) in [("Host", "a")].iter().chain(fields) {
        head.fields.append(name.as_bytes(), value.as_bytes()).unwrap();
    }
    head
}

/// Carries everything both ways, once.
fn settle(pair: &mut Pair) {
    let random = &mut Random(7);
    for _ in 0..2 {
        pair.carry(random);
    }
}

#[test]
fn expect_continue_both_ways() {
    let random = &mut Random(7);
    let expecting = head("PUT", &[("Content-Length", "2"), ("Expect", "100-continue")]);
    // The server asks for the body.
    let mut pair = Pair::new();
    pair.client.send_request(&expecting).unwrap();
    assert!(pair.client.waits_for_continue());
    pair.carry(random);
    pair.serve();
    assert!(pair.server.is_waited_for());
    pair.server.send_response(&ResponseHead::new(100, "Continue")).unwrap();
    pair.carry(random);
    pair.receive();
    assert!(!pair.client.waits_for_continue() && !pair.server.is_waited_for());
    pair.client.send_data(b"hi").unwrap();
    pair.client.send_end(&Fields::new()).unwrap();
    pair.carry(random);
    pair.serve();
    pair.server.send_response(&ResponseHead::new(204, "No Content")).unwrap();
    pair.server.send_end(&Fields::new()).unwrap();
    pair.carry(random);
    pair.receive();
    assert!(pair.client.is_reusable() && pair.server.incoming() == Side::Head);

    // The server refuses it: what would come next is not known, so both close.
    let mut pair = Pair::new();
    pair.client.send_request(&expecting).unwrap();
    pair.carry(random);
    pair.serve();
    pair.server.send_response(&ResponseHead::new(417, "Expectation Failed")).unwrap();
    pair.server.send_end(&Fields::new()).unwrap();
    assert!(pair.server.is_closed());
    pair.carry(random);
    pair.receive();
    assert_eq!(pair.responses[0].start, "Expectation Failed");
    assert_eq!((pair.client.incoming(), pair.client.outgoing()), (Side::Closed, Side::Closed));
}

#[test]
fn another_protocol_takes_over() {
    let upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade")];
    for (request, answer) in [
        (head("GET", &upgrade), ResponseHead::new(101, "Switching Protocols")),
        (head("CONNECT", &[]), ResponseHead::new(200, "Connection established")),
    ] {
        let mut pair = Pair::new();
        pair.client.send_request(&request).unwrap();
        // Nobody knows whose what follows would be.
        assert_eq!(pair.client.send_request(&request), Err(Error::WrongState));
        settle(&mut pair);
        pair.serve();
        pair.to_server.push(b"\x81early");
        pair.server.send_response(&answer).unwrap();
        assert_eq!(pair.server.poll_event(), Some(Event::Switched));
        assert_eq!((pair.server.incoming(), pair.to_server.rest()), (Side::Switched, &b"\x81early"[..]));
        pair.to_client.push(&pair.server.poll_output().unwrap());
        pair.to_client.push(b"\x82rest");
        let mut events = Vec::new();
        while let Some(piece) = pair.to_client.take(pair.client.want()) {
            pair.client.handle(piece).unwrap();
            events.extend(std::iter::from_fn(|| pair.client.poll_event()));
        }
        assert!(matches!(&events[..], [Event::Head(..), Event::Switched]));
        assert_eq!(pair.to_client.rest(), b"\x82rest");
        assert_eq!((pair.client.outgoing(), pair.client.want()), (Side::Switched, Want::Nothing));

        // A refusal leaves the connection as it is.
        let mut pair = Pair::new();
        pair.client.send_request(&request).unwrap();
        settle(&mut pair);
        pair.serve();
        pair.server.send_response(&ResponseHead::new(426, "Upgrade Required")).unwrap();
        pair.server.send_end(&Fields::new()).unwrap();
        settle(&mut pair);
        pair.receive();
        assert!(pair.client.is_reusable());
    }
    let mut pair = Pair::new();
    pair.client.send_request(&head("GET", &[])).unwrap();
    settle(&mut pair);
    pair.serve();
    let switch = ResponseHead::new(101, "Switching Protocols");
    assert_eq!(pair.server.send_response(&switch), Err(Error::InvalidStatus(101)));
}

#[test]
fn a_last_request_closes_after_its_response() {
    let mut pair = Pair::new();
    pair.client.send_request(&head("GET", &[])).unwrap();
    pair.client.send_request(&head("GET", &[("Connection", "close")])).unwrap();
    assert_eq!(pair.client.send_request(&head("GET", &[])), Err(Error::WrongState));
    for persists in [true, false] {
        settle(&mut pair);
        pair.serve();
        pair.server.send_response(&ResponseHead::new(200, "OK")).unwrap();
        pair.server.send_data(b"hello").unwrap();
        pair.server.send_end(&Fields::new()).unwrap();
        assert_eq!(pair.server.is_closed(), !persists);
    }
    settle(&mut pair);
    pair.receive();
    assert_eq!(pair.responses.len(), 2);
    assert_eq!(pair.client.incoming(), Side::Closed);
}

#[test]
fn a_client_of_http_1_0_gets_what_it_understands() {
    let mut pair = Pair::new();
    let mut old = head("GET", &[("Connection", "keep-alive")]);
    old.version = Version::Http10;
    pair.client.send_request(&old).unwrap();
    settle(&mut pair);
    pair.serve();
    assert_eq!(pair.server.send_response(&ResponseHead::new(102, "")), Err(Error::InvalidStatus(102)));
    let mut chunked = ResponseHead::new(200, "OK");
    chunked.fields.append(b"Transfer-Encoding", b"chunked").unwrap();
    assert_eq!(pair.server.send_response(&chunked), Err(Error::UnwantedFraming));
    let mut answer = ResponseHead::new(200, "OK");
    answer.fields.append(b"Content-Length", b"2").unwrap();
    pair.server.send_response(&answer).unwrap();
    pair.server.send_data(b"hi").unwrap();
    pair.server.send_end(&Fields::new()).unwrap();
    let output = pair.server.poll_output().unwrap();
    assert_eq!(output, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi");
    assert_eq!(pair.server.incoming(), Side::Head);
}

#[test]
fn head_and_bodiless_answers_send_no_content() {
    for (method, status, output) in [
        ("HEAD", 200, "HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\n"),
        ("GET", 304, "HTTP/1.1 304 \r\nContent-Length: 5\r\n\r\n"),
    ] {
        let mut pair = Pair::new();
        pair.client.send_request(&head(method, &[])).unwrap();
        settle(&mut pair);
        pair.serve();
        let mut answer = ResponseHead::new(status, "");
        answer.fields.append(b"Content-Length", b"5").unwrap();
        pair.server.send_response(&answer).unwrap();
        assert_eq!(pair.server.send_data(b"hello").is_ok(), method == "HEAD");
        pair.server.send_end(&Fields::new()).unwrap();
        assert_eq!(pair.server.poll_output().unwrap(), output.as_bytes());
    }
    let mut pair = Pair::new();
    pair.client.send_request(&head("GET", &[])).unwrap();
    settle(&mut pair);
    pair.serve();
    let mut answer = ResponseHead::new(204, "No Content");
    answer.fields.append(b"Content-Length", b"5").unwrap();
    assert_eq!(pair.server.send_response(&answer), Err(Error::UnwantedFraming));
}

#[test]
fn a_broken_request_is_answered_once_and_ends_the_connection() {
    let mut server = Server::new(Temper::Strict, Limits::default());
    let error = server.handle(b"GET / HTTP/1.1\n").unwrap_err();
    assert_eq!((error.status(), server.outgoing(), server.want()), (400, Side::Head, Want::Nothing));
    server.send_response(&ResponseHead::new(error.status(), "Bad Request")).unwrap();
    server.send_data(b"line feed").unwrap();
    server.send_end(&Fields::new()).unwrap();
    assert!(server.is_closed());
    let output = String::from_utf8(server.poll_output().unwrap()).unwrap();
    assert!(output.contains("\r\nConnection: close\r\n"));
    assert_eq!(server.send_response(&ResponseHead::new(200, "OK")), Err(Error::WrongState));
}

#[test]
fn an_answer_before_the_request_is_whole() {
    let mut server = Server::new(Temper::Strict, Limits::default());
    for line in ["POST / HTTP/1.1\r\n", "Host: a\r\n", "Content-Length: 5\r\n", "\r\n"] {
        server.handle(line.as_bytes()).unwrap();
    }
    server.send_response(&ResponseHead::new(403, "Forbidden")).unwrap();
    server.send_end(&Fields::new()).unwrap();
    assert_eq!(server.want(), Want::UpTo(5));
    server.handle(b"hello").unwrap();
    assert_eq!((server.incoming(), server.outgoing()), (Side::Head, Side::Idle));
    // Broken after it was answered, there is nothing more to say.
    for line in ["POST / HTTP/1.1\r\n", "Host: a\r\n", "Content-Length: 5\r\n", "\r\n"] {
        server.handle(line.as_bytes()).unwrap();
    }
    server.send_response(&ResponseHead::new(403, "Forbidden")).unwrap();
    server.send_end(&Fields::new()).unwrap();
    assert_eq!(server.handle(b""), Err(Error::Incomplete { missing: Some(5) }));
    assert!(server.is_closed());
}

#[test]
fn a_client_that_shuts_its_side_still_gets_its_answer() {
    let mut server = Server::new(Temper::Strict, Limits::default());
    for line in ["GET / HTTP/1.1\r\n", "Host: a\r\n", "\r\n", ""] {
        server.handle(line.as_bytes()).unwrap();
    }
    assert_eq!((server.incoming(), server.outgoing()), (Side::Closed, Side::Head));
    server.send_response(&ResponseHead::new(200, "OK")).unwrap();
    server.send_end(&Fields::new()).unwrap();
    assert!(server.is_closed());
}
