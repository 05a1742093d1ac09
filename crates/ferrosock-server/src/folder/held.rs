//! Long answers that wait for their clients: the memory of all of them together has a limit.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::response::{Chunks, Content, Response};

/// What is shorter than this does not count: there are as many of them as there are connections.
const SHORT: usize = 64 * 1024;

/// The most bytes that wait.
const MOST: usize = 256 << 20;

/// How much goes to the loop at once.
const PIECE: usize = 64 * 1024;

/// Counts the bytes of the answers that wait.
#[derive(Clone, Default)]
pub(super) struct Held(Arc<AtomicUsize>);

impl Held {
    /// The answer, counted until it was sent or its client is gone. `None` if there is no room for it beside the others; one alone
    /// may be as long as it is.
    pub(super) fn hold(&self, mut response: Response) -> Option<Response> {
        let Content::Bytes(bytes) = &mut response.content else { return Some(response) };
        if bytes.len() < SHORT {
            return Some(response);
        }
        let more = |held: usize| (held == 0 || held + bytes.len() <= MOST).then_some(held + bytes.len());
        self.0.fetch_update(Relaxed, Relaxed, more).ok()?;
        let answer = Answer { held: self.clone(), bytes: std::mem::take(bytes), at: 0 };
        response.put(b"Content-Length", answer.bytes.len().to_string().as_bytes());
        Some(response.with_content(Content::Chunks(Box::new(answer))))
    }
}

struct Answer {
    held: Held,
    bytes: Vec<u8>,
    at: usize,
}

impl Chunks for Answer {
    fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let rest = &self.bytes[self.at..];
        let piece = &rest[..rest.len().min(PIECE)];
        self.at += piece.len();
        Ok((!piece.is_empty()).then(|| piece.to_vec()))
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.held.0.fetch_sub(self.bytes.len(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_has_a_limit_together() {
        let held = Held::default();
        let hold = |length: usize| held.hold(Response::new(200).with_body(vec![7; length]));
        let huge = hold(MOST + 1).unwrap(); // alone
        assert!(hold(SHORT).is_none() && hold(SHORT - 1).is_some());
        drop(huge);
        let half = hold(MOST / 2).unwrap();
        let other = hold(MOST / 2).unwrap();
        assert!(hold(SHORT).is_none());
        assert_eq!(other.fields().get(b"content-length"), Some(&b"134217728"[..]));
        drop(other);
        let Content::Chunks(mut chunks) = hold(PIECE * 2 + 5).unwrap().content else { panic!("in pieces") };
        let lengths: Vec<_> =
            std::iter::from_fn(|| chunks.next_chunk().unwrap().map(|piece| piece.len())).collect();
        assert_eq!(lengths, [PIECE, PIECE, 5]);
        drop((half, chunks));
        assert_eq!(held.0.load(Relaxed), 0);
    }
}
