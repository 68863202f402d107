//! What a command must be answered, as far as the specification says it in words: who may, whose
//! it is, which version, and the codes in the order of the tables.

use serde_json::Value;

use super::Model;
use super::case::Case;
use super::gate::Question;

/// A command as the model sees it.
pub struct Asked<'a> {
    pub kind: &'a str,
    pub role: &'a str,
    pub by: &'a str,
    pub data: &'a Value,
    pub expected_version: Option<i64>,
    /// The instant at which it is recorded.
    pub recorded: i64,
    /// The instant it claims, where it does.
    pub occurred: Option<i64>,
}

/// What must come back: nothing is said where the specification leaves room, or where the model
/// does not follow.
pub type Expected = Option<Result<(), &'static str>>;

const ACCEPTED: Expected = Some(Ok(()));

const fn refused(code: &'static str) -> Expected {
    Some(Err(code))
}

const USER: &str = "complaint.file complaint.request_refund complaint.message complaint.continue \
    complaint.confirm complaint.withdraw agreement.sign agreement.cancel";
const ON_COMPLAINTS: &str = "complaint.respond complaint.submit_evidence complaint.explain_billing \
    complaint.reconfirm_plan complaint.record_usage complaint.record_billing_error \
    complaint.record_settlement complaint.approve_refund complaint.reject_refund complaint.complete";
const MERCHANT: &str = "merchant.submit_rectification merchant.appeal merchant.accept_rulebook \
    merchant.decline_rulebook agreement.cancel agreement.change_plan";
const INTERMEDIARY: &str = "merchant.submit_rectification merchant.appeal \
    intermediary.submit_rectification intermediary.appeal";
const REVIEWER: &str = "complaint.message complaint.assess_evidence complaint.find_ground \
    complaint.determine complaint.dismiss complaint.overturn complaint.link complaint.unlink \
    complaint.pause complaint.resume complaint.accept_late_fact complaint.refuse_late_fact";
const MEASURES: [&str; 8] = [
    "propose_measure",
    "approve_measure",
    "refuse_measure",
    "impose_measure",
    "lift_measure",
    "accept_rectification",
    "refuse_rectification",
    "decide_appeal",
];
const SERVICE: &str = "complaint.file complaint.request_refund complaint.record_usage \
    complaint.record_billing_error complaint.record_settlement \
    complaint.record_defective_rejection complaint.record_refund complaint.confirm \
    complaint.keep_note merchant.register merchant.update merchant.report_volume \
    merchant.record_notice intermediary.register intermediary.update intermediary.record_notice";

/// By those who handle cases, when they read what a user wrote.
const READING: &str = "user.record_reading";

/// The table of roles of interfaces.md; nothing where a role is told of in general words.
fn role_may(role: &str, kind: &str) -> Option<bool> {
    let listed = |list: &str| list.split_whitespace().any(|name| name == kind);
    let measure = kind
        .split_once('.')
        .is_some_and(|(_, act)| MEASURES.contains(&act));
    let service = listed(SERVICE) || kind.starts_with("agreement.");
    let risk = measure || kind.ends_with(".record_notice");
    Some(match role {
        "user" => listed(USER),
        "merchant" => listed(ON_COMPLAINTS) || listed(MERCHANT),
        "intermediary" => listed(ON_COMPLAINTS) || listed(INTERMEDIARY),
        "reviewer" => listed(REVIEWER) || kind == READING,
        "risk" => risk || kind == READING,
        "service" => service,
        "auditor" => false,
        "admin" => {
            listed(REVIEWER)
                || risk
                || service
                || matches!(kind, READING | "rulebook.announce" | "user.erase")
        }
        _ => return None,
    })
}

