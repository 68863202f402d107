//! One event of every type, every optional field filled at least once.

mod complaints;

pub(crate) use complaints::complaint_events;

use redress_domain::agreement::{self, AgreementKind, CancelParty, Period, Plan};
use redress_domain::clock::ClockKind;
use redress_domain::complaint::{EvidenceItem, StartedClock};
use redress_domain::event::Event;
use redress_domain::identity::{
    AgreementId, ComplaintId, EditionName, EntityId, IntermediaryId, MerchantId, OrderId,
    Reference, TemplateId, UserRef,
};
use redress_domain::instant::{CivilDay, Instant, Span};
use redress_domain::intermediary::{self, IntermediaryKind};
use redress_domain::measure::{
    AppealOutcome, Authority, Ending, MeasureEvent, MeasureId, MeasureKind, Parameters,
    ProposedMeasure, Scope,
};
use redress_domain::merchant::{self, Industry, MerchantKind};
use redress_domain::rulebook::{self, Channel};
use redress_domain::standing::{Metrics, Part, PartKind, Reason, StandingChange, Tier};
use redress_domain::text::PersonalText;
use redress_domain::user;

pub(crate) const AT: Instant = Instant::from_unix_ms(1_773_986_400_000);

fn text() -> PersonalText {
    PersonalText::Sealed {
        characters: 4,
        bytes: vec![1],
    }
}

fn reference() -> Reference {
    Reference::new("r-1").unwrap()
}

fn complaint_id() -> ComplaintId {
    ComplaintId::new("C1").unwrap()
}

fn merchant_id() -> MerchantId {
    MerchantId::new("M1").unwrap()
}

fn user_ref() -> UserRef {
    UserRef::new("U1").unwrap()
}

fn edition_name() -> EditionName {
    EditionName::new("2026-02-18").unwrap()
}

fn clock(kind: ClockKind) -> StartedClock {
    StartedClock {
        kind,
        started_at: AT,
        runs: Span::from_hours(24),
        at_risk_percent: 75,
    }
}

fn evidence() -> Vec<EvidenceItem> {
    vec![EvidenceItem {
        kind: Reference::new("usage").unwrap(),
        media_id: reference(),
        sha256: None,
    }]
}

fn plan() -> Plan {
    Plan {
        amount_fen: 3000,
        period: Some(Period::Month),
        debits_per_period: Some(1),
    }
}

pub(crate) fn every_event() -> Vec<Event> {
    let mut events = Vec::new();
    events.extend(complaint_events().into_iter().map(Event::Complaint));
    events.extend(merchant_events().into_iter().map(Event::Merchant));
    events.extend(agreement_events().into_iter().map(Event::Agreement));
    events.extend(intermediary_events().into_iter().map(Event::Intermediary));
    events.push(Event::User(user::Event::PersonalDataErased {
        user_ref: user_ref(),
        reason: "asked".into(),
        key_numbers: vec![1],
    }));
    events.push(Event::User(user::Event::PersonalDataRead {
        user_ref: user_ref(),
        stream: redress_domain::identity::StreamId::Rulebook,
        version: 0,
        purpose: "to call back".into(),
    }));
    events.push(Event::Rulebook(rulebook::Event::EditionAnnounced {
        edition: Box::new(crate::edition::built_in().unwrap()),
    }));
    events
}

pub(crate) fn standing_change() -> StandingChange {
    let part = |kind: PartKind, actual: u64, of: Option<u64>, asked: u64| Part {
        kind,
        actual,
        of,
        asked,
    };
    StandingChange {
        from: Tier::Watch,
        to: Tier::T1,
        metrics: Metrics::default(),
        reasons: vec![Reason {
            tier: Tier::T1,
            line: 0,
            parts: vec![
                part(PartKind::LiableRounds, 3, None, 3),
                part(PartKind::LiableBps, 3, Some(12_000), 1),
                part(PartKind::RectificationOverdue, 1, None, 1),
            ],
        }],
        computed_at_position: 40,
        corrected: false,
    }
}

fn merchant_events() -> Vec<merchant::Event> {
    use merchant::Event;
    let mut events = vec![
        Event::MerchantRegistered {
            merchant_id: merchant_id(),
            kind: MerchantKind::SubMerchant,
            industry: Industry::Insurance,
            name: "Example".into(),
            institution_id: Some(IntermediaryId::new("I1").unwrap()),
            service_provider_id: None,
            entity_id: EntityId::new("M1").unwrap(),
        },
        Event::MerchantUpdated {
            update: merchant::Update::default(),
        },
        Event::VolumeReported {
            day: CivilDay::from_days(0),
            debits: 2,
            users: 1,
        },
        Event::StandingChanged {
            change: standing_change(),
        },
        Event::RulebookAccepted {
            edition: edition_name(),
            by_use: true,
        },
        Event::RulebookDeclined {
            edition: edition_name(),
            written_notice: "letter".into(),
        },
    ];
    events.extend(measure_events().into_iter().map(Event::Measure));
    events
}

