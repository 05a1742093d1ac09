//! A host that wants transfers tried first sees no difference in what they do.

use std::thread;
use std::time::{Duration, Instant};

use ferrosock_socket::{Error, Host, Interrupted, Result, Socket, Uninterrupted};

struct Eager;

impl Host for Eager {
    fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
        call()
    }

    fn tries_first(&self) -> bool {
        true
    }

    fn interrupted(&self) -> std::result::Result<(), Interrupted> {
        Ok(())
    }
}

fn pair() -> Result<(Socket, Socket)> {
    Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)
}

fn drain(socket: &Socket, wanted: usize) -> usize {
    let mut space = vec![0; 1 << 16];
    let mut total = 0;
    while total < wanted {
        match socket.recv(&Uninterrupted, &mut space, 0) {
            Ok(0) | Err(_) => break,
            Ok(count) => total += count,
        }
    }
    total
}

#[test]
fn a_blocking_send_sends_everything() -> Result<()> {
    let (left, right) = pair()?;
    left.set_int_option(libc::SOL_SOCKET, libc::SO_SNDBUF, 4096)?;
    let bytes = vec![7; 60_000]; // small enough to be tried, and more than the buffer
    thread::scope(|scope| {
        let reader = scope.spawn(|| drain(&right, 2 * bytes.len()));
        assert_eq!(left.send(&Eager, &bytes, 0), Ok(bytes.len()));
        assert_eq!(left.send_all(&Eager, &bytes, 0), Ok(()));
        assert_eq!(reader.join().ok(), Some(2 * bytes.len()));
    });
    Ok(())
}

#[test]
fn a_send_that_does_not_wait_tells_how_much_went() -> Result<()> {
    let (left, _right) = pair()?;
    left.set_timeout(Some(Duration::ZERO))?;
    left.set_int_option(libc::SOL_SOCKET, libc::SO_SNDBUF, 4096)?;
    let bytes = vec![7; 60_000];
    let sent = left.send(&Eager, &bytes, 0)?;
    assert!(sent > 0 && sent < bytes.len());
    assert_eq!(left.send(&Eager, &bytes, 0), Err(Error::Os(libc::EAGAIN)));
    Ok(())
}

#[test]
fn a_receive_waits_for_data_and_keeps_its_timeout() -> Result<()> {
    let (left, right) = pair()?;
    let mut space = [0; 16];
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(30));
            right.send(&Eager, b"late", 0)
        });
        assert_eq!(left.recv(&Eager, &mut space, 0), Ok(4));
    });
    left.set_timeout(Some(Duration::from_millis(20)))?;
    let start = Instant::now();
    assert_eq!(left.recv(&Eager, &mut space, 0), Err(Error::TimedOut));
    assert!(start.elapsed() >= Duration::from_millis(20));
    Ok(())
}

#[test]
fn waiting_for_all_waits_for_all() -> Result<()> {
    let (left, right) = pair()?;
    let mut space = [0; 8];
    thread::scope(|scope| {
        scope.spawn(|| {
            for piece in [&b"1234"[..], b"5678"] {
                thread::sleep(Duration::from_millis(10));
                let _ = right.send(&Eager, piece, 0);
            }
        });
        assert_eq!(left.recv(&Eager, &mut space, libc::MSG_WAITALL), Ok(8));
    });
    assert_eq!(&space, b"12345678");
    Ok(())
}
