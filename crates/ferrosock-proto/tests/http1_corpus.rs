//! Messages by the section of RFC 9112 (and 9110) that allows or forbids them, given to the strict machines.
#![allow(clippy::unwrap_used, reason = "a test")]

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

/// Sections of RFC 9112, and requests that a server must or should reject by them.
pub(crate) const REJECTED: &[(&str, &[&str])] = &[
    (
        "2.2 message parsing",
        &[
            "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
            "GET / HTTP/1.1\r\n\tX: y\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
            "GET / HTTP/1.1\rHost: a\r\r\n\r\n",
            "\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ],
    ),
    (
        "2.3 version",
        &[
            "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
            "GET / HTTP/0.9\r\nHost: a\r\n\r\n",
            "GET / http/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1x\r\nHost: a\r\n\r\n",
            "GET / HTTP/11\r\nHost: a\r\n\r\n",
            "GET / HTTP /1.1\r\nHost: a\r\n\r\n",
            "GET /\r\n",
        ],
    ),
    (
        "3 request line",
        &[
            "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
            " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n",
            "GET\x0b/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        ],
    ),
    (
        "3.2 target and host",
        &[
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
            "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET index.html HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n",
        ],
    ),
    (
        "5 fields",
        &[
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nA\0: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nA: b\0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nA(b): c\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\t\r\n\r\n",
        ],
    ),
    (
        "6.1 transfer encoding",
        &[
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ],
    ),
    (
        "6.2 content length",
        &[
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 4\r\n\r\nabcd",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3.0\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1_0\r\n\r\n0123456789",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
        ],
    ),
    (
        "7.1 chunks",
        &[
            "\r\nabc\r\n0\r\n\r\n",
            "3\nabc\r\n0\r\n\r\n",
            "3\r\nabc\n0\r\n\r\n",
            "3\r\nabcd\r\n0\r\n\r\n",
            "3\r\nabc0\r\n\r\n",
            "3 \r\nabc\r\n0\r\n\r\n",
            " 3\r\nabc\r\n0\r\n\r\n",
            "+3\r\nabc\r\n0\r\n\r\n",
            "-3\r\nabc\r\n0\r\n\r\n",
            "0x3\r\nabc\r\n0\r\n\r\n",
            "3_0\r\nabc\r\n0\r\n\r\n",
            "g\r\nabc\r\n0\r\n\r\n",
            "10000000000000000\r\nabc\r\n0\r\n\r\n",
            "3;\r\nabc\r\n0\r\n\r\n",
            "3;a\nb\r\nabc\r\n0\r\n\r\n",
            "3;a\rb\r\nabc\r\n0\r\n\r\n",
            "3;a=\"b\r\nabc\r\n0\r\n\r\n",
            "3\r\nabc\r\n",
            "3\r\nabc\r\n0\r\n",
            "3\r\nab",
            "0\r\nnonsense\r\n\r\n",
            "0\r\nA : b\r\n\r\n",
            "0\r\nContent-Length: 5\r\n\r\n",
            "0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "0\n\n",
        ],
    ),
    (
        "8 incomplete",
        &[
            "GET / HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n",
            "GET / HTTP/1.1\r\nHost: a",
            "GET",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab",
        ],
    ),
];

#[test]
fn no_request_that_must_be_rejected_is_accepted() {
    for (section, messages) in REJECTED {
        for message in *messages {
            let whole = match *section {
                "7.1 chunks" => {
                    format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{message}")
                }
                _ => message.to_string(),
            };
            let (found, error) = requests(whole.as_bytes());
            assert!(found.is_empty() && error.is_some(), "{section}: {message:?}");
            assert!((400..=505).contains(&error.unwrap().status()), "{section}: {message:?}");
        }
    }
}

#[test]
fn what_is_allowed_is_accepted() {
    for (message, bodies) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &[""][..]),
        ("\r\nGET / HTTP/1.1\r\nhost:a\r\n\r\n", &[""]),
        ("GET / HTTP/1.1\r\nHost:\t a \t\r\nX:\r\nY: \u{e9}\tz\r\n\r\n", &[""]),
        ("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", &[""]),
        ("GET http://a/b?c HTTP/1.1\r\nHost: other\r\n\r\n", &[""]),
        ("GET / HTTP/1.7\r\nHost: [::1]:80\r\n\r\n", &[""]),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0003\r\n\r\nabcGET / HTTP/1.0\r\n\r\n", &["abc", ""]),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: , CHUNKED\r\n\r\n\
             003;a;b=c ; d = \"e;\\\"\"\r\nabc\r\n1\r\n\n\r\n000\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n",
            &["abc\n", ""],
        ),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nrubbish behind the last request", &[""]),
        ("GET / HTTP/1.0\r\n\r\nrubbish", &[""]),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET / HTTP/1.0\r\n\r\n", &["", ""]),
    ] {
        let (found, error) = requests(message.as_bytes());
        assert_eq!(error, None, "{message:?}");
        let found: Vec<_> = found.iter().map(|(_, body)| String::from_utf8_lossy(body)).collect();
        assert_eq!(found, bodies, "{message:?}");
    }
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
        "HTTP/1.1 200\r\n\r\n",
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
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
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
