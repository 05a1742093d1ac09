//! What an echoed message costs the server, beside a bare epoll server that sends back every byte; and what an idle WebSocket weighs.
//!
//! ```console
//! $ cargo run --release --example websocket_bench             # 100 connections, messages of 64 bytes and 64 KiB
//! $ cargo run --release --example websocket_bench -- 2000 8   # fewer messages and connections
//! $ cargo run --release --example websocket_bench -- idle 9000
//! ```
//!
//! The time is that of the processor, of the server's thread only, as Linux counts it (`/proc/thread-self/schedstat`). The client
//! writes to all its connections, then reads from all. Idle connections have no compression; a process cannot hold more than half as
//! many as it may have descriptors.

use std::collections::HashMap;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use ferrosock::proto::websocket::{ClientHandshake, Options as MachineOptions, WebSocket};
use ferrosock::server::{Limits, Request, Server};
use ferrosock::socket::address::Address;
use ferrosock::socket::connection::{ServerOptions, create_server};
use ferrosock::socket::readiness::Epoll;
use ferrosock::socket::{Socket, Uninterrupted};
use ferrosock::websocket::server::{self, Message, Options};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if_eq("idle").is_some() {
        return idle(arguments.next().map_or(Ok(9000), |count| count.parse())?);
    }
    let count: usize = arguments.next().map_or(Ok(200_000), |count| count.parse())?;
    let connections: usize = arguments.next().map_or(Ok(100), |count| count.parse())?;
    println!(
        "{connections} connections, us of the server's processor time a message, and messages a second:"
    );
    for size in [64, 65_536] {
        let count = if size > 1000 { count / 10 } else { count };
        let mut best = [(f64::INFINITY, 0.0); 2];
        for _ in 0..3 {
            let rounds =
                [measure(floor, size, count, connections)?, measure(engine, size, count, connections)?];
            for (best, round) in best.iter_mut().zip(rounds) {
                if round.0 < best.0 {
                    *best = round;
                }
            }
        }
        for (name, (cost, rate)) in ["bare epoll", "WebSocket"].iter().zip(best) {
            let times = cost / best[0].0;
            println!("{size:>8} bytes {name:>12} {cost:>8.2} {rate:>10.0} {times:>8.2} times the floor");
        }
    }
    Ok(())
}

/// Runs a server in a thread, has it echo `count` messages, and gives its cost and how fast it was.
fn measure(
    serve: fn(mpsc::Sender<SocketAddr>, mpsc::Receiver<()>) -> Outcome<()>,
    size: usize,
    count: usize,
    connections: usize,
) -> Outcome<(f64, f64)> {
    let ((tell, told), (stop, stopped)) = (mpsc::channel(), mpsc::channel());
    let thread = thread::spawn(move || -> Outcome<f64> {
        let before = processor_time()?;
        serve(tell, stopped)?;
        Ok(processor_time()? - before)
    });
    let address = told.recv()?;
    let streams = (0..connections).map(|_| open(address)).collect::<Outcome<Vec<_>>>()?;
    let begun = Instant::now();
    echo(streams, size, count)?;
    let took = begun.elapsed().as_secs_f64();
    stop.send(())?;
    let _ = TcpStream::connect(address); // wakes the bare server; the other may be gone
    let cost = thread.join().map_err(|_| "the server panicked")??;
    Ok((cost / count as f64 * 1e6, count as f64 / took))
}

/// Connects and shakes hands; to the bare server that is an echo like another.
fn open(address: SocketAddr) -> Outcome<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut request = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
    for (name, value) in ClientHandshake::new([7; 16], &[], None).fields()?.iter() {
        request.extend([name, b": ", value, b"\r\n"].concat());
    }
    request.extend(b"\r\n");
    stream.write_all(&request)?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(stream)
}

