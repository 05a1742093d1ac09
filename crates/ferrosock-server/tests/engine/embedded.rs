//! A loop that its owner turns, and what answers and bodies tell without blocking.

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use ferrosock_proto::http1::RequestHead;
use ferrosock_server::{
    BodyWriter, Content, Embedded, Handler, Intake, Reply, Request, RequestBody, Response, Server,
};
use ferrosock_socket::Uninterrupted;

use crate::client::{Client, limits, serve};

/// Queues requests, whose bodies come as they are read.
struct Queue(Arc<Mutex<Vec<Request>>>);

impl Handler for Queue {
    fn handle(&self, request: Request) -> Reply {
        self.0.lock().unwrap().push(request);
        Reply::later()
    }

    fn intake(&self, _head: &RequestHead) -> Intake {
        Intake::Stream { most: 1 << 30 }
    }
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

struct Turned {
    embedded: Embedded,
    queue: Arc<Mutex<Vec<Request>>>,
    address: String,
    wakes: Arc<Count>,
}

impl Turned {
    fn new() -> Self {
        let queue: Arc<Mutex<Vec<Request>>> = Arc::default();
        let builder = Server::builder().tcp("127.0.0.1:0".parse().unwrap());
        let server =
            builder.limits(limits(|limits| limits.pending = 1000)).bind(Queue(queue.clone())).unwrap();
        let address = server.addresses()[0].to_string();
        Self { embedded: server.embed().unwrap(), queue, address, wakes: Arc::default() }
    }

    fn connect(&self, request: &str) -> Client {
        let mut client = Client::connect(&self.address);
        client.send(request);
        client
    }

    /// Turns until it is so.
    fn until<T>(&mut self, mut check: impl FnMut(&mut Self) -> Option<T>) -> T {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(found) = check(self) {
                return found;
            }
            assert!(Instant::now() < end);
            self.embedded.turn(&Uninterrupted, Some(Duration::from_millis(20))).unwrap();
        }
    }

    fn request(&mut self) -> Request {
        self.until(|this| this.queue.lock().unwrap().pop())
    }

    fn waker(&self) -> Waker {
        self.wakes.clone().into()
    }

    fn woken(&mut self) {
        self.until(|this| (this.wakes.0.swap(0, Ordering::Relaxed) > 0).then_some(()));
    }
}

#[test]
fn answers_go_out_when_they_are_delivered() {
    let mut turned = Turned::new();
    let mut client = turned.connect("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    for path in ["/a", "/b"] {
        let request = turned.request();
        assert_eq!(request.path(), path.as_bytes());
        request.responder().send(Response::text(path));
        turned.embedded.deliver();
        assert_eq!(client.answer().unwrap().text(), path);
    }
    assert!(turned.embedded.patience().is_some() && turned.embedded.descriptor() >= 0);
    turned.embedded.control().stop(Duration::ZERO);
    while turned.embedded.turn(&Uninterrupted, None).unwrap() {}
    assert_eq!(client.rest(), b"");
}

