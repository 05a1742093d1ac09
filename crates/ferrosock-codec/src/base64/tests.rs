//! Published vectors, and properties of random messages.

use super::*;
use crate::byte_set::ByteSet;

/// RFC 4648, section 10.
const VECTORS: [(&[u8], &str); 7] = [
    (b"", ""),
    (b"f", "Zg=="),
    (b"fo", "Zm8="),
    (b"foo", "Zm9v"),
    (b"foob", "Zm9vYg=="),
    (b"fooba", "Zm9vYmE="),
    (b"foobar", "Zm9vYmFy"),
];

/// A small generator of random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.below(256) as u8).collect()
    }
}

/// Decodes as the rules are told: bit by bit, no faster way.
fn told(message: &[u8], mode: Mode) -> Result<Vec<u8>, Error> {
    let strict = mode != Mode::Lenient;
    if strict && message.first() == Some(&b'=') {
        return Err(Error::LeadingPadding);
    }
    let alphabet: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*b"+/").collect();
    let (mut bits, mut characters, mut padding, mut padded) = (Vec::new(), 0_usize, 0, false);
    for (at, byte) in message.iter().enumerate() {
        if *byte == b'=' {
            if mode == Mode::Strict && characters % 4 == 0 {
                return Err(Error::ExcessPadding);
            }
            padded = true;
            if characters % 4 >= 2 {
                padding += 1;
                if characters % 4 + padding >= 4 {
                    return if strict && at + 1 < message.len() {
                        Err(Error::ExcessData)
                    } else {
                        Ok(bytes(&bits))
                    };
                }
            }
            continue;
        }
        match alphabet.iter().position(|known| known == byte) {
            None if strict => return Err(Error::InvalidByte),
            None => continue,
            Some(_) if strict && padded => return Err(Error::DiscontinuousPadding),
            Some(value) => bits.extend((0..6).rev().map(|bit| value >> bit & 1)),
        }
        characters += 1;
        padding = 0;
    }
    match characters % 4 {
        0 => Ok(bytes(&bits)),
        1 => Err(Error::OneTooMany { characters }),
        _ => Err(Error::IncorrectPadding),
    }
}

fn bytes(bits: &[usize]) -> Vec<u8> {
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |value, bit| value << 1 | *bit as u8)).collect()
}

#[test]
fn vectors_of_rfc_4648() {
    for (data, text) in VECTORS {
        assert_eq!(encode(data), text);
        assert_eq!(encode_url_safe(data), text);
        assert_eq!(encoded_len(data.len()), Some(text.len()));
        assert_eq!(decode(text.as_bytes()).as_deref(), Ok(data));
        assert_eq!(decode_strict(text.as_bytes()).as_deref(), Ok(data));
    }
}

#[test]
fn what_was_encoded_is_decoded() {
    let mut random = Random(1);
    for _ in 0..2000 {
        let data = random.bytes(300);
        for alphabet in [Alphabet::STANDARD, Alphabet::URL_SAFE, Alphabet::new(*b"!~")] {
            let text = encode_with(&data, alphabet);
            for mode in [Mode::Lenient, Mode::Strict] {
                assert_eq!(decode_with(&text, alphabet, mode).as_ref(), Ok(&data));
            }
        }
        let lines = encode_lines(&data);
        assert_eq!(encoded_lines_len(data.len()), Some(lines.len()));
        assert!(lines.lines().all(|line| line.len() <= 76));
        assert_eq!(decode(lines.as_bytes()).as_ref(), Ok(&data));
        assert_eq!(decode(lines.replace('\n', "\r\n").as_bytes()).as_ref(), Ok(&data));
    }
}

#[test]
fn large_messages() {
    let mut random = Random(5);
    let data: Vec<u8> = (0..200_000).map(|_| random.below(256) as u8).collect();
    let text = encode(&data);
    assert_eq!(decode_strict(text.as_bytes()).as_ref(), Ok(&data));
    let mut spoilt = text.into_bytes();
    spoilt[150_000] = b' ';
    assert_eq!(decode_strict(&spoilt), Err(Error::InvalidByte));
    assert_eq!(decode(&spoilt), told(&spoilt, Mode::Lenient));
}

