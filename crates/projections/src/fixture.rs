//! A log for tests: events with the states that they lead to, and a place for rows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use redress_domain::agreement::{self, Agreement, AgreementKind, CancelParty, Plan};
use redress_domain::clock::ClockKind;
use redress_domain::complaint::{
    self, Cause, CloseReason, Complaint, ComplaintChannel, DeterminationId, Determiner, FindingId,
    Ground, Order, Problem, StartedClock,
};
use redress_domain::event::{Event, Header, Recorded};
use redress_domain::identity::{
    Actor, ActorId, AgreementId, ComplaintId, EditionName, IntermediaryId, MerchantId, OrderId,
    Role, StreamId, TemplateId, UserRef,
};
use redress_domain::instant::{CivilOffset, Instant, Span, Weekday};
use redress_domain::intermediary::{self, Intermediary};
use redress_domain::measure::Authority;
use redress_domain::merchant::{self, Industry, Merchant, MerchantKind};
use redress_domain::rulebook::{
    AgreementTerms, Calendar, Channel, Clocks, Edition, EntryLine, IntermediaryTerms, RemedyTerms,
    Rounding, Rulebook, StandingTerms, TierTerms, Transition,
};
use redress_domain::standing::Tier;
use uuid::Uuid;

use crate::change::Change;
use crate::read_models::ReadModels;
use crate::table::{Backing, BackingError, EncodedRow, RowChange};

/// Midnight of 2026-03-01 in +08:00.
const START_MS: i64 = 1_772_294_400_000;

/// So many hours after the start of every test.
pub(crate) const fn hours(hours: i64) -> Instant {
    Instant::from_unix_ms(START_MS).plus(Span::from_hours(hours))
}

pub(crate) fn merchant_id(text: &str) -> MerchantId {
    MerchantId::new(text).unwrap()
}

pub(crate) fn complaint_id(text: &str) -> ComplaintId {
    ComplaintId::new(text).unwrap()
}

pub(crate) fn user(text: &str) -> UserRef {
    UserRef::new(text).unwrap()
}

pub(crate) fn order(text: &str) -> OrderId {
    OrderId::new(text).unwrap()
}

pub(crate) fn agreement_id(text: &str) -> AgreementId {
    AgreementId::new(text).unwrap()
}

pub(crate) fn intermediary_id(text: &str) -> IntermediaryId {
    IntermediaryId::new(text).unwrap()
}

/// Events of one log with the state of each stream.
pub(crate) struct Log {
    pub rulebook: Rulebook,
    pub entries: Vec<Entry>,
    complaints: BTreeMap<ComplaintId, Complaint>,
    agreements: BTreeMap<AgreementId, Agreement>,
    merchants: BTreeMap<MerchantId, Merchant>,
    intermediaries: BTreeMap<IntermediaryId, Intermediary>,
}

/// One event with the state after it.
pub(crate) struct Entry {
    pub recorded: Recorded,
    complaint: Option<Complaint>,
    agreement: Option<Agreement>,
    merchant: Option<Merchant>,
    intermediary: Option<Intermediary>,
}

impl Entry {
    pub fn change<'a>(&'a self, rulebook: &'a Rulebook) -> Change<'a> {
        let mut change = Change::new(&self.recorded, rulebook);
        change.complaint = self.complaint.as_ref();
        change.agreement = self.agreement.as_ref();
        change.merchant = self.merchant.as_ref();
        change.intermediary = self.intermediary.as_ref();
        change
    }
}

impl Log {
    pub fn new() -> Self {
        Self {
            rulebook: Rulebook::new(edition()),
            entries: Vec::new(),
            complaints: BTreeMap::new(),
            agreements: BTreeMap::new(),
            merchants: BTreeMap::new(),
            intermediaries: BTreeMap::new(),
        }
    }

