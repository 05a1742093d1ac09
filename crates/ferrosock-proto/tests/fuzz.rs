//! The targets of `fuzz/targets/proto.rs` on random input: see `fuzz/driver.rs`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[allow(dead_code, reason = "its messages alone are wanted here")]
mod corpus;
#[path = "../../../fuzz/driver.rs"]
mod driver;
#[path = "../../../fuzz/targets/proto.rs"]
mod targets;

use driver::run;

#[test]
fn socks() {
    let seeds: [&[u8]; 4] = [
        b"\x20\x05\0\x05\0\0\x03\x03abc\0\x01",
        b"\x40\x05\x02\x01\0\x05\0\0\x01\x7f\0\0\x01\0\x50",
        b"\x20\x05\0\x05\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\0\0\x5a\0\0\0\0\0\0",
    ];
    run("socks", targets::socks, &seeds);
}

#[test]
fn proxy_protocol() {
    let seeds: [&[u8]; 4] = [
        b"PROXY TCP4 192.0.2.1 192.0.2.2 5000 80\r\nGET /",
        b"PROXY UNKNOWN\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\x13\x88\0\x50",
    ];
    run("proxy_protocol", targets::proxy_protocol, &seeds);
}

#[test]
fn cookie() {
    let seeds: [&[u8]; 7] = [
        b"",
        b"chips=ahoy; vienna=finger",
        b"keebler=\"E=everybody; L=\\\"Loves\\\"; fudge=\\012;\"; $Path=/",
        b"a=b; expires=Wed, 09-Feb-1994 22:23:32 GMT; secure",
        b"a = b ;c==d;e= \"",
        b"foo=\"bar\"; port=\"80,81\"; discard, bar=baz",
        b"x=\xc3\xa9\xc2\xa0; y=[1]",
    ];
    run("cookie", targets::cookie, &seeds);
}

#[test]
fn set_cookie() {
    let seeds: [&[u8]; 6] = [
        b"",
        b"id=a3f; Expires=Wed, 21 Oct 2065 07:28:00 GMT; Secure; HttpOnly; SameSite=Lax",
        b"Customer=\"WILE_E_COYOTE\"; Version=\"1\"; Path=\"/a\"; Port=\"80,443\"; Max-Age=60; Discard",
        b"a=b; domain=.acme.com; path=/; version=0; comment; commenturl=x",
        b"__Host-a=1; path=/; secure",
        b"=; max-age=-1; max-age=99999999999999999999; domain=; path=%2f \xff",
    ];
    run("set_cookie", targets::set_cookie, &seeds);
}

#[test]
fn cookie_date() {
    let seeds: [&[u8]; 7] = [
        b"Wed, 09 Feb 1994 22:23:32 GMT",
        b"Tuesday, 08-Feb-94 14:15:29 GMT",
        b"03 Feb 1994 12:33:11 +0100 (CET)",
        b"19940203T141529.25-01:30",
        b"1994-02-03 14:15:29 -0100",
        b"www.acme.com.acme.com",
        b"127.0.0.1.0.0.1",
    ];
    run("cookie_date", targets::cookie_date, &seeds);
}

#[test]
fn response_head() {
    let seeds: [&[u8]; 10] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n",
        b"HTTP/1.0 404 Not Found\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: a\r\n\r\n",
        b"HTTP/1.1 200 OK\nA: b\n c\nFrom x\n: y\nrubbish\n\n",
        b"HTTP/0.9 +2_00\r\nContent-Length: -1\r\nContent-Length: 1_0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA:\x00\x0b\x85\xa0\rB: c\r\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end",
    ];
    run("response_head", targets::response_head, &seeds);
}

#[test]
fn request_head() {
    let cases = corpus::cases();
    let mut seeds: Vec<&[u8]> = vec![
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n",
        b"OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        b"PUT http://a/b?c HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
        b"\r\nGET / HTTP/1.1\r\nHost: a\r\nUpgrade: b\r\nConnection: upgrade\r\n\r\n",
        b"GET  / HTTP/1.1\nHost : a\n b\nContent-Length: 0\n\n",
    ];
    // And all that a section of RFC 9112 allows or forbids, but what is only long.
    seeds.extend(cases.iter().map(|case| &case.message[..]).filter(|message| message.len() < 500));
    run("request_head", targets::request_head, &seeds);
}

