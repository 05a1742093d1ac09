//! Requests that are well, and how they are answered.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use ferrosock_server::{Content, Handler, Intake, Reply, Request, Response, Server};

use crate::client::{Client, eventually, limits, serve, serve_with};

fn echo(request: Request) -> Response {
    let body = request.body.bytes().unwrap_or_default();
    let mut text = format!("{} {} ", request.method(), request.path().escape_ascii()).into_bytes();
    text.extend_from_slice(body);
    Response::new(200).with_body(text)
}

#[test]
fn a_connection_is_kept() {
    let served = serve(echo);
    let mut client = served.connect();
    for number in 0..50 {
        let answer = client.get(&format!("/{number}?q"));
        assert_eq!((answer.status, answer.text()), (200, format!("GET /{number} ")));
        assert_eq!(answer.field("date").unwrap().len(), 29);
        assert_eq!(answer.field("connection"), None);
    }
    let stats = served.server.stats();
    assert_eq!((stats.accepted, stats.open, stats.requests, stats.statuses[1]), (1, 1, 50, 50));
    drop(client);
    eventually("it is noticed that the client went", || served.server.stats().open == 0);
}

#[test]
fn versions_and_connection_options() {
    let served = serve(echo);
    for (request, kept) in [
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", false),
        ("GET / HTTP/1.0\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true),
    ] {
        let mut client = served.connect();
        let answer = client.send(request).answer().unwrap();
        assert_eq!(answer.status, 200, "{request}");
        assert_eq!(answer.field("connection").as_deref() != Some("close"), kept, "{request}");
        if kept {
            assert_eq!(client.get("/").status, 200);
        } else {
            assert_eq!(client.rest(), b"");
        }
    }
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let served = serve(echo);
    let mut client = served.connect();
    let mut requests = Vec::new();
    for number in 0..3000 {
        write!(requests, "POST /{number} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nbody!").unwrap();
    }
    let mut writer = Client(client.0.try_clone().unwrap());
    let sender = std::thread::spawn(move || {
        writer.send(requests);
    });
    for number in 0..3000 {
        assert_eq!(client.answer().unwrap().text(), format!("POST /{number} body!"));
    }
    sender.join().unwrap();
}

#[test]
fn bodies_of_both_kinds_cut_at_every_byte() {
    let served = serve(echo);
    let whole = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloPOST /b HTTP/1.1\r\nHost: a\r\n\
        Transfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nhel\r\n2\r\nlo\r\n0\r\nT: u\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\n";
    for cut in 0..=whole.len() {
        let mut client = served.connect();
        client.send(&whole[..cut]);
        if cut % 3 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        client.send(&whole[cut..]);
        for expected in ["POST /a hello", "POST /b hello", "GET /c "] {
            assert_eq!(client.answer().unwrap().text(), expected, "cut at {cut}");
        }
    }
    let mut client = served.connect();
    for byte in whole {
        client.send([*byte]);
    }
    for expected in ["POST /a hello", "POST /b hello", "GET /c "] {
        assert_eq!(client.answer().unwrap().text(), expected);
    }
}

#[test]
fn head_is_told_everything_but_the_content() {
    let served = serve(echo);
    let mut client = served.connect();
    let head = client.send("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n").head().unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("Content-Length: 10\r\n"));
    assert_eq!(client.get("/next").text(), "GET /next ");
    let head = client.send("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n").head().unwrap();
    assert!(head.starts_with("HTTP/1.1 413 "));
    assert_eq!(client.rest(), b"");
}

#[test]
fn a_client_that_waits_is_told_to_go_on() {
    let served = serve(echo);
    let mut client = served.connect();
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.answer().unwrap().head, "HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(client.send("abc").answer().unwrap().text(), "PUT / abc");
    // One that is refused is not, and neither is one of HTTP/1.0.
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 413);
    assert_eq!(client.rest(), b"");
    let mut old = served.connect();
    old.send("PUT / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    std::thread::sleep(Duration::from_millis(30));
    assert_eq!(old.send("abc").answer().unwrap().text(), "PUT / abc");
    let mut odd = served.connect();
    odd.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: tea\r\n\r\nabc");
    assert_eq!(odd.answer().unwrap().status, 417);
}

