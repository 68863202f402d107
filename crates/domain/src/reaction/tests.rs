//! What must be looked at because of an event.

use alloc::vec;

use uuid::Uuid;

use super::*;
use crate::agreement::{AgreementKind, CancelParty, Plan};
use crate::complaint::{
    Cause, ComplaintChannel, DeterminationId, EvidenceId, FactId, FindingId, Ground, LateAct,
    LinkKind, Problem, UsageKind,
};
use crate::event::Header;
use crate::identity::{
    Actor, ActorId, AgreementId, EditionName, OrderId, Reference, StreamId, TemplateId, UserRef,
};
use crate::instant::{CivilDay, Span};
use crate::measure::MeasureId;
use crate::merchant::{Industry, MerchantKind};
use crate::text::PersonalText;

const NOW: Instant = Instant::from_unix_ms(1_000_000_000_000);

fn complaint_id() -> ComplaintId {
    ComplaintId::new("C1").expect("an id")
}

fn merchant_id() -> MerchantId {
    MerchantId::new("M1").expect("an id")
}

fn intermediary_id(id: &str) -> IntermediaryId {
    IntermediaryId::new(id).expect("an id")
}

fn edition() -> EditionName {
    EditionName::new("2026-02-18").expect("a name")
}

fn recorded(stream: StreamId, role: Role, event: Event) -> Recorded {
    Recorded {
        header: Header {
            position: 7,
            stream,
            version: 3,
            event_id: Uuid::nil(),
            occurred_at: NOW,
            counted_at: NOW,
            recorded_at: NOW,
            adjusted: false,
            by: Actor {
                role,
                id: ActorId::new("somebody").expect("an id"),
            },
            submitted_by: None,
            edition: edition(),
            command_id: Uuid::nil(),
            correlation_id: None,
            causation_id: None,
        },
        event,
    }
}

fn opened(round: u32) -> complaint::Event {
    complaint::Event::RoundOpened {
        round,
        repeat: round > 1,
        edition: edition(),
        industry: Industry::General,
        clocks: Vec::new(),
        text: None,
    }
}

fn filed() -> complaint::Event {
    complaint::Event::ComplaintFiled {
        complaint_id: complaint_id(),
        merchant_id: merchant_id(),
        user_ref: UserRef::new("U1").expect("a reference"),
        problem: Problem::Other,
        channel: ComplaintChannel::Agent,
        orders: Vec::new(),
        agreement_id: None,
        requested_refund_fen: None,
        refunded_before_fen: 0,
        description: None,
        contact: None,
        enquiry: true,
    }
}

/// A complaint with one open round, in which the merchant has acted or not.
fn complaint(merchant_acted: bool) -> Complaint {
    let stamp = |role| {
        recorded(
            StreamId::Complaint(complaint_id()),
            role,
            Event::Complaint(filed()),
        )
        .header
        .stamp()
    };
    let mut state = None;
    for event in [filed(), opened(1)] {
        state = complaint::evolve(state, &stamp(Role::User), &event);
    }
    if merchant_acted {
        state = complaint::evolve(state, &stamp(Role::Merchant), &responded());
    }
    state.expect("filed")
}

fn text() -> PersonalText {
    PersonalText::Open(String::from("words"))
}

fn responded() -> complaint::Event {
    complaint::Event::MerchantResponded {
        text: text(),
        media: Vec::new(),
    }
}

fn missed(clock: ClockKind) -> complaint::Event {
    complaint::Event::DeadlineMissed {
        round: 1,
        clock,
        due_at: NOW,
    }
}

fn of_complaint_by(role: Role, event: complaint::Event, acted: bool) -> Vec<Reaction> {
    let event = recorded(
        StreamId::Complaint(complaint_id()),
        role,
        Event::Complaint(event),
    );
    reactions(&event, After::Complaint(&complaint(acted)))
}

fn concern(complaint: bool, fallen: Option<&str>, used: bool) -> Reaction {
    Reaction::ObserveMerchant(MerchantConcern {
        merchant_id: merchant_id(),
        complaint_id: complaint.then(complaint_id),
        fallen: fallen.map(Arc::from),
        used_service_at: used.then_some(NOW),
    })
}

fn observe() -> Reaction {
    Reaction::ObserveComplaint(complaint_id())
}

#[test]
fn a_filing_is_linked_to_earlier_ones() {
    // policy related-window
    assert_eq!(
        of_complaint_by(Role::User, filed(), false),
        [Reaction::LinkComplaint(complaint_id())]
    );
}

