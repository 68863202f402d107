//! One complaint, told from the acts of people alone: what the engine added is not read, but
//! worked out again (domain.md sections 3 to 5).

use super::calendar::payment_due;
use super::clock::{Clock, Pause};
use super::fact::Fact;
use super::remedy::{Matter, owed};
use super::terms::{HOUR, Terms};

/// A round.
#[derive(Clone, Debug)]
pub struct Round {
    pub number: u64,
    pub opened: i64,
    pub closed: Option<(i64, &'static str)>,
    pub repeat: bool,
    pub clocks: Vec<Clock>,
}

/// A piece of evidence.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub round: u64,
    /// Whether it was accepted, once it was assessed.
    pub accepted: Option<bool>,
}

/// A complaint.
#[derive(Clone, Debug)]
pub struct Case {
    pub complaint_id: String,
    pub merchant_id: String,
    pub user_ref: String,
    pub agreement_id: Option<String>,
    pub order_ids: Vec<String>,
    pub filed: i64,
    pub rounds: Vec<Round>,
    pub state: &'static str,
    pub user_complaint_times: u64,
    pub matter: Matter,
    pub approved_fen: u64,
    pub refunded_fen: u64,
    pub refund_ids: Vec<String>,
    /// When the latest approval was given.
    approved: i64,
    /// When the latest refund came.
    last_money: i64,
    pub evidence: Vec<Evidence>,
    pub pauses: Vec<Pause>,
    pub late_facts: u64,
    /// Those that wait for a reviewer.
    pub waiting_facts: Vec<String>,
    /// A partner's word that waits for a reviewer: from then on the model does not follow it.
    pub lost_sight_of: bool,
}

const HOURS_72: i64 = 72 * HOUR;

impl Case {
    pub fn filed(fact: &Fact) -> Self {
        let orders = fact.data["orders"].as_array().unwrap();
        let paid_fen = orders
            .iter()
            .map(|order| order["amount_fen"].as_u64().unwrap())
            .sum();
        let problem = fact.text("problem").to_owned();
        let asked = fact.data["requested_refund_fen"].as_u64();
        let requested_fen = asked.or((problem == "refund_request").then_some(paid_fen));
        Self {
            complaint_id: fact.text("complaint_id").to_owned(),
            merchant_id: fact.text("merchant_id").to_owned(),
            user_ref: fact.text("user_ref").to_owned(),
            agreement_id: fact.data["agreement_id"].as_str().map(str::to_owned),
            order_ids: orders
                .iter()
                .map(|order| order["order_id"].as_str().unwrap().to_owned())
                .collect(),
            filed: fact.counted,
            rounds: Vec::new(),
            state: "pending",
            user_complaint_times: 1,
            matter: Matter {
                problem,
                paid_fen,
                refunded_before_fen: fact.fen("refunded_before_fen"),
                requested_fen,
                ..Matter::default()
            },
            approved_fen: 0,
            refunded_fen: 0,
            refund_ids: Vec::new(),
            approved: i64::MIN,
            last_money: i64::MIN,
            evidence: Vec::new(),
            pauses: Vec::new(),
            late_facts: 0,
            waiting_facts: Vec::new(),
            lost_sight_of: false,
        }
    }

    pub fn round(&self) -> &Round {
        self.rounds.last().unwrap()
    }

    fn round_mut(&mut self) -> &mut Round {
        self.rounds.last_mut().unwrap()
    }

    pub fn is_open(&self) -> bool {
        self.rounds
            .last()
            .is_some_and(|round| round.closed.is_none())
    }

    pub fn owed_fen(&self) -> u64 {
        owed(&self.matter, self.rounds.len() as u64, &self.evidence).1
    }

