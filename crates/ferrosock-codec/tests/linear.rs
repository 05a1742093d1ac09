//! What a peer sends may cost work in proportion to its length, and not to the square of that.

use std::time::Instant;

use ferrosock_codec::mime::decode_header;

#[test]
fn words_that_never_end() {
    let words = "=?x?q? ".repeat(100_000);
    let begun = Instant::now();
    for (header, count) in [(format!("{words}\n?="), 1), (format!("{words}\n=?x?q?a?="), 2)] {
        assert_eq!(decode_header(&header).unwrap().len(), count);
    }
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}

/// An end costs what two bytes may cost, not a decompressor.
#[cfg(feature = "deflate")]
#[test]
fn ends_of_compressed_streams() {
    use ferrosock_codec::deflate::Decompressor;

    for window_bits in [9, 15] {
        let (mut decompressor, mut out) = (Decompressor::new(window_bits), Vec::new());
        let begun = Instant::now();
        decompressor.decompress(&b"\x03\0".repeat(200_000), &mut out, 100).unwrap();
        decompressor.decompress(b"\xf2\x48\xcd\xc9\xc9\x07\0\0\0\xff\xff", &mut out, 100).unwrap();
        assert_eq!(out, b"Hello");
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    }
}
