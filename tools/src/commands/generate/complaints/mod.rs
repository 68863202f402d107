//! One complaint from its filing to its end: answers in time, late or never; refunds, rejections,
//! explanations, settlements; users who go on, withdraw or confirm; reviewers.

mod outcome;
mod review;

use redress_domain::instant::{Instant, Span};
use serde_json::{Value, json};

use super::chance::Chance;
use super::feed::{By, Feed};
use super::market::{Manner, Merchant};
use super::words;

const REVIEWERS: [By<'static>; 3] = [
    By("reviewer", "reviewer-1"),
    By("reviewer", "reviewer-2"),
    By("reviewer", "reviewer-3"),
];

/// Rounds of one complaint at the most.
const ROUNDS_MAX: u64 = 4;

/// What a complaint is about.
#[derive(Clone, Debug)]
pub struct Matter {
    pub user: String,
    /// The merchant's place in the market.
    pub merchant: usize,
    pub agreement: Option<String>,
    /// Orders with what was paid for each, in fen.
    pub orders: Vec<(String, u64)>,
}

/// How a round ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Refund,
    Reject,
    Complete,
    Settle,
    ByUse,
    BillingError,
    Defective,
    Withdraw,
    Confirm,
    Never,
}

/// Tells one complaint. An instant says that it was closed then without all of the money; who
/// filed it may complain again.
pub fn story(
    complaint_id: &str,
    matter: &Matter,
    merchant: &Merchant,
    filed_at: Instant,
    chance: &mut Chance,
    feed: &mut Feed,
) -> Option<Instant> {
    let mut case = Case::file(complaint_id, matter, merchant, filed_at, chance, feed);
    let mut opened_at = filed_at;
    for round in 1..=ROUNDS_MAX {
        let end = case.end(chance);
        let closed_at = case.round(round, opened_at, end, chance, feed)?;
        case.erase_now_and_then(closed_at, chance, feed);
        if case.refunded || end == End::Withdraw {
            return None;
        }
        if !chance.percent(if end == End::Complete { 18 } else { 9 }) {
            return Some(closed_at);
        }
        opened_at = chance.hours_after(closed_at, 3, 300);
        case.user(opened_at, "complaint.continue", chance, feed);
    }
    None
}

/// A complaint while it is told.
struct Case<'a> {
    id: &'a str,
    matter: &'a Matter,
    merchant: &'a Merchant,
    problem: &'static str,
    paid_fen: u64,
    requested_fen: Option<u64>,
    refunded: bool,
    /// Pieces of evidence so far: the next has the number after it.
    evidence: u64,
    /// Whether nothing has been found that a reviewer did not find.
    blameless: bool,
    /// Whether the first finding is one that the edition has determined.
    determined: bool,
}

