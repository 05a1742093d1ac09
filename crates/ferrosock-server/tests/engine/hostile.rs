//! Clients that are slow, wrong, many, or gone; handlers that fail.

use std::net::Shutdown;
use std::time::{Duration, Instant};

use ferrosock_proto::http1::RequestHead;
use ferrosock_server::{Content, Handler, Intake, Reply, Request, RequestBody, Response, Server};

use crate::client::{eventually, limits, quick, serve, serve_with};

fn hello(_: Request) -> Response {
    Response::text("hello")
}

/// How long the client waited for the end.
fn timed(wait: impl FnOnce()) -> u64 {
    let begun = Instant::now();
    wait();
    begun.elapsed().as_millis() as u64
}

#[test]
fn a_slow_head_is_given_up() {
    let served = serve_with(Server::builder().timeouts(quick()), hello);
    let mut client = served.connect();
    let mut trickle = client.0.try_clone().unwrap();
    std::thread::spawn(move || {
        use std::io::Write;
        for byte in b"GET / HTTP/1.1\r\nHost: a\r\nX-Very-Long-Header: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        {
            if trickle.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let mut status = 0;
    let took = timed(|| status = client.answer().unwrap().status);
    assert_eq!(status, 408);
    assert!((250..1500).contains(&took), "{took} ms");
    assert_eq!(served.server.stats().timeouts, 1);
    // Who says nothing is told nothing; others are served.
    let mut silent = served.connect();
    assert_eq!(served.connect().get("/").text(), "hello");
    let took = timed(|| assert_eq!(silent.rest(), b""));
    assert!((200..1500).contains(&took), "{took} ms");
}

#[test]
fn an_idle_connection_is_closed() {
    let served = serve_with(Server::builder().timeouts(quick()), hello);
    let mut client = served.connect();
    client.get("/");
    std::thread::sleep(Duration::from_millis(300));
    client.get("/");
    let took = timed(|| assert_eq!(client.rest(), b""));
    assert!((400..1500).contains(&took), "{took} ms");
    assert_eq!(served.server.stats().timeouts, 0);
}

#[test]
fn a_slow_body_is_given_up() {
    let mut timeouts = quick();
    timeouts.rate = 1000;
    let served = serve_with(Server::builder().timeouts(timeouts), hello);
    for gap in [1, 100] {
        let mut client = served.connect();
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
        let mut trickle = client.0.try_clone().unwrap();
        // The first never stands still, but crawls; the second stands still in the end.
        std::thread::spawn(move || {
            use std::io::Write;
            for _ in 0..400 / gap {
                if trickle.write_all(b"x").is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(gap));
            }
        });
        let mut status = 0;
        let took = timed(|| status = client.answer().unwrap().status);
        assert_eq!(status, 408);
        assert!((250..3000).contains(&took), "{took} ms");
    }
}

#[test]
fn a_client_that_reads_nothing_is_reset() {
    let served = serve_with(Server::builder().timeouts(quick()), |_: Request| {
        Response::new(200).with_body(vec![b'x'; 50 << 20])
    });
    let mut client = served.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    eventually("it is given up", || served.server.stats().timeouts == 1);
    eventually("it is closed", || served.server.stats().open == 0);
    assert!(client.rest().len() < 50 << 20);
}

#[test]
fn endless_content_for_a_slow_client_takes_no_memory() {
    let served = serve_with(Server::builder().timeouts(quick()), |_: Request| {
        let endless = std::iter::repeat_with(|| Ok(vec![b'x'; 100_000]));
        Response::new(200).with_content(Content::Chunks(Box::new(endless)))
    });
    let mut client = served.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    eventually("it is given up", || served.server.stats().timeouts == 1);
    assert!(served.server.stats().sent < 30 << 20);
    drop(client);
}

#[test]
fn a_flood_of_connections_meets_the_limit() {
    let served = serve_with(Server::builder().limits(limits(|limits| limits.connections = 20)), hello);
    let mut kept: Vec<_> = (0..20).map(|_| served.connect()).collect();
    for client in &mut kept {
        assert_eq!(client.get("/").text(), "hello");
    }
    for _ in 0..100 {
        let mut refused = served.connect();
        assert_eq!(refused.answer().unwrap().status, 503);
        assert_eq!(refused.rest(), b"");
    }
    for client in &mut kept {
        assert_eq!(client.get("/").text(), "hello");
    }
    assert_eq!((served.server.stats().refused, served.server.stats().open), (100, 20));
    kept.truncate(10);
    eventually("places are free again", || served.server.stats().open == 10);
    assert_eq!(served.connect().get("/").text(), "hello");
}

#[test]
fn clients_that_vanish_leave_nothing() {
    let served = serve(|request: Request| {
        let size = if request.path() == b"/large" { 20 << 20 } else { 5 };
        Response::new(200).with_body(vec![b'x'; size])
    });
    for sent in [
        "",
        "GET /",
        "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        for abruptly in [true, false] {
            let mut client = served.connect();
            client.send(sent);
            if !abruptly {
                client.0.shutdown(Shutdown::Write).unwrap();
                let said = String::from_utf8_lossy(&client.rest()).into_owned();
                let cut = sent.starts_with("POST") || sent == "GET /";
                assert_eq!(said.starts_with("HTTP/1.1 400 "), cut, "{sent:?}");
            }
        }
    }
    eventually("all were accepted", || served.server.stats().accepted == 12);
    eventually("nothing is left", || served.server.stats().open == 0);
    assert_eq!(served.connect().get("/").text(), "xxxxx");
    assert_eq!(served.errors(), [""; 0]);
}

