//! Vectors: what the reference program (zstd 1.5) makes of a text, and its repository's tests/golden-decompression.

use crate::content::{Coding, Decoder, Error, Limits, decode};
use crate::hex;

fn of(digits: &str) -> Vec<u8> {
    hex::decode(digits.as_bytes()).unwrap()
}

fn whole(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    decode(bytes, &[Coding::Zstd], Limits::default())
}

/// At levels 1, 19, 22 (without a check sum, with a window of 128 MiB) and 3.
const TEXT: [&str; 4] = [
    "28b52ffd0448550700a28a1f1d704dd20100424305fd11138f7f160f0080424bb9e5962915b8fe6f3d117983b7f3f7ee\
         deb5b77fa95ffacba70d8dc73e3ee7f331b6319acd6cd93b9a7f12cfb8cd5e6bad5b9a45b43b697737c6767ddada4288\
         7100280e5241494c081c552a410fa9140c0b8b848a48068540a464a014088c45432104870a288510e3084ea8218c7cfd\
         7f03603392e40112f80681d9888ce0bf87fb00f3d985616c9111f063851423da81f45d95dd0dbe73514a3b688df5200d\
         264f837de8342ef31c9457bd60662cb42a9066c59a402e844020031b346872950adc127c74ce306df40372914dba3891\
         d63caaa777a670",
    "28b52ffd0468250700f24d241870397450fa43e90fa58fffffd5cabde54e32918efeef1e0b79f569baff4578c573ebdc\
         5f7b67f595adbd62da9965ba4fc94f08398dd088f0f8186f44e79c3ef6d3ebfe66b3678b977a1f6a2663f1f8f4d82f66\
         af8975ffb6e556cb9a4de988f288778e8fbdf45b000501299466236894d5c470811425e2b02c2a0339d40303990c8a41\
         5058246548542a606578281a014fa811c0787cfd3f03b033926203126810b84130bee07ff0f008a62fab2f8cc28a8718\
         114348d7a9b219cc1d7fb35e8be5a897a324ef5a2c47bd84d9c66d14880932f3337486f8323fe79deb8e05d82aa777a6\
         70",
    "28b52ffd0088250700f24d241870397450fa43e90fa58fffffd5cabde54e32918efeef1e0b79f569baff4578c573ebdc\
         5f7b67f595adbd62da9965ba4fc94f08398dd088f0f8186f44e79c3ef6d3ebfe66b3678b977a1f6a2663f1f8f4d82f66\
         af8975ffb6e556cb9a4de988f288778e8fbdf45b000501299466236894d5c470811425e2b02c2a0339d40303990c8a41\
         5058246548542a606578281a014fa811c0787cfd3f03b033926203126810b84130bee07ff0f008a62fab2f8cc28a8718\
         114348d7a9b219cc1d7fb35e8be5a897a324ef5a2c47bd84d9c66d14880932f3337486f8323fe79deb8e05d82a",
    "28b52ffd0458650700928a1f1d704dd20100424305fd11138f7f160f0080424bb9e5962915b8fe6f3d117983b7f3f7ee\
         bef6f62ff54b7ff9b4a1f1d8c7e77c3ec63646b3992d7b47f34fe219b7d96bad754bb3887627edeec6d8ae4f5b5b0831\
         0e00c5412a28890981a34a25e82195826161915011c9a01088940c940281b1682884e05001a510621c014ea821907cfd\
         7f03603392e40112f80681d9888ce0bf87fb00f3c985616c2523f4c10a9bfe6006d28dac6cfde0bb0fd98c051eea8316\
         125639f6a17ec11dd6857a950b66c142ab026956ac0964422804b2b04183a6aba4c025c165e58cc206f7fdaa3a413606\
         7fa5358f2aa777a670",
];

fn text() -> Vec<u8> {
    let line = |i| format!("line {}: the quick brown fox jumps over {i} lazy dogs\n", i * i);
    (0..40).map(line).collect::<String>().into_bytes()
}

#[test]
fn a_text_at_several_levels() {
    for digits in TEXT {
        let limits = Limits { window: 128 << 20, ..Limits::default() };
        assert_eq!(decode(&of(digits), &[Coding::Zstd], limits).unwrap(), text());
    }
}

#[test]
fn golden_files() {
    assert_eq!(whole(&of("28b52ffd00001500000000")).unwrap(), b"", "an empty block, and another");
    assert_eq!(whole(&of("28b52ffd00008500006848656c6c6f20576f726c64210a8000")).unwrap(), b"Hello World!\n");
    let runs = "28b52ffda4000010000200100002001000020010000200100002001000020010000200100003001000f13e16e1";
    assert_eq!(whole(&of(runs)).unwrap(), vec![0; 1 << 20]);
    for wrong in [
        "28b52ffd0000450000080002002f430bae",                     // an offset of 0
        "28b52ffd000055000072800104207e1f02aa00",                 // a state that the bits do not have
        "28b52ffd00009500006848656c6c6f20576f726c64210a80000000", // something behind no sequences
    ] {
        assert!(matches!(whole(&of(wrong)), Err(Error::Corrupt { coding: Coding::Zstd, .. })), "{wrong}");
    }
}

#[test]
fn frames_follow_one_another_and_some_are_skipped() {
    let skipped = of("5f2a4d1803000000616263");
    let hello = of("28b52ffd045829000068656c6c6fa36d9f88");
    let both = [&skipped[..], &hello, &hello, &skipped, &of(TEXT[0])].concat();
    let plain = [b"hellohello", &text()[..]].concat();
    assert_eq!(whole(&both).unwrap(), plain);
    for end in [4, 8, 9, both.len() - 1] {
        assert_eq!(whole(&both[..end]), Err(Error::Truncated { coding: Coding::Zstd }), "{end}");
    }
    assert_eq!(whole(&skipped).unwrap(), b"");
}

#[test]
fn heads_that_are_refused() {
    let wrong = |digits| matches!(whole(&of(digits)), Err(Error::Corrupt { .. }));
    assert!(wrong("28b52ffd08"), "a bit that does not exist");
    assert!(wrong("1f8b"), "known by its first byte");
    assert!(wrong("28b52ffd0358010000002900006800"), "a dictionary");
    assert!(wrong("28b52ffd2004290000"), "a block larger than the window");
    assert!(wrong("28b52ffd2005190000686868"), "less than announced");
    assert!(wrong("28b52ffd0458290000ff656c6c6fa36d9f88"), "a check sum");
    assert!(wrong("28b52ffd005807000000"), "a kind of block that does not exist");
    // A window of 3.75 TiB, and one of 16 MiB: nothing is reserved.
    assert_eq!(whole(&of("28b52ffd00ff")), Err(Error::WindowTooLarge { window: 0x3c0_0000_0000 }));
    assert_eq!(whole(&of("28b52ffd0070")), Err(Error::WindowTooLarge { window: 16 << 20 }));
}

#[test]
fn each_block_is_given_when_it_is_there() {
    let mut decoder = Decoder::new(&[Coding::Zstd], Limits::default()).unwrap();
    let mut out = [0; 64];
    // A frame of unknown size with a window of 2 MiB: a block of three bytes that is not the last.
    let step = decoder.decode(&of("28b52ffd0058180000616263"), &mut out).unwrap();
    assert_eq!(&out[..step.written], b"abc");
    // And bytes of an uncompressed block as they come.
    let step = decoder.decode(&of("2900006465"), &mut out).unwrap();
    assert_eq!(&out[..step.written], b"de");
    assert_eq!(decoder.finish(), Err(Error::Truncated { coding: Coding::Zstd }));
}
