use super::*;

/// RFC 3986, section 5.4: each reference and what it stands for at this base.
const BASE: &str = "http://a/b/c/d;p?q";
const NORMAL: &[(&str, &str)] = &[
    ("g:h", "g:h"),
    ("g", "http://a/b/c/g"),
    ("./g", "http://a/b/c/g"),
    ("g/", "http://a/b/c/g/"),
    ("/g", "http://a/g"),
    ("//g", "http://g"),
    ("?y", "http://a/b/c/d;p?y"),
    ("g?y", "http://a/b/c/g?y"),
    ("#s", "http://a/b/c/d;p?q#s"),
    ("g#s", "http://a/b/c/g#s"),
    ("g?y#s", "http://a/b/c/g?y#s"),
    (";x", "http://a/b/c/;x"),
    ("g;x", "http://a/b/c/g;x"),
    ("g;x?y#s", "http://a/b/c/g;x?y#s"),
    ("", "http://a/b/c/d;p?q"),
    (".", "http://a/b/c/"),
    ("./", "http://a/b/c/"),
    ("..", "http://a/b/"),
    ("../", "http://a/b/"),
    ("../g", "http://a/b/g"),
    ("../..", "http://a/"),
    ("../../", "http://a/"),
    ("../../g", "http://a/g"),
];
const ABNORMAL: &[(&str, &str)] = &[
    ("../../../g", "http://a/g"),
    ("../../../../g", "http://a/g"),
    ("/./g", "http://a/g"),
    ("/../g", "http://a/g"),
    ("g.", "http://a/b/c/g."),
    (".g", "http://a/b/c/.g"),
    ("g..", "http://a/b/c/g.."),
    ("..g", "http://a/b/c/..g"),
    ("./../g", "http://a/b/g"),
    ("./g/.", "http://a/b/c/g/"),
    ("g/./h", "http://a/b/c/g/h"),
    ("g/../h", "http://a/b/c/h"),
    ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
    ("g;x=1/../y", "http://a/b/c/y"),
    ("g?y/./x", "http://a/b/c/g?y/./x"),
    ("g?y/../x", "http://a/b/c/g?y/../x"),
    ("g#s/./x", "http://a/b/c/g#s/./x"),
    ("g#s/../x", "http://a/b/c/g#s/../x"),
];

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text in, text out")
}

#[test]
fn references_of_rfc_3986() {
    for (reference, wanted) in NORMAL.iter().chain(ABNORMAL) {
        let joined = join(BASE.as_bytes(), reference.as_bytes()).expect("a good URL");
        assert_eq!(text(&joined), *wanted, "{reference}");
    }
}

/// RFC 3986, section 5.4.2: a strict parser takes "http:g" for what it says, one for old references for a relative one, as
/// `urllib.parse` does.
#[test]
fn a_scheme_without_more_is_a_relative_reference() {
    assert_eq!(text(&join(BASE.as_bytes(), b"http:g").expect("a good URL")), "http://a/b/c/g");
}

/// RFC 3986, section 1.1.2.
#[test]
fn examples_of_rfc_3986() {
    let parts = |url: &'static str| {
        let Split { scheme, authority, path, query, fragment } =
            split(url.as_bytes(), &SplitOptions::default()).expect("a good URL");
        [scheme, authority, path, query, fragment].map(|part| text(&part).to_owned())
    };
    assert_eq!(
        parts("ftp://ftp.is.co.za/rfc/rfc1808.txt"),
        ["ftp", "ftp.is.co.za", "/rfc/rfc1808.txt", "", ""]
    );
    assert_eq!(
        parts("ldap://[2001:db8::7]/c=GB?objectClass?one"),
        ["ldap", "[2001:db8::7]", "/c=GB", "objectClass?one", ""]
    );
    assert_eq!(parts("mailto:John.Doe@example.com"), ["mailto", "", "John.Doe@example.com", "", ""]);
    assert_eq!(parts("tel:+1-816-555-1212"), ["tel", "", "+1-816-555-1212", "", ""]);
    assert_eq!(parts("telnet://192.0.2.16:80/"), ["telnet", "192.0.2.16:80", "/", "", ""]);
    assert_eq!(
        parts("urn:oasis:names:specification:docbook:dtd:xml:4.1.2"),
        ["urn", "", "oasis:names:specification:docbook:dtd:xml:4.1.2", "", ""]
    );
    assert_eq!(
        parts("foo://example.com:8042/over/there?name=ferret#nose"),
        ["foo", "example.com:8042", "/over/there", "name=ferret", "nose"]
    );
}

