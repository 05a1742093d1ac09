//! A TCP client: connects by name, sends a line, prints what comes back.
//!
//! ```console
//! $ cargo run --example echo_client -- localhost 7777 "Hello, world"
//! ```

use std::error::Error;
use std::time::Duration;

use ferrosock::socket::Uninterrupted;
use ferrosock::socket::connection::{ConnectionOptions, create_connection};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(host), Some(port)) = (arguments.next(), arguments.next()) else {
        return Err("usage: echo_client HOST PORT [TEXT]".into());
    };
    let text = arguments.next().unwrap_or_else(|| "Hello, world".to_owned());

    // The name may have several addresses, of IPv4 and IPv6: the first that answers is taken.
    let options = ConnectionOptions { timeout: Some(Duration::from_secs(10)), ..Default::default() };
    let socket = create_connection(&Uninterrupted, &host, port.parse()?, &options)?;
    socket.send_all(&Uninterrupted, text.as_bytes(), 0)?;
    // We say no more: the server sees the end of the stream, and closes in its turn.
    socket.shutdown(&Uninterrupted, libc::SHUT_WR)?;

    // A stream has no bounds between messages: what was sent in one piece may come in several.
    let (mut answer, mut room) = (Vec::new(), [0; 4096]);
    loop {
        match socket.recv(&Uninterrupted, &mut room, 0)? {
            0 => break,
            count => answer.extend_from_slice(&room[..count]),
        }
    }
    println!("{}", String::from_utf8_lossy(&answer));
    Ok(())
}