/// A server that holds the first of three answers, and the clients; if the machine takes its time, the server sends it at once.
fn holding() -> (Turned, [Client; 3], Vec<Request>) {
    loop {
        let mut turned = Turned::new();
        let clients = [(); 3].map(|()| turned.connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        let mut requests = vec![turned.request(), turned.request(), turned.request()];
        turned.embedded.turn(&Uninterrupted, Some(Duration::ZERO)).unwrap();
        turned.embedded.hold(requests.pop().unwrap().responder(), Response::text("held"));
        if turned.embedded.push_held(Duration::from_secs(20)) {
            return (turned, clients, requests);
        }
    }
}

/// How many of them have been sent something.
fn told(clients: &[Client; 3]) -> usize {
    std::thread::sleep(Duration::from_millis(30));
    clients.iter().filter(|client| client.has_something()).count()
}

#[test]
fn held_answers_go_when_they_are_delivered() {
    let (mut turned, mut clients, requests) = holding();
    assert_eq!(told(&clients), 0);
    turned.embedded.deliver();
    assert_eq!(told(&clients), 1);
    assert!(!turned.embedded.push_held(Duration::ZERO));
    // By its clock a handler was slow just now, so these go at once.
    for request in requests {
        turned.embedded.hold(request.responder(), Response::text("held"));
        assert!(!turned.embedded.push_held(Duration::ZERO));
    }
    for client in &mut clients {
        assert_eq!(client.answer().unwrap().text(), "held");
    }
}

#[test]
fn a_held_answer_goes_when_it_is_pushed() {
    let (mut turned, clients, _requests) = holding();
    assert_eq!(told(&clients), 0);
    assert!(turned.embedded.push_held(Duration::from_millis(20)));
    assert_eq!(told(&clients), 1);
    // The loop has yet to see to its connection.
    assert!(turned.embedded.push_held(Duration::ZERO));
    turned.embedded.turn(&Uninterrupted, Some(Duration::ZERO)).unwrap();
    assert!(!turned.embedded.push_held(Duration::ZERO));
    assert_eq!(told(&clients), 1);
}

#[test]
fn what_is_held_goes_before_the_loop_ends() {
    let (turned, clients, _requests) = holding();
    drop(turned);
    assert_eq!(told(&clients), 3);
    let texts = clients.map(|mut client| client.answer().map(|answer| answer.text().to_owned()));
    assert_eq!(texts.iter().flatten().collect::<Vec<_>>(), ["held"]);
}

#[test]
fn an_answer_on_the_spot_goes_behind_what_was_told_before() {
    let mut turned = Turned::new();
    let ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let (mut first, mut second) = (turned.connect(ask), turned.connect(ask));
    let (one, other) = (turned.request(), turned.request());
    let (one, other) = (one.responder(), other.responder());
    one.hint([("Link", "</a>")].try_into().unwrap());
    turned.embedded.answer(one, Response::text("both"));
    let mut writer = other.start(Response::new(200).with("Content-Length", "4").unwrap());
    writer.write(b"both".to_vec()).unwrap();
    writer.finish();
    turned.embedded.deliver();
    // Which of the connections was asked first, nobody knows.
    let mut hinted = 0;
    for client in [&mut first, &mut second] {
        let mut head = client.head().unwrap();
        if head.starts_with("HTTP/1.1 103 ") {
            hinted += 1;
            head = client.head().unwrap();
        }
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let mut body = [0; 4];
        client.0.read_exact(&mut body).unwrap();
        assert_eq!(&body, b"both");
    }
    assert_eq!(hinted, 1);
}

#[test]
fn an_answer_for_another_loop_reaches_it() {
    let (mut turned, mut other) = (Turned::new(), Turned::new());
    let mut client = other.connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let request = other.request();
    turned.embedded.answer(request.responder(), Response::text("elsewhere"));
    other.embedded.deliver();
    assert_eq!(client.answer().unwrap().text(), "elsewhere");
    // An exchange that is over is not answered again, by anything.
    let request = {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        other.request()
    };
    other.embedded.answer(request.responder(), Response::text("once"));
    other.embedded.answer(request.responder(), Response::text("twice"));
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let next = other.request();
    other.embedded.answer(next.responder(), Response::text("next"));
    assert_eq!(client.answer().unwrap().text(), "once");
    assert_eq!(client.answer().unwrap().text(), "next");
}

#[test]
fn what_other_threads_say_wakes_the_loop() {
    let mut turned = Turned::new();
    let mut client = turned.connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let request = turned.request();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        request.responder().send(Response::text("from afar"));
    });
    let begun = Instant::now();
    turned.embedded.turn(&Uninterrupted, Some(Duration::from_secs(5))).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert_eq!(client.answer().unwrap().text(), "from afar");
    thread.join().unwrap();
}

#[test]
fn bodies_and_room_are_polled_for() {
    let mut turned = Turned::new();
    let mut client =
        turned.connect("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n");
    let mut request = turned.request();
    let RequestBody::Stream(mut reader) = std::mem::take(&mut request.body) else { panic!("no stream") };
    let waker = turned.waker();
    let mut context = Context::from_waker(&waker);
    let mut found = Vec::new();
    assert!(reader.poll_piece(&mut context).is_pending());
    turned.embedded.deliver();
    assert_eq!(client.head().unwrap(), "HTTP/1.1 100 Continue\r\n\r\n");
    for piece in ["abc", "def"] {
        client.send(piece);
        turned.woken();
        while let Poll::Ready(Some(piece)) = reader.poll_piece(&mut context).map(Result::unwrap) {
            found.extend_from_slice(&piece);
        }
    }
    assert_eq!(
        (found.as_slice(), reader.poll_piece(&mut context).map(Result::unwrap)),
        (&b"abcdef"[..], Poll::Ready(None))
    );

    let mut writer = request.responder().start(Response::new(200));
    writer.write(vec![b'x'; 20_000_000]).unwrap();
    assert!(writer.poll_room(&mut context).is_pending());
    turned.embedded.deliver();
    assert!(writer.poll_room(&mut context).is_pending());
    turned.wakes.0.store(0, Ordering::Relaxed);
    let thread = std::thread::spawn(move || {
        let mut all = vec![0; 20_000_000];
        client.head().unwrap();
        client.0.read_exact(&mut all).unwrap();
        client
    });
    turned.woken();
    assert!(writer.poll_room(&mut context).is_ready());
    drop(thread.join().unwrap());
    turned.until(|_| writer.is_closed().then_some(()));
    assert!(writer.poll_room(&mut context).is_ready());
}

