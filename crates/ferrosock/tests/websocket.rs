//! The blocking client of WebSocket against the engine.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]
#![cfg(any(target_os = "linux", target_os = "android"))]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use ferrosock::server::{Request, Response, Server};
use ferrosock::websocket::server::{self, Socket};
use ferrosock::websocket::{DeflateOptions, Error, Limits, Message, Options, ProtocolError, WebSocket};

fn served() -> (Server, String) {
    let options = server::Options {
        deflate: Some(DeflateOptions::default()),
        subprotocols: vec!["echo".to_owned()],
        ..server::Options::default()
    };
    let handler = move |request: Request| {
        if request.path() != b"/echo" || request.field("x-token") == Some(b"bad") {
            return Response::plain(403);
        }
        server::accept(&request, &options, |socket: &mut Socket<'_>, message: Message| {
            let result = match &message {
                Message::Text(text) if text == "close" => socket.close(4000, "as told"),
                Message::Text(text) if text == "silence" => Ok(()),
                _ => socket.send(message),
            };
            result.unwrap();
        })
    };
    let server = Server::builder().tcp("127.0.0.1:0".parse().unwrap()).start(handler).unwrap();
    let url = format!("ws://{}/echo", server.addresses()[0]);
    (server, url)
}

#[test]
fn messages_come_back() {
    let (server, url) = served();
    for options in [Options::new(), Options::new().deflate(DeflateOptions::default()).subprotocol("echo")] {
        let mut socket = options.connect(&url).unwrap();
        for size in [0, 1, 125, 126, 65_535, 65_536, 500_000] {
            for message in [Message::Text("é".repeat(size / 2)), Message::Binary(vec![7; size])] {
                socket.send(message.clone()).unwrap();
                assert_eq!(socket.receive().unwrap(), Some(message));
            }
        }
        socket.ping(Duration::from_secs(10)).unwrap();
        assert_eq!(socket.close(1000, "bye").unwrap().code, 1000);
        assert!(matches!(socket.receive(), Ok(None)));
        assert!(matches!(socket.send("late"), Err(Error::Protocol(ProtocolError::Closed))));
    }
    server.stop(Duration::from_secs(1));
    server.join().unwrap();
}

#[test]
fn ends_and_limits_are_told() {
    let (server, url) = served();
    let mut socket = Options::new().subprotocol("other").connect(&url).unwrap();
    assert_eq!(socket.subprotocol(), None);
    socket.send("silence").unwrap();
    let begun = Instant::now();
    let late = socket.receive_within(Duration::from_millis(100)).unwrap_err();
    assert!(late.is_timeout() && begun.elapsed() >= Duration::from_millis(90), "{late}");
    socket.send("close").unwrap();
    assert_eq!(socket.receive().unwrap(), None);
    assert_eq!(socket.closed().unwrap().to_string(), "4000 (as told)");

    let limits = Limits { message: 1000, ..Limits::default() };
    let mut socket = Options::new().limits(limits).deflate(DeflateOptions::default()).connect(&url).unwrap();
    socket.send(vec![0; 100_000]).unwrap();
    assert!(matches!(socket.receive(), Err(Error::Protocol(ProtocolError::MessageTooLong))));
    assert!(matches!(socket.receive(), Ok(None)));

    let mut socket = WebSocket::connect(&url).unwrap();
    server.stop(Duration::from_secs(5));
    assert_eq!(socket.receive().unwrap(), None);
    assert_eq!(socket.closed().unwrap().code, 1001);
    server.join().unwrap();
}

#[test]
fn what_is_no_websocket_is_not_taken_for_one() {
    let (_server, url) = served();
    let denied = WebSocket::connect(&url.replace("/echo", "/other")).unwrap_err();
    let Error::Denied(response) = denied else { panic!("{denied}") };
    assert_eq!((response.status(), response.text().unwrap().as_str()), (403, "403 Forbidden\n"));
    assert!(matches!(Options::new().header("X-Token", "bad").connect(&url), Err(Error::Denied(_))));
    assert!(matches!(Options::new().subprotocol("a b").connect(&url), Err(Error::Http(_))));
    for (answer, wrong) in [
        (
            "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
            true,
        ),
        ("SSH-2.0\r\n\r\n", false),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            let mut peer = listener.accept().unwrap().0;
            let _ = peer.read(&mut [0; 4096]).unwrap();
            peer.write_all(answer.as_bytes()).unwrap();
        });
        let error = WebSocket::connect(&url).unwrap_err();
        assert_eq!(matches!(error, Error::Handshake(_)), wrong, "{error}");
        thread.join().unwrap();
    }
}

