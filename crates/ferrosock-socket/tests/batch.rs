//! Many datagrams in one call, over loopback and pairs.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use ferrosock_socket::address::Address;
use ferrosock_socket::{Datagram, DatagramBatch, Error, RawAddress, Result, Socket, Uninterrupted};

const HOST: Uninterrupted = Uninterrupted;

fn udp() -> Result<(Socket, RawAddress)> {
    let socket = Socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    let any_port = Address::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).to_raw()?;
    socket.bind(&HOST, &any_port)?;
    let address = socket.local_address()?;
    Ok((socket, address))
}

/// A socket that gives up soon, so that a missing datagram fails the test.
fn impatient(socket: Socket) -> Result<Socket> {
    socket.set_timeout(Some(Duration::from_secs(5)))?;
    Ok(socket)
}

/// Receives until `count` datagrams have come.
fn collect(socket: &Socket, batch: &mut DatagramBatch, count: usize) -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    while all.len() < count {
        assert_eq!(socket.recv_batch(&HOST, batch, 0)?, batch.len());
        all.extend(batch.iter().map(|datagram| datagram.data.to_vec()));
    }
    Ok(all)
}

/// Datagrams of mixed sizes: runs of one size, shorter ends, empty ones, and one above the unit of most networks.
fn mixed() -> Vec<Vec<u8>> {
    let sizes = [500, 500, 500, 20, 500, 0, 0, 1, 1, 1, 1, 9000, 9000, 30_000, 30_000, 30_000, 7];
    sizes.iter().enumerate().map(|(index, &size)| vec![index as u8; size]).collect()
}

#[test]
fn what_is_sent_together_arrives_apart_and_in_order() -> Result<()> {
    for coalescing in [false, cfg!(target_os = "linux")] {
        let (sender, from) = udp()?;
        let (receiver, to) = udp()?;
        let receiver = impatient(receiver)?;
        if coalescing {
            receiver.set_coalescing(true)?;
        }
        let sent = mixed();
        let batch: Vec<_> = sent.iter().map(|data| Datagram { data, address: Some(&to) }).collect();
        assert_eq!(sender.send_batch(&HOST, &batch, 0)?, sent.len());
        let mut room = DatagramBatch::new(64, 65_535);
        assert_eq!(collect(&receiver, &mut room, sent.len())?, sent, "coalescing: {coalescing}");
        assert!(room.iter().all(|datagram| *datagram.address == from && !datagram.truncated));
        assert!(room.capacity() <= 4 << 20);
    }
    Ok(())
}

#[test]
fn a_plain_receive_gets_the_datagrams_of_a_batch_one_by_one() -> Result<()> {
    let (sender, _) = udp()?;
    let (receiver, to) = udp()?;
    let receiver = impatient(receiver)?;
    sender.connect(&HOST, &to)?;
    let batch = [Datagram { data: &[7; 100], address: None }; 150];
    assert_eq!(sender.send_batch(&HOST, &batch, 0)?, 150);
    for _ in 0..150 {
        assert_eq!(receiver.recv(&HOST, &mut [0; 200], 0)?, 100);
    }
    Ok(())
}

#[test]
fn datagrams_go_to_several_addresses() -> Result<()> {
    let (sender, _) = udp()?;
    let receivers = [udp()?, udp()?, udp()?];
    let batch: Vec<_> = (0..30)
        .map(|index: usize| Datagram {
            data: &b"0123456789"[index % 10..],
            address: Some(&receivers[index % 3].1),
        })
        .collect();
    assert_eq!(sender.send_batch(&HOST, &batch, 0)?, 30);
    for (place, (receiver, _)) in receivers.iter().enumerate() {
        receiver.set_timeout(Some(Duration::from_secs(5)))?;
        let expected: Vec<_> = batch.iter().skip(place).step_by(3).map(|datagram| datagram.data).collect();
        assert_eq!(collect(receiver, &mut DatagramBatch::new(64, 64), 10)?, expected);
    }
    Ok(())
}

#[test]
fn ipv6_has_batches_too() -> Result<()> {
    let receiver = Socket::open(libc::AF_INET6, libc::SOCK_DGRAM, 0)?;
    let any_port = Address::from(SocketAddr::from((Ipv6Addr::LOCALHOST, 0))).to_raw()?;
    if receiver.bind(&HOST, &any_port).is_err() {
        return Ok(()); // a machine without IPv6
    }
    let to = receiver.local_address()?;
    let sender = Socket::open(libc::AF_INET6, libc::SOCK_DGRAM, libc::IPPROTO_UDP)?;
    let batch = [Datagram { data: &[1; 1000], address: Some(&to) }; 64];
    assert_eq!(sender.send_batch(&HOST, &batch, 0)?, 64);
    assert_eq!(collect(&impatient(receiver)?, &mut DatagramBatch::new(10, 1000), 64)?.len(), 64);
    Ok(())
}