#[test]
fn chunked_body() {
    let cases = corpus::cases();
    let mut seeds: Vec<&[u8]> = vec![
        b"5\r\nhello\r\n0\r\n\r\n",
        b"a;b=\"c;\\\"\";d\r\n0123456789\r\n1 ; e = f\r\nx\r\n00\r\nA: b\r\n\r\nrest",
        b" 0x_5 \nhellozz0\n",
        b"FFFFFFFFFFFFFFFF\r\nabc",
        b"-1\r\n\r\n",
        b"1\r\na\r\n1\r\nb\r\n0\r\nA: b\r\nC: d\r\n\r\n",
    ];
    let head = b"Transfer-Encoding: chunked\r\n\r\n";
    let bodies = cases.iter().filter_map(|case| {
        let at = memchr::memmem::find(&case.message, head)?;
        Some(&case.message[at + head.len()..])
    });
    seeds.extend(bodies.filter(|body| body.len() < 500));
    run("chunked_body", targets::chunked_body, &seeds);
}

#[test]
fn http_date() {
    let seeds: [&[u8]; 5] = [
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
        b"Sat, 29 Feb 9999 23:59:60 GMT",
        b"Mon, 01 Jan 0000 00:00:00 GMT",
    ];
    run("http_date", targets::http_date, &seeds);
}

#[test]
fn challenges() {
    let seeds: [&[u8]; 8] = [
        b"Basic realm=\"a, b\", Digest realm=\"c\", nonce=\"d\", qop=\"auth,auth-int\", algorithm=MD5-sess",
        b"Negotiate YWJj==, Bearer error=invalid_token , NTLM",
        b"Digest realm=a,nonce=\"\\\"\",opaque=\"\",userhash=true,algorithm=SHA-512-256",
        b"text/html; charset=\"utf-8\";; a=b",
        b"</a,b>; rel=\"next last\"; title, <c>;d = \"e\"",
        b"bytes=0-499, -500, 9500-",
        b"bytes 42-1233/1234",
        b"gzip;q=0.5, br;a=\"b;q=0\";q=1.000, *;q=0",
    ];
    run("challenges", targets::challenges, &seeds);
}

#[test]
fn robots() {
    let seeds: [&[u8]; 6] = [
        b"User-agent: *\nDisallow: /a\nAllow: /\n\nUser-agent: bot # x\nCrawl-delay: 3\nRequest-rate: 1/10",
        b"user-agent:a\nuser-agent:b\ndisallow:\nSitemap: http://a/b\nCrawl-delay: 99999999999999999999",
        b"User-agent: a\nDisallow: http://a;b/c;d?e#f\nDisallow: //[::1]/x\nDisallow: %2f%zz%C3%A9*",
        b"User-agent: \xc3\xa9\nDisallow: \xff\nCrawl-delay: \xd9\xa3",
        b"http://example.org/a;b?c#d",
        b"ftp://[a/%00\t\x1f",
    ];
    run("robots", targets::robots, &seeds);
}

#[test]
fn proxies() {
    let seeds: [&[u8]; 5] = [
        b"http_proxy=a\nHTTP_PROXY=b\nREQUEST_METHOD=\nno_proxy=c\n_proxy=d\nhttps_proxy=",
        b"www.example.org:80\nlocalhost, .example.org:80,*,, ..",
        b"a\n*",
        b"Digest realm=\"a, \\\"b\", qop=auth,,c=\"",
        b",",
    ];
    run("proxies", targets::proxies, &seeds);
}

#[test]
fn websocket() {
    let seeds: [&[u8]; 10] = [
        b"\x01\x81\x05Hello\x01\x03Hel\x89\x02hi\x80\x02lo\x88\x02\x03\xe8",
        b"\x20\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x88\x80\x37\xfa\x21\x3d",
        b"\xe3\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00",
        b"\xe7\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00",
        b"\xe3\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00",
        b"\x02\xc2\x8d\0\0\0\0\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
        b"\x11\x82\x7e\x00\x7e",
        b"\x11\x01\x04\xf0\x9f\x98\x80\x80\x03\xe2\x82\xac",
        b"\x00permessage-deflate; server_max_window_bits=10; client_max_window_bits",
        b"\x00permessage-deflate; client_no_context_takeover, permessage-deflate",
    ];
    run("websocket", targets::websocket, &seeds);
}