#[test]
fn hosts_in_brackets() {
    for good in
        ["::", "::1", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "fe80::1%25", "FE80::A%eth-0", "vF.x", "v1.:"]
    {
        assert_eq!(check_bracketed_host(good.as_bytes()), Ok(()), "{good}");
    }
    for (bad, error) in [
        ("", Error::BadAddress),
        ("1.2.3.4", Error::Ipv4InBrackets),
        ("1.2.3.4%x", Error::BadAddress),
        ("::1%", Error::BadAddress),
        ("::1%a%b", Error::BadAddress),
        ("12345::", Error::BadAddress),
        ("1::2::3", Error::BadAddress),
        ("::01.2.3.4", Error::BadAddress),
        ("v", Error::BadFutureAddress),
        ("v.x", Error::BadFutureAddress),
        ("v1.", Error::BadFutureAddress),
        ("vg.x", Error::BadFutureAddress),
        ("example", Error::BadAddress),
    ] {
        assert_eq!(check_bracketed_host(bad.as_bytes()), Err(error), "{bad}");
    }
}

#[test]
fn brackets_stand_in_pairs() {
    for bad in [&b"//[::1"[..], b"//::1]", b"http://]/", b"x://a[b/"] {
        assert_eq!(split(bad, &SplitOptions::default()).map(drop), Err(Error::UnbalancedBrackets));
    }
}

#[test]
fn checks_are_the_caller_s() {
    let asked = std::cell::RefCell::new(Vec::new());
    let check = |authority: &[u8]| {
        asked.borrow_mut().push(authority.to_vec());
        Err(Error::Refused)
    };
    let options = SplitOptions { check: &check, check_brackets: &|_| Ok(()), ..SplitOptions::default() };
    assert!(split(b"http://[anything]/", &options).is_ok());
    assert_eq!(split("http://stra\u{df}e/".as_bytes(), &options), Err(Error::Refused));
    assert_eq!(*asked.borrow(), ["stra\u{df}e".as_bytes()]);
}

#[test]
fn a_scheme_begins_with_a_letter_unless_told_otherwise() {
    let lenient = SplitOptions { letter_first: false, ..SplitOptions::default() };
    assert_eq!(&*split(b"1a:b", &lenient).expect("a good URL").scheme, b"1a");
    assert_eq!(&*split(b"1a:b", &SplitOptions::default()).expect("a good URL").path, b"1a:b");
    assert_eq!(&*split(b":b", &lenient).expect("a good URL").path, b":b");
}

#[test]
fn what_no_url_has_is_dropped() {
    let url = split(b"\x00 \x1fht\ttp://a\r\n/b ", &SplitOptions::default()).expect("a good URL");
    assert_eq!((&*url.scheme, &*url.authority, &*url.path), (&b"http"[..], &b"a"[..], &b"/b "[..]));
    let options = SplitOptions { scheme: b" ht\ntp\x00", ..SplitOptions::default() };
    assert_eq!(&*split(b"//a", &options).expect("a good URL").scheme, b"http");
}