#[test]
fn what_is_too_long_is_cut_and_told() -> Result<()> {
    for coalescing in [false, cfg!(target_os = "linux")] {
        let (sender, _) = udp()?;
        let (receiver, to) = udp()?;
        if coalescing {
            receiver.set_coalescing(true)?;
        }
        let batch = [
            Datagram { data: b"too long", address: Some(&to) },
            Datagram { data: b"fits", address: Some(&to) },
        ];
        assert_eq!(sender.send_batch(&HOST, &batch, 0)?, 2);
        let receiver = impatient(receiver)?;
        let mut room = DatagramBatch::new(1, 4);
        let mut got = Vec::new();
        while got.len() < 2 {
            receiver.recv_batch(&HOST, &mut room, 0)?;
            got.extend(room.iter().map(|datagram| (datagram.data.to_vec(), datagram.truncated)));
        }
        assert_eq!(got, [(b"too ".to_vec(), true), (b"fits".to_vec(), false)]);
    }
    Ok(())
}

#[test]
fn a_receive_waits_for_the_first_and_for_no_more() -> Result<()> {
    let (left, right) = Socket::pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
    let mut room = DatagramBatch::new(8, 16);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(30));
            left.send(&HOST, b"late", 0)
        });
        assert_eq!(right.recv_batch(&HOST, &mut room, 0), Ok(1));
    });
    assert_eq!(room.iter().next().map(|datagram| datagram.data), Some(&b"late"[..]));

    let limit = Duration::from_millis(30);
    right.set_timeout(Some(limit))?;
    let start = Instant::now();
    assert_eq!(right.recv_batch(&HOST, &mut room, 0), Err(Error::TimedOut));
    assert!(start.elapsed() >= limit);
    assert!(room.is_empty(), "a failed receive leaves nothing of the last one");
    right.set_timeout(Some(Duration::ZERO))?;
    assert_eq!(right.recv_batch(&HOST, &mut room, 0), Err(Error::Os(libc::EAGAIN)));
    Ok(())
}

#[test]
fn a_full_peer_makes_a_partial_send() -> Result<()> {
    let (left, right) = Socket::pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
    let batch = vec![Datagram { data: &[0; 1024], address: None }; 100_000];
    left.set_timeout(Some(Duration::ZERO))?;
    let sent = left.send_batch(&HOST, &batch, 0)?;
    assert!(sent > 0 && sent < batch.len(), "{sent}");
    assert_eq!(left.send_batch(&HOST, &batch, 0), Err(Error::Os(libc::EAGAIN)));
    let limit = Duration::from_millis(30);
    left.set_timeout(Some(limit))?;
    let start = Instant::now();
    assert_eq!(left.send_batch(&HOST, &batch, 0), Err(Error::TimedOut));
    assert!(start.elapsed() >= limit);

    // A blocking socket sends all of it, as somebody receives.
    left.set_timeout(None)?;
    let total = sent + 3000;
    thread::scope(|scope| {
        let reader = scope.spawn(|| collect(&right, &mut DatagramBatch::new(100, 1024), total));
        assert_eq!(left.send_batch(&HOST, &batch[..3000], 0), Ok(3000));
        assert_eq!(reader.join().map(|got| got.map(|all| all.len())).ok(), Some(Ok(total)));
    });
    Ok(())
}

#[test]
fn a_refused_datagram_ends_the_batch_and_the_next_call_says_why() -> Result<()> {
    let (sender, _) = udp()?;
    let (_receiver, to) = udp()?;
    let too_long = vec![0; 70_000];
    let batch = [b"a".as_slice(), b"b", &too_long, b"c"].map(|data| Datagram { data, address: Some(&to) });
    assert_eq!(sender.send_batch(&HOST, &batch, 0)?, 2);
    assert_eq!(sender.send_batch(&HOST, &batch[2..], 0), Err(Error::Os(libc::EMSGSIZE)));
    assert_eq!(sender.send_batch(&HOST, &batch[3..], 0)?, 1);
    assert_eq!(sender.send_batch(&HOST, &[], 0)?, 0);
    Ok(())
}

#[test]
fn a_closed_socket_has_no_batches() -> Result<()> {
    let (socket, address) = udp()?;
    socket.close(&HOST)?;
    let datagram = Datagram { data: b"x", address: Some(&address) };
    assert_eq!(socket.send_batch(&HOST, &[datagram; 3], 0), Err(Error::Os(libc::EBADF)));
    assert_eq!(socket.recv_batch(&HOST, &mut DatagramBatch::new(1, 1), 0), Err(Error::Os(libc::EBADF)));
    assert_eq!(socket.set_coalescing(true).map_err(|error| error.os_code().is_some()), Err(true));
    Ok(())
}

#[test]
fn room_is_bounded_and_kept() -> Result<()> {
    let (left, right) = Socket::pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
    for _ in 0..100 {
        left.send(&HOST, b"x", libc::MSG_DONTWAIT).ok();
    }
    let mut room = DatagramBatch::new(usize::MAX, 1 << 20);
    assert_eq!(right.recv_batch(&HOST, &mut room, 0)?, 4, "as many as fit into 4 MiB");
    assert_eq!(room.capacity(), 4 << 20);
    room.reshape(2, 10);
    assert!(room.is_empty());
    assert_eq!(right.recv_batch(&HOST, &mut room, 0)?, 2);
    assert_eq!(room.capacity(), 4 << 20);
    Ok(())
}
