//! The targets of `fuzz/targets/proto.rs` on random input: see `fuzz/driver.rs`.

#[path = "../../../fuzz/driver.rs"]
mod driver;
#[path = "../../../fuzz/targets/proto.rs"]
mod targets;

use driver::run;

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