#[test]
fn messages_with_anything_in_them() {
    let mut random = Random(2);
    for round in 0..20_000 {
        let mut message: Vec<u8> = if round % 2 == 0 {
            (0..random.below(40)).map(|_| b"AQgw+/09=== \n\r-_\xff"[random.below(17)]).collect()
        } else {
            encode(&random.bytes(200)).into_bytes()
        };
        for _ in 0..random.below(3) {
            let at = random.below(message.len() + 1);
            message.insert(at, b"=\n A\x00\xc3"[random.below(6)]);
        }
        for mode in [Mode::Lenient, Mode::Strict, Mode::AlmostStrict] {
            let expected = told(&message, mode);
            assert_eq!(
                decode_with(&message, Alphabet::STANDARD, mode),
                expected,
                "{}",
                message.escape_ascii()
            );
            let (mut decoder, mut out) = (Decoder::new(Alphabet::STANDARD, mode), Vec::new());
            let size = random.below(70) + 1;
            let result = message.chunks(size).try_for_each(|chunk| decoder.update(chunk, &mut out));
            assert_eq!(result.and_then(|()| decoder.finish()).map(|()| out), expected);
        }
    }
}

#[test]
fn chunks_are_encoded_as_the_whole() {
    let mut random = Random(3);
    for _ in 0..2000 {
        let data = random.bytes(200);
        let (mut encoder, mut out) = (Encoder::new(Alphabet::STANDARD), Vec::new());
        for chunk in data.chunks(random.below(50) + 1) {
            encoder.update(chunk, &mut out);
        }
        encoder.finish(&mut out);
        assert_eq!(out, encode(&data).as_bytes());
    }
}

#[test]
fn other_alphabets_take_the_place_of_plus_and_slash() {
    // Both characters the same: it stands for 63. A letter that stands for 62 is no letter any more.
    let lenient = |message: &[u8], alphabet| decode_with(message, Alphabet::new(alphabet), Mode::Lenient);
    assert_eq!(lenient(b"----", *b"--"), decode(b"////"));
    assert_eq!(lenient(b"AAAA", *b"A_"), decode(b"++++"));
    assert_eq!(lenient(b"+/-_", *b"-_"), decode(b"+/+/"));
    assert_eq!(lenient(b"+_", *b"_+").unwrap_err(), Error::IncorrectPadding);
}

#[test]
fn errors_say_what_python_says() {
    let error = decode(b"AAAAA").unwrap_err();
    assert_eq!(error, Error::OneTooMany { characters: 5 });
    assert_eq!(
        error.to_string(),
        "Invalid base64-encoded string: number of data characters (5) cannot be 1 more than a multiple of 4"
    );
    for (message, error) in [
        (b"=AAA".as_slice(), Error::LeadingPadding),
        (b"AAAA=", Error::ExcessPadding),
        (b"AA==A", Error::ExcessData),
        (b"AA=A", Error::DiscontinuousPadding),
        (b"AA A", Error::InvalidByte),
        (b"AA=", Error::IncorrectPadding),
    ] {
        assert_eq!(decode_strict(message), Err(error));
    }
}

#[test]
fn padding_that_ends_nothing() {
    let lenient = |message: &[u8]| decode_with(message, Alphabet::STANDARD, Mode::LenientThroughout);
    for (message, expected) in [
        (b"ab==c=".as_slice(), b"i\xb7".as_slice()),
        (b"ab==cd", b"i\xb7\x1d"),
        (b"abc=d", b"i\xb7\x1d"),
        (b"=ab==:=", b"i"),
        (b"abcd=====abcd", b"i\xb7\x1di\xb7\x1d"),
    ] {
        assert_eq!(lenient(message).as_deref(), Ok(expected));
    }
    assert_eq!(lenient(b"a=b="), Err(Error::IncorrectPadding));
    assert_eq!(lenient(b"ab==a"), Err(Error::IncorrectPadding));
    assert_eq!(lenient(b"abcd=a"), Err(Error::OneTooMany { characters: 5 }));
    for (message, error) in [
        (b"=AAA".as_slice(), Error::LeadingPadding),
        (b"AAAA=", Error::ExcessPadding),
        (b"AA===", Error::ExcessPadding),
        (b"AA==A", Error::ExcessData),
        (b"AA==:", Error::InvalidByte),
        (b"AA=A", Error::DiscontinuousPadding),
        (b"A=AA", Error::OneTooMany { characters: 1 }),
        (b"AA=", Error::IncorrectPadding),
    ] {
        assert_eq!(decode_with(message, Alphabet::STANDARD, Mode::StrictThroughout), Err(error));
    }
}

