//! WebSockets of the engine's.

use std::any::Any;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferrosock_proto::http1::ResponseHead;
use ferrosock_proto::websocket::{
    ClientHandshake, DeflateOptions, Event, Kind, Options as MachineOptions, WebSocket as Machine,
};
use ferrosock_server::websocket::{self, CloseFrame, Handler, Message, Options, Sender, Socket};
use ferrosock_server::{Limits, Request, Response, Server};

use crate::client::{Client, Served, eventually, serve, serve_with};

/// A client's machine over a client's stream.
struct Peer {
    client: Client,
    machine: Machine,
    input: Vec<u8>,
    subprotocol: Option<String>,
}

impl Peer {
    fn connect(served: &Served, deflate: Option<DeflateOptions>, subprotocols: &[&str]) -> Self {
        let handshake = ClientHandshake::new([5; 16], subprotocols, deflate);
        let mut text = String::from("GET /chat HTTP/1.1\r\nHost: a\r\n");
        for (name, value) in handshake.fields().unwrap().iter() {
            text += &format!("{}: {}\r\n", name.escape_ascii(), value.escape_ascii());
        }
        let mut client = served.connect();
        client.send(text + "\r\n");
        let head = client.head().unwrap();
        let mut response = ResponseHead::new(head[9..12].parse().unwrap(), "");
        for line in head.lines().skip(1).filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(": ").unwrap();
            response.fields.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        let agreement = handshake.judge(&response).unwrap();
        let machine = Machine::client(
            &MachineOptions { deflate: agreement.deflate, ..MachineOptions::default() },
            [6; 32],
        );
        Self { client, machine, input: Vec::new(), subprotocol: agreement.subprotocol }
    }

    fn flush(&mut self) {
        while let Some(piece) = self.machine.poll_output() {
            self.client.0.write_all(&piece).unwrap();
        }
    }

    /// The next event; `None` at the end of the connection.
    fn event(&mut self) -> Option<Event> {
        let mut room = [0; 65536];
        loop {
            if let Some(event) = self.machine.poll_event() {
                return Some(event);
            }
            if self.input.is_empty() {
                let count = self.client.0.read(&mut room).unwrap_or(0);
                if count == 0 {
                    return None;
                }
                self.input.extend_from_slice(&room[..count]);
            }
            let taken = self.machine.handle(&self.input).unwrap();
            self.input.drain(..taken);
            self.flush();
        }
    }

