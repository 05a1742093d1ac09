//! A server of HTTP that says hello: at once, later from another thread, and piece by piece.
//!
//! ```console
//! $ cargo run --release --example http_server -- 127.0.0.1:8080
//! $ curl http://127.0.0.1:8080/later
//! ```
//!
//! With a second argument it stops after so many requests.

use std::error::Error;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ferrosock::server::{Content, Reply, Request, Response, Server};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned()).parse()?;
    let most: usize = arguments.next().map_or(Ok(usize::MAX), |most| most.parse())?;
    let (tell, told) = mpsc::channel();
    let server = Server::builder().tcp(address).start(move |request: Request| {
        // Who listens has stopped counting at the end.
        let _ = tell.send(());
        answer(request)
    })?;
    println!("http://{}", server.addresses()[0]);
    told.iter().take(most).for_each(drop);
    server.stop(Duration::from_secs(5));
    server.join()?;
    Ok(())
}

fn answer(request: Request) -> Reply {
    match (request.method(), request.path()) {
        ("GET" | "HEAD", b"/") => Response::text("hello\n").into(),
        ("GET", b"/later") => {
            let (responder, later) = request.defer();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(100));
                responder.send(Response::text("hello, a bit later\n"));
            });
            later
        }
        ("GET", b"/count") => {
            let lines = (1..=1000).map(|number| Ok(format!("{number}\n").into_bytes()));
            Response::new(200).with_content(Content::Chunks(Box::new(lines))).into()
        }
        ("POST", b"/echo") => Response::new(200).with_body(request.body.bytes().unwrap_or_default()).into(),
        _ => Response::plain(404).into(),
    }
}
