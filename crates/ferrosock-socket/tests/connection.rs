//! Connections by name, servers, and what else a Rust program wants of sockets: over loopback.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use ferrosock_socket::address::Address;
use ferrosock_socket::connection::{
    ATTEMPT_DELAY, Attempt, ConnectionOptions, Lost, ServerOptions, connect_first, create_connection,
    create_server, interleaved, race,
};
use ferrosock_socket::resolver::AddressInfo;
use ferrosock_socket::{Error, Host, Interrupted, RawAddress, Result, Socket, Uninterrupted};

const HOST: Uninterrupted = Uninterrupted;

fn loopback(port: u16) -> Address {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()
}

fn server() -> Result<Socket> {
    create_server(&HOST, &loopback(0), &ServerOptions::default())
}

fn info(address: RawAddress) -> AddressInfo {
    AddressInfo {
        family: address.family(),
        kind: libc::SOCK_STREAM,
        protocol: libc::IPPROTO_TCP,
        canonical_name: Vec::new(),
        address,
    }
}

fn port(socket: &Socket) -> Result<u16> {
    match Address::from_raw(&socket.local_address()?, 0) {
        Some(Address::Inet { port, .. } | Address::Inet6 { port, .. }) => Ok(port),
        _ => Err(Error::Os(libc::EAFNOSUPPORT)),
    }
}

/// An address at which nobody listens.
fn refusing() -> Result<AddressInfo> {
    server()?.local_address().map(info)
}

/// A listener whose backlog is full, so that further attempts neither succeed nor fail; and what fills it.
fn black_hole() -> Result<(AddressInfo, Vec<Socket>)> {
    let listener = create_server(&HOST, &loopback(0), &ServerOptions { backlog: 0, ..Default::default() })?;
    let address = listener.local_address()?;
    let mut sockets = vec![listener];
    for _ in 0..50 {
        let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
        socket.set_timeout(Some(Duration::from_millis(100)))?;
        let result = socket.connect(&HOST, &address);
        sockets.push(socket);
        if result == Err(Error::TimedOut) {
            return Ok((info(address), sockets));
        }
    }
    Err(Error::TimedOut)
}

fn with_delay(milliseconds: u64) -> ConnectionOptions {
    ConnectionOptions {
        attempt_delay: Duration::from_millis(milliseconds),
        timeout: Some(Duration::from_secs(20)),
        ..Default::default()
    }
}

#[test]
fn a_silent_address_does_not_hold_up_the_next() -> Result<()> {
    let (silent, _full) = black_hole()?;
    let answering = server()?;
    let start = Instant::now();
    let addresses = [silent, info(answering.local_address()?)];
    let client = connect_first(&HOST, &addresses, &with_delay(60)).map_err(|_| Error::TimedOut)?;
    assert_eq!(client.peer_address()?, answering.local_address()?);
    assert!(start.elapsed() >= Duration::from_millis(60), "the first has its time alone");
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(client.timeout(), Some(Duration::from_secs(20)));
    Ok(())
}

#[test]
fn a_refusing_address_costs_no_time() -> Result<()> {
    let answering = server()?;
    let start = Instant::now();
    let addresses = [refusing()?, refusing()?, info(answering.local_address()?)];
    let client = connect_first(&HOST, &addresses, &with_delay(10_000)).map_err(|_| Error::TimedOut)?;
    assert_eq!(client.peer_address()?, answering.local_address()?);
    assert!(start.elapsed() < Duration::from_secs(5));
    Ok(())
}

#[test]
fn every_failure_is_told_in_order() -> Result<()> {
    let (silent, _full) = black_hole()?;
    let options = ConnectionOptions { timeout: Some(Duration::from_millis(150)), ..with_delay(10) };
    let lost = connect_first(&HOST, &[silent.clone(), refusing()?, silent], &options).map(drop);
    let refused = Error::Os(libc::ECONNREFUSED);
    assert_eq!(lost, Err(Lost::All(vec![Error::TimedOut, refused, Error::TimedOut])));
    Ok(())
}

#[test]
fn the_limit_holds_for_all_attempts_together() -> Result<()> {
    let (silent, _full) = black_hole()?;
    let limit = Duration::from_millis(80);
    let options = ConnectionOptions { timeout: Some(limit), ..Default::default() };
    let start = Instant::now();
    let lost = connect_first(&HOST, &[silent.clone(), silent.clone(), silent], &options).map(drop);
    assert_eq!(
        lost,
        Err(Lost::All(vec![Error::TimedOut])),
        "the others had no turn within {ATTEMPT_DELAY:?}"
    );
    assert!(start.elapsed() >= limit && start.elapsed() < Duration::from_secs(5));
    Ok(())
}

