//! Signals that come while a request waits. A program of its own: they would disturb other tests.
#![cfg(target_os = "linux")]

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use ferrosock::http::{Client, Error, Limit};

#[test]
fn signals_do_not_lengthen_a_wait() -> Result<(), Box<dyn std::error::Error>> {
    // It takes connections, and never says anything.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", silent.local_addr()?);
    // A process that is stopped and goes on has its waits interrupted.
    let script = "for _ in $(seq 40); do sleep 0.03; kill -STOP $0; kill -CONT $0; done";
    let mut signals = Command::new("sh").args(["-c", script, &std::process::id().to_string()]).spawn()?;
    let begun = Instant::now();
    let result = Client::new().get(&url).timeout(Duration::from_millis(300)).send();
    let took = begun.elapsed().as_millis();
    signals.wait()?;
    assert!(matches!(&result, Err(Error::TimedOut { limit: (Limit::Total, _), .. })), "{result:?}");
    assert!((300..1400).contains(&took), "{took} ms");
    Ok(())
}
