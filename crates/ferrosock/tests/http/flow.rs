//! Redirects, tries and cookies: requests of several exchanges.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferrosock::http::{Body, Client, CookieJar, Error, Redirects, Retries, Timeouts};

use crate::server::{Request, Server, answer, ok};

fn redirect(status: u16, location: &str) -> Vec<u8> {
    answer(status, &format!("Location: {location}\r\n"), "elsewhere")
}

#[test]
fn methods_and_bodies_follow_the_rules() {
    let server = Server::answering(|request| match request.path()[1..].parse() {
        Ok(status) => redirect(status, "/end"),
        Err(_) => {
            let kind = request.header("Content-Type").unwrap_or("-").to_owned();
            ok(format!("{} {kind} {}", request.method(), String::from_utf8_lossy(&request.body)))
        }
    });
    let client = Client::new();
    for (method, status, expected) in [
        ("POST", 301, "GET - "),
        ("POST", 302, "GET - "),
        ("POST", 303, "GET - "),
        ("PUT", 301, "PUT text/x body"),
        ("PUT", 303, "GET - "),
        ("POST", 307, "POST text/x body"),
        ("POST", 308, "POST text/x body"),
        ("DELETE", 302, "DELETE text/x body"),
    ] {
        let request = client.request(method, server.url(&format!("/{status}")));
        let response = request.header("Content-Type", "text/x").body("body").send().unwrap();
        assert_eq!(response.url().as_str(), server.url("/end"));
        assert_eq!(response.text().unwrap(), expected, "{method} {status}");
    }
    assert_eq!((client.stats().redirects, client.stats().opened), (8, 1));
    let head = client.head(server.url("/303")).send().unwrap();
    assert_eq!((head.status(), head.bytes().unwrap().len()), (200, 0));
    let once = Body::from_reader(&b"x"[..], None);
    let error = client.post(server.url("/307")).body(once).send().unwrap_err();
    assert!(matches!(error, Error::BodyNotRepeatable), "{error}");
    let none = client.get(server.url("/302")).redirects(Redirects::none()).send().unwrap();
    assert_eq!((none.status(), none.text().unwrap().as_str()), (302, "elsewhere"));
    // A redirect to nowhere, and a status that is none, are the caller's.
    let server = Server::answering(|request| match request.path() {
        "/300" => redirect(300, "/end"),
        _ => answer(302, "", ""),
    });
    for (path, status) in [("/300", 300), ("/302", 302)] {
        assert_eq!(client.get(server.url(path)).send().unwrap().status(), status);
    }
}

#[test]
fn a_loop_of_redirects_ends() {
    let server = Server::answering(|_| redirect(302, "/again"));
    let client = Client::new();
    let error = client.get(server.url("/")).send().unwrap_err();
    assert!(matches!(error, Error::TooManyRedirects { limit: 10, .. }), "{error}");
    assert_eq!((client.stats().requests, client.stats().idle), (11, 1));
}

#[test]
fn redirects_lead_to_http_only() {
    for location in ["file:///etc/passwd", "ftp://a/", "javascript:alert(1)", "gopher://a:1/", "http://a b/"]
    {
        let server = Server::answering(move |_| redirect(302, location));
        let error = Client::new().get(server.url("/")).send().unwrap_err();
        assert!(matches!(error, Error::RedirectRefused { .. }), "{error}");
    }
}

#[test]
fn secrets_stay_with_their_origin() {
    let seen = Arc::new(Mutex::new(Vec::<Request>::new()));
    let other = {
        let seen = Arc::clone(&seen);
        Server::answering(move |request| {
            seen.lock().unwrap().push(request);
            ok("end")
        })
    };
    let (there, kept) = (other.url("/there"), Arc::clone(&seen));
    let server = Server::answering(move |request| {
        kept.lock().unwrap().push(request.clone());
        match request.path() {
            "/away" => redirect(307, &there),
            "/near" => redirect(307, "/away"),
            _ => ok(""),
        }
    });
    let client = Client::new();
    let request = client.post(server.url("/near").replace("//", "//user:pass@")).body("x");
    let request =
        request.header("Cookie", "a=1").header("Proxy-Authorization", "Basic x").header("X-Kept", "1");
    let response = request.send().unwrap();
    assert!(!format!("{response:?}").contains("pass"));
    let seen = seen.lock().unwrap();
    for (request, own) in seen.iter().zip([true, true, false]) {
        for name in ["Authorization", "Cookie"] {
            assert_eq!(request.header(name).is_some(), own, "{name} {request:?}");
        }
        assert_eq!(request.header("Proxy-Authorization"), None);
        assert_eq!(request.header("X-Kept"), Some("1"));
    }
    assert_eq!(seen.len(), 3);
}

#[test]
fn secrets_of_the_client_stay_with_their_origin_too() {
    let seen = Arc::new(Mutex::new(Vec::<Request>::new()));
    let (of_other, of_own) = (Arc::clone(&seen), Arc::clone(&seen));
    let other = Server::answering(move |request| {
        of_other.lock().unwrap().push(request);
        ok("end")
    });
    let there = other.url("/there");
    let server = Server::answering(move |request| {
        of_own.lock().unwrap().push(request);
        redirect(302, &there)
    });
    let client = Client::builder()
        .header("Authorization", "Bearer secret")
        .header("Cookie", "a=1")
        .header("Proxy-Authorization", "Basic x")
        .header("Host", "own.example")
        .header("X-Kept", "1");
    client.build().unwrap().get(server.url("/")).send().unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    for (request, own) in seen.iter().zip([true, false]) {
        assert_eq!(request.header("Authorization"), own.then_some("Bearer secret"), "{request:?}");
        assert_eq!(request.header("Cookie"), own.then_some("a=1"));
        assert_eq!(request.header("Host") == Some("own.example"), own);
        assert_eq!((request.header("Proxy-Authorization"), request.header("X-Kept")), (None, Some("1")));
    }
}

