use super::{ComplexCodes, Error, Format, Value, size_of};

#[test]
fn sizes_and_gaps_are_those_of_c() {
    for (format, size) in
        [("bI", 8), ("bIb", 9), ("bIb0I", 12), ("b0s", 1), ("<bI", 5), ("=bI", 5), ("!bI", 5)]
    {
        assert_eq!(size_of(format), Ok(size), "{format}");
    }
    #[cfg(all(target_pointer_width = "64", unix))]
    for (format, size) in [("bq", 16), ("lb0l", 16), ("nNP", 24), ("cbxxxxxxhhhhiillffd?", 57)] {
        assert_eq!(size_of(format), Ok(size), "{format}");
    }
}

#[test]
fn formats_are_refused() {
    let huge = format!("{}b", isize::MAX as u128 + 1);
    let sum = format!("{}b{}H", isize::MAX / 2, isize::MAX / 2);
    for (format, error) in [
        ("Z", Error::BadCode),
        ("<n", Error::BadCode),
        ("!P", Error::BadCode),
        ("2 h", Error::BadCode),
        ("é", Error::BadCode),
        ("\0", Error::EmbeddedNul),
        ("b\0", Error::EmbeddedNul),
        ("c12345", Error::CountWithoutCode),
        ("3", Error::CountWithoutCode),
        (huge.as_str(), Error::TooLong),
        (sum.as_str(), Error::TooLong),
        ("99999999999999999999999999b", Error::TooLong),
    ] {
        assert_eq!(Format::parse(format), Err(error), "{format}");
    }
}

#[test]
fn complex_numbers_are_two_floats() {
    let (one, wide) = ([1.0, -2.0], [1e300, 0.0]);
    for (format, packed) in [
        ("<F", &b"\0\0\x80\x3f\0\0\0\xc0"[..]),
        (">F", b"\x3f\x80\0\0\xc0\0\0\0"),
        (">D", b"\x3f\xf0\0\0\0\0\0\0\xc0\0\0\0\0\0\0\0"),
        ("<bD", b"\x05\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0"),
    ] {
        let format = Format::parse(format).unwrap();
        let values: Vec<Value> =
            if format.count() == 2 { vec![5.into(), one.into()] } else { vec![one.into()] };
        assert_eq!(format.pack(&values).unwrap(), packed);
        assert_eq!(format.unpack(packed).unwrap(), values);
    }
    for (format, size) in [("bF", 12), ("bD", 24), ("=bD", 17), ("3F", 24)] {
        assert_eq!(size_of(format), Ok(size), "{format}");
    }
    let pack = |format: &str, value: Value| Format::parse(format).unwrap().pack(&[value]);
    #[cfg(target_endian = "little")]
    assert_eq!(pack("<F", wide.into()).unwrap(), b"\0\0\x80\x7f\0\0\0\0");
    let other = if cfg!(target_endian = "little") { ">F" } else { "<F" };
    assert_eq!(pack(other, wide.into()), Err(Error::FloatTooLarge { code: 'F' }));
    assert_eq!(pack("D", 2.5.into()), pack("D", [2.5, 0.0].into()));
    assert!(matches!(pack("D", b"x".into()), Err(Error::WrongType { code: 'D', .. })));
    assert!(matches!(pack("d", one.into()), Err(Error::WrongType { code: 'd', .. })));
    assert_eq!(Format::parse_with(b"bD", ComplexCodes::Refused), Err(Error::BadCode));
}

#[test]
fn complex_numbers_have_codes_of_two_letters() {
    for (two, one) in [("Zd", "D"), (">b3Zf", ">b3F"), ("<0Zd2x", "<0D2x"), ("@bZdZf", "bDF")] {
        assert_eq!(Format::parse(two), Format::parse(one), "{two}");
        assert_eq!(Format::parse_with(two.as_bytes(), ComplexCodes::Letters), Err(Error::BadCode), "{two}");
        assert!(Format::parse_with(one.as_bytes(), ComplexCodes::Letters).is_ok(), "{one}");
    }
    for format in ["Z", "2Z", "Zg", "Ze", "Z f", "Z2f", "ZZf", "<Zi"] {
        assert_eq!(Format::parse(format), Err(Error::BadCode), "{format}");
    }
    assert_eq!(Format::parse("Z\0"), Err(Error::EmbeddedNul));
}