#[test]
fn slashes_of_a_path_without_a_host() {
    let url = Split { path: b"//a/b"[..].into(), ..Split::default() };
    assert_eq!(unsplit(&url, &StandardSchemes, Slashes::Kept), b"////a/b");
    assert_eq!(unsplit(&url, &StandardSchemes, Slashes::Doubled), b"////a/b");
    assert_eq!(unsplit(&url, &StandardSchemes, Slashes::Lost), b"//a/b");
    let url = Split { scheme: b"http"[..].into(), path: b"a"[..].into(), ..Split::default() };
    assert_eq!(unsplit(&url, &StandardSchemes, Slashes::Kept), b"http:a");
    assert_eq!(unsplit(&url, &StandardSchemes, Slashes::Doubled), b"http:///a");
    assert_eq!(unsplit(&url, &StandardSchemes, Slashes::Lost), b"http:///a");
}

#[test]
fn forms_of_many_separators() {
    let fields = |form: &[u8], separator: &'static [u8]| {
        let options = FormOptions { separator, keep_blank: true, ..FormOptions::default() };
        parse_form(form, &options).map(|fields| fields.len())
    };
    assert_eq!(fields(b"a&&b&&&c", b"&&"), Ok(3));
    assert_eq!(fields(b"a&b;c", b";"), Ok(2));
    assert_eq!(fields(b"", b"&"), Ok(0));
    assert_eq!(fields(b"a", b""), Err(Error::EmptySeparator));
}

#[test]
fn forms_of_too_many_fields_are_not_read() {
    let options = FormOptions { max_fields: Some(2), ..FormOptions::default() };
    assert_eq!(parse_form(b"a=1&b=2", &options).map(|fields| fields.len()), Ok(2));
    assert_eq!(parse_form(b"a=1&b=2&", &options), Err(Error::TooManyFields));
}

#[test]
fn a_strict_form_tells_where_it_is_wrong() {
    let options = FormOptions { strict: true, ..FormOptions::default() };
    assert_eq!(parse_form(b"a=1&b&c=2", &options), Err(Error::BadField { start: 4, end: 5 }));
    assert_eq!(parse_form(b"a=1&", &options), Err(Error::BadField { start: 4, end: 4 }));
}

#[test]
fn every_byte_is_escaped_as_the_rfc_says() {
    for byte in 0..=255_u8 {
        let input = [byte];
        let encoded = encode(&input, &Encoding::UNRESERVED);
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            assert_eq!(encoded.as_bytes(), input);
        } else {
            assert_eq!(encoded, format!("%{byte:02X}"));
            assert_eq!(*decode(format!("%{byte:02x}").as_bytes()), [byte]);
        }
    }
    assert_eq!(encode(b"\xff", &Encoding::UNRESERVED.leaving(b"\xff")), "%FF");
}

#[test]
fn a_slice_that_is_too_short_is_filled_with_whole_escapes() {
    for size in 0..=9 {
        let mut out = vec![b'.'; size];
        let written = encode_to_slice(b"a b c", &Encoding::PATH, &mut out);
        assert!(b"a%20b%20c".starts_with(&out[..written]));
        assert!(!out[..written].ends_with(b"%") && !out[..written].ends_with(b"%2"));
    }
}

#[test]
fn inputs_of_all_lengths_are_encoded_as_slices_are() {
    for (length, pattern) in
        (0..200).flat_map(|length| [b"a".as_slice(), b" ", b"a\xff/"].map(|each| (length, each)))
    {
        let input: Vec<u8> = pattern.iter().copied().cycle().take(length).collect();
        let mut slice = vec![0; 3 * length];
        let written = encode_to_slice(&input, &Encoding::PATH, &mut slice);
        let mut out = b"?".to_vec();
        encode_into(&input, &Encoding::PATH, &mut out);
        assert_eq!(out[1..], slice[..written]);
        // Fields enough that a form outgrows its room, at each place in it.
        let mut form = FormWriter::new(&Encoding::PATH);
        let mut fields = Vec::new();
        for _ in 0..20 {
            form.name(b"x y");
            form.value(&input);
            fields.push([b"x%20y=", &slice[..written]].concat());
        }
        assert_eq!(form.as_bytes(), fields.join(&b'&'));
    }
}