    /// Takes up an act of somebody; `terms` are those of the edition in force at its instant.
    pub fn act(&mut self, fact: &Fact, terms: &Terms) {
        let at = fact.counted;
        match fact.kind.as_str() {
            "RoundOpened" => self.open_round(at, terms),
            "RefundRequested" => {
                let amount = fact.fen("amount_fen");
                self.matter.requested_fen = Some(amount);
                // What was received before it was asked for is decided.
                if self.refunded_fen >= amount {
                    self.meet_open("refund_decision", at);
                } else if !self.has("refund_decision") {
                    self.start("refund_decision", at, HOURS_72);
                }
            }
            "MerchantResponded" => {
                self.begin_processing();
                if self.is_open() {
                    self.meet("first_reply", at);
                    let media = fact.data["media"].as_array().map_or(0, Vec::len);
                    if media > 0 && self.round().repeat {
                        self.submit(media, at);
                    }
                }
            }
            "EvidenceSubmitted" => self.submit(fact.data["evidence"].as_array().unwrap().len(), at),
            "EvidenceAccepted" | "EvidenceRefused" => {
                let number: usize = fact.text("evidence_id")[1..].parse().unwrap();
                self.evidence[number - 1].accepted = Some(fact.kind == "EvidenceAccepted");
            }
            "BillingExplained" => {
                self.matter.explained = true;
                self.meet("first_reply", at);
            }
            "PlanReconfirmed" => {
                self.matter.reconfirmed = true;
                self.meet("first_reply", at);
            }
            "UsageStated" => {
                self.matter.used.push((
                    fact.text("kind").to_owned(),
                    fact.fen("consumed_fen"),
                    evidence_number(fact),
                ));
            }
            "BillingErrorStated" => {
                self.matter
                    .errors
                    .push((fact.fen("error_fen"), evidence_number(fact)));
            }
            "SettlementReached" => {
                self.matter.settled_fen = Some(fact.fen("amount_fen"));
                self.meet("first_reply", at);
                self.meet("refund_decision", at);
                self.void_evidence(at);
            }
            "RefundApproved" => self.approve(fact),
            "RefundRejected" => {
                self.begin_processing();
                let pieces = fact.data["evidence"].as_array().unwrap().len();
                self.submit(pieces, at);
                self.meet("first_reply", at);
                self.meet("refund_decision", at);
                self.meet("resolution", at);
                self.close(at, "rejected");
            }
            "DefectiveRejectionRecorded" => self.begin_processing(),
            "RefundReceived" => self.receive(fact),
            "RoundClosed" if fact.text("how") == "completed" => {
                self.meet("first_reply", at);
                self.meet("resolution", at);
                self.close(at, "completed");
            }
            "RoundClosed" if fact.text("how") == "confirmed" => {
                self.void_everything(at);
                self.close(at, "confirmed");
            }
            "UserInsisted" => self.user_complaint_times += 1,
            "ComplaintWithdrawn" => {
                self.void_everything(at);
                self.close(at, "withdrawn");
                self.state = "withdrawn";
            }
            "ClocksPaused" => self.pauses.push(Pause {
                reason: fact.text("reason").to_owned(),
                from: at,
                until: None,
            }),
            "ClocksResumed" => {
                let running = self
                    .pauses
                    .iter_mut()
                    .find(|pause| pause.reason == fact.text("reason") && pause.until.is_none());
                if let Some(pause) = running {
                    pause.until = Some(at);
                }
            }
            "LateFactRecorded" => self.late(fact),
            "LateFactAccepted" | "LateFactRefused" => {
                self.waiting_facts.retain(|id| id != fact.text("fact_id"));
            }
            _ => {}
        }
    }

    fn open_round(&mut self, at: i64, terms: &Terms) {
        let repeat = !self.rounds.is_empty();
        if repeat {
            self.user_complaint_times += 1;
            for clock in self.rounds.iter_mut().flat_map(|round| &mut round.clocks) {
                if clock.kind != "refund_payment" {
                    clock.stop_mattering(at, &self.pauses);
                }
            }
        }
        let mut clocks = vec![
            Clock::new("first_reply", at, terms.first_reply),
            Clock::new("resolution", at, HOURS_72),
        ];
        let outstanding = self
            .matter
            .requested_fen
            .is_some_and(|requested| !repeat || self.refunded_fen < requested);
        if outstanding {
            clocks.push(Clock::new("refund_decision", at, HOURS_72));
        }
        if repeat {
            clocks.push(Clock::new("evidence", at, HOURS_72));
        }
        self.rounds.push(Round {
            number: self.rounds.len() as u64 + 1,
            opened: at,
            closed: None,
            repeat,
            clocks,
        });
        self.state = "pending";
    }

    fn approve(&mut self, fact: &Fact) {
        let at = fact.counted;
        self.begin_processing();
        self.approved_fen = fact.fen("amount_fen");
        self.approved = at;
        self.meet("first_reply", at);
        self.meet("refund_decision", at);
        if self.approved_fen >= self.owed_fen() {
            self.void_evidence(at);
        }
        let due = payment_due(at, fact.fen("launch_days"));
        self.promise_payment(at, due);
        self.receive_what_was_approved(at);
    }

    /// A later approval replaces an earlier one and keeps the sooner payment clock, in its own
    /// round; what was paid before stays as it was.
    fn promise_payment(&mut self, at: i64, due: i64) {
        let is_payment = |clock: &Clock| clock.kind == "refund_payment";
        let paid = self.refunded_fen >= self.approved_fen;
        let clocks = &self.round().clocks;
        if paid
            && clocks
                .iter()
                .any(|clock| is_payment(clock) && !clock.is_open())
        {
            return;
        }
        let mut promised = Clock::new("refund_payment", at, due - at);
        let pauses = self.pauses.clone();
        for clock in self.rounds.iter_mut().flat_map(|round| &mut round.clocks) {
            if is_payment(clock) && clock.is_open() {
                if clock.started + clock.runs <= due {
                    (promised.started, promised.runs) = (clock.started, clock.runs);
                }
                promised.missed = clock.missed;
                promised.missed_before = clock.missed;
                clock.stop_mattering(at, &pauses);
            }
        }
        let round = self.round_mut();
        promised.found = round
            .clocks
            .iter()
            .any(|clock| is_payment(clock) && (clock.missed || clock.found));
        round.clocks.retain(|clock| !is_payment(clock));
        round.clocks.push(promised);
    }