#[test]
fn who_watches_hears_of_the_end() {
    let mut turned = Turned::new();
    let waker = turned.waker();
    let mut context = Context::from_waker(&waker);
    let client = turned.connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let request = turned.request();
    let watch = request.watch();
    turned.embedded.deliver();
    assert!(watch.poll_over(&mut context).is_pending() && !watch.is_over());
    drop(client);
    turned.woken();
    assert!(watch.is_over());
    // Nobody is there, and that is known already; and an answer is an end, too.
    let late = request.watch();
    turned.embedded.deliver();
    assert!(late.is_over());
    let mut client = turned.connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let request = turned.request();
    let watch = request.watch();
    turned.embedded.deliver();
    assert!(watch.poll_over(&mut context).is_pending());
    request.responder().send(Response::text("done"));
    turned.embedded.deliver();
    assert!(watch.is_over());
    assert_eq!(client.answer().unwrap().text(), "done");
}

#[test]
fn hints_come_before_the_response() {
    let served = serve(|request: Request| {
        let (responder, later) = request.defer();
        responder.hint([("Link", "</a>")].try_into().unwrap());
        responder.send(Response::text("hello"));
        later
    });
    let mut client = served.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer().unwrap().head, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    assert_eq!(client.answer().unwrap().text(), "hello");
    let mut old = served.connect();
    old.send("GET / HTTP/1.0\r\n\r\n");
    assert_eq!(old.answer().unwrap().status, 200);
}

#[test]
fn who_gives_up_is_not_complained_about() {
    let served = serve(|request: Request| {
        let (responder, later) = request.defer();
        let mut writer: BodyWriter = responder.start(Response::new(200));
        writer.write(b"half".to_vec()).unwrap();
        writer.give_up();
        later
    });
    let mut client = served.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(client.rest().ends_with(b"4\r\nhalf\r\n"));
    assert!(served.errors().is_empty());
}

#[test]
fn large_bodies_are_spooled() {
    struct Spooling;

    impl Handler for Spooling {
        fn handle(&self, mut request: Request) -> Reply {
            let (kind, bytes) = match std::mem::take(&mut request.body) {
                RequestBody::Whole(bytes) => ("memory", bytes),
                RequestBody::Spooled(mut file, length) => {
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes).unwrap();
                    assert_eq!(bytes.len() as u64, length);
                    ("file", bytes)
                }
                _ => ("none", Vec::new()),
            };
            Response::text(format!("{kind} {}", String::from_utf8_lossy(&bytes))).into()
        }

        fn intake(&self, head: &RequestHead) -> Intake {
            let folder = if head.target == b"/nowhere" { "/nowhere".into() } else { std::env::temp_dir() };
            Intake::Spooled { memory: 5, most: 10, folder: folder.into() }
        }
    }

    let served = serve(Spooling);
    let mut client = served.connect();
    for (body, answer) in
        [("abcde", "memory abcde"), ("abcdef", "file abcdef"), ("0123456789", "file 0123456789")]
    {
        client.send(format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        assert_eq!(client.answer().unwrap().text(), answer);
    }
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 413);
    let mut client = served.connect();
    client.send("PUT /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabcdef");
    assert_eq!(client.answer().unwrap().status, 503);
}

/// A connection that has always more to do has its turn once a round, however often it is heard of meanwhile.
#[test]
fn who_is_loud_has_no_more_turns() {
    let made = Arc::new(AtomicUsize::new(0));
    let counts = made.clone();
    let builder = Server::builder().tcp("127.0.0.1:0".parse().unwrap());
    let server = builder.bind(move |_: Request| {
        let counts = counts.clone();
        let pieces = std::iter::repeat_with(move || {
            counts.fetch_add(1, Ordering::Relaxed);
            Ok(vec![b'x'])
        });
        Response::new(200).with_content(Content::Chunks(Box::new(pieces)))
    });
    let server = server.unwrap();
    let mut client = Client::connect(server.addresses()[0].to_string());
    let mut embedded = server.embed().unwrap();
    let mut turn = || {
        let before = made.load(Ordering::Relaxed);
        embedded.turn(&Uninterrupted, Some(Duration::from_millis(10))).unwrap();
        made.load(Ordering::Relaxed) - before
    };
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    while turn() == 0 {}
    let quiet = turn();
    assert!(quiet > 0);
    for _ in 0..30 {
        client.send("x");
        let loud = turn();
        assert!(loud <= 2 * quiet, "{loud} pieces, and {quiet} of one who is quiet");
    }
}
