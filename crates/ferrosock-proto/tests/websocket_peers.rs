//! Two machines of WebSocket against one another: what one says the other hears, in any pieces, with any compression.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use ferrosock_proto::http1::{RequestHead, ResponseHead};
use ferrosock_proto::websocket::{
    ClientHandshake, DeflateOptions, Error, Event, Kind, Limits, Options, ServerHandshake, Side, WebSocket,
};

/// A small generator of random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn message(&mut self) -> Event {
        let length = [0, 1, 63, 64, 125, 126, 1000, 70_000][self.below(8)];
        let length = length + self.below(3);
        if self.below(2) == 0 {
            let text = (0..length).map(|_| ['a', 'b', 'é', '€', '😀'][self.below(5)]).collect();
            return Event::Text(text);
        }
        Event::Binary((0..length).map(|_| self.below(5) as u8 * 50).collect())
    }
}

fn agreed(client: Option<DeflateOptions>, server: Option<&DeflateOptions>) -> (Options, Options) {
    let handshake = ClientHandshake::new([3; 16], &["chat"], client);
    let mut request = RequestHead::new("GET", "/");
    request.fields = handshake.fields().unwrap();
    let (fields, own) = ServerHandshake::read(&request).unwrap().accept(Some("chat"), server).unwrap();
    let mut response = ResponseHead::new(101, "Switching Protocols");
    response.fields = fields;
    let theirs = handshake.judge(&response).unwrap();
    let limits = Limits { frame: 1 << 20, message: 1 << 20 };
    (Options { limits, deflate: theirs.deflate }, Options { limits, deflate: own.deflate })
}

/// Says something; gives what the other is to hear.
fn say(random: &mut Random, from: &mut WebSocket) -> Event {
    match random.below(8) {
        0 => {
            let payload = vec![7; random.below(126)];
            from.send_ping(&payload).unwrap();
            Event::Ping(payload)
        }
        1 => {
            from.send_pong(b"alone").unwrap();
            Event::Pong(b"alone".to_vec())
        }
        choice => {
            let message = random.message();
            let (kind, bytes) = match &message {
                Event::Text(text) => (Kind::Text, text.as_bytes()),
                Event::Binary(bytes) => (Kind::Binary, &bytes[..]),
                other => panic!("{other:?}"),
            };
            match choice {
                2..=4 => {
                    let cuts = random.below(4);
                    let mut rest = bytes;
                    for _ in 0..cuts {
                        let (piece, behind) = rest.split_at(random.below(rest.len() + 1));
                        from.send_fragment(kind, piece, false).unwrap();
                        rest = behind;
                    }
                    from.send_fragment(kind, rest, true).unwrap();
                }
                5 => from.send_owned(kind, bytes.to_vec()).unwrap(),
                _ => from.send_fragment(kind, bytes, true).unwrap(),
            }
            message
        }
    }
}

/// Hands over what waits, in pieces; gives what was heard but for pongs to pings.
fn carry(random: &mut Random, from: &mut WebSocket, to: &mut WebSocket) -> Vec<Event> {
    let mut bytes = Vec::new();
    while let Some(piece) = from.poll_output() {
        bytes.extend(piece);
    }
    assert_eq!(from.pending(), 0);
    let (mut heard, mut rest) = (Vec::new(), &bytes[..]);
    while !rest.is_empty() {
        let most = [1, 2, 7, 1000, 100_000][random.below(5)];
        let (mut piece, behind) = rest.split_at(most.min(rest.len()));
        rest = behind;
        while !piece.is_empty() {
            let taken = to.handle(piece).unwrap();
            piece = &piece[taken..];
            heard.extend(to.poll_event());
        }
    }
    heard
}

