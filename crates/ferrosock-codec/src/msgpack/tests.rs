use super::{Error, Items, Limits, MAXIMUM_DEPTH, Timestamp, Value, decode, encode};
use crate::framing::{Decoder, Error as FramingError, Framing};

fn values() -> Vec<(Value, &'static [u8])> {
    vec![
        (Value::Nil, b"\xc0"),
        (Value::Bool(false), b"\xc2"),
        (Value::Bool(true), b"\xc3"),
        (Value::Int(0), b"\0"),
        (Value::Int(127), b"\x7f"),
        (Value::Int(128), b"\xcc\x80"),
        (Value::Int(256), b"\xcd\x01\0"),
        (Value::Int(65536), b"\xce\0\x01\0\0"),
        (Value::Int(1 << 32), b"\xcf\0\0\0\x01\0\0\0\0"),
        (Value::Uint(u64::MAX), b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
        (Value::Int(-1), b"\xff"),
        (Value::Int(-32), b"\xe0"),
        (Value::Int(-33), b"\xd0\xdf"),
        (Value::Int(-129), b"\xd1\xff\x7f"),
        (Value::Int(-32769), b"\xd2\xff\xff\x7f\xff"),
        (Value::Int(i64::MIN), b"\xd3\x80\0\0\0\0\0\0\0"),
        (Value::F32(1.5), b"\xca\x3f\xc0\0\0"),
        (Value::F64(1.1), b"\xcb\x3f\xf1\x99\x99\x99\x99\x99\x9a"),
        (Value::Str(String::new()), b"\xa0"),
        ("abc".into(), b"\xa3abc"),
        (Value::Bin(b"ab".to_vec()), b"\xc4\x02ab"),
        (Value::Array(vec![]), b"\x90"),
        (Value::Map(vec![(Value::Int(1), Value::Array(vec![Value::Nil]))]), b"\x81\x01\x91\xc0"),
        (Value::Ext(5, b"x".to_vec()), b"\xd4\x05x"),
        (Value::Ext(-1, b"123".to_vec()), b"\xc7\x03\xff123"),
    ]
}

#[test]
fn values_have_the_bytes_of_the_specification() {
    for (value, bytes) in values() {
        assert_eq!(encode(&value).as_deref(), Ok(bytes), "{value:?}");
        assert_eq!(decode(bytes, Limits::default()), Ok(value));
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end], Limits::default()), Err(Error::Incomplete));
        }
    }
    for length in [31, 32, 255, 256, 65_535, 65_536] {
        for value in [
            Value::Str("x".repeat(length)),
            Value::Bin(vec![1; length]),
            Value::Array(vec![Value::Nil; length]),
            Value::Ext(3, vec![2; length]),
        ] {
            assert_eq!(decode(&encode(&value).unwrap(), Limits::default()), Ok(value));
        }
    }
}

#[test]
fn hostile_bytes_are_refused() {
    let limits = Limits::default();
    for (bytes, error) in [
        (&b"\xc1"[..], Error::Reserved),
        (b"\xa1\xff", Error::NotUtf8),
        (b"\xc0\xc0", Error::Trailing { at: 1 }),
        (b"\xdd\xff\xff\xff\xff\xc0", Error::Incomplete),
        (b"\xdf\xff\xff\xff\xff\xc0", Error::Incomplete),
        (b"\xc6\xff\xff\xff\xff\xc0", Error::Incomplete),
    ] {
        assert_eq!(decode(bytes, limits), Err(error));
    }
    let deep = [vec![0x91; 100], vec![0xc0]].concat();
    assert!(decode(&deep, Limits { depth: 100 }).is_ok());
    assert_eq!(decode(&deep, Limits { depth: 99 }), Err(Error::TooDeep));
    assert_eq!(decode(&[vec![0x91; 1 << 20], vec![0xc0]].concat(), limits), Err(Error::TooDeep));
}

#[test]
fn items_of_a_stream() {
    let stream: Vec<u8> = values().iter().flat_map(|(_, bytes)| bytes.to_vec()).collect();
    for step in [1, 2, 5, 1000] {
        let mut decoder = Decoder::new(Items::new());
        let mut found = Vec::new();
        for piece in stream.chunks(step) {
            decoder.push(piece);
            while let Some(item) = decoder.poll_frame().unwrap() {
                found.push(item.to_vec());
            }
            assert!(decoder.missing() > 0);
        }
        assert_eq!(found, values().iter().map(|(_, bytes)| bytes.to_vec()).collect::<Vec<_>>());
    }
    let mut decoder = Decoder::new(Items::new().limit(10));
    decoder.push(b"\xc6\0\0\0\x0b");
    assert_eq!(decoder.poll_frame(), Err(FramingError::TooLong { limit: 10 }));
    let mut decoder = Decoder::new(Items::new().limit(10));
    decoder.push(&[0x91; 20]);
    assert_eq!(decoder.poll_frame(), Err(FramingError::TooLong { limit: 10 }));
    let mut decoder = Decoder::new(Items::new());
    decoder.push(&[0x91; 1000]);
    assert_eq!(decoder.poll_frame(), Err(FramingError::Unframeable));
    assert!(Items::new().encode(b"\x01\x02").is_err());
}

#[test]
fn timestamps_have_three_forms() {
    for (moment, size) in
        [((5, 0), 4), ((5, 1), 8), ((1 << 33, 0), 8), ((1 << 34, 0), 12), ((-1, 999_999_999), 12)]
    {
        let moment = Timestamp { seconds: moment.0, nanoseconds: moment.1 };
        assert_eq!(moment.to_bytes().len(), size);
        assert_eq!(Timestamp::from_bytes(&moment.to_bytes()), Some(moment));
    }
    assert_eq!(Timestamp::from_bytes(&[0xff; 12]), None);
}

/// Whatever limit is asked for, no bytes exhaust the stack, that of a thread of 2 MiB either.
#[test]
fn depth_ends_where_the_stack_does_not() {
    let all = Limits { depth: usize::MAX };
    let of = |depth: usize| [b"\x81\x01".repeat(depth), vec![0xc0]].concat();
    assert_eq!(decode(&of(1 << 20), all), Err(Error::TooDeep));
    assert_eq!(decode(&of(MAXIMUM_DEPTH + 1), all), Err(Error::TooDeep));
    let deepest = decode(&of(MAXIMUM_DEPTH), all).unwrap();
    assert_eq!(encode(&deepest).unwrap(), of(MAXIMUM_DEPTH));
    assert_eq!(deepest.clone(), deepest);
    assert!(format!("{deepest:?}").len() > MAXIMUM_DEPTH);
}
