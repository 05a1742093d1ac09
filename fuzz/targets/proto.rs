//! What must hold of each parser of a protocol, whatever it is given: no panic, no endless loop, no memory beyond its
//! limits, the same from any blocks, and what it read can be written and read again.
//!
//! Run by cargo-fuzz (`fuzz_targets/`) and by `cargo test` (`driver.rs`, `crates/ferrosock-proto/tests/fuzz.rs`).

use ferrosock_proto::cookies;
use ferrosock_proto::http::{
    self, Challenge, ContentRange, DigestChallenge, DigestRequest, Fields, Link, MediaType, Protection,
    Robots, RobotsDialect, RobotsReader,
};
use ferrosock_proto::http1::{
    Body, Client, Error, Event, Feed, Framing, Limits, RequestHead, ResponseHead, Server, Temper, Want,
    encode_chunk, encode_last_chunk, encode_request, encode_response, read_request, read_response,
    request_framing, response_framing,
};

/// A SOCKS proxy that answers anything: the client ends within a few answers, and takes no more than it asked for.
pub(crate) fn socks(data: &[u8]) {
    use ferrosock_proto::socks;
    let Some((&kind, mut answers)) = data.split_first() else { return };
    let target = socks::Target::from_host(["a.example", "192.0.2.1", "::1"][usize::from(kind % 3)]);
    let auth = socks::Auth { user: b"user".into(), password: b"word".into() };
    let made = match kind & 0x60 {
        0 => socks::Client::version_4(&target, 80, b"me"),
        0x20 => socks::Client::new(&target, 80, None),
        _ => socks::Client::new(&target, 80, Some(auth)),
    };
    let Ok(mut client) = made else { return };
    for _ in 0..6 {
        let _ = client.poll_output();
        let Want::Exact(length) = client.want() else { break };
        let (now, later) = answers.split_at(length.min(answers.len()));
        answers = later;
        if client.handle(now).is_err() {
            assert!(!client.is_done());
            break;
        }
    }
    assert_eq!(client.want(), Want::Nothing);
    assert_eq!(client.bound().is_some(), client.is_done());
}

/// A header of the PROXY protocol: what a whole one is, it is from any beginning of it, and nothing behind it matters.
pub(crate) fn proxy_protocol(data: &[u8]) {
    use ferrosock_proto::proxy_protocol::{LONGEST, read_header, read_tls};
    let _ = read_tls(data);
    match read_header(data) {
        Ok(Some((header, length))) => {
            assert!(length <= data.len().min(LONGEST));
            assert_eq!(read_header(&data[..length]), Ok(Some((header, length))));
            for cut in 0..length {
                assert_eq!(read_header(&data[..cut]), Ok(None));
            }
        }
        Ok(None) => assert!(data.len() < LONGEST),
        Err(_) => assert!(!data.is_empty()),
    }
}

/// The `Cookie` field: its parts stand in it in their order, and values come back from their quotes.
pub(crate) fn cookie(data: &[u8]) {
    let mut rest = data;
    for part in cookies::CookieParts::new(data) {
        let start = part.name.as_ptr() as usize - rest.as_ptr() as usize;
        assert!(start + part.name.len() <= rest.len());
        rest = &rest[start + part.name.len()..];
        if let Some(value) = part.value {
            let plain = cookies::unquote_value(value);
            assert!(plain.len() <= value.len());
            if std::str::from_utf8(&plain).is_ok() {
                assert_eq!(cookies::unquote_value(&cookies::quote_value(&plain)), plain);
            }
        }
    }
    let lists = cookies::split_header_words([data]);
    let pairs = lists.iter().map(|list| list.iter().map(|(name, value)| (*name, value.as_deref())));
    let joined = cookies::join_header_words(pairs);
    if !joined.contains(&b'\n') {
        let again = cookies::split_header_words([&joined[..]]);
        assert_eq!(again, lists);
    }
}

