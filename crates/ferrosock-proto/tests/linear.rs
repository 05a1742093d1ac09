//! What a peer sends may cost work in proportion to its length, and not to the square of that.

use std::time::Instant;

use ferrosock_proto::http::Forwarded;
use ferrosock_proto::http1::RequestHead;
use ferrosock_proto::websocket::ServerHandshake;

#[test]
fn names_of_forwarded() {
    let pairs: Vec<String> = (0..50_000).map(|number| format!("x{number:x}=1")).collect();
    let begun = Instant::now();
    assert_eq!(Forwarded::parse_all(pairs.join(";").as_bytes()).map(|all| all.len()), Some(1));
    assert!(begun.elapsed().as_secs() < 3, "{:?}", begun.elapsed());
}

#[test]
fn subprotocols() {
    let names: Vec<String> = (0..50_000).map(|number| format!("{number:x}")).collect();
    let names_joined = names.join(",");
    let mut head = RequestHead::new("GET", "/");
    for (name, value) in [
        ("Host", "a"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Protocol", &names_joined),
    ] {
        head.fields.append(name.as_bytes(), value.as_bytes()).unwrap();
    }
    let begun = Instant::now();
    assert_eq!(ServerHandshake::read(&head).unwrap().subprotocols(), names);
    assert!(begun.elapsed().as_secs() < 3, "{:?}", begun.elapsed());
}
