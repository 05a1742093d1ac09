use super::{Coding, Decoder, Error, Limits, Step, codings, decode};
use crate::hex;

fn of(digits: &str) -> Vec<u8> {
    hex::decode(digits.as_bytes()).unwrap()
}

fn whole(bytes: &[u8], coding: Coding) -> Result<Vec<u8>, Error> {
    decode(bytes, &[coding], Limits::default())
}

/// Decodes in pieces of `step` bytes to room for `room`.
fn pieces(bytes: &[u8], list: &[Coding], step: usize, room: usize) -> Result<Vec<u8>, Error> {
    let mut decoder = Decoder::new(list, Limits::default())?;
    let (mut out, mut room) = (Vec::new(), vec![0; room]);
    for mut piece in bytes.chunks(step) {
        loop {
            let Step { read, written } = decoder.decode(piece, &mut room)?;
            piece = &piece[read..];
            out.extend_from_slice(&room[..written]);
            if piece.is_empty() && written < room.len() {
                break;
            }
        }
    }
    decoder.finish().map(|()| out)
}

/// "hello" in each coding.
fn hello() -> Vec<(Coding, Vec<u8>)> {
    [
        (Coding::Gzip, "1f8b0800000000000003cb48cdc9c9070086a6103605000000"),
        (
            Coding::Gzip,
            "1f8b081f00000000000303006162636e616d65006120636f6d6d656e7400a2eccb48cdc9c9070086a6103605000000",
        ),
        (Coding::Deflate, "789ccb48cdc9c907000 62c0215"),
        (Coding::Deflate, "cb48cdc9c90700"),
        (Coding::Deflate, "010500faff68656c6c6f"),
        (Coding::Brotli, "0b028068656c6c6f03"),
        (Coding::Zstd, "28b52ffd045829000068656c6c6fa36d9f88"),
    ]
    .map(|(coding, digits)| (coding, of(&digits.replace(' ', ""))))
    .into()
}

#[test]
fn every_coding_in_pieces_of_any_size() {
    for (coding, bytes) in hello() {
        for (step, room) in [(1, 1), (2, 3), (1, 100), (100, 1), (100, 100)] {
            assert_eq!(pieces(&bytes, &[coding], step, room).unwrap(), b"hello", "{coding}");
        }
    }
}

#[test]
fn what_ends_early_is_an_error() {
    for (coding, bytes) in hello() {
        assert_eq!(whole(b"", coding).unwrap(), b"", "no content at all is none");
        for end in 1..bytes.len() {
            assert_eq!(whole(&bytes[..end], coding), Err(Error::Truncated { coding }), "{coding} {end}");
        }
    }
}

#[test]
fn something_behind_the_end_is_an_error() {
    for (coding, bytes) in hello() {
        let more = [&bytes[..], b"\x01"].concat();
        let error = whole(&more, coding).unwrap_err();
        match coding {
            Coding::Zstd => assert!(matches!(error, Error::Corrupt { .. })), // another frame, of a wrong beginning
            _ => assert_eq!(error, Error::TrailingData { coding }),
        }
    }
}

#[test]
fn gzip_has_members_and_padding() {
    let all: Vec<_> = hello().into_iter().filter(|(coding, _)| *coding == Coding::Gzip).collect();
    let mut both = [&all[0].1[..], &all[1].1, &all[0].1].concat();
    both.extend([0; 7]);
    for (step, room) in [(1, 1), (7, 2), (1000, 1000)] {
        assert_eq!(pieces(&both, &[Coding::Gzip], step, room).unwrap(), b"hellohellohello");
    }
    both.extend(&all[0].1);
    assert_eq!(whole(&both, Coding::Gzip), Err(Error::TrailingData { coding: Coding::Gzip }));
}

#[test]
fn gzip_checks_its_head_and_its_sums() {
    let good = &hello()[1].1;
    // The magic number, the method, flags, the head's sum, the data's, the length.
    for at in [0, 1, 2, 3, 31, good.len() - 8, good.len() - 1] {
        let mut wrong = good.clone();
        wrong[at] ^= 0x80;
        assert!(matches!(whole(&wrong, Coding::Gzip), Err(Error::Corrupt { .. })), "{at}");
    }
    // A name that never ends.
    let endless = [&of("1f8b0808000000000003")[..], &[b'a'; 200_000]].concat();
    assert!(matches!(whole(&endless, Coding::Gzip), Err(Error::Corrupt { .. })));
}

#[test]
fn deflate_checks_its_sum() {
    assert!(matches!(whole(&of("789ccb48cdc9c90700062c0216"), Coding::Deflate), Err(Error::Corrupt { .. })));
    assert!(matches!(whole(&of("07ff"), Coding::Deflate), Err(Error::Corrupt { .. })));
    assert!(
        matches!(whole(&of("78bb00000000"), Coding::Deflate), Err(Error::Corrupt { .. })),
        "a dictionary"
    );
}

