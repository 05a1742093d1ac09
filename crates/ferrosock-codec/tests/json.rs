//! JSON against the classes of cases that its grammar knows: what every reader must take, what every reader must refuse, and
//! what is left to it (RFC 8259, and the classes `y_`, `n_` and `i_` of the JSONTestSuite; the cases are our own).

use ferrosock_codec::json::{
    Decoder, Encoder, Error, ErrorKind, Failure, Layout, MAXIMUM_DEPTH, Number, NumberToken, Options, Sink,
    Value, parse, parse_bytes, parse_with, read_document, to_string, to_string_pretty,
};

/// Documents that every reader must take.
const MUST_TAKE: &[&str] = &[
    // arrays
    "[]",
    "[ ]",
    "[[]]",
    "[[] ]",
    "[\"\"]",
    "[1\n]",
    " [1]",
    "[2] ",
    "[null, 1, \"1\", {}]",
    "[1,null,null,null,2]",
    "[false]",
    "\t[\r\n1\t,\n2 ]\n",
    // numbers
    "[123e65]",
    "[0e+1]",
    "[0e1]",
    "[ 4]",
    "[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]",
    "[20e1]",
    "[-0]",
    "[-123]",
    "[-1]",
    "[-0.0]",
    "[1E22]",
    "[1E-2]",
    "[1E+2]",
    "[123e45]",
    "[123.456e78]",
    "[1e-2]",
    "[1e+2]",
    "[123]",
    "[123.456789]",
    // objects
    "{}",
    "{\"\":0}",
    "{\"a\":\"b\", \"c\":\"d\"}",
    "{\"a\":\"b\",\"a\":\"c\"}",
    "{\"a\":\"b\",\"a\":\"b\"}",
    "{ \"min\": -1.0e+28, \"max\": 1.0e+28 }",
    "{\"x\":[{\"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}], \"id\": \"x\"}",
    "{\"title\":\"\\u041f\\u043e\\u043b\"}",
    "{\n\"a\": \"b\"\n}",
    "{\"foo\\u0000bar\": 42}",
    // strings
    "[\"\\u0060\\u012a\\u12AB\"]",
    "[\"\\ud801\\udc37\"]",
    "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]",
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
    "[\"\\\\u0000\"]",
    "[\"\\\"\"]",
    "[\"a/*b*/c/*d//e\"]",
    "[\"\\\\a\"]",
    "[\"\\u0012\"]",
    "[\"\\uFFFF\"]",
    "[\"asd \"]",
    "[\"new\\u00A0line\"]",
    "[\"\u{10ffff}\"]",
    "[\"\u{ffff}\"]",
    "[\"\\u0000\"]",
    "[\"\\u002c\"]",
    "[\"π\"]",
    "[\"\u{1bfff}\"]",
    "[\"\u{2028}\u{2029}\"]",
    "[\"\u{7f}\"]",
    "[\"€𝄞\"]",
    "[\"aa\\u0061\"]",
    // whole documents
    "false",
    "42",
    "-0.1",
    "null",
    "\"asd\"",
    "true",
    "\"\"",
    "[\"a\"]\n",
    "[true]",
    " [] ",
];

