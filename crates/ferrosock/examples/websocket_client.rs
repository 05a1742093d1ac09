//! Sends lines over a WebSocket and prints what comes back for each.
//!
//! ```console
//! $ cargo run --release --example websocket_client -- ws://127.0.0.1:8080/ hello again
//! ```

use std::error::Error;
use std::time::Duration;

use ferrosock::websocket::{DeflateOptions, Message, Options};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("usage: websocket_client URL LINE...")?;
    let mut socket = Options::new().deflate(DeflateOptions::default()).connect(&url)?;
    for line in arguments {
        socket.send(line)?;
        match socket.receive_within(Duration::from_secs(10))? {
            Some(Message::Text(text)) => println!("{text}"),
            Some(Message::Binary(bytes)) => println!("{} bytes", bytes.len()),
            None => break,
        }
    }
    let farewell = socket.close(1000, "done")?;
    println!("closed: {farewell}");
    Ok(())
}