#[test]
fn what_is_said_is_heard() {
    let mut random = Random(0x1234_5678_9abc);
    for round in 0..60 {
        let mut deflate = || {
            let bits = |random: &mut Random| 8 + random.below(8) as u8;
            DeflateOptions {
                server_bits: bits(&mut random),
                client_bits: bits(&mut random),
                server_resets: random.below(2) == 0,
                client_resets: random.below(2) == 0,
                level: [0, 1, 6][random.below(3)],
                threshold: [0, 64][random.below(2)],
            }
        };
        let (client, server) = (deflate(), deflate());
        let options = match round % 4 {
            0 => agreed(None, None),
            1 => agreed(Some(client), None),
            _ => agreed(Some(client), Some(&server)),
        };
        let mut client = WebSocket::client(&options.0, [round; 32]);
        let mut server = WebSocket::server(&options.1);
        for _ in 0..20 {
            let (one, other) =
                if random.below(2) == 0 { (&mut client, &mut server) } else { (&mut server, &mut client) };
            let said: Vec<Event> = (0..1 + random.below(3)).map(|_| say(&mut random, one)).collect();
            assert_eq!(carry(&mut random, one, other), said);
            let pongs = said.iter().filter_map(|event| match event {
                Event::Ping(payload) => Some(Event::Pong(payload.clone())),
                _ => None,
            });
            let pongs: Vec<_> = pongs.collect();
            assert_eq!(carry(&mut random, other, one), pongs);
        }
        client.send_close(1000, "done").unwrap();
        let heard = carry(&mut random, &mut client, &mut server);
        assert!(matches!(&heard[..], [Event::Close(Some(frame))] if frame.reason == "done"));
        let heard = carry(&mut random, &mut server, &mut client);
        assert!(matches!(&heard[..], [Event::Close(Some(frame))] if frame.code == 1000));
        assert!(client.is_closed() && server.is_closed());
        assert_eq!((client.handle_end(), server.handle_end()), (Ok(()), Ok(())));
    }
}