/// Documents that every reader must refuse.
const MUST_REFUSE: &[&str] = &[
    // arrays
    "[1 true]",
    "[\"\": 1]",
    "[\"\"],",
    "[,1]",
    "[1,,2]",
    "[\"x\",,]",
    "[\"x\"]]",
    "[\"\",]",
    "[\"x\"",
    "[x",
    "[3[4]]",
    "[1:2]",
    "[,]",
    "[-]",
    "[   , \"\"]",
    "[\"a\",\n4\n,1,",
    "[1,]",
    "[1,,]",
    "[\"\u{b}a\"\\f]",
    "[*]",
    "[\"\"",
    "[1,",
    "[1,\n1\n,1",
    "[{}",
    // words
    "[fals]",
    "[nul]",
    "[tru]",
    "[True]",
    "[truth]",
    "nullx",
    // numbers
    "[++1234]",
    "[+1]",
    "[+Inf]",
    "[-01]",
    "[-1.0.]",
    "[-2.]",
    "[-NaN]",
    "[.-1]",
    "[.2e-3]",
    "[0.1.2]",
    "[0.3e+]",
    "[0.3e]",
    "[0.e1]",
    "[0E+]",
    "[0E]",
    "[1.0e+]",
    "[1.0e-]",
    "[1.0e]",
    "[1 000.0]",
    "[1eE2]",
    "[2.e+3]",
    "[2.e-3]",
    "[2.e3]",
    "[9.e+]",
    "[Inf]",
    "[NaN]",
    "[Infinity]",
    "[-Infinity]",
    "[1+2]",
    "[0x1]",
    "[0x42]",
    "[- 1]",
    "[-012]",
    "[-.123]",
    "[1.]",
    "[.123]",
    "[1.2a-3]",
    "[1.8011670033376514H-308]",
    "[012]",
    "[１]",
    // objects
    "[{\"x\", null}]",
    "{\"x\"::\"b\"}",
    "{\"a\":\"a\" 123}",
    "{key: 'value'}",
    "{\"a\" b}",
    "{:\"b\"}",
    "{\"a\" \"b\"}",
    "{\"a\":",
    "{\"a\"",
    "{1:1}",
    "{9999E9999:1}",
    "{null:null,null:null}",
    "{\"id\":0,,,,,}",
    "{'a':0}",
    "{\"id\":0,}",
    "{\"a\":\"b\"}/**/",
    "{\"a\":\"b\"}#",
    "{\"a\":\"b\",,\"c\":\"d\"}",
    "{a: \"b\"}",
    "{\"a\":\"a",
    "{ \"foo\" : \"bar\", \"a\" }",
    "{\"a\":\"b\"}#{}",
    "{\"a\":/*comment*/\"b\"}",
    // strings
    "[\"\\uD800\\\"]",
    "[\"\\uD800\\u\"]",
    "[\"\\uD800\\u1\"]",
    "[\"\\uD800\\u1x\"]",
    "[\\u0020\"asd\"]",
    "[\"\\x00\"]",
    "[\"\\\\\\\"]",
    "[\"\\\t\"]",
    "[\"\\\u{1f300}\"]",
    "[\"\\\"]",
    "[\"\\u00A\"]",
    "[\"\\uD834\\uDd\"]",
    "[\"\\uD800\\uD800\\x\"]",
    "[\"\\u\u{e9}\"]",
    "[\"\\a\"]",
    "[\"\\uqqqq\"]",
    "[\"a\u{0}a\"]",
    "[\"new\nline\"]",
    "[\"\t\"]",
    "[\"\u{1f}\"]",
    "\"\\UA66D\"",
    "['single quote']",
    "abc",
    "[\"\\",
    "\"",
    "\"\\u00",
    // whole documents
    "",
    " ",
    "<.>",
    "[<null>]",
    "[1]x",
    "[1]]",
    "[\"asd]",
    "aå",
    "[True]",
    "1]",
    "{\"x\": true,",
    "[][]",
    "]",
    "{}}",
    "{\"\":",
    "{\"a\":/",
    "2@",
    "{}[]",
    "\u{feff}{}",
    "[",
    "[\"a",
    "[\"a\"",
    "{",
    "{]",
    "{,",
    "{[",
    "{\"a",
    "{'a'",
    "[\"\\{[\"\\{[\"\\{[\"\\{",
    "*",
    "{\"a\":\"b\"}#{",
    "[\\u000A\"\"]",
    "[1",
    "[ false, nul",
    "[ true, fals",
    "[ false, tru",
    "{\"asd\":\"asd\"",
    "å",
    "\u{2060}",
    "[\u{c}]",
    "\u{a0}[]",
];

#[test]
fn what_every_reader_must_take() {
    for text in MUST_TAKE {
        let value = parse(text).unwrap_or_else(|error| panic_with(text, error));
        assert_eq!(parse(&to_string(&value)).as_ref(), Ok(&value), "{text}");
        assert_eq!(parse(&to_string_pretty(&value)).as_ref(), Ok(&value), "{text}");
        assert_eq!(parse(&value.to_text(&Layout::python())).as_ref(), Ok(&value), "{text}");
    }
}

fn panic_with(text: &str, error: Error) -> Value {
    unreachable!("{text}: {error}")
}

