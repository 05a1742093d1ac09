//! What a request costs the server, beside a bare epoll server that answers the same bytes.
//!
//! ```console
//! $ cargo run --release --example server_bench              # 32 connections, 200,000 requests
//! $ cargo run --release --example server_bench -- 1000 8    # fewer
//! $ cargo run --release --example server_bench -- idle 2000 # what idle connections cost
//! $ cargo run --release --example server_bench -- serve floor 127.0.0.1:8080           # for other clients: the bare server,
//! $ cargo run --release --example server_bench -- serve hello 127.0.0.1:8080           # a handler (`/9` has 9 bytes),
//! $ cargo run --release --example server_bench -- serve files 127.0.0.1:8080 folder    # or files,
//! $ cargo run --release --example server_bench -- serve soak 127.0.0.1:8080            # for `make soak`: low limits
//! ```
//!
//! The time is that of the processor, of the server's thread only, as Linux counts it (`/proc/thread-self/schedstat`). The
//! client keeps all its connections busy: it asks on each, then reads from each.

use std::collections::HashMap;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ferrosock::server::{
    Builder, Content, Files, Handler, Limits, Request, RequestBody, Response, Server, Timeouts,
};
use ferrosock::socket::address::Address;
use ferrosock::socket::connection::{ServerOptions, create_server};
use ferrosock::socket::readiness::Epoll;
use ferrosock::socket::{Socket, Uninterrupted};