#[test]
fn content_of_every_kind_arrives_whole() {
    let large: Arc<[u8]> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let path = std::env::temp_dir().join(format!("engine-{}", std::process::id()));
    std::fs::write(&path, &large).unwrap();
    let file = Arc::new(std::fs::File::open(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    let all = large.clone();
    let served = serve(move |request: Request| {
        let content = match request.path() {
            b"/empty" => Content::Empty,
            b"/bytes" => Content::Bytes(all.to_vec()),
            b"/shared" => Content::Shared(all.clone()),
            b"/static" => Content::Static(b"static"),
            b"/file" => Content::File { file: file.clone(), offset: 1000, length: 2_000_000 },
            _ => {
                let all = all.clone();
                let mut at = 0;
                Content::Chunks(Box::new(std::iter::from_fn(move || {
                    let piece = all[at..all.len().min(at + 70_001)].to_vec();
                    at += piece.len();
                    (!piece.is_empty()).then_some(Ok(piece))
                })))
            }
        };
        Response::new(200).with_content(content)
    });
    let mut client = served.connect();
    for (path, expected) in [
        ("/empty", &b""[..]),
        ("/bytes", &large),
        ("/shared", &large),
        ("/static", b"static"),
        ("/file", &large[1000..2_001_000]),
        ("/chunks", &large),
        ("/static", b"static"),
    ] {
        assert!(client.get(path).body == expected, "{path}");
    }
    // A client of HTTP/1.0 gets chunks as plain content, up to the end.
    let mut old = served.connect();
    let answer = old.send("GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer().unwrap();
    assert!(answer.body == large[..] && answer.field("transfer-encoding").is_none());
    assert_eq!(answer.field("connection").as_deref(), Some("close"));
}

#[test]
fn a_handler_decides_on_bodies() {
    struct Choosy;
    impl Handler for Choosy {
        fn handle(&self, request: Request) -> Reply {
            echo(request).into()
        }
        fn intake(&self, head: &ferrosock_proto::http1::RequestHead) -> Intake {
            match head.target.as_slice() {
                b"/small" => Intake::Whole { most: 4 },
                b"/no" => Intake::Refuse(Response::plain(403)),
                _ => Intake::Default,
            }
        }
    }
    let served = serve(Choosy);
    for (target, framing, body, status) in [
        ("/small", "Content-Length: 4", "abcd", 200),
        ("/small", "Content-Length: 5", "abcde", 413),
        ("/small", "Transfer-Encoding: chunked", "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", 200),
        ("/small", "Transfer-Encoding: chunked", "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", 413),
        ("/small", "Transfer-Encoding: chunked", "fffffffff\r\n", 413),
        ("/no", "Content-Length: 4", "abcd", 403),
        ("/", "Content-Length: 4", "abcd", 200),
    ] {
        let mut client = served.connect();
        client.send(format!("POST {target} HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n{body}"));
        assert_eq!(client.answer().unwrap().status, status, "{target} {framing} {body:?}");
        if status != 200 {
            assert_eq!(client.rest(), b"");
        }
    }
}

#[test]
fn requests_of_a_connection_are_counted() {
    let served = serve_with(Server::builder().limits(limits(|limits| limits.requests = 3)), echo);
    let mut client = served.connect();
    assert_eq!(client.get("/").field("connection"), None);
    assert_eq!(client.get("/").field("connection"), None);
    assert_eq!(client.get("/").field("connection").as_deref(), Some("close"));
    assert_eq!(client.rest(), b"");
}

#[test]
fn unix_sockets_and_adopted_descriptors() {
    let path = std::env::temp_dir().join(format!("engine-{}.sock", std::process::id()));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let handler = |request: Request| Response::text(request.peer().to_string());
    let builder = Server::builder().threads(2).unix(&path).adopt(listener.into());
    let server = builder.start(handler).unwrap();
    assert_eq!(server.addresses().len(), 2);
    for _ in 0..8 {
        let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        let mut client = Client::connect(address);
        let own = client.0.local_addr().unwrap().to_string();
        assert_eq!(client.get("/").text(), own);
    }
    drop(server);
    assert!(!path.exists());
    let not_listening = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    assert!(Server::builder().adopt(not_listening.into()).bind(handler).is_err());
}

#[test]
fn threads_share_connections_out() {
    let handler = |_: Request| Response::text(format!("{:?}", std::thread::current().id()));
    let served = serve_with(Server::builder().threads(3), handler);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..200 {
        seen.insert(served.connect().get("/").text());
    }
    assert_eq!(seen.len(), 3);
}

#[test]
fn it_drains() {
    let served = serve(|request: Request| {
        let (responder, later) = request.defer();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            responder.send(Response::text("done"));
        });
        later
    });
    let address = served.address();
    let mut idle = served.connect();
    assert_eq!(idle.get("/").text(), "done");
    let mut busy = served.connect();
    busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    eventually("the request came", || served.server.stats().requests == 2);
    served.server.stop(Duration::from_secs(5));
    assert_eq!(idle.rest(), b"");
    let answer = busy.answer().unwrap();
    assert_eq!((answer.text().as_str(), answer.field("connection").as_deref()), ("done", Some("close")));
    served.server.join().unwrap();
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn a_request_that_was_on_its_way_at_the_end_is_answered() {
    let served = serve(|_: Request| Response::text("done"));
    let mut idle = served.connect();
    idle.get("/");
    let mut fresh = served.connect();
    let mut silent = served.connect();
    eventually("they are accepted", || served.server.stats().accepted == 3);
    let begun = std::time::Instant::now();
    served.server.stop(Duration::from_secs(20));
    std::thread::sleep(Duration::from_millis(50));
    for client in [&mut idle, &mut fresh] {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        let answer = client.answer().unwrap();
        assert_eq!((answer.text().as_str(), answer.field("connection").as_deref()), ("done", Some("close")));
    }
    assert_eq!(silent.rest(), b"");
    served.server.join().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_does_not_end_is_cut_off() {
    let served = serve(|request: Request| {
        let (responder, later) = request.defer();
        std::mem::forget(responder);
        later
    });
    let mut client = served.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    eventually("the request came", || served.server.stats().requests == 1);
    let begun = std::time::Instant::now();
    served.server.stop(Duration::from_millis(200));
    served.server.join().unwrap();
    assert!((200..2000).contains(&(begun.elapsed().as_millis() as u64)));
    assert_eq!(client.rest(), b"");
}
