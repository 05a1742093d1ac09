//! The targets of `fuzz/targets/codec.rs` on random input: see `fuzz/driver.rs`.

#[path = "../../../fuzz/driver.rs"]
mod driver;
#[path = "../../../fuzz/targets/codec.rs"]
mod targets;

use driver::run;

#[test]
fn xdr() {
    let words: [&[u8]; 3] = [
        b"\0\0\0\x02\0\0\0\x05hello\0\0\0\0\0\0\x01a\0\0\0",
        b"\0\0\0\x01\0\0\0\x01b\0\0\0\0\0\0\x01\0\0\0\x03abc\0\0\0\0\0",
        b"\xff\xff\xff\xff\0\0\0\0",
    ];
    let seeds: Vec<Vec<u8>> = (0..9_u8)
        .flat_map(|kind| [2, 9, 255].map(|size| [kind, size]))
        .flat_map(|head| words.map(|words| [&head[..], words].concat()))
        .collect();
    run("xdr", targets::xdr, &seeds.iter().map(Vec::as_slice).collect::<Vec<_>>());
}