const ROUNDS: usize = 5;
const ASK: &[u8] =
    b"GET /hello.txt HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if_eq("idle").is_some() {
        return idle(arguments.next().map_or(Ok(2000), |count| count.parse())?);
    }
    if arguments.next_if_eq("serve").is_some() {
        return serve(&arguments.collect::<Vec<_>>());
    }
    let count: usize = arguments.next().map_or(Ok(200_000), |count| count.parse())?;
    let connections: usize = arguments.next().map_or(Ok(32), |count| count.parse())?;
    let folder = std::env::temp_dir().join(format!("server_bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("hello.txt"), [b'x'; 136])?;
    println!(
        "{count} requests on {connections} connections, us of the server's processor time each, and requests a second:"
    );
    let mut best = [(f64::INFINITY, 0.0); 3];
    for _ in 0..ROUNDS {
        let files = Files::new(&folder)?;
        let rounds = [
            measure(|tell| floor(SocketAddr::from(([127, 0, 0, 1], 0)), &tell), count, connections)?,
            measure(|tell| engine(|_: Request| Response::text("hello, world\n"), tell), count, connections)?,
            measure(move |tell| engine(files, tell), count, connections)?,
        ];
        for (best, round) in best.iter_mut().zip(rounds) {
            if round.0 < best.0 {
                *best = round;
            }
        }
    }
    std::fs::remove_dir_all(&folder)?;
    for (name, (cost, rate)) in ["bare epoll", "Handler", "Files, 136 bytes"].iter().zip(best) {
        println!("{name:>24} {cost:>8.2} {rate:>10.0} {:>8.2} times the floor", cost / best[0].0);
    }
    Ok(())
}

/// Runs a server in a thread, asks it `count` times, and gives its cost and how fast it was.
fn measure<S>(serve: S, count: usize, connections: usize) -> Outcome<(f64, f64)>
where
    S: FnOnce(mpsc::Sender<SocketAddr>) -> Outcome<()> + Send + 'static,
{
    let (tell, told) = mpsc::channel();
    let thread = thread::spawn(move || -> Outcome<f64> {
        let before = processor_time()?;
        serve(tell)?;
        Ok(processor_time()? - before)
    });
    let address = told.recv()?;
    let begun = Instant::now();
    ask(address, count, connections)?;
    let took = begun.elapsed().as_secs_f64();
    let cost = thread.join().map_err(|_| "the server panicked")??;
    Ok((cost / count as f64 * 1e6, count as f64 / took))
}

fn ask(address: SocketAddr, count: usize, connections: usize) -> Outcome<()> {
    let mut streams = (0..connections).map(|_| TcpStream::connect(address)).collect::<Result<Vec<_>, _>>()?;
    let mut room = [0; 4096];
    for stream in &mut streams {
        stream.set_nodelay(true)?;
    }
    for _ in 0..count / connections {
        for stream in &mut streams {
            stream.write_all(ASK)?;
        }
        for stream in &mut streams {
            let read = stream.read(&mut room)?;
            if !room[..read].starts_with(b"HTTP/1.1 200 OK\r\n") {
                return Err(format!("answered {}", room[..read].escape_ascii()).into());
            }
        }
    }
    streams[0].write_all(b"GET /stop HTTP/1.1\r\nHost: a\r\nStop: 1\r\n\r\n")?;
    let _ = streams[0].read(&mut room);
    Ok(())
}

/// Serves until it is asked to stop.
struct Stopping<H>(H, mpsc::Sender<()>);

impl<H: Handler> Handler for Stopping<H> {
    fn handle(&self, request: Request) -> ferrosock::server::Reply {
        if request.path() == b"/stop" {
            let _ = self.1.send(());
        }
        self.0.handle(request)
    }
}

fn engine(handler: impl Handler, tell: mpsc::Sender<SocketAddr>) -> Outcome<()> {
    let (stop, stopped) = mpsc::channel();
    let server = Server::builder().tcp("127.0.0.1:0".parse()?).bind(Stopping(handler, stop))?;
    let control = server.control();
    thread::spawn(move || {
        let _ = stopped.recv();
        control.stop(Duration::ZERO);
    });
    tell.send(server.addresses()[0].to_string().parse()?)?;
    server.run(&Uninterrupted)?;
    Ok(())
}

/// The least that a server can do: wait, receive, look for the end of a head, send.
fn floor(address: SocketAddr, tell: &mpsc::Sender<SocketAddr>) -> Outcome<()> {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 13\r\n\r\nhello, world\n";
    let options = ServerOptions { backlog: 1024, ..ServerOptions::default() };
    let listener = create_server(&Uninterrupted, &address.into(), &options)?;
    listener.set_int_option(libc::IPPROTO_TCP, libc::TCP_NODELAY, 1)?;
    let address = Address::from_raw(&listener.local_address()?, 0).ok_or("no address")?;
    let _ = tell.send(address.to_string().parse()?); // nobody need hear it
    let epoll = Epoll::new()?;
    epoll.add(listener.fileno(), libc::EPOLLIN as u32, 0)?;
    let mut connections: HashMap<u64, Socket> = HashMap::new();
    let (mut events, mut room) = (Vec::new(), [0; 16384]);
    loop {
        epoll.wait(&Uninterrupted, &mut events, 256, None)?;
        for event in &events {
            let Some(connection) = connections.get(&event.token()) else {
                let (connection, _) = listener.accept_nonblocking(&Uninterrupted)?;
                let token = connection.fileno() as u64;
                epoll.add(connection.fileno(), libc::EPOLLIN as u32, token)?;
                connections.insert(token, connection);
                continue;
            };
            // A client may end a connection by a reset.
            let count = connection.recv(&Uninterrupted, &mut room, 0).unwrap_or(0);
            if count == 0 {
                connections.remove(&event.token());
            } else if room[..count].starts_with(b"GET /stop") {
                return Ok(());
            } else if room[..count].ends_with(b"\r\n\r\n") {
                let _ = connection.send(&Uninterrupted, ANSWER, libc::MSG_NOSIGNAL); // the next receive tells
            }
        }
    }
}

/// Serves until it is killed.
fn serve(arguments: &[String]) -> Outcome<()> {
    let [what, address, rest @ ..] = arguments else { return Err("serve what, and where?".into()) };
    let address = address.parse()?;
    let builder = Server::builder().tcp(address);
    let server = match (what.as_str(), rest) {
        ("floor", []) => return floor(address, &mpsc::channel().0),
        ("hello", []) => builder.start(sized)?,
        ("soak", []) => soak(builder).start(echo)?,
        ("files", [folder]) => builder.start(Files::new(folder)?)?,
        _ => return Err("serve floor, hello, or files with a folder".into()),
    };
    server.join()?;
    Ok(())
}

/// With limits that floods and slow clients meet.
fn soak(builder: Builder) -> Builder {
    let patience = Duration::from_secs(3);
    let timeouts = Timeouts { head: patience, body: patience, write: patience, ..Timeouts::default() };
    builder
        .limits(Limits { connections: 256, ..Limits::default() })
        .timeouts(Timeouts { keep_alive: Duration::from_secs(5), ..timeouts })
}

/// What came, or as many bytes as the path says.
fn echo(request: Request) -> Response {
    match request.body {
        RequestBody::Whole(bytes) => Response::new(200).with_body(bytes),
        _ if request.method() == "POST" => Response::new(200),
        _ => sized(request),
    }
}

/// As many bytes as the path says, or a greeting.
fn sized(request: Request) -> Response {
    const LARGEST: usize = 10_000_000;
    static BYTES: OnceLock<Arc<[u8]>> = OnceLock::new();
    let size = std::str::from_utf8(&request.path()[1..]).ok().and_then(|size| size.parse::<usize>().ok());
    match size {
        None => Response::text("hello, world\n"),
        Some(LARGEST) => {
            let bytes = BYTES.get_or_init(|| vec![b'x'; LARGEST].into());
            Response::new(200).with_content(Content::Shared(bytes.clone()))
        }
        Some(size) => Response::new(200).with_body(vec![b'x'; size.min(LARGEST)]),
    }
}

/// The memory that idle connections take, each after a request.
fn idle(count: usize) -> Outcome<()> {
    let server = Server::builder().tcp("127.0.0.1:0".parse()?).start(|_: Request| Response::text("hello"))?;
    let address = server.addresses()[0].to_string();
    let mut room = [0; 4096];
    let mut connect = |many: usize| -> Outcome<Vec<TcpStream>> {
        let mut streams = Vec::with_capacity(many);
        for _ in 0..many {
            let mut stream = TcpStream::connect(&address)?;
            stream.write_all(ASK)?;
            if stream.read(&mut room)? == 0 {
                return Err("no answer".into());
            }
            streams.push(stream);
        }
        Ok(streams)
    };
    let first = connect(100)?;
    let before = resident()?;
    let kept = connect(count)?;
    let after = resident()?;
    println!("{} idle connections: {} bytes each", kept.len(), (after.saturating_sub(before)) / count as u64);
    drop(first);
    Ok(())
}

fn resident() -> Outcome<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = statm.split(' ').nth(1).ok_or("statm")?.parse()?;
    Ok(pages * 4096)
}

/// This thread's time on the processor, in seconds.
fn processor_time() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = stat.split(' ').next().ok_or("schedstat")?.parse()?;
    Ok(nanoseconds / 1e9)
}
