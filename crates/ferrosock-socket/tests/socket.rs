//! What a socket promises, over loopback and pairs.

use std::cell::Cell;
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use ferrosock_socket::address::Address;
use ferrosock_socket::{
    ControlBuffer, ControlMessage, Error, Host, Identity, Interrupted, RawAddress, Received, Result, Socket,
    Uninterrupted, control_length,
};

const HOST: Uninterrupted = Uninterrupted;

fn loopback(port: u16) -> RawAddress {
    Address::from(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).to_raw().expect("an IPv4 address fits")
}

fn listener(backlog: i32) -> Result<(Socket, RawAddress)> {
    let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    socket.bind(&HOST, &loopback(0))?;
    socket.listen(&HOST, backlog)?;
    let address = socket.local_address()?;
    Ok((socket, address))
}

fn connected() -> Result<(Socket, Socket)> {
    let (listener, address) = listener(1)?;
    let client = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    client.connect(&HOST, &address)?;
    let (server, peer) = listener.accept(&HOST)?;
    assert_eq!(peer, client.local_address()?);
    assert_eq!(client.peer_address()?, server.local_address()?);
    Ok((client, server))
}

fn recv(socket: &Socket) -> Result<Vec<u8>> {
    let mut space = [0; 256];
    let count = socket.recv(&HOST, &mut space, 0)?;
    Ok(space[..count].to_vec())
}

#[test]
fn accept_gives_a_new_socket_and_the_listener_only_makes_connections() -> Result<()> {
    let (client, server) = connected()?;
    client.send_all(&HOST, b"ping", 0)?;
    assert_eq!(recv(&server)?, b"ping");
    let (listening, _) = listener(0)?;
    assert_eq!(recv(&listening), Err(Error::Os(libc::ENOTCONN)));
    assert_eq!(listening.send(&HOST, b"x", libc::MSG_NOSIGNAL), Err(Error::Os(libc::EPIPE)));
    Ok(())
}

#[test]
fn a_negative_backlog_counts_as_none() -> Result<()> {
    let (_listener, address) = listener(-5)?;
    let client = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    client.connect(&HOST, &address)
}

#[test]
fn descriptors_are_closed_on_exec() -> Result<()> {
    let (client, server) = connected()?;
    let (left, right) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    let copy = left.duplicate()?;
    for socket in [&client, &server, &left, &right, &copy] {
        // SAFETY: takes numbers only.
        let flags = unsafe { libc::fcntl(socket.as_raw_fd(), libc::F_GETFD) };
        assert_eq!(flags & libc::FD_CLOEXEC, libc::FD_CLOEXEC);
    }
    Ok(())
}

#[test]
fn send_tells_how_much_went() -> Result<()> {
    let (left, right) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    left.set_timeout(Some(Duration::ZERO))?;
    let much = vec![b'x'; 8 << 20];
    let sent = left.send(&HOST, &much, 0)?;
    assert!(sent > 0 && sent < much.len());
    assert_eq!(left.send(&HOST, &much, 0), Err(Error::Os(libc::EAGAIN)));
    drop(left);
    let mut total = 0;
    loop {
        match recv(&right)?.len() {
            0 => break,
            count => total += count,
        }
    }
    assert_eq!(total, sent, "the peer gets the queued data, then the end");
    Ok(())
}

#[test]
fn after_close_everything_fails() -> Result<()> {
    let (client, server) = connected()?;
    client.close(&HOST)?;
    client.close(&HOST)?;
    let closed = Err(Error::Os(libc::EBADF));
    assert_eq!(client.fileno(), -1);
    assert_eq!(recv(&client).map(drop), closed);
    assert_eq!(client.send(&HOST, b"x", 0).map(drop), closed);
    assert_eq!(client.listen(&HOST, 1), closed);
    assert_eq!(client.local_address().map(drop), closed);
    assert_eq!(client.set_timeout(Some(Duration::from_secs(1))), closed);
    assert_eq!(client.accept(&HOST).map(drop), closed);
    assert_eq!(recv(&server)?, b"");
    Ok(())
}

#[test]
fn a_dropped_socket_closes_and_a_detached_one_does_not() -> Result<()> {
    let (left, right) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    let fd = left.detach();
    drop(left);
    // SAFETY: detached just now, so nobody else owns it.
    let descriptor = unsafe { OwnedFd::from_raw_fd(fd) };
    let identity = Socket::identify(fd, None, None, None)?;
    assert_eq!(identity, Identity { family: libc::AF_UNIX, kind: libc::SOCK_STREAM, protocol: 0 });
    let again = Socket::adopt(descriptor, identity);
    again.send(&HOST, b"still here", 0)?;
    assert_eq!(recv(&right)?, b"still here");
    drop(again);
    assert_eq!(recv(&right)?, b"");
    Ok(())
}

