//! Requests and responses.

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferrosock::codec::multipart::Boundary;
use ferrosock::http::{Body, Client, CookieJar, Cookies, Error, Form, Part, Version};

use crate::server::{Server, answer, ok};

#[test]
fn a_request_says_what_it_should() {
    let server = Server::answering(|request| ok(request.line + "\n" + &request.head));
    let client = Client::builder().header("X-All", "1").header("X-Mine", "2").build().unwrap();
    let said = client.get(server.url("/a b?q#f")).header("x-mine", "3").send().unwrap().text().unwrap();
    let (port, version) = (server.port(), env!("CARGO_PKG_VERSION"));
    let expected = format!(
        "GET /a%20b?q HTTP/1.1\nHost: 127.0.0.1:{port}\nUser-Agent: ferrosock/{version}\nAccept: */*\nX-All: 1\nAccept-Encoding: zstd, br, gzip, deflate\nx-mine: 3\n"
    );
    assert_eq!(said, expected);
}

#[test]
fn fields_of_the_client_are_there_once() {
    let server = Server::answering(|request| ok(request.head));
    let jar = CookieJar::new();
    jar.store(&server.url("/").parse().unwrap(), b"from=jar");
    let client = Client::builder()
        .header("Host", "own.example")
        .header("Accept-Encoding", "gzip")
        .header("Cookie", "a=1")
        .header("Authorization", "Bearer x")
        .header("Expect", "100-continue")
        .cookies(jar);
    let request = client.build().unwrap().post(server.url("/").replace("//", "//user:pass@")).body("x");
    let said = request.expect_continue(Duration::from_millis(1)).send().unwrap().text().unwrap();
    for field in ["Host: own.example", "Accept-Encoding: gzip", "Cookie: a=1", "Authorization: Bearer x"] {
        let (name, _) = field.split_once(' ').unwrap();
        assert_eq!(said.lines().filter(|line| line.starts_with(name)).collect::<Vec<_>>(), [field]);
    }
    assert_eq!(said.matches("Expect").count(), 1);
}

#[test]
fn a_response_is_what_came() {
    let server = Server::saying(
        "HTTP/1.1 203 Maybe\r\nX: 1\r\nx: 2\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain; charset=latin-1\r\n\r\n\
         3;ext=1\r\nab\u{e9}\r\n0\r\nSum: 1\r\n\r\n"
            .chars()
            .map(|each| each as u8)
            .collect::<Vec<_>>(),
    );
    let mut response = Client::new().get(server.url("/")).send().unwrap();
    assert_eq!(
        (response.status(), response.reason(), response.version()),
        (203, &b"Maybe"[..], Version::Http11)
    );
    assert_eq!(response.headers().all(b"x").collect::<Vec<_>>(), [b"1", b"2"]);
    assert_eq!((response.content_length(), response.url().as_str()), (None, server.url("/").as_str()));
    assert!(response.trailers().is_empty());
    let mut bytes = Vec::new();
    response.read_to_end(&mut bytes).unwrap();
    assert_eq!((bytes.as_slice(), response.trailers().get(b"sum")), (&b"ab\xe9"[..], Some(&b"1"[..])));
    let again = Client::new().get(server.url("/")).send().unwrap();
    assert_eq!(again.text().unwrap(), "ab\u{e9}");
}