fn echo(mut streams: Vec<TcpStream>, size: usize, count: usize) -> Outcome<()> {
    let mut machine = WebSocket::client(&MachineOptions::default(), [9; 32]);
    machine.send_binary(&vec![b'x'; size])?;
    let mut message = Vec::new();
    while let Some(piece) = machine.poll_output() {
        message.extend(piece);
    }
    // Without the mask; the bare server's echo has it.
    let mut room = vec![0; message.len()];
    let mut first = true;
    let mut length = message.len() - 4;
    for _ in 0..count / streams.len() {
        for stream in &mut streams {
            stream.write_all(&message)?;
        }
        for stream in &mut streams {
            stream.read_exact(&mut room[..length])?;
            if std::mem::take(&mut first) && room[1] & 0x80 != 0 {
                length = message.len();
                stream.read_exact(&mut room[..4])?;
            }
        }
    }
    Ok(())
}

fn engine(tell: mpsc::Sender<SocketAddr>, stopped: mpsc::Receiver<()>) -> Outcome<()> {
    let limits = Limits { connections: 100_000, pending: 1 << 20, ..Limits::default() };
    let server = Server::builder().tcp("127.0.0.1:0".parse()?).limits(limits).bind(|request: Request| {
        server::accept(&request, &Options::default(), |socket: &mut server::Socket<'_>, message: Message| {
            let _ = socket.send(message); // closing already
        })
    })?;
    tell.send(inet(server.addresses().first())?)?;
    let control = server.control();
    thread::spawn(move || {
        let _ = stopped.recv();
        control.stop(std::time::Duration::ZERO);
    });
    Ok(server.run(&Uninterrupted)?)
}

fn inet(address: Option<&Address>) -> Outcome<SocketAddr> {
    Ok(address.ok_or("no address")?.to_string().parse()?)
}

/// Sends back every byte.
fn floor(tell: mpsc::Sender<SocketAddr>, stopped: mpsc::Receiver<()>) -> Outcome<()> {
    let any = Address::from("127.0.0.1:0".parse::<SocketAddr>()?);
    let listener = create_server(&Uninterrupted, &any, &ServerOptions::default())?;
    tell.send(inet(Address::from_raw(&listener.local_address()?, 0).as_ref())?)?;
    let epoll = Epoll::new()?;
    epoll.add(listener.as_raw_fd(), libc::EPOLLIN as u32, 0)?;
    let (mut sockets, mut events) = (HashMap::<u64, Socket>::new(), Vec::new());
    let mut block = vec![0; 65536];
    loop {
        epoll.wait(&Uninterrupted, &mut events, 256, None)?;
        for event in &events {
            if event.token() == 0 {
                if stopped.try_recv().is_ok() {
                    return Ok(());
                }
                let (socket, _) = listener.accept_nonblocking(&Uninterrupted)?;
                socket.set_int_option(libc::IPPROTO_TCP, libc::TCP_NODELAY, 1)?;
                socket.set_blocking(true)?;
                let token = sockets.len() as u64 + 1;
                epoll.add(socket.as_raw_fd(), libc::EPOLLIN as u32, token)?;
                sockets.insert(token, socket);
                continue;
            }
            let Some(socket) = sockets.get(&event.token()) else { continue };
            match socket.recv(&Uninterrupted, &mut block, 0) {
                Ok(count @ 1..) => socket.send_all(&Uninterrupted, &block[..count], libc::MSG_NOSIGNAL)?,
                _ => drop(epoll.remove(socket.as_raw_fd())),
            }
        }
    }
}

/// Holds so many idle connections, and says what each adds to the memory of the process, clients and all.
fn idle(count: usize) -> Outcome<()> {
    let ((tell, told), (stop, stopped)) = (mpsc::channel(), mpsc::channel());
    let thread = thread::spawn(move || engine(tell, stopped));
    let address = told.recv()?;
    let warm = (0..10).map(|_| open(address)).collect::<Outcome<Vec<_>>>()?;
    let before = resident()?;
    let streams = (0..count).map(|_| open(address)).collect::<Outcome<Vec<_>>>()?;
    let each = (resident()? - before) * 1024 / count as u64;
    println!("{count} idle WebSockets: {each} bytes each");
    drop((warm, streams));
    stop.send(())?;
    thread.join().map_err(|_| "the server panicked")??;
    Ok(())
}

/// KiB.
fn resident() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}

/// Seconds of the processor that this thread has had.
fn processor_time() -> Outcome<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: u64 = text.split_whitespace().next().ok_or("no number")?.parse()?;
    Ok(nanoseconds as f64 / 1e9)
}
