//! Messages that are compressed (RFC 7692 section 7.2).

use std::cell::RefCell;

use ferrosock_codec::deflate::{Compressor, Decompressor, Error as DeflateError};

use super::error::Error;
use super::extension::Deflate;

/// What a sync flush ends with, and a message leaves out.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// How many compressors and decompressors without a memory a thread keeps for the next message.
const SPARE: usize = 2;

type Key = (u8, u8);

thread_local! {
    static COMPRESSORS: RefCell<Vec<(Key, Compressor)>> = const { RefCell::new(Vec::new()) };
    static DECOMPRESSORS: RefCell<Vec<Decompressor>> = const { RefCell::new(Vec::new()) };
}

/// The compressor of what goes and the decompressor of what comes. Each is made for the first message that needs it; one that
/// forgets after each message is lent by the thread, so that a connection holds none between messages.
#[derive(Debug)]
pub(super) struct Compression {
    send_bits: u8,
    send_resets: bool,
    receive_bits: u8,
    receive_resets: bool,
    level: u8,
    threshold: usize,
    compressor: Option<Compressor>,
    decompressor: Option<Decompressor>,
}

impl Compression {
    pub(super) fn new(agreed: &Deflate, is_client: bool) -> Self {
        let client = (agreed.client_bits, agreed.client_resets);
        let server = (agreed.server_bits, agreed.server_resets);
        let (send, receive) = if is_client { (client, server) } else { (server, client) };
        Self {
            send_bits: send.0,
            send_resets: send.1,
            receive_bits: receive.0,
            receive_resets: receive.1,
            level: agreed.level,
            threshold: agreed.threshold,
            compressor: None,
            decompressor: None,
        }
    }

    /// Whether a message should be compressed of which so many bytes are known, to its end or not.
    pub(super) fn pays(&self, length: usize, whole: bool) -> bool {
        // No compressor here keeps to a window of 256 bytes; a message may always go as it is.
        self.send_bits > 8 && self.level > 0 && (!whole || length >= self.threshold)
    }

    /// Appends a fragment of a message.
    pub(super) fn compress(&mut self, fragment: &[u8], fin: bool, out: &mut Vec<u8>) {
        let key = (self.level, self.send_bits);
        let mut compressor = self.compressor.take().unwrap_or_else(|| {
            COMPRESSORS
                .with_borrow_mut(|spare| {
                    let at = spare.iter().position(|(found, _)| *found == key)?;
                    Some(spare.swap_remove(at).1)
                })
                .unwrap_or_else(|| Compressor::new(self.level, self.send_bits))
        });
        let before = out.len();
        compressor.compress(fragment, out);
        if fin {
            if out[before..].ends_with(&TAIL) {
                out.truncate(out.len() - TAIL.len());
            } else {
                out.push(0); // nothing was left to flush: an empty block of its own
            }
            if self.send_resets {
                compressor.reset();
                COMPRESSORS.with_borrow_mut(|spare| {
                    // The oldest goes, or odd parameters would keep the places for ever.
                    if spare.len() >= SPARE {
                        spare.remove(0);
                    }
                    spare.push((key, compressor));
                });
                return;
            }
        }
        self.compressor = Some(compressor);
    }

    /// Appends what a piece of a message decompresses to, up to `most` bytes in all.
    pub(super) fn decompress(&mut self, piece: &[u8], out: &mut Vec<u8>, most: usize) -> Result<(), Error> {
        let decompressor = self.decompressor.get_or_insert_with(|| {
            let spare = if self.receive_resets { DECOMPRESSORS.with_borrow_mut(Vec::pop) } else { None };
            spare.unwrap_or_else(|| Decompressor::new(self.receive_bits))
        });
        decompressor.decompress(piece, out, most).map_err(|error| match error {
            DeflateError::TooLong => Error::MessageTooLong,
            _ => Error::BadCompression,
        })
    }

    /// The message has ended.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>, most: usize) -> Result<(), Error> {
        self.decompress(&TAIL, out, most)?;
        if self.receive_resets {
            if let Some(mut decompressor) = self.decompressor.take() {
                decompressor.reset();
                DECOMPRESSORS.with_borrow_mut(|spare| {
                    if spare.len() < SPARE {
                        spare.push(decompressor);
                    }
                });
            }
        }
        Ok(())
    }
}