#[test]
fn bodies_of_all_kinds_arrive() {
    let server = Server::answering(|request| {
        let mut body = request.method().as_bytes().to_vec();
        body.extend_from_slice(format!(" {:?} ", request.header("Content-Length")).as_bytes());
        body.extend_from_slice(&request.body);
        ok(body)
    });
    let client = Client::new();
    let send = |body: Body| client.post(server.url("/")).body(body).send().unwrap().text().unwrap();
    assert_eq!(send(Body::empty()), "POST Some(\"0\") ");
    assert_eq!(send("text".into()), "POST Some(\"4\") text");
    assert_eq!(send(Body::from_owner(vec![b'x'; 3])), "POST Some(\"3\") xxx");
    assert_eq!(send(Body::from_reader(&b"known"[..], Some(5))), "POST Some(\"5\") known");
    assert_eq!(send(Body::from_reader(&b"chunks"[..], None)), "POST None chunks");
    assert_eq!(send(Body::from_seekable(std::io::Cursor::new("seek")).unwrap()), "POST Some(\"4\") seek");
    assert_eq!(client.get(server.url("/")).send().unwrap().text().unwrap(), "GET None ");
    assert_eq!(
        client.put(server.url("/")).form([("a", "b c")]).send().unwrap().text().unwrap(),
        "PUT Some(\"5\") a=b+c"
    );
    let large: Vec<u8> = (0..3_000_000_u32).map(|each| each as u8).collect();
    for body in [Body::from(large.clone()), Body::from_reader(std::io::Cursor::new(large.clone()), None)] {
        let echoed = client.post(server.url("/")).body(body).send().unwrap().bytes().unwrap();
        assert!(echoed.ends_with(&large));
    }
    assert_eq!((server.accepted(), client.stats().opened), (1, 1));
}

#[test]
fn a_body_has_the_length_that_it_says() {
    let server = Server::answering(|request| ok(request.body));
    let client = Client::new();
    for (length, text) in [(3, "long"), (5, "long")] {
        let body = Body::from_reader(text.as_bytes(), Some(length));
        let error = client.post(server.url("/")).body(body).send().unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{error}");
    }
    assert_eq!(client.stats().idle, 0);
}

#[test]
fn progress_is_told() {
    let server = Server::answering(|request| ok(request.body));
    let told = Arc::new(Mutex::new((Vec::new(), Vec::new())));
    let (up, down) = (Arc::clone(&told), Arc::clone(&told));
    let response = Client::new()
        .post(server.url("/"))
        .body(vec![b'x'; 200_000])
        .on_upload(move |done, total| up.lock().unwrap().0.push((done, total)))
        .on_download(move |done, total| down.lock().unwrap().1.push((done, total)))
        .send()
        .unwrap();
    assert_eq!(response.bytes().unwrap().len(), 200_000);
    let (up, down) = std::mem::take(&mut *told.lock().unwrap());
    for told in [up, down] {
        assert!(told.len() > 1 && told.windows(2).all(|pair| pair[0].0 < pair[1].0), "{told:?}");
        assert_eq!(told.last(), Some(&(200_000, Some(200_000))));
    }
}

#[test]
fn a_body_waits_for_the_word() {
    let server = Server::start(|number, mut peer| {
        let request = peer.head().unwrap();
        assert_eq!(request.header("Expect"), Some("100-continue"));
        match number {
            0 => {
                peer.say("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
            }
            1 => {}
            _ => {
                peer.say(answer(417, "", "no"));
                assert_eq!(peer.line(), None); // no body comes
                return;
            }
        }
        let body = peer.body(&request).unwrap();
        peer.say(ok(body));
        peer.end();
    });
    let client = Client::new();
    for (status, text) in [(200, "body"), (200, "body"), (417, "no")] {
        let request = client.put(server.url("/")).body("body").expect_continue(Duration::from_millis(50));
        let response = request.send().unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.text().unwrap(), text);
        client.close_idle();
    }
}

#[test]
fn an_early_refusal_ends_the_upload() {
    for close in [false, true] {
        let server = Server::start(move |_, mut peer| {
            peer.head().unwrap();
            peer.say(answer(413, "", "too much"));
            if !close {
                peer.end();
            }
        });
        let client = Client::new();
        let endless = Body::from_reader(std::io::repeat(b'x'), None);
        match client.post(server.url("/")).body(endless).send() {
            Ok(response) => assert_eq!(response.status(), 413),
            // What a server that closes has said may be lost with the reset.
            Err(error) => assert!(close && matches!(error, Error::Io { .. }), "{error}"),
        }
        assert_eq!(client.stats().idle, 0);
    }
}

