//! All transitions of a connection, in one table.
//!
//! A connection has two sides, what comes in and what goes out; each is in one state, and every step that happens moves both at
//! once. The rules:
//!
//! 1. Messages go whole, or in fragments: a first, any number between, a last. Within a message's fragments no other message
//!    begins, but control frames may stand between them (RFC 6455 section 5.4).
//! 2. Behind a close frame its sender sends nothing more (section 5.5.1). Who receives one answers with one, if it has not sent one.
//! 3. What is broken *fails* the connection (section 7.1.7): nothing more is read, and a close frame tells the peer, if none was sent.
//! 4. The end of the peer's bytes closes both sides. Without a close frame before it the incoming side has failed.
//! 5. `Closed` and `Failed` are for good.

use super::error::Error;

/// What one side of a connection is at.
///
/// ```
/// use ferrosock_proto::websocket::{Options, Side, WebSocket};
///
/// let mut server = WebSocket::server(&Options::default());
/// server.send_close(1000, "")?;
/// assert_eq!((server.incoming(), server.outgoing()), (Side::Open, Side::Closed));
/// # Ok::<(), ferrosock_proto::websocket::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Side {
    /// A message may begin.
    Open,
    /// Within the fragments of a message.
    Within,
    /// The close frame was sent or came.
    Closed,
    /// What came was broken, or ended without a close frame.
    Failed,
}

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    SendWhole,
    SendFirst,
    SendMore,
    SendLast,
    SendControl,
    SendClose,
    ReceiveWhole,
    ReceiveFirst,
    ReceiveMore,
    ReceiveLast,
    ReceiveControl,
    ReceiveClose,
    /// What came is broken.
    Fail,
    /// The peer sends no more.
    End,
}

impl Step {
    /// The step of a frame with a part of a message that comes.
    pub(super) fn receive(continues: bool, fin: bool) -> Self {
        match (continues, fin) {
            (false, true) => Self::ReceiveWhole,
            (false, false) => Self::ReceiveFirst,
            (true, false) => Self::ReceiveMore,
            (true, true) => Self::ReceiveLast,
        }
    }

    /// The same of one that goes.
    pub(super) fn send(continues: bool, fin: bool) -> Self {
        match (continues, fin) {
            (false, true) => Self::SendWhole,
            (false, false) => Self::SendFirst,
            (true, false) => Self::SendMore,
            (true, true) => Self::SendLast,
        }
    }
}

/// The two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) incoming: Side,
    pub(super) outgoing: Side,
}

impl Sides {
    pub(super) fn new() -> Self {
        Self { incoming: Side::Open, outgoing: Side::Open }
    }

    /// Takes a step, or changes nothing and says why it cannot be taken here.
    pub(super) fn step(&mut self, step: Step) -> Result<(), Error> {
        let (incoming, outgoing) = self.after(step).ok_or_else(|| self.refusal(step))?;
        *self = Self { incoming, outgoing };
        Ok(())
    }

    /// The table: a row for each step from each pair of states, incoming and outgoing, that allows it.
    #[rustfmt::skip]
    fn after(self, step: Step) -> Option<(Side, Side)> {
        use Side::{Closed, Failed, Open, Within};
        Some(match (step, self.incoming, self.outgoing) {
            (Step::SendWhole,      same,                   Open)                   => (same, Open),
            (Step::SendFirst,      same,                   Open)                   => (same, Within),
            (Step::SendMore,       same,                   Within)                 => (same, Within),
            (Step::SendLast,       same,                   Within)                 => (same, Open),
            (Step::SendControl,    same,                   out @ (Open | Within))  => (same, out),
            (Step::SendClose,      same,                   Open | Within)          => (same, Closed),

            (Step::ReceiveWhole,   Open,                   same)                   => (Open, same),
            (Step::ReceiveFirst,   Open,                   same)                   => (Within, same),
            (Step::ReceiveMore,    Within,                 same)                   => (Within, same),
            (Step::ReceiveLast,    Within,                 same)                   => (Open, same),
            (Step::ReceiveControl, into @ (Open | Within), same)                   => (into, same),
            (Step::ReceiveClose,   Open | Within,          same)                   => (Closed, same),

            (Step::Fail,           Open | Within,          same)                   => (Failed, same),
            (Step::End,            Open | Within,          _)                      => (Failed, Closed),
            (Step::End,            same @ (Closed | Failed), _)                    => (same, Closed),
            _ => return None,
        })
    }

    fn refusal(self, step: Step) -> Error {
        match step {
            Step::ReceiveWhole | Step::ReceiveFirst => Error::UnexpectedMessage,
            Step::ReceiveMore | Step::ReceiveLast => Error::UnexpectedContinuation,
            _ if self.outgoing == Side::Closed => Error::Closed,
            _ => Error::WrongState,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [Step; 14] = [
        Step::SendWhole,
        Step::SendFirst,
        Step::SendMore,
        Step::SendLast,
        Step::SendControl,
        Step::SendClose,
        Step::ReceiveWhole,
        Step::ReceiveFirst,
        Step::ReceiveMore,
        Step::ReceiveLast,
        Step::ReceiveControl,
        Step::ReceiveClose,
        Step::Fail,
        Step::End,
    ];

    /// All pairs of states that a connection can come to.
    fn reachable() -> Vec<Sides> {
        let mut found = vec![Sides::new()];
        let mut at = 0;
        while at < found.len() {
            for step in STEPS {
                let mut next = found[at];
                if next.step(step).is_ok() && !found.contains(&next) {
                    found.push(next);
                }
            }
            at += 1;
        }
        found
    }

    #[test]
    fn what_is_over_stays_over() {
        for sides in reachable() {
            for step in STEPS {
                let mut next = sides;
                if next.step(step).is_err() {
                    assert_eq!(next, sides);
                }
                assert!(sides.outgoing != Side::Closed || next.outgoing == Side::Closed);
                for over in [Side::Closed, Side::Failed] {
                    assert!(sides.incoming != over || next.incoming == over);
                }
                assert!(next.outgoing != Side::Failed);
            }
        }
    }

    #[test]
    fn every_connection_can_end() {
        for sides in reachable() {
            let mut next = sides;
            next.step(Step::End).unwrap();
            assert_eq!(next.outgoing, Side::Closed);
            assert!(matches!(next.incoming, Side::Closed | Side::Failed));
        }
    }
}
