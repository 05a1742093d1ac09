//! HTTPS by rustls.

mod websocket;

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ferrosock::http::{
    Body, Client, Connector, Error, Phase, Proxies, Stream, TcpConnector, Timeouts, TlsConnector, Wait,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server::{Peer, Server, answer, ok};

const AUTHORITY: &[u8] = include_bytes!("tls/authority.pem");
const CERTIFICATE: &[u8] = include_bytes!("tls/server.pem");
const KEY: &[u8] = include_bytes!("tls/server.key");

type Secure = StreamOwned<ServerConnection, TcpStream>;

/// The server's side of TLS over a connection.
fn accept(peer: Peer) -> Secure {
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY).unwrap(),
        )
        .unwrap();
    StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), peer.stream)
}

/// Reads up to the end of a head.
fn head(stream: &mut Secure) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

fn server() -> Server {
    Server::start(|_, peer| {
        let mut stream = accept(peer);
        while let Some(head) = head(&mut stream) {
            let path = head.split(' ').nth(1).unwrap();
            let body = match path.strip_prefix("/big/") {
                Some(size) => vec![b'x'; size.parse().unwrap()],
                None => path.as_bytes().to_vec(),
            };
            if stream.write_all(&ok(body)).is_err() {
                return;
            }
        }
    })
}

fn client() -> Client {
    Client::builder().secure_connector(TlsConnector::with_roots(AUTHORITY).unwrap()).build().unwrap()
}

fn url(server: &Server, path: &str) -> String {
    server.url(path).replace("http://", "https://")
}

#[test]
fn a_connection_in_tls_is_kept() {
    let (server, client) = (server(), client());
    for path in ["/1", "/2", "/3"] {
        assert_eq!(client.get(url(&server, path)).send().unwrap().text().unwrap(), path);
        thread::sleep(Duration::from_millis(10)); // tickets come in the meantime
    }
    assert_eq!((server.accepted(), client.stats().reused), (1, 2));
    let big = client.get(url(&server, "/big/3000000")).send().unwrap().bytes().unwrap();
    assert_eq!(big.len(), 3_000_000);
    let by_name = url(&server, "/4").replace("127.0.0.1", "localhost");
    assert_eq!(client.get(by_name).send().unwrap().text().unwrap(), "/4");
}

/// Connects to a port of this machine, whoever is asked for.
struct Here(u16);

impl Connector for Here {
    fn connect(&self, _: &str, _: u16, wait: &Wait<'_>) -> io::Result<Box<dyn Stream>> {
        TcpConnector::default().connect("127.0.0.1", self.0, wait)
    }
}

#[test]
fn nobody_is_trusted_without_reason() {
    let server = server();
    // An authority that the system does not know, and a name that the certificate does not have.
    let impostor = Client::builder()
        .secure_connector(TlsConnector::with_roots(AUTHORITY).unwrap())
        .connector(Here(server.port()))
        .build()
        .unwrap();
    for (client, url) in [(Client::new(), url(&server, "/")), (impostor, "https://example.org/".to_owned())] {
        let error = client.get(url).send().unwrap_err();
        assert!(matches!(error, Error::Tls { .. }), "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");
        assert_eq!(client.stats().requests, 0);
    }
    let plain = Server::start(|_, mut peer| {
        peer.say("HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.end();
    });
    let error = client().get(url(&plain, "/")).send().unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error}");
}

#[test]
fn a_handshake_has_a_limit() {
    let server = Server::start(|_, mut peer| while peer.line().is_some() {});
    let timeouts = Timeouts { connect: Some(Duration::from_millis(100)), ..Timeouts::default() };
    let error = client().get(url(&server, "/")).timeouts(timeouts).send().unwrap_err();
    assert!(matches!(error, Error::TimedOut { phase: Phase::Connect, .. }), "{error}");
}

#[test]
fn an_end_that_anybody_could_have_made_is_none() {
    for clean in [false, true] {
        let server = Server::start(move |_, peer| {
            let mut stream = accept(peer);
            head(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nuntil the end").unwrap();
            if clean {
                stream.conn.send_close_notify();
            }
            stream.flush().unwrap();
        });
        let result = client().get(url(&server, "/")).send().unwrap().text();
        match result {
            Ok(text) => assert!(clean && text == "until the end"),
            Err(error) => assert!(!clean && matches!(error, Error::Incomplete(_)), "{error}"),
        }
    }
}

#[test]
fn an_early_refusal_is_seen() {
    let server = Server::start(|_, peer| {
        let mut stream = accept(peer);
        head(&mut stream);
        stream.write_all(&answer(413, "", "too much")).unwrap();
        while stream.read(&mut [0; 65_536]).is_ok_and(|count| count > 0) {}
    });
    let endless = Body::from_reader(io::repeat(b'x'), None);
    let response = client().post(url(&server, "/")).body(endless).send().unwrap();
    assert_eq!((response.status(), response.text().unwrap().as_str()), (413, "too much"));
}

/// The server says so at the head, and receives nothing more.
#[test]
fn an_early_refusal_is_seen_by_who_is_stopped() {
    let (over, waits) = std::sync::mpsc::channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let server = Server::start(move |_, peer| {
        let mut stream = accept(peer);
        head(&mut stream);
        thread::sleep(Duration::from_millis(300)); // until the client is stopped
        stream.write_all(&answer(413, "", "too much")).unwrap();
        let _ = waits.lock().unwrap().recv_timeout(Duration::from_secs(20));
    });
    let endless = Body::from_reader(io::repeat(b'x'), None);
    let begin = std::time::Instant::now();
    let response = client().post(url(&server, "/")).body(endless).send().unwrap();
    assert_eq!((response.status(), response.text().unwrap().as_str()), (413, "too much"));
    assert!(begin.elapsed() < Duration::from_secs(10));
    drop(over);
}

/// What was stopped goes on where it was, if the answer is a good one.
#[test]
fn an_early_welcome_does_not_end_the_upload() {
    let server = Server::start(|_, peer| {
        let mut stream = accept(peer);
        head(&mut stream);
        thread::sleep(Duration::from_millis(300));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n").unwrap();
        let (mut seen, mut space) = (0, [0; 65_536]);
        while seen < 8_000_000 {
            let count = stream.read(&mut space).unwrap();
            assert!(count > 0 && space[..count].iter().all(|byte| *byte == b'x'));
            seen += count;
        }
        stream.write_all(b"done").unwrap();
    });
    let body = Body::from_reader(io::repeat(b'x').take(8_000_000), Some(8_000_000));
    let response = client().post(url(&server, "/")).body(body).send().unwrap();
    assert_eq!((response.status(), response.text().unwrap().as_str()), (200, "done"));
}

#[test]
fn tls_goes_through_a_tunnel() {
    let proxy = Server::start(|_, mut peer| {
        assert_eq!(peer.head().unwrap().line, "CONNECT localhost:4433 HTTP/1.1");
        peer.say("HTTP/1.1 200 OK\r\n\r\n");
        let mut stream = accept(peer);
        while let Some(head) = head(&mut stream) {
            stream.write_all(&ok(head.lines().next().unwrap())).unwrap();
        }
    });
    let client = client();
    for path in ["/1", "/2"] {
        let request = client.get(format!("https://localhost:4433{path}"));
        let response = request.proxies(Proxies::all(proxy.url("").parse().unwrap())).send().unwrap();
        assert_eq!(response.text().unwrap(), format!("GET {path} HTTP/1.1"));
    }
    assert_eq!(proxy.accepted(), 1);
}