/// RFC 4648, sections 3.2 (padding), 3.3 (other characters) and 3.5 (bits that carry nothing).
#[test]
fn any_characters() {
    let decode = |message: &[u8], skipped: &[u8], padded, canonical| {
        let characters = Characters::new(CHARACTERS, &ByteSet::of(skipped));
        decode_characters(message, &characters, Mode::StrictThroughout, Options { padded, canonical })
    };
    for (data, text) in VECTORS {
        let unpadded = text.trim_end_matches('=').as_bytes();
        assert_eq!(decode(text.as_bytes(), b"", true, true).as_deref(), Ok(data));
        assert_eq!(decode(unpadded, b"", false, true).as_deref(), Ok(data));
        let layout = Layout { padded: false, ..Layout::default() };
        assert_eq!(encode_laid(data, CHARACTERS, layout), unpadded);
    }
    for (message, skipped, error) in [
        (&b":=AAA"[..], &b":"[..], Error::LeadingPadding),
        (b"AAAA=", b":", Error::ExcessPadding),
        (b"AA:=:=A", b":", Error::ExcessData),
        (b"AA=:A", b":", Error::DiscontinuousPadding),
        (b"AA:==", b";", Error::InvalidByte),
        (b"AB==", b"", Error::NonZeroBits),
        (b"AAB=", b"", Error::NonZeroBits),
        (b"AA=A", b"=", Error::IncorrectPadding),
    ] {
        assert_eq!(decode(message, skipped, true, true), Err(error), "{}", message.escape_ascii());
    }
    assert_eq!(decode(b"AA==", b"", false, false), Err(Error::ForbiddenPadding));
    assert_eq!(decode(b"=AA", b"", false, false), Err(Error::ForbiddenPadding));
    assert_eq!(decode(b"=A=A", b"=", false, false).as_deref(), Ok(&[0][..]));
    assert_eq!(decode(b"=AA===", b"=", true, true).as_deref(), Ok(&[0][..]));
    assert_eq!(decode(b"A", b"", false, true), Err(Error::OneTooMany { characters: 1 }));
    // The last place of a character counts, and padding is no character.
    let lenient = |message: &[u8], alphabet: &[u8; 64]| {
        let characters = Characters::new(alphabet, &ByteSet::EMPTY);
        decode_characters(message, &characters, Mode::LenientThroughout, Options::default())
    };
    assert_eq!(lenient(b"AA\nAA", &[b'A'; 64]).as_deref(), Ok(&[255; 3][..]));
    assert_eq!(lenient(b"====", &[b'='; 64]).as_deref(), Ok(&[][..]));
}

#[test]
fn laid_out_messages_are_decoded() {
    let mut random = Random(9);
    for round in 0..3000 {
        let data = random.bytes(200);
        let mut alphabet: [u8; 256] = std::array::from_fn(|byte| byte as u8);
        for at in (1..256).rev() {
            alphabet.swap(at, random.below(at + 1));
        }
        let usable: Vec<u8> = alphabet.into_iter().filter(|byte| !matches!(byte, b'=' | b'\n')).collect();
        let alphabet: &[u8; 64] = usable.first_chunk().expect("there are more");
        let columns = [0, 1, 4, 7, 8, 76, usize::MAX][random.below(7)];
        let layout = Layout { padded: round % 2 == 0, columns, newline: round % 3 == 0 };
        let text = encode_laid(&data, alphabet, layout);
        assert_eq!(laid_len(data.len(), layout), Some(text.len()));
        let most = if columns == 0 { usize::MAX } else { columns.max(4) };
        assert!(text.split(|byte| *byte == b'\n').all(|line| line.len() <= most));
        let characters = Characters::new(alphabet, &ByteSet::of(b"\n"));
        for mode in [Mode::LenientThroughout, Mode::StrictThroughout] {
            let options = Options { padded: layout.padded, canonical: true };
            assert_eq!(decode_characters(&text, &characters, mode, options).as_ref(), Ok(&data));
        }
    }
    assert_eq!(laid_len(usize::MAX, Layout::default()), None);
    assert_eq!(laid_len(usize::MAX / 4 * 3 - 6, Layout { columns: 4, ..Layout::default() }), None);
}
