//! Refusals: answers by a rule, with stable codes. A failure of a disk is never one of these.

use alloc::string::String;

use crate::measure::MeasureId;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident => $text:literal;)*) => {
        /// The stable code of a refusal, as other programs know it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])* $name,)* }

        impl Code {
            /// Every code, for lists and for tests that reach each.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as written in answers.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What the code stands for, in a sentence for people.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),*).trim_ascii(),)* }
            }
        }
    };
}

codes! {
    /// The role may not issue this command.
    RoleNotAllowed => "role_not_allowed";
    /// Another merchant's, intermediary's or user's.
    NotYourCase => "not_your_case";
    /// The submitter may not claim this trust.
    TrustNotAllowed => "trust_not_allowed";
    /// No such merchant.
    MerchantUnknown => "merchant_unknown";
    /// No such complaint.
    ComplaintUnknown => "complaint_unknown";
    /// No such agreement.
    AgreementUnknown => "agreement_unknown";
    /// No such intermediary.
    IntermediaryUnknown => "intermediary_unknown";
    /// The stream is not at the version that the caller saw.
    VersionConflict => "version_conflict";
    /// The id was used before, with another body.
    CommandIdReused => "command_id_reused";
    /// The act is said to have happened later than now.
    OccurredInFuture => "occurred_in_future";
    /// The merchant is registered already.
    MerchantExists => "merchant_exists";
    /// The agreement's id is taken.
    AgreementExists => "agreement_exists";
    /// The intermediary is registered already.
    IntermediaryExists => "intermediary_exists";
    /// The complaint's id is taken.
    ComplaintExists => "complaint_exists";
    /// A sub-merchant without its institution (rulebook 1.1).
    InstitutionMissing => "institution_missing";
    /// A dispute without orders.
    OrdersMissing => "orders_missing";
    /// More than was paid.
    RefundAbovePaid => "refund_above_paid";
    /// Less than an approval given before.
    RefundBelowApproved => "refund_below_approved";
    /// The round is closed.
    RoundClosed => "round_closed";
    /// A text is missing.
    TextMissing => "text_missing";
    /// A text is too long.
    TextTooLong => "text_too_long";
    /// More media than allowed.
    TooManyMedia => "too_many_media";
    /// The complaint is withdrawn.
    Withdrawn => "withdrawn";
    /// No evidence at all (rulebook 3(1).1.1).
    EvidenceMissing => "evidence_missing";
    /// A digest that is not 64 hexadecimal characters.
    DigestMalformed => "digest_malformed";
    /// No such evidence in this complaint.
    EvidenceUnknown => "evidence_unknown";
    /// The evidence has been assessed.
    AlreadyAssessed => "already_assessed";
    /// More consumed than paid.
    ConsumedAbovePaid => "consumed_above_paid";
    /// An error greater than what was paid.
    ErrorAbovePaid => "error_above_paid";
    /// A settlement without the user's agreement.
    UserAgreementMissing => "user_agreement_missing";
    /// A reason is missing.
    ReasonMissing => "reason_missing";
    /// A rejection where no refund was requested.
    NoRefundRequested => "no_refund_requested";
    /// How the complaint was resolved is missing.
    ResolutionMissing => "resolution_missing";
    /// No such late fact.
    FactUnknown => "fact_unknown";
    /// Decided already.
    AlreadyDecided => "already_decided";
    /// The link exists.
    LinkExists => "link_exists";
    /// The edition does not name this reason for a pause.
    PauseReasonNotInEdition => "pause_reason_not_in_edition";
    /// Not one of the six grounds of rulebook 4.1.
    GroundUnknown => "ground_unknown";
    /// A rationale is missing.
    RationaleMissing => "rationale_missing";
    /// No such finding.
    FindingUnknown => "finding_unknown";
    /// No such determination.
    DeterminationUnknown => "determination_unknown";
    /// The reviewer who determined may not overturn.
    SameReviewer => "same_reviewer";
    /// No such measure.
    MeasureUnknown => "measure_unknown";
    /// The measure is not proposed any more.
    NotProposed => "not_proposed";
    /// The proposer does not approve.
    OwnProposal => "own_proposal";
    /// One approval a person.
    AlreadyApprovedByYou => "already_approved_by_you";
    /// What the approval rests on has changed since it was read.
    StaleBasis => "stale_basis";
    /// The measure is not in force.
    MeasureNotInForce => "measure_not_in_force";
    /// Whoever proposed or approved a measure does not decide the appeal.
    OwnDecision => "own_decision";
    /// The appeal came too late.
    AppealWindowOver => "appeal_window_over";
    /// A statement is missing.
    StatementMissing => "statement_missing";
    /// A summary is missing.
    SummaryMissing => "summary_missing";
    /// The description of a measure of kind `other` is missing.
    DescriptionMissing => "description_missing";
    /// A decline without its written notice (rulebook 5).
    WrittenNoticeMissing => "written_notice_missing";
    /// The name of a merchant or an intermediary is missing.
    NameMissing => "name_missing";
    /// A measure names at least one determination or other reference.
    GroundsMissing => "grounds_missing";
    /// The agreement is not active.
    AgreementNotActive => "agreement_not_active";
    /// At most one live agreement per merchant, template and user.
    AgreementLive => "agreement_live";
    /// More than the plan allows in one debit.
    AmountAbovePlan => "amount_above_plan";
    /// More often than the plan allows.
    DebitsPerPeriodReached => "debits_per_period_reached";
    /// The service agreement has ended (rulebook 4.2(8), 5).
    ServiceEnded => "service_ended";
    /// The password-free service is suspended (rulebook 4.2(8)).
    ServiceSuspended => "service_suspended";
    /// A payment permission is closed (rulebook 4.2(9)).
    PaymentClosed => "payment_closed";
    /// Debits are suspended (rulebook 4.2(5)).
    DebitSuspended => "debit_suspended";
    /// New sign-ups are suspended (rulebook 4.2(4)).
    SigningSuspended => "signing_suspended";
    /// A limit of rulebook 4.2(6) is reached.
    LimitExceeded => "limit_exceeded";
    /// No reminder before this debit (rulebook 4.2(3), policy reminder).
    ReminderMissing => "reminder_missing";
    /// The order was not debited under this agreement.
    OrderUnknown => "order_unknown";
    /// The notice is shorter than the edition in force asks (rulebook 5).
    NoticeTooShort => "notice_too_short";
    /// The edition's name is taken.
    EditionExists => "edition_exists";
    /// The edition has a wrong value.
    EditionInvalid => "edition_invalid";
    /// No such edition.
    EditionUnknown => "edition_unknown";
    /// The announcement is dated before it was made.
    AnnouncedInPast => "announced_in_past";
    /// The events are larger than a stored event may be.
    EventTooLarge => "event_too_large";
    /// A timestamp without an offset.
    TimestampWithoutOffset => "timestamp_without_offset";
    /// A key that the command does not know.
    FieldUnknown => "field_unknown";
    /// A key that the command needs.
    FieldMissing => "field_missing";
    /// A value that the command cannot take.
    FieldInvalid => "field_invalid";
}

/// An answer by a rule: nothing is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// The clause that asks for it, if one does.
    pub clause: Option<&'static str>,
    /// A sentence for people.
    pub message: String,
    /// The measure behind it, for answers of the gate.
    pub measure_id: Option<MeasureId>,
    /// What would lift that measure.
    pub cure: Option<String>,
}

impl Refusal {
    /// A refusal with its sentence, without a clause.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            clause: None,
            message: message.into(),
            measure_id: None,
            cure: None,
        }
    }

    /// The same refusal, citing the clause that asks for it.
    #[must_use]
    pub fn citing(mut self, clause: &'static str) -> Self {
        self.clause = Some(clause);
        self
    }
}