fn measure_events() -> Vec<MeasureEvent> {
    let measure_id = MeasureId(1);
    vec![
        MeasureEvent::Proposed {
            measure: ProposedMeasure {
                measure_id,
                kind: MeasureKind::TemplateSigning,
                scope: Scope {
                    template_id: Some(TemplateId::new("T1").unwrap()),
                    ..Scope::default()
                },
                parameters: Parameters::default(),
                ending: Ending::After(Span::from_days(30)),
                tier: Some(Tier::T3),
                grounds: vec!["C1/d1".into()],
                rationale: "t3".into(),
                authority: Authority::Two,
                metrics: Some(Metrics::default()),
                cure: "its end".into(),
            },
        },
        MeasureEvent::Approved {
            measure_id,
            seen_position: Some(3),
        },
        MeasureEvent::Imposed {
            measure_id,
            until: Some(AT),
            rectification_due_at: Some(AT),
            appeal_until: AT,
        },
        MeasureEvent::Refused {
            measure_id,
            rationale: "no".into(),
        },
        MeasureEvent::Withdrawn { measure_id },
        MeasureEvent::Lapsed {
            measure_id,
            because: "its end".into(),
        },
        MeasureEvent::Lifted {
            measure_id,
            rationale: "done".into(),
        },
        MeasureEvent::LiftApproved {
            measure_id,
            rationale: "done".into(),
        },
        MeasureEvent::Superseded {
            measure_id,
            by_measure_id: MeasureId(2),
        },
        MeasureEvent::PutUnderReview {
            measure_id,
            fallen: vec!["C1/d1".into()],
        },
        MeasureEvent::NoticeIssued {
            measure_id,
            channel: Channel::Email,
        },
        MeasureEvent::NoticeDelivered {
            measure_id,
            channel: Channel::InSite,
            delivery_ref: reference(),
        },
        MeasureEvent::RectificationSubmitted {
            measure_id,
            summary: "agents".into(),
        },
        MeasureEvent::RectificationAccepted {
            measure_id,
            rationale: "good".into(),
        },
        MeasureEvent::RectificationRefused {
            measure_id,
            rationale: "no dates".into(),
        },
        MeasureEvent::RectificationOverdue {
            measure_id,
            due_at: AT,
        },
        MeasureEvent::AppealFiled {
            measure_id,
            statement: "not ours".into(),
            decision_due_at: AT,
        },
        MeasureEvent::AppealDecided {
            measure_id,
            outcome: AppealOutcome::Vary,
            rationale: "shorter".into(),
            until: Some(AT),
        },
        MeasureEvent::DeadlineMissed {
            measure_id,
            clock: ClockKind::AppealDecision,
            due_at: AT,
        },
        MeasureEvent::SettlementRefundOrdered {
            measure_id,
            complaint_id: complaint_id(),
            amount_fen: 5,
        },
    ]
}

fn agreement_events() -> Vec<agreement::Event> {
    use agreement::Event;
    let order_id = OrderId::new("O1").unwrap();
    vec![
        Event::AgreementSigned {
            agreement_id: AgreementId::new("A1").unwrap(),
            merchant_id: merchant_id(),
            user_ref: user_ref(),
            template_id: TemplateId::new("T1").unwrap(),
            kind: AgreementKind::Periodic,
            plan: plan(),
            disclosed: true,
        },
        Event::PlanChanged {
            plan: plan(),
            disclosed: None,
        },
        Event::ReminderRecorded {
            debit_at: AT,
            amount_fen: 5,
        },
        Event::Debited {
            order_id: order_id.clone(),
            amount_fen: 5,
            reminder: Some(0),
        },
        Event::UsageRecorded {
            summary: Some("two hours".into()),
            order_id: Some(order_id.clone()),
            consumed_fen: Some(5),
        },
        Event::AgreementRefunded {
            order_id,
            amount_fen: 5,
        },
        Event::AgreementSuspended {
            reason: Some("risk".into()),
        },
        Event::AgreementResumed { reason: None },
        Event::AgreementCancelled {
            party: CancelParty::User,
            reason: Some(text()),
        },
    ]
}

fn intermediary_events() -> Vec<intermediary::Event> {
    use intermediary::Event;
    vec![
        Event::IntermediaryRegistered {
            intermediary_id: IntermediaryId::new("I1").unwrap(),
            kind: IntermediaryKind::Institution,
            name: "First Bank".into(),
        },
        Event::IntermediaryUpdated {
            name: "First Bank".into(),
        },
        Event::CoordinationFailed {
            complaint_id: complaint_id(),
            round: 1,
        },
        Event::StandingChanged {
            change: standing_change(),
        },
        Event::Measure(MeasureEvent::Withdrawn {
            measure_id: MeasureId(1),
        }),
    ]
}
