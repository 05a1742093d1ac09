//! The examples of RFC 4506, edges of each type, and values that come back as they went.

use super::{Decoder, Error, Packer, Unpacker};

/// The bytes of the file in RFC 4506, section 7, as its table has them.
const SILLYPROG: &[u8] = &[
    0x00, 0x00, 0x00, 0x09, 0x73, 0x69, 0x6c, 0x6c, 0x79, 0x70, 0x72, 0x6f, 0x67, 0x00, 0x00, 0x00, //
    0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x04, 0x6c, 0x69, 0x73, 0x70, 0x00, 0x00, 0x00, 0x04, //
    0x6a, 0x6f, 0x68, 0x6e, 0x00, 0x00, 0x00, 0x06, 0x28, 0x71, 0x75, 0x69, 0x74, 0x29, 0x00, 0x00,
];

#[test]
fn the_file_of_the_rfc() {
    let mut packer = Packer::with_capacity(48);
    packer.string("sillyprog").unwrap();
    packer.int(2);
    packer.string("lisp").unwrap();
    packer.string("john").unwrap();
    packer.opaque(b"(quit)").unwrap();
    assert_eq!(packer.as_bytes(), SILLYPROG);
    let mut unpacker = Unpacker::new(SILLYPROG);
    assert_eq!(unpacker.string(255), Ok("sillyprog"));
    assert_eq!(unpacker.enumeration::<i32>(), Ok(2));
    assert_eq!(unpacker.string(255), Ok("lisp"));
    assert_eq!(unpacker.string(32), Ok("john"));
    assert_eq!(unpacker.opaque(65_535), Ok(&b"(quit)"[..]));
    assert_eq!(unpacker.finish(), Ok(()));
}

#[test]
fn the_layouts_of_the_rfc() {
    let mut packer = Packer::new();
    packer.hyper(i64::MIN);
    packer.uhyper(u64::MAX);
    packer.float(-0.0);
    packer.double(f64::INFINITY);
    packer.boolean(true);
    let expected = [
        &[0x80, 0, 0, 0, 0, 0, 0, 0][..],
        &[0xff; 8],
        &[0x80, 0, 0, 0],
        &[0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
        &[0, 0, 0, 1],
    ];
    assert_eq!(packer.as_bytes(), expected.concat());
}

#[test]
fn every_length_is_filled_to_a_multiple_of_four() {
    for length in 0..9 {
        let mut packer = Packer::new();
        packer.fixed_opaque(&[7; 9][..length]);
        assert_eq!(packer.len(), length.div_ceil(4) * 4);
        let mut unpacker = Unpacker::new(packer.as_bytes());
        assert_eq!(unpacker.fixed_opaque(length), Ok(&[7; 9][..length]));
        assert_eq!(unpacker.finish(), Ok(()));
    }
}

#[test]
fn a_value_that_is_cut_says_what_is_missing_and_can_be_read_again() {
    for cut in 0..SILLYPROG.len() {
        let mut unpacker = Unpacker::new(&SILLYPROG[..cut]);
        let read = |unpacker: &mut Unpacker<'_>| {
            unpacker.string(255)?;
            unpacker.int()?;
            unpacker.string(255)?;
            unpacker.string(255)?;
            unpacker.opaque(255).map(drop)
        };
        let Err(Error::End { missing }) = unpacker.whole(read) else { unreachable!("cut at {cut}") };
        assert!(missing > 0 && missing <= SILLYPROG.len() - cut);
        assert_eq!(unpacker.position(), 0);
    }
}

#[test]
fn hostile_lengths_are_refused_before_they_are_used() {
    let huge = [0xff; 4];
    assert_eq!(Unpacker::new(&huge).opaque(usize::MAX), Err(Error::End { missing: u32::MAX as usize + 1 }));
    assert_eq!(Unpacker::new(&huge).opaque(9), Err(Error::TooLong { length: u32::MAX as usize, limit: 9 }));
    assert_eq!(Unpacker::new(&[]).fixed_opaque(usize::MAX), Err(Error::End { missing: usize::MAX }));
    assert_eq!(Unpacker::new(&huge).array(usize::MAX, Unpacker::uint), Err(Error::End { missing: 4 }));
    let endless = [0, 0, 0, 1].repeat(10);
    assert_eq!(Unpacker::new(&endless).list(3, Unpacker::uint), Err(Error::TooLong { length: 4, limit: 3 }));
}

#[test]
fn what_the_rfc_does_not_allow_is_refused_if_strict() {
    assert_eq!(Unpacker::new(&[0, 0, 0, 2]).boolean(), Err(Error::Bool(2)));
    assert_eq!(Unpacker::lenient(&[0, 0, 0, 2]).boolean(), Ok(true));
    assert_eq!(Unpacker::new(b"abc!").fixed_opaque(3), Err(Error::Fill));
    assert_eq!(Unpacker::lenient(b"abc!").fixed_opaque(3), Ok(&b"abc"[..]));
    assert_eq!(Unpacker::new(b"\0\0\0\x02\xc3\x28\0\0").string(9), Err(Error::Text));
    assert_eq!(Unpacker::new(&[0xff; 4]).enumeration::<u8>(), Err(Error::Enumeration(-1)));
}

#[test]
fn a_decoder_does_not_wait_for_more_than_its_limit() {
    let mut decoder = Decoder::new(SILLYPROG.len() - 1);
    for byte in SILLYPROG {
        decoder.feed(&[*byte]);
        let read = |unpacker: &mut Unpacker<'_>| unpacker.fixed_opaque(SILLYPROG.len()).map(<[u8]>::to_vec);
        assert_eq!(decoder.decode(read), Err(Error::TooLong { length: 48, limit: 47 }));
    }
    let mut decoder = Decoder::new(3);
    decoder.feed(&[0; 4]);
    assert_eq!(
        decoder.decode(|unpacker| unpacker.opaque(9).map(drop)),
        Err(Error::TooLong { length: 4, limit: 3 })
    );
}

