//! All transitions of the two machines, in one table.
//!
//! A connection has two sides, what comes in and what goes out; each is in one state, and every step that happens moves both
//! at once. The rules:
//!
//! 1. A client's outgoing side is at `Head` when a request may begin, also while responses to former ones are due
//!    (pipelining); they come in the order of the requests. Behind a request that asks for another protocol it is `Idle`
//!    until the answer, since what would follow belongs to nobody knows which protocol.
//! 2. A client's incoming side is at `Head` when a response is due, and `Idle` when none is: nothing may come then but the end.
//! 3. A server reads one request at a time. Its incoming side is `Idle` from the end of a request until the response is sent
//!    whole, so that the requests that a client has pipelined wait in the driver's hands and are answered in their order.
//! 4. A server's outgoing side is at `Head` from a request's head until the final response's; interim ones do not move it. It
//!    may answer before the request is whole; then the rest is read before the next.
//! 5. After the last message that the connection can carry (an end by close, `Connection: close`), both are `Closed`. A client
//!    that has sent its last request has only its outgoing side `Closed`.
//! 6. After a broken message nothing more is read: the incoming side has `Failed`. A server may still answer, if it has not yet.
//! 7. `Switched` and `Closed` are for good.

use super::error::Error;

/// What one side of a connection is at.
///
/// ```
/// use ferrosock_proto::http1::{Client, Limits, Side, Temper};
///
/// let client = Client::new(Temper::Strict, Limits::default());
/// assert_eq!((client.incoming(), client.outgoing()), (Side::Idle, Side::Head));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Side {
    /// Nothing is due.
    Idle,
    /// A message may begin, or its head is being read.
    Head,
    /// Within a body.
    Body,
    /// Another protocol has the connection.
    Switched,
    /// No message comes any more.
    Closed,
    /// A message was broken.
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Client,
    Server,
}

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// We sent the head of a request or of a final response.
    SendHead,
    /// We sent a response of status 1xx.
    SendInterim,
    /// Our message is whole, and another may follow ...
    SendEnd,
    /// ... only if the answer to this one keeps the protocol ...
    SendQuestion,
    /// ... or none.
    SendLast,
    /// The peer's head came.
    ReceiveHead,
    /// A response of status 1xx came.
    ReceiveInterim,
    /// The peer's message is whole, and another response is due already ...
    ReceiveEndOfMany,
    /// ... or not, ...
    ReceiveEnd,
    /// ... and none can follow.
    ReceiveLast,
    /// The answer to the question was no.
    Stay,
    /// Another protocol begins.
    Switch,
    /// The peer ended the connection between messages.
    End,
    /// The peer's message is broken.
    Fail,
}

/// The two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sides {
    pub(crate) role: Role,
    pub(crate) incoming: Side,
    pub(crate) outgoing: Side,
}

impl Sides {
    pub(crate) fn new(role: Role) -> Self {
        let (incoming, outgoing) = match role {
            Role::Client => (Side::Idle, Side::Head),
            Role::Server => (Side::Head, Side::Idle),
        };
        Self { role, incoming, outgoing }
    }

    /// Takes a step; [`Error::WrongState`], and no change, if it cannot be taken here.
    pub(crate) fn step(&mut self, step: Step) -> Result<(), Error> {
        let (incoming, outgoing) = self.after(step).ok_or(Error::WrongState)?;
        *self = Self { role: self.role, incoming, outgoing };
        Ok(())
    }

    pub(crate) fn can(&self, step: Step) -> bool {
        self.after(step).is_some()
    }

