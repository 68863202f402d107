//! The story: a merchant that does not answer, one that tries, and the people who judge.

use serde_json::{Value, json};

use super::stage::{Stage, Who};
use crate::failure::Failure;
use crate::wording::{self, counted};

/// The merchant that climbs the ladder.
pub const CLIMBER: &str = "M-CLOUD";
/// The merchant that mostly does well.
const STEADY: &str = "M-FIT";
/// A complaint that nobody answered in time.
pub const MISSED: &str = "C-2001";
/// The complaint whose texts are erased.
pub const ERASED: &str = "C-2002";
/// The complaint that comes back.
const REPEATED: &str = "C-1002";
/// The complaint whose answer was seen, and told late.
const SEEN_LATE: &str = "C-2301";
/// The complaint whose determination does not stand.
const OVERTURNED: &str = "C-2302";
/// The template that users sign up on.
const TEMPLATE: &str = "TPL-MONTHLY";

const SERVICE: Who = ("service", "platform");
const CLOUD: Who = ("merchant", CLIMBER);
const FIT: Who = ("merchant", STEADY);
const REVIEWER: Who = ("reviewer", "R-HE");
const OTHER_REVIEWER: Who = ("reviewer", "R-LIN");
const RISK: Who = ("risk", "K-SUN");
const OTHER_RISK: Who = ("risk", "K-TAO");
const THIRD_RISK: Who = ("risk", "K-YU");

/// Users of the waves of complaints. Together with the two before them they are enough for the
/// tiers of the default edition that the story needs.
const FIRST_USERS: [&str; 2] = ["U-11", "U-12"];
const MORE_USERS: [&str; 6] = ["U-11", "U-12", "U-13", "U-14", "U-15", "U-16"];
const MANY_USERS: [&str; 10] = [
    "U-13", "U-14", "U-15", "U-16", "U-17", "U-18", "U-19", "U-20", "U-21", "U-22",
];

/// Tells the whole story.
pub fn tell(stage: &mut Stage) -> Result<(), Failure> {
    complaints_arrive(stage)?;
    clocks_break(stage)?;
    a_complaint_comes_back(stage)?;
    the_ladder(stage)?;
    four_eyes(stage)?;
    a_late_fact(stage)?;
    an_overturned_determination(stage)?;
    an_appeal(stage)?;
    erasure(stage)?;
    proof(stage)
}