#[test]
fn handlers_that_panic_hurt_nobody_else() {
    let served = serve(|request: Request| match request.path() {
        b"/before" => panic!("before the head"),
        b"/after" => {
            let mut count = 0;
            let content = std::iter::from_fn(move || {
                count += 1;
                assert!(count < 3, "after the head");
                Some(Ok(b"piece".to_vec()))
            });
            Response::new(200).with_content(Content::Chunks(Box::new(content)))
        }
        b"/error" => {
            let content = std::iter::once(Err(std::io::Error::other("the disk is gone")));
            Response::new(200).with_content(Content::Chunks(Box::new(content)))
        }
        b"/short" => {
            let content = std::iter::once(Ok(b"piece".to_vec()));
            let response = Response::new(200).with("Content-Length", "6").unwrap();
            response.with_content(Content::Chunks(Box::new(content)))
        }
        b"/wrong" => Response::new(200).with("Content-Length", "6").unwrap().with_body("piece"),
        _ => Response::text("hello"),
    });
    let mut other = served.connect();
    let mut client = served.connect();
    let answer = client.get("/before");
    assert_eq!((answer.status, client.get("/").text().as_str()), (500, "hello"));
    assert_eq!(client.get("/wrong").status, 500);
    client.send("GET /after HTTP/1.1\r\nHost: a\r\n\r\n");
    let said = String::from_utf8(client.rest()).unwrap();
    assert!(said.ends_with("\r\n\r\n5\r\npiece\r\n5\r\npiece\r\n"), "{said}");
    for path in ["/error", "/short"] {
        let mut client = served.connect();
        client.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let said = String::from_utf8(client.rest()).unwrap();
        assert!(said.starts_with("HTTP/1.1 200 OK\r\n") && !said.contains("0\r\n\r\n"), "{said}");
    }
    assert_eq!(other.get("/").text(), "hello");
    let errors = served.errors();
    assert_eq!(errors[0], "a handler panicked: before the head");
    assert!(errors[1].starts_with("a response of status 200 cannot be sent"), "{errors:?}");
    assert_eq!(errors[2], "a handler panicked: after the head");
    assert_eq!(errors[3], "content of a response panicked");
    assert_eq!(errors[4], "content of a response failed: the disk is gone");
    assert_eq!(errors[5], "content of a response is shorter than its Content-Length");
    assert_eq!((errors.len(), served.server.stats().panics), (6, 2));
}