impl<'a> Case<'a> {
    fn file(
        id: &'a str,
        matter: &'a Matter,
        merchant: &'a Merchant,
        filed_at: Instant,
        chance: &mut Chance,
        feed: &mut Feed,
    ) -> Self {
        let problem = chance.weighted(
            &[
                (18, "agreement_not_recognised"),
                (20, "amount_not_recognised"),
                (42, "refund_request"),
                (12, "service_not_working"),
                (8, "other"),
            ],
            "other",
        );
        let enquiry = problem == "other" && matter.agreement.is_none() && chance.percent(40);
        let paid_fen: u64 = if enquiry {
            0
        } else {
            matter.orders.iter().map(|(_, amount)| amount).sum()
        };
        let names_amount = match problem {
            "refund_request" => 85,
            "agreement_not_recognised" => 50,
            "other" => 10,
            _ => 25,
        };
        let requested_fen = (!enquiry && chance.percent(names_amount)).then(|| {
            if chance.percent(75) {
                paid_fen
            } else {
                chance.between(1, paid_fen)
            }
        });
        let by_agent = chance.percent(20);
        let mut data = json!({
            "complaint_id": id,
            "merchant_id": merchant.id,
            "user_ref": matter.user,
            "problem": problem,
            "channel": if by_agent { "agent" } else { "self_service" },
            "description": chance.one_of(words::DESCRIPTIONS),
        });
        if enquiry {
            data["enquiry"] = true.into();
        } else {
            data["orders"] = matter
                .orders
                .iter()
                .map(|(order, amount)| json!({ "order_id": order, "amount_fen": amount }))
                .collect();
        }
        if let Some(agreement) = &matter.agreement {
            data["agreement_id"] = agreement.as_str().into();
        }
        if let Some(amount) = requested_fen {
            data["requested_refund_fen"] = amount.into();
        }
        if chance.percent(30) {
            data["contact"] = format!("+86 138 0000 {:04}", chance.below(10_000)).into();
        }
        if by_agent {
            // The user called; an agent of the platform wrote it down a little later.
            let occurred_at = filed_at.minus(Span::from_ms(
                i64::try_from(chance.between(20_000, 200_000)).unwrap_or(0),
            ));
            let by = By("service", "call-centre");
            feed.put_late(
                filed_at,
                occurred_at,
                "platform",
                "complaint.file",
                by,
                data,
            );
        } else {
            feed.put(filed_at, "complaint.file", By("user", &matter.user), data);
        }
        Self {
            id,
            matter,
            merchant,
            problem,
            paid_fen,
            requested_fen,
            refunded: false,
            evidence: 0,
            blameless: true,
            determined: false,
        }
    }

    fn asks_for_money(&self) -> bool {
        self.requested_fen.is_some() || self.problem == "refund_request"
    }

    /// How the round will end, by what is asked and by who answers.
    fn end(&self, chance: &mut Chance) -> End {
        let never = match self.merchant.manner {
            Manner::Prompt => 0,
            Manner::Slow => 1,
            Manner::Careless => 20,
            Manner::Silent => 75,
        };
        if chance.percent(never) {
            return End::Never;
        }
        if chance.percent(6) {
            return End::Withdraw;
        }
        if self.paid_fen == 0 {
            return End::Complete;
        }
        if self.asks_for_money() {
            let decides = [
                (52, End::Refund),
                (20, End::Reject),
                (6, End::Settle),
                (8, End::ByUse),
                (6, End::Confirm),
            ];
            let leaves_it_undecided = [(3, End::Defective), (5, End::Complete)];
            let choices = if self.merchant.manner == Manner::Prompt {
                decides.to_vec()
            } else {
                [&decides[..], &leaves_it_undecided].concat()
            };
            return chance.weighted(&choices, End::Refund);
        }
        let by_problem = match self.problem {
            "amount_not_recognised" => End::BillingError,
            "agreement_not_recognised" => End::ByUse,
            _ => End::Confirm,
        };
        chance.weighted(
            &[(55, End::Complete), (25, End::Refund), (20, by_problem)],
            End::Complete,
        )
    }

