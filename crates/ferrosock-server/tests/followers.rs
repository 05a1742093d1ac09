//! Threads that take turns: what a program with blocking handlers sees.
#![cfg(any(target_os = "linux", target_os = "android"))]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ferrosock_server::followers::{Followers, Step};
use ferrosock_socket::{Socket, Uninterrupted};

type Handler = Arc<dyn Fn() + Send + Sync>;

/// A server: each byte is answered with itself, after `handler` has seen it.
#[derive(Clone)]
struct Echo {
    followers: Arc<Followers<Socket>>,
    handler: Handler,
    expired: Arc<AtomicUsize>,
}

impl Echo {
    fn new(handler: impl Fn() + Send + Sync + 'static) -> Self {
        let followers = Arc::new(Followers::new().unwrap());
        Self { followers, handler: Arc::new(handler), expired: Arc::default() }
    }

    fn connect(&self, patience: Option<Duration>) -> Socket {
        let (near, far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).unwrap();
        if self.followers.add(far.as_raw_fd(), far, patience).unwrap() {
            self.grow();
        }
        near
    }

    fn grow(&self) {
        let this = self.clone();
        thread::spawn(move || this.run());
    }

    fn run(&self) {
        self.followers.enter();
        loop {
            match self.followers.next(&Uninterrupted) {
                Step::Grow => self.grow(),
                Step::Leave => return,
                Step::Serve(mut turn) => {
                    if turn.expired() {
                        self.expired.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    let socket = turn.take();
                    let mut byte = [std::mem::MaybeUninit::uninit(); 1];
                    let mut over = false;
                    while let Ok(count) = socket.recv_nonblocking(&mut byte) {
                        over = count == 0;
                        if over {
                            break;
                        }
                        (self.handler)();
                        socket.send(&Uninterrupted, b"x", 0).unwrap();
                    }
                    if !over {
                        turn.keep(socket, None);
                    }
                }
            }
        }
    }
}

fn ask(client: &Socket) {
    client.send(&Uninterrupted, b"?", 0).unwrap();
}

fn answered(client: &Socket) {
    assert_eq!(client.recv(&Uninterrupted, &mut [0; 1], 0), Ok(1));
}

fn settles(what: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !what() {
        assert!(Instant::now() < end);
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn quick_handlers_need_one_thread_and_its_watch() {
    let echo = Echo::new(|| {});
    let clients: Vec<_> = (0..50).map(|_| echo.connect(None)).collect();
    for _ in 0..200 {
        clients.iter().for_each(ask);
        clients.iter().for_each(answered);
    }
    // A machine that is busy with other things may make a handler look slow.
    assert!(echo.followers.threads() <= 6, "{}", echo.followers.threads());
    assert_eq!(echo.followers.connections(), 50);
    drop(clients);
    settles(|| echo.followers.connections() == 0);
}

#[test]
fn slow_handlers_run_beside_each_other() {
    let echo = Echo::new(|| thread::sleep(Duration::from_millis(100)));
    let clients: Vec<_> = (0..30).map(|_| echo.connect(None)).collect();
    let began = Instant::now();
    clients.iter().for_each(ask);
    clients.iter().for_each(answered);
    assert!(began.elapsed() < Duration::from_millis(1500), "{:?}", began.elapsed());
}

#[test]
fn one_that_blocks_holds_up_nobody() {
    let blocked = Arc::new(AtomicUsize::new(1));
    let seen = blocked.clone();
    let echo = Echo::new(move || {
        if seen.swap(0, Ordering::SeqCst) == 1 {
            thread::sleep(Duration::from_secs(2));
        }
    });
    let (first, second) = (echo.connect(None), echo.connect(None));
    ask(&first);
    settles(|| blocked.load(Ordering::SeqCst) == 0);
    let began = Instant::now();
    for _ in 0..20 {
        ask(&second);
        answered(&second);
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    answered(&first);
}

#[test]
fn the_time_of_a_silent_connection_runs_out() {
    let echo = Echo::new(|| {});
    let silent = echo.connect(Some(Duration::from_millis(50)));
    settles(|| echo.expired.load(Ordering::Relaxed) == 1);
    assert_eq!(silent.recv(&Uninterrupted, &mut [0; 1], 0), Ok(0));
    assert_eq!(echo.followers.connections(), 0);
}

#[test]
fn connections_come_and_go() {
    let echo = Echo::new(|| {});
    for _ in 0..500 {
        let client = echo.connect(None);
        ask(&client);
        answered(&client);
    }
    settles(|| echo.followers.connections() == 0);
}

#[test]
fn handlers_that_compute_for_long_come_to_run_beside_each_other() {
    // Nobody here keeps a lock, as an interpreter does, but for handlers that give it up.
    let (at_it, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let echo = Echo::new(move || {
        let now = at_it.fetch_add(1, Ordering::SeqCst) + 1;
        seen.fetch_max(now, Ordering::SeqCst);
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(1) {
            std::hint::spin_loop();
        }
        at_it.fetch_sub(1, Ordering::SeqCst);
    });
    let clients: Vec<_> = (0..4).map(|_| echo.connect(None)).collect();
    settles(|| {
        clients.iter().for_each(ask);
        clients.iter().for_each(answered);
        most.load(Ordering::SeqCst) > 1
    });
}

#[test]
fn who_can_start_no_other_thread_serves_all_the_same() {
    let followers = Followers::new().unwrap();
    let (near, far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).unwrap();
    assert!(followers.add(far.as_raw_fd(), far, None).unwrap());
    followers.not_grown();
    // The first thread comes with the next connection.
    let (_other, far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).unwrap();
    assert!(followers.add(far.as_raw_fd(), far, None).unwrap());
    followers.enter();
    for _ in 0..3 {
        thread::sleep(Duration::from_millis(300));
        ask(&near);
        assert!(matches!(followers.next(&Uninterrupted), Step::Grow));
        followers.not_grown();
        let Step::Serve(mut turn) = followers.next(&Uninterrupted) else { panic!("it does so alone") };
        let socket = turn.take();
        assert_eq!(socket.recv(&Uninterrupted, &mut [0; 1], 0), Ok(1));
        turn.keep(socket, None);
    }
}

#[test]
fn somebody_leads_though_the_leader_has_left() {
    // The watch comes to sleep at another time than the last leader, who leaves when ten seconds have passed.
    let served = AtomicUsize::new(0);
    let echo = Echo::new(move || match served.fetch_add(1, Ordering::SeqCst) {
        0 => thread::sleep(Duration::from_millis(300)),
        1 => thread::sleep(Duration::from_secs(2)),
        _ => {}
    });
    let clients = [echo.connect(None), echo.connect(None)];
    clients.iter().for_each(ask);
    clients.iter().for_each(answered);
    drop(clients);
    settles(|| echo.followers.connections() == 0);
    thread::sleep(Duration::from_millis(10_700));
    let client = echo.connect(None);
    let began = Instant::now();
    ask(&client);
    answered(&client);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn a_connection_that_is_served_to_its_end_has_one_turn() {
    let followers = Arc::new(Followers::new().unwrap());
    let (near, far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).unwrap();
    assert!(followers.add_once(far.as_raw_fd(), far, None).unwrap());
    let all = followers.clone();
    let serves = thread::spawn(move || {
        all.enter();
        let Step::Grow = all.next(&Uninterrupted) else { panic!("nobody leads meanwhile") };
        let other = all.clone();
        thread::spawn(move || {
            other.enter();
            assert!(matches!(other.next(&Uninterrupted), Step::Leave));
        });
        let Step::Serve(mut turn) = all.next(&Uninterrupted) else { panic!("something has come") };
        let socket = turn.take();
        let mut space = [0; 8];
        while socket.recv(&Uninterrupted, &mut space, 0).unwrap() > 0 {
            socket.send(&Uninterrupted, b"x", 0).unwrap();
        }
        drop((socket, turn));
    });
    for _ in 0..20 {
        ask(&near);
        answered(&near);
    }
    drop(near);
    serves.join().unwrap();
    assert_eq!(followers.connections(), 0);
}