    pub fn position(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Read models that have folded everything.
    pub fn models(&self) -> ReadModels {
        let mut models = ReadModels::new(None).unwrap();
        self.fold_into(&mut models, 0);
        models
    }

    /// Folds everything after a position.
    pub fn fold_into(&self, models: &mut ReadModels, after: usize) {
        for entry in self.entries.iter().skip(after) {
            models.fold(&entry.change(&self.rulebook)).unwrap();
        }
    }

    pub fn complaint(&mut self, id: &str, at: Instant, event: complaint::Event) {
        self.complaint_counted(id, at, at, event);
    }

    /// An event of a complaint that counts at another instant than it is recorded.
    pub fn complaint_counted(
        &mut self,
        id: &str,
        counted_at: Instant,
        recorded_at: Instant,
        event: complaint::Event,
    ) {
        let id = complaint_id(id);
        let header = self.header(StreamId::Complaint(id.clone()), counted_at, recorded_at);
        let before = self.complaints.remove(&id);
        let after = complaint::evolve(before, &header.stamp(), &event);
        self.complaints.extend(after.clone().map(|one| (id, one)));
        self.push(header, Event::Complaint(event), |entry| {
            entry.complaint = after;
        });
    }

    pub fn merchant(&mut self, id: &str, at: Instant, event: merchant::Event) {
        let id = merchant_id(id);
        let header = self.header(StreamId::Merchant(id.clone()), at, at);
        let before = self.merchants.remove(&id);
        let after = merchant::evolve(before, &header.stamp(), &event);
        self.merchants.extend(after.clone().map(|one| (id, one)));
        self.push(header, Event::Merchant(event), |entry| {
            entry.merchant = after;
        });
    }

    pub fn agreement(&mut self, id: &str, at: Instant, event: agreement::Event) {
        let id = agreement_id(id);
        let header = self.header(StreamId::Agreement(id.clone()), at, at);
        let before = self.agreements.remove(&id);
        let after = agreement::evolve(before, &header.stamp(), &event);
        self.agreements.extend(after.clone().map(|one| (id, one)));
        self.push(header, Event::Agreement(event), |entry| {
            entry.agreement = after;
        });
    }

    pub fn intermediary(&mut self, id: &str, at: Instant, event: intermediary::Event) {
        let id = intermediary_id(id);
        let header = self.header(StreamId::Intermediary(id.clone()), at, at);
        let before = self.intermediaries.remove(&id);
        let after = intermediary::evolve(before, &header.stamp(), &event);
        self.intermediaries
            .extend(after.clone().map(|one| (id, one)));
        self.push(header, Event::Intermediary(event), |entry| {
            entry.intermediary = after;
        });
    }

    pub fn user(&mut self, user_ref: &str, at: Instant, event: redress_domain::user::Event) {
        let header = self.header(StreamId::User(user(user_ref)), at, at);
        self.push(header, Event::User(event), |_| {});
    }

    fn header(&self, stream: StreamId, counted_at: Instant, recorded_at: Instant) -> Header {
        let version = self
            .entries
            .iter()
            .filter(|entry| entry.recorded.header.stream == stream)
            .count();
        Header {
            position: self.position() + 1,
            stream,
            version: version as u64,
            event_id: Uuid::nil(),
            occurred_at: counted_at,
            counted_at,
            recorded_at,
            adjusted: false,
            by: Actor {
                role: Role::Service,
                id: ActorId::new("test").unwrap(),
            },
            submitted_by: None,
            edition: edition().name,
            command_id: Uuid::nil(),
            correlation_id: None,
            causation_id: None,
        }
    }

    fn push(&mut self, header: Header, event: Event, complete: impl FnOnce(&mut Entry)) {
        let mut entry = Entry {
            recorded: Recorded { header, event },
            complaint: None,
            agreement: None,
            merchant: None,
            intermediary: None,
        };
        complete(&mut entry);
        self.entries.push(entry);
    }
}

/// Short forms of what tests let happen.
impl Log {
    pub fn register(&mut self, id: &str, institution: Option<&str>, entity: &str, at: Instant) {
        self.merchant(
            id,
            at,
            merchant::Event::MerchantRegistered {
                merchant_id: merchant_id(id),
                kind: MerchantKind::Direct,
                industry: Industry::General,
                name: Arc::from(id),
                institution_id: institution.map(intermediary_id),
                service_provider_id: None,
                entity_id: redress_domain::identity::EntityId::new(entity).unwrap(),
            },
        );
    }

