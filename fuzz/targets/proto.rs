//! What must hold of each parser of a protocol, whatever it is given: no panic, no endless loop, and what it read can be
//! written and read again.
//!
//! Run by cargo-fuzz (`fuzz_targets/`) and by `cargo test` (`driver.rs`, `crates/ferrosock-proto/tests/fuzz.rs`).

use ferrosock_proto::cookies;

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