    fn text(&mut self) -> String {
        match self.event() {
            Some(Event::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    fn say(&mut self, text: &str) {
        self.machine.send_text(text).unwrap();
        self.flush();
    }

    fn closed(&mut self) -> (u16, String) {
        loop {
            match self.event() {
                Some(Event::Close(Some(frame))) => return (frame.code, frame.reason),
                Some(Event::Close(None)) => return (1005, String::new()),
                Some(_) => {}
                None => return (1006, String::new()),
            }
        }
    }
}

/// Does what it is told, and notes how it ends.
struct Told {
    ends: Arc<Mutex<Vec<CloseFrame>>>,
    senders: Arc<Mutex<Vec<Sender>>>,
    rooms: Arc<AtomicUsize>,
}

impl Handler for Told {
    fn open(&mut self, socket: &mut Socket<'_>) {
        socket.send(format!("welcome to {}", socket.subprotocol().unwrap_or("nothing"))).unwrap();
    }

    fn message(&mut self, socket: &mut Socket<'_>, message: Message) {
        match &message {
            Message::Text(text) if text == "close" => socket.close(4000, "as told").unwrap(),
            Message::Text(text) if text == "panic" => panic!("as told"),
            Message::Text(text) if text == "ping" => socket.ping(b"are you there").unwrap(),
            Message::Text(text) if text == "sender" => {
                self.senders.lock().unwrap().push(socket.sender());
                socket.send_text("have it").unwrap();
            }
            Message::Text(text) if text == "flood" => {
                while !socket.is_full() {
                    socket.send(vec![1; 10_000]).unwrap();
                }
                socket.ask_for_room();
            }
            _ => socket.send(message).unwrap(),
        }
    }

    fn pong(&mut self, socket: &mut Socket<'_>, payload: Vec<u8>) {
        socket.send(payload).unwrap();
    }

    fn posted(&mut self, socket: &mut Socket<'_>, message: Box<dyn Any + Send>) {
        socket.send_text(message.downcast_ref::<&str>().unwrap()).unwrap();
    }

    fn room(&mut self, socket: &mut Socket<'_>) {
        self.rooms.fetch_add(1, Ordering::SeqCst);
        socket.send_text("room").unwrap();
    }

    fn close(&mut self, how: &CloseFrame) {
        self.ends.lock().unwrap().push(how.clone());
    }
}

struct Room {
    served: Served,
    ends: Arc<Mutex<Vec<CloseFrame>>>,
    senders: Arc<Mutex<Vec<Sender>>>,
    rooms: Arc<AtomicUsize>,
}

fn room(options: Options) -> Room {
    let (ends, senders, rooms) =
        (Arc::<Mutex<Vec<_>>>::default(), Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicUsize>::default());
    let (own_ends, own_senders, own_rooms) = (ends.clone(), senders.clone(), rooms.clone());
    let limits = Limits { pending: 100_000, ..Limits::default() };
    let served = serve_with(Server::builder().limits(limits), move |request: Request| {
        let told = Told { ends: own_ends.clone(), senders: own_senders.clone(), rooms: own_rooms.clone() };
        websocket::accept(&request, &options, told)
    });
    Room { served, ends, senders, rooms }
}

impl Room {
    fn last_end(&self, count: usize) -> (u16, String) {
        eventually("it is told", || self.ends.lock().unwrap().len() == count);
        let end = self.ends.lock().unwrap()[count - 1].clone();
        (end.code, end.reason)
    }
}

#[test]
fn messages_of_every_kind_and_size() {
    let options = Options {
        deflate: Some(DeflateOptions::default()),
        subprotocols: vec!["b".to_owned(), "a".to_owned()],
        ..Options::default()
    };
    let room = room(options);
    for deflate in [None, Some(DeflateOptions::default())] {
        let mut peer = Peer::connect(&room.served, deflate, &["x", "a", "b"]);
        assert_eq!((peer.subprotocol.clone(), peer.text()), (Some("b".into()), "welcome to b".into()));
        for size in [0, 1, 125, 126, 65_535, 65_536, 1_000_000] {
            peer.machine.send_binary(&vec![7; size]).unwrap();
            peer.flush();
            assert_eq!(peer.event(), Some(Event::Binary(vec![7; size])));
        }
        for piece in ["é€", "😀", ""] {
            peer.machine.send_fragment(Kind::Text, piece.as_bytes(), piece.is_empty()).unwrap();
            peer.machine.send_ping(b"between").unwrap();
        }
        peer.flush();
        let heard: Vec<_> = (0..4).map(|_| peer.event().unwrap()).collect();
        let pong = || Event::Pong(b"between".to_vec());
        assert!(heard[..2] == [pong(), pong()] && heard[2..].contains(&pong()));
        assert!(heard.contains(&Event::Text("é€😀".into())));
        // Many at once are answered in their order.
        for number in 0..5000 {
            peer.machine.send_text(&number.to_string()).unwrap();
        }
        peer.flush();
        for number in 0..5000 {
            assert_eq!(peer.text(), number.to_string());
        }
        peer.say("ping");
        assert!(matches!(peer.event(), Some(Event::Ping(_))));
        assert_eq!(peer.event(), Some(Event::Binary(b"are you there".to_vec())));
    }
}

#[test]
fn every_end_is_told_once() {
    let room = room(Options::default());
    let mut count = 0;
    let mut end = |act: &dyn Fn(&mut Peer)| {
        let mut peer = Peer::connect(&room.served, None, &[]);
        peer.text();
        act(&mut peer);
        count += 1;
        room.last_end(count)
    };
    let told = end(&|peer| {
        peer.say("close");
        assert_eq!(peer.closed(), (4000, "as told".into()));
        assert_eq!(peer.event(), None); // the server ends the connection
    });
    assert_eq!(told, (4000, "as told".into()));
    let told = end(&|peer| {
        peer.machine.send_close(1000, "bye").unwrap();
        peer.flush();
        assert_eq!(peer.closed(), (1000, "bye".into()));
        assert_eq!(peer.event(), None);
    });
    assert_eq!(told, (1000, "bye".into()));
    let told = end(&|peer| {
        peer.client.send(b"\x81\x01a");
        assert_eq!(peer.closed(), (1002, "unmasked frame of a client".into()));
    });
    assert_eq!(told.0, 1002);
    let told = end(&|peer| {
        peer.client.send(b"\x82\xff\0\0\0\0\0\x20\0\0\0\0\0\0");
        assert_eq!(peer.closed().0, 1009);
    });
    assert_eq!(told.0, 1009);
    assert_eq!(end(&|peer| peer.client.0.shutdown(std::net::Shutdown::Both).unwrap()).0, 1006);
    assert_eq!(end(&|peer| peer.say("panic")).0, 1006);
    assert_eq!(room.served.server.stats().panics, 1);
}

#[test]
fn a_farewell_is_heard_though_its_sender_has_gone() {
    struct Slow(std::sync::mpsc::Sender<String>);
    impl Handler for Slow {
        fn message(&mut self, socket: &mut Socket<'_>, message: Message) {
            if let Message::Text(text) = &message {
                self.0.send(text.clone()).unwrap();
                if text == "wait" {
                    std::thread::sleep(Duration::from_millis(200));
                }
            }
            let _ = socket.send(message);
        }
        fn close(&mut self, how: &CloseFrame) {
            self.0.send(how.to_string()).unwrap();
        }
    }

    // A Unix socket, as behind a proxy, tells that both sides are gone as soon as one is closed.
    let path = std::env::temp_dir().join(format!("engine-websocket-{}.sock", std::process::id()));
    let (tell, told) = std::sync::mpsc::channel();
    let tell = Mutex::new(tell);
    let server = Server::builder()
        .unix(&path)
        .start(move |request: Request| {
            websocket::accept(&request, &Options::default(), Slow(tell.lock().unwrap().clone()))
        })
        .unwrap();
    let mut client = std::os::unix::net::UnixStream::connect(&path).unwrap();
    client
        .write_all(
            b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
              Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )
        .unwrap();
    client.write_all(b"\x81\x84\0\0\0\0wait").unwrap();
    assert_eq!(told.recv().unwrap(), "wait");
    for _ in 0..3 {
        client.write_all(b"\x81\x84\0\0\0\0more").unwrap();
    }
    client.write_all(b"\x88\x85\0\0\0\0\x03\xe9bye").unwrap();
    drop(client);
    for expected in ["more", "more", "more", "1001 (bye)"] {
        assert_eq!(told.recv_timeout(Duration::from_secs(5)).unwrap(), expected);
    }
    assert!(told.recv_timeout(Duration::from_millis(100)).is_err());
    server.stop(Duration::ZERO);
    server.join().unwrap();
}

#[test]
fn requests_that_are_none_are_refused() {
    let room = room(Options::default());
    let mut client = room.served.connect();
    let answer = client.get("/");
    assert_eq!((answer.status, answer.field("sec-websocket-version").as_deref()), (426, Some("13")));
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 405);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 400);
    // A denial is a response like any other.
    let served = serve(|_: Request| Response::plain(403));
    let mut client = served.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 403);
}