    /// A complaint of `user` against `merchant` about the order of that name.
    pub fn file(&mut self, id: &str, against: &str, by: &str, about: &str, at: Instant) {
        self.file_under(id, against, by, about, None, at);
    }

    pub fn file_under(
        &mut self,
        id: &str,
        against: &str,
        by: &str,
        about: &str,
        under: Option<&str>,
        at: Instant,
    ) {
        self.complaint(
            id,
            at,
            complaint::Event::ComplaintFiled {
                complaint_id: complaint_id(id),
                merchant_id: merchant_id(against),
                user_ref: user(by),
                problem: Problem::Other,
                channel: ComplaintChannel::SelfService,
                orders: vec![Order {
                    order_id: order(about),
                    amount_fen: 1_500,
                }],
                agreement_id: under.map(agreement_id),
                requested_refund_fen: None,
                refunded_before_fen: 0,
                description: None,
                contact: None,
                enquiry: false,
            },
        );
        self.open_round(id, 1, at);
    }

    pub fn open_round(&mut self, id: &str, round: u32, at: Instant) {
        let clock = |kind, hours| StartedClock {
            kind,
            started_at: at,
            runs: Span::from_hours(hours),
            at_risk_percent: 75,
        };
        self.complaint(
            id,
            at,
            complaint::Event::RoundOpened {
                round,
                repeat: round > 1,
                edition: edition().name,
                industry: Industry::General,
                clocks: vec![
                    clock(ClockKind::FirstReply, 24),
                    clock(ClockKind::Resolution, 72),
                ],
                text: None,
            },
        );
    }

    pub fn respond(&mut self, id: &str, at: Instant) {
        self.complaint(
            id,
            at,
            complaint::Event::MerchantResponded {
                text: redress_domain::text::PersonalText::Open(String::from("answer")),
                media: Vec::new(),
            },
        );
    }

    pub fn close(&mut self, id: &str, round: u32, how: CloseReason, at: Instant) {
        self.complaint(
            id,
            at,
            complaint::Event::RoundClosed {
                round,
                how,
                resolution: None,
            },
        );
    }

    /// A finding out of time in a round, without a determination.
    pub fn find(&mut self, id: &str, number: u32, round: u32, at: Instant) {
        self.complaint(
            id,
            at,
            complaint::Event::GroundFound {
                finding_id: FindingId(number),
                ground: Ground::OutOfTime,
                round,
                cause: Cause::Clock(ClockKind::FirstReply),
                effective_at: at,
                clauses: Vec::new(),
                rests_on: Vec::new(),
                rationale: None,
            },
        );
    }

    /// Determination `number` on the finding of the same number.
    pub fn determine(&mut self, id: &str, number: u32, at: Instant) {
        self.complaint(
            id,
            at,
            complaint::Event::LiabilityDetermined {
                determination_id: DeterminationId(number),
                finding_ids: vec![FindingId(number)],
                grounds: vec![Ground::OutOfTime],
                determined_by: Determiner::Edition(edition().name),
                rationale: None,
            },
        );
    }

    pub fn overturn(&mut self, id: &str, number: u32, at: Instant) {
        self.complaint(
            id,
            at,
            complaint::Event::DeterminationOverturned {
                determination_id: DeterminationId(number),
                rationale: None,
            },
        );
    }

    pub fn sign(&mut self, id: &str, with: &str, template: &str, by: &str, at: Instant) {
        self.agreement(
            id,
            at,
            agreement::Event::AgreementSigned {
                agreement_id: agreement_id(id),
                merchant_id: merchant_id(with),
                user_ref: user(by),
                template_id: TemplateId::new(template).unwrap(),
                kind: AgreementKind::Postpaid,
                plan: Plan {
                    amount_fen: 10_000,
                    period: None,
                    debits_per_period: None,
                },
                disclosed: true,
            },
        );
    }

