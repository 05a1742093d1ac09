//! Open files travel between processes through a Unix socket; here both ends are in one.
//!
//! ```console
//! $ cargo run --example pass_descriptors -- Cargo.toml
//! ```

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::AsFd;

use ferrosock::socket::{Socket, Uninterrupted};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "Cargo.toml".to_owned());
    // A server would bind a socket to a path and accept; a pair is connected from the start.
    let (giver, taker) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;

    let file = File::open(&path)?;
    giver.send_descriptors(&Uninterrupted, path.as_bytes(), &[file.as_fd()], 0)?;
    drop(file); // the taker gets a descriptor of its own

    let mut room = [0; 4096];
    let received = taker.recv_descriptors(&Uninterrupted, &mut room, 1, 0)?;
    let name = String::from_utf8_lossy(&room[..received.count]);
    for descriptor in received.descriptors {
        let lines = BufReader::new(File::from(descriptor)).lines().count();
        println!("{name}: {lines} lines");
    }
    Ok(())
}
