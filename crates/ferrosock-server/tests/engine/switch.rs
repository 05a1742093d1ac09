//! Connections that leave HTTP.

use std::any::Any;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferrosock_server::{Content, Limits, Link, Protocol, Remote, Reply, Request, Response, Server, Timeouts};

use crate::client::{Client, Served, eventually, quick, serve, serve_with};

/// Lines: each is answered, or does what it says.
struct Lines {
    gone: Arc<AtomicUsize>,
    remotes: Sender<Remote>,
}

impl Protocol for Lines {
    fn start(&mut self, link: &mut Link<'_>) {
        link.write(b"hello\n");
    }

    fn handle(&mut self, link: &mut Link<'_>, input: &[u8]) -> usize {
        let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return 0 };
        match &input[..end] {
            b"close" => link.close(),
            b"abort" => link.abort(),
            b"end" => link.end(),
            b"panic" => panic!("as told"),
            b"pause" => link.pause(),
            b"block" => std::thread::sleep(Duration::from_millis(200)),
            b"later" => link.set_deadline(Some(Duration::from_millis(50))),
            b"never" => {
                link.set_deadline(Some(Duration::from_millis(50)));
                link.set_deadline(None);
            }
            b"remote" => self.remotes.send(link.remote()).unwrap(),
            b"flood" => {
                while !link.is_full() {
                    link.write_owned(vec![b'x'; 60_000]);
                }
                link.ask_for_room();
            }
            other => {
                link.write(&[b"<", other, b">\n"].concat());
            }
        }
        end + 1
    }

    fn handle_end(&mut self, link: &mut Link<'_>) {
        link.write(b"you ended\n");
        link.close();
    }

    fn handle_message(&mut self, link: &mut Link<'_>, message: Box<dyn Any + Send>) {
        match message.downcast::<String>() {
            Ok(text) => link.write(text.as_bytes()),
            Err(_) => link.resume(),
        }
    }

    fn handle_deadline(&mut self, link: &mut Link<'_>) {
        link.write(b"later\n");
    }

    fn handle_room(&mut self, link: &mut Link<'_>) {
        link.write(b"room\n");
    }

    fn handle_stop(&mut self, link: &mut Link<'_>) {
        assert!(link.is_stopping());
        link.write(b"stopping\n");
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.gone.fetch_add(1, Ordering::SeqCst);
    }
}

struct Line {
    served: Served,
    gone: Arc<AtomicUsize>,
    remotes: Receiver<Remote>,
}

const UPGRADE: &str = "GET /lines HTTP/1.1\r\nHost: a\r\nUpgrade: lines\r\nConnection: upgrade\r\n\r\n";

fn lines(set: impl FnOnce(ferrosock_server::Builder) -> ferrosock_server::Builder) -> Line {
    let (gone, (sender, remotes)) = (Arc::new(AtomicUsize::new(0)), channel());
    let (count, sender) = (gone.clone(), Mutex::new(sender));
    let served = serve_with(set(Server::builder()), move |request: Request| -> Reply {
        let protocol = Lines { gone: count.clone(), remotes: sender.lock().unwrap().clone() };
        match request.path() {
            b"/later" => {
                let (responder, later) = request.defer();
                std::thread::spawn(move || {
                    responder.send(Response::switching(protocol).with("Upgrade", "lines").unwrap());
                });
                later
            }
            b"/bare" => Response::switching(protocol).into(),
            b"a.example:80" => Response::new(200).with_content(Content::Switch(Box::new(protocol))).into(),
            _ => Response::switching(protocol).with("Upgrade", "lines").unwrap().into(),
        }
    });
    Line { served, gone, remotes }
}

impl Line {
    fn enter(&self) -> Client {
        let mut client = self.served.connect();
        client.send(UPGRADE);
        assert_eq!(client.answer().unwrap().status, 101);
        assert_eq!(line(&mut client), "hello");
        client
    }
}

fn line(client: &mut Client) -> String {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while client.0.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}

#[test]
fn a_connection_changes_hands() {
    let lines = lines(|builder| builder);
    for target in ["/lines", "/later"] {
        let mut client = lines.served.connect();
        // What follows the request at once is the protocol's.
        client.send(UPGRADE.replace("/lines", target) + "one\ntwo\nthr");
        let answer = client.answer().unwrap();
        assert_eq!((answer.status, answer.field("upgrade").as_deref()), (101, Some("lines")));
        assert_eq!(answer.field("connection").as_deref(), Some("upgrade"));
        assert!(answer.field("content-length").is_none() && answer.field("transfer-encoding").is_none());
        client.send("ee\n");
        let said: Vec<_> = (0..4).map(|_| line(&mut client)).collect();
        assert_eq!(said, ["hello", "<one>", "<two>", "<three>"]);
        client.send("close\nnot this\n");
        assert_eq!(client.rest(), b"");
    }
    eventually("both are gone", || lines.gone.load(Ordering::SeqCst) == 2);
    assert_eq!(lines.served.server.stats().statuses, [2, 0, 0, 0, 0]);
}

#[test]
fn a_tunnel_is_what_somebody_drives() {
    let lines = lines(|builder| builder);
    let mut client = lines.served.connect();
    client.send("CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\nhi\n");
    let head = client.head().unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("Date: "), "{head}");
    assert!(!head.contains("Content-Length") && !head.contains("Transfer-Encoding"));
    assert_eq!((line(&mut client), line(&mut client)), ("hello".to_owned(), "<hi>".to_owned()));
    // The peer's end is told, and is not ours.
    client.send("end\n");
    assert_eq!(client.rest(), b"");
    let other = serve(|_: Request| Response::text("what tunnel?"));
    let mut client = other.connect();
    client.send("CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 501);
    assert!(other.errors().is_empty());
}