fn complaints_arrive(stage: &mut Stage) -> Result<(), Failure> {
    stage.act("Complaints arrive")?;
    stage.tell(
        "Two merchants debit their users without a password. A user signs up with one of them, is \
         debited, and complains; others complain too. What users write is sealed with a key of \
         their own before it reaches the log.",
    )?;
    for (merchant, name, industry) in [
        (CLIMBER, "Cloud Lockers", "unattended"),
        (STEADY, "Fit Club", "general"),
    ] {
        stage.quietly(
            SERVICE,
            "merchant.register",
            json!({
                "merchant_id": merchant, "kind": "direct", "industry": industry, "name": name,
            }),
        )?;
        stage.quietly(
            SERVICE,
            "merchant.report_volume",
            json!({
                "merchant_id": merchant, "day": "2026-03-01", "debits": 9000, "users": 4100,
            }),
        )?;
    }
    stage.does(
        ("user", "U-CHEN"),
        "agreement.sign",
        json!({
            "agreement_id": "A-1", "merchant_id": CLIMBER, "user_ref": "U-CHEN",
            "template_id": TEMPLATE, "kind": "periodic", "disclosed": true,
            "plan": { "amount_fen": 1500, "period": "P1M", "debits_per_period": 1 },
        }),
    )?;
    stage.does(
        SERVICE,
        "agreement.debit",
        json!({
            "agreement_id": "A-1", "order_id": "O-2001", "amount_fen": 1500,
        }),
    )?;
    stage.at("10m")?;
    stage.does(
        ("user", "U-LI"),
        "complaint.file",
        json!({
            "complaint_id": "C-1001", "merchant_id": STEADY, "user_ref": "U-LI",
            "problem": "refund_request", "channel": "self_service",
            "orders": [{ "order_id": "O-1001", "amount_fen": 9900 }], "requested_refund_fen": 9700,
            "description": "charged again after I had given the pass back",
        }),
    )?;
    stage.at("20m")?;
    stage.does(
        ("user", "U-ZHAO"),
        "complaint.file",
        json!({
            "complaint_id": REPEATED, "merchant_id": STEADY, "user_ref": "U-ZHAO",
            "problem": "amount_not_recognised", "channel": "agent",
            "orders": [{ "order_id": "O-1002", "amount_fen": 3000 }],
            "description": "thirty yuan where I expected twenty",
        }),
    )?;
    stage.at("30m")?;
    stage.does(
        ("user", "U-CHEN"),
        "complaint.file",
        json!({
            "complaint_id": MISSED, "merchant_id": CLIMBER, "user_ref": "U-CHEN",
            "problem": "agreement_not_recognised", "channel": "self_service", "agreement_id": "A-1",
            "orders": [{ "order_id": "O-2001", "amount_fen": 1500 }],
            "description": "I never wanted a monthly locker",
        }),
    )?;
    stage.at("1h")?;
    stage.does(
        ("user", "U-WANG"),
        "complaint.file",
        json!({
            "complaint_id": ERASED, "merchant_id": CLIMBER, "user_ref": "U-WANG",
            "problem": "refund_request", "channel": "self_service",
            "orders": [{ "order_id": "O-2002", "amount_fen": 4500 }], "requested_refund_fen": 4500,
            "description": "locker 14 did not open, my sister waited at the station",
        }),
    )?;
    stage.at("3h")?;
    stage.tell("Fit Club answers, and pays back what was asked for: the round closes in time.")?;
    stage.does(
        FIT,
        "complaint.respond",
        json!({
            "complaint_id": "C-1001", "text": "We see the return, the refund is on its way.",
        }),
    )?;
    stage.at("5h")?;
    stage.does(
        FIT,
        "complaint.approve_refund",
        json!({
            "complaint_id": "C-1001", "amount_fen": 9700, "launch_days": 0,
        }),
    )?;
    stage.at("6h")?;
    stage.does(
        SERVICE,
        "complaint.record_refund",
        json!({
            "complaint_id": "C-1001", "refund_id": "R-1", "amount_fen": 9700,
        }),
    )?;
    stage.tell("The other case it closes without explaining how it bills, which it owed.")?;
    stage.does(
        FIT,
        "complaint.complete",
        json!({
            "complaint_id": REPEATED, "resolution": "the amount is right",
        }),
    )?;
    stage.at("20h")?;
    stage.tell("Early next morning, the queue shows who must act next, and until when.")?;
    stage.show_queue()
}

fn clocks_break(stage: &mut Stage) -> Result<(), Failure> {
    stage.act("Clocks break")?;
    stage.tell(
        "A first reply is due within 24 hours of filing (guide first-reply). \"Within\" includes \
         the last instant. This is the case at exactly that instant, and a millisecond later:",
    )?;
    stage.at("24h30m")?;
    stage.tell(&first_reply(stage, MISSED)?)?;
    stage.at("24h30m0.001s")?;
    stage.tell(&first_reply(stage, MISSED)?)?;
    stage.tell(
        "The missed clock is a finding under rulebook 4.1(1). The default edition takes the \
         determination on that ground by itself (guide overdue); on any other a reviewer must.",
    )?;
    stage.show_complaint(MISSED)?;
    stage.at("27h")?;
    stage.tell(
        "Cloud Lockers now rejects the other refund. Without evidence that is no decision, and no \
         clock stops; with it the round closes, but the first reply was late.",
    )?;
    stage.is_refused(
        CLOUD,
        "complaint.reject_refund",
        json!({
            "complaint_id": ERASED, "reason": "the locker was opened", "evidence": [],
        }),
    )?;
    stage.at("28h")?;
    stage.does(
        CLOUD,
        "complaint.reject_refund",
        json!({
            "complaint_id": ERASED, "reason": "the locker was opened",
            "evidence": [{ "kind": "usage_log", "media_id": "F-77" }],
        }),
    )
}

