//! A server of WebSocket that sends each message back, compressed if the client can.
//!
//! ```console
//! $ cargo run --release --example websocket_echo -- 127.0.0.1:8080
//! $ cargo run --release --example websocket_client -- ws://127.0.0.1:8080/ hello
//! ```
//!
//! With a second argument it stops when so many clients have come and all have gone (0: never); with a third, `plain`, it does not
//! compress.

use std::error::Error;
use std::sync::mpsc;
use std::time::Duration;

use ferrosock::server::{Limits, Request, Server};
use ferrosock::websocket::server::{self, Message, Options, Socket};
use ferrosock::websocket::{DeflateOptions, Limits as MessageLimits};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned()).parse()?;
    let most: usize = arguments.next().map_or(Ok(0), |most| most.parse())?;
    // Short messages too, so that a test of compression sees it in each.
    let compressed = DeflateOptions { threshold: 0, ..DeflateOptions::default() };
    let deflate = if arguments.next().is_some() { None } else { Some(compressed) };
    let options = Options {
        limits: MessageLimits { frame: 64 << 20, message: 64 << 20 },
        deflate,
        ..Options::default()
    };
    let limits = Limits { connections: 100_000, pending: 1 << 20, ..Limits::default() };
    let (tell, told) = mpsc::channel();
    let server = Server::builder().tcp(address).limits(limits).start(move |request: Request| {
        // Who listens has stopped counting at the end.
        let _ = tell.send(());
        server::accept(&request, &options, |socket: &mut Socket<'_>, message: Message| {
            // It fails where the connection is closing.
            let _ = socket.send(message);
        })
    })?;
    println!("ws://{}", server.addresses()[0]);
    let most = if most == 0 { usize::MAX } else { most };
    told.iter().take(most).for_each(drop);
    while server.stats().open > 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    server.stop(Duration::from_secs(5));
    server.join()?;
    Ok(())
}