#[test]
fn errors_speak() {
    for error in [
        Error::End { missing: 3 },
        Error::TooLong { length: 4, limit: 3 },
        Error::Fill,
        Error::Bool(2),
        Error::Enumeration(7),
        Error::Text,
        Error::Trailing { left: 1 },
    ] {
        assert!(error.to_string().len() > 10);
    }
}

/// A value of each type, as a generator of random numbers gives them.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Int(i32),
    Uint(u32),
    Bool(bool),
    Hyper(i64),
    Uhyper(u64),
    Float(u32),
    Double(u64),
    Opaque(Vec<u8>),
    Text(String),
    Array(Vec<u32>),
    List(Vec<Vec<u8>>),
    Optional(Option<i64>),
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> usize {
        (self.next() % bound) as usize
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.below(20)).map(|_| self.next() as u8).collect()
    }

    fn value(&mut self) -> Value {
        match self.below(12) {
            0 => Value::Int(self.next() as i32),
            1 => Value::Uint(self.next() as u32),
            2 => Value::Bool(self.below(2) == 0),
            3 => Value::Hyper(self.next() as i64),
            4 => Value::Uhyper(self.next()),
            5 => Value::Float(self.next() as u32),
            6 => Value::Double(self.next()),
            7 => Value::Opaque(self.bytes()),
            8 => Value::Text(self.bytes().into_iter().map(char::from).collect()),
            9 => Value::Array((0..self.below(9)).map(|_| self.next() as u32).collect()),
            10 => Value::List((0..self.below(9)).map(|_| self.bytes()).collect()),
            _ => Value::Optional((self.below(2) == 0).then(|| self.next() as i64)),
        }
    }
}

fn write(packer: &mut Packer, value: &Value) -> Result<(), Error> {
    match value {
        Value::Int(value) => packer.int(*value),
        Value::Uint(value) => packer.uint(*value),
        Value::Bool(value) => packer.boolean(*value),
        Value::Hyper(value) => packer.hyper(*value),
        Value::Uhyper(value) => packer.uhyper(*value),
        Value::Float(bits) => packer.float(f32::from_bits(*bits)),
        Value::Double(bits) => packer.double(f64::from_bits(*bits)),
        Value::Opaque(data) => packer.opaque(data)?,
        Value::Text(text) => packer.string(text)?,
        Value::Array(items) => packer.array(items, |packer, item| {
            packer.uint(*item);
            Ok(())
        })?,
        Value::List(items) => packer.list(items, |packer, item| packer.opaque(item))?,
        Value::Optional(value) => packer.optional(*value, |packer, value| {
            packer.hyper(value);
            Ok(())
        })?,
    }
    Ok(())
}

/// Reads a value of the kind that `like` is.
fn read(unpacker: &mut Unpacker<'_>, like: &Value) -> Result<Value, Error> {
    Ok(match like {
        Value::Int(_) => Value::Int(unpacker.int()?),
        Value::Uint(_) => Value::Uint(unpacker.uint()?),
        Value::Bool(_) => Value::Bool(unpacker.boolean()?),
        Value::Hyper(_) => Value::Hyper(unpacker.hyper()?),
        Value::Uhyper(_) => Value::Uhyper(unpacker.uhyper()?),
        Value::Float(_) => Value::Float(unpacker.float()?.to_bits()),
        Value::Double(_) => Value::Double(unpacker.double()?.to_bits()),
        Value::Opaque(_) => Value::Opaque(unpacker.opaque(100)?.to_vec()),
        Value::Text(_) => Value::Text(unpacker.string(100)?.to_owned()),
        Value::Array(_) => Value::Array(unpacker.array(100, Unpacker::uint)?),
        Value::List(_) => {
            Value::List(unpacker.list(100, |unpacker| unpacker.opaque(100).map(<[u8]>::to_vec))?)
        }
        Value::Optional(_) => Value::Optional(unpacker.optional(Unpacker::hyper)?),
    })
}

#[test]
fn values_come_back_as_they_went_however_the_stream_is_cut() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for _ in 0..2_000 {
        let values: Vec<Value> = (0..random.below(6)).map(|_| random.value()).collect();
        let mut packer = Packer::new();
        values.iter().try_for_each(|value| write(&mut packer, value)).unwrap();
        assert_eq!(packer.len() % 4, 0);

        let mut unpacker = Unpacker::new(packer.as_bytes());
        for value in &values {
            assert_eq!(read(&mut unpacker, value).as_ref(), Ok(value));
        }
        assert_eq!(unpacker.finish(), Ok(()));

        let mut decoder = Decoder::new(1_000);
        let mut waiting = values.iter().peekable();
        let mut rest = packer.as_bytes();
        while let Some(like) = waiting.peek() {
            match decoder.decode(|unpacker| read(unpacker, like)).unwrap() {
                Some(value) => assert_eq!(Some(&value), waiting.next()),
                None => {
                    let (chunk, after) = rest.split_at(rest.len().min(1 + random.below(9)));
                    assert!(!chunk.is_empty(), "a value that is there whole was not read");
                    decoder.feed(chunk);
                    rest = after;
                }
            }
        }
        decoder.feed(rest);
        assert_eq!(decoder.finish(), Ok(()));
    }
}
