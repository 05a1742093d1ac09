//! What is to go to the peer.

use std::collections::VecDeque;

/// What is larger goes from where it lies, where it need not be changed.
const COPIED: usize = 16 * 1024;

/// Pieces in their order: `last` is behind those of `queue`.
#[derive(Debug, Default)]
pub(super) struct Output {
    queue: VecDeque<Vec<u8>>,
    last: Vec<u8>,
    length: usize,
}

impl Output {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Lets `write` append bytes.
    pub(super) fn append<R>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        let before = self.last.len();
        let result = write(&mut self.last);
        self.length += self.last.len() - before;
        result
    }

    pub(super) fn push(&mut self, piece: Vec<u8>) {
        if piece.len() <= COPIED {
            return self.append(|out| out.extend_from_slice(&piece));
        }
        self.length += piece.len();
        if !self.last.is_empty() {
            self.queue.push_back(std::mem::take(&mut self.last));
        }
        self.queue.push_back(piece);
    }

    pub(super) fn poll(&mut self) -> Option<Vec<u8>> {
        let piece = match self.queue.pop_front() {
            Some(piece) => piece,
            None if self.last.is_empty() => return None,
            None => std::mem::take(&mut self.last),
        };
        if self.queue.is_empty() {
            self.queue = VecDeque::new(); // an idle connection holds nothing
        }
        self.length -= piece.len();
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_order() {
        let mut output = Output::default();
        let mut expected = Vec::new();
        for size in [1, COPIED + 1, COPIED + 2, 3, 4, COPIED + 5] {
            let piece = vec![size as u8; size];
            expected.extend_from_slice(&piece);
            output.push(piece);
        }
        assert_eq!(output.len(), expected.len());
        let mut found = Vec::new();
        while let Some(piece) = output.poll() {
            found.extend(piece);
        }
        assert!(found == expected && output.len() == 0);
    }
}
