use super::{Decoder, Delimited, Error, Framing, LengthPrefixed, Netstrings, Width};
use crate::record::ByteOrder;

/// All frames of some bytes, given in pieces of `step` bytes, and what came of the rest.
fn decode<F: Framing>(framing: &F, bytes: &[u8], step: usize) -> (Vec<Vec<u8>>, Result<(), Error>) {
    let mut decoder = Decoder::new(framing.clone());
    let mut frames = Vec::new();
    for piece in bytes.chunks(step) {
        decoder.push(piece);
        loop {
            match decoder.poll_frame() {
                Ok(Some(frame)) => frames.push(frame.to_vec()),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.poll_frame(), Err(error), "errors stay");
                    return (frames, Err(error));
                }
            }
        }
        assert!(decoder.missing() > 0);
    }
    (frames, decoder.finish())
}

fn widths() -> Vec<LengthPrefixed> {
    let widths = [Width::One, Width::Two, Width::Four, Width::Eight, Width::Varint];
    let both = |width| [ByteOrder::Little, ByteOrder::Big].map(|order| LengthPrefixed::new(width, order));
    widths.into_iter().flat_map(both).collect()
}

/// What is framed comes back, in pieces of any size; a driver that asks for what is missing reads no further.
fn comes_back<F: Framing>(framing: &F, payloads: &[&[u8]]) {
    let mut stream = Vec::new();
    for payload in payloads {
        framing.encode_into(payload, &mut stream).unwrap();
    }
    for step in [1, 2, 3, 7, 64, stream.len().max(1)] {
        let (frames, end) = decode(framing, &stream, step);
        assert_eq!((frames, end), (payloads.iter().map(|payload| payload.to_vec()).collect(), Ok(())));
    }
    let mut decoder = Decoder::new(framing.clone());
    let mut rest = &stream[..];
    for payload in payloads {
        loop {
            let missing = decoder.missing();
            if missing == 0 {
                break;
            }
            let (taken, after) = rest.split_at(missing);
            decoder.push(taken);
            rest = after;
        }
        assert_eq!(decoder.poll_frame(), Ok(Some(*payload)));
        assert_eq!(decoder.rest(), b"");
    }
    assert_eq!(rest, b"");
}

#[test]
fn frames_come_back() {
    let long = vec![7; 255];
    let payloads: [&[u8]; 6] = [b"", b"hello", b"", &long, b"3:abc,", b"x"];
    for framing in widths() {
        comes_back(&framing, &payloads);
    }
    comes_back(&Netstrings::new(), &payloads);
    for delimiter in [&b"\n"[..], b"\r\n", b"aab", b"--=_boundary_=--"] {
        comes_back(&Delimited::new(delimiter), &payloads);
    }
}

#[test]
fn lengths_are_those_of_the_protocols() {
    for (framing, length, expected) in [
        (LengthPrefixed::new(Width::Two, ByteOrder::Little), 300, &b"\x2c\x01"[..]),
        (LengthPrefixed::new(Width::Four, ByteOrder::Big), 300, b"\0\0\x01\x2c"),
        (LengthPrefixed::new(Width::Eight, ByteOrder::Little), 1, b"\x01\0\0\0\0\0\0\0"),
        (LengthPrefixed::new(Width::Varint, ByteOrder::Big), 300, b"\xac\x02"),
        (LengthPrefixed::new(Width::Varint, ByteOrder::Big), 127, b"\x7f"),
    ] {
        assert_eq!(framing.encode(&vec![1; length]).unwrap()[..expected.len()], *expected);
    }
}