/// `Set-Cookie` by every rule, into stores, and the field that they give for it.
pub(crate) fn set_cookie(data: &[u8]) {
    const NOW: i64 = 1_000_000_000;
    if let Some(parts) = cookies::split_set_cookie(data) {
        let pairs = parts.iter().map(|part| (part.name, part.value.map(Into::into)));
        let _ = cookies::Draft::read(pairs, NOW, || 2026);
    }
    let escaped = cookies::escape_path(data).into_owned();
    assert_eq!(*cookies::escape_path(&escaped), *escaped);
    let text = String::from_utf8_lossy(data);
    let valid = cookies::SetCookie::parse(&text).filter(|cookie| cookie.validate().is_ok());
    if let Some(cookie) = valid {
        let again = cookies::SetCookie::parse(&cookie.to_string());
        assert_eq!(again.map(|again| (again.name, again.value)), Some((cookie.name, cookie.value)));
    }
    let all = cookies::Rules { rfc2965: true, ..cookies::Rules::default() };
    for policy in [cookies::Policy::rfc6265(), cookies::Policy::Classic(all)] {
        let mut store = cookies::CookieStore::new(policy);
        for host in ["www.acme.com", "printer", "10.0.0.1", "acme.com", ""] {
            let request = cookies::Request::new(host, 443, "/a/b/c", true);
            let _ = store.handle_set_cookie(&text, &request, NOW);
            let _ = store.handle_set_cookie2(&text, &request, NOW);
            let _ = store.header(&request, NOW);
        }
        assert_eq!(store.len(), store.iter().count());
    }
}

/// Dates by each of the forms, and the names of hosts.
pub(crate) fn cookie_date(data: &[u8]) {
    for time in [cookies::http_date(data, 2026), cookies::iso_date(data)].into_iter().flatten() {
        assert!((-86_400 * 5..=253_402_300_800 + 86_400 * 35).contains(&time));
    }
    let time = cookies::rfc6265_date(&String::from_utf8_lossy(data));
    if let Some(text) = time.and_then(cookies::cookie_date) {
        assert_eq!(cookies::rfc6265_date(&text), time);
    }
    let (host, domain) = data.split_at(data.len() / 2);
    if cookies::domain_match(host, domain) {
        assert!(cookies::domain_match_anywhere(host, domain));
    }
    assert!(host.ends_with(cookies::reach(host)));
    assert!(!cookies::user_domain_match(host, domain) || host.len() >= domain.len());
    assert!(!host.starts_with(b"/") || cookies::path_match(host, cookies::default_path(host, true)));
}

const LIMITS: Limits = Limits { line: 60, lines: 8, section: 200, extensions: 40 };

/// Blocks of a size that the first byte names.
fn blocks(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.chunks(data.first().map_or(1, |byte| usize::from(byte % 16) + 1))
}

/// The head of a response, and what a client makes of it and of what follows.
pub(crate) fn response_head(data: &[u8]) {
    for temper in [Temper::Strict, Temper::Tolerant] {
        let found = read_response(data, temper, &LIMITS);
        let whole = converse(data, std::iter::once(data), temper);
        assert_eq!(converse(data, blocks(data), temper), whole);
        let Ok(Some((head, length))) = found else { continue };
        assert!(length <= data.len() && head.fields.len() < LIMITS.lines);
        let mut wire = Vec::new();
        if encode_response(&head, &mut wire).is_ok() {
            let again = read_response(&wire, temper, &Limits::python());
            assert_eq!(again, Ok(Some((head.clone(), wire.len()))));
        } else {
            assert!(temper == Temper::Tolerant && wire.is_empty());
        }
        // Strict, one framing at most can be read into the fields, but where they count for nothing.
        if temper == Temper::Strict && head.status != 101 && head.fields.contains(b"content-length") {
            let framing = response_framing(&head, "GET", temper);
            assert!(!head.fields.contains(b"transfer-encoding") && framing != Ok(Framing::Chunked));
        }
    }
}