impl Model {
    /// The answer that a command must get, the model being where the log was before it.
    pub fn expects(&self, asked: &Asked<'_>) -> Expected {
        if asked
            .occurred
            .is_some_and(|then| then > asked.recorded + 5 * 60_000)
        {
            return refused("occurred_in_future");
        }
        if !role_may(asked.role, asked.kind)? {
            return refused("role_not_allowed");
        }
        let (sort, act) = asked.kind.split_once('.')?;
        let id = asked.data[format!("{sort}_id").as_str()]
            .as_str()
            .unwrap_or_default();
        let known = match sort {
            "complaint" => self.cases.contains_key(id) || act == "file",
            "merchant" => self.merchants.contains_key(id) || act == "register",
            "agreement" => self.agreements.contains_key(id) || act == "sign",
            "intermediary" => self.intermediaries.contains_key(id) || act == "register",
            _ => true,
        };
        if !known {
            return refused(match sort {
                "complaint" => "complaint_unknown",
                "merchant" => "merchant_unknown",
                "agreement" => "agreement_unknown",
                _ => "intermediary_unknown",
            });
        }
        if !self.owns(asked, sort, id) {
            return refused("not_your_case");
        }
        if let Some(expected) = asked.expected_version {
            let stream = if sort == "rulebook" {
                sort.to_owned()
            } else if sort == "user" {
                format!("user-{}", asked.data["user_ref"].as_str()?)
            } else {
                format!("{sort}-{id}")
            };
            let actual = self
                .versions
                .get(&stream)
                .map_or(-1, |version| i64::try_from(*version).unwrap());
            if actual != expected {
                return refused("version_conflict");
            }
        }
        // What is told late falls where its instant lies: that is the clocks' matter.
        if asked.occurred.is_some_and(|then| then < asked.recorded) {
            return None;
        }
        match sort {
            "complaint" if act == "file" => self.filing(asked, id),
            "complaint" => self.case_act(act, asked, &self.cases[id]),
            "agreement" => self.agreement_act(act, asked, id),
            "merchant" => self.merchant_act(act, asked, id),
            _ => None,
        }
    }

    /// Whether the matter is of the one who acts: of the user, of the merchant, or of one of the
    /// merchant's intermediaries.
    fn owns(&self, asked: &Asked<'_>, sort: &str, id: &str) -> bool {
        let data = |key: &str| asked.data[key].as_str();
        let (user, merchant) = match sort {
            "complaint" => match self.cases.get(id) {
                _ if asked.kind == "complaint.file" => (data("user_ref"), data("merchant_id")),
                case => (
                    case.map(|case| case.user_ref.as_str()),
                    case.map(|case| case.merchant_id.as_str()),
                ),
            },
            "agreement" => match self.agreements.get(id) {
                Some(known) => (
                    Some(known.user_ref.as_str()),
                    Some(known.merchant_id.as_str()),
                ),
                None => (data("user_ref"), data("merchant_id")),
            },
            "merchant" => (None, Some(id)),
            _ => (None, None),
        };
        // rulebook 1.5
        let names_anothers = data("agreement_id")
            .filter(|_| asked.kind == "complaint.file")
            .and_then(|named| self.agreements.get(named))
            .is_some_and(|known| known.user_ref != asked.by);
        match asked.role {
            "user" => user == Some(asked.by) && !names_anothers,
            "merchant" => merchant == Some(asked.by),
            "intermediary" if sort == "intermediary" => id == asked.by,
            "intermediary" => merchant
                .and_then(|merchant| self.merchants.get(merchant))
                .is_some_and(|party| {
                    party
                        .intermediaries
                        .iter()
                        .flatten()
                        .any(|known| known == asked.by)
                }),
            _ => true,
        }
    }