#[test]
fn what_is_no_socket_is_refused() {
    let file = std::fs::File::open("/dev/null").expect("there is /dev/null");
    let known = (Some(libc::AF_INET), Some(libc::SOCK_STREAM), Some(0));
    assert_eq!(Socket::identify(file.as_raw_fd(), known.0, known.1, known.2), Err(Error::Os(libc::ENOTSOCK)));
    assert_eq!(Socket::identify(1 << 20, None, None, None), Err(Error::Os(libc::EBADF)));
}

#[test]
fn timeouts_end_waiting_and_nothing_else() -> Result<()> {
    let (left, right) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    let limit = Duration::from_millis(60);
    left.set_timeout(Some(limit))?;
    assert_eq!(left.timeout(), Some(limit));
    let start = Instant::now();
    assert_eq!(recv(&left), Err(Error::TimedOut));
    assert!(start.elapsed() >= limit);
    right.send(&HOST, b"now", 0)?;
    assert_eq!(recv(&left)?, b"now");
    let start = Instant::now();
    assert_eq!(left.send_all(&HOST, &vec![0; 16 << 20], 0), Err(Error::TimedOut));
    assert!(start.elapsed() >= limit);
    left.set_timeout(None)?;
    assert!(left.is_blocking());
    Ok(())
}

#[test]
fn false_readiness_does_not_outlast_the_deadline() -> Result<()> {
    // Linux reports the end of a shut down datagram pair as readable, and then has nothing to read.
    let (left, right) = Socket::pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
    right.shutdown(&HOST, libc::SHUT_RDWR)?;
    drop(right);
    left.set_timeout(Some(Duration::from_millis(20)))?;
    let start = Instant::now();
    let result = recv(&left);
    assert!(matches!(result, Err(Error::TimedOut | Error::Os(_)) | Ok(_)), "{result:?}");
    assert!(start.elapsed() < Duration::from_secs(5));
    Ok(())
}

#[test]
fn accept_and_connect_keep_the_timeout() -> Result<()> {
    let (listener, address) = listener(0)?;
    listener.set_timeout(Some(Duration::from_millis(30)))?;
    assert_eq!(listener.accept(&HOST).map(drop), Err(Error::TimedOut));
    let client = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    client.set_timeout(Some(Duration::from_secs(5)))?;
    client.connect(&HOST, &address)?;
    let (server, _) = listener.accept(&HOST)?;
    assert_eq!(server.timeout(), None, "a connection does not inherit the listener's timeout");
    drop(listener);
    let late = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    late.set_timeout(Some(Duration::from_secs(5)))?;
    assert_eq!(late.connect(&HOST, &address), Err(Error::Os(libc::ECONNREFUSED)));
    Ok(())
}

/// A host that gives up at the `last` interrupt.
struct Patience {
    interrupts: Cell<u32>,
    last: u32,
}

impl Host for Patience {
    fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
        call()
    }

    fn interrupted(&self) -> std::result::Result<(), Interrupted> {
        self.interrupts.set(self.interrupts.get() + 1);
        if self.interrupts.get() >= self.last { Err(Interrupted) } else { Ok(()) }
    }
}

#[test]
fn interrupted_calls_go_on_until_the_host_gives_up() -> Result<()> {
    extern "C" fn ignore(_signal: libc::c_int) {}
    // SAFETY: a handler that does nothing, installed without SA_RESTART.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = ignore as *const () as usize;
        libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut());
    }
    let (left, _right) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    // SAFETY: gives this thread's handle.
    let target = unsafe { libc::pthread_self() } as usize;
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(2));
                // SAFETY: the thread waits for this one at the end of the scope, so it is alive.
                unsafe { libc::pthread_kill(target as libc::pthread_t, libc::SIGUSR1) };
            }
        });
        let host = Patience { interrupts: Cell::new(0), last: 3 };
        let given_up = left.recv(&host, &mut [0; 8], 0);
        // With a timeout: interrupts neither end the wait early nor make it longer.
        let limit = Duration::from_millis(50);
        let timed = left.set_timeout(Some(limit)).and_then(|()| {
            let start = Instant::now();
            let result = left.recv(&HOST, &mut [0; 8], 0);
            assert!(start.elapsed() >= limit && start.elapsed() < limit * 20);
            result
        });
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(given_up, Err(Error::Interrupted));
        assert_eq!(host.interrupts.get(), 3);
        assert_eq!(timed, Err(Error::TimedOut));
    });
    Ok(())
}