/// How the first reply of a complaint's round stands, in the view's own words.
fn first_reply(stage: &Stage, id: &str) -> Result<String, Failure> {
    let complaint = stage.view(&format!("complaint/{id}"))?;
    let clock = complaint
        .pointer("/clocks/first_reply")
        .cloned()
        .unwrap_or_default();
    let text = |key: &str| clock.get(key).and_then(Value::as_str).unwrap_or_default();
    let overdue = clock.get("overdue_ms").and_then(Value::as_u64).unwrap_or(0);
    let late = match overdue {
        0 => String::new(),
        _ => format!(", {} late", wording::span(overdue)),
    };
    Ok(format!(
        "{}: first reply due {}: {}{late}.",
        id.split('?').next().unwrap_or(id),
        wording::shown(text("due_at")),
        wording::words(text("status")),
    ))
}

fn a_complaint_comes_back(stage: &mut Stage) -> Result<(), Failure> {
    stage.act("A complaint comes back")?;
    stage.tell(
        "Fit Club had closed the case about the amount without a word on how it bills (rulebook \
         2.2(2)). The user continues: that is a repeat complaint (guide repeat), with a second \
         round and clocks of its own. Both are findings for a reviewer.",
    )?;
    stage.at("30h")?;
    stage.does(
        ("user", "U-ZHAO"),
        "complaint.continue",
        json!({
            "complaint_id": REPEATED, "text": "nobody told me why",
        }),
    )?;
    stage.at("31h")?;
    stage.does(
        FIT,
        "complaint.submit_evidence",
        json!({
            "complaint_id": REPEATED, "evidence": [{ "kind": "price_list", "media_id": "F-12" }],
        }),
    )?;
    stage.does(
        FIT,
        "complaint.explain_billing",
        json!({
            "complaint_id": REPEATED, "text": "Twenty for the class, ten for the locker.",
        }),
    )?;
    stage.at("33h")?;
    stage.does(
        REVIEWER,
        "complaint.determine",
        json!({
            "complaint_id": REPEATED, "finding_ids": ["f2"],
            "rationale": "closed with no word on how the amount came about",
        }),
    )?;
    stage.show_complaint(REPEATED)
}

fn the_ladder(stage: &mut Stage) -> Result<(), Failure> {
    stage.act("A merchant climbs the ladder")?;
    stage.tell(
        "More users of Cloud Lockers complain, and nobody answers them. Standing counts liable \
         rounds and users in a rolling window against reported volume (policy window). At the \
         first tier a rectification is ordered by itself; higher ones ask for people.",
    )?;
    wave(stage, "34h", 2101, &FIRST_USERS)?;
    stage.at("58h0.001s")?;
    stage.show_merchant(CLIMBER)?;
    wave(stage, "60h", 2201, &MORE_USERS)?;
    stage.at("84h0.001s")?;
    stage.tell(
        "The next tier proposes measures that one person of risk must agree to. One is agreed to \
         at once: users are reminded before every debit.",
    )?;
    stage.is_refused(
        CLOUD,
        "merchant.approve_measure",
        json!({
            "merchant_id": CLIMBER, "measure_id": "m2", "seen_position": stage.position(),
        }),
    )?;
    stage.does(
        RISK,
        "merchant.approve_measure",
        json!({
            "merchant_id": CLIMBER, "measure_id": "m2", "seen_position": stage.position(),
        }),
    )
}

