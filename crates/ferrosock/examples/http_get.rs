//! Gets a resource by HTTP and writes it to a file or to standard output, with its progress on standard error.
//!
//! ```console
//! $ cargo run --example http_get -- http://example.org/ page.html
//! ```
//!
//! Built with `--features tls` it speaks HTTPS too.

use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use ferrosock::http::{Client, Proxies, Retries};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let Some(url) = arguments.next() else {
        return Err("usage: http_get URL [FILE]".into());
    };
    // A client keeps connections: a program makes one and uses it everywhere.
    let client = Client::builder()
        .timeout(Duration::from_secs(300))
        .retries(Retries::up_to(2))
        .proxies(Proxies::from_environment()?)
        .build()?;

    let request = client.get(url).on_download(|done, total| match total {
        Some(total) => eprint!("\r{done} of {total} bytes"),
        None => eprint!("\r{done} bytes"),
    });
    let mut response = request.send()?.error_for_status()?;
    // The content comes as it is copied, decoded if the server has compressed it.
    let mut out: Box<dyn Write> = match arguments.next() {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout()),
    };
    let count = io::copy(&mut response, &mut out)?;
    eprintln!("\n{} {} bytes from {}", response.status(), count, response.url());
    Ok(())
}
