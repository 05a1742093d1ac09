//! UDP: datagrams one by one, and many in one call.
//!
//! ```console
//! $ cargo run --example datagrams
//! ```

use std::error::Error;
use std::time::Duration;

use ferrosock::socket::address::Address;
use ferrosock::socket::{Datagram, DatagramBatch, Socket, Uninterrupted};

fn main() -> Result<(), Box<dyn Error>> {
    let receiver = Socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    receiver.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
    // Datagrams may get lost, so whoever waits for one needs a limit.
    receiver.set_timeout(Some(Duration::from_secs(5)))?;
    let address = receiver.local_address()?;
    let sender = Socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)?;

    // One by one: a datagram arrives whole or not at all, and tells where it came from.
    sender.send_to(&Uninterrupted, b"hello", 0, &address)?;
    let mut room = [0; 1500];
    let (count, peer) = receiver.recv_from(&Uninterrupted, &mut room, 0)?;
    println!("{} from {:?}", String::from_utf8_lossy(&room[..count]), Address::from_raw(&peer, 0));

    // Many at once: the system is entered far less often.
    let texts: Vec<String> = (0..100).map(|number| format!("datagram {number:03}")).collect();
    let batch: Vec<_> =
        texts.iter().map(|text| Datagram { data: text.as_bytes(), address: Some(&address) }).collect();
    let sent = sender.send_batch(&Uninterrupted, &batch, 0)?;
    let mut received = 0;
    let mut room = DatagramBatch::new(64, 1500); // used again and again
    while received < sent {
        received += receiver.recv_batch(&Uninterrupted, &mut room, 0)?;
        if let Some(last) = room.iter().last() {
            println!("{} in a batch, the last {:?}", room.len(), String::from_utf8_lossy(last.data));
        }
    }
    Ok(())
}