#[test]
fn what_every_reader_must_refuse() {
    for text in MUST_REFUSE {
        let found = parse(text);
        assert!(found.is_err(), "{text}: {found:?}");
        let position = found.map_or_else(|error| error.position, |_| usize::MAX);
        assert!(position <= text.len(), "{text}: {position}");
    }
    for depth in [100_000, 1_000_000] {
        assert_eq!(parse(&"[".repeat(depth)).map_err(|error| error.kind), Err(ErrorKind::TooDeep));
        assert_eq!(parse(&"{\"a\":".repeat(depth)).map_err(|error| error.kind), Err(ErrorKind::TooDeep));
    }
}

#[test]
fn what_is_left_to_the_reader() {
    let float = |text: &str| parse(text).ok().and_then(|value| value.as_f64());
    assert_eq!(
        float(
            "0.4e00669999999999999999999999999999999999999999999999999999999999999999999999999999999999969999999006"
        ),
        Some(f64::INFINITY)
    );
    assert_eq!(float("-1e+9999"), Some(f64::NEG_INFINITY));
    assert_eq!(float("123.456e-789"), Some(0.0));
    assert_eq!(float("1.5e+9999"), Some(f64::INFINITY));
    let large = "-237462374673276894279832749832423479823246327846";
    assert_eq!(parse(large), Ok(Value::Number(Number::Large(large.to_owned()))));
    assert_eq!(
        parse("100000000000000000000").map(|value| to_string(&value)).as_deref(),
        Ok("100000000000000000000")
    );
    assert_eq!(parse("9223372036854775807"), Ok(Value::from(i64::MAX)));
    assert_eq!(parse("-9223372036854775808"), Ok(Value::from(i64::MIN)));
    // Halves of surrogate pairs are no text.
    for text in [
        "[\"\\uDADA\"]",
        "[\"\\uD888\\u1234\"]",
        "[\"\\uD800\\n\"]",
        "[\"\\uDd1ea\"]",
        "[\"\\uD800\\uD800\\n\"]",
        "[\"\\ud800\"]",
        "[\"\\ud800abc\"]",
        "[\"\\uDFAA\"]",
        "{\"\\uDFAA\":0}",
    ] {
        assert_eq!(parse(text).map_err(|error| error.kind), Err(ErrorKind::LoneSurrogate), "{text}");
    }
    // Bytes that are not UTF-8: a surrogate, an overlong form, a lone tail, a cut form, beyond U+10FFFF, UTF-16.
    let strings: [&[u8]; 7] = [
        b"\xed\xa0\x80",
        b"\xc0\xaf",
        b"\x81",
        b"\xe0\xff",
        b"\xf4\xbf\xbf\xbf",
        b"\xfc\x83\xbf\xbf\xbf\xbf",
        b"\xff\xfe",
    ];
    for bytes in strings {
        let document = [b"[\"", bytes, b"\"]"].concat();
        let kind = parse_bytes(&document, Options::default()).map_err(|error| error.kind);
        assert_eq!(kind, Err(ErrorKind::NotUtf8), "{bytes:?}");
    }
    // Depth within the limit.
    let nested = format!("{}{}", "[".repeat(500), "]".repeat(500));
    assert!(parse(&nested).is_ok());
    let options = Options { depth: 499, ..Options::default() };
    assert_eq!(parse_with(&nested, options).map_err(|error| error.kind), Err(ErrorKind::TooDeep));
    // Names that come twice are kept, and the last one counts.
    let twice = parse("{\"a\":1,\"b\":2,\"a\":3}").expect("a document");
    assert_eq!(twice.get("a"), Some(&Value::from(3)));
    assert_eq!(to_string(&twice), "{\"a\":1,\"b\":2,\"a\":3}");
}

#[test]
fn what_python_takes() {
    let python = |text| parse_with(text, Options::python());
    assert_eq!(python("Infinity").ok().and_then(|value| value.as_f64()), Some(f64::INFINITY));
    assert_eq!(python("-Infinity").map(|value| to_string(&value)).as_deref(), Ok("-Infinity"));
    assert!(python("NaN").ok().and_then(|value| value.as_f64()).is_some_and(f64::is_nan));
    assert_eq!(parse("NaN").map_err(|error| (error.kind, error.position)), Err((ErrorKind::Constant, 0)));
    assert_eq!(python("nan").map_err(|error| error.kind), Err(ErrorKind::ExpectingValue));
    let loose = Options { controls: true, ..Options::python() };
    assert_eq!(parse_with("\"\t\0\"", loose), Ok(Value::from("\t\0")));
}