#[test]
fn an_early_answer_is_seen_however_much_is_still_sent() {
    let served = serve(hello);
    for _ in 0..20 {
        let mut client = served.connect();
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n");
        let mut writer = client.0.try_clone().unwrap();
        let sender = std::thread::spawn(move || {
            use std::io::Write;
            let _ = writer.write_all(&vec![b'x'; 10_000_000]);
        });
        assert_eq!(client.answer().unwrap().status, 413);
        sender.join().unwrap();
    }
}

#[test]
fn too_long_and_too_many() {
    let served = serve(hello);
    let many = "A: b\r\n".repeat(200);
    let long = "x".repeat(20_000);
    let section = format!("A: {}\r\n", "x".repeat(10_000)).repeat(10);
    for (request, status) in [
        (format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), 414),
        (long.clone(), 414),
        (format!("GET / HTTP/1.1\r\nHost: a\r\nA: {long}\r\n\r\n"), 431),
        (format!("GET / HTTP/1.1\r\nHost: a\r\nA: {long}"), 431),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"), 431),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{section}\r\n"), 431),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n".to_owned(), 505),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n".to_owned(), 501),
        ("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n".to_owned(), 501),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 505),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\n".to_owned(), 400),
    ] {
        let mut client = served.connect();
        let answer = client.send(&request).answer().unwrap();
        assert_eq!(answer.status, status, "{:?}", &request[..40.min(request.len())]);
        assert_eq!(answer.field("connection").as_deref(), Some("close"));
        assert_eq!(client.rest(), b"");
    }
}

/// Answers before the body has come, with content of a known length or without.
struct Early;

impl Handler for Early {
    fn handle(&self, mut request: Request) -> Reply {
        if let (b"/large", RequestBody::Stream(reader)) = (request.head.target.as_slice(), &mut request.body)
        {
            assert!(reader.next_piece().is_err(), "asked for, and not there yet");
            return Response::new(200).with_body(vec![b'x'; 32 << 20]).into();
        }
        let pieces = || Content::Chunks(Box::new(std::iter::once(Ok(b"early".to_vec()))));
        match request.path() {
            b"/pieces" => Response::new(200).with_content(pieces()).into(),
            _ => Response::text("early").into(),
        }
    }

    fn intake(&self, _: &RequestHead) -> Intake {
        Intake::Stream { most: 10 }
    }
}

#[test]
fn who_was_answered_is_not_answered_again() {
    let served = serve_with(Server::builder().timeouts(quick()), Early);
    for path in ["/", "/pieces"] {
        for version in ["1.0", "1.1"] {
            // Broken, too long, and not all of it.
            for rest in [
                "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                "Transfer-Encoding: chunked\r\n\r\nff\r\nabc",
                "Content-Length: 9\r\n\r\nabc",
            ] {
                if version == "1.0" && rest.starts_with("Transfer") {
                    continue;
                }
                let mut client = served.connect();
                client.send(format!("POST {path} HTTP/{version}\r\nHost: a\r\n{rest}"));
                client.0.shutdown(Shutdown::Write).unwrap();
                let answer = String::from_utf8(client.rest()).unwrap();
                assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{path} {version} {rest:?}: {answer}");
                assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            }
        }
    }
}

#[test]
fn who_was_answered_is_not_told_to_go_on() {
    let served = serve(Early);
    let mut client = served.connect();
    client.send("POST /large HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
    // The answer is more than the socket takes at once.
    std::thread::sleep(Duration::from_millis(100));
    client.0.shutdown(Shutdown::Write).unwrap();
    let answer = client.rest();
    assert!(answer.starts_with(b"HTTP/1.1 200 "));
    assert!(answer.ends_with(b"xxx"), "{}", answer[answer.len() - 40..].escape_ascii());
}
