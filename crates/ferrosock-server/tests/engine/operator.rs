//! What an operator sees: the access log, and clients behind a proxy.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use ferrosock_server::{DURATIONS, LogFormat, Request, Response, Server};

use crate::client::{eventually, quick, serve_with};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn each_request_is_logged_once() {
    let kept = Kept::default();
    let builder = Server::builder().access_log(LogFormat::Combined, kept.clone()).timeouts(quick());
    let served = serve_with(builder, |request: Request| match request.path() {
        b"/panic" => panic!("as it is told"),
        b"/forget" => request.defer().1,
        _ => Response::text("hello").into(),
    });
    let mut client = served.connect();
    client.get("/a?b");
    client.send("POST /c HTTP/1.1\r\nHost: a\r\nUser-Agent: test\r\nContent-Length: 2\r\n\r\nxy").answer();
    client.get("/panic");
    client.get("/forget");
    client.send("GET / HTTP/1.1\r\n\r\n").answer();
    drop(client);
    let mut slow = served.connect();
    slow.send("GET /slow").answer();
    eventually("all is logged", || kept.lines().len() == 6);
    served.server.stop(std::time::Duration::ZERO);
    served.server.join().unwrap();
    let lines = kept.lines();
    for (line, expected) in lines.iter().zip([
        "\"GET /a?b HTTP/1.1\" 200 5 \"-\" \"-\"",
        "\"POST /c HTTP/1.1\" 200 5 \"-\" \"test\"",
        "\"GET /panic HTTP/1.1\" 500 26 \"-\" \"-\"",
        "\"GET /forget HTTP/1.1\" 500 26 \"-\" \"-\"",
        "\"-\" 400 16 \"-\" \"-\"",
        "\"-\" 408 20 \"-\" \"-\"",
    ]) {
        assert!(line.starts_with("127.0.0.1 - - [") && line.ends_with(expected), "{line}");
    }
}

#[test]
fn durations_are_counted() {
    let served = serve_with(Server::builder(), |request: Request| {
        if request.path() == b"/slow" {
            std::thread::sleep(std::time::Duration::from_millis(60));
        }
        Response::text("hello")
    });
    let mut client = served.connect();
    client.get("/slow");
    client.get("/");
    let stats = served.server.stats();
    let slow = DURATIONS.iter().position(|bound| *bound == 50).unwrap() + 1;
    assert_eq!(stats.durations[slow..].iter().sum::<u64>(), 1);
    assert_eq!(stats.durations.iter().sum::<u64>(), 2);
    assert!((60..2000).contains(&stats.duration_sum));
}

#[test]
fn a_trusted_proxy_says_who_the_client_is() {
    let builder = Server::builder().trust_proxy_protocol(true).timeouts(quick());
    let served = serve_with(builder, |request: Request| {
        Response::text(format!("{} {}", request.peer(), request.local().unwrap()))
    });
    let two = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\x13\x88\0\x50";
    for header in [&b"PROXY TCP4 192.0.2.1 192.0.2.2 5000 80\r\n"[..], two] {
        for cut in 0..header.len() {
            let mut client = served.connect();
            client.send(&header[..cut]);
            client.send(&header[cut..]);
            for _ in 0..2 {
                assert_eq!(client.get("/").text(), "192.0.2.1:5000 192.0.2.2:80");
            }
        }
    }
    let mut local = served.connect();
    local.send("PROXY UNKNOWN\r\n");
    let own = local.0.local_addr().unwrap().to_string();
    assert!(local.get("/").text().starts_with(&own));
    for bad in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PROXY TCP4 nonsense\r\n", "PROX", ""] {
        let mut client = served.connect();
        client.send(bad);
        assert_eq!(client.rest(), b"", "{bad}");
    }
    // A proxy that ends TLS says so.
    let builder = Server::builder().trust_proxy_protocol(true).timeouts(quick());
    let served = serve_with(builder, |request: Request| {
        let version = request.tls().and_then(|tls| tls.version.clone()).unwrap_or_default();
        Response::text(format!("{} {}", request.peer(), version.escape_ascii()))
    });
    let secure = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x1e\xc0\0\x02\x01\xc0\0\x02\x02\x13\x88\x01\xbb\
        \x20\0\x0f\x01\0\0\0\x01\x21\0\x07TLSv1.3";
    let mut client = served.connect();
    client.send(secure);
    for _ in 0..2 {
        assert_eq!(client.get("/").text(), "192.0.2.1:5000 TLSv1.3");
    }
    // Only the beginning of a connection is the proxy's.
    let mut twice = served.connect();
    twice.send("PROXY UNKNOWN\r\nPROXY UNKNOWN\r\n");
    assert_eq!(twice.answer().unwrap().status, 400);
}

#[test]
fn a_server_listens_somewhere() {
    let error = Server::builder().start(|_: Request| Response::new(204)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}