    /// The table: a row for each step from each pair of states, incoming and outgoing, that allows it.
    #[rustfmt::skip]
    fn after(&self, step: Step) -> Option<(Side, Side)> {
        use Role::{Client, Server};
        use Side::{Body, Closed, Failed, Head, Idle, Switched};
        Some(match (self.role, step, self.incoming, self.outgoing) {
            (Client, Step::SendHead,         Idle,              Head)               => (Head, Body),
            (Client, Step::SendHead,         same @ (Head | Body), Head)            => (same, Body),
            (Client, Step::SendEnd,          same,              Body)               => (same, Head),
            (Client, Step::SendQuestion,     same,              Body)               => (same, Idle),
            (Client, Step::SendLast,         same,              Body)               => (same, Closed),
            (Client, Step::ReceiveInterim,   Head,              same)               => (Head, same),
            (Client, Step::ReceiveHead,      Head,              same)               => (Body, same),
            (Client, Step::ReceiveEndOfMany, Body,              same)               => (Head, same),
            (Client, Step::ReceiveEnd,       Body,              same)               => (Idle, same),
            (Client, Step::ReceiveLast,      Body,              _)                  => (Closed, Closed),
            (Client, Step::Stay,             same,              Idle)               => (same, Head),
            (Client, Step::Switch,           Body,              Idle)               => (Switched, Switched),
            (Client, Step::End,              Idle,              _)                  => (Closed, Closed),
            (Client, Step::Fail,             Idle | Head | Body, _)                 => (Failed, Closed),

            (Server, Step::ReceiveHead,      Head,              Idle)               => (Body, Head),
            (Server, Step::ReceiveEnd,       Body,              same @ (Head | Body)) => (Idle, same),
            (Server, Step::ReceiveEnd,       Body,              Idle)               => (Head, Idle),
            (Server, Step::SendInterim,      same @ (Body | Idle), Head)            => (same, Head),
            (Server, Step::SendHead,         same,              Head)               => (same, Body),
            (Server, Step::SendEnd,          Idle,              Body)               => (Head, Idle),
            (Server, Step::SendEnd,          Body,              Body)               => (Body, Idle),
            (Server, Step::SendLast,         _,                 Body)               => (Closed, Closed),
            (Server, Step::Switch,           Idle,              Body)               => (Switched, Switched),
            (Server, Step::End,              Head,              Idle)               => (Closed, Closed),
            (Server, Step::End,              Idle,              same)               => (Closed, same),
            (Server, Step::Fail,             Head,              Idle)               => (Failed, Head),
            (Server, Step::Fail,             Body,              Idle)               => (Failed, Closed),
            (Server, Step::Fail,             Body,              same)               => (Failed, same),

            (_,      Step::End,              same @ (Closed | Failed | Switched), out) => (same, out),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [Step; 14] = [
        Step::SendHead,
        Step::SendInterim,
        Step::SendEnd,
        Step::SendQuestion,
        Step::SendLast,
        Step::ReceiveHead,
        Step::ReceiveInterim,
        Step::ReceiveEndOfMany,
        Step::ReceiveEnd,
        Step::ReceiveLast,
        Step::Stay,
        Step::Switch,
        Step::End,
        Step::Fail,
    ];

    /// All pairs of states that a role can come to.
    fn reachable(role: Role) -> Vec<Sides> {
        let mut found = vec![Sides::new(role)];
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
        for sides in [Role::Client, Role::Server].into_iter().flat_map(reachable) {
            for step in STEPS {
                let mut next = sides;
                if next.step(step).is_err() {
                    assert_eq!(next, sides);
                    continue;
                }
                for over in [Side::Closed, Side::Switched] {
                    assert!(sides.outgoing != over || next.outgoing == over, "{sides:?} {step:?}");
                    assert!(sides.incoming != over || next.incoming == over, "{sides:?} {step:?}");
                }
                if sides.incoming == Side::Failed {
                    assert!(matches!(next.incoming, Side::Failed | Side::Closed));
                }
                assert_eq!(next.incoming == Side::Switched, next.outgoing == Side::Switched);
            }
        }
    }

    #[test]
    fn a_server_answers_a_request_once() {
        for sides in reachable(Role::Server) {
            // Only a head that came, or failed to, makes an answer due.
            for step in STEPS {
                let mut next = sides;
                if next.step(step).is_ok() && next.outgoing == Side::Head && sides.outgoing != Side::Head {
                    assert!(matches!(step, Step::ReceiveHead | Step::Fail) && sides.incoming == Side::Head);
                }
            }
        }
    }

    #[test]
    fn no_state_is_a_trap() {
        for role in [Role::Client, Role::Server] {
            for sides in reachable(role) {
                let ended = [sides.incoming, sides.outgoing]
                    .iter()
                    .all(|side| matches!(side, Side::Closed | Side::Switched));
                let moves = STEPS.iter().any(|&step| {
                    let mut next = sides;
                    next.step(step).is_ok() && next != sides
                });
                assert!(ended || moves || sides.incoming == Side::Failed, "{sides:?}");
            }
        }
    }
}
