//! What is owed, one test a row of rulebook 2.2 as the software reads it.

use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::complaint::{
    ComplaintChannel, ComplaintState, Evidence, EvidenceId, EvidenceStatus, Order, Request, Round,
    Statement,
};
use crate::identity::{ComplaintId, EditionName, MerchantId, OrderId, Reference, UserRef};
use crate::instant::Instant;
use crate::merchant::Industry;

const NOW: Instant = Instant::from_unix_ms(0);
const PAID_FEN: u64 = 6_000;

fn piece(number: u32, status: EvidenceStatus) -> Evidence {
    Evidence {
        evidence_id: EvidenceId(number),
        round: 1,
        kind: Reference::new("usage").expect("a kind"),
        media_id: Reference::new("log").expect("a file"),
        status,
        submitted_at: NOW,
        assessed_at: None,
        of_rejection: false,
        version: 2,
    }
}

fn round(number: u32) -> Round {
    Round {
        number,
        opened_at: NOW,
        closed: None,
        repeat: number > 1,
        edition: EditionName::new("2026-02-18").expect("a name"),
        industry: Industry::General,
        clocks: Vec::new(),
        billing_explained: false,
        plan_reconfirmed: false,
        merchant_acted: false,
        opened_version: 1,
    }
}

/// A complaint on two orders of 3 000 fen; `e1` is accepted, `e2` refused, `e3` not assessed.
fn complaint(problem: Problem, requested_fen: Option<u64>) -> Complaint {
    let order = |id: &str| Order {
        order_id: OrderId::new(id).expect("an id"),
        amount_fen: 3_000,
    };
    let asks = problem == Problem::RefundRequest || requested_fen.is_some();
    Complaint {
        complaint_id: ComplaintId::new("C1").expect("an id"),
        merchant_id: MerchantId::new("M1").expect("an id"),
        user_ref: UserRef::new("U1").expect("a reference"),
        problem,
        channel: ComplaintChannel::Agent,
        enquiry: false,
        orders: vec![order("O1"), order("O2")],
        agreement_id: None,
        refunded_before_fen: 0,
        filed_at: NOW,
        state: ComplaintState::Pending,
        withdrawn_at: None,
        rounds: vec![round(1)],
        continues: 0,
        request: asks.then_some(Request {
            amount_fen: requested_fen,
        }),
        approval: None,
        settlement_fen: None,
        usage: Vec::new(),
        billing_errors: Vec::new(),
        refunds: Vec::new(),
        evidence: vec![
            piece(1, EvidenceStatus::Accepted),
            piece(2, EvidenceStatus::Refused),
            piece(3, EvidenceStatus::Submitted),
        ],
        findings: Vec::new(),
        determinations: Vec::new(),
        late_facts: Vec::new(),
        links: Vec::new(),
        pauses: Vec::new(),
        next_version: 2,
    }
}

const ACCEPTED: Option<u32> = Some(1);
const REFUSED: Option<u32> = Some(2);
const NOT_ASSESSED: Option<u32> = Some(3);
const NOT_PROVEN: [Option<u32>; 3] = [None, REFUSED, NOT_ASSESSED];

impl Complaint {
    fn used(mut self, kind: UsageKind, consumed_fen: u64, proof: Option<u32>) -> Self {
        self.usage.push(Statement {
            kind,
            amount_fen: consumed_fen,
            proof: proof.map(EvidenceId),
        });
        self
    }

    fn charged_wrongly(mut self, error_fen: u64, proof: Option<u32>) -> Self {
        self.billing_errors.push(Statement {
            kind: (),
            amount_fen: error_fen,
            proof: proof.map(EvidenceId),
        });
        self
    }

    fn explained(mut self) -> Self {
        for round in &mut self.rounds {
            round.billing_explained = true;
            round.plan_reconfirmed = true;
        }
        self
    }
}

#[track_caller]
fn owes(complaint: &Complaint, basis: Basis, owed_fen: u64) {
    let remedy = remedy(complaint);
    assert_eq!((remedy.basis, remedy.owed_fen), (basis, owed_fen));
}

#[test]
fn what_both_agreed_on_goes_before_everything() {
    // rulebook 2.2
    for problem in Problem::ALL {
        let mut settled = complaint(*problem, Some(5_000))
            .used(UsageKind::Unused, 0, ACCEPTED)
            .charged_wrongly(1, ACCEPTED);
        settled.settlement_fen = Some(10);
        owes(&settled, Basis::Settlement, 10);
    }
}

#[test]
fn an_agreement_not_recognised_and_unused_is_refunded_in_full() {
    // rulebook 2.2(1)
    for proof in [None, ACCEPTED, REFUSED] {
        let unused = complaint(Problem::AgreementNotRecognised, Some(1_000)).used(
            UsageKind::Unused,
            0,
            proof,
        );
        owes(&unused, Basis::Full, PAID_FEN);
    }
}

