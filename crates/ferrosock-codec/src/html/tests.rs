use super::*;

#[test]
fn every_name_stands_for_what_the_standard_says() {
    for (name, text) in named_references() {
        assert_eq!(unescape(&format!("&{name}")), text, "{name}");
        assert_eq!(unescape(&format!("({name}&{name})")), format!("({name}{text})"));
    }
    let names: Vec<_> = named_references().map(|(name, _)| name).collect();
    assert!(names.is_sorted());
}

/// The examples of the HTML Standard, section 13.2.5.73.
#[test]
fn the_longest_name_is_taken() {
    assert_eq!(unescape("I'm &notit; I tell you"), "I'm ¬it; I tell you");
    assert_eq!(unescape("I'm &notin; I tell you"), "I'm ∉ I tell you");
    assert_eq!(unescape("&CounterClockwiseContourIntegral;"), "∳");
    assert_eq!(unescape("&acE; &acE"), "\u{223e}\u{333} &acE");
}

/// The HTML Standard, section 13.2.5.80.
#[test]
fn numbers_that_stand_for_others() {
    for (reference, text) in [
        ("&#0;", "\u{fffd}"),
        ("&#x80;", "\u{20ac}"),
        ("&#x81;", "\u{81}"),
        ("&#x9F;", "\u{178}"),
        ("&#xD800;", "\u{fffd}"),
        ("&#x110000;", "\u{fffd}"),
        ("&#13;", "\r"),
        ("&#1;", ""),
        ("&#x7f;", ""),
        ("&#xFDD0;&#xFDEF;&#xFDF0;", "\u{fdf0}"),
        ("&#x1FFFE;&#x10FFFF;&#x10FFFD;", "\u{10fffd}"),
        ("&#99999999999999999999999;", "\u{fffd}"),
        ("&#000000000000000000000000000000065", "A"),
        ("&#x41g", "Ag"),
    ] {
        assert_eq!(unescape(reference), text, "{reference}");
    }
}

#[test]
fn what_is_no_reference_stays() {
    for text in ["&", "&;", "&#", "&#;", "&#x;", "&#xg", "& lt;", "&\u{e9};", "&#-1;", "&&&", "&nosuch;"] {
        assert_eq!(unescape(text), text);
    }
}

#[test]
fn streamed_text_does_not_pile_up() {
    let mut unescaper = Unescaper::new();
    let mut out = Vec::new();
    unescaper.unescape(b"&#", &mut out);
    for _ in 0..10_000 {
        unescaper.unescape(b"0000000000", &mut out);
    }
    unescaper.unescape(b"65", &mut out);
    unescaper.unescape(b";&#", &mut out);
    for _ in 0..10_000 {
        unescaper.unescape(b"9999999999", &mut out);
    }
    assert!(size_of_val(&unescaper) < 100);
    unescaper.finish(&mut out);
    assert_eq!(out, "A\u{fffd}".as_bytes());
}

#[test]
fn slices_that_are_too_short_hold_whole_references() {
    let whole = b"a&lt;b&quot;c&amp;";
    for size in 0..=whole.len() {
        let mut out = vec![0; size];
        let written = escape_to_slice(b"a<b\"c&", true, &mut out);
        assert!(whole.starts_with(&out[..written]) && written + 6 > size.min(whole.len()));
    }
}

#[test]
fn units_of_any_width_are_escaped_alike() {
    let text = "<a href='é€\u{1f600}'>&".repeat(5);
    let escaped = escape(&text, true);
    let wide: Vec<u32> = text.chars().map(u32::from).collect();
    let mut out = vec![0; escaped_len(&wide, true).expect("it is short")];
    assert_eq!(escape_to_slice(&wide, true, &mut out), out.len());
    assert_eq!(out, escaped.chars().map(u32::from).collect::<Vec<_>>());
}
