//! A TCP server that sends back what it receives, one client a thread.
//!
//! ```console
//! $ cargo run --example echo_server -- 127.0.0.1:7777
//! ```

use std::error::Error;
use std::io::Write;
use std::thread;
use std::time::Duration;

use ferrosock::socket::address::Address;
use ferrosock::socket::connection::{ServerOptions, create_server};
use ferrosock::socket::{Result, Socket, Uninterrupted};

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address: Address = arguments.next().as_deref().unwrap_or("127.0.0.1:0").parse()?;
    // How many clients to serve; without it the server goes on for ever.
    let clients = arguments.next().map_or(Ok(usize::MAX), |count| count.parse())?;

    let server = create_server(&Uninterrupted, &address, &ServerOptions::default())?;
    if let Some(address) = Address::from_raw(&server.local_address()?, 0) {
        println!("{address}");
        std::io::stdout().flush()?;
    }
    let mut threads = Vec::new();
    for _ in 0..clients {
        // The listening socket makes connections; each is a socket of its own.
        let (connection, _peer) = server.accept(&Uninterrupted)?;
        threads.push(thread::spawn(move || echo(&connection)));
    }
    for thread in threads {
        thread.join().map_err(|_| "a thread panicked")??;
    }
    Ok(())
}

fn echo(connection: &Socket) -> Result<()> {
    // A client that falls silent must not hold the thread for ever.
    connection.set_timeout(Some(Duration::from_secs(60)))?;
    let mut room = [0; 4096];
    loop {
        match connection.recv(&Uninterrupted, &mut room, 0)? {
            0 => return Ok(()), // the client has closed its side
            count => connection.send_all(&Uninterrupted, &room[..count], 0)?,
        }
    }
}