#[test]
fn what_may_bring_findings_or_change_what_is_owed_looks_at_complaint_and_merchant() {
    // rulebook 4.1, 4.2(2)
    use complaint::Event;
    let proof = None;
    for event in [
        opened(2),
        Event::RoundClosed {
            round: 1,
            how: complaint::CloseReason::Confirmed,
            resolution: None,
        },
        Event::SettlementReached { amount_fen: 1 },
        Event::RefundReceived {
            refund_id: Reference::new("RF1").expect("an id"),
            amount_fen: 1,
            by_platform: false,
            full: false,
        },
        Event::ComplaintWithdrawn,
        Event::EvidenceRefused {
            evidence_id: EvidenceId(1),
            reason: text(),
        },
        Event::EvidenceAccepted {
            evidence_id: EvidenceId(1),
            reason: text(),
        },
        Event::RefundRequested {
            amount_fen: 1,
            clock: None,
        },
        Event::UsageStated {
            kind: UsageKind::Unused,
            consumed_fen: 0,
            proof,
        },
        Event::BillingErrorStated {
            error_fen: 1,
            proof,
        },
    ] {
        assert_eq!(
            of_complaint_by(Role::Service, event.clone(), false),
            [observe(), concern(true, None, false)],
            "{event:?}"
        );
    }
}

#[test]
fn what_meets_clocks_looks_at_the_complaint_and_by_the_merchant_itself_is_consent() {
    // rulebook 4.1(1), 5
    for event in [
        responded(),
        complaint::Event::PlanReconfirmed {
            user_confirms: None,
        },
        complaint::Event::LateFactRecorded {
            fact_id: FactId(1),
            round: 1,
            claimed_at: NOW,
            act: LateAct::Responded,
            awaits_review: false,
            text: None,
        },
    ] {
        assert_eq!(
            of_complaint_by(Role::Intermediary, event.clone(), false),
            [observe()]
        );
        assert_eq!(
            of_complaint_by(Role::Merchant, event, false),
            [observe(), concern(true, None, true)]
        );
    }
    let accepted = complaint::Event::LateFactAccepted {
        fact_id: FactId(1),
        rationale: text(),
    };
    assert_eq!(
        of_complaint_by(Role::Reviewer, accepted, false),
        [observe()]
    );
}

#[test]
fn findings_and_determinations_look_at_the_merchants_standing() {
    // rulebook 4.1, 4.2
    use complaint::Event;
    for event in [
        Event::GroundFound {
            finding_id: FindingId(1),
            ground: Ground::OutOfTime,
            round: 1,
            cause: Cause::Clock(ClockKind::FirstReply),
            effective_at: NOW,
            clauses: Vec::new(),
            rests_on: Vec::new(),
            rationale: None,
        },
        Event::FindingWithdrawn {
            finding_id: FindingId(1),
        },
        Event::LiabilityDetermined {
            determination_id: DeterminationId(1),
            finding_ids: vec![FindingId(1)],
            grounds: vec![Ground::OutOfTime],
            determined_by: complaint::Determiner::Edition(edition()),
            rationale: None,
        },
        Event::FindingDismissed {
            finding_ids: vec![FindingId(1)],
            rationale: text(),
        },
    ] {
        assert_eq!(
            of_complaint_by(Role::Engine, event, false),
            [concern(true, None, false)]
        );
    }
}

#[test]
fn a_determination_that_falls_or_is_reviewed_names_itself() {
    // rulebook 4.1, 4.2
    use complaint::Event;
    for event in [
        Event::DeterminationOverturned {
            determination_id: DeterminationId(2),
            rationale: None,
        },
        Event::DeterminationPutUnderReview {
            determination_id: DeterminationId(2),
        },
    ] {
        assert_eq!(
            of_complaint_by(Role::Reviewer, event, false),
            [concern(true, Some("C1/d2"), false)]
        );
    }
}

#[test]
fn a_missed_resolution_with_no_act_at_all_is_a_failure_to_coordinate() {
    // rulebook 4.3
    assert_eq!(
        of_complaint_by(Role::Engine, missed(ClockKind::Resolution), false),
        [Reaction::RecordCoordinationFailure {
            merchant_id: merchant_id(),
            complaint_id: complaint_id(),
            round: 1,
        }]
    );
    assert!(of_complaint_by(Role::Engine, missed(ClockKind::Resolution), true).is_empty());
    assert!(of_complaint_by(Role::Engine, missed(ClockKind::FirstReply), false).is_empty());
}

#[test]
fn what_changes_nothing_elsewhere_brings_nothing_about() {
    // rulebook 4.1
    use complaint::Event;
    for event in [
        Event::MessageRecorded { text: text() },
        Event::DefectiveRejectionRecorded { reason: None },
        Event::UserInsisted { text: None },
        Event::LateFactRefused {
            fact_id: FactId(1),
            rationale: text(),
        },
        Event::ComplaintLinked {
            other: complaint_id(),
            kind: LinkKind::Related,
        },
        Event::ClockRetimed {
            round: 1,
            clock: ClockKind::Resolution,
            runs: Span::ZERO,
            edition: edition(),
        },
        Event::DeadlineMissSuperseded {
            round: 1,
            clock: ClockKind::Resolution,
            due_at: NOW,
            met_at: None,
        },
    ] {
        assert!(of_complaint_by(Role::Service, event, false).is_empty());
    }
}

fn of_merchant_event(event: merchant::Event, ends_service: bool) -> Vec<Reaction> {
    let event = recorded(
        StreamId::Merchant(merchant_id()),
        Role::Service,
        Event::Merchant(event),
    );
    reactions(
        &event,
        After::Merchant {
            intermediaries: &[intermediary_id("I1"), intermediary_id("P1")],
            ends_service,
        },
    )
}

