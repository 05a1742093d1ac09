//! A client in a process that forks. A program of its own: a child has but the thread that made it.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use ferrosock::http::Client;

#[test]
fn a_child_makes_connections_of_its_own() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            thread::spawn(move || {
                // Each connection says which one it is.
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}");
                while stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    let client = Client::new();
    let get = || client.get(&url).send().and_then(ferrosock::http::Response::text);
    assert_eq!(get()?, "0");
    let inherited = client.get(&url).send()?;

    // SAFETY: the child only uses the client, whose locks nobody else has, and ends without running anything of the parent's.
    let child = unsafe { libc::fork() };
    if child == 0 {
        inherited.close();
        let own = get().is_ok_and(|text| text == "1") && get().is_ok_and(|text| text == "1");
        // SAFETY: ends the process, and does nothing else.
        unsafe { libc::_exit(if own { 0 } else { 1 }) };
    }
    assert!(child > 0);
    let mut status = 0;
    // SAFETY: the status is written to memory that lives on.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!((libc::WIFEXITED(status), libc::WEXITSTATUS(status)), (true, 0));
    inherited.close();
    assert_eq!(get()?, "0"); // which the child has left as it was
    Ok(())
}
