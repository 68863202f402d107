//! `repeats`: who complains again. Three counts that are never added up: rounds of the same
//! complaint (guide repeat), complaints filed after an earlier one was closed (policy
//! related-window), and complaints filed while an earlier one is open.

mod links;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bincode::{Decode, Encode};
use redress_domain::complaint::{self, CloseReason, Complaint, LinkKind};
use redress_domain::event::Event;
use redress_domain::identity::{AgreementId, ComplaintId, MerchantId, OrderId, UserRef};
use redress_domain::instant::Instant;

pub use links::{Candidate, CandidateRound, Filed, links_for};

use crate::change::{Change, Latest};
use crate::fault::Fault;
use crate::key::Key;
use crate::projection::{Projection, RowTable};
use crate::row::Place;
use crate::table::{Backing, Table};

const FACTS: &str = "repeats";
const BY_USER: &str = "repeats.by_user";
const BY_AGREEMENT: &str = "repeats.by_agreement";

/// Dated facts about each complaint, by merchant and user.
pub struct Repeats {
    /// Merchant, user and complaint.
    facts: Table<FactsRow>,
    /// User and merchant: the merchants that a user complained of.
    by_user: Table<PairRow>,
    /// Agreement and complaint.
    by_agreement: Table<PairRow>,
}

/// What is counted of one complaint, with its instants in milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct FactsRow {
    complaint_id: String,
    agreement_id: Option<String>,
    order_ids: Vec<String>,
    filed_at_ms: i64,
    filed_position: u64,
    rounds: Vec<RoundFacts>,
    withdrawn_at_ms: Option<i64>,
    /// Whether it carries a link of kind `related`.
    related: bool,
    /// Whether it carries a link of kind `concurrent`.
    concurrent: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct RoundFacts {
    repeat: bool,
    opened_at_ms: i64,
    closed_at_ms: Option<i64>,
    /// Whether it was closed by withdrawal, which is not counted.
    withdrawn: bool,
}

/// A merchant and a user who complained of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct PairRow {
    merchant_id: String,
    user_ref: String,
}

/// Which complaints are counted; every part that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepeatsQuery {
    /// Against this merchant.
    pub merchant_id: Option<MerchantId>,
    /// Of this user.
    pub user_ref: Option<UserRef>,
    /// Under this agreement.
    pub agreement_id: Option<AgreementId>,
    /// From this instant on: repeat rounds by when they opened, closed rounds by when they closed,
    /// complaints by when they were filed.
    pub from: Option<Instant>,
    /// Before this instant.
    pub to: Option<Instant>,
}

/// The three counts, kept apart, and the rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RepeatsReport {
    /// Rounds that a user opened by continuing after a close (guide repeat).
    pub repeat_rounds: u64,
    /// Complaints that carry a link of kind `related` and none of kind `concurrent`
    /// (policy related-window).
    pub related: u64,
    /// Complaints that carry a link of kind `concurrent`.
    pub concurrent: u64,
    /// Rounds closed, but for withdrawals.
    pub closed_rounds: u64,
    /// Complaints filed.
    pub complaints: u64,
}

impl RepeatsReport {
    /// Repeat rounds and the closed rounds they are a share of; `None` where none was closed.
    #[must_use]
    pub fn repeat_rate(&self) -> Option<(u64, u64)> {
        (self.closed_rounds > 0).then_some((self.repeat_rounds, self.closed_rounds))
    }
}

impl Repeats {
    /// An empty projection over what the backing has.
    #[must_use]
    pub fn new(backing: Option<&Arc<dyn Backing>>) -> Self {
        Self {
            facts: Table::new(FACTS, backing.cloned()),
            by_user: Table::new(BY_USER, backing.cloned()),
            by_agreement: Table::new(BY_AGREEMENT, backing.cloned()),
        }
    }

