//! Messages by the section of RFC 9112 (and 9110) that allows or forbids them, given to the strict machines.
#![allow(clippy::unwrap_used, reason = "a test")]

#[allow(dead_code, reason = "the engine's test wants more of it")]
mod corpus;

use ferrosock_proto::http1::{
    Client, Error, Event, Feed, Framing, Limits, RequestHead, ResponseHead, Server, Side, Temper, Want,
};

/// What a server makes of all that a client sends: each request with its body, then the error if there is one.
fn requests(input: &[u8]) -> (Vec<(RequestHead, Vec<u8>)>, Option<Error>) {
    let mut server = Server::new(Temper::Strict, Limits::default());
    let mut feed = Feed::new();
    feed.push(input);
    feed.push(b"");
    let (mut found, mut body) = (Vec::new(), Vec::new());
    let mut head = None;
    while let Some(piece) = feed.take(server.want()) {
        match server.handle(piece) {
            Ok(content) => body.extend_from_slice(content),
            Err(error) => return (found, Some(error)),
        }
        while let Some(event) = server.poll_event() {
            match event {
                Event::Head(new, _) => head = Some(new),
                Event::End(_) => {
                    found.push((head.take().unwrap(), std::mem::take(&mut body)));
                    let mut answer = ResponseHead::new(200, "OK");
                    answer.fields.append(b"Content-Length", b"0").unwrap();
                    server.send_response(&answer).unwrap();
                    server.send_end(&Default::default()).unwrap();
                }
                _ => unreachable!(),
            }
        }
    }
    (found, None)
}

#[test]
fn each_request_is_taken_or_refused_as_its_section_says() {
    let (mut refused, mut wrong) = (0, Vec::new());
    for case in corpus::cases().iter().filter(|case| !case.limited) {
        let (found, error) = requests(&case.message);
        let bodies: Vec<_> = found.into_iter().map(|(_, body)| body).collect();
        let status = case.statuses.last().copied().filter(|status| *status >= 400);
        if error.as_ref().map(Error::status) != status || bodies != case.bodies {
            wrong.push(format!("{}: {error:?}, {} served", case.place(), bodies.len()));
        }
        refused += usize::from(status.is_some());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused > 200, "{refused}");
}

/// What a client makes of a response: status, body, whether the connection can be used again; or the error.
fn response(method: &str, temper: Temper, input: &str) -> Result<(u16, Vec<u8>, bool), Error> {
    let mut client = Client::new(temper, Limits::python());
    let mut head = RequestHead::new(method, "/");
    head.fields.append(b"Host", b"a").unwrap();
    client.send_request(&head)?;
    let mut feed = Feed::new();
    feed.push(input.as_bytes());
    feed.push(b"");
    let (mut status, mut body) = (0, Vec::new());
    while let Some(piece) = feed.take(client.want()) {
        body.extend_from_slice(client.handle(piece)?);
        while let Some(event) = client.poll_event() {
            if let Event::Head(head, _) = event {
                status = head.status;
            }
        }
    }
    Ok((status, body, client.is_reusable()))
}

#[test]
fn responses_that_the_specification_forbids() {
    for bad in [
        "",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 200OK\r\n\r\n",
        "HTTP/1.1 99 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
    ] {
        assert!(response("GET", Temper::Strict, bad).is_err(), "{bad:?}");
    }
}

#[test]
fn responses_and_where_they_end() {
    let ok = |status, body: &str, reusable| Ok((status, body.as_bytes().to_vec(), reusable));
    for (method, message, expected) in [
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", ok(200, "abc", true)),
        ("GET", "HTTP/1.1 200 OK\r\n\r\nabc", ok(200, "abc", false)),
        // Not by the letter of section 4, and unmistakable.
        ("GET", "HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc", ok(200, "abc", true)),
        // A user agent takes what a server must not send: RFC 9112 section 5.2.
        ("GET", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 3\r\n\r\nabc", ok(200, "abc", true)),
        ("GET", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", ok(200, "abc", false)),
        ("GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", ok(200, "", true)),
        ("GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", ok(200, "", false)),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", ok(200, "", true)),
        ("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ok(200, "", true)),
        ("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", ok(204, "", true)),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", ok(304, "", true)),
        (
            "GET",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            ok(200, "", true),
        ),
        (
            "GET",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nab\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
            ok(200, "ab0123456789", true),
        ),
    ] {
        assert_eq!(response(method, Temper::Strict, message), expected, "{message:?}");
        assert_eq!(response(method, Temper::Tolerant, message), expected, "{message:?}");
    }
}

#[test]
fn responses_as_http_client_takes_them() {
    let ok = |status, body: &str, reusable| Ok((status, body.as_bytes().to_vec(), reusable));
    for (message, expected) in [
        ("HTTP/1.1 200 OK\n\nabc", ok(200, "abc", false)),
        ("HTTP/0.9 200\nContent-Length: 1\n\na", ok(200, "a", false)),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc", ok(200, "abc", false)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3", Err(Error::Incomplete { missing: Some(3) })),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\nhello worl\n\n0x1;\nd\r\n0",
            ok(200, "hello world", true),
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            ok(200, "", true),
        ),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", ok(101, "", true)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Err(Error::Incomplete { missing: Some(6) })),
        ("", Err(Error::Disconnected)),
    ] {
        let found = response("GET", Temper::Tolerant, message);
        assert_eq!(found, expected, "{message:?}");
    }
}

#[test]
fn a_client_that_is_given_more_than_is_due() {
    let mut client = Client::new(Temper::Strict, Limits::default());
    assert_eq!(client.want(), Want::Nothing);
    assert_eq!(client.handle(b"HTTP/1.1 200 OK\r\n"), Err(Error::UnexpectedInput));
    assert_eq!((client.incoming(), client.outgoing()), (Side::Failed, Side::Closed));
    assert_eq!(client.send_request(&RequestHead::new("GET", "/")), Err(Error::WrongState));
}

#[test]
fn hostile_heads_end_early() {
    // Endless lines, endless fields and endless trailers, in both tempers.
    for temper in [Temper::Strict, Temper::Tolerant] {
        let start = "HTTP/1.1 200 OK\r\n";
        let long = "x".repeat(70_000);
        assert!(matches!(response("GET", temper, &long), Err(Error::LineTooLong(_))));
        assert!(matches!(response("GET", temper, &format!("{start}A: {long}")), Err(Error::LineTooLong(_))));
        let many = "A: b\r\n".repeat(1_000_000);
        assert_eq!(response("GET", temper, &format!("{start}{many}")), Err(Error::TooManyLines));
        let chunked = format!("{start}Transfer-Encoding: chunked\r\n\r\n");
        assert_eq!(response("GET", temper, &format!("{chunked}0\r\n{many}")), Err(Error::TooManyLines));
        assert!(matches!(response("GET", temper, &format!("{chunked}1;{long}")), Err(Error::LineTooLong(_))));
    }
}

#[test]
fn a_framing_is_told_with_the_head() {
    let mut server = Server::new(Temper::Strict, Limits::default());
    for line in ["POST / HTTP/1.1\r\n", "Host: a\r\n", "Transfer-Encoding: chunked\r\n", "\r\n"] {
        server.handle(line.as_bytes()).unwrap();
    }
    assert!(matches!(server.poll_event(), Some(Event::Head(_, Framing::Chunked))));
}
