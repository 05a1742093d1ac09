//! What must hold of each decoder, whatever it is given: no panic, no endless loop, no memory by the word of a length, and
//! what it read can be written and read again.
//!
//! Run by cargo-fuzz (`fuzz_targets/`) and by `cargo test` (`driver.rs`, `crates/ferrosock-codec/tests/fuzz.rs`).

use ferrosock_codec::xdr;

/// XDR: the first bytes say what is expected, the rest is read so, whole and cut into chunks.
pub(crate) fn xdr(data: &[u8]) {
    let Some((&[kind, size], data)) = data.split_first_chunk() else { return };
    let read = |unpacker: &mut xdr::Unpacker<'_>| -> Result<xdr::Packer, xdr::Error> {
        let mut packer = xdr::Packer::new();
        let limit = usize::from(size);
        match kind % 9 {
            0 => packer.fixed_opaque(unpacker.fixed_opaque(limit)?),
            1 => packer.opaque(unpacker.opaque(limit)?)?,
            2 => packer.string(unpacker.string(limit)?)?,
            3 => packer.array(&unpacker.array(limit, xdr::Unpacker::uint)?, |packer, item| {
                packer.uint(*item);
                Ok(())
            })?,
            4 => packer.list(unpacker.list(limit, |unpacker| unpacker.opaque(limit))?, |packer, item| {
                packer.opaque(item)
            })?,
            5 => packer.optional(unpacker.optional(xdr::Unpacker::hyper)?, |packer, value| {
                packer.hyper(value);
                Ok(())
            })?,
            6 => packer.boolean(unpacker.boolean()?),
            7 => packer
                .array(&unpacker.array(limit, |unpacker| unpacker.string(limit))?, |packer, item| {
                    packer.string(item)
                })?,
            _ => packer.uhyper(unpacker.uhyper()?),
        }
        Ok(packer)
    };
    let mut unpacker = xdr::Unpacker::new(data);
    let whole = unpacker.whole(read);
    match &whole {
        Ok(again) => assert_eq!(Some(again.as_bytes()), data.get(..unpacker.position())),
        Err(_) => assert_eq!(unpacker.position(), 0),
    }
    let _ = xdr::Unpacker::lenient(data).whole(read);

    let mut decoder = xdr::Decoder::new(data.len());
    let mut chunks = data.chunks(3);
    loop {
        match (decoder.decode(read), chunks.next()) {
            (Ok(None), Some(chunk)) => decoder.feed(chunk),
            (Ok(None), None) => break assert!(matches!(whole, Err(xdr::Error::End { .. }))),
            (Ok(Some(value)), _) => break assert_eq!(whole, Ok(value)),
            (Err(error), _) => {
                let beyond = matches!(error, xdr::Error::TooLong { limit, .. } if limit == data.len());
                break assert!(beyond || whole == Err(error));
            }
        }
    }
}
