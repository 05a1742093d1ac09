//! WebSocket in TLS: `wss`.

use std::io::{Read, Write};
use std::time::Duration;

use ferrosock::http::Client;
use ferrosock::proto::websocket::{Event, Options as MachineOptions, WebSocket as Machine, accept_key};
use ferrosock::websocket::{DeflateOptions, Error, Message, Options, WebSocket};

use super::{Secure, Server, accept, client, head, url};

/// Opens a WebSocket and sends each message back.
fn echo(mut stream: Secure) {
    let Some(head) = head(&mut stream) else { return };
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        accept_key(key.as_bytes())
    );
    stream.write_all(answer.as_bytes()).unwrap();
    let mut machine = Machine::server(&MachineOptions::default());
    let mut block = [0; 5000];
    while !machine.is_closed() {
        let Ok(count @ 1..) = stream.read(&mut block) else { return };
        let mut at = 0;
        while at < count {
            at += machine.handle(&block[at..count]).unwrap();
            match machine.poll_event() {
                Some(Event::Text(text)) => machine.send_text(&text).unwrap(),
                Some(Event::Binary(bytes)) => machine.send_binary(&bytes).unwrap(),
                _ => {}
            }
        }
        while let Some(piece) = machine.poll_output() {
            stream.write_all(&piece).unwrap();
        }
    }
    stream.conn.send_close_notify();
    stream.flush().unwrap();
}

fn wss(server: &Server, path: &str) -> String {
    url(server, path).replace("https://", "wss://")
}

#[test]
fn messages_go_in_tls() {
    let server = Server::start(|_, peer| echo(accept(peer)));
    for deflate in [None, Some(DeflateOptions::default())] {
        let mut options = Options::new().client(&client());
        if let Some(deflate) = deflate {
            options = options.deflate(deflate); // which this server does not take
        }
        let mut socket = options.connect(&wss(&server, "/a?b")).unwrap();
        // Records of TLS hold 16 KiB: a message ends within one, at one, and behind many.
        for size in [0, 1, 16_000, 16_384, 16_385, 700_000] {
            for message in [Message::Text("x".repeat(size)), Message::Binary(vec![7; size])] {
                socket.send(message.clone()).unwrap();
                assert_eq!(socket.receive().unwrap(), Some(message));
            }
        }
        // Both may be there at once: what is behind the first waits decrypted.
        socket.send("a").unwrap();
        socket.send("b").unwrap();
        assert_eq!(socket.receive().unwrap(), Some(Message::from("a")));
        assert_eq!(socket.receive_within(Duration::from_secs(60)).unwrap(), Some(Message::from("b")));
        socket.ping(Duration::from_secs(60)).unwrap();
        assert!(socket.receive_within(Duration::from_millis(20)).unwrap_err().is_timeout());
        socket.send("still here").unwrap();
        assert_eq!(socket.receive().unwrap(), Some(Message::from("still here")));
        assert_eq!(socket.close(1000, "bye").unwrap().code, 1000);
    }
}

#[test]
fn silence_in_tls_is_asked() {
    let server = Server::start(|_, peer| echo(accept(peer)));
    let mut socket = Options::new()
        .client(&client())
        .ping_interval(Some(Duration::from_millis(20)))
        .connect(&wss(&server, "/"))
        .unwrap();
    assert!(socket.receive_within(Duration::from_millis(200)).unwrap_err().is_timeout());
    socket.send("still here").unwrap();
    assert_eq!(socket.receive().unwrap(), Some(Message::from("still here")));
    assert_eq!(socket.closed(), None);
}

#[test]
fn a_server_that_nobody_vouches_for_gets_no_handshake() {
    let server = Server::start(|_, peer| {
        let mut stream = accept(peer);
        assert_eq!(head(&mut stream), None);
    });
    let refused = WebSocket::connect(&wss(&server, "/")).unwrap_err();
    assert!(matches!(refused, Error::Http(ferrosock::http::Error::Tls { .. })), "{refused}");
    let by_name = wss(&server, "/").replace("127.0.0.1", "other.example");
    let strangers = Client::builder()
        .connector(super::Here(server.port()))
        .secure_connector(ferrosock::http::TlsConnector::with_roots(super::AUTHORITY).unwrap());
    let refused = Options::new().client(&strangers.build().unwrap()).connect(&by_name).unwrap_err();
    assert!(refused.to_string().contains("certificate"), "{refused}");
}