/// The next connection, opened as a WebSocket.
fn opened(listener: &TcpListener) -> TcpStream {
    let mut peer = listener.accept().unwrap().0;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        peer.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = ferrosock::proto::websocket::accept_key(key.as_bytes());
    let answer = "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
    peer.write_all(format!("{answer}{accept}\r\n\r\n").as_bytes()).unwrap();
    peer
}

/// A server that opens a connection and answers nothing more; its thread gives what the client has sent.
fn deaf() -> (String, std::thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let mut peer = opened(&listener);
        let mut sent = Vec::new();
        peer.read_to_end(&mut sent).unwrap();
        sent
    });
    (url, thread)
}

#[test]
fn silence_is_asked_and_then_given_up() {
    let often = || Options::new().ping_interval(Some(Duration::from_millis(50)));
    let (url, peer) = deaf();
    let mut socket = often().ping_timeout(Duration::from_millis(50)).connect(&url).unwrap();
    assert!(matches!(socket.receive(), Err(Error::Silent)));
    assert_eq!(socket.closed().unwrap().to_string(), "1011 (no answer to a ping)");
    assert!(matches!(socket.receive(), Ok(None)));
    drop(socket);
    let sent = peer.join().unwrap();
    assert_eq!(sent[..2], [0x89, 0x89]); // a ping of nine masked bytes; the last frame is the close
    assert!(sent.len() >= 15 + 27);

    // The pings are answered.
    let (server, url) = served();
    let mut socket = often().connect(&url).unwrap();
    assert!(socket.receive_within(Duration::from_millis(300)).unwrap_err().is_timeout());
    socket.send("still here").unwrap();
    assert_eq!(socket.receive().unwrap(), Some(Message::Text("still here".to_owned())));
    server.stop(Duration::from_secs(1));
    server.join().unwrap();
}

/// The URL of a server that sends a frame again and again for so long.
fn flooding(frame: &'static [u8], time: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut peer = opened(&listener);
        let (frames, end) = (frame.repeat(1000), Instant::now() + time);
        while Instant::now() < end && peer.write_all(&frames).is_ok() {}
    });
    url
}

#[test]
fn a_server_that_never_pauses_draws_nothing_out() {
    let long = Duration::from_secs(20);
    let options = || Options::new().close_timeout(Duration::from_millis(300));
    let timed_out =
        |error: Error| matches!(error, Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut);
    let mut socket = options().connect(&flooding(b"\x82\x02hi", long)).unwrap();
    let begun = Instant::now();
    assert!(timed_out(socket.close(1000, "").unwrap_err()));
    assert!(begun.elapsed() < long / 2);
    // A close that more follows.
    let mut socket = options().connect(&flooding(b"\x88\x02\x03\xe8", long)).unwrap();
    let begun = Instant::now();
    assert_eq!(socket.receive().unwrap(), None);
    assert!(begun.elapsed() < long / 2);
    let mut socket = options().connect(&flooding(b"\x8a\x02hi", long)).unwrap();
    let begun = Instant::now();
    assert!(timed_out(socket.receive_within(Duration::from_millis(300)).unwrap_err()));
    assert!(begun.elapsed() < long / 2);
    // Without any time, what is there is looked at.
    let mut socket = options().connect(&flooding(b"\x82\x02hi", long)).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(socket.receive_within(Duration::ZERO).unwrap(), Some(Message::Binary(b"hi".to_vec())));
}

/// What programs ask of errors that they pass on: `?` in a function of `Box<dyn Error + Send + Sync>`, say.
#[test]
fn errors_can_be_passed_on() {
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    fn shared<T: Send + Sync>() {}
    error::<Error>();
    error::<ferrosock::http::Error>();
    shared::<ferrosock::http::Response>();
    shared::<ferrosock::http::Client>();
}
