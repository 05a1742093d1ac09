//! A server without descriptors. It is a program of its own, for the limit is one of the whole process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferrosock_server::{Request, Response, Server};

fn ask(client: &mut TcpStream) {
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
}

fn answer(client: &mut TcpStream) -> std::io::Result<String> {
    let mut room = [0; 1024];
    let count = client.read(&mut room)?;
    Ok(String::from_utf8_lossy(&room[..count]).into_owned())
}

#[test]
fn without_descriptors_accepting_pauses_and_goes_on_later() {
    let pid = std::process::id().to_string();
    match Command::new("prlimit").args(["--pid", &pid, "--nofile=128:128"]).status() {
        Ok(status) if status.success() => {}
        other => return eprintln!("the limit cannot be set here: {other:?}"),
    }
    let errors = Arc::new(Mutex::new(Vec::new()));
    let log = errors.clone();
    let server = Server::builder()
        .tcp("127.0.0.1:0".parse().unwrap())
        .error_log(move |line| log.lock().unwrap().push(line.to_owned()))
        .start(|_: Request| Response::text("hello"))
        .unwrap();
    let address = server.addresses()[0].to_string();
    let mut before = TcpStream::connect(&address).unwrap();
    ask(&mut before);
    assert!(answer(&mut before).unwrap().ends_with("hello"));

    // All descriptors but one, which the client takes: for its other end there is none.
    let mut taken: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    taken.pop();
    let mut late = TcpStream::connect(&address).unwrap();
    late.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    ask(&mut late);
    assert!(answer(&mut late).is_err());
    ask(&mut before);
    assert!(answer(&mut before).unwrap().ends_with("hello"));
    assert_eq!((server.stats().accepted, server.stats().open), (1, 1));

    drop(taken);
    late.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert!(answer(&mut late).unwrap().ends_with("hello"));
    let errors = errors.lock().unwrap().clone();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("cannot accept connections: "), "{errors:?}");
}