    /// The counts of what a query selects.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn report(&self, query: &RepeatsQuery) -> Result<RepeatsReport, Fault> {
        let mut report = RepeatsReport::default();
        self.visit(query, |row| {
            row.count(query, &mut report);
            Ok(())
        })?;
        Ok(report)
    }

    /// Every complaint of a user against a merchant, by filing position: what a new complaint may
    /// be linked to.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn link_candidates(
        &self,
        user_ref: &UserRef,
        merchant_id: &MerchantId,
    ) -> Result<Vec<Candidate>, Fault> {
        let mut candidates = Vec::new();
        self.facts.visit(
            &pair_key(merchant_id.as_str(), user_ref.as_str()),
            |_, row| {
                candidates.push(row.candidate()?);
                Ok(())
            },
        )?;
        candidates.sort_by_key(|candidate| candidate.filed_position);
        Ok(candidates)
    }

    fn visit(
        &self,
        query: &RepeatsQuery,
        mut see: impl FnMut(&FactsRow) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if let Some(agreement_id) = &query.agreement_id {
            let prefix = Key::of(agreement_id.as_str()).bytes();
            return self.by_agreement.visit(&prefix, |key, pair| {
                let mut place = pair_key(&pair.merchant_id, &pair.user_ref);
                place.extend_from_slice(key.get(prefix.len()..).unwrap_or(&[]));
                match self.facts.get(&place)? {
                    Some(row) if query.admits(&pair) => see(&row),
                    Some(_) => Ok(()),
                    None => Err(Fault::Undecodable {
                        table: FACTS,
                        key: place,
                        what: "an index names a complaint without facts".to_owned(),
                    }),
                }
            });
        }
        match (&query.merchant_id, &query.user_ref) {
            (None, None) => self.facts.visit(&[], |_, row| see(&row)),
            (Some(merchant_id), None) => self
                .facts
                .visit(&Key::of(merchant_id.as_str()).bytes(), |_, row| see(&row)),
            (Some(merchant_id), Some(user_ref)) => self.facts.visit(
                &pair_key(merchant_id.as_str(), user_ref.as_str()),
                |_, row| see(&row),
            ),
            (None, Some(user_ref)) => {
                let merchants = self.by_user.scan(&Key::of(user_ref.as_str()).bytes())?;
                for pair in merchants {
                    let prefix = pair_key(&pair.merchant_id, &pair.user_ref);
                    self.facts.visit(&prefix, |_, row| see(&row))?;
                }
                Ok(())
            }
        }
    }

    fn update(&mut self, complaint: &Complaint, filed_position: u64) -> Result<(), Fault> {
        let merchant_id = complaint.merchant_id.as_str();
        let user_ref = complaint.user_ref.as_str();
        let mut key = pair_key(merchant_id, user_ref);
        key.extend_from_slice(complaint.complaint_id.as_str().as_bytes());
        let is_new = self.facts.change(&key, |slot| {
            let is_new = slot.is_none();
            slot.get_or_insert_with(|| FactsRow::filed(complaint, filed_position))
                .update(complaint);
            is_new
        })?;
        if is_new {
            let pair = PairRow {
                merchant_id: merchant_id.to_owned(),
                user_ref: user_ref.to_owned(),
            };
            self.by_user
                .put(&Key::of(user_ref).text(merchant_id).bytes(), pair.clone());
            if let Some(agreement_id) = &complaint.agreement_id {
                let mut key = Key::of(agreement_id.as_str()).bytes();
                key.extend_from_slice(complaint.complaint_id.as_str().as_bytes());
                self.by_agreement.put(&key, pair);
            }
        }
        Ok(())
    }
}

impl Projection for Repeats {
    const NAME: &'static str = "repeats";
    const SCHEMA: u32 = 1;
    const FROM_LATEST: bool = true;

    fn fold(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        match &change.recorded.event {
            Event::Complaint(event) if changes_facts(event) => self.fold_latest(&change.latest()),
            Event::Complaint(_)
            | Event::Merchant(_)
            | Event::Agreement(_)
            | Event::Intermediary(_)
            | Event::User(_)
            | Event::Rulebook(_) => Ok(()),
        }
    }

    fn fold_latest(&mut self, latest: &Latest<'_>) -> Result<(), Fault> {
        match latest.complaint_after()? {
            Some(complaint) => {
                let filed_position = latest.first_position.unwrap_or(latest.position);
                self.update(complaint, filed_position)
            }
            None => Ok(()),
        }
    }

    fn tables(&self) -> Vec<&dyn RowTable> {
        vec![&self.facts, &self.by_user, &self.by_agreement]
    }

    fn tables_mut(&mut self) -> Vec<&mut dyn RowTable> {
        vec![&mut self.facts, &mut self.by_user, &mut self.by_agreement]
    }
}

/// Whether an event can change anything that is counted: filing, rounds and links.
const fn changes_facts(event: &complaint::Event) -> bool {
    use complaint::Event;
    match event {
        Event::ComplaintFiled { .. }
        | Event::RoundOpened { .. }
        | Event::RoundClosed { .. }
        | Event::ComplaintWithdrawn
        | Event::ComplaintLinked { .. }
        | Event::ComplaintUnlinked { .. } => true,
        Event::RefundRequested { .. }
        | Event::MerchantResponded { .. }
        | Event::MessageRecorded { .. }
        | Event::EvidenceSubmitted { .. }
        | Event::EvidenceAccepted { .. }
        | Event::EvidenceRefused { .. }
        | Event::BillingExplained { .. }
        | Event::PlanReconfirmed { .. }
        | Event::UsageStated { .. }
        | Event::BillingErrorStated { .. }
        | Event::SettlementReached { .. }
        | Event::RefundApproved { .. }
        | Event::RefundRejected { .. }
        | Event::DefectiveRejectionRecorded { .. }
        | Event::RefundReceived { .. }
        | Event::UserInsisted { .. }
        | Event::LateFactRecorded { .. }
        | Event::LateFactAccepted { .. }
        | Event::LateFactRefused { .. }
        | Event::ClocksPaused { .. }
        | Event::ClocksResumed { .. }
        | Event::ClockRetimed { .. }
        | Event::DeadlineNear { .. }
        | Event::DeadlineMissed { .. }
        | Event::DeadlineMissSuperseded { .. }
        | Event::GroundFound { .. }
        | Event::FindingWithdrawn { .. }
        | Event::LiabilityDetermined { .. }
        | Event::FindingDismissed { .. }
        | Event::DeterminationOverturned { .. }
        | Event::DeterminationPutUnderReview { .. }
        | Event::NoteKept { .. } => false,
    }
}

