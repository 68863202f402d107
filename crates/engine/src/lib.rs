//! The single writer, its deadlines and reactions, and the queries beside it.
//!
//! Commands are decided one after another against the current state, appended as a group, synced
//! once, then acknowledged together ([`Engine::submit`]). Before anything is recorded at an
//! instant, every deadline before it happens; what follows of an event is done under derived
//! command ids before the next command, so that a crash and a rerun change nothing.
//!
//! The engine knows values, a clock and a store. It does not know JSON, HTTP or terminals.

mod allowed;
mod belonging;
mod chain;
mod clock;
mod committer;
mod consequences;
mod effort;
mod engine;
mod error;
mod facts;
mod following;
mod glance;
mod handling;
mod keeper;
mod looking;
mod merger;
mod opening;
mod paging;
mod passed;
mod query;
mod rebuilding;
mod refilling;
mod rehearsal;
mod resting;
mod restoring;
mod session;
mod shelf;
mod spread;
mod steady;
mod stop;
mod submission;
mod verification;
mod world;
mod writer;

#[cfg(test)]
mod tests;

pub use allowed::Allowed;
pub use belonging::Belonging;
pub use chain::Chains;
pub use clock::{Clock, SystemClock};
pub use effort::{Effort, ProjectionProgress};
pub use engine::{Engine, Pending};
pub use error::EngineError;
pub use following::Follower;
pub use glance::Glance;
pub use opening::{OpenReport, Progress, StoreConfiguration};
pub use query::{AsOf, EventRange, GateQuestion, IntermediarySeen, Look, MerchantSeen, Seen};
pub use rebuilding::{
    Comparison, Difference, LeftOut, RebuildOutcome, RebuildProgress, RebuildReport, Rebuilt,
    RollbackReport, RolledBack, TableComparison,
};
pub use resting::MemoryDisk;
pub use restoring::{Drill, VerifiedBackup, restore, verify_backup};
pub use spread::{Spread, Spreads};
pub use submission::{Accepted, Answer, History, Refused, Submission, Submitter};
pub use verification::{KeptRows, ProjectionCondition, ProjectionState};