#[test]
fn forms_with_nothing_in_them() {
    assert_eq!(FormWriter::new(&Encoding::FORM).finish(), b"");
    assert_eq!(encode_form([("", ""), ("", "a")]), "=&=a");
}

#[test]
fn brackets_alone() {
    let options = SplitOptions { brackets_alone: true, ..SplitOptions::default() };
    for good in ["//[::1]", "//[::1]:80", "//[::1]:", "//a:b@[v1.x]:x", "//]@[::1]", "//h"] {
        assert!(split(good.as_bytes(), &options).is_ok(), "{good}");
    }
    for (bad, error) in [
        ("//x[::1]", Error::BesideBrackets),
        ("//[::1]x", Error::BesideBrackets),
        ("//u@x[::1]:80", Error::BesideBrackets),
        ("//[::1]]:80", Error::BesideBrackets),
        ("//[::1]@h", Error::BadAddress),
        ("//]h[", Error::BesideBrackets),
        ("//[x]", Error::BadAddress),
        ("//[::1", Error::UnbalancedBrackets),
    ] {
        assert_eq!(split(bad.as_bytes(), &options), Err(error), "{bad}");
    }
    assert!(split(b"//x[::1]y", &SplitOptions::default()).is_ok());
}

#[test]
fn what_is_empty_is_not_missing() {
    let options = SplitOptions::default();
    for url in
        ["", "a", "//", "///", "//?#", "http:", "http:?", "http://#", "http://a?#", "x:///a?#b", "a?", "#"]
    {
        let parts = components(url.as_bytes(), &options).expect("a good URL");
        assert_eq!(text(&parts.recompose()), url);
    }
    let broken = components(b" HT\nTP://a\t?", &options).expect("a good URL");
    assert_eq!(text(&broken.recompose()), "http://a?");
    let other = components(b"//a", &SplitOptions { scheme: b" x\n", ..options }).expect("a good URL");
    assert_eq!(other.scheme.as_deref(), Some(&b"x"[..]));
    let written = Components { authority: Some(b"a".into()), path: b"b".into(), ..Components::default() };
    assert_eq!(text(&written.recompose()), "//a/b");
}

/// References of which RFC 3986 says the same as `join`, and those with empty components, as Python 3.14 resolves them.
#[test]
fn references_with_empty_components() {
    let resolve = |base: &'static str, reference: &'static str| {
        let url = resolve(base.as_bytes(), reference.as_bytes(), &SplitOptions::default(), &StandardSchemes);
        text(&url.expect("a good URL")).to_owned()
    };
    for (reference, wanted) in NORMAL.iter().chain(ABNORMAL) {
        assert_eq!(resolve(BASE, reference), *wanted, "{reference}");
    }
    for (base, reference, wanted) in [
        (BASE, "?", "http://a/b/c/d;p?"),
        (BASE, "#", "http://a/b/c/d;p?q#"),
        (BASE, "http:", "http://a/b/c/d;p?q"),
        (BASE, "http:g?", "http://a/b/c/g?"),
        (BASE, "..;x", "http://a/b/c/..;x"),
        (BASE, "///g?#", "http://a/g?#"),
        ("http://a/b#f", "", "http://a/b#f"),
        ("http://a/b#f", "?", "http://a/b?"),
        ("http://a?q#f", "http:", "http://a?q#f"),
        ("a/b", "c", "a/c"),
        ("//a", "b", "//a/b"),
        ("mailto:x", "y", "y"),
        ("a:b", "a:c", "a:c"),
        ("x", "http:y", "http:y"),
    ] {
        assert_eq!(resolve(base, reference), wanted, "{base} {reference}");
    }
    let (url, fragment) = strip_fragment(b"http:?#", &SplitOptions::default()).expect("a good URL");
    assert_eq!((&*url, &*fragment), (&b"http:?"[..], &b""[..]));
}
