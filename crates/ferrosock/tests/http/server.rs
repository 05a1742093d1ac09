//! A server on the loopback interface that does what a test says.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A server; dropped, it takes no more connections.
pub(crate) struct Server {
    address: SocketAddr,
    /// How many connections were accepted.
    accepted: Arc<AtomicUsize>,
}

impl Server {
    /// Serves each connection in a thread of its own; the function gets its number, from 0.
    pub(crate) fn start(serve: impl Fn(usize, Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let (serve, count) = (Arc::new(serve), Arc::clone(&accepted));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                stream.set_nodelay(true).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                let (serve, number) = (Arc::clone(&serve), count.fetch_add(1, Ordering::SeqCst));
                thread::spawn(move || serve(number, Peer { stream, buffer: Vec::new() }));
            }
        });
        Self { address, accepted }
    }

    /// Answers each request on each connection with what the function makes of it.
    pub(crate) fn answering(answer: impl Fn(Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start(move |_, mut peer| {
            while let Some(request) = peer.request() {
                if !peer.say(answer(request)) {
                    return;
                }
            }
        })
    }

    /// Answers the first request on each connection with some bytes, and closes.
    pub(crate) fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |_, mut peer| {
            peer.request();
            peer.say(&bytes);
            peer.end();
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn method(&self) -> &str {
        self.line.split(' ').next().unwrap_or_default()
    }
}

/// A connection of a client.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
}

impl Peer {
    /// The next line, without its end.
    pub(crate) fn line(&mut self) -> Option<String> {
        loop {
            if let Some(at) = self.buffer.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=at).collect();
                return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Option<()> {
        let mut block = [0; 65_536];
        let count = self.stream.read(&mut block).ok().filter(|&count| count > 0)?;
        self.buffer.extend_from_slice(&block[..count]);
        Some(())
    }

    pub(crate) fn exactly(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < count {
            self.fill()?;
        }
        Some(self.buffer.drain(..count).collect())
    }

    /// The head of the next request.
    pub(crate) fn head(&mut self) -> Option<Request> {
        let line = self.line()?;
        let mut head = String::new();
        loop {
            match self.line()? {
                field if field.is_empty() => return Some(Request { line, head, body: Vec::new() }),
                field => head.push_str(&(field + "\n")),
            }
        }
    }

    /// The next request with its body.
    pub(crate) fn request(&mut self) -> Option<Request> {
        let mut request = self.head()?;
        request.body = self.body(&request)?;
        Some(request)
    }

    pub(crate) fn body(&mut self, request: &Request) -> Option<Vec<u8>> {
        if let Some(length) = request.header("Content-Length") {
            return self.exactly(length.parse().unwrap());
        }
        let mut body = Vec::new();
        if request.header("Transfer-Encoding") == Some("chunked") {
            loop {
                let size = usize::from_str_radix(&self.line()?, 16).unwrap();
                body.append(&mut self.exactly(size)?);
                assert_eq!(self.line()?, "");
                if size == 0 {
                    break;
                }
            }
        }
        Some(body)
    }

    /// Sends bytes; says whether the client took them.
    pub(crate) fn say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Says no more, but waits until the client has gone.
    pub(crate) fn end(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        while self.fill().is_some() {
            self.buffer.clear();
        }
    }
}

/// A response with a body and its length.
pub(crate) fn answer(status: u16, fields: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{fields}\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub(crate) fn ok(body: impl AsRef<[u8]>) -> Vec<u8> {
    answer(200, "", body)
}
