//! Runs every example, as a user would.

use std::io::{BufRead, BufReader, Error, Read, Result, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

/// The program of an example; cargo builds them beside the tests.
fn example(name: &str) -> Result<PathBuf> {
    let mut path = std::env::current_exe()?;
    path.pop();
    path.pop();
    Ok(path.join("examples").join(name))
}

/// What an example prints, having succeeded.
fn output(name: &str, arguments: &[&str]) -> Result<String> {
    let done = Command::new(example(name)?).args(arguments).output()?;
    assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).map_err(Error::other)
}

/// Starts a server that serves `clients` clients; gives it and its port.
fn server(name: &str, clients: usize) -> Result<(Child, String)> {
    let mut child = Command::new(example(name)?)
        .args(["127.0.0.1:0", &clients.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    if let Some(printed) = child.stdout.take() {
        BufReader::new(printed).read_line(&mut line)?;
    }
    let port = line.trim().rsplit(':').next().unwrap_or_default().to_owned();
    assert!(!port.is_empty(), "{name} prints its address, not {line:?}");
    Ok((child, port))
}

#[test]
fn every_example_is_run_here() -> Result<()> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.push(entry?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    let run = [
        "datagrams",
        "echo_client",
        "echo_server",
        "encode",
        "http_bench",
        "http_get",
        "http_server",
        "lookup",
        "pass_descriptors",
        "readiness",
        "server_bench",
        "static_server",
        "websocket_bench",
        "websocket_client",
        "websocket_echo",
    ];
    assert_eq!(names.into_iter().flatten().collect::<Vec<_>>(), run);
    Ok(())
}

#[test]
fn the_echo_servers_answer_the_client() -> Result<()> {
    for name in ["echo_server", "readiness"] {
        let (mut child, port) = server(name, 2)?;
        let long = "0123456789".repeat(10_000);
        for text in ["Hello", &long] {
            assert_eq!(output("echo_client", &["localhost", &port, text])?.trim_end(), text);
        }
        assert!(child.wait()?.success(), "{name} ends after its two clients");
    }
    Ok(())
}

#[test]
fn websockets_echo() -> Result<()> {
    let (mut child, port) = server("websocket_echo", 1)?;
    let long = "0123456789".repeat(10_000);
    let printed = output("websocket_client", &[&format!("ws://localhost:{port}/"), "Hello", &long])?;
    assert_eq!(printed, format!("Hello\n{long}\nclosed: 1000 (done)\n"));
    assert!(child.wait()?.success(), "it ends after its client");
    let printed = output("websocket_bench", &["80", "4"])?;
    assert_eq!(printed.matches("times the floor").count(), 4, "{printed}");
    let idle = output("websocket_bench", &["idle", "50"])?;
    assert!(idle.starts_with("50 idle WebSockets: "), "{idle}");
    Ok(())
}

#[test]
fn datagrams_arrive() -> Result<()> {
    let printed = output("datagrams", &[])?;
    assert!(printed.starts_with("hello from "), "{printed}");
    assert!(printed.trim_end().ends_with("\"datagram 099\""), "{printed}");
    Ok(())
}

#[test]
fn a_passed_file_can_be_read() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let lines = std::fs::read_to_string(path)?.lines().count();
    assert_eq!(output("pass_descriptors", &[path])?.trim_end(), format!("{path}: {lines} lines"));
    Ok(())
}

#[test]
fn names_are_looked_up() -> Result<()> {
    assert_eq!(output("lookup", &["127.0.0.1", "80"])?.trim_end(), "127.0.0.1:80 (host 127.0.0.1)");
    Ok(())
}

#[test]
fn texts_are_encoded_and_decoded() -> Result<()> {
    let text = "light work, à la carte?";
    let printed = output("encode", &[text])?;
    let mut encodings = Vec::new();
    for line in printed.lines() {
        let (encoding, encoded) = line.split_once(' ').unwrap_or_default();
        encodings.push(encoding);
        if encoding != "crc32" {
            assert_eq!(output("encode", &["--decode", encoding, encoded.trim_start()])?, text);
        }
    }
    assert_eq!(encodings, ["hex", "base32", "base64", "base85", "url", "crc32"]);
    Ok(())
}

/// Answers the first request of each of `count` clients with some text; gives the URL.
fn page(text: &'static str, count: usize) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().take(count) {
            let (Ok(mut stream), mut space) = (stream, [0; 4096]) else { return };
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
            // A client that has gone shows in what it prints.
            let _ = stream.read(&mut space).and_then(|_| stream.write_all((head + text).as_bytes()));
        }
    });
    Ok(url)
}

#[test]
fn a_page_is_got() -> Result<()> {
    let url = page("what the page says", 2)?;
    assert_eq!(output("http_get", &[&url])?, "what the page says");
    let path = std::env::temp_dir().join(format!("ferrosock-http-get-{}", std::process::id()));
    assert_eq!(output("http_get", &[&url, &path.to_string_lossy()])?, "");
    assert_eq!(std::fs::read_to_string(&path)?, "what the page says");
    std::fs::remove_file(path)
}

#[test]
#[cfg(target_os = "linux")]
fn gets_are_measured() -> Result<()> {
    let printed = output("http_bench", &["100"])?;
    assert!(printed.contains("bare send and receive") && printed.contains("by 8 threads"), "{printed}");
    Ok(())
}

/// Starts a server of HTTP; gives it and its URL.
#[cfg(target_os = "linux")]
fn http_server(name: &str, arguments: &[&str]) -> Result<(Child, String)> {
    let mut child = Command::new(example(name)?).args(arguments).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    if let Some(printed) = child.stdout.take() {
        BufReader::new(printed).read_line(&mut line)?;
    }
    Ok((child, line.trim().to_owned()))
}

#[test]
#[cfg(target_os = "linux")]
fn the_engine_says_hello() -> Result<()> {
    let (mut child, url) = http_server("http_server", &["127.0.0.1:0", "3"])?;
    for (path, expected) in [("/", "hello\n"), ("/later", "hello, a bit later\n")] {
        assert_eq!(output("http_get", &[&format!("{url}{path}")])?, expected);
    }
    let count = output("http_get", &[&format!("{url}/count")])?;
    assert_eq!(count.lines().last(), Some("1000"));
    assert!(child.wait()?.success());
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_is_served() -> Result<()> {
    let folder = env!("CARGO_MANIFEST_DIR");
    let (mut child, url) = http_server("static_server", &[folder, "127.0.0.1:0", "1"])?;
    let expected = std::fs::read_to_string(format!("{folder}/Cargo.toml"))?;
    assert_eq!(output("http_get", &[&format!("{url}/Cargo.toml")])?, expected);
    assert!(child.wait()?.success());
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn the_engine_is_measured() -> Result<()> {
    let printed = output("server_bench", &["320", "4"])?;
    assert!(printed.contains("bare epoll") && printed.contains("Files"), "{printed}");
    let idle = output("server_bench", &["idle", "100"])?;
    assert!(idle.contains("100 idle connections"), "{idle}");
    Ok(())
}