#[test]
fn other_threads_send_and_wait_for_the_client() {
    let room = room(Options::default());
    let mut peer = Peer::connect(&room.served, None, &[]);
    peer.text();
    peer.say("sender");
    assert_eq!(peer.text(), "have it");
    let sender = room.senders.lock().unwrap().pop().unwrap();
    let thread = std::thread::spawn({
        let sender = sender.clone();
        move || {
            for number in 0..1000_u32 {
                sender.send(vec![number as u8; 20_000]).unwrap();
            }
            sender.post("posted");
            sender.ping("ping");
            sender.close(1000, "all sent");
        }
    });
    std::thread::sleep(Duration::from_millis(100));
    assert!(!thread.is_finished()); // 20 MB do not wait in memory
    for number in 0..1000_u32 {
        assert_eq!(peer.event(), Some(Event::Binary(vec![number as u8; 20_000])));
    }
    assert_eq!(peer.text(), "posted");
    assert_eq!(peer.event(), Some(Event::Ping(b"ping".to_vec())));
    assert_eq!(peer.closed(), (1000, "all sent".into()));
    thread.join().unwrap();
    eventually("it is gone", || sender.is_closed());
    assert!(sender.send("too late").is_err());
    let mut peer = Peer::connect(&room.served, None, &[]);
    peer.text();
    peer.say("flood");
    loop {
        match peer.event() {
            Some(Event::Binary(_)) => {}
            other => break assert_eq!(other, Some(Event::Text("room".into()))),
        }
    }
    assert_eq!(room.rooms.load(Ordering::SeqCst), 1);
}

#[test]
fn silence_is_asked_and_then_given_up() {
    let often = Options { ping_interval: Some(Duration::from_millis(100)), ..Options::default() };
    let soon = Options {
        ping_timeout: Duration::from_millis(100),
        close_timeout: Duration::from_millis(200),
        ..often.clone()
    };
    let room = room(often);
    let mut alive = Peer::connect(&room.served, None, &[]);
    alive.text();
    for _ in 0..3 {
        assert!(matches!(alive.event(), Some(Event::Ping(_)))); // and answered
    }
    assert!(room.ends.lock().unwrap().is_empty());

    let room = self::room(soon);
    let mut dead = Peer::connect(&room.served, None, &[]);
    dead.text();
    // It answers nothing, a close neither: it is reset.
    let rest = dead.client.rest();
    assert!(rest.starts_with(b"\x89") && rest.windows(2).any(|pair| pair == 1011_u16.to_be_bytes()));
    eventually("it is told", || room.ends.lock().unwrap().iter().any(|end| end.code == 1011));
}

#[test]
fn at_the_end_of_the_server_all_are_told() {
    let room = room(Options::default());
    let mut peers: Vec<_> = (0..10).map(|_| Peer::connect(&room.served, None, &[])).collect();
    for peer in &mut peers {
        peer.text();
    }
    room.served.server.stop(Duration::from_secs(10));
    for peer in &mut peers {
        assert_eq!(peer.closed(), (1001, "the server stops".into()));
    }
    drop(peers);
    let Room { served, ends, .. } = room;
    served.server.join().unwrap();
    assert_eq!(ends.lock().unwrap().len(), 10);
}