#[test]
fn nobody_is_switched_against_their_will() {
    let lines = lines(|builder| builder);
    for head in [
        "GET /lines HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /lines HTTP/1.1\r\nHost: a\r\nUpgrade: lines\r\n\r\n",
        "GET /lines HTTP/1.0\r\nUpgrade: lines\r\nConnection: upgrade\r\n\r\n",
        "GET /bare HTTP/1.1\r\nHost: a\r\nUpgrade: lines\r\nConnection: upgrade\r\n\r\n",
    ] {
        let mut client = lines.served.connect();
        client.send(head);
        assert_eq!(client.answer().unwrap().status, 500, "{head}");
    }
    assert_eq!(lines.gone.load(Ordering::SeqCst), 4);
    assert!(lines.served.errors().iter().all(|line| line.contains("status 101 cannot be sent")));
}

#[test]
fn ends_of_both_kinds() {
    let lines = lines(|builder| builder);
    let mut client = lines.enter();
    client.send("a\n");
    client.0.shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.rest(), b"<a>\nyou ended\n");
    let mut client = lines.enter();
    client.send("abort\n");
    assert_eq!(client.rest(), b"");
    let mut client = lines.enter();
    client.send("panic\n");
    assert_eq!(client.rest(), b"");
    let mut client = lines.enter();
    client.send("end\n");
    assert_eq!(client.rest(), b"");
    client.send("still heard\n");
    drop(client);
    eventually("all are gone", || lines.gone.load(Ordering::SeqCst) == 4);
    assert_eq!(lines.served.server.stats().panics, 1);
}

#[test]
fn the_last_words_of_a_peer_are_heard() {
    let lines = lines(|builder| builder);
    let mut client = lines.enter();
    client.send("end\n");
    assert_eq!(client.rest(), b"");
    // What is said and that nobody is there any more are found at once.
    client.send("block\n");
    std::thread::sleep(Duration::from_millis(50));
    client.send("remote\n");
    drop(client);
    assert!(lines.remotes.recv_timeout(Duration::from_secs(5)).is_ok());
    eventually("it is gone", || lines.gone.load(Ordering::SeqCst) == 1);
}

#[test]
fn other_threads_and_the_clock() {
    let lines = lines(|builder| builder);
    let mut client = lines.enter();
    client.send("remote\nnever\n");
    let remote = lines.remotes.recv().unwrap();
    assert!(!remote.is_here());
    remote.post(String::from("from afar\n"));
    assert_eq!(line(&mut client), "from afar");
    client.send("pause\nunheard\n");
    std::thread::sleep(Duration::from_millis(50));
    remote.post(String::from("paused\n"));
    assert_eq!(line(&mut client), "paused");
    remote.post(());
    assert_eq!(line(&mut client), "<unheard>");
    let begun = Instant::now();
    client.send("later\n");
    assert_eq!(line(&mut client), "later");
    assert!(begun.elapsed() >= Duration::from_millis(50));
    drop(client);
    eventually("it is gone", || lines.gone.load(Ordering::SeqCst) == 1);
    remote.post(String::from("nobody hears it"));
}

#[test]
fn a_peer_that_takes_nothing_is_held_and_given_up() {
    let limits = Limits { pending: 200_000, ..Limits::default() };
    let mut lines = lines(|builder| builder.limits(limits));
    let mut client = lines.enter();
    client.send("flood\nbehind\n");
    let mut all = Vec::new();
    let mut room = vec![0; 65536];
    while !all.ends_with(b"<behind>\n") {
        let count = client.0.read(&mut room).unwrap();
        assert!(count > 0);
        all.extend_from_slice(&room[..count]);
    }
    let text = String::from_utf8(all.iter().copied().filter(|byte| *byte != b'x').collect()).unwrap();
    assert_eq!(text, "room\n<behind>\n");
    lines.served.server.stop(Duration::from_secs(5));
    assert_eq!(line(&mut client), "stopping");
    client.send("still here\nclose\n");
    assert_eq!(client.rest(), b"<still here>\n");
    drop(client);
    let other = Server::builder().tcp("127.0.0.1:0".parse().unwrap());
    lines.served.server = other.bind(|_: Request| Response::new(204)).unwrap();
    assert_eq!(lines.gone.load(Ordering::SeqCst), 1);
}

#[test]
fn stalled_and_stubborn_protocols_end() {
    let timeouts = Timeouts { keep_alive: Duration::from_millis(100), ..quick() };
    let lines = lines(|builder| builder.timeouts(timeouts));
    // The patience of HTTP is not for other protocols ...
    let mut client = lines.enter();
    std::thread::sleep(Duration::from_millis(800));
    client.send("here\n");
    assert_eq!(line(&mut client), "<here>");
    // ... but for one who takes nothing of what is sent.
    for _ in 0..100 {
        if client.0.write_all(b"flood\n").is_err() {
            break;
        }
    }
    eventually("it is given up", || lines.gone.load(Ordering::SeqCst) == 1);
    assert_eq!(lines.served.server.stats().timeouts, 1);
    let mut client = lines.enter();
    let begun = Instant::now();
    lines.served.server.stop(Duration::from_millis(300));
    assert_eq!(line(&mut client), "stopping");
    assert_eq!(client.rest(), b"");
    assert!(begun.elapsed() >= Duration::from_millis(250));
}