#[test]
fn an_agreement_not_recognised_and_used_is_refunded_by_what_was_proven() {
    // rulebook 2.2(1), policy round-up
    for kind in [UsageKind::Partly, UsageKind::Fully] {
        let proven = complaint(Problem::AgreementNotRecognised, None).used(kind, 1_001, ACCEPTED);
        owes(&proven, Basis::ProRata, 4_999);
        for proof in NOT_PROVEN {
            let stated = complaint(Problem::AgreementNotRecognised, None).used(kind, 1_001, proof);
            owes(&stated, Basis::Requested, PAID_FEN);
        }
    }
}

#[test]
fn without_proof_later_words_of_use_never_lower_what_is_owed() {
    // rulebook 2.2(1)
    let unused =
        complaint(Problem::AgreementNotRecognised, Some(1_000)).used(UsageKind::Unused, 0, None);
    for proof in NOT_PROVEN {
        let contradicted = unused.clone().used(UsageKind::Partly, 5_500, proof);
        owes(&contradicted, Basis::Full, PAID_FEN);
    }
    let proven = unused.used(UsageKind::Partly, 5_500, ACCEPTED);
    owes(&proven, Basis::ProRata, 500);
    // More use than proven lowers nothing, less use is an admission.
    owes(
        &proven.clone().used(UsageKind::Fully, 6_000, None),
        Basis::ProRata,
        500,
    );
    owes(
        &proven.clone().used(UsageKind::Partly, 500, None),
        Basis::ProRata,
        5_500,
    );
    owes(
        &proven.used(UsageKind::Unused, 0, None),
        Basis::Full,
        PAID_FEN,
    );
}

#[test]
fn the_last_proven_use_counts() {
    // rulebook 2.2(1)
    let twice = complaint(Problem::AgreementNotRecognised, None)
        .used(UsageKind::Partly, 100, ACCEPTED)
        .used(UsageKind::Partly, 400, ACCEPTED);
    owes(&twice, Basis::ProRata, 5_600);
}

#[test]
fn a_billing_error_is_owed_where_nothing_was_requested_or_it_exceeds_the_request() {
    // rulebook 2.2(2)
    let amount = |requested_fen| complaint(Problem::AmountNotRecognised, requested_fen);
    for proof in NOT_PROVEN {
        owes(
            &amount(None).charged_wrongly(300, proof),
            Basis::BillingError,
            300,
        );
        owes(
            &amount(Some(299)).charged_wrongly(300, proof),
            Basis::BillingError,
            300,
        );
        owes(
            &amount(Some(300)).charged_wrongly(300, proof),
            Basis::Requested,
            300,
        );
        owes(
            &amount(Some(5_000)).charged_wrongly(300, proof),
            Basis::Requested,
            5_000,
        );
    }
    owes(
        &amount(Some(5_000)).charged_wrongly(300, ACCEPTED),
        Basis::BillingError,
        300,
    );
}

#[test]
fn without_proof_a_smaller_error_never_replaces_a_greater_one() {
    // rulebook 2.2(2)
    let first = complaint(Problem::AmountNotRecognised, None).charged_wrongly(500, None);
    owes(
        &first.clone().charged_wrongly(100, None),
        Basis::BillingError,
        500,
    );
    owes(
        &first.clone().charged_wrongly(700, None),
        Basis::BillingError,
        700,
    );
    owes(
        &first.charged_wrongly(100, ACCEPTED),
        Basis::BillingError,
        100,
    );
    let proven =
        complaint(Problem::AmountNotRecognised, Some(5_000)).charged_wrongly(500, ACCEPTED);
    owes(&proven.charged_wrongly(700, None), Basis::BillingError, 700);
}

#[test]
fn an_error_counts_only_where_the_amount_is_not_recognised() {
    // rulebook 2.2(2)
    let other = complaint(Problem::Other, None).charged_wrongly(500, ACCEPTED);
    owes(&other, Basis::None, 0);
}

#[test]
fn a_misunderstanding_explained_on_the_first_complaint_owes_nothing() {
    // rulebook 2.2(2)
    let explained = complaint(Problem::AmountNotRecognised, None).explained();
    owes(&explained, Basis::Explained, 0);
    owes(
        &explained.clone().charged_wrongly(5, None),
        Basis::BillingError,
        5,
    );
    let mut second = explained;
    second.rounds.push(round(2));
    owes(&second.explained(), Basis::None, 0);
    let asked = complaint(Problem::AmountNotRecognised, Some(100)).explained();
    owes(&asked, Basis::Requested, 100);
    let mut half = complaint(Problem::AmountNotRecognised, None).explained();
    half.rounds[0].plan_reconfirmed = false;
    owes(&half, Basis::None, 0);
}

