//! Connections that are kept.

use std::io::Read;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use ferrosock::http::{Client, Error, Limit, Phase, PoolLimits, Timeouts};

use crate::server::{Server, answer, ok};

#[test]
fn a_connection_is_used_again_once_its_response_is_read() {
    let server = Server::answering(|request| ok(request.path()));
    let client = Client::new();
    for path in ["/1", "/2", "/3"] {
        assert_eq!(client.get(server.url(path)).send().unwrap().text().unwrap(), path);
    }
    let unread = client.get(server.url("/4")).send().unwrap();
    assert_eq!(client.get(server.url("/5")).send().unwrap().text().unwrap(), "/5");
    drop(unread);
    let stats = client.stats();
    assert_eq!((stats.opened, stats.reused, stats.requests, stats.idle, stats.active), (2, 3, 5, 2, 0));
}

#[test]
fn a_little_rest_is_read_and_much_is_not() {
    let server = Server::answering(|request| ok(vec![b'x'; request.path()[1..].parse().unwrap()]));
    let client = Client::new();
    for (size, idle) in [(10_000, 1), (1_000_000, 0)] {
        let mut response = client.get(server.url(&format!("/{size}"))).send().unwrap();
        response.read_exact(&mut [0; 10]).unwrap();
        response.close();
        assert_eq!((client.stats().idle, client.stats().active), (idle, 0));
    }
}

#[test]
fn a_peer_that_has_closed_or_spoken_is_not_used_again() {
    for (last_words, close) in [("", true), ("HTTP/1.1 408 Timeout\r\n\r\n", false)] {
        let server = Server::start(move |number, mut peer| {
            while peer.request().is_some() {
                peer.say(ok(number.to_string()));
                if number == 0 {
                    peer.say(last_words);
                    if close {
                        return;
                    }
                }
            }
        });
        let client = Client::new();
        assert_eq!(client.post(server.url("/")).send().unwrap().text().unwrap(), "0");
        thread::sleep(Duration::from_millis(50));
        assert_eq!(client.post(server.url("/")).send().unwrap().text().unwrap(), "1");
        assert_eq!((client.stats().retries, server.accepted()), (0, 2));
    }
}

#[test]
fn a_request_that_met_a_closing_peer_is_made_once_more() {
    let server = Server::start(|number, mut peer| {
        peer.request();
        peer.say(ok("first"));
        // The next request on this connection is read and not answered.
        if number < 10 {
            peer.request();
        }
    });
    let client = Client::new();
    client.get(server.url("/")).send().unwrap().bytes().unwrap();
    assert_eq!(client.get(server.url("/")).send().unwrap().text().unwrap(), "first");
    assert_eq!(client.stats().retries, 1);
    // A method that may not be repeated is not.
    let error = client.post(server.url("/")).send().unwrap_err();
    assert!(matches!(error, Error::Disconnected { .. }), "{error}");
}

#[test]
fn connections_are_not_kept_against_the_peers_will() {
    for fields in ["Connection: close\r\n", "Connection: x, Close\r\n"] {
        let server = Server::answering(move |_| answer(200, fields, "x"));
        let client = Client::new();
        for _ in 0..2 {
            client.get(server.url("/")).send().unwrap().bytes().unwrap();
        }
        assert_eq!((server.accepted(), client.stats().closed), (2, 2));
    }
    let server = Server::saying("HTTP/1.1 200 OK\r\n\r\nuntil the end");
    let client = Client::new();
    assert_eq!(client.get(server.url("/")).send().unwrap().text().unwrap(), "until the end");
    assert_eq!(client.stats().idle, 0);
}

#[test]
fn limits_hold() {
    let server = Server::answering(|_| ok("x"));
    let limits = PoolLimits { idle_per_origin: 2, idle_total: 3, ..PoolLimits::default() };
    let client = Client::builder().pool_limits(limits).build().unwrap();
    let get = |url: &str| client.get(url).send().unwrap();
    let held: Vec<_> = (0..4).map(|_| get(&server.url("/"))).collect();
    held.into_iter().for_each(|response| drop(response.bytes().unwrap()));
    assert_eq!((client.stats().idle, client.stats().closed), (2, 2));
    let other = server.url("/").replace("127.0.0.1", "localhost");
    let held: Vec<_> = (0..2).map(|_| get(&other)).collect();
    held.into_iter().for_each(|response| drop(response.bytes().unwrap()));
    assert_eq!((client.stats().idle, client.stats().closed), (3, 3));
    client.close_idle();
    assert_eq!((client.stats().idle, client.stats().closed, client.stats().active), (0, 6, 0));
}

#[test]
fn idle_connections_grow_old() {
    let server = Server::answering(|_| ok("x"));
    let limits = PoolLimits { idle_timeout: Duration::from_millis(20), ..PoolLimits::default() };
    let client = Client::builder().pool_limits(limits).build().unwrap();
    for _ in 0..2 {
        client.get(server.url("/")).send().unwrap().bytes().unwrap();
        thread::sleep(Duration::from_millis(40));
    }
    assert_eq!(server.accepted(), 2);
}

#[test]
fn who_wants_one_too_many_waits() {
    let server = Server::answering(|_| ok("x"));
    let timeouts = Timeouts { pool: Some(Duration::from_millis(100)), ..Timeouts::default() };
    let client = Client::builder().max_connections_per_origin(1).timeouts(timeouts).build().unwrap();
    let held = client.get(server.url("/")).send().unwrap();
    let mut held = Some(held);
    let _ = held.as_mut();
    let begun = Instant::now();
    let second = client.get(server.url("/")).send();
    // A body that was there already with its head has given its connection back at once or is given back below.
    if let Err(error) = second {
        assert!(begun.elapsed() >= Duration::from_millis(100));
        assert!(
            matches!(&error, Error::TimedOut { phase: Phase::Pool, limit: (Limit::Pool, _), .. }),
            "{error}"
        );
        drop(held);
    }
    let barrier = Arc::new(Barrier::new(8));
    let url = server.url("/");
    let client = Client::builder().max_connections_per_origin(2).build().unwrap();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (client, url, barrier) = (client.clone(), url.clone(), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                for _ in 0..50 {
                    assert_eq!(client.get(&url).send().unwrap().text().unwrap(), "x");
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let stats = client.stats();
    assert!(stats.opened <= 2 && stats.requests == 400 && stats.active == 0, "{stats:?}");
}

#[test]
fn what_nobody_asked_for_is_no_response() {
    let server = Server::answering(|request| {
        let mut bytes = ok(request.path());
        bytes.extend_from_slice(&answer(200, "", "smuggled"));
        bytes
    });
    let client = Client::new();
    for path in ["/1", "/2", "/3"] {
        assert_eq!(client.get(server.url(path)).send().unwrap().text().unwrap(), path);
    }
    assert_eq!((server.accepted(), client.stats().idle), (3, 0));
}

#[test]
fn threads_do_not_wait_for_each_other() {
    let server = Server::answering(|_| {
        thread::sleep(Duration::from_millis(200));
        ok("x")
    });
    let (client, url) = (Client::new(), server.url("/"));
    let begun = Instant::now();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (client, url) = (client.clone(), url.clone());
            thread::spawn(move || client.get(&url).send().unwrap().text().unwrap())
        })
        .collect();
    threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), "x"));
    assert!(begun.elapsed() < Duration::from_millis(1400), "{:?}", begun.elapsed());
}
