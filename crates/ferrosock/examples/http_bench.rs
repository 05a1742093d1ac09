//! What a GET on a kept connection costs, beside a bare send and receive of the same bytes.
//!
//! ```console
//! $ taskset -c 0 cargo run --release --example http_bench                         # against a server of its own
//! $ cargo run --release --example http_bench -- 20000 http://127.0.0.1:8080/    # against another
//! ```
//!
//! The time is that of the processor, of the client's threads only, as Linux counts it (`/proc/thread-self/schedstat`).

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use ferrosock::http::{Client, Timeouts, Url};

/// In how many rounds each is done, of which the best counts.
const ROUNDS: usize = 5;
const THREADS: u32 = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u32 = arguments.next().map_or(Ok(20_000), |count| count.parse())?;
    let url: Url = match arguments.next() {
        Some(url) => url.parse()?,
        None => serve()?.parse()?,
    };
    let client = Client::new();
    let bytes = client.get(&url).send()?.bytes()?;
    println!("{} bytes of content from {url}, us of the processor's time each:", bytes.len());
    println!("{:>24} {:>8.2}", "bare send and receive", best(|| bare(&url, count))?);
    println!("{:>24} {:>8.2}", "Client", best(|| gets(&client, &url, count))?);
    let total = Timeouts { total: Some(Duration::from_secs(60)), ..Timeouts::default() };
    let limited = Client::builder().timeouts(total).build()?;
    println!("{:>24} {:>8.2}", "with a total limit", best(|| gets(&limited, &url, count))?);
    let unlimited = Client::builder().timeouts(Timeouts::none()).build()?;
    println!("{:>24} {:>8.2}", "without limits", best(|| gets(&unlimited, &url, count))?);

    let begun = Instant::now();
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (client, url) = (client.clone(), url.clone());
            thread::spawn(move || gets(&client, &url, count).map_err(|error| error.to_string()))
        })
        .collect();
    let mut sum = 0.0;
    for thread in threads {
        sum += thread.join().map_err(|_| "a thread panicked")??;
    }
    let rate = f64::from(THREADS) * f64::from(count) / begun.elapsed().as_secs_f64();
    println!("{:>24} {:>8.2} ({rate:.0} a second)", "by 8 threads", sum / f64::from(THREADS));
    println!("{:?}", client.stats());
    Ok(())
}

fn best(mut round: impl FnMut() -> Result<f64, Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        best = best.min(round()?);
    }
    Ok(best)
}

/// Gets the URL `count` times; gives the microseconds that each took.
fn gets(client: &Client, url: &Url, count: u32) -> Result<f64, Box<dyn Error>> {
    let before = processor_time()?;
    for _ in 0..count {
        client.get(url).send()?.bytes()?;
    }
    Ok((processor_time()? - before) / f64::from(count))
}

/// The same without a client.
fn bare(url: &Url, count: u32) -> Result<f64, Box<dyn Error>> {
    let mut stream = TcpStream::connect((url.host(), url.port()))?;
    stream.set_nodelay(true)?;
    let request =
        format!("GET {} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\n\r\n", url.target(), url.authority());
    let mut space = vec![0; 16 * 1024];
    let before = processor_time()?;
    for _ in 0..count {
        stream.write_all(request.as_bytes())?;
        if stream.read(&mut space)? == 0 {
            return Err("the server closed the connection".into());
        }
    }
    Ok((processor_time()? - before) / f64::from(count))
}

/// The microseconds that this thread has run.
fn processor_time() -> Result<f64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1000.0)
}

/// Starts a server that answers everything with 136 bytes, and gives its URL.
fn serve() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    let response = format!(
        "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Thu, 26 Nov 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\n\
         Content-Length: 136\r\nConnection: keep-alive\r\nETag: \"65630e7e-88\"\r\nAccept-Ranges: bytes\r\n\r\n{}",
        "x".repeat(136)
    );
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(mut stream), response) = (stream, response.clone()) else { return };
            thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                let mut space = [0; 4096];
                while stream.read(&mut space).is_ok_and(|count| count > 0) {
                    if stream.write_all(response.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok(url)
}