#[test]
fn positions_are_those_of_python() {
    let cases = [
        ("", ErrorKind::ExpectingValue, 0),
        ("[", ErrorKind::ExpectingValue, 1),
        ("[42", ErrorKind::ExpectingComma, 3),
        ("[42,", ErrorKind::ExpectingValue, 4),
        ("[\"spam\",]", ErrorKind::TrailingCommaInArray { bracket: 8 }, 7),
        ("{\"spam\":42,}", ErrorKind::TrailingCommaInObject { bracket: 11 }, 10),
        ("{", ErrorKind::ExpectingName, 1),
        ("{\"spam\"", ErrorKind::ExpectingColon, 7),
        ("{\"spam\":", ErrorKind::ExpectingValue, 8),
        ("{\"spam\":42", ErrorKind::ExpectingComma, 10),
        ("{\"spam\":42 \"ham\"", ErrorKind::ExpectingComma, 11),
        ("\"", ErrorKind::UnterminatedString, 0),
        ("[1, \"ab", ErrorKind::UnterminatedString, 4),
        ("\"a\\x\"", ErrorKind::InvalidEscape, 2),
        ("\"a\\u12\"", ErrorKind::InvalidUnicodeEscape, 3),
        ("\"a\\u123", ErrorKind::InvalidUnicodeEscape, 3),
        ("[\"a\\u1234", ErrorKind::EndBehindEscape { escape: 4 }, 1),
        ("[\"\\ud83d\\ude00", ErrorKind::EndBehindEscape { escape: 9 }, 1),
        ("\"a\nb\"", ErrorKind::ControlCharacter, 2),
        ("[1] 2", ErrorKind::ExtraData, 4),
    ];
    for (text, kind, position) in cases {
        assert_eq!(parse(text), Err(Error { kind, position }), "{text}");
    }
}

/// A small generator of random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn text(&mut self) -> String {
        let chars = ['a', 'Z', '"', '\\', '\n', '\0', '\u{7f}', 'é', '€', '😀', '\u{ffff}', '/'];
        (0..self.below(20)).map(|_| chars[self.below(chars.len())]).collect()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => Value::Null,
            1 => Value::from(self.below(2) == 0),
            2 => Value::from(self.0 as i64 >> self.below(64)),
            3 => Value::Number(Number::Large(format!("{}{:020}", 1 + self.below(9), self.below(1 << 40)))),
            4 => Value::from(f64::from_bits(self.0))
                .as_f64()
                .filter(|value| value.is_finite())
                .map_or(Value::Null, Value::from),
            5 => Value::String(self.text()),
            6 => Value::Array((0..self.below(5)).map(|_| self.value(depth - 1)).collect()),
            _ => Value::Object((0..self.below(5)).map(|_| (self.text(), self.value(depth - 1))).collect()),
        }
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let layouts = [Layout::compact(), Layout::python(), Layout::indented("\t"), Layout::indented("")];
    for _ in 0..3000 {
        let value = random.value(5);
        for layout in &layouts {
            let text = value.to_text(layout);
            assert_eq!(parse(&text).as_ref(), Ok(&value), "{text}");
            assert!(!layout.ascii || text.is_ascii());
        }
    }
}

#[test]
fn streams_in_chunks_of_any_size() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for round in 0..500 {
        let values: Vec<Value> = (0..random.below(8)).map(|_| random.value(3)).collect();
        let mut encoder = Encoder::lines(Layout::compact());
        values.iter().for_each(|value| encoder.push(value));
        assert_eq!(encoder.pending() == 0, values.is_empty());
        let bytes = encoder.take();
        let mut decoder = Decoder::new(Options::default());
        let mut found = Vec::new();
        for chunk in bytes.chunks(1 + round % 17) {
            decoder.feed(chunk);
            while let Some(value) = decoder.next_value().expect("a document") {
                found.push(value);
            }
        }
        while let Some(value) = decoder.finish().expect("a document") {
            found.push(value);
        }
        assert_eq!(found, values);
    }
}