#[test]
fn examples_of_the_specification() {
    // RFC 6455 section 5.7, RFC 7692 section 7.2.3.
    let plain = Options::default();
    let (compressed, _) = agreed(Some(DeflateOptions::default()), Some(&DeflateOptions::default()));
    let hello = || vec![Event::Text("Hello".into())];
    for (options, bytes, expected) in [
        (&plain, &b"\x81\x05\x48\x65\x6c\x6c\x6f"[..], hello()),
        (&plain, b"\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f", hello()),
        (
            &compressed,
            b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00",
            [hello(), hello()].concat(),
        ),
        (&compressed, b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00", hello()),
        (&compressed, b"\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", hello()),
        (&compressed, b"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00", hello()),
        (&compressed, b"\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", hello()),
        (&compressed, b"\xc1\x01\x00", vec![Event::Text(String::new())]),
    ] {
        let mut client = WebSocket::client(options, [0; 32]);
        let (mut rest, mut heard) = (bytes, Vec::new());
        while !rest.is_empty() {
            let taken = client.handle(rest).unwrap();
            rest = &rest[taken..];
            heard.extend(client.poll_event());
        }
        assert_eq!(heard, expected, "{bytes:x?}");
    }
    let mut server = WebSocket::server(&plain);
    server.handle(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58").unwrap();
    assert_eq!(server.poll_event(), Some(Event::Text("Hello".into())));
}

/// The error of what a client sends unmasked by zeros, and the code of the close frame that follows.
fn refused(options: &Options, frames: &[&[u8]]) -> (Error, u16) {
    let mut server = WebSocket::server(options);
    for frame in frames {
        let mut rest: Vec<u8> = frame.to_vec();
        while !rest.is_empty() {
            match server.handle(&rest) {
                Ok(taken) => drop(rest.drain(..taken)),
                Err(error) => {
                    let mut sent = Vec::new();
                    while let Some(piece) = server.poll_output() {
                        sent.extend(piece);
                    }
                    assert_eq!(server.incoming(), Side::Failed);
                    assert_eq!(server.handle(b"\x81"), Ok(1));
                    assert!(server.is_closed() && server.handle_end().is_ok());
                    let at = sent.iter().rposition(|byte| *byte == 0x88).unwrap();
                    return (error, u16::from_be_bytes([sent[at + 2], sent[at + 3]]));
                }
            }
            server.poll_event();
        }
    }
    panic!("{frames:x?} was taken");
}

#[test]
fn what_must_be_refused_is() {
    let plain = Options { limits: Limits { frame: 1000, message: 1500 }, deflate: None };
    let mask = |head: &[u8], payload: &[u8]| [head, &[0; 4], payload].concat();
    let long = mask(b"\x02\xfe\x03\xe8", &[0; 1000]);
    for (frames, error, code) in [
        (vec![&b"\x81\x05Hello"[..]], Error::Unmasked, 1002),
        (vec![b"\x83\x80"], Error::UnknownOpcode(3), 1002),
        (vec![b"\x91\x80"], Error::ReservedBits, 1002),
        (vec![b"\xc1\x80"], Error::ReservedBits, 1002),
        (vec![b"\x89\xfe\0\x7e"], Error::ControlTooLong, 1002),
        (vec![b"\x09\x80"], Error::ControlFragmented, 1002),
        (vec![b"\x80\x80\0\0\0\0"], Error::UnexpectedContinuation, 1002),
        (vec![b"\x01\x80\0\0\0\0", b"\x81\x80\0\0\0\0"], Error::UnexpectedMessage, 1002),
        (vec![b"\x88\x81\0\0\0\0\x03"], Error::BadClose, 1002),
        (vec![b"\x88\x82\0\0\0\0\x03\xed"], Error::BadCloseCode(1005), 1002),
        (vec![b"\x88\x83\0\0\0\0\x03\xe8\xff"], Error::BadText, 1007),
        (vec![b"\x81\x82\0\0\0\0a\x80"], Error::BadText, 1007),
        (vec![b"\x81\x81\0\0\0\0\xc3"], Error::BadText, 1007),
        (vec![b"\x01\x8a\0\0\0\0\xed\xa0"], Error::BadText, 1007), // before the rest has come
        (vec![b"\x82\xfe\x03\xe9\0\0\0\0"], Error::FrameTooLong { length: 1001 }, 1009),
        (
            vec![b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0"],
            Error::FrameTooLong { length: u64::MAX >> 1 },
            1009,
        ),
        (vec![&long, b"\x80\xfe\x03\xe8\0\0\0\0"], Error::MessageTooLong, 1009),
    ] {
        assert_eq!(refused(&plain, &frames), (error, code), "{frames:x?}");
    }
    let (_, compressed) = agreed(Some(DeflateOptions::default()), Some(&DeflateOptions::default()));
    assert_eq!(refused(&compressed, &[b"\xc9\x80"]).0, Error::ReservedBits);
    assert_eq!(refused(&compressed, &[b"\xc0\x80"]).0, Error::ReservedBits);
    assert_eq!(refused(&compressed, &[b"\xc1\x82\0\0\0\0\xff\xff"]), (Error::BadCompression, 1007));
}

#[test]
fn a_bomb_fills_no_more_than_a_message_may() {
    let (client, server) = agreed(Some(DeflateOptions::default()), Some(&DeflateOptions::default()));
    let mut client = WebSocket::client(&client, [1; 32]);
    let mut server =
        WebSocket::server(&Options { limits: Limits { frame: 1 << 20, message: 10_000 }, ..server });
    client.send_binary(&vec![0; 50_000_000]).unwrap();
    let sent = client.poll_output().unwrap();
    assert!(sent.len() < 100_000);
    assert_eq!(server.handle(&sent), Err(Error::MessageTooLong));
}

#[test]
fn what_the_program_may_not_do_changes_nothing() {
    let mut server = WebSocket::server(&Options::default());
    assert_eq!(server.send_ping(&[0; 126]), Err(Error::TooLong));
    assert_eq!(server.send_close(1000, &"x".repeat(124)), Err(Error::TooLong));
    assert_eq!(server.send_close(1005, "x"), Err(Error::InvalidCode(1005)));
    server.send_fragment(Kind::Text, b"a", false).unwrap();
    assert_eq!(server.send_owned(Kind::Text, Vec::new()), Err(Error::WrongState));
    assert_eq!(server.send_text("b"), Err(Error::WrongState));
    assert_eq!(server.send_binary(b"b"), Err(Error::WrongState));
    server.send_close(1005, "").unwrap();
    for result in [server.send_text(""), server.send_pong(b""), server.send_close(1000, "")] {
        assert_eq!(result, Err(Error::Closed));
    }
    assert_eq!(server.poll_output().unwrap(), b"\x01\x01a\x88\0");
    // The peer may still say what it has to.
    server.handle(b"\x82\x80\0\0\0\0").unwrap();
    assert_eq!(server.poll_event(), Some(Event::Binary(Vec::new())));
    server.handle(b"\x89\x80\0\0\0\0").unwrap();
    assert_eq!(server.poll_event(), Some(Event::Ping(Vec::new())));
    assert_eq!(server.poll_output(), None);
}
