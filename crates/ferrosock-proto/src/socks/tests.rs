use super::{Auth, Client, Error, Reply, Target};
use crate::http1::Want;

/// A proxy that answers with `answers`, whatever it is asked. Gives all that it was asked, and what is left of its answers.
fn talk(client: &mut Client, mut answers: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let mut asked = Vec::new();
    loop {
        asked.extend(client.poll_output().unwrap_or_default());
        let Want::Exact(length) = client.want() else { return Ok((asked, answers.to_vec())) };
        let (now, later) = answers.split_at(length.min(answers.len()));
        answers = later;
        client.handle(now)?;
    }
}

fn auth(user: &[u8], password: &[u8]) -> Option<Auth> {
    Some(Auth { user: user.into(), password: password.into() })
}

fn host(text: &str) -> Target {
    Target::from_host(text)
}

#[test]
fn addresses_of_every_kind() {
    let long = "a".repeat(255);
    for (target, asked) in [
        (host("192.0.2.7"), b"\x01\xc0\0\x02\x07".to_vec()),
        (host("2001:db8::1"), b"\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01".to_vec()),
        (host("a.example"), b"\x03\x09a.example".to_vec()),
        (host(&long), [&b"\x03\xff"[..], long.as_bytes()].concat()),
    ] {
        let mut client = Client::new(&target, 443, None).unwrap();
        // The proxy names its own side in the same kind.
        let mut answers = b"\x05\0\x05\0\0".to_vec();
        answers.extend(&asked);
        answers.extend(b"\x12\x34HTTP");
        let (all, rest) = talk(&mut client, &answers).unwrap();
        assert_eq!(all, [&b"\x05\x01\0\x05\x01\0"[..], &asked, b"\x01\xbb"].concat());
        assert!(client.is_done());
        assert_eq!(client.bound(), Some((&target, 0x1234)));
        assert_eq!(rest, b"HTTP", "not a byte behind the answer is taken");
    }
}

#[test]
fn users() {
    let mut client = Client::new(&host("192.0.2.7"), 80, auth(b"me", b"secret")).unwrap();
    let (all, _) = talk(&mut client, b"\x05\x02\x01\0\x05\0\0\x01\0\0\0\0\0\0").unwrap();
    assert_eq!(all, b"\x05\x02\0\x02\x01\x02me\x06secret\x05\x01\0\x01\xc0\0\x02\x07\0\x50");
    assert_eq!(client.bound(), Some((&host("0.0.0.0"), 0)));
    // A proxy that does not want to know is not told.
    let mut client = Client::new(&host("192.0.2.7"), 80, auth(b"me", b"secret")).unwrap();
    let (all, _) = talk(&mut client, b"\x05\0\x05\0\0\x03\0\0\0").unwrap();
    assert_eq!(all, b"\x05\x02\0\x02\x05\x01\0\x01\xc0\0\x02\x07\0\x50");
    assert!(!format!("{client:?}").contains("secret"));
    let fails = |answers: &[u8], auth| {
        let mut client = Client::new(&host("192.0.2.7"), 80, auth).unwrap();
        let error = talk(&mut client, answers).unwrap_err();
        assert_eq!((client.want(), client.is_done()), (Want::Nothing, false));
        assert_eq!(client.handle(b"\x05\0"), Err(Error::WrongState));
        error
    };
    assert_eq!(fails(b"\x05\xff", None), Error::NoAcceptableMethod);
    assert_eq!(fails(b"\x05\x02", None), Error::UnexpectedMethod(2));
    assert_eq!(fails(b"\x05\x01", auth(b"a", b"b")), Error::UnexpectedMethod(1));
    assert_eq!(fails(b"\x05\x02\x01\x01", auth(b"a", b"b")), Error::AuthenticationFailed);
    for (user, password) in [(&b""[..], &b"b"[..]), (b"a", b""), (&[b'a'; 256], b"b"), (b"a", &[b'b'; 256])] {
        assert_eq!(Client::new(&host("a"), 1, auth(user, password)).unwrap_err(), Error::InvalidCredentials);
    }
}

#[test]
fn refusals_and_nonsense() {
    let fails = |answers: &[u8]| talk(&mut Client::new(&host("a"), 1, None).unwrap(), answers).unwrap_err();
    assert_eq!(fails(b"HTTP/1.1 400"), Error::NotSocks { version: b'H' });
    assert_eq!(fails(b"\x05\0\x04\0\0\x01"), Error::NotSocks { version: 4 });
    for code in 1..=9 {
        assert_eq!(fails(&[5, 0, 5, code, 0, 1]), Error::Refused(Reply(code)));
    }
    assert_eq!(fails(b"\x05\0\x05\0\0\x02"), Error::BadAddressType(2));
    let whole = b"\x05\0\x05\0\0\x03\x03abc\0\x01";
    for end in 0..whole.len() {
        assert_eq!(fails(&whole[..end]), Error::Disconnected);
    }
    assert_eq!(fails(b"\x05\0\x05\x05\0\x01").to_string(), "the proxy did not connect: connection refused");
    for name in [String::new(), "a".repeat(256)] {
        assert_eq!(Client::new(&Target::Name(name), 1, None).unwrap_err(), Error::InvalidName);
    }
    let mut client = Client::new(&host("a"), 1, None).unwrap();
    assert_eq!(client.handle(b"\x05\0\0"), Err(Error::WrongState), "more than was wanted");
}

#[test]
fn version_4() {
    let mut client = Client::version_4(&host("a.example"), 443, b"").unwrap();
    let (all, rest) = talk(&mut client, b"\0\x5a\0\x07\x7f\0\0\x01rest").unwrap();
    assert_eq!((&all[..], &rest[..]), (&b"\x04\x01\x01\xbb\0\0\0\x01\0a.example\0"[..], &b"rest"[..]));
    assert_eq!(client.bound(), Some((&host("127.0.0.1"), 7)));
    let fails = |target: &str, user: &[u8]| Client::version_4(&host(target), 1, user).unwrap_err();
    assert_eq!(fails("::1", b""), Error::NotInThisVersion);
    assert_eq!(fails("0.0.0.1", b""), Error::NotInThisVersion);
    assert_eq!(fails("a\0b", b""), Error::InvalidName);
    assert_eq!(fails("a", b"u\0"), Error::InvalidCredentials);
    let mut client = Client::version_4(&host("192.0.2.1"), 1, b"").unwrap();
    assert_eq!(talk(&mut client, b"\0\x5b\0\0\0\0\0\0"), Err(Error::Refused(Reply(91))));
    let mut client = Client::version_4(&host("192.0.2.1"), 1, b"").unwrap();
    assert_eq!(talk(&mut client, b"\x05\0"), Err(Error::Disconnected));
}