    /// One round; when it was closed, if it was.
    fn round(
        &mut self,
        round: u64,
        opened_at: Instant,
        end: End,
        chance: &mut Chance,
        feed: &mut Feed,
    ) -> Option<Instant> {
        if chance.percent(25) {
            let at = chance.minutes_after(opened_at, 10, 300);
            self.user(at, "complaint.message", chance, feed);
        }
        let (replied_at, late) = self.reply(opened_at, chance);
        if end == End::Never {
            self.blameless = false;
            self.refund_by_platform(opened_at, chance, feed);
            // policy pause: the edition names no reason, and says so.
            if chance.percent(4) {
                let data = json!({ "complaint_id": self.id, "reason": "platform_outage" });
                let at = chance.hours_after(opened_at, 20, 90);
                feed.put(at, "complaint.pause", REVIEWERS[0], data);
            }
            return None;
        }
        if end == End::Withdraw {
            let at = chance.hours_after(opened_at, 1, 20);
            self.user(at, "complaint.withdraw", chance, feed);
            if chance.percent(10) {
                // Refused: there is nothing left to talk about.
                let said_at = chance.hours_after(at, 1, 9);
                self.user(said_at, "complaint.message", chance, feed);
            }
            return Some(at);
        }
        self.determined |= late && self.blameless;
        self.blameless &= !late && round == 1;
        let text = chance.one_of(words::ANSWERS);
        let mut data = json!({ "text": text });
        if round > 1 && chance.percent(40) {
            data["media"] = json!([{ "media_id": format!("{}-{round}", self.id) }]);
            self.evidence += 1;
        }
        self.merchant(replied_at, "complaint.respond", data, chance, feed);
        if round > 1 && chance.percent(70) {
            let at = chance.minutes_after(replied_at, 1, 200);
            self.submit_evidence(at, chance, feed);
        }
        let decided_at = self.decision(opened_at, replied_at, late, end, chance);
        let closed_at = self.close(round, decided_at, end, chance, feed);
        self.review(closed_at, end, chance, feed);
        Some(closed_at)
    }

    /// When the merchant first answers, and whether that is too late.
    fn reply(&self, opened_at: Instant, chance: &mut Chance) -> (Instant, bool) {
        let late = chance.percent(match self.merchant.manner {
            Manner::Prompt => 0,
            Manner::Slow => 5,
            Manner::Careless => 40,
            Manner::Silent => 90,
        });
        let at = if late {
            chance.minutes_after(opened_at, 24 * 60 + 1, 100 * 60)
        } else {
            chance.minutes_after(opened_at, 3, 20 * 60)
        };
        (at, late)
    }

    /// When the merchant decides: within 72 hours, unless it is one that is late.
    fn decision(
        &mut self,
        opened_at: Instant,
        replied_at: Instant,
        late: bool,
        end: End,
        chance: &mut Chance,
    ) -> Instant {
        let slow = late
            || match self.merchant.manner {
                Manner::Prompt => false,
                Manner::Slow => chance.percent(4),
                Manner::Careless | Manner::Silent => chance.percent(40),
            };
        if slow {
            self.blameless = false;
            return chance.hours_after(replied_at, 4, 90);
        }
        // A few decide at the last instant that is in time (policy deadline-inclusive).
        if matches!(end, End::Reject | End::Complete) && chance.percent(2) {
            return opened_at.plus(Span::from_hours(72));
        }
        chance.minutes_after(replied_at, 240, 38 * 60)
    }

    /// An act of the merchant, or of the institution that speaks for it.
    fn merchant(
        &self,
        at: Instant,
        kind: &str,
        mut data: Value,
        chance: &mut Chance,
        feed: &mut Feed,
    ) {
        data["complaint_id"] = self.id.into();
        let by = match &self.merchant.institution {
            Some(institution) if chance.percent(10) => By("intermediary", institution),
            Some(_) | None => By("merchant", &self.merchant.id),
        };
        feed.put(at, kind, by, data);
    }

    /// An act of the user, with words where it has any.
    fn user(&self, at: Instant, kind: &str, chance: &mut Chance, feed: &mut Feed) {
        let mut data = json!({ "complaint_id": self.id });
        if kind != "complaint.withdraw" {
            data["text"] = chance.one_of(words::MESSAGES).into();
        }
        feed.put(at, kind, By("user", &self.matter.user), data);
    }

    /// Users may have their words destroyed.
    fn erase_now_and_then(&self, closed_at: Instant, chance: &mut Chance, feed: &mut Feed) {
        if chance.per_mille(3) {
            let at = chance.hours_after(closed_at, 500, 900);
            let data = json!({ "user_ref": self.matter.user, "reason": "the user asked for it" });
            feed.put(at, "user.erase", By("admin", "privacy-officer"), data);
        }
    }
}