impl FactsRow {
    fn filed(complaint: &Complaint, position: u64) -> Self {
        Self {
            complaint_id: complaint.complaint_id.as_str().to_owned(),
            agreement_id: complaint
                .agreement_id
                .as_ref()
                .map(|id| id.as_str().to_owned()),
            order_ids: complaint
                .orders
                .iter()
                .map(|order| order.order_id.as_str().to_owned())
                .collect(),
            filed_at_ms: complaint.filed_at.unix_ms(),
            filed_position: position,
            rounds: Vec::new(),
            withdrawn_at_ms: None,
            related: false,
            concurrent: false,
        }
    }

    fn update(&mut self, complaint: &Complaint) {
        self.rounds.clear();
        self.rounds.extend(complaint.rounds.iter().map(|round| {
            RoundFacts {
                repeat: round.repeat,
                opened_at_ms: round.opened_at.unix_ms(),
                closed_at_ms: round.closed.as_ref().map(|close| close.at.unix_ms()),
                withdrawn: round
                    .closed
                    .as_ref()
                    .is_some_and(|close| close.how == CloseReason::Withdrawn),
            }
        }));
        self.withdrawn_at_ms = complaint.withdrawn_at.map(Instant::unix_ms);
        let has = |kind| complaint.links.iter().any(|link| link.kind == kind);
        self.related = has(LinkKind::Related);
        self.concurrent = has(LinkKind::Concurrent);
    }

    fn count(&self, query: &RepeatsQuery, report: &mut RepeatsReport) {
        for round in &self.rounds {
            // guide repeat
            if round.repeat && query.includes(round.opened_at_ms) {
                report.repeat_rounds += 1;
            }
            if let Some(closed_at_ms) = round.closed_at_ms
                && !round.withdrawn
                && query.includes(closed_at_ms)
            {
                report.closed_rounds += 1;
            }
        }
        if query.includes(self.filed_at_ms) {
            report.complaints += 1;
            // A complaint that is both is concurrent, once: complaints are counted, not links.
            if self.concurrent {
                report.concurrent += 1;
            } else if self.related {
                report.related += 1;
            }
        }
    }

    fn candidate(&self) -> Result<Candidate, Fault> {
        let place = Place {
            table: FACTS,
            key: &self.complaint_id,
        };
        Ok(Candidate {
            complaint_id: place.identifier(ComplaintId::new, &self.complaint_id)?,
            order_ids: self
                .order_ids
                .iter()
                .map(|id| place.identifier(OrderId::new, id))
                .collect::<Result<_, _>>()?,
            agreement_id: self
                .agreement_id
                .as_ref()
                .map(|id| place.identifier(AgreementId::new, id))
                .transpose()?,
            filed_at: Instant::from_unix_ms(self.filed_at_ms),
            filed_position: self.filed_position,
            rounds: self
                .rounds
                .iter()
                .map(|round| CandidateRound {
                    opened_at: Instant::from_unix_ms(round.opened_at_ms),
                    closed_at: round.closed_at_ms.map(Instant::from_unix_ms),
                })
                .collect(),
            withdrawn_at: self.withdrawn_at_ms.map(Instant::from_unix_ms),
        })
    }
}

impl RepeatsQuery {
    fn includes(&self, at_ms: i64) -> bool {
        self.from.is_none_or(|from| from.unix_ms() <= at_ms)
            && self.to.is_none_or(|to| at_ms < to.unix_ms())
    }

    fn admits(&self, pair: &PairRow) -> bool {
        self.merchant_id
            .as_ref()
            .is_none_or(|id| id.as_str() == pair.merchant_id)
            && self
                .user_ref
                .as_ref()
                .is_none_or(|user| user.as_str() == pair.user_ref)
    }
}

fn pair_key(merchant_id: &str, user_ref: &str) -> Vec<u8> {
    Key::of(merchant_id).text(user_ref).bytes()
}