/// Complaints that nobody will answer, one by each of these users.
fn wave(stage: &mut Stage, at: &str, first: usize, users: &[&'static str]) -> Result<(), Failure> {
    stage.quietly_at(at)?;
    for (number, user) in (first..).zip(users) {
        stage.quietly(
            ("user", user),
            "complaint.file",
            json!({
                "complaint_id": format!("C-{number}"), "merchant_id": CLIMBER, "user_ref": user,
                "problem": "other", "channel": "self_service",
                "orders": [{ "order_id": format!("O-{number}"), "amount_fen": 1500 }],
                "description": "nobody answers",
            }),
        )?;
    }
    stage.tell(&format!(
        "{} against {CLIMBER} arrive, the first of them C-{first}; nobody answers.",
        counted(users.len() as u64, "complaint"),
    ))
}

fn four_eyes(stage: &mut Stage) -> Result<(), Failure> {
    stage.act("Four eyes, and the gate closes")?;
    wave(stage, "96h", 2301, &MANY_USERS)?;
    stage.at("120h0.001s")?;
    stage.tell(
        "New sign-ups may now be stopped (rulebook 4.2(4)), when two different people agree \
         (policy four-eyes). So far the gate, which services ask before they sign, is open:",
    )?;
    stage.ask_gate(CLIMBER, TEMPLATE)?;
    stage.at("121h")?;
    let seen = stage.position();
    let approval = json!({
        "merchant_id": CLIMBER, "measure_id": "m4", "seen_position": seen,
    });
    stage.does(RISK, "merchant.approve_measure", approval.clone())?;
    stage.is_refused(RISK, "merchant.approve_measure", approval)?;
    stage.tell(
        "A second person reads the case. Before that person decides, another measure is agreed \
         to: an approval that rests on what was seen before is refused until it is read again.",
    )?;
    let read = stage.position();
    stage.does(
        RISK,
        "merchant.approve_measure",
        json!({
            "merchant_id": CLIMBER, "measure_id": "m3", "seen_position": read,
        }),
    )?;
    stage.at("122h")?;
    stage.is_refused(
        OTHER_RISK,
        "merchant.approve_measure",
        json!({
            "merchant_id": CLIMBER, "measure_id": "m4", "seen_position": read,
        }),
    )?;
    stage.does(
        OTHER_RISK,
        "merchant.approve_measure",
        json!({
            "merchant_id": CLIMBER, "measure_id": "m4", "seen_position": stage.position(),
        }),
    )?;
    stage.ask_gate(CLIMBER, TEMPLATE)?;
    stage.tell("The same answer meets a user who tries to sign:")?;
    stage.is_refused(
        ("user", "U-NEW"),
        "agreement.sign",
        json!({
            "agreement_id": "A-2", "merchant_id": CLIMBER, "user_ref": "U-NEW",
            "template_id": TEMPLATE, "kind": "periodic", "disclosed": true,
            "plan": { "amount_fen": 1500, "period": "P1M", "debits_per_period": 1 },
        }),
    )?;
    stage.show_merchant(CLIMBER)
}

fn a_late_fact(stage: &mut Stage) -> Result<(), Failure> {
    stage.act("A fact that comes late")?;
    stage.tell(
        "The platform's gateway delivers a reply that it had seen in time. Nothing is edited: a \
         superseding event takes the miss back, and the finding and the determination with it. \
         Standing is judged anew at once, and a measure that rested on it waits for a person to \
         look at it again.",
    )?;
    stage.at("125h")?;
    let before = stage.position();
    stage.tells_late(
        CLOUD,
        "complaint.respond",
        json!({ "complaint_id": SEEN_LATE, "text": "We have reset the locker." }),
        "118h",
    )?;
    stage.does(
        CLOUD,
        "complaint.complete",
        json!({
            "complaint_id": SEEN_LATE, "resolution": "locker reset, fee waived",
        }),
    )?;
    stage.tell(&format!(
        "{} The measure m4 is now {}.",
        first_reply(stage, SEEN_LATE)?,
        state_of_measure(stage, "m4")?,
    ))?;
    let earlier = first_reply(stage, &format!("{SEEN_LATE}?as_of={before}"))?;
    stage.tell(&format!(
        "Asked for what was known at position {before}, the answer is still the one of then: \
         {earlier}"
    ))
}

/// How a measure of the climbing merchant stands, in the view's own words.
fn state_of_measure(stage: &Stage, id: &str) -> Result<String, Failure> {
    let merchant = stage.view(&format!("merchant/{CLIMBER}"))?;
    let measures = merchant.get("measures").and_then(Value::as_array);
    let measure = measures
        .into_iter()
        .flatten()
        .find(|measure| measure.get("measure_id").and_then(Value::as_str) == Some(id));
    let Some(measure) = measure else {
        return Err(Failure::Failed(format!("{CLIMBER} has no measure {id}")));
    };
    let status = measure.get("status").and_then(Value::as_str);
    let is_under_review = measure.get("under_review").and_then(Value::as_bool) == Some(true);
    let review = if is_under_review {
        " and under review"
    } else {
        ""
    };
    Ok(format!(
        "{}{review}",
        wording::words(status.unwrap_or_default())
    ))
}

fn an_overturned_determination(stage: &mut Stage) -> Result<(), Failure> {
    stage.act("A determination is overturned")?;
    stage.tell(
        "A reviewer finds that one of the misses was not the merchant's. The determination falls; \
         the record of it stays. One that a reviewer took can only fall by another reviewer.",
    )?;
    stage.at("126h")?;
    stage.does(
        OTHER_REVIEWER,
        "complaint.overturn",
        json!({
            "complaint_id": OVERTURNED, "determination_id": "d1",
            "rationale": "the platform's channel had lost the reply",
        }),
    )?;
    stage.does(
        CLOUD,
        "complaint.complete",
        json!({
            "complaint_id": OVERTURNED, "resolution": "paid back at the counter",
        }),
    )?;
    stage.is_refused(
        REVIEWER,
        "complaint.overturn",
        json!({
            "complaint_id": REPEATED, "determination_id": "d1", "rationale": "on second thought",
        }),
    )
}

fn an_appeal(stage: &mut Stage) -> Result<(), Failure> {
    stage.act("An appeal succeeds")?;
    stage.tell(
        "Cloud Lockers appeals against the stop of sign-ups (policy appeal). Who proposed or \
         approved the measure may not decide on it. It is revoked, and the gate opens.",
    )?;
    stage.at("127h")?;
    stage.does(
        CLOUD,
        "merchant.appeal",
        json!({
            "merchant_id": CLIMBER, "measure_id": "m4",
            "statement": "two of the misses it rests on were not ours",
        }),
    )?;
    stage.at("130h")?;
    let decision = json!({
        "merchant_id": CLIMBER, "measure_id": "m4", "outcome": "revoke",
        "rationale": "the tier is not reached without them",
    });
    stage.is_refused(RISK, "merchant.decide_appeal", decision.clone())?;
    stage.does(THIRD_RISK, "merchant.decide_appeal", decision)?;
    stage.ask_gate(CLIMBER, TEMPLATE)?;
    stage.show_merchant(CLIMBER)
}

fn erasure(stage: &mut Stage) -> Result<(), Failure> {
    stage.act("A user's texts are erased")?;
    let before = stage.what_was_written(ERASED)?;
    stage.tell(&format!(
        "What the user of {ERASED} wrote on filing: {before}"
    ))?;
    stage.at("134h")?;
    stage.does(
        ("admin", "D-QIAN"),
        "user.erase",
        json!({
            "user_ref": "U-WANG", "reason": "asked for by the user",
        }),
    )?;
    let after = stage.what_was_written(ERASED)?;
    stage.tell(&format!("And now: {after}."))?;
    stage.tell(
        "The case, its clocks and its digests are untouched: the log holds what nobody can read \
         any more.",
    )?;
    stage.show_queue()
}

fn proof(stage: &mut Stage) -> Result<(), Failure> {
    stage.act("Everything still verifies")?;
    let (events, rows) = stage.prove()?;
    stage.tell(&format!(
        "{}: every checksum, position, version and link of the chains holds. Folded anew from the \
         first event, {} of the read models are the same, byte for byte.",
        counted(events, "event"),
        counted(rows, "row"),
    ))
}
