//! What callers hand in, and what they get back.

use redress_domain::command::Request;
use redress_domain::identity::{Actor, StreamId, Trust};
use redress_domain::instant::Instant;
use redress_domain::refusal::Refusal;
use uuid::Uuid;

/// A command as handed in by whoever runs the program.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The idempotency key: one id has one answer for ever.
    pub command_id: Uuid,
    /// What is asked.
    pub request: Request,
    /// When to record it. Feeds, scenarios and imports drive the clock with it and it may not go
    /// back; `None` takes the program's clock.
    pub recorded_at: Option<Instant>,
    /// When it is said to have happened; `None` is when it is recorded.
    pub occurred_at: Option<Instant>,
    /// Who acted.
    pub by: Actor,
    /// Who vouches for `occurred_at`; `None` is what goes with the role.
    pub trust: Option<Trust>,
    /// Who hands it in.
    pub submitter: Submitter,
    /// The stream's last version as the caller saw it, -1 for "must be new".
    pub expected_version: Option<i64>,
    /// Ties together what belongs to one outside request.
    pub correlation_id: Option<Uuid>,
    /// The command's body in a canonical form: the same id with another body is refused.
    pub body: Vec<u8>,
    /// How history is told, for imports; `None` for everything that happens now. What an import
    /// brings about has [`History::correlation_id`] in place of `correlation_id`.
    pub history: Option<History>,
}

impl Submission {
    /// A command that whoever runs the program hands in, recorded now.
    #[must_use]
    pub fn of_operator(command_id: Uuid, request: Request, by: Actor, body: Vec<u8>) -> Self {
        Self {
            command_id,
            request,
            recorded_at: None,
            occurred_at: None,
            by,
            trust: None,
            submitter: Submitter::Operator,
            expected_version: None,
            correlation_id: None,
            body,
            history: None,
        }
    }
}

/// Who hands a command in, and whose word they may pass on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitter {
    /// Whoever runs a feed, an import or a scenario: may claim any trust.
    Operator,
    /// Somebody else: may claim only the trusts named here.
    Identity {
        /// Who.
        actor: Actor,
        /// The trusts that may be claimed besides the one that goes with the role.
        may_claim: Vec<Trust>,
    },
}

/// How an import tells of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// What happened before this instant is shown and carries no liability.
    pub liability_from: Option<Instant>,
    /// Whether measures may come into force and notices go out.
    pub enact: bool,
}

/// The correlation id of the plainest history: nobody liable for anything left out, nothing enacted.
const PLAIN_HISTORY: u128 = 0x6b1f_9c04_52d7_4f36_8a10_d9e2_7740_be55;
const ENACTS: u128 = 1 << 49;
const HAS_LIABILITY_FROM: u128 = 1 << 48;
/// Milliseconds from 1970 until long after 10000.
const LIABILITY_FROM_MS: u128 = HAS_LIABILITY_FROM - 1;

impl History {
    /// The correlation id of everything that an import brings about. It says how history is told,
    /// so that after a crash what was cut off is finished in the same manner.
    #[must_use]
    pub fn correlation_id(self) -> Uuid {
        let liability_from = self.liability_from.map_or(0, |from| {
            let from_ms = u128::try_from(from.unix_ms()).unwrap_or(0);
            HAS_LIABILITY_FROM | from_ms.min(LIABILITY_FROM_MS)
        });
        let enacts = if self.enact { ENACTS } else { 0 };
        Uuid::from_u128(PLAIN_HISTORY ^ (liability_from | enacts))
    }

    /// The manner that a correlation id says; `None` when it is not one of an import.
    #[must_use]
    pub fn of_correlation_id(id: Uuid) -> Option<Self> {
        let said = id.as_u128() ^ PLAIN_HISTORY;
        if said & !(ENACTS | HAS_LIABILITY_FROM | LIABILITY_FROM_MS) != 0 {
            return None;
        }
        let from_ms = i64::try_from(said & LIABILITY_FROM_MS).ok()?;
        Some(Self {
            liability_from: (said & HAS_LIABILITY_FROM != 0)
                .then(|| Instant::from_unix_ms(from_ms)),
            enact: said & ENACTS != 0,
        })
    }
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was accepted, now or before, and is durable.
    Accepted(Accepted),
    /// A rule refused it; nothing was written.
    Refused(Refused),
}

/// What an accepted command brought about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The stream.
    pub stream: StreamId,
    /// The version of its last event.
    pub version: u64,
    /// The position of its last event.
    pub position: u64,
    /// The names of its events, in order.
    pub events: Vec<String>,
    /// Whether this is the first answer again.
    pub replayed: bool,
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The rule's answer.
    pub refusal: Refusal,
    /// For `version_conflict`: the stream's last version, -1 when there is no such stream.
    pub actual_version: Option<i64>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            actual_version: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use redress_domain::instant::Instant;
    use uuid::Uuid;

    use super::History;

    #[test]
    fn a_correlation_id_says_how_history_is_told() {
        for liability_from in [None, Some(0), Some(1_777_597_200_000), Some((1 << 48) - 1)] {
            for enact in [false, true] {
                let history = History {
                    liability_from: liability_from.map(Instant::from_unix_ms),
                    enact,
                };
                let id = history.correlation_id();
                assert_eq!(History::of_correlation_id(id), Some(history));
            }
        }
        assert_eq!(History::of_correlation_id(Uuid::nil()), None);
        assert_eq!(History::of_correlation_id(Uuid::max()), None);
    }
}