#[test]
fn a_merchant_that_joins_a_portfolio_is_looked_at_there() {
    // rulebook 4.3
    let registered = merchant::Event::MerchantRegistered {
        merchant_id: merchant_id(),
        kind: MerchantKind::Direct,
        industry: Industry::General,
        name: Arc::from("Example"),
        institution_id: None,
        service_provider_id: None,
        entity_id: crate::identity::EntityId::new("M1").expect("an id"),
    };
    assert_eq!(
        of_merchant_event(registered, false),
        ["I1", "P1"].map(|id| Reaction::ObserveIntermediary(intermediary_id(id)))
    );
}

#[test]
fn volumes_change_a_rate_and_an_accepted_edition_changes_nothing() {
    // rulebook 4.2, 5
    let volume = merchant::Event::VolumeReported {
        day: CivilDay::from_days(0),
        debits: 1,
        users: 1,
    };
    assert_eq!(
        of_merchant_event(volume, false),
        [concern(false, None, false)]
    );
    let accepted = merchant::Event::RulebookAccepted {
        edition: edition(),
        by_use: true,
    };
    assert!(of_merchant_event(accepted, false).is_empty());
}

#[test]
fn a_measure_that_ends_the_service_cancels_agreements_before_anything_else() {
    // rulebook 4.2(8)
    let imposed = || {
        merchant::Event::Measure(MeasureEvent::Imposed {
            measure_id: MeasureId(1),
            until: None,
            rectification_due_at: None,
            appeal_until: NOW,
        })
    };
    assert_eq!(
        of_merchant_event(imposed(), true),
        [
            Reaction::CancelAgreements(merchant_id()),
            concern(false, None, false)
        ]
    );
    assert_eq!(
        of_merchant_event(imposed(), false),
        [concern(false, None, false)]
    );
}

fn of_agreement_by(role: Role, event: agreement::Event) -> Vec<Reaction> {
    let agreement_id = AgreementId::new("A1").expect("an id");
    let event = recorded(
        StreamId::Agreement(agreement_id),
        role,
        Event::Agreement(event),
    );
    reactions(&event, After::Agreement(&merchant_id()))
}

#[test]
fn a_sign_up_or_a_debit_is_use_of_the_service_whoever_records_it() {
    // rulebook 5
    let plan = Plan {
        amount_fen: 1,
        period: None,
        debits_per_period: None,
    };
    let signed = agreement::Event::AgreementSigned {
        agreement_id: AgreementId::new("A1").expect("an id"),
        merchant_id: merchant_id(),
        user_ref: UserRef::new("U1").expect("a reference"),
        template_id: TemplateId::new("T1").expect("an id"),
        kind: AgreementKind::Postpaid,
        plan,
        disclosed: true,
    };
    let debited = agreement::Event::Debited {
        order_id: OrderId::new("O1").expect("an id"),
        amount_fen: 1,
        reminder: None,
    };
    for event in [signed, debited] {
        assert_eq!(
            of_agreement_by(Role::Service, event),
            [concern(false, None, true)]
        );
    }
    let cancelled = |party| agreement::Event::AgreementCancelled {
        party,
        reason: None,
    };
    assert!(of_agreement_by(Role::User, cancelled(CancelParty::User)).is_empty());
    assert_eq!(
        of_agreement_by(Role::Merchant, cancelled(CancelParty::Merchant)),
        [concern(false, None, true)]
    );
}

#[test]
fn an_intermediarys_failures_count_in_its_standing() {
    // rulebook 4.3
    let failed = recorded(
        StreamId::Intermediary(intermediary_id("I1")),
        Role::Engine,
        Event::Intermediary(intermediary::Event::CoordinationFailed {
            complaint_id: complaint_id(),
            round: 1,
        }),
    );
    assert_eq!(
        reactions(&failed, After::Other),
        [Reaction::ObserveIntermediary(intermediary_id("I1"))]
    );
    let renamed = recorded(
        StreamId::Intermediary(intermediary_id("I1")),
        Role::Service,
        Event::Intermediary(intermediary::Event::IntermediaryUpdated {
            name: Arc::from("Example"),
        }),
    );
    assert!(reactions(&renamed, After::Other).is_empty());
}

#[test]
fn a_reaction_has_one_name_for_each_thing_that_it_looks_at() {
    // Its command id is derived from the name: two of one event may not share it.
    let names: Vec<String> = [
        Reaction::LinkComplaint(complaint_id()),
        observe(),
        concern(true, None, false),
        Reaction::ObserveIntermediary(intermediary_id("I1")),
        Reaction::ObserveIntermediary(intermediary_id("P1")),
        Reaction::RecordCoordinationFailure {
            merchant_id: merchant_id(),
            complaint_id: complaint_id(),
            round: 1,
        },
        Reaction::CancelAgreements(merchant_id()),
    ]
    .iter()
    .map(Reaction::name)
    .collect();
    let distinct: alloc::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
}
