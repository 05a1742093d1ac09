//! Servers that mean no good, or are broken.

use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use ferrosock::http::{Client, Error, Limit, Phase, Response, Timeouts};
use ferrosock::proto::http1;

use crate::server::{Server, ok};

/// What a client makes of a response, read whole.
fn get(bytes: impl Into<Vec<u8>>) -> Result<Vec<u8>, Error> {
    let server = Server::saying(bytes);
    Client::new().get(server.url("/")).send()?.bytes()
}

fn wrong(bytes: impl Into<Vec<u8>>) -> http1::Error {
    match get(bytes) {
        Err(Error::Protocol { source, .. }) => source,
        Err(Error::Incomplete(incomplete)) => match incomplete.source {
            Some(Error::Protocol { source, .. }) => source,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn heads_have_bounds() {
    let endless = |begin: &'static str, piece: &'static str| {
        Server::start(move |_, mut peer| {
            peer.request();
            peer.say(begin);
            while peer.say(piece.repeat(1000)) {}
        })
    };
    for (begin, piece) in [
        ("HTTP/1.1 200 ", "x"),
        ("HTTP/1.1 200 OK\r\nX: ", "x"),
        ("HTTP/1.1 200 OK\r\n", "X: y\r\n"),
        ("HTTP/1.1 200 OK\r\n", "X"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1;x=y\r\na\r\n"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"),
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    ] {
        let server = endless(begin, piece);
        let begun = Instant::now();
        let result = Client::new().get(server.url("/")).send().and_then(Response::bytes);
        let error = result.unwrap_err();
        let of_protocol =
            |error: &Error| matches!(error, Error::Protocol { .. } | Error::TooManyInterim { .. });
        let inner = match &error {
            Error::Incomplete(incomplete) => incomplete.source.as_ref().is_some_and(of_protocol),
            error => of_protocol(error),
        };
        assert!(inner, "{begin:?} {piece:?}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn lengths_are_one_number() {
    for length in
        ["-1", "+1", "1,1", "1 1", "0x1", "", "99999999999999999999", "1\r\nContent-Length: 2", "one"]
    {
        let error = wrong(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nx"));
        assert!(matches!(error, http1::Error::BadLength(_)), "{length}: {error}");
    }
    let error = wrong(
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    );
    assert_eq!(error, http1::Error::LengthAndEncoding);
    // A length that nobody could hold reserves no memory.
    let error = get(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\nx", u64::MAX / 2)).unwrap_err();
    let Error::Incomplete(incomplete) = error else { panic!("{error}") };
    assert_eq!((incomplete.partial.as_slice(), incomplete.missing), (&b"x"[..], Some(u64::MAX / 2 - 1)));
}

#[test]
fn chunks_are_chunks() {
    for body in [
        "x\r\n",
        "-1\r\n",
        "1\r\nxy\r\n",
        "1\nx\n",
        "1 \r\nx\r\n",
        "fffffffffffffffff\r\n",
        " 1\r\nx\r\n0\r\n\r\n",
        "0x1\r\nx\r\n",
    ] {
        let error =
            wrong(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}{}", "0\r\n\r\n"));
        assert!(
            matches!(
                error,
                http1::Error::BadChunkSize(_) | http1::Error::BadChunkEnd | http1::Error::BareLineFeed
            ),
            "{body:?}: {error:?}"
        );
    }
}

#[test]
fn what_is_no_http_is_refused() {
    for bytes in [
        "hello\r\n\r\n",
        "\0\0\0",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 99 X\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA b\r\n\r\n",
        "HTTP/1.1 200 OK\r\n X: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ] {
        wrong(bytes);
    }
}

#[test]
fn a_connection_may_be_cut_anywhere() {
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n";
    let plain = "HTTP/1.1 103 Hint\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde";
    for whole in [chunked, plain] {
        assert_eq!(get(whole).unwrap(), b"abcde");
        let head = whole.rfind(": ").unwrap_or(0).min(whole.find("\r\n\r\n3").unwrap_or(usize::MAX));
        for cut in 0..whole.len() {
            let error = get(&whole.as_bytes()[..cut]).unwrap_err();
            match error {
                Error::Incomplete(incomplete) => {
                    assert!(cut > head && b"abcde".starts_with(&incomplete.partial), "{cut}: {incomplete:?}");
                }
                Error::Disconnected { .. }
                | Error::Protocol { source: http1::Error::Incomplete { .. }, .. } => {}
                other => panic!("{cut}: {other}"),
            }
        }
    }
}

#[test]
fn a_cut_response_does_not_look_whole_later() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
    let mut response = Client::new().get(server.url("/")).send().unwrap();
    let mut space = [0; 10];
    assert_eq!(response.read(&mut space).unwrap(), 3);
    for _ in 0..2 {
        assert!(matches!(response.read(&mut space), Err(Error::Incomplete(_))));
    }
    assert_eq!(Read::read(&mut response, &mut space).unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    assert_eq!(response.read(&mut []).unwrap(), 0);
}

#[test]
fn a_reader_is_told_that_time_ran_out() {
    let server = Server::start(|_, mut peer| {
        peer.request();
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
        thread::sleep(Duration::from_secs(5));
    });
    let request = Client::new().get(server.url("/")).timeout(Duration::from_millis(200));
    let error = std::io::copy(&mut request.send().unwrap(), &mut std::io::sink()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut, "{error}");
}

#[test]
fn a_drip_ends_with_the_total_limit() {
    for begin in ["", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"] {
        let server = Server::start(move |_, mut peer| {
            peer.request();
            peer.say(begin);
            while peer.say("H") {
                thread::sleep(Duration::from_millis(20));
            }
        });
        let begun = Instant::now();
        let request = Client::new().get(server.url("/")).timeout(Duration::from_millis(300));
        let result = request.send().and_then(Response::bytes);
        let took = begun.elapsed();
        let error = match result.unwrap_err() {
            Error::Incomplete(incomplete) => incomplete.source.unwrap(),
            error => error,
        };
        if begin.is_empty() {
            assert!(matches!(error, Error::TimedOut { .. } | Error::Protocol { .. }), "{error}");
            continue;
        }
        assert!(matches!(error, Error::TimedOut { limit: (Limit::Total, _), .. }), "{error}");
        assert!((300..3000).contains(&took.as_millis()), "{took:?}");
    }
}

#[test]
fn a_silent_peer_ends_with_the_read_limit() {
    let server = Server::start(|_, mut peer| {
        peer.request();
        peer.line();
    });
    let timeouts = Timeouts { read: Some(Duration::from_millis(100)), ..Timeouts::default() };
    let client = Client::builder().timeouts(timeouts).build().unwrap();
    let begun = Instant::now();
    let error = client.get(server.url("/")).send().unwrap_err();
    assert!(matches!(&error, Error::TimedOut { phase: Phase::Head, limit: (Limit::Read, _), .. }), "{error}");
    assert!((100..3000).contains(&begun.elapsed().as_millis()));
    assert!(error.to_string().contains("limit \"read\" of 100ms"), "{error}");
    // One that takes nothing, too.
    let server = Server::start(|_, peer| {
        thread::sleep(Duration::from_secs(2));
        drop(peer);
    });
    let error = client.post(server.url("/")).body(vec![0; 50_000_000]).send().unwrap_err();
    assert!(matches!(&error, Error::TimedOut { phase: Phase::Send, limit: (Limit::Read, _), .. }), "{error}");
}

#[test]
fn a_redirect_with_an_endless_body_does_not_hold_up() {
    let server = Server::start(|_, mut peer| {
        if peer.request().is_some_and(|request| request.path() == "/end") {
            peer.say(ok("end"));
            return;
        }
        peer.say("HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Length: 1000\r\n\r\n");
        while peer.say("x") {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let begun = Instant::now();
    assert_eq!(Client::new().get(server.url("/")).send().unwrap().text().unwrap(), "end");
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn connecting_has_a_limit() {
    // A listener whose queue is full takes no more connections.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let queued: Vec<_> = (0..5000)
        .map_while(|_| std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok())
        .collect();
    let timeouts = Timeouts { connect: Some(Duration::from_millis(200)), ..Timeouts::default() };
    let client = Client::builder().timeouts(timeouts).build().unwrap();
    let error = client.get(format!("http://{address}/")).send().unwrap_err();
    assert!(
        matches!(&error, Error::TimedOut { phase: Phase::Connect, limit: (Limit::Connect, _), .. }),
        "{error} ({} queued)",
        queued.len()
    );
}

#[test]
fn a_signal_may_end_a_wait() {
    // The check is made between slices of a wait for a place, where no signal is needed.
    let server = Server::start(|_, mut peer| {
        peer.request();
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n");
        peer.line();
    });
    let client = Client::builder()
        .max_connections_per_origin(1)
        .on_signal(|| Err(ferrosock::socket::Interrupted))
        .build()
        .unwrap();
    let _held = client.get(server.url("/")).send().unwrap();
    let error = client.get(server.url("/")).send().unwrap_err();
    assert!(matches!(error, Error::Interrupted), "{error}");
}

#[test]
fn many_connections_are_not_leaked() {
    let server = Server::start(|_, mut peer| {
        peer.request();
        peer.say(ok("x"));
    });
    let client = Client::new();
    for _ in 0..200 {
        client.get(server.url("/")).send().unwrap().bytes().unwrap();
    }
    let stats = client.stats();
    assert!(stats.idle <= 1 && stats.active == 0, "{stats:?}");
}
