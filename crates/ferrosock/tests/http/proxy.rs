//! Proxies of HTTP.

use std::io;

use ferrosock::http::{Bypass, Client, Error, Proxies, ProxyError, SecureConnector, Stream, Wait};

use crate::server::{Server, answer, ok};

/// Stands for TLS: says one word in plain text and goes on.
struct Plainly;

impl SecureConnector for Plainly {
    fn secure(
        &self,
        mut stream: Box<dyn Stream>,
        host: &str,
        wait: &Wait<'_>,
    ) -> io::Result<Box<dyn Stream>> {
        if host == "distrusted" {
            return Err(io::Error::other("not the one"));
        }
        let hello = format!("hello {host}\n");
        let count = stream.write(hello.as_bytes(), wait)?;
        assert_eq!(count, hello.len());
        Ok(stream)
    }
}

fn proxies(server: &Server) -> Proxies {
    Proxies::all(server.url("").replace("//", "//us%20er:pw@").parse().unwrap())
}

#[test]
fn plain_requests_go_to_the_proxy_whole() {
    let server = Server::answering(|request| {
        ok(format!(
            "{} {:?} {:?}",
            request.line,
            request.header("Host"),
            request.header("Proxy-Authorization")
        ))
    });
    let client =
        Client::builder().proxies(proxies(&server).except(Bypass::parse("127.0.0.1"))).build().unwrap();
    for host in ["a.example", "b.example:81"] {
        let text = client.get(format!("http://{host}/x?y#z")).send().unwrap().text().unwrap();
        let expected = format!("GET http://{host}/x?y HTTP/1.1 Some({host:?}) Some(\"Basic dXMgZXI6cHc=\")");
        assert_eq!(text, expected);
    }
    // Both went over one connection to the proxy; what needs none goes directly.
    assert_eq!(server.accepted(), 1);
    assert!(client.get(server.url("/x")).send().unwrap().text().unwrap().starts_with("GET /x HTTP/1.1"));
    let direct = client.get(server.url("/y")).proxies(Proxies::none()).send().unwrap();
    assert!(direct.text().unwrap().ends_with(" None"));
}

#[test]
fn secure_requests_go_through_a_tunnel() {
    let server = Server::start(|_, mut peer| {
        let connect = peer.head().unwrap();
        assert_eq!(connect.line, "CONNECT secret.example:443 HTTP/1.1");
        assert_eq!(connect.header("Host"), Some("secret.example:443"));
        assert_eq!(connect.header("Proxy-Authorization"), Some("Basic dXMgZXI6cHc="));
        peer.say("HTTP/1.1 200 Connected\r\n\r\n");
        assert_eq!(peer.line().unwrap(), "hello secret.example");
        while let Some(request) = peer.request() {
            assert_eq!(request.header("Proxy-Authorization"), None);
            peer.say(ok(request.line));
        }
    });
    let client = Client::builder().proxies(proxies(&server)).secure_connector(Plainly).build().unwrap();
    for path in ["/1", "/2"] {
        let text = client.get(format!("https://secret.example{path}")).send().unwrap().text().unwrap();
        assert_eq!(text, format!("GET {path} HTTP/1.1"));
    }
    assert_eq!((client.stats().opened, client.stats().reused), (1, 1));
}

#[test]
fn a_proxy_that_does_not_want_says_so() {
    for (said, refused) in [
        (answer(407, "Proxy-Authenticate: Basic realm=x\r\n", "who are you?"), true),
        (answer(502, "", ""), true),
        (b"HTTP/1.1 200 OK\r\n\r\nwhat the server said".to_vec(), false),
        (b"SSH-2.0\r\n".to_vec(), false),
        (Vec::new(), false),
    ] {
        let server = Server::saying(said);
        let client = Client::builder().proxies(proxies(&server)).secure_connector(Plainly).build().unwrap();
        let error = client.get("https://a.example/").send().unwrap_err();
        let Error::Proxy { proxy, source } = &error else { panic!("{error}") };
        assert_eq!(matches!(source, ProxyError::Refused(407 | 502)), refused, "{error}");
        assert_eq!(**proxy, server.url(""));
        assert_eq!((client.stats().active, client.stats().opened), (0, 0));
    }
}

