//! The examples of RFC 2047 and RFC 2231, and texts that come back as they went.

use super::*;
use crate::base64::Mode;

fn decoded(header: &str) -> Vec<(Vec<u8>, Option<String>)> {
    let pieces = decode_header(header).unwrap();
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => (text.into_bytes(), None),
            Piece::Encoded { bytes, charset } => (bytes, Some(charset)),
        })
        .collect()
}

#[test]
fn the_examples_of_rfc_2047() {
    // Section 8, in the order of its two tables.
    let text = |header: &str| {
        let pieces = decode_header(header).unwrap();
        pieces.iter().map(|piece| piece.text().unwrap().into_owned()).collect::<String>()
    };
    assert_eq!(text("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>"), "Keith Moore <moore@cs.utk.edu>");
    assert_eq!(
        text("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>"),
        "Keld Jørn Simonsen <keld@dkuug.dk>"
    );
    assert_eq!(
        text("=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>"),
        "André Pirard <PIRARD@vm1.ulg.ac.be>"
    );
    let subject = "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=";
    assert_eq!(
        decoded(subject),
        [
            (b"If you can read this yo".to_vec(), Some("iso-8859-1".to_owned())),
            (b"u understand the example.".to_vec(), Some("iso-8859-2".to_owned())),
        ]
    );
    for (header, expected) in [
        ("(=?ISO-8859-1?Q?a?=)", "(a)"),
        ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
    ] {
        assert_eq!(text(header), expected, "{header}");
    }
}

#[test]
fn the_examples_of_rfc_2231() {
    // Sections 3, 4 and 4.1.
    let found = decode_parameters([
        ("access-type", "URL"),
        ("URL*0", "\"ftp://\""),
        ("URL*1", "\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\""),
        ("title*0*", "us-ascii'en'This%20is%20even%20more%20"),
        ("title*1*", "%2A%2A%2Afun%2A%2A%2A%20"),
        ("title*2", "\"isn't it!\""),
    ])
    .unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[1].value,
        Value::Plain("ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar".to_owned())
    );
    assert_eq!(
        found[2].value,
        Value::Extended {
            charset: Some("us-ascii".to_owned()),
            language: Some("en".to_owned()),
            text: "This is even more ***fun*** isn't it!".to_owned(),
        }
    );
    // Section 5: a language in an encoded word.
    let word = decode_word("=?US-ASCII*EN?Q?Keith_Moore?=", Mode::Strict).unwrap();
    assert_eq!((word.charset.as_str(), word.language.as_str()), ("US-ASCII", "EN"));
    assert_eq!(word.bytes, b"Keith Moore");
}

#[test]
fn numbers_of_any_size_are_compared() {
    let found = decode_parameters([
        ("a*100000000000000000000000000", "c"),
        ("a*0000000000000000000000000000000002", "b"),
        ("a*0", "a"),
    ])
    .unwrap();
    assert_eq!(found[0].value, Value::Plain("abc".to_owned()));
    assert_eq!(decode_parameters([("a*", "x"), ("a*0", "y")]), Err(Error::Numbering("a".to_owned())));
}

#[test]
fn what_is_no_word_is_text() {
    for header in ["", "=?", "=?utf-8?x?a?=", "=?utf-8?q?a", "=?utf-8?q?a\n?=", "a=?b?q?"] {
        assert!(decoded(header).iter().all(|(_, charset)| charset.is_none()), "{header:?}");
    }
    assert_eq!(decode_header("=?utf-8?b?a?="), Err(Error::Base64));
}

#[test]
fn a_text_without_space_stays_whole() {
    let long = "x".repeat(200);
    let options = FoldOptions { name: "Subject", ..FoldOptions::default() };
    assert_eq!(encode_header(&[(&long, Charset::UsAscii)], &options).unwrap(), format!("\n {long}"));
    assert_eq!(
        encode_header(&[("€", Charset::Iso8859_1)], &options),
        Err(Error::Charset { charset: "iso-8859-1", character: '€' })
    );
}

/// Text comes back as it went, and no line of encoded words is longer than asked for.
#[test]
fn folded_text_comes_back() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    let characters: Vec<char> = "aZ09 =?_-.,;()\"\\é߀日🚀".chars().collect();
    for _ in 0..2_000 {
        let text: String = (0..below(120)).map(|_| characters[below(characters.len())]).collect();
        let most = 40 + below(60);
        let options = FoldOptions { name: "Subject", most, line_end: "\r\n", ..FoldOptions::default() };
        let value = encode_header(&[(&text, Charset::Utf8)], &options).unwrap();
        assert!(value.split("\r\n").all(|line| line.chars().count() <= most), "{value}");
        let back: String =
            decode_header(&value).unwrap().iter().map(|piece| piece.text().unwrap().into_owned()).collect();
        assert_eq!(back, text);
        let bytes = text.as_bytes();
        assert_eq!(q_decode(q_encode(bytes).as_bytes()), bytes);
        for encoding in [Encoding::Q, Encoding::B] {
            assert_eq!(
                decode_word(&encode_word(bytes, "utf-8", "", Some(encoding)), Mode::Strict).unwrap().bytes,
                bytes
            );
        }
        let extended = encode_extended(bytes, Some(("utf-8", "")));
        let found = decode_parameters([("name*", extended.as_str())]).unwrap();
        assert_eq!(found[0].value.octets(), bytes);
    }
}