    pub fn cancel(&mut self, id: &str, at: Instant) {
        self.agreement(
            id,
            at,
            agreement::Event::AgreementCancelled {
                party: CancelParty::User,
                reason: None,
            },
        );
    }
}

/// Rows in memory, as somebody outside would keep them.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<BTreeMap<(String, Vec<u8>), Vec<u8>>>);

impl Shelf {
    pub fn apply(&self, changes: Vec<RowChange>) {
        let mut rows = self.0.lock().unwrap();
        for change in changes {
            let place = (change.table.to_owned(), change.key);
            match change.value {
                Some(value) => rows.insert(place, value),
                None => rows.remove(&place),
            };
        }
    }

    pub fn put(&self, table: &str, key: &[u8], value: &[u8]) {
        let place = (table.to_owned(), key.to_vec());
        self.0.lock().unwrap().insert(place, value.to_vec());
    }
}

impl Backing for Shelf {
    fn row(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, BackingError> {
        let rows = self.0.lock().unwrap();
        Ok(rows.get(&(table.to_owned(), key.to_vec())).cloned())
    }

    fn rows(&self, table: &str, prefix: &[u8]) -> Result<Vec<EncodedRow>, BackingError> {
        let rows = self.0.lock().unwrap();
        Ok(rows
            .iter()
            .filter(|((of, key), _)| of == table && key.starts_with(prefix))
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect())
    }
}

/// All rows of all projections.
pub(crate) fn all_rows(models: &ReadModels) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    models
        .names()
        .into_iter()
        .flat_map(|(name, _)| models.rows(name).unwrap())
        .collect()
}

/// An edition with three tiers, the first without a rate.
pub(crate) fn edition() -> Edition {
    let line = |rounds| EntryLine {
        liable_rounds: Some(rounds),
        ..EntryLine::default()
    };
    let tier = |tier, enter| TierTerms {
        tier,
        authority: Authority::Automatic,
        measures: Vec::new(),
        enter,
    };
    Edition {
        name: EditionName::new("test").unwrap(),
        announced_at: hours(-24),
        effective_at: hours(-24),
        civil_offset: CivilOffset::from_seconds(8 * 3600),
        transition: Transition::Keep,
        notice_minimum_days: 30,
        clocks: Clocks {
            first_reply: Span::from_hours(24),
            refund_decision: Span::from_hours(72),
            resolution: Span::from_hours(72),
            evidence: Span::from_hours(72),
            rectification: Span::from_days(7),
            appeal_window: Span::from_days(7),
            appeal_decision: Span::from_days(15),
            refund_payment_working_days_max: 3,
            at_risk_percent: 75,
            future_skew: Span::from_ms(300_000),
            partner_grace: Span::from_hours(25),
            pause_reasons: Vec::new(),
        },
        calendar: Calendar {
            weekend: vec![Weekday::Saturday, Weekday::Sunday],
            holidays: Vec::new(),
            workdays: Vec::new(),
        },
        related_window: Span::from_days(30),
        remedy: RemedyTerms {
            rounding: Rounding::UpForUser,
            settlement_refund_after: Span::from_hours(24),
            settlement_refund_automatic_fen: 20_000,
        },
        automatic_grounds: vec![Ground::OutOfTime],
        standing: StandingTerms {
            window: Span::from_days(28),
            counted_rounds_per_user: 3,
            rate_without_volume_reached: true,
            step_down_after: Span::from_days(28),
            step_down_percent: 80,
        },
        tiers: vec![
            tier(Tier::Watch, vec![line(1)]),
            tier(Tier::T1, vec![line(2)]),
            tier(
                Tier::T2,
                vec![EntryLine {
                    rectification_overdue: true,
                    ..EntryLine::default()
                }],
            ),
        ],
        agreement: AgreementTerms {
            first_debit_without_reminder: Span::from_hours(12),
            reminder_before_debit: Span::from_hours(24),
            reminder_valid_for: Span::from_days(7),
        },
        intermediary: IntermediaryTerms {
            watch_merchants_at_t2: 2,
            t1_merchants_at_t2: 3,
            t1_percent_at_t2: 5,
            t1_percent_minimum_base: 20,
        },
        notice_channels: vec![Channel::InSite],
        industries: BTreeMap::new(),
    }
}
