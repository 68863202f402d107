//! Commands in one order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use redress_domain::instant::{CivilOffset, Instant};
use redress_protocol::instant::format_instant;
use serde_json::{Value, json};

use crate::failure::Failure;

/// The offset that instants are written in.
pub const OFFSET: CivilOffset = CivilOffset::from_seconds(8 * 3_600);

/// Who acts: a role and a name.
#[derive(Clone, Copy)]
pub struct By<'a>(pub &'static str, pub &'a str);

/// The platform's own programs.
pub const ONBOARDING: By<'static> = By("service", "onboarding");
/// The payment service.
pub const PAYMENTS: By<'static> = By("service", "payments");

/// Commands that are still to be written, each at its instant.
#[derive(Default)]
pub struct Feed {
    coming: BinaryHeap<Reverse<(Instant, u64, String)>>,
    put: u64,
}

impl Feed {
    /// A command that is recorded when it happens.
    pub fn put(&mut self, at: Instant, kind: &str, by: By<'_>, data: Value) {
        self.line(
            at,
            json!({
                "type": kind,
                "recorded_at": format_instant(at, OFFSET),
                "by": { "role": by.0, "id": by.1 },
                "data": data,
            }),
        );
    }

    /// A command that is recorded after it happened, on somebody's word.
    pub fn put_late(
        &mut self,
        at: Instant,
        occurred_at: Instant,
        trust: &str,
        kind: &str,
        by: By<'_>,
        data: Value,
    ) {
        self.line(
            at,
            json!({
                "type": kind,
                "recorded_at": format_instant(at, OFFSET),
                "occurred_at": format_instant(occurred_at, OFFSET),
                "by": { "role": by.0, "id": by.1 },
                "trust": trust,
                "data": data,
            }),
        );
    }

    fn line(&mut self, at: Instant, command: Value) {
        self.put += 1;
        self.coming
            .push(Reverse((at, self.put, command.to_string())));
    }

    /// Writes everything up to an instant.
    pub fn write_until(
        &mut self,
        until: Instant,
        see: &mut dyn FnMut(&str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        while self
            .coming
            .peek()
            .is_some_and(|Reverse((at, ..))| *at <= until)
        {
            if let Some(Reverse((_, _, line))) = self.coming.pop() {
                see(&line)?;
            }
        }
        Ok(())
    }

    /// Writes what is left.
    pub fn write_all(
        &mut self,
        see: &mut dyn FnMut(&str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        while let Some(Reverse((_, _, line))) = self.coming.pop() {
            see(&line)?;
        }
        Ok(())
    }
}