#[test]
fn cookies_come_back() {
    let server = Server::answering(|request| match request.path() {
        "/set" => answer(
            302,
            "Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; Path=/only\r\nSet-Cookie: c=3; Domain=example.org\r\nLocation: /get\r\n",
            "",
        ),
        _ => ok(request.header("Cookie").unwrap_or("none")),
    });
    let jar = Arc::new(CookieJar::new());
    let client = Client::builder().cookies(Arc::clone(&jar)).build().unwrap();
    let get = |path: &str| client.get(server.url(path)).send().unwrap().text().unwrap();
    assert_eq!(get("/get"), "none");
    assert_eq!(get("/set"), "a=1");
    assert_eq!(get("/only/x"), "b=2; a=1");
    assert_eq!(
        client.get(server.url("/")).header("Cookie", "own=1").send().unwrap().text().unwrap(),
        "own=1"
    );
    assert_eq!(jar.lock().len(), 2);
    jar.lock().remove(|cookie| cookie.name == "a");
    assert_eq!(get("/get"), "none");
}

/// A server that answers the first requests with a status, and then with 200.
fn failing(count: usize, status: u16, fields: &'static str) -> (Server, Arc<AtomicUsize>) {
    let served = Arc::new(AtomicUsize::new(0));
    let number = Arc::clone(&served);
    let server = Server::answering(move |_| match number.fetch_add(1, Ordering::SeqCst) {
        number if number < count => answer(status, fields, "later"),
        _ => ok("now"),
    });
    (server, served)
}

fn patient(count: u32) -> Client {
    let retries = Retries { backoff: Duration::from_millis(10), ..Retries::up_to(count) };
    Client::builder().retries(retries).random(|| 0.5).build().unwrap()
}

#[test]
fn a_status_that_passes_is_tried_again() {
    for (tries, status) in [(3, 200), (1, 503), (0, 503)] {
        let (server, served) = failing(2, 503, "");
        let client = patient(tries);
        let response = client.get(server.url("/")).send().unwrap();
        assert_eq!(response.status(), status);
        drop(response);
        let made = served.load(Ordering::SeqCst);
        assert_eq!((made as u32, u64::from(tries.min(2))), (tries.min(2) + 1, client.stats().retries));
        assert_eq!(server.accepted(), 1);
    }
    let (server, _) = failing(1, 500, "");
    assert_eq!(patient(3).get(server.url("/")).send().unwrap().status(), 500);
}

#[test]
fn other_methods_are_made_again_only_if_told() {
    let (server, _) = failing(1, 503, "");
    assert_eq!(patient(3).post(server.url("/")).send().unwrap().status(), 503);
    let (server, _) = failing(1, 503, "");
    let retries = Retries { any_method: true, backoff: Duration::ZERO, ..Retries::up_to(1) };
    let client = Client::builder().retries(retries).build().unwrap();
    assert_eq!(client.post(server.url("/")).body("x").send().unwrap().status(), 200);
    let (server, _) = failing(1, 503, "");
    let once = Body::from_reader(&b"x"[..], None);
    assert_eq!(client.post(server.url("/")).body(once).send().unwrap().status(), 503);
}

#[test]
fn a_server_may_say_when() {
    let (server, _) = failing(1, 429, "Retry-After: 1\r\n");
    let begun = Instant::now();
    assert_eq!(patient(1).get(server.url("/")).send().unwrap().status(), 200);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    // Not if it is too long, or longer than there is time.
    let (server, _) = failing(1, 429, "Retry-After: 3600\r\n");
    assert_eq!(patient(1).get(server.url("/")).send().unwrap().status(), 429);
    let (server, _) = failing(1, 429, "Retry-After: 30\r\n");
    let request = patient(1).get(server.url("/")).timeout(Duration::from_secs(10));
    assert_eq!(request.send().unwrap().status(), 429);
    assert!(begun.elapsed() < Duration::from_secs(9));
}

#[test]
fn failures_of_connections_are_tried_again() {
    let server = Server::start(|number, mut peer| {
        peer.request();
        if number >= 2 {
            peer.say(ok("now"));
        }
    });
    let client = patient(2);
    assert_eq!(client.get(server.url("/")).send().unwrap().text().unwrap(), "now");
    assert_eq!((client.stats().retries, client.stats().opened), (2, 3));
    // What could not be sent may be tried again, whatever the method is.
    let refused = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    let client = patient(2);
    let error = client.post(&refused).body("x").send().unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert_eq!((client.stats().retries, client.stats().requests), (2, 0));
}

#[test]
fn a_read_limit_may_be_tried_again_but_not_the_total() {
    let server = Server::start(|number, mut peer| {
        peer.request();
        if number > 0 {
            peer.say(ok("now"));
        }
        peer.end();
    });
    let timeouts = Timeouts { read: Some(Duration::from_millis(50)), ..Timeouts::default() };
    let client = patient(1);
    let response = client.get(server.url("/")).timeouts(timeouts).send().unwrap();
    assert_eq!(response.text().unwrap(), "now");
}