#[test]
fn streams_without_anything_between() {
    let mut decoder = Decoder::new(Options::default());
    decoder.feed(b"{}[1]\"a\"2 true\"b\"nul");
    let mut found = Vec::new();
    while let Some(value) = decoder.next_value().expect("a document") {
        found.push(to_string(&value));
    }
    assert_eq!(found, ["{}", "[1]", "\"a\"", "2", "true", "\"b\""]);
    let error = decoder.finish().expect_err("half a word");
    assert_eq!((error.kind, error.position), (ErrorKind::ExpectingValue, 17));
    assert_eq!(decoder.finish(), Ok(None));
}

#[test]
fn streams_go_on_behind_a_wrong_document() {
    let mut decoder = Decoder::new(Options::default());
    decoder.feed(b"[1,]\n[2]\n[");
    assert_eq!(decoder.next_value().map_err(|error| error.position), Err(2));
    assert_eq!(
        decoder.next_value().map(|value| value.map(|value| to_string(&value))),
        Ok(Some("[2]".to_owned()))
    );
    assert_eq!(decoder.next_value(), Ok(None));
    assert_eq!(
        decoder.finish().map_err(|error| (error.kind, error.position)),
        Err((ErrorKind::ExpectingValue, 10))
    );
}

#[test]
fn streams_keep_no_more_than_is_allowed() {
    let mut decoder = Decoder::new(Options::default()).with_longest(8);
    decoder.feed(b"[1,2,3] [1,2,3,4]");
    assert!(decoder.next_value().is_ok());
    assert_eq!(
        decoder.next_value().map_err(|error| (error.kind, error.position)),
        Err((ErrorKind::TooLong, 8))
    );
    let mut decoder = Decoder::new(Options::default()).with_longest(8);
    decoder.feed(b"\"0123456789");
    assert_eq!(decoder.next_value().map_err(|error| error.kind), Err(ErrorKind::TooLong));
}

#[test]
fn failures_of_a_sink_are_errors() {
    struct Small;
    impl Sink<u8> for Small {
        type Error = std::num::TryFromIntError;
        fn number(&mut self, number: NumberToken<'_, u8>) -> Result<(), Self::Error> {
            u8::try_from(number.small_integer().unwrap_or(-1)).map(drop)
        }
    }
    fn read(text: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(read_document(text.as_bytes(), Options::default(), &mut Small)?)
    }
    assert!(read("[1, 255]").is_ok());
    let message = |text| read(text).unwrap_err().to_string();
    assert_eq!(message("[256]"), u8::try_from(256_i64).unwrap_err().to_string());
    assert_eq!(message("[1"), Failure::<Error>::from(parse("[1").unwrap_err()).to_string());
}

#[test]
fn documents_that_wait_are_not_moved_again_and_again() {
    let (mut decoder, count) = (Decoder::new(Options::default()), 300_000);
    let begun = std::time::Instant::now();
    decoder.feed("[1]".repeat(count).as_bytes());
    for read in 0..count {
        assert_eq!(decoder.next_value().unwrap(), Some(Value::from(vec![Value::from(1)])), "{read}");
        decoder.feed(b" ");
    }
    assert_eq!(decoder.next_value(), Ok(None));
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}

/// In a thread of 2 MiB, as this is one, what was read can be used, however deep it is.
#[test]
fn no_document_exhausts_the_stack() {
    let options = Options { depth: usize::MAX, ..Options::default() };
    let of = |depth: usize| "{\"a\":[".repeat(depth / 2) + &"]}".repeat(depth / 2);
    assert_eq!(parse_with(&of(1_000_000), options).unwrap_err().kind, ErrorKind::TooDeep);
    let deepest = parse_with(&of(MAXIMUM_DEPTH), options).unwrap();
    assert_eq!(to_string(&deepest), of(MAXIMUM_DEPTH));
    assert_eq!(deepest.clone(), deepest);
    assert!(format!("{deepest:?}").len() > MAXIMUM_DEPTH);
}
