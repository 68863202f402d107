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
    /// How history is told, for imports; `None` for everything that happens now.
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