/// tests/testdata of the reference implementation, and RFC 7932's empty streams.
#[test]
fn brotli_vectors() {
    let vectors: [(&str, Vec<u8>); 7] = [
        ("5bffaf02c022795cfb5a8c423bf42555195a9299b135c8199e9e0a7b4b90b93c98c80940f3e6d94de46d651b2787135f\
         a6e930967b3c15d8531c", b"The quick brown fox jumps over the lazy dog".repeat(4096)),
        ("1b130000a4b0b2ea8147028a", b"XXXXXXXXXXYYYYYYYYYY".to_vec()),
        ("1b3f000024b0e2998012", vec![b'X'; 64]),
        ("0b00805803", b"X".to_vec()),
        ("1b760000144aac9b7abde1979d7f8ec282360e9ce09003f78b9e38e6b600abc3caa0c2da6636dccd808d2e21d76ee3ea\
         4cb8f0d2b8c7c2704d3af0697ea1b84573abc4571e", b"ukko nooa, ukko nooa oli kunnon mies, kun han meni saunaan, pisti laukun naulaan, ukko nooa, ukko nooa oli kunnon mies.".to_vec()),
        ("06", Vec::new()),
        ("81160058", Vec::new()),
    ];
    for (digits, plain) in vectors {
        assert_eq!(whole(&of(digits), Coding::Brotli).unwrap(), plain);
        assert_eq!(pieces(&of(digits), &[Coding::Brotli], 1, 7).unwrap(), plain);
    }
    assert!(matches!(whole(b"\x11", Coding::Brotli), Err(Error::Corrupt { .. } | Error::Truncated { .. })));
    assert!(matches!(whole(&of("ffff"), Coding::Brotli), Err(Error::Corrupt { .. })));
}

#[test]
fn codings_over_one_another() {
    // "hello" in deflate, and that in gzip.
    let both = of("1f8b08000000000002033bed71f6e449760600e02a827b07000000");
    let list = codings(b"deflate,gzip").unwrap();
    match pieces(&both, &list, 3, 2) {
        Ok(plain) => assert_eq!(plain, b"hello"),
        Err(error) => panic!("{error}"),
    }
    let zstd = |bytes: &[u8]| {
        let size = (bytes.len() as u32) << 3 | 1;
        [&[0x28, 0xb5, 0x2f, 0xfd, 0, 0x58][..], &size.to_le_bytes()[..3], bytes].concat()
    };
    let mut deep = b"hello".to_vec();
    for _ in 0..5 {
        deep = zstd(&deep);
    }
    for (step, room) in [(1, 1), (5, 100), (1000, 3)] {
        assert_eq!(pieces(&deep, &[Coding::Zstd; 5], step, room).unwrap(), b"hello");
        let cut = pieces(&deep[..deep.len() - 1], &[Coding::Zstd; 5], step, room);
        assert_eq!(cut, Err(Error::Truncated { coding: Coding::Zstd }));
    }
    assert_eq!(codings(b"gzip,gzip,gzip,gzip,gzip,gzip"), Err(Error::TooManyCodings));
}

/// A run of zeros: 128 KiB for each four bytes.
fn bomb(blocks: usize) -> Vec<u8> {
    let mut bytes = of("28b52ffd0058");
    (0..blocks).for_each(|_| bytes.extend([0x02, 0, 0x10, 0]));
    bytes.extend([1, 0, 0]);
    bytes
}

#[test]
fn bombs_stop_at_the_limits() {
    let small = bomb(16);
    assert_eq!(whole(&small, Coding::Zstd).unwrap().len(), 2 << 20, "what is small is free");
    let limits = Limits { output: 2 << 20, ..Limits::default() };
    assert_eq!(decode(&small, &[Coding::Zstd], limits).unwrap().len(), 2 << 20);
    let limits = Limits { output: (2 << 20) - 1, ..Limits::default() };
    assert_eq!(decode(&small, &[Coding::Zstd], limits), Err(Error::TooLong { limit: (2 << 20) - 1 }));
    assert_eq!(whole(&bomb(1000), Coding::Zstd), Err(Error::TooDense { ratio: 200 }));
    let limits = Limits { ratio: u32::MAX, ..Limits::default() };
    assert_eq!(decode(&bomb(1000), &[Coding::Zstd], limits).unwrap().len(), 125 << 20);
    // Two layers, of which the inner one comes to nothing much: the outer one is held to the limits too.
    let mut decoder = Decoder::new(&[Coding::Zstd; 2], Limits { free: 1000, ..Limits::default() }).unwrap();
    let mut bytes = of("28b52ffd00580200100050"); // 'P' many times: an inner frame begins otherwise
    bytes.extend([1, 0, 0]);
    assert!(decoder.decode(&bytes, &mut [0; 10]).is_err());
}

#[test]
fn errors_stay() {
    let mut decoder = Decoder::new(&[Coding::Gzip], Limits::default()).unwrap();
    let error = decoder.decode(b"no", &mut [0; 10]).unwrap_err();
    assert_eq!(decoder.decode(&hello()[0].1, &mut [0; 10]), Err(error.clone()));
    assert_eq!(decoder.finish(), Err(error));
}

#[test]
fn nothing_is_passed_on() {
    assert_eq!(pieces(b"hello", &[], 2, 3).unwrap(), b"hello");
    assert_eq!(codings(b"identity, ,").unwrap(), []);
}
