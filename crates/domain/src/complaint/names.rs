//! The ids that the engine gives within a complaint, and the words that its states are told in.

use core::fmt;

use crate::naming::named;

macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident, $letter:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// Reads the letter and a number without leading zeros; `None` for anything else.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                crate::measure::parse_numbered($letter, text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!($letter, "{}"), self.0)
            }
        }
    )*};
}

numbered! {
    /// A piece of evidence, `e1`, `e2`, … in order of appearance.
    EvidenceId, "e";
    /// A finding, `f1`, `f2`, …
    FindingId, "f";
    /// A determination, `d1`, `d2`, …
    DeterminationId, "d";
    /// A late fact, `l1`, `l2`, …
    FactId, "l";
}

named! {
    /// What a complaint is about (rulebook 2.2).
    Problem {
        /// rulebook 2.2(1)
        AgreementNotRecognised => "agreement_not_recognised",
        /// rulebook 2.2(2)
        AmountNotRecognised => "amount_not_recognised",
        /// rulebook 2.2(3)
        RefundRequest => "refund_request",
        /// The service paid for does not work.
        ServiceNotWorking => "service_not_working",
        /// Anything else.
        Other => "other",
    }
    /// Where a complaint was raised (rulebook 1.6).
    ComplaintChannel {
        /// With human agents.
        Agent => "agent",
        /// In the product.
        SelfService => "self_service",
    }
    /// Where a complaint stands.
    ComplaintState {
        /// The merchant has not acted.
        Pending => "pending",
        /// The merchant has acted.
        Processing => "processing",
        /// The round is closed.
        Processed => "processed",
        /// The user withdrew.
        Withdrawn => "withdrawn",
    }
    /// How a round ended.
    CloseReason {
        /// The merchant called it complete.
        Completed => "completed",
        /// The user confirmed.
        Confirmed => "confirmed",
        /// A valid rejection.
        Rejected => "rejected",
        /// The refund has come.
        Refunded => "refunded",
        /// The user withdrew.
        Withdrawn => "withdrawn",
    }
    /// How far the service was used (rulebook 2.2(1)).
    UsageKind {
        /// Not at all.
        Unused => "unused",
        /// In part.
        Partly => "partly",
        /// Wholly.
        Fully => "fully",
    }
    /// How two complaints belong together.
    LinkKind {
        /// Filed within the window after the earlier one was closed (policy related-window).
        Related => "related",
        /// Filed while the earlier one is open.
        Concurrent => "concurrent",
    }
    /// Where a piece of evidence stands.
    EvidenceStatus {
        /// Not assessed.
        Submitted => "submitted",
        /// It shows what it is said to show.
        Accepted => "accepted",
        /// It does not.
        Refused => "refused",
    }
    /// Where a finding stands.
    FindingStatus {
        /// Neither determined nor dismissed.
        Open => "open",
        /// A determination rests on it.
        Determined => "determined",
        /// A reviewer said that it does not hold.
        Dismissed => "dismissed",
        /// What it rested on has fallen away.
        Withdrawn => "withdrawn",
    }
    /// Where a determination stands.
    DeterminationStatus {
        /// It holds.
        Standing => "standing",
        /// A person must look again.
        UnderReview => "under_review",
        /// It fell.
        Overturned => "overturned",
    }
    /// Where a late fact stands.
    LateFactStatus {
        /// A reviewer must say whether it counts.
        AwaitsReview => "awaits_review",
        /// It counts.
        Counted => "counted",
        /// It does not count.
        Refused => "refused",
    }
    /// The six grounds of rulebook 4.1.
    Ground {
        /// rulebook 4.1(1): not handled within the guide's limits.
        OutOfTime => "4.1(1)",
        /// rulebook 4.1(2): billing period and amount not explained clearly.
        NotExplained => "4.1(2)",
        /// rulebook 4.1(3): repeat complaint and no valid evidence.
        RepeatWithoutEvidence => "4.1(3)",
        /// rulebook 4.1(4): no easy way to query, cancel or return.
        NoEasyExit => "4.1(4)",
        /// rulebook 4.1(5): not handled promptly, effectively and properly.
        NotHandledProperly => "4.1(5)",
        /// rulebook 4.1(6): any breach of the guides or the operating rules.
        RuleBreached => "4.1(6)",
    }
    /// An act that came late, by what it does to clocks.
    LateAct {
        /// An answer to the user.
        Responded => "responded",
        /// An explanation of the billing rule.
        BillingExplained => "billing_explained",
        /// Plan and service explained again.
        PlanReconfirmed => "plan_reconfirmed",
        /// A settlement.
        SettlementReached => "settlement_reached",
        /// An approval.
        RefundApproved => "refund_approved",
        /// A valid rejection.
        RefundRejected => "refund_rejected",
        /// A close by the merchant.
        Completed => "completed",
        /// Evidence.
        EvidenceSubmitted => "evidence_submitted",
        /// Money received.
        RefundReceived => "refund_received",
        /// An answer with files: also evidence in a repeat round.
        RespondedWithEvidence => "responded_with_evidence",
        /// A request of the user.
        RefundRequested => "refund_requested",
        /// The user went on.
        Continued => "continued",
        /// The user confirmed.
        Confirmed => "confirmed",
        /// The user withdrew.
        Withdrew => "withdrew",
        /// A defective rejection.
        DefectivelyRejected => "defectively_rejected",
    }
}
