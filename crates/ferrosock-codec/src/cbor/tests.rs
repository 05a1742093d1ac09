use super::{Error, Items, Limits, MAXIMUM_DEPTH, Value, decode, encode};
use crate::framing::{Decoder, Framing};

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// Examples of RFC 8949, appendix A, whose form is the one that is written.
fn examples() -> Vec<(Value, &'static [u8])> {
    let ints = |items: &[i128]| Value::Array(items.iter().map(|&item| Value::Int(item)).collect());
    vec![
        (Value::Int(0), b"\x00"),
        (Value::Int(23), b"\x17"),
        (Value::Int(24), b"\x18\x18"),
        (Value::Int(1000), b"\x19\x03\xe8"),
        (Value::Int(1_000_000), b"\x1a\x00\x0f\x42\x40"),
        (Value::Int(18_446_744_073_709_551_615), b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff"),
        (Value::Int(-18_446_744_073_709_551_616), b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff"),
        (Value::Int(-1), b"\x20"),
        (Value::Int(-1000), b"\x39\x03\xe7"),
        (Value::Float(0.0), b"\xf9\x00\x00"),
        (Value::Float(1.1), b"\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"),
        (Value::Float(65504.0), b"\xf9\x7b\xff"),
        (Value::Float(100_000.0), b"\xfa\x47\xc3\x50\x00"),
        (Value::Float(3.402_823_466_385_288_6e38), b"\xfa\x7f\x7f\xff\xff"),
        (Value::Float(5.960_464_477_539_063e-8), b"\xf9\x00\x01"),
        (Value::Float(f64::INFINITY), b"\xf9\x7c\x00"),
        (Value::Float(f64::NEG_INFINITY), b"\xf9\xfc\x00"),
        (Value::Bool(false), b"\xf4"),
        (Value::Null, b"\xf6"),
        (Value::Undefined, b"\xf7"),
        (Value::Simple(16), b"\xf0"),
        (Value::Simple(255), b"\xf8\xff"),
        (Value::Tag(32, Box::new(text("a"))), b"\xd8\x20\x61a"),
        (Value::Bytes(vec![1, 2, 3, 4]), b"\x44\x01\x02\x03\x04"),
        (text("\u{fc}"), b"\x62\xc3\xbc"),
        (ints(&[1, 2, 3]), b"\x83\x01\x02\x03"),
        (
            Value::Map(vec![(text("a"), Value::Int(1)), (text("b"), ints(&[2, 3]))]),
            b"\xa2\x61a\x01\x61b\x82\x02\x03",
        ),
        (Value::Array(vec![]), b"\x80"),
    ]
}

/// Bytes that are read and written in another form.
fn long_forms() -> Vec<(Value, &'static [u8])> {
    vec![
        (Value::Bytes(vec![1, 2, 3, 4, 5]), b"\x5f\x42\x01\x02\x43\x03\x04\x05\xff"),
        (text("streaming"), b"\x7f\x65strea\x64ming\xff"),
        (Value::Array(vec![]), b"\x9f\xff"),
        (Value::Array(vec![Value::Array(vec![Value::Int(1)])]), b"\x9f\x9f\x18\x01\xff\xff"),
        (Value::Map(vec![(text("a"), Value::Int(1))]), b"\xbf\x61a\x01\xff"),
        (Value::Float(1.0), b"\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00"),
    ]
}

#[test]
fn the_examples_of_the_standard() {
    for (value, bytes) in examples() {
        assert_eq!(encode(&value).as_deref(), Ok(bytes), "{value:?}");
    }
    for (value, bytes) in examples().into_iter().chain(long_forms()) {
        assert_eq!(decode(bytes, Limits::default()), Ok(value), "{}", bytes.escape_ascii());
        for end in 0..bytes.len() {
            assert_eq!(
                decode(&bytes[..end], Limits::default()),
                Err(Error::Incomplete),
                "{}",
                bytes.escape_ascii()
            );
        }
    }
    assert_eq!(encode(&Value::Float(f64::NAN)).unwrap(), b"\xf9\x7e\x00");
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for (bytes, error) in [
        (&b"\xff"[..], Error::Malformed),
        (b"\x1c", Error::Malformed),
        (b"\x81\xff", Error::Malformed),
        (b"\xbf\x01\xff", Error::Malformed),
        (b"\x5f\x61a\xff", Error::Malformed),
        (b"\x7f\x7f\x61a\xff\xff", Error::Malformed),
        (b"\xf8\x18", Error::Malformed),
        (b"\xc1\xff", Error::Malformed),
        (b"\x61\xff", Error::NotUtf8),
        (b"\x00\x00", Error::Trailing { at: 1 }),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x00", Error::Incomplete),
        (b"\xbb\x80\x00\x00\x00\x00\x00\x00\x00\x00", Error::Incomplete),
        (b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff\x00", Error::Incomplete),
    ] {
        assert_eq!(decode(bytes, Limits::default()), Err(error), "{}", bytes.escape_ascii());
    }
    for head in [0x81, 0x9f, 0xc1] {
        let deep = [vec![head; 1 << 20], vec![0]].concat();
        assert_eq!(decode(&deep, Limits::default()), Err(Error::TooDeep));
        let mut decoder = Decoder::new(Items::new());
        decoder.push(&deep);
        assert!(decoder.poll_frame().is_err());
    }
}

#[test]
fn items_of_a_stream() {
    let all: Vec<&[u8]> = examples().into_iter().chain(long_forms()).map(|(_, bytes)| bytes).collect();
    for step in [1, 3, 1000] {
        let mut decoder = Decoder::new(Items::new());
        let mut found = Vec::new();
        for piece in all.concat().chunks(step) {
            decoder.push(piece);
            while let Some(item) = decoder.poll_frame().unwrap() {
                found.push(item.to_vec());
            }
        }
        assert_eq!(found, all);
    }
    for wrong in [&b"\xff"[..], b"\x1c", b"\xbf\x01\xff", b"\x5f\x61a", b"\xf8\x18", b"\x00\x00"] {
        assert!(Items::new().encode(wrong).is_err(), "{}", wrong.escape_ascii());
    }
}

/// Whatever limit is asked for, no bytes exhaust the stack, that of a thread of 2 MiB either.
#[test]
fn depth_ends_where_the_stack_does_not() {
    let all = Limits { depth: usize::MAX };
    let of = |depth: usize| [b"\xa1\x01".repeat(depth), vec![0xf6]].concat();
    assert_eq!(decode(&of(1 << 20), all), Err(Error::TooDeep));
    assert_eq!(decode(&of(MAXIMUM_DEPTH + 1), all), Err(Error::TooDeep));
    let deepest = decode(&of(MAXIMUM_DEPTH), all).unwrap();
    assert_eq!(encode(&deepest).unwrap(), of(MAXIMUM_DEPTH));
    assert_eq!(deepest.clone(), deepest);
    assert!(format!("{deepest:?}").len() > MAXIMUM_DEPTH);
}
