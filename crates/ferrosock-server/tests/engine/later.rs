//! Answers from other threads, and bodies that are read there.

use std::io::Read;
use std::time::Duration;

use ferrosock_proto::http1::RequestHead;
use ferrosock_server::{BodyReader, Handler, Intake, Reply, Request, RequestBody, Response, Server};

use crate::client::{Client, eventually, quick, serve, serve_with};

#[test]
fn answers_from_other_threads_keep_their_order() {
    let served = serve(|request: Request| {
        let (responder, later) = request.defer();
        std::thread::spawn(move || {
            let number: u64 = String::from_utf8_lossy(&request.path()[1..]).parse().unwrap();
            std::thread::sleep(Duration::from_millis(10 * (5 - number)));
            responder.send(Response::text(number.to_string()));
        });
        later
    });
    let mut client = served.connect();
    for number in 0..5 {
        client.send(format!("GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    for number in 0..5 {
        assert_eq!(client.answer().unwrap().text(), number.to_string());
    }
}

#[test]
fn who_forgets_to_answer_is_found_out() {
    let served = serve(|request: Request| match request.path() {
        b"/drop" => request.defer().1,
        b"/cut" => {
            let (responder, later) = request.defer();
            let mut writer = responder.start(Response::new(200));
            writer.write(b"half".to_vec()).unwrap();
            later
        }
        b"/both" => {
            let (responder, _) = request.defer();
            std::thread::spawn(move || responder.send(Response::text("too late")));
            Response::text("at once").into()
        }
        _ => Reply::from(Response::text("hello")),
    });
    let mut client = served.connect();
    assert_eq!(client.get("/drop").status, 500);
    assert_eq!(client.get("/").text(), "hello");
    for _ in 0..50 {
        assert_eq!(client.get("/both").text(), "at once");
    }
    client.send("GET /cut HTTP/1.1\r\nHost: a\r\n\r\n");
    let said = String::from_utf8(client.rest()).unwrap();
    assert!(said.ends_with("\r\n\r\n4\r\nhalf\r\n"), "{said}");
    assert_eq!(served.errors().len(), 2, "{:?}", served.errors());
}

#[test]
fn content_is_pushed_as_fast_as_it_is_taken() {
    let (tell, told) = std::sync::mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let served = serve(move |request: Request| {
        let (responder, later) = request.defer();
        let tell = tell.lock().unwrap().clone();
        std::thread::spawn(move || {
            let mut writer = responder.start(Response::new(200));
            let mut written = 0;
            while written < 30 << 20 {
                if writer.write(vec![b'x'; 50_000]).is_err() {
                    tell.send(written).unwrap();
                    return;
                }
                written += 50_000;
            }
            let trailers = [("Sum", "1")].try_into().unwrap();
            writer.finish_with(trailers);
            tell.send(written).unwrap();
        });
        later
    });
    let mut client = served.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    // The writer waits for this client...
    assert!(told.recv_timeout(Duration::from_millis(300)).is_err());
    let body = client.answer().unwrap().body;
    assert_eq!(told.recv().unwrap(), body.len());
    assert_eq!(client.get("/").body.len(), body.len());
    assert_eq!(told.recv().unwrap(), body.len());
    // ... and is told when it goes.
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").head().unwrap();
    drop(client);
    assert!(told.recv().unwrap() < 30 << 20);
    // To HEAD it may say all it has.
    let mut client = served.connect();
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").head().unwrap();
    assert!(told.recv().unwrap() > 30 << 20);
}

/// Takes every body as a stream, in a thread of its own.
struct Streamed<F>(F);

impl<F: Fn(Request, &mut BodyReader) -> Response + Send + Sync + Clone + 'static> Handler for Streamed<F> {
    fn handle(&self, mut request: Request) -> Reply {
        let (responder, later) = request.defer();
        let work = self.0.clone();
        std::thread::spawn(move || match std::mem::take(&mut request.body) {
            RequestBody::Stream(mut reader) => responder.send(work(request, &mut reader)),
            _ => responder.send(Response::text("no body")),
        });
        later
    }

    fn intake(&self, _: &RequestHead) -> Intake {
        Intake::Stream { most: 60 << 20 }
    }
}

#[test]
fn bodies_are_read_by_other_threads() {
    let served = serve(Streamed(|_: Request, reader: &mut BodyReader| {
        let mut sum = 0_u64;
        let mut room = vec![0; 30_001];
        loop {
            match reader.read(&mut room) {
                Ok(0) => return Response::text(sum.to_string()),
                Ok(count) => sum += room[..count].iter().map(|byte| u64::from(*byte)).sum::<u64>(),
                Err(error) => return Response::text(format!("{:?}", error.kind())),
            }
        }
    }));
    let mut client = served.connect();
    for _ in 0..2 {
        let mut writer = Client(client.0.try_clone().unwrap());
        let sender = std::thread::spawn(move || {
            writer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            for _ in 0..400 {
                writer.send("186A0\r\n").send(vec![1; 100_000]).send("\r\n");
            }
            writer.send("0\r\n\r\n");
        });
        assert_eq!(client.answer().unwrap().text(), "40000000");
        sender.join().unwrap();
    }
    assert_eq!(client.get("/").text(), "no body");
    // A client that waits is told to go on when the handler reads.
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 100);
    assert_eq!(client.send([1, 2]).answer().unwrap().text(), "3");
    // Broken, endless, and cut off.
    for (body, status) in [("zz\r\n", 400), ("fffffffff\r\n", 413), ("2\r\nabc\r\n", 400)] {
        let mut client = served.connect();
        client.send(format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}"));
        assert_eq!(client.answer().unwrap().status, status);
        assert_eq!(client.rest(), b"");
    }
    let mut gone = served.connect();
    gone.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    drop(gone);
    drop(client);
    eventually("nothing is left", || served.server.stats().open == 0);
    assert_eq!(served.errors(), [""; 0]);
}

