//! Content in codings.

use ferrosock::http::{Client, DecodeLimits, Error};

use crate::server::{Server, answer, ok};

const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0";
const ZSTD_ZEROS: &[u8] = b"\x28\xb5\x2f\xfd\x60\xff\x0f\xfb\x87\0\0"; // 4351 of them

#[test]
fn content_is_decoded_as_it_comes() {
    let server = Server::answering(|request| {
        let accepted = request.header("Accept-Encoding").unwrap_or_default().to_owned();
        match request.path() {
            "/gzip" => answer(200, "Content-Encoding: gzip\r\n", GZIP),
            "/twice" => answer(200, "Content-Encoding: identity, GZIP\r\n", GZIP),
            "/unknown" => answer(200, "Content-Encoding: rot13\r\n", "uryyb"),
            "/empty" => answer(200, "Content-Encoding: gzip\r\n", ""),
            "/part" => answer(206, "Content-Encoding: gzip\r\n", &GZIP[5..]),
            "/chunked" => {
                let mut bytes =
                    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
                        .to_vec();
                for byte in GZIP {
                    bytes.extend_from_slice(b"1\r\n");
                    bytes.extend_from_slice(&[*byte, b'\r', b'\n']);
                }
                bytes.extend_from_slice(b"0\r\n\r\n");
                bytes
            }
            _ => ok(accepted),
        }
    });
    let client = Client::new();
    let get = |path: &str| client.get(server.url(path)).send().unwrap();
    let accepted = get("/").text().unwrap();
    assert!(["gzip", "deflate", "br", "zstd"].iter().all(|coding| accepted.contains(coding)), "{accepted}");
    for path in ["/gzip", "/twice", "/chunked"] {
        let response = get(path);
        assert!(response.is_decoded());
        assert_eq!(response.text().unwrap(), "hello", "{path}");
    }
    assert_eq!(get("/empty").text().unwrap(), "");
    assert_eq!(get("/unknown").text().unwrap(), "uryyb");
    assert_eq!(get("/part").bytes().unwrap(), &GZIP[5..]);
    assert_eq!(server.accepted(), 1);
    let plain = client.get(server.url("/gzip")).decoding(None).send().unwrap();
    assert_eq!(plain.bytes().unwrap(), GZIP);
    for request in
        [client.get(server.url("/")).decoding(None), client.get(server.url("/")).header("Range", "bytes=0-")]
    {
        assert_eq!(request.send().unwrap().text().unwrap(), "");
    }
}

#[test]
fn a_bomb_does_not_go_off() {
    let server = Server::answering(|_| answer(200, "Content-Encoding: zstd\r\n", ZSTD_ZEROS));
    let client = Client::new();
    assert_eq!(client.get(server.url("/")).send().unwrap().bytes().unwrap().len(), 4351);
    for limits in [
        DecodeLimits { output: 4000, ..DecodeLimits::default() },
        DecodeLimits { ratio: 10, free: 100, ..DecodeLimits::default() },
    ] {
        let error = client.get(server.url("/")).decoding(Some(limits)).send().unwrap().bytes().unwrap_err();
        assert!(matches!(&error, Error::Decoding(error) if error.is_limit()), "{error}");
    }
    let error = client.get(server.url("/")).send().unwrap().bytes_up_to(4000).unwrap_err();
    assert!(matches!(error, Error::TooLong { limit: 4000 }), "{error}");
}

#[test]
fn what_is_not_in_the_coding_is_an_error() {
    for body in [&GZIP[..20], b"not gzip at all", &GZIP[..1]] {
        let server = Server::answering(move |_| answer(200, "Content-Encoding: gzip\r\n", body));
        let error = Client::new().get(server.url("/")).send().unwrap().bytes().unwrap_err();
        assert!(matches!(error, Error::Decoding(_)), "{error}");
    }
    // One that the connection cut is incomplete.
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", GZIP.len());
    let server = Server::saying([head.as_bytes(), &GZIP[..15]].concat());
    let error = Client::new().get(server.url("/")).send().unwrap().bytes().unwrap_err();
    let Error::Incomplete(incomplete) = error else { panic!("{error}") };
    assert_eq!((incomplete.received, incomplete.missing), (15, Some(GZIP.len() as u64 - 15)));
}