/// What a client makes of what a server sends: events, content, and how it ended.
fn converse<'a>(
    data: &[u8],
    blocks: impl Iterator<Item = &'a [u8]>,
    temper: Temper,
) -> (Vec<Event<ResponseHead>>, Vec<u8>, Option<Error>) {
    let mut client = Client::new(temper, LIMITS);
    for method in ["GET", if data.len() % 2 == 0 { "HEAD" } else { "CONNECT" }] {
        let mut head = RequestHead::new(method, if method == "CONNECT" { "a:1" } else { "/" });
        head.fields.append(b"Host", b"a").expect("a field");
        client.send_request(&head).expect("a request");
    }
    let (mut feed, mut events, mut body) = (Feed::new(), Vec::new(), Vec::new());
    for block in blocks.filter(|block| !block.is_empty()).chain([&b""[..]]) {
        feed.push(block);
        while let Some(piece) = feed.take(client.want()) {
            let result = client.handle(piece).map(|content| body.extend_from_slice(content));
            events.extend(std::iter::from_fn(|| client.poll_event()));
            if let Err(error) = result {
                assert_eq!(client.want(), Want::Nothing);
                return (events, body, Some(error));
            }
        }
    }
    (events, body, None)
}

/// The head of a request, and what a server makes of it and of what follows.
pub(crate) fn request_head(data: &[u8]) {
    for temper in [Temper::Strict, Temper::Tolerant] {
        assert_eq!(serve(blocks(data), temper), serve(std::iter::once(data), temper));
        let Ok(Some((head, length))) = read_request(data, temper, &LIMITS) else { continue };
        assert!(length <= data.len());
        let mut wire = Vec::new();
        if encode_request(&head, &mut wire).is_ok() {
            let again = read_request(&wire, temper, &Limits::python());
            assert_eq!(again, Ok(Some((head.clone(), wire.len()))));
        } else {
            assert!(temper == Temper::Tolerant && wire.is_empty());
        }
        let framed = [&b"content-length"[..], b"transfer-encoding"].map(|name| head.fields.all(name).count());
        match request_framing(&head).expect("a framing that was checked") {
            Framing::Chunked => assert!(framed[0] == 0 && framed[1] >= 1),
            Framing::Length(0) => assert!(framed[0] <= 1 && framed[1] == 0),
            Framing::Length(_) => assert_eq!(framed, [1, 0]),
            Framing::UntilClose | Framing::Switch => unreachable!("a request without an end"),
        }
    }
}

/// What a server makes of what a client sends: the requests and their bodies, what it answers, and how it ended.
fn serve<'a>(
    blocks: impl Iterator<Item = &'a [u8]>,
    temper: Temper,
) -> (Vec<Event<RequestHead>>, Vec<u8>, Vec<u8>, Option<Error>) {
    let mut server = Server::new(temper, LIMITS);
    let (mut feed, mut events, mut body, mut sent) = (Feed::new(), Vec::new(), Vec::new(), Vec::new());
    for block in blocks.filter(|block| !block.is_empty()).chain([&b""[..]]) {
        feed.push(block);
        while let Some(piece) = feed.take(server.want()) {
            let result = server.handle(piece).map(|content| body.extend_from_slice(content));
            while let Some(event) = server.poll_event() {
                if matches!(event, Event::End(_)) {
                    server
                        .send_response(&ResponseHead::new(404, "Not Found"))
                        .expect("an answer that is due");
                    server.send_data(b"hello").expect("a body");
                    server.send_end(&Fields::new()).expect("its end");
                }
                events.push(event);
            }
            sent.extend(server.poll_output().unwrap_or_default());
            if let Err(error) = result {
                assert!(!error.is_ours() && server.want() == Want::Nothing);
                return (events, body, sent, Some(error));
            }
        }
    }
    (events, body, sent, None)
}