#[test]
fn an_answer_before_the_body_ends_the_connection() {
    let served = serve(Streamed(|_: Request, _: &mut BodyReader| Response::text("enough")));
    for expect in ["", "Expect: 100-continue\r\n"] {
        let mut client = served.connect();
        client.send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n{expect}\r\n"));
        let mut writer = client.0.try_clone().unwrap();
        let sender = std::thread::spawn(move || {
            use std::io::Write;
            if expect.is_empty() {
                let _ = writer.write_all(&vec![b'x'; 20_000_000]);
            }
        });
        let answer = client.answer().unwrap();
        assert_eq!(
            (answer.text().as_str(), answer.field("connection").as_deref()),
            ("enough", Some("close"))
        );
        sender.join().unwrap();
    }
}

#[test]
fn a_slow_reader_holds_its_client_up() {
    let served = serve(Streamed(|_: Request, reader: &mut BodyReader| {
        std::thread::sleep(Duration::from_millis(500));
        let mut total = 0;
        while let Ok(Some(piece)) = reader.next_piece() {
            total += piece.len();
        }
        Response::text(total.to_string())
    }));
    let mut client = served.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n");
    let mut writer = Client(client.0.try_clone().unwrap());
    let sender = std::thread::spawn(move || {
        writer.send(vec![b'x'; 20_000_000]);
    });
    std::thread::sleep(Duration::from_millis(300));
    assert!(served.server.stats().received < 2 << 20);
    assert_eq!(client.answer().unwrap().text(), "20000000");
    sender.join().unwrap();
}

#[test]
fn a_client_is_not_too_slow_with_what_nobody_has_asked_for() {
    // The handler begins to read when the patience with a body is long over.
    let served = serve_with(
        Server::builder().timeouts(quick()),
        Streamed(|_: Request, reader: &mut BodyReader| {
            std::thread::sleep(Duration::from_millis(900));
            let mut total = 0;
            while let Ok(Some(piece)) = reader.next_piece() {
                total += piece.len();
            }
            Response::text(total.to_string())
        }),
    );
    let mut client = served.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 100);
    assert_eq!(client.send("ab").answer().unwrap().text(), "2");
    // Nor where all of it has come, and waits here for the handler; wherever it was cut.
    for size in [60_000, 64_000, 65_000] {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for _ in 0..6 {
            client.send(format!("{size:x}\r\n")).send(vec![b'x'; size]).send("\r\n");
        }
        client.send("0\r\n\r\n");
        assert_eq!(client.answer().unwrap().text(), (6 * size).to_string());
    }
    assert_eq!(served.server.stats().timeouts, 0);
    // One that was asked for it is.
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 100);
    assert_eq!(client.answer().unwrap().status, 408);
}