#[test]
fn proven_use_limits_what_was_requested() {
    // rulebook 2.2(3)
    for problem in [
        Problem::RefundRequest,
        Problem::AmountNotRecognised,
        Problem::ServiceNotWorking,
        Problem::Other,
    ] {
        let asked = complaint(problem, Some(5_000));
        owes(
            &asked.clone().used(UsageKind::Partly, 1_500, ACCEPTED),
            Basis::ByUse,
            4_500,
        );
        owes(
            &asked.clone().used(UsageKind::Partly, 500, ACCEPTED),
            Basis::ByUse,
            5_000,
        );
        owes(
            &asked.clone().used(UsageKind::Fully, 6_000, ACCEPTED),
            Basis::ByUse,
            0,
        );
        for proof in NOT_PROVEN {
            owes(
                &asked.clone().used(UsageKind::Partly, 1_500, proof),
                Basis::Requested,
                5_000,
            );
        }
    }
    let not_asked = complaint(Problem::Other, None).used(UsageKind::Partly, 1, ACCEPTED);
    owes(&not_asked, Basis::None, 0);
}

#[test]
fn what_is_asked_for_is_owed_without_proof_of_the_contrary() {
    // rulebook 2.2, 2.2(3)
    owes(
        &complaint(Problem::RefundRequest, Some(5_000)),
        Basis::Requested,
        5_000,
    );
    owes(
        &complaint(Problem::RefundRequest, None),
        Basis::Requested,
        PAID_FEN,
    );
    owes(
        &complaint(Problem::AgreementNotRecognised, Some(10)),
        Basis::Requested,
        10,
    );
    owes(
        &complaint(Problem::AgreementNotRecognised, None),
        Basis::Requested,
        PAID_FEN,
    );
    for problem in [
        Problem::AmountNotRecognised,
        Problem::ServiceNotWorking,
        Problem::Other,
    ] {
        owes(&complaint(problem, None), Basis::None, 0);
    }
}

#[test]
fn never_more_is_owed_than_was_paid_less_what_came_back_before() {
    // rulebook 2.2
    let mut before = complaint(Problem::RefundRequest, Some(6_000));
    before.refunded_before_fen = 5_990;
    owes(&before, Basis::Requested, 10);
    before.refunded_before_fen = u64::MAX;
    owes(&before, Basis::Requested, 0);
    before.settlement_fen = Some(u64::MAX);
    before.refunded_before_fen = 0;
    owes(&before, Basis::Settlement, PAID_FEN);
}

#[test]
fn duties_depend_on_the_problem_and_the_round() {
    // rulebook 2.2(1), 2.2(2)
    let named = |complaint: &Complaint| duties(complaint);
    let explain = (Duty::ExplainBilling, false);
    let reconfirm = (Duty::ReconfirmPlan, false);
    let mut amount = complaint(Problem::AmountNotRecognised, None);
    assert_eq!(named(&amount), [explain, reconfirm]);
    amount.rounds[0].billing_explained = true;
    assert_eq!(named(&amount), [(Duty::ExplainBilling, true), reconfirm]);
    amount.rounds.push(round(2));
    assert!(named(&amount).is_empty());
    let mut agreement = complaint(Problem::AgreementNotRecognised, None);
    assert_eq!(named(&agreement), [reconfirm]);
    agreement.rounds.push(round(2));
    assert_eq!(named(&agreement), [reconfirm]);
    assert!(named(&complaint(Problem::RefundRequest, None)).is_empty());
}

fn proofs() -> impl Strategy<Value = Option<u32>> {
    prop::option::of(1_u32..5)
}

fn fen() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..=PAID_FEN, 1 => Just(u64::MAX)]
}

fn complaints() -> impl Strategy<Value = Complaint> {
    let usage = prop::collection::vec(
        (prop::sample::select(UsageKind::ALL), fen(), proofs()),
        0..4,
    );
    let errors = prop::collection::vec((fen(), proofs()), 0..4);
    (
        prop::sample::select(Problem::ALL),
        prop::option::of(fen()),
        usage,
        errors,
        prop::option::of(fen()),
        fen(),
    )
        .prop_map(
            |(problem, requested_fen, usage, errors, settled_fen, before_fen)| {
                let mut one = complaint(problem, requested_fen);
                for (kind, consumed_fen, proof) in usage {
                    one = one.used(kind, consumed_fen, proof);
                }
                for (error_fen, proof) in errors {
                    one = one.charged_wrongly(error_fen, proof);
                }
                one.settlement_fen = settled_fen;
                one.refunded_before_fen = before_fen;
                one
            },
        )
}

proptest! {
    /// rulebook 2.2: 0 ≤ owed ≤ paid, whatever was said and shown.
    #[test]
    fn what_is_owed_stays_within_what_was_paid(one in complaints()) {
        prop_assert!(remedy(&one).owed_fen <= one.paid_fen());
    }

    /// rulebook 2.2: without accepted proof the merchant's words never lower what is owed.
    #[test]
    fn words_without_proof_never_lower_what_is_owed(
        one in complaints(),
        kind in prop::sample::select(UsageKind::ALL),
        amount_fen in fen(),
        of_use in any::<bool>(),
    ) {
        let before = remedy(&one).owed_fen;
        let said = if of_use {
            one.used(kind, amount_fen, None)
        } else {
            one.charged_wrongly(amount_fen, None)
        };
        prop_assert!(remedy(&said).owed_fen >= before);
    }
}