#[test]
fn lengths_beyond_the_limit_are_refused_at_once() {
    let refused = Err(Error::TooLong { limit: 100 });
    for (width, head) in [
        (Width::One, &b"\x65"[..]),
        (Width::Four, b"\xff\xff\xff\xff"),
        (Width::Eight, b"\xff\xff\xff\xff\xff\xff\xff\xff"),
        (Width::Varint, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    ] {
        let framing = LengthPrefixed::new(width, ByteOrder::Big).limit(100);
        assert_eq!(decode(&framing, head, 1).1, refused, "{width:?}");
        assert_eq!(framing.encode(&[0; 101]), Err(Error::TooLong { limit: 100 }));
    }
    assert_eq!(decode(&Netstrings::new().limit(100), b"101", 1).1, refused);
    assert_eq!(decode(&Netstrings::new().limit(100), b"99999999999999999999999:", 1).1, refused);
    assert_eq!(decode(&Delimited::new(b"\r\n").limit(100), &[b'a'; 200], 1).1, refused);
    let mut most = vec![b'a'; 100];
    most.extend(b"\r\n");
    for step in [1, 101, 102] {
        assert_eq!(decode(&Delimited::new(b"\r\n").limit(100), &most, step), (vec![vec![b'a'; 100]], Ok(())));
    }
    most.insert(0, b'a');
    for step in [1, 101, 103] {
        assert_eq!(decode(&Delimited::new(b"\r\n").limit(100), &most, step).1, refused);
    }
    let endless = LengthPrefixed::new(Width::Eight, ByteOrder::Big).limit(usize::MAX);
    assert!(decode(&endless, &[0xff; 8], 8).1.is_err());
}

#[test]
fn payloads_that_would_not_come_back_are_refused() {
    let one = LengthPrefixed::new(Width::One, ByteOrder::Big);
    assert_eq!(one.encode(&[0; 256]), Err(Error::Unframeable));
    for (delimiter, payload) in
        [(&b"\n"[..], &b"a\nb"[..]), (b"\r\n", b"a\r\nb"), (b"aa", b"ba"), (b"\n", b"\n")]
    {
        let mut out = b"before".to_vec();
        assert_eq!(Delimited::new(delimiter).encode_into(payload, &mut out), Err(Error::Unframeable));
        assert_eq!(out, b"before");
    }
    assert!(Delimited::new(b"\r\n").encode(b"a\r").is_ok());
}

#[test]
fn delimiters_can_be_kept() {
    let lines = Delimited::new(b"\n").keep(true);
    assert_eq!(
        decode(&lines, b"a\n\nb", 2),
        (vec![b"a\n".to_vec(), b"\n".to_vec()], Err(Error::Incomplete { buffered: 1 }))
    );
    assert_eq!(lines.encode(b"a\n").unwrap(), b"a\n");
    assert_eq!(lines.encode(b"a").unwrap(), b"a\n");
    assert_eq!(lines.encode(b"a\n\n"), Err(Error::Unframeable));
}

#[test]
fn netstrings_are_read_strictly() {
    for (stream, error) in [
        (&b"03:abc,"[..], Error::LeadingZero),
        (b"00:,", Error::LeadingZero),
        (b"-1:a,", Error::NotADigit),
        (b" 1:a,", Error::NotADigit),
        (b"1 :a,", Error::NotADigit),
        (b":,", Error::NotADigit),
        (b",", Error::NotADigit),
        (b"3:abcd", Error::NoComma),
        (b"3:ab", Error::Incomplete { buffered: 4 }),
        (b"3", Error::Incomplete { buffered: 1 }),
    ] {
        assert_eq!(decode(&Netstrings::new(), stream, 1).1, Err(error), "{}", stream.escape_ascii());
    }
}

#[test]
fn varints_have_one_form() {
    let framing = LengthPrefixed::new(Width::Varint, ByteOrder::Big);
    for stream in [&b"\x80\0"[..], b"\xff\x80\x80\0", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"] {
        let end = decode(&framing, stream, 1).1;
        assert!(matches!(end, Err(Error::BadVarint)), "{stream:?} {end:?}");
    }
    assert_eq!(decode(&framing, b"\0\0", 1), (vec![vec![], vec![]], Ok(())));
}

#[test]
fn what_is_left_can_be_taken() {
    let mut decoder = Decoder::new(Delimited::new(b"\r\n"));
    decoder.push(b"one\r\ntwo\r");
    assert_eq!(decoder.poll_frame(), Ok(Some(&b"one"[..])));
    assert_eq!(decoder.poll_frame(), Ok(None));
    assert_eq!(decoder.take_rest(), b"two\r");
    decoder.push(b"\nthree\r\n");
    assert_eq!(decoder.poll_frame(), Ok(Some(&b"\nthree"[..])));
    assert_eq!(decoder.finish(), Ok(()));
}

#[test]
fn nothing_is_kept_after_an_error() {
    let mut decoder = Decoder::new(Netstrings::new());
    decoder.push(b"x1:a,");
    for _ in 0..2 {
        assert_eq!(decoder.poll_frame(), Err(Error::NotADigit));
        decoder.push(b"1:b,");
        assert_eq!(decoder.try_push(b"1:c,"), Ok(()));
        assert_eq!(decoder.rest(), b"x1:a,");
    }
    assert_eq!(decoder.take_rest(), b"x1:a,");
    decoder.push(b"1:d,");
    assert_eq!(decoder.poll_frame(), Ok(Some(&b"d"[..])));
}

#[test]
fn memory_is_bounded_by_what_came() {
    let mut decoder = Decoder::new(LengthPrefixed::new(Width::Four, ByteOrder::Big).limit(usize::MAX));
    decoder.push(&[0x7f, 0xff, 0xff, 0xff, 1]);
    assert_eq!(decoder.poll_frame(), Ok(None));
    assert!(decoder.buffer.capacity() < 64);
    let mut lines = Decoder::new(Delimited::new(b"\n"));
    for _ in 0..10_000 {
        lines.push(b"0123456789\n0123");
        while lines.poll_frame().unwrap().is_some() {}
        lines.push(b"\n");
        while lines.poll_frame().unwrap().is_some() {}
    }
    assert!(lines.buffer.capacity() < 1024);
}