#[test]
fn families_take_turns() {
    let (v4, v6) = (libc::AF_INET, libc::AF_INET6);
    assert_eq!(interleaved([]), []);
    assert_eq!(interleaved([v4, v4]), [0, 1]);
    assert_eq!(interleaved([v6, v6, v4]), [0, 2, 1]);
    assert_eq!(interleaved([v4, v6, v6, v6, v4]), [0, 1, 4, 2, 3]);
}

#[test]
fn names_are_looked_up() -> Result<()> {
    let server = server()?;
    let client = create_connection(&HOST, "localhost", port(&server)?, &with_delay(250))?;
    assert_eq!(client.peer_address()?, server.local_address()?);
    assert!(matches!(
        create_connection(&HOST, "no such\0name", 1, &Default::default()).map(drop),
        Err(Error::AddressInfo(_))
    ));
    Ok(())
}

#[test]
fn a_source_address_is_kept() -> Result<()> {
    let server = server()?;
    let source = Address::from(SocketAddr::from(([127, 0, 0, 2], 0))).to_raw()?;
    let options = ConnectionOptions { source: Some(source), ..Default::default() };
    let client = match create_connection(&HOST, "127.0.0.1", port(&server)?, &options) {
        Err(Error::Os(libc::EADDRNOTAVAIL)) => return Ok(()), // a system with one loopback address
        other => other?,
    };
    let Some(Address::Inet { ip, .. }) = Address::from_raw(&client.local_address()?, 0) else {
        return Err(Error::Os(libc::EAFNOSUPPORT));
    };
    assert_eq!(ip, Ipv4Addr::new(127, 0, 0, 2));
    Ok(())
}

/// A host that gives up at once, and says that every wait was interrupted.
struct Impatient;

impl Host for Impatient {
    fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
        call()
    }

    fn interrupted(&self) -> std::result::Result<(), Interrupted> {
        Err(Interrupted)
    }
}

#[test]
fn a_race_stops_when_it_is_told_to() -> Result<()> {
    let mut turns = 0;
    let lost = race(&HOST, 5, ATTEMPT_DELAY, None, |turn| {
        turns += 1;
        if turn == 2 {
            return Err(Error::NoMemory);
        }
        Ok(Attempt::<Socket, Error>::Failed(Error::TimedOut))
    });
    assert_eq!(lost.map(drop), Err(Lost::Stopped(Error::NoMemory)));
    assert_eq!(turns, 3);
    // A host that would give up is not asked unless a signal comes.
    let (left, _right) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    let mut lane = Some(left);
    let won = race(&Impatient, 1, ATTEMPT_DELAY, None, |_| {
        lane.take().map(Attempt::Connecting).ok_or(Error::NoMemory)
    });
    assert!(won.is_ok());
    Ok(())
}

#[test]
fn one_server_serves_both_families() -> Result<()> {
    let any = Address::from(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)));
    let options = ServerOptions { dual_stack: true, ..Default::default() };
    let server = match create_server(&HOST, &any, &options) {
        Err(Error::Os(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL)) => return Ok(()), // a machine without IPv6
        other => other?,
    };
    server.set_timeout(Some(Duration::from_secs(5)))?;
    create_connection(&HOST, "127.0.0.1", port(&server)?, &Default::default())?;
    let (_, peer) = server.accept(&HOST)?;
    let Some(Address::Inet6 { ip, .. }) = Address::from_raw(&peer, 0) else {
        return Err(Error::Os(libc::EAFNOSUPPORT));
    };
    assert_eq!(ip.to_ipv4_mapped(), Some(Ipv4Addr::LOCALHOST));
    assert_eq!(create_server(&HOST, &loopback(0), &options).map(drop), Err(Error::Os(libc::EINVAL)));
    let single = create_server(&HOST, &any, &ServerOptions::default())?;
    assert_ne!(single.int_option(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY)?, 0);
    Ok(())
}

#[test]
fn ports_can_be_shared_and_taken_again() -> Result<()> {
    let shared = ServerOptions { reuse_port: true, backlog: 5, ..Default::default() };
    let one = create_server(&HOST, &loopback(0), &shared)?;
    let address = loopback(port(&one)?);
    let two = create_server(&HOST, &address, &shared)?;
    assert_eq!(
        create_server(&HOST, &address, &Default::default()).map(drop),
        Err(Error::Os(libc::EADDRINUSE))
    );
    drop((one, two));
    create_server(&HOST, &address, &Default::default()).map(drop)
}