#[test]
fn tls_is_needed_for_https() {
    let error = Client::new().get("https://127.0.0.1:1/").send().unwrap_err();
    assert!(matches!(error, Error::NoTls | Error::Connect { .. }), "{error}");
    let server = Server::saying("");
    let client = Client::builder().secure_connector(Plainly).build().unwrap();
    let proxy = server.url("").replace("http", "https").parse().unwrap();
    let error = client.get("http://a/").proxies(Proxies::all(proxy)).send().unwrap_err();
    assert!(matches!(error, Error::Disconnected { .. } | Error::Io { .. }), "{error}");
}

/// A SOCKS proxy of version 5 that answers by itself for whoever is asked for.
fn socks5() -> Server {
    Server::start(|_, mut peer| {
        let methods = peer.exactly(2).unwrap()[1];
        assert_eq!(peer.exactly(methods.into()).unwrap().last(), Some(&2));
        peer.say(b"\x05\x02");
        assert_eq!(peer.exactly(10).unwrap(), b"\x01\x05us er\x02pw");
        peer.say(b"\x01\0");
        let head = peer.exactly(4).unwrap();
        let target = match head[3] {
            1 => format!("{:?}", peer.exactly(4).unwrap()),
            3 => {
                let length = peer.exactly(1).unwrap()[0];
                String::from_utf8(peer.exactly(length.into()).unwrap()).unwrap()
            }
            _ => format!("{:?}", peer.exactly(16).unwrap()),
        };
        let port = peer.exactly(2).unwrap();
        if target == "refused.example" {
            peer.say(b"\x05\x05\0\x01\0\0\0\0\0\0");
            return;
        }
        peer.say(b"\x05\0\0\x01\0\0\0\0\0\0");
        while let Some(request) = peer.request() {
            peer.say(ok(format!("{} {target} {port:?}", request.line)));
        }
    })
}

#[test]
fn socks_proxies_connect() {
    let server = socks5();
    let proxies = |kind: &str| {
        Proxies::all(server.url("").replace("http://", &format!("{kind}://us%20er:pw@")).parse().unwrap())
    };
    let client = Client::builder().proxies(proxies("socks5h")).build().unwrap();
    for path in ["/1", "/2"] {
        let text = client.get(format!("http://a.example{path}")).send().unwrap().text().unwrap();
        assert_eq!(text, format!("GET {path} HTTP/1.1 a.example [0, 80]"));
    }
    assert_eq!(server.accepted(), 1);
    let text = client.get("http://127.0.0.1:258/").send().unwrap().text().unwrap();
    assert_eq!(text, "GET / HTTP/1.1 [127, 0, 0, 1] [1, 2]");
    let error = client.get("http://refused.example/").send().unwrap_err();
    assert!(error.to_string().ends_with("connection refused"), "{error}");
    let local = client.get("http://localhost/").proxies(proxies("socks5")).send().unwrap().text().unwrap();
    assert!(local.contains("127, 0, 0, 1") || local.contains("0, 0, 1]"), "{local}");
}

#[test]
fn a_proxy_that_speaks_no_socks_is_found_out() {
    for said in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"", b"\x05", b"\x05\xff", b"\x05\x07"] {
        let server = Server::start(move |_, mut peer| {
            peer.exactly(2);
            peer.say(said);
            peer.end();
        });
        let proxy = server.url("").replace("http", "socks5h").parse().unwrap();
        let client = Client::builder().proxies(Proxies::all(proxy)).build().unwrap();
        let error = client.get("http://a.example/").send().unwrap_err();
        assert!(matches!(error, Error::Proxy { .. }), "{error}");
        assert_eq!(client.stats().active, 0);
    }
}