#[test]
fn strings_are_cut_and_filled() {
    for (format, value, packed, back) in [
        ("0s", &b"hello"[..], &b""[..], &b""[..]),
        ("1s", b"hello", b"h", b"h"),
        ("7s", b"hello", b"hello\0\0", b"hello\0\0"),
        ("0p", b"hello", b"", b""),
        ("1p", b"hello", b"\0", b""),
        ("3p", b"hello", b"\x02he", b"he"),
        ("8p", b"hello", b"\x05hello\0\0", b"hello"),
    ] {
        let format = Format::parse(format).unwrap();
        assert_eq!(format.pack(&[value.into()]).unwrap(), packed);
        assert_eq!(format.unpack(packed).unwrap(), [back.into()]);
    }
    let long = Format::parse("1000p").unwrap();
    let packed = long.pack(&[vec![b'x'; 1000].into()]).unwrap();
    assert_eq!(packed[..2], [255, b'x']);
    assert_eq!(long.unpack(&packed).unwrap(), [vec![b'x'; 255].into()]);
}

#[test]
fn the_count_byte_of_a_pascal_string_is_not_believed() {
    let format = Format::parse("3p").unwrap();
    assert_eq!(format.unpack(b"\xffab").unwrap(), [b"ab".into()]);
}

#[test]
fn wrong_values_are_refused() {
    let pack = |format: &str, value: Value| Format::parse(format).unwrap().pack(&[value]);
    assert!(matches!(pack("b", 128.into()), Err(Error::OutOfRange { least: -128, most: 127, .. })));
    assert!(matches!(pack(">Q", Value::Int(-1)), Err(Error::OutOfRange { least: 0, .. })));
    assert!(matches!(pack("<q", Value::Int(1 << 63)), Err(Error::OutOfRange { .. })));
    assert!(matches!(pack("<f", 1e39.into()), Err(Error::FloatTooLarge { code: 'f' })));
    assert!(matches!(pack("f", 1e39.into()), Err(Error::FloatTooLarge { code: 'f' })));
    assert_eq!(pack("f", f64::INFINITY.into()), Ok(f32::INFINITY.to_ne_bytes().to_vec()));
    assert!(matches!(pack("i", 1.0.into()), Err(Error::WrongType { .. })));
    assert!(matches!(pack("c", b"ab".into()), Err(Error::WrongType { .. })));
    assert!(matches!(pack("s", 1.into()), Err(Error::WrongType { .. })));
    assert!(matches!(pack("d", b"a".into()), Err(Error::WrongType { .. })));
    assert!(matches!(pack("bb", 1.into()), Err(Error::ValueCount { expected: 2, given: 1 })));
    assert!(matches!(pack("999999999999999s", b"".into()), Err(Error::TooLong)));
}

#[test]
fn buffers_are_measured() {
    let format = Format::parse("<I").unwrap();
    assert!(matches!(format.unpack(b"12345"), Err(Error::Size { expected: 4, given: 5, several: false })));
    assert!(matches!(format.unpack_from(b"12345", 2), Err(Error::NoRoom { .. })));
    assert!(matches!(format.unpack_from(b"12345", usize::MAX), Err(Error::NoRoom { .. })));
    assert!(matches!(format.pack_into(&mut [0; 5], 2, &[1.into()]), Err(Error::NoRoom { .. })));
    assert!(matches!(format.iter_unpack(b"12345").err(), Some(Error::Size { several: true, .. })));
    assert!(matches!(Format::parse("").unwrap().iter_unpack(b"").err(), Some(Error::EmptyRecord)));
}

#[test]
fn what_is_packed_comes_back() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 7) as usize % below
    };
    for _ in 0..20_000 {
        let mut text = String::from(["", "@", "=", "<", ">", "!"][random(6)]);
        let native = text.is_empty() || text == "@";
        for _ in 0..random(8) {
            if random(3) == 0 {
                text += &random(4).to_string();
            }
            let codes = if native { "xcbBhHiIlLqQnNPefd?s" } else { "xcbBhHiIlLqQefd?s" };
            text.push(char::from(codes.as_bytes()[random(codes.len())]));
            if random(4) == 0 {
                text.push(' ');
            }
        }
        let format = Format::parse(&text).unwrap();
        let record: Vec<u8> = (0..format.size()).map(|_| [0, 1, 0x7f, 0x80, 0xff, 42][random(6)]).collect();
        let values = format.unpack(&record).unwrap();
        assert_eq!(values.len(), format.count(), "{text}");
        let again = format.pack(&values).unwrap();
        let back = format.unpack(&again).unwrap();
        let alike = |(a, b): (&Value, &Value)| match (a, b) {
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            _ => a == b,
        };
        assert!(values.iter().zip(&back).all(alike), "{text} {values:?} {back:?}");
    }
}
