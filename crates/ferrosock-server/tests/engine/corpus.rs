//! What clients send, by the section of RFC 9112 that allows or forbids it, over the wire.

use ferrosock_server::{Request, RequestBody, Response};

use crate::client::{quick, serve_with};

#[allow(dead_code, reason = "the machine's test wants more of it")]
#[path = "../../../ferrosock-proto/tests/corpus/mod.rs"]
mod cases;

/// Statuses and bodies of the answers, and whether the last one says that the connection ends.
fn answers(mut said: &[u8], place: &str) -> (Vec<u16>, Vec<Vec<u8>>, bool) {
    let (mut statuses, mut bodies, mut ends) = (Vec::new(), Vec::new(), false);
    while !said.is_empty() {
        let end = said.windows(4).position(|window| window == b"\r\n\r\n").expect(place) + 4;
        let head = std::str::from_utf8(&said[..end]).expect(place);
        let status: u16 = head[9..12].parse().expect(place);
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect(place);
        let length: usize = length.parse().expect(place);
        ends = head.contains("\r\nConnection: close\r\n");
        if status < 400 {
            bodies.push(said[end..end + length].to_vec());
        }
        statuses.push(status);
        said = &said[end + length..];
    }
    (statuses, bodies, ends)
}

#[test]
fn each_connection_is_answered_as_its_section_says() {
    let builder = ferrosock_server::Server::builder().timeouts(quick());
    let served = serve_with(builder, |request: Request| match request.body {
        RequestBody::Whole(bytes) => Response::new(200).with_body(bytes),
        _ => Response::new(200),
    });
    let mut wrong = Vec::new();
    for case in cases::cases() {
        let mut client = served.connect();
        let mut writer = client.0.try_clone().unwrap();
        let message = case.message.clone();
        // A long message may be refused before it is sent.
        let sender = std::thread::spawn(move || {
            use std::io::Write;
            let _ = writer.write_all(&message);
            let _ = writer.shutdown(std::net::Shutdown::Write);
        });
        let place = case.place();
        let (statuses, bodies, ends) = answers(&client.rest(), &place);
        sender.join().unwrap();
        if statuses != case.statuses || bodies != case.bodies || case.ends && !ends {
            wrong.push(format!("{place}: {statuses:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(served.errors(), [""; 0]);
    assert_eq!(served.connect().get("/").status, 200);
}