/// A chunked body: the same from any blocks, and again when what was read is written.
pub(crate) fn chunked_body(data: &[u8]) {
    for temper in [Temper::Strict, Temper::Tolerant] {
        let whole = chunks(std::iter::once(data), temper);
        assert_eq!(chunks(blocks(data), temper), whole);
        let (content, trailers, error, left) = whole;
        assert!(content.len() <= data.len());
        if error.is_none() && temper == Temper::Strict {
            let mut wire = Vec::new();
            content.chunks(7).for_each(|chunk| encode_chunk(chunk, &mut wire));
            if encode_last_chunk(&trailers, &mut wire).is_ok() {
                let again = chunks(std::iter::once(&wire[..]), temper);
                assert_eq!(again, (content.clone(), trailers, None, Vec::new()));
            }
            // What is accepted strictly is accepted, and the same, by the tolerant.
            let tolerant = chunks(std::iter::once(data), Temper::Tolerant);
            assert_eq!((tolerant.0, tolerant.2, tolerant.3), (content, None, left));
        }
    }
}

fn chunks<'a>(
    blocks: impl Iterator<Item = &'a [u8]>,
    temper: Temper,
) -> (Vec<u8>, Fields, Option<Error>, Vec<u8>) {
    let mut body = Body::new(Framing::Chunked, temper, LIMITS);
    let (mut feed, mut content) = (Feed::new(), Vec::new());
    for block in blocks.filter(|block| !block.is_empty()).chain([&b""[..]]) {
        feed.push(block);
        while let Some(piece) = feed.take(body.want()) {
            match body.handle(piece) {
                Ok(found) => content.extend_from_slice(found),
                Err(error) => return (content, Fields::new(), Some(error), Vec::new()),
            }
        }
    }
    assert!(body.is_done());
    (content, body.take_trailers(), None, feed.rest().to_vec())
}

/// A date: what is read is written in each form and read as the same.
pub(crate) fn http_date(data: &[u8]) {
    for now in [0, 784_111_777, i64::MIN, i64::MAX] {
        let Ok(seconds) = http::parse_date(data, now) else { continue };
        for format in [http::format_date, http::format_asctime_date, http::format_rfc850_date] {
            let Ok(text) = format(seconds) else { continue };
            assert_eq!(http::parse_date(text.as_bytes(), seconds), Ok(seconds));
        }
    }
    if let Some(seconds) = data.first_chunk() {
        let seconds = i64::from_ne_bytes(*seconds);
        for seconds in [seconds, seconds % 300_000_000_000] {
            if let Ok(text) = http::format_date(seconds) {
                assert_eq!(http::parse_date(text.as_bytes(), 0), Ok(seconds));
            }
        }
    }
}

/// Challenges, and the other fields that are made of tokens and quoted strings.
pub(crate) fn challenges(data: &[u8]) {
    for challenge in Challenge::parse_list(data).unwrap_or_default() {
        // A challenge with nothing but parameters comes back whole.
        let wire = challenge.to_bytes().expect("what was read can be written");
        assert_eq!(Challenge::parse_list(&wire).as_deref(), Some(&[challenge.clone()][..]));
        let Some(digest) = DigestChallenge::new(&challenge) else { continue };
        let request = DigestRequest { method: b"GET", target: b"/", body: data, cnonce: b"c", count: 1 };
        for protection in [None, Some(Protection::Auth), Some(Protection::AuthInt)] {
            let answer = digest.answer(b"user", b"password", &request, protection);
            let again = Challenge::parse_list(&answer.expect("nothing but text")).expect("credentials");
            assert_eq!(again[0].parameters.get("nonce"), Some(&digest.nonce[..]));
        }
    }
    if let Some(found) = MediaType::parse(data) {
        assert_eq!(MediaType::parse(&found.to_bytes()), Some(found));
    }
    for link in Link::parse_list(data).unwrap_or_default() {
        if let Some(wire) = link.to_bytes() {
            assert_eq!(Link::parse_list(&wire).as_deref(), Some(&[link][..]));
        }
    }
    if let Some(ranges) = http::parse_ranges(data) {
        let text = http::format_ranges(&ranges);
        assert_eq!(http::parse_ranges(text.as_bytes()), Some(ranges));
    }
    if let Some(range) = ContentRange::parse(data) {
        assert_eq!(ContentRange::parse(range.to_text().as_bytes()), Some(range));
    }
    assert!(http::weighted(data).iter().all(|(_, weight)| *weight <= 1000));
    let _ = http::parse_basic_credentials(data);
}

