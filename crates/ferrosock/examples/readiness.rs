//! One thread, many connections: an echo server that waits for all of them at once.
//!
//! ```console
//! $ cargo run --example readiness -- 127.0.0.1:7777
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::io::Write;

use ferrosock::socket::address::Address;
use ferrosock::socket::connection::{ServerOptions, create_server};
use ferrosock::socket::readiness::{PollEntry, poll};
use ferrosock::socket::{Socket, Uninterrupted};

/// A connection, and what it could not be sent yet.
struct Client {
    socket: Socket,
    waiting: Vec<u8>,
}

/// Above this many bytes that a client has not taken, no more is read from it.
const ENOUGH: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address: Address = arguments.next().as_deref().unwrap_or("127.0.0.1:0").parse()?;
    let mut expected = arguments.next().map_or(Ok(usize::MAX), |count| count.parse())?;

    let server = create_server(&Uninterrupted, &address, &ServerOptions::default())?;
    // Nothing here may wait but poll.
    server.set_blocking(false)?;
    if let Some(address) = Address::from_raw(&server.local_address()?, 0) {
        println!("{address}");
        std::io::stdout().flush()?;
    }
    let mut clients: HashMap<i32, Client> = HashMap::new();
    while expected > 0 || !clients.is_empty() {
        let listening = if expected > 0 { server.fileno() } else { -1 }; // -1 is passed over
        let mut entries = vec![PollEntry::new(listening, libc::POLLIN)];
        entries.extend(clients.iter().map(|(&fd, client)| PollEntry::new(fd, interest(client))));
        poll(&Uninterrupted, &mut entries, None)?;

        if entries[0].ready() != 0 {
            if let Ok((socket, _peer)) = server.accept(&Uninterrupted) {
                socket.set_blocking(false)?;
                clients.insert(socket.fileno(), Client { socket, waiting: Vec::new() });
                expected -= 1;
            }
        }
        for entry in entries.iter().skip(1).filter(|entry| entry.ready() != 0) {
            let open = clients.get_mut(&entry.descriptor()).is_none_or(serve);
            if !open {
                clients.remove(&entry.descriptor()); // which closes it
            }
        }
    }
    Ok(())
}

/// What to wait for: room to send what waits, and more data unless too much waits already.
fn interest(client: &Client) -> i16 {
    let send = if client.waiting.is_empty() { 0 } else { libc::POLLOUT };
    let receive = if client.waiting.len() < ENOUGH { libc::POLLIN } else { 0 };
    send | receive
}

/// Receives and sends what can be without waiting; says whether the connection goes on.
fn serve(client: &mut Client) -> bool {
    if client.waiting.len() < ENOUGH {
        let mut room = [0; 4096];
        match client.socket.recv(&Uninterrupted, &mut room, 0) {
            Ok(0) => return false,
            Ok(count) => client.waiting.extend_from_slice(&room[..count]),
            Err(error) if error.os_code() == Some(libc::EAGAIN) => {}
            Err(_) => return false,
        }
    }
    if client.waiting.is_empty() {
        return true;
    }
    match client.socket.send(&Uninterrupted, &client.waiting, 0) {
        // As much as went; the rest waits.
        Ok(count) => {
            client.waiting.drain(..count);
            true
        }
        Err(error) => error.os_code() == Some(libc::EAGAIN),
    }
}
