//! Which earlier complaints a new one belongs to (policy related-window).

use redress_domain::clock::in_time;
use redress_domain::complaint::LinkKind;
use redress_domain::identity::{AgreementId, ComplaintId, OrderId};
use redress_domain::instant::{Instant, Span};

/// A complaint that was just filed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// Which.
    pub complaint_id: ComplaintId,
    /// The orders in dispute.
    pub order_ids: Vec<OrderId>,
    /// The agreement of the orders.
    pub agreement_id: Option<AgreementId>,
    /// When it was filed.
    pub filed_at: Instant,
    /// The position of its first event.
    pub filed_position: u64,
}

/// A complaint of the same user against the same merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub complaint_id: ComplaintId,
    /// The orders in dispute.
    pub order_ids: Vec<OrderId>,
    /// The agreement of the orders.
    pub agreement_id: Option<AgreementId>,
    /// When it was filed.
    pub filed_at: Instant,
    /// The position of its first event.
    pub filed_position: u64,
    /// Its rounds in order.
    pub rounds: Vec<CandidateRound>,
    /// When the user withdrew it.
    pub withdrawn_at: Option<Instant>,
}

/// When a round opened and closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CandidateRound {
    /// When it opened.
    pub opened_at: Instant,
    /// When it closed.
    pub closed_at: Option<Instant>,
}

impl Candidate {
    /// Whether a round is open at an instant. At the instant of its close it no longer is.
    #[must_use]
    pub fn is_open(&self, at: Instant) -> bool {
        let is_withdrawn = self.withdrawn_at.is_some_and(|withdrawn| withdrawn <= at);
        !is_withdrawn
            && self.rounds.iter().any(|round| {
                round.opened_at <= at && round.closed_at.is_none_or(|closed| at < closed)
            })
    }

    /// The last close by an instant; a withdrawal counts as one, also of a complaint that was
    /// closed before.
    #[must_use]
    pub fn last_closed_at(&self, at: Instant) -> Option<Instant> {
        self.rounds
            .iter()
            .filter_map(|round| round.closed_at)
            .chain(self.withdrawn_at)
            .filter(|closed| *closed <= at)
            .max()
    }

    fn shares_matter(&self, filed: &Filed) -> bool {
        let same_agreement = self.agreement_id.is_some() && self.agreement_id == filed.agreement_id;
        same_agreement || self.order_ids.iter().any(|id| filed.order_ids.contains(id))
    }
}

/// The links that a complaint gets at its filing, by the filing position of the earlier ones:
/// `concurrent` to those still open, `related` to those closed at most `window` ago, exactly the
/// window included (policy related-window). Only complaints on a shared order or under the same
/// agreement, recorded before it, belong to it.
///
/// Where the earlier one says that it was filed later, both are compared at that later instant.
#[must_use]
pub fn links_for(
    filed: &Filed,
    candidates: &[Candidate],
    window: Span,
) -> Vec<(ComplaintId, LinkKind)> {
    let mut earlier: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| {
            candidate.filed_position < filed.filed_position
                && candidate.complaint_id != filed.complaint_id
                && candidate.shares_matter(filed)
        })
        .collect();
    earlier.sort_by_key(|candidate| candidate.filed_position);
    earlier
        .into_iter()
        .filter_map(|candidate| {
            let kind = link_kind(candidate, filed.filed_at.max(candidate.filed_at), window)?;
            Some((candidate.complaint_id.clone(), kind))
        })
        .collect()
}

fn link_kind(candidate: &Candidate, at: Instant, window: Span) -> Option<LinkKind> {
    if candidate.is_open(at) {
        return Some(LinkKind::Concurrent);
    }
    // policy related-window
    let closed_at = candidate.last_closed_at(at)?;
    in_time(at, closed_at.plus(window)).then_some(LinkKind::Related)
}