/// Files of rules: what a dialect finds plain is read the same by all, and each rule's own path is under it.
pub(crate) fn robots(data: &[u8]) {
    robots_of(data, RobotsDialect::default());
    robots_of(data, RobotsDialect { first_match: true, ..RobotsDialect::default() });
    let text = String::from_utf8_lossy(data);
    let robots = Robots::parse(&text);
    let _ = robots.allows(&text, &text);
    assert!(robots.allows(&text, "/robots.txt"));
}

fn robots_of(data: &[u8], dialect: RobotsDialect) {
    let plain = RobotsDialect { plain: true, ..dialect };
    let (mut strict, mut lenient) = (RobotsReader::new(plain), RobotsReader::new(dialect));
    let mut odd = false;
    for line in data.split(|&byte| byte == b'\n') {
        odd |= strict.line(line).is_err();
        let _ = lenient.line(line);
    }
    let (strict, lenient) = (strict.finish(), lenient.finish());
    if !odd {
        assert_eq!(strict, lenient);
    }
    for group in lenient.groups.iter().chain(&lenient.default) {
        assert!(
            group.agents.iter().all(|agent| {
                agent.is_empty() || agent.contains('/') || agent == "*" || group.is_for(agent)
            })
        );
        for rule in &group.rules {
            assert!(rule.path.is_ascii());
            let mut about = group.rules.iter().filter(|other| other.covers(&rule.path).is_some());
            let one = if dialect.first_match { about.next() } else { about.find(|other| other.allow) };
            match one {
                Some(one) if dialect.first_match => assert_eq!(group.allows(&rule.path), one.allow),
                Some(_) => (),
                None => assert!(!group.allows(&rule.path)),
            }
        }
    }
    if let Some(path) = http::robots_path(data, dialect) {
        assert!(path.is_ascii() && !path.is_empty());
    }
}

/// Environments and lists of hosts, and the lists that programs read loosely.
pub(crate) fn proxies(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let variables = || text.split('\n').filter_map(|line| line.split_once('='));
    let found = http::proxies(variables());
    for (at, (scheme, url)) in found.iter().enumerate() {
        assert!(!url.is_empty() && found[..at].iter().all(|(other, _)| other != scheme));
        assert!(variables().any(|(_, value)| value == url));
    }
    let (host, rules) = data.split_at(data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len()));
    let matched = http::needs_no_proxy(host, rules);
    assert_eq!(matched, http::needs_no_proxy(&host.to_ascii_uppercase(), &rules.to_ascii_lowercase()));
    assert!(http::needs_no_proxy(host, b"*"));
    let members = http::loose_list(data);
    assert!(members.iter().map(Vec::len).sum::<usize>() <= data.len() && members.len() <= data.len());
    assert!(members.last().is_none_or(|last| !last.is_empty() || data.ends_with(b",")));
}

