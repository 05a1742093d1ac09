//! A client that says exactly what a test tells it to, and servers for it.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferrosock_server::{Builder, Handler, Limits, Server, Timeouts};

/// A server at a free port, with short patience, whose error log is kept.
pub(crate) struct Served {
    pub(crate) server: Server,
    pub(crate) errors: Arc<Mutex<Vec<String>>>,
}

pub(crate) fn quick() -> Timeouts {
    Timeouts {
        head: Duration::from_millis(300),
        body: Duration::from_millis(300),
        write: Duration::from_millis(400),
        keep_alive: Duration::from_millis(500),
        linger: Duration::from_millis(300),
        ..Timeouts::default()
    }
}

pub(crate) fn limits(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    set(&mut limits);
    limits
}

pub(crate) fn serve(handler: impl Handler) -> Served {
    serve_with(Server::builder(), handler)
}

pub(crate) fn serve_with(builder: Builder, handler: impl Handler) -> Served {
    let errors = Arc::new(Mutex::new(Vec::new()));
    let log = errors.clone();
    let server = builder
        .tcp("127.0.0.1:0".parse().unwrap())
        .error_log(move |line| log.lock().unwrap().push(line.to_owned()))
        .start(handler)
        .unwrap();
    Served { server, errors }
}

impl Served {
    pub(crate) fn address(&self) -> String {
        self.server.addresses()[0].to_string()
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address())
    }

    pub(crate) fn errors(&self) -> Vec<String> {
        self.errors.lock().unwrap().clone()
    }
}

pub(crate) struct Client(pub(crate) TcpStream);

/// A response as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().skip(1);
        let mut found = lines.filter_map(|line| line.split_once(": "));
        found.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }
}

impl Client {
    pub(crate) fn connect(address: impl ToSocketAddrs) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.0.write_all(bytes.as_ref()).unwrap();
        self
    }

    /// Whether there is something to be read, or the end.
    pub(crate) fn has_something(&self) -> bool {
        self.0.set_nonblocking(true).unwrap();
        let found = self.0.peek(&mut [0]);
        self.0.set_nonblocking(false).unwrap();
        !found.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        match self.0.read(&mut byte) {
            Ok(1) => Some(byte[0]),
            Ok(_) => None,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Reads a head; `None` if the connection ends before it.
    pub(crate) fn head(&mut self) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match self.byte() {
                Some(byte) => head.push(byte),
                None if head.is_empty() => return None,
                None => panic!("half a head: {}", head.escape_ascii()),
            }
        }
        Some(String::from_utf8(head).unwrap())
    }

    /// Reads a response to anything but HEAD.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        let head = self.head()?;
        let status = head[9..12].parse().unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        if status < 200 || matches!(status, 204 | 304) {
            return Some(answer);
        }
        if let Some(length) = answer.field("content-length") {
            answer.body = vec![0; length.parse().unwrap()];
            self.0.read_exact(&mut answer.body).unwrap();
        } else if answer.field("transfer-encoding").is_some() {
            answer.body = self.chunks();
        } else {
            self.0.read_to_end(&mut answer.body).unwrap();
        }
        Some(answer)
    }

    fn line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(self.byte().expect("a whole line"));
        }
        line
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = String::from_utf8(self.line()).unwrap();
            let size = usize::from_str_radix(line.trim(), 16).unwrap();
            if size == 0 {
                while self.line() != b"\r\n" {}
                return body;
            }
            let start = body.len();
            body.resize(start + size, 0);
            self.0.read_exact(&mut body[start..]).unwrap();
            assert_eq!(self.line(), b"\r\n");
        }
    }

    /// Reads all until the end, a reset counting as one.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let (mut all, mut room) = (Vec::new(), [0; 65536]);
        loop {
            match self.0.read(&mut room) {
                Ok(0) => return all,
                Ok(count) => all.extend_from_slice(&room[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return all,
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        self.answer().expect("an answer")
    }
}

/// Waits until it is so.
pub(crate) fn eventually(what: &str, mut check: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !check() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