#[test]
fn connect_ex_gives_numbers() -> Result<()> {
    let server = server()?;
    let open = || Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0);
    assert_eq!(open()?.connect_ex(&HOST, &server.local_address()?)?, 0);
    assert_eq!(open()?.connect_ex(&HOST, &refusing()?.address)?, libc::ECONNREFUSED);
    let (silent, _full) = black_hole()?;
    let client = open()?;
    client.set_blocking(false)?;
    assert!(!client.is_blocking());
    assert_eq!(client.connect_ex(&HOST, &silent.address)?, libc::EINPROGRESS);
    let client = open()?;
    client.set_timeout(Some(Duration::from_millis(30)))?;
    assert_eq!(client.connect_ex(&HOST, &silent.address)?, libc::EAGAIN);
    Ok(())
}

#[test]
fn flags_of_the_descriptor() -> Result<()> {
    let socket = server()?;
    for inheritable in [true, false] {
        socket.set_inheritable(inheritable)?;
        assert_eq!(socket.is_inheritable()?, inheritable);
    }
    socket.set_blocking(true)?;
    assert!(socket.is_blocking() && socket.timeout().is_none());
    socket.close(&HOST)?;
    let closed = Error::Os(libc::EBADF);
    assert_eq!(socket.is_inheritable(), Err(closed.clone()));
    assert_eq!(socket.set_inheritable(true), Err(closed.clone()));
    assert_eq!(socket.set_blocking(false), Err(closed));
    Ok(())
}

/// An open file with some text in it, which nobody else sees.
fn file_of(text: &[u8]) -> std::io::Result<File> {
    let name = format!("ferrosock-test-{}-{:?}", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    File::create(&path)?.write_all(text)?;
    let file = File::open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[test]
fn files_are_sent_from_where_they_are_asked_for() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let server = server()?;
    let client = create_connection(&HOST, "127.0.0.1", port(&server)?, &Default::default())?;
    let (peer, _) = server.accept(&HOST)?;
    let mut file = file_of(b"0123456789")?;
    assert_eq!(client.send_file(&HOST, file.as_fd(), 3, 4)?, 4);
    assert_eq!(client.send_file(&HOST, file.as_fd(), 8, 100)?, 2);
    assert_eq!(client.send_file(&HOST, file.as_fd(), 10, 100)?, 0, "the end of the file");
    assert_eq!(client.send_file(&HOST, file.as_fd(), 0, 0)?, 0);
    client.shutdown(&HOST, libc::SHUT_WR)?;
    let (mut got, mut room) = (Vec::new(), [0; 16]);
    loop {
        match peer.recv(&HOST, &mut room, 0)? {
            0 => break,
            count => got.extend_from_slice(&room[..count]),
        }
    }
    assert_eq!(got, b"345689");
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    assert_eq!(text, "0123456789", "its position has not moved");
    let (no_file, _) = UnixStream::pair()?;
    assert!(client.send_file(&HOST, no_file.as_fd(), 0, 1).is_err(), "a socket is no file");
    Ok(())
}

#[test]
fn descriptors_reach_the_other_side() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let (left, right) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    let file = file_of(b"shared")?;
    let other = file_of(b"too")?;
    assert_eq!(left.send_descriptors(&HOST, b"two files", &[file.as_fd(), other.as_fd()], 0)?, 9);
    let mut room = [0; 32];
    let received = right.recv_descriptors(&HOST, &mut room, 4, 0)?;
    assert_eq!(&room[..received.count], b"two files");
    assert_eq!((received.descriptors.len(), received.flags & libc::MSG_CTRUNC), (2, 0));
    for (descriptor, text) in received.descriptors.into_iter().zip(["shared", "too"]) {
        assert_ne!(descriptor.as_raw_fd(), file.as_raw_fd());
        // SAFETY: takes numbers only.
        let flags = unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_GETFD) };
        assert_eq!(flags & libc::FD_CLOEXEC, libc::FD_CLOEXEC);
        let mut found = String::new();
        File::from(descriptor).read_to_string(&mut found)?;
        assert_eq!(found, text);
    }

    // Data alone, and more descriptors than there is room for.
    left.send_descriptors(&HOST, b"none", &[], 0)?;
    assert!(right.recv_descriptors(&HOST, &mut room, 1, 0)?.descriptors.is_empty());
    left.send_descriptors(&HOST, b"many", &[file.as_fd(); 5], 0)?;
    let received = right.recv_descriptors(&HOST, &mut room, 2, 0)?;
    assert_eq!((received.descriptors.len(), received.flags & libc::MSG_CTRUNC), (2, libc::MSG_CTRUNC));
    left.send_descriptors(&HOST, b"unwanted", &[file.as_fd()], 0)?;
    assert!(right.recv_descriptors(&HOST, &mut room, 0, 0)?.descriptors.is_empty());
    Ok(())
}