/// WebSocket: the first byte says who we are, whether messages are compressed, and in what pieces the rest comes. The same comes of
/// any pieces, no more is kept than a message may have, and every event that is sent again is understood.
pub(crate) fn websocket(data: &[u8]) {
    use ferrosock_proto::websocket::{
        ClientHandshake, Deflate, DeflateOptions, Error, Event, Kind, Limits, Options, ServerHandshake,
        WebSocket,
    };
    let Some((&kind, data)) = data.split_first() else { return };
    let deflate = (kind & 2 != 0).then_some(Deflate {
        server_bits: 8 + (kind >> 5),
        client_bits: 15,
        server_resets: kind & 4 != 0,
        client_resets: kind & 8 != 0,
        level: 1,
        threshold: 0,
    });
    let options = Options { limits: Limits { frame: 5000, message: 3000 }, deflate };
    let make = |client: bool| {
        if client { WebSocket::client(&options, [0; 32]) } else { WebSocket::server(&options) }
    };
    let run = |step: usize| -> (Vec<Event>, Option<Error>, Vec<u8>) {
        let (mut machine, mut events, mut error, mut output) =
            (make(kind & 1 != 0), Vec::new(), None, Vec::new());
        for mut piece in data.chunks(step) {
            while !piece.is_empty() {
                match machine.handle(piece) {
                    Ok(taken) => {
                        assert!(taken > 0);
                        piece = &piece[taken..];
                    }
                    Err(found) => {
                        assert!(!found.is_ours() && error.is_none() && machine.is_closed());
                        error = Some(found);
                        break;
                    }
                }
                if let Some(event) = machine.poll_event() {
                    match &event {
                        Event::Text(text) => assert!(text.len() <= 3000),
                        Event::Binary(bytes) => assert!(bytes.len() <= 3000),
                        _ => {}
                    }
                    events.push(event);
                }
            }
        }
        while let Some(piece) = machine.poll_output() {
            output.extend(piece);
        }
        let _ = machine.handle_end();
        assert!(machine.is_closed());
        (events, error, output)
    };
    let whole = run(data.len().max(1));
    let pieces = run(usize::from(kind >> 4) + 1);
    assert_eq!((&pieces.0, pieces.1.is_some()), (&whole.0, whole.1.is_some()));
    // In compressed data that is wrong in two ways, it depends on the pieces which one is met first.
    assert!(pieces == whole || deflate_is_wrong(&pieces.1) && deflate_is_wrong(&whole.1));
    let (mut sender, mut receiver) = (make(true), make(false));
    for event in whole.0 {
        let sent = match &event {
            Event::Text(text) => sender.send_text(text),
            Event::Binary(bytes) => sender.send_owned(Kind::Binary, bytes.clone()),
            Event::Ping(payload) => sender.send_ping(payload),
            Event::Pong(payload) => sender.send_pong(payload),
            Event::Close(Some(frame)) => sender.send_close(frame.code, &frame.reason),
            _ => sender.send_close(1005, ""),
        };
        assert_eq!(sent, Ok(()));
        while let Some(piece) = sender.poll_output() {
            assert_eq!(receiver.handle(&piece), Ok(piece.len()));
        }
        assert_eq!(receiver.poll_event(), Some(event));
    }
    // The same bytes as fields of a handshake.
    let mut fields = Fields::new();
    if fields.append(b"Sec-WebSocket-Extensions", data).is_ok() {
        let client = ClientHandshake::new([0; 16], &[], Some(DeflateOptions::default()));
        let mut request = RequestHead::new("GET", "/");
        request.fields = client.fields().expect("fields of our own");
        let _ = request.fields.set(b"Sec-WebSocket-Extensions", data);
        if let Ok(handshake) = ServerHandshake::read(&request) {
            let (answer, _) = handshake
                .accept(None, Some(&DeflateOptions::default()))
                .expect("an answer without a protocol");
            let mut response = ResponseHead::new(101, "");
            response.fields = answer;
            let _ = client.judge(&response);
        }
    }
}

fn deflate_is_wrong(error: &Option<ferrosock_proto::websocket::Error>) -> bool {
    use ferrosock_proto::websocket::Error;
    matches!(error, Some(Error::BadText | Error::BadCompression | Error::MessageTooLong))
}