    fn receive(&mut self, fact: &Fact) {
        let at = fact.counted;
        let received_before = self.refunded_fen;
        self.refunded_fen += fact.fen("amount_fen");
        self.refund_ids.push(fact.text("refund_id").to_owned());
        self.last_money = self.last_money.max(at);
        if fact.data["by_platform"] == true {
            // It meets no clock of the merchant; once nothing more is owed, nothing runs on.
            if self.owed_fen() <= self.refunded_fen {
                self.void_everything(at);
                self.close(at, "refunded");
            }
            return;
        }
        if self
            .matter
            .requested_fen
            .is_some_and(|requested| self.refunded_fen >= requested)
        {
            self.meet("refund_decision", at);
        }
        // What had been received in full before closes nothing again.
        if received_before < self.approved_fen {
            self.receive_what_was_approved(at);
        }
    }

    /// Refunds that reach the approved amount keep the promise and close the round.
    fn receive_what_was_approved(&mut self, at: i64) {
        if self.approved_fen == 0 || self.refunded_fen < self.approved_fen {
            return;
        }
        // It is kept when both are there: the promise and the money.
        let at = at.max(self.last_money).max(self.approved);
        for clock in self.rounds.iter_mut().flat_map(|round| &mut round.clocks) {
            if clock.kind == "refund_payment" && clock.is_open() {
                clock.meet(at, &self.pauses);
            }
        }
        if self.is_open() {
            self.meet("resolution", at);
            self.close(at, "refunded");
        }
    }

    /// An act that came late meets the clocks of the round that was open then, and nothing else.
    fn late(&mut self, fact: &Fact) {
        self.late_facts += 1;
        // What waits for a reviewer, and money, can count twice: that is not followed here.
        if fact.data["awaits_review"] == true || fact.text("act") == "refund_received" {
            self.lost_sight_of = true;
            if fact.data["awaits_review"] == true {
                self.waiting_facts.push(fact.text("fact_id").to_owned());
            }
            return;
        }
        if fact.text("act") == "continued" {
            self.user_complaint_times += 1;
        }
        let at = fact.instant("claimed_at").unwrap();
        let met: &[&str] = match fact.text("act") {
            "responded" | "billing_explained" | "plan_reconfirmed" => &["first_reply"],
            "responded_with_evidence" => &["first_reply", "evidence"],
            "settlement_reached" | "refund_approved" => &["first_reply", "refund_decision"],
            "refund_rejected" => &["first_reply", "refund_decision", "resolution", "evidence"],
            "completed" => &["first_reply", "resolution"],
            "evidence_submitted" => &["evidence"],
            _ => &[],
        };
        let pauses = self.pauses.clone();
        let round = usize::try_from(fact.fen("round")).unwrap() - 1;
        for clock in &mut self.rounds[round].clocks {
            if met.contains(&clock.kind) {
                clock.meet(at, &pauses);
            }
        }
    }

    fn begin_processing(&mut self) {
        if self.state == "pending" && self.is_open() {
            self.state = "processing";
        }
    }

    fn submit(&mut self, pieces: usize, at: i64) {
        let round = self.rounds.len() as u64;
        self.evidence.extend((0..pieces).map(|_| Evidence {
            round,
            accepted: None,
        }));
        self.meet("evidence", at);
    }

    fn close(&mut self, at: i64, how: &'static str) {
        if self.is_open() {
            // What is said to have happened before the round opened, closed it as it opened.
            let round = self.round_mut();
            round.closed = Some((at.max(round.opened), how));
            self.state = "processed";
        }
    }

    fn has(&self, kind: &str) -> bool {
        self.round().clocks.iter().any(|clock| clock.kind == kind)
    }

    fn start(&mut self, kind: &'static str, at: i64, runs: i64) {
        self.round_mut().clocks.push(Clock::new(kind, at, runs));
    }

    fn meet(&mut self, kind: &str, at: i64) {
        let pauses = self.pauses.clone();
        for clock in &mut self.round_mut().clocks {
            if clock.kind == kind {
                clock.meet(at, &pauses);
            }
        }
    }

    fn meet_open(&mut self, kind: &str, at: i64) {
        let clocks = &self.round().clocks;
        if clocks
            .iter()
            .any(|clock| clock.kind == kind && clock.is_open())
        {
            self.meet(kind, at);
        }
    }

    fn void_evidence(&mut self, at: i64) {
        let pauses = self.pauses.clone();
        for clock in &mut self.round_mut().clocks {
            if clock.kind == "evidence" {
                clock.stop_mattering(at, &pauses);
            }
        }
    }

    fn void_everything(&mut self, at: i64) {
        for clock in self.rounds.iter_mut().flat_map(|round| &mut round.clocks) {
            clock.stop_mattering(at, &self.pauses);
        }
    }
}

fn evidence_number(fact: &Fact) -> Option<usize> {
    fact.data["proof"].as_str()?[1..].parse().ok()
}
