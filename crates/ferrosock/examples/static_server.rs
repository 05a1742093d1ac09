//! Serves the files of a folder.
//!
//! ```console
//! $ cargo run --release --example static_server -- . 127.0.0.1:8080
//! $ curl -r 0-99 http://127.0.0.1:8080/Cargo.toml
//! ```
//!
//! With a third argument it stops after so many requests.

use std::error::Error;
use std::thread;
use std::time::Duration;

use ferrosock::server::{Files, Server};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned()).parse()?;
    let most: u64 = arguments.next().map_or(Ok(u64::MAX), |most| most.parse())?;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let files = Files::new(folder)?.precompressed(true);
    let server = Server::builder().tcp(address).threads(threads).start(files)?;
    println!("http://{}", server.addresses()[0]);
    while server.stats().requests < most {
        thread::sleep(Duration::from_millis(50));
    }
    server.stop(Duration::from_secs(5));
    server.join()?;
    Ok(())
}