    fn filing(&self, asked: &Asked<'_>, id: &str) -> Expected {
        let orders = asked.data["orders"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let paid: u64 = orders
            .iter()
            .filter_map(|order| order["amount_fen"].as_u64())
            .sum();
        if !self
            .merchants
            .contains_key(asked.data["merchant_id"].as_str()?)
        {
            refused("merchant_unknown")
        } else if self.cases.contains_key(id) {
            refused("complaint_exists")
        } else if orders.is_empty() && asked.data["enquiry"] != true {
            refused("orders_missing")
        } else if asked.data["requested_refund_fen"].as_u64().unwrap_or(0) > paid {
            refused("refund_above_paid")
        } else if orders.is_empty() || asked.data["agreement_id"].is_string() {
            None
        } else {
            ACCEPTED
        }
    }

    fn case_act(&self, act: &str, asked: &Asked<'_>, case: &Case) -> Expected {
        let data = asked.data;
        let empty = |key: &str| data[key].as_str().unwrap_or_default().is_empty();
        let pieces = data["evidence"].as_array().map_or(0, Vec::len);
        let amount = data["amount_fen"].as_u64().unwrap_or(0);
        let malformed = data["evidence"].as_array().is_some_and(|pieces| {
            pieces.iter().any(|piece| {
                piece["sha256"]
                    .as_str()
                    .is_some_and(|digest| digest.len() != 64)
            })
        });
        let withdrawn = case.state == "withdrawn";
        let left = case.matter.paid_fen - case.matter.refunded_before_fen.min(case.matter.paid_fen);
        // What an agreement refunded before narrows what is left; how far is not said everywhere.
        let narrowed = case.matter.refunded_before_fen > 0;
        match act {
            "request_refund"
            | "explain_billing"
            | "reconfirm_plan"
            | "record_defective_rejection"
            | "confirm"
                if !case.is_open() =>
            {
                refused("round_closed")
            }
            "request_refund" if amount > case.matter.paid_fen => refused("refund_above_paid"),
            "request_refund" if narrowed => None,
            "respond" if empty("text") => refused("text_missing"),
            "respond" if data["text"].as_str()?.chars().count() > 500 => refused("text_too_long"),
            "respond" if data["media"].as_array().map_or(0, Vec::len) > 4 => {
                refused("too_many_media")
            }
            "message" if withdrawn => refused("withdrawn"),
            "explain_billing" | "message" if empty("text") => refused("text_missing"),
            "submit_evidence" if pieces == 0 => refused("evidence_missing"),
            "submit_evidence" if malformed => refused("digest_malformed"),
            // Whether the digest or the round is looked at first is not said.
            "reject_refund" if malformed => None,
            "record_usage" if data["consumed_fen"].as_u64()? > case.matter.paid_fen => {
                refused("consumed_above_paid")
            }
            "record_billing_error" if data["error_fen"].as_u64()? > case.matter.paid_fen => {
                refused("error_above_paid")
            }
            "record_usage" | "record_billing_error" if data["proof"].is_string() => None,
            "record_settlement" if data["user_agreed"] != true => refused("user_agreement_missing"),
            "record_settlement" if amount > left => None,
            "approve_refund" if amount > case.matter.paid_fen => refused("refund_above_paid"),
            "approve_refund" if narrowed => None,
            "approve_refund" if amount < case.approved_fen => refused("refund_below_approved"),
            "approve_refund" | "continue" | "withdraw" if withdrawn => refused("withdrawn"),
            "reject_refund" if empty("reason") => refused("reason_missing"),
            "reject_refund" if pieces == 0 => refused("evidence_missing"),
            "reject_refund" | "complete" if !case.is_open() => refused("round_closed"),
            "reject_refund" if case.matter.requested_fen.is_none() => {
                refused("no_refund_requested")
            }
            "complete" if empty("resolution") => refused("resolution_missing"),
            "record_refund"
                if case
                    .refund_ids
                    .iter()
                    .any(|known| data["refund_id"] == known.as_str()) =>
            {
                ACCEPTED
            }
            "record_refund" if narrowed || withdrawn => None,
            "record_refund" if case.refunded_fen + amount > case.matter.paid_fen => {
                refused("refund_above_paid")
            }
            "assess_evidence" => self.assessment(asked, case),
            "pause" | "resume" => {
                let reasons = &self.terms(asked.recorded).pause_reasons;
                let named = reasons
                    .iter()
                    .any(|reason| data["reason"] == reason.as_str());
                (!named).then_some(Err("pause_reason_not_in_edition"))
            }
            "determine" | "dismiss" | "overturn" | "find_ground" => {
                self.judgement(act, asked, case)
            }
            "link" | "unlink" | "accept_late_fact" | "refuse_late_fact" | "keep_note" => None,
            _ => ACCEPTED,
        }
    }

    fn assessment(&self, asked: &Asked<'_>, case: &Case) -> Expected {
        let number: usize = asked.data["evidence_id"].as_str()?[1..].parse().ok()?;
        match case.evidence.get(number.checked_sub(1)?) {
            None if case.lost_sight_of || case.late_facts > 0 => None,
            None => refused("evidence_unknown"),
            Some(piece) if piece.accepted.is_some() => refused("already_assessed"),
            // An empty text has its own code, which is last in every row of the table.
            Some(_) if asked.data["reason"] == "" => refused("reason_missing"),
            Some(_) => ACCEPTED,
        }
    }

    fn judgement(&self, act: &str, asked: &Asked<'_>, case: &Case) -> Expected {
        let known = &self.judgements[&case.complaint_id];
        let silent = asked.data["rationale"]
            .as_str()
            .unwrap_or_default()
            .is_empty();
        match act {
            "find_ground" => {
                let ground = asked.data["ground"].as_str()?;
                let is_ground = (1..=6).any(|number| ground == format!("4.1({number})"));
                if !is_ground {
                    refused("ground_unknown")
                } else if silent {
                    refused("rationale_missing")
                } else {
                    None
                }
            }
            "overturn" => {
                let id = asked.data["determination_id"].as_str()?;
                match known.determinations.get(id) {
                    None => refused("determination_unknown"),
                    Some(one) if one.overturned => None,
                    Some(one) if one.reviewer.as_deref() == Some(asked.by) => {
                        refused("same_reviewer")
                    }
                    Some(_) if silent => refused("rationale_missing"),
                    Some(_) => ACCEPTED,
                }
            }
            _ => {
                let ids = asked.data["finding_ids"].as_array()?;
                let mut findings = Vec::new();
                for id in ids {
                    match known.findings.get(id.as_str()?) {
                        None => return refused("finding_unknown"),
                        Some(finding) => findings.push(finding),
                    }
                }
                if findings.is_empty() {
                    None
                } else if silent {
                    refused("rationale_missing")
                } else if findings.iter().any(|finding| finding.status != "open") {
                    refused("already_decided")
                } else {
                    ACCEPTED
                }
            }
        }
    }

    fn agreement_act(&self, act: &str, asked: &Asked<'_>, id: &str) -> Expected {
        let at = asked.recorded;
        let data = asked.data;
        let Some(agreement) = self.agreements.get(id) else {
            return self.signing(data, at);
        };
        let amount = data["amount_fen"].as_u64().unwrap_or(0);
        match act {
            "sign" => refused("agreement_exists"),
            "debit" => {
                let order = data["order_id"].as_str()?;
                if agreement.debits.iter().any(|(known, _, _)| known == order) {
                    return ACCEPTED;
                }
                match self.against_debit(agreement, amount, at) {
                    Some(code) => refused(code),
                    None => ACCEPTED,
                }
            }
            "cancel" if asked.role == "user" && agreement.is_live() => ACCEPTED,
            _ => None,
        }
    }

    fn signing(&self, data: &Value, at: i64) -> Expected {
        let merchant_id = data["merchant_id"].as_str()?;
        if !self.merchants.contains_key(merchant_id) {
            return refused("merchant_unknown");
        }
        let template_id = data["template_id"].as_str();
        if let Some(code) = self.closed(merchant_id, Question::Sign { template_id }, at) {
            return refused(code);
        }
        let live = self.agreements.values().any(|other| {
            other.is_live()
                && other.merchant_id == merchant_id
                && Some(other.template_id.as_str()) == template_id
                && data["user_ref"] == other.user_ref.as_str()
        });
        if live {
            refused("agreement_live")
        } else {
            ACCEPTED
        }
    }

    fn merchant_act(&self, act: &str, asked: &Asked<'_>, id: &str) -> Expected {
        let measure_id = asked.data["measure_id"].as_str();
        let party = self.merchants.get(id);
        match act {
            "register" if party.is_some() => refused("merchant_exists"),
            "report_volume" => ACCEPTED,
            "approve_measure"
            | "refuse_measure"
            | "lift_measure"
            | "appeal"
            | "decide_appeal"
            | "submit_rectification"
            | "accept_rectification"
            | "refuse_rectification"
            | "record_notice" => match party?.measure(measure_id?) {
                None => refused("measure_unknown"),
                Some(measure) if act == "approve_measure" && measure.status != "proposed" => {
                    refused("not_proposed")
                }
                Some(_) => None,
            },
            _ => None,
        }
    }
}
