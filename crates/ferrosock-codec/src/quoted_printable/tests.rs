//! Published vectors, and properties of random messages.

use super::*;

fn text(data: &[u8]) -> Vec<u8> {
    encode(data, Options::default())
}

/// RFC 2045, section 6.7: the rules and the example of a soft line break.
#[test]
fn vectors_of_rfc_2045() {
    let sentence = b"Now's the time for all folk to come to the aid of their country.";
    assert_eq!(
        decode(b"Now's the time =\nfor all folk to come=\n to the aid of their country.", false),
        sentence
    );
    assert_eq!(text(sentence), sentence);
    assert_eq!(text(b"\x0c="), b"=0C=3D"); // (1) octets as digits
    assert_eq!(text(b"!<>~"), b"!<>~"); // (2) characters as themselves
    assert_eq!(text(b"a \t b \nc\t"), b"a \t b=20\nc=09"); // (3) no blanks at the end of a line
    assert_eq!(text(b"a\r\nb\n"), b"a\nb\n"); // (4) line ends
    let long = text(&[b'x'; 200]);
    assert!(long.split(|byte| *byte == b'\n').all(|line| line.len() <= 76)); // (5) soft breaks
    assert_eq!(decode(&long, false), [b'x'; 200]);
}

/// RFC 2047, section 8.
#[test]
fn vectors_of_rfc_2047() {
    for (encoded, word) in [
        (b"Keld_J=F8rn_Simonsen".as_slice(), b"Keld J\xf8rn Simonsen".as_slice()),
        (b"Andr=E9", b"Andr\xe9"),
        (b"a_b", b"a b"),
    ] {
        assert_eq!(decode(encoded, true), word);
        let header = Options { header: true, ..Options::default() };
        assert_eq!(encode(word, header), encoded);
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

    fn message(&mut self) -> Vec<u8> {
        let alphabet = b" \t\r\n=._aZ09\x00\x7f\xff~";
        let any = self.below(3);
        (0..self.below(300))
            .map(|_| match any {
                0 => self.below(256) as u8,
                1 => alphabet[self.below(alphabet.len())],
                _ if self.below(20) == 0 => alphabet[self.below(alphabet.len())],
                _ => b'a',
            })
            .collect()
    }

    fn options(&mut self) -> Options {
        Options {
            quote_tabs: self.below(2) == 0,
            text: self.below(2) == 0,
            header: self.below(2) == 0,
            line_end: [LineEnd::Lf, LineEnd::CrLf][self.below(2)],
        }
    }
}

#[test]
fn what_was_encoded_is_decoded() {
    let mut random = Random(1);
    for _ in 0..5000 {
        let message = random.message();
        let options = Options { text: false, ..random.options() };
        let encoded = encode(&message, options);
        assert!(encoded.len() <= encoded_most(message.len()).unwrap());
        assert!(encoded.is_ascii());
        assert_eq!(decode(&encoded, options.header), message, "{}", encoded.escape_ascii());
    }
}

#[test]
fn chunks_give_what_the_whole_gives() {
    let mut random = Random(2);
    for _ in 0..5000 {
        let (message, options, size) = (random.message(), random.options(), random.below(9) + 1);
        let (mut encoder, mut out) = (Encoder::new(options), Vec::new());
        for chunk in message.chunks(size) {
            let before = out.len();
            let most = encoder.most(chunk.len());
            encoder.update(chunk, &mut out);
            assert!(out.len() - before <= most);
        }
        encoder.finish(&mut out);
        assert_eq!(out, encode(&message, options), "{options:?} {}", message.escape_ascii());

        for form in [out, message] {
            let (mut decoder, mut out) = (Decoder::new(options.header), Vec::new());
            for chunk in form.chunks(size) {
                decoder.update(chunk, &mut out);
            }
            decoder.finish(&mut out);
            assert_eq!(out, decode(&form, options.header), "{}", form.escape_ascii());
        }
    }
}

#[test]
fn lines_come_back() {
    let mut random = Random(3);
    for _ in 0..5000 {
        let (message, header) = (random.message(), random.below(2) == 0);
        let encoded = lines::encode(&message, true, header);
        assert!(encoded.split(|byte| *byte == b'\n').all(|line| line.len() <= 78));
        // A soft break may cut an escape, which the decoder then cannot read.
        if message.split(|byte| *byte == b'\n').all(|line| line.len() < 25) {
            assert_eq!(lines::decode(&encoded, header), message, "{}", encoded.escape_ascii());
        }
    }
}