#[test]
fn options_are_read_as_they_were_set() -> Result<()> {
    let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    socket.set_int_option(libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1)?;
    assert_ne!(socket.int_option(libc::SOL_SOCKET, libc::SO_KEEPALIVE)?, 0);
    let linger = [1_i32.to_ne_bytes(), 7_i32.to_ne_bytes()].concat();
    socket.set_option(libc::SOL_SOCKET, libc::SO_LINGER, &linger)?;
    let mut space = [0; 64];
    let count = socket.option(libc::SOL_SOCKET, libc::SO_LINGER, &mut space)?;
    assert_eq!(&space[..count], linger);
    assert_eq!(socket.int_option(libc::SOL_SOCKET, 31_999), Err(Error::Os(libc::ENOPROTOOPT)));
    Ok(())
}

#[test]
fn descriptors_travel_in_control_messages() -> Result<()> {
    let (left, right) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    let (gift, kept) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    let fd = gift.fileno().to_ne_bytes();
    let rights = ControlMessage { level: libc::SOL_SOCKET, kind: libc::SCM_RIGHTS, data: &fd };
    let pieces = [IoSlice::new(b"a gi"), IoSlice::new(b"ft")];
    assert_eq!(left.send_message(&HOST, &pieces, &[rights], 0, None)?, 6);

    let (mut first, mut second) = ([MaybeUninit::uninit(); 2], [MaybeUninit::uninit(); 16]);
    let received = right.recv_message(&HOST, &mut [&mut first, &mut second], 64, 0)?;
    assert_eq!(received.count, 6);
    // SAFETY: six bytes came, two into the first space and four into the second.
    let text = unsafe { [first[0].assume_init(), second[3].assume_init()] };
    assert_eq!(&text, b"at");
    let messages: Vec<_> = received.control.messages().collect();
    assert_eq!(messages.len(), 1);
    let number = i32::from_ne_bytes(messages[0].data.try_into().expect("one descriptor"));
    // SAFETY: the kernel has just opened it for this process.
    let taken = Socket::adopt(unsafe { OwnedFd::from_raw_fd(number) }, gift.identity());
    taken.send(&HOST, b"through", 0)?;
    assert_eq!(recv(&kept)?, b"through");
    Ok(())
}

#[test]
fn control_messages_that_do_not_fit_are_told() -> Result<()> {
    let (left, right) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    let (gift, _kept) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    let fd = gift.fileno().to_ne_bytes();
    let rights = ControlMessage { level: libc::SOL_SOCKET, kind: libc::SCM_RIGHTS, data: &fd };
    left.send_message(&HOST, &[IoSlice::new(b"x")], &[rights], 0, None)?;
    let mut space = [MaybeUninit::uninit(); 4];
    let received = right.recv_message(&HOST, &mut [&mut space], 0, 0)?;
    assert_eq!(received.flags & libc::MSG_CTRUNC, libc::MSG_CTRUNC);
    assert_eq!(received.control.messages().count(), 0);
    Ok(())
}

#[test]
fn datagrams_keep_their_bounds_and_tell_their_sender() -> Result<()> {
    let receiver = Socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    receiver.bind(&HOST, &loopback(0))?;
    let sender = Socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    sender.bind(&HOST, &loopback(0))?;
    for text in [&b"one"[..], b"", b"three"] {
        assert_eq!(sender.send_to(&HOST, text, 0, &receiver.local_address()?)?, text.len());
        let mut space = [0; 16];
        let (count, from) = receiver.recv_from(&HOST, &mut space, 0)?;
        assert_eq!(&space[..count], text);
        assert_eq!(from, sender.local_address()?);
    }
    Ok(())
}

#[test]
fn descriptors_of_an_unwanted_message_are_closed() -> Result<()> {
    let (whole, peer_of_whole) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    let (cut, peer_of_cut) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    let numbers = [whole.detach().to_ne_bytes(), cut.fileno().to_ne_bytes()].concat();
    let rights = ControlMessage { level: libc::SOL_SOCKET, kind: libc::SCM_RIGHTS, data: &numbers };
    let sent = ControlBuffer::of(&[rights])?;
    let length = control_length(numbers.len()).expect("two descriptors are not too long");
    // The second descriptor lacks a byte: nobody knows its number.
    let control = ControlBuffer::from_bytes(&sent.as_bytes()[..length - 1])?;
    let mut messages = control.messages();
    assert_eq!(messages.by_ref().count(), 1);
    assert!(messages.is_malformed());
    Received { count: 0, control, flags: 0, address: RawAddress::empty() }.close_descriptors();
    assert_eq!(recv(&peer_of_whole)?, b"");
    peer_of_cut.set_timeout(Some(Duration::ZERO))?;
    assert_eq!(recv(&peer_of_cut), Err(Error::Os(libc::EAGAIN)));
    Ok(())
}
