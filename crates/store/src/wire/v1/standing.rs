//! A change of standing as stored, for merchants and intermediaries.

use redress_domain::standing;

use crate::wire::records;

records! {
    Metrics of standing::Metrics {
        liable_rounds: u64,
        liable_users: u64,
        rounds: u64,
        late_rounds: u64,
        repeat_rounds: u64,
        closed_rounds: u64,
        debits: u64,
        volume_reported: bool,
        merchants: u64,
        merchants_at_t2: u64,
    }
    Part<'a> of standing::Part {
        kind: &'a str,
        actual: u64,
        of: Option<u64>,
        asked: u64,
    }
    Reason<'a> of standing::Reason {
        tier: &'a str,
        line: u32,
        parts: Vec<Part<'a>>,
    }
    StandingChange<'a> of standing::StandingChange {
        from: &'a str,
        to: &'a str,
        metrics: Metrics,
        reasons: Vec<Reason<'a>>,
        computed_at_position: u64,
        corrected: bool,
    }
}