#[test]
fn nothing_is_injected() {
    let client = Client::new();
    let server = Server::answering(|request| ok(request.head));
    let url = server.url("/");
    for bad in ["a\r\nX: y", "a\nX: y", "a\0b", "a\rb"] {
        let sent = [
            client.request(bad, &url).send(),
            client.get(format!("{url}{bad}")).send(),
            client.get(&url).header("X", bad).send(),
            client.get(&url).header(bad, "x").send(),
            client.get(format!("http://{bad}/")).send(),
            client.get(&url).bearer_auth(bad).send(),
        ];
        for result in sent {
            let error = result.map(|response| response.status()).unwrap_err();
            assert!(matches!(error, Error::InvalidRequest(_) | Error::InvalidUrl { .. }), "{error}");
        }
    }
    let response = client.get(&url).query([("a\r\nb", "c&d\0")]).send().unwrap();
    assert!(response.url().as_str().ends_with("/?a%0D%0Ab=c%26d%00"), "{response:?}");
    assert_eq!(client.stats().requests, 1);
}

#[test]
fn head_has_no_body() {
    let server = Server::answering(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_vec());
    let client = Client::new();
    for _ in 0..2 {
        let response = client.head(server.url("/")).send().unwrap();
        assert_eq!(response.header("content-length"), Some("1000"));
        assert_eq!(response.bytes().unwrap(), b"");
    }
    assert_eq!(server.accepted(), 1);
}

#[test]
fn a_form_arrives_with_its_files() {
    let server = Server::answering(|request| {
        assert_eq!(request.header("Content-Type"), Some("multipart/form-data; boundary=cut"));
        let length = request.header("Content-Length").map(|length| length.parse::<usize>().unwrap());
        assert_eq!(length.is_none(), request.header("Transfer-Encoding").is_some());
        ok(request.body)
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let file = std::fs::read_to_string(path).unwrap();
    let expected = format!(
        "--cut\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nann\r\n\
         --cut\r\nContent-Disposition: form-data; name=\"it\"; filename=\"Cargo.toml\"\r\nContent-Type: text/plain\r\n\r\n{file}\r\n"
    );
    let begin = || {
        let form = Form::with_boundary(Boundary::new("cut").unwrap());
        form.text("user", "ann").file("it", path, "text/plain")
    };
    let client = Client::new();
    let send = |form: Form| client.post(server.url("/")).multipart(form).send().unwrap().text().unwrap();
    assert_eq!(send(begin()), format!("{expected}--cut--\r\n"));
    let endless = Body::from_reader(&b"read"[..], None);
    let end = "--cut\r\nContent-Disposition: form-data; name=\"r\"\r\n\r\nread\r\n--cut--\r\n";
    assert_eq!(send(begin().part(Part::new("r"), endless)), format!("{expected}{end}"));
    for (form, body) in [
        (Form::new().file("a", "/does/not/exist", "b/c"), true),
        (Form::new().part(Part::new("a").with_field("b", "c\r\nd"), "".into()), false),
    ] {
        let error = client.post(server.url("/")).multipart(form).send().unwrap_err();
        assert_eq!(matches!(error, Error::Body(_)), body, "{error}");
        assert!(matches!(error, Error::Body(_) | Error::Form(_)), "{error}");
    }
}

#[test]
fn an_early_welcome_does_not_end_the_upload() {
    let server = Server::start(|_, mut peer| {
        while let Some(request) = peer.head() {
            peer.say("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            let size = format!("{}", peer.body(&request).unwrap().len());
            peer.say(format!("{:x}\r\n{size}\r\n0\r\n\r\n", size.len()));
        }
    });
    let client = Client::new();
    for length in [None, Some(2_000_000)] {
        // Slow enough for the answer to be there before the end.
        let slow = Slow(2_000_000);
        let body = Body::from_reader(slow, length);
        let response = client.post(server.url("/")).body(body).send().unwrap();
        assert_eq!((response.status(), response.text().unwrap().as_str()), (200, "2000000"));
    }
    assert_eq!(client.stats().reused, 1);
}

/// So many bytes, piece by piece.
struct Slow(usize);

impl Read for Slow {
    fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
        std::thread::sleep(Duration::from_millis(2));
        let count = space.len().min(self.0);
        self.0 -= count;
        Ok(count)
    }
}
