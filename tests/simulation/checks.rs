//! What must hold of an engine and its log after a run, the model being the judge.

use std::collections::{BTreeMap, BTreeSet};

use redress_domain::event::{Event, Recorded};
use redress_domain::gate::Capability;
use redress_domain::identity::{MerchantId, StreamId, TemplateId, UserRef};
use redress_domain::text::PersonalText;
use redress_engine::{Engine, GateQuestion};
use redress_projections::repeats::RepeatsQuery;
use redress_store::vault::Unsealed;
use serde_json::{Value, json};

use crate::model::clock::KINDS;
use crate::model::fact::{Fact, milliseconds};
use crate::model::gate::Question;
use crate::model::terms::TIERS;
use crate::model::{Link, Miss, Model};
use crate::stand::{look_at, views};

/// What does not hold, in a sentence.
pub type Check = Result<(), String>;

/// Compares, and says what was compared where the two differ.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, engine: T, model: T) -> Check {
    if engine == model {
        return Ok(());
    }
    Err(format!(
        "{what}: the engine says {engine:?}, the model {model:?}"
    ))
}

/// Positions and versions without gaps, `recorded_at` that never goes back, ids given once.
pub fn in_order(facts: &[Fact]) -> Check {
    let mut versions: BTreeMap<&str, u64> = BTreeMap::new();
    let mut streams: BTreeMap<&str, &str> = BTreeMap::new();
    let mut last_recorded = i64::MIN;
    for (expected, fact) in (1..).zip(facts) {
        same("positions", fact.position, expected)?;
        let version = versions.entry(&fact.stream).or_default();
        same(&fact.stream, fact.version, *version)?;
        *version += 1;
        if fact.recorded < last_recorded {
            return Err(format!("recorded_at goes back at position {expected}"));
        }
        last_recorded = fact.recorded;
        let stream = streams.entry(&fact.command_id).or_insert(&fact.stream);
        same("one command, one stream", &*fact.stream, *stream)?;
    }
    Ok(())
}

/// Everything that the model works out.
pub fn agree(engine: &Engine, model: &Model, facts: &[Fact], now: i64) -> Check {
    misses(model, facts)?;
    links(model, facts)?;
    let shown = views(engine, look_at(now));
    for id in model.cases.keys() {
        case(model, id, &shown[&format!("complaint/{id}")], now)
            .map_err(|what| format!("complaint {id}: {what}"))?;
    }
    for id in model.merchants.keys() {
        merchant(model, id, &shown[&format!("merchant/{id}")], now)
            .map_err(|what| format!("merchant {id}: {what}"))?;
        repeats(engine, model, id, now).map_err(|what| format!("repeats of {id}: {what}"))?;
        gate(engine, model, id, now).map_err(|what| format!("gate of {id}: {what}"))?;
    }
    for (id, agreement) in &model.agreements {
        let view = &shown[&format!("agreement/{id}")];
        let ours = json!([
            agreement.state,
            agreement.paid_fen(),
            agreement.refunded_fen,
            agreement.debits.len(),
            agreement.plan
        ]);
        let debits = view["debits"].as_array().unwrap().len();
        let theirs = json!([
            view["state"],
            view["paid_fen"],
            view["refunded_fen"],
            debits,
            view["plan"]
        ]);
        same(&format!("agreement {id}"), theirs, ours)?;
    }
    Ok(())
}

/// Every deadline that passed was missed once, at its own instant and in its order.
fn misses(model: &Model, facts: &[Fact]) -> Check {
    let followed = |miss: &&Miss| !model.cases[&miss.complaint_id].lost_sight_of;
    let theirs: Vec<Miss> = facts
        .iter()
        .filter(|fact| fact.kind == "DeadlineMissed")
        .map(|fact| Miss {
            due: fact.instant("due_at").unwrap(),
            complaint_id: fact.id_of("complaint").unwrap().to_owned(),
            round: fact.fen("round"),
            kind: KINDS
                .iter()
                .position(|kind| *kind == fact.text("clock"))
                .unwrap(),
        })
        .collect();
    let mut ours = model.misses.iter().filter(followed);
    for theirs in theirs.iter().filter(followed) {
        same("deadlines missed", Some(theirs), ours.next())?;
    }
    same("deadlines missed", None, ours.next())
}

fn links(model: &Model, facts: &[Fact]) -> Check {
    let theirs: BTreeSet<Link> = facts
        .iter()
        .filter(|fact| fact.kind == "ComplaintLinked" && fact.is_of_engine())
        .map(|fact| Link {
            complaint_id: fact.id_of("complaint").unwrap().to_owned(),
            other: fact.text("other").to_owned(),
            kind: fact.text("kind").to_owned(),
        })
        .collect();
    let ours = model.links_by_filing.iter().cloned().collect();
    same("links that follow from filings", theirs, ours)
}

fn case(model: &Model, id: &str, view: &Value, now: i64) -> Check {
    let case = &model.cases[id];
    if case.lost_sight_of {
        return Ok(());
    }
    same("state", view["state"].as_str().unwrap(), case.state)?;
    let times = view["user_complaint_times"].as_u64().unwrap();
    same("user_complaint_times", times, case.user_complaint_times)?;
    let rounds = view["rounds"].as_array().unwrap();
    same("rounds", rounds.len(), case.rounds.len())?;
    for (shown, round) in rounds.iter().zip(&case.rounds) {
        let closed = milliseconds(&shown["closed_at"]).zip(shown["how"].as_str());
        same("closed", closed, round.closed)?;
        same(
            "opened",
            milliseconds(&shown["opened_at"]),
            Some(round.opened),
        )?;
        let names: BTreeSet<&str> = shown["clocks"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let known = round.clocks.iter().map(|clock| clock.kind).collect();
        same("clocks", names, known)?;
        for clock in &round.clocks {
            let shown = &shown["clocks"][clock.kind];
            let context = format!("{} of round {}", clock.kind, round.number);
            let phase = shown["phase"].as_str().unwrap();
            same(&context, phase, clock.phase(&case.pauses))?;
            let breached = clock.breached(&case.pauses, now);
            same(&context, shown["breached"] == true, breached)?;
            same(&context, milliseconds(&shown["met_at"]), clock.met)?;
            // While a pause goes on nobody can say when it will be due.
            if let Some(due) = clock.due(&case.pauses) {
                same(&context, milliseconds(&shown["due_at"]), Some(due))?;
            }
            let ended = clock.met.or(clock.void).unwrap_or(now);
            let over = clock
                .due(&case.pauses)
                .map_or(0, |due| (ended - due).max(0));
            same(&context, shown["overdue_ms"].as_i64().unwrap(), over)?;
        }
    }
    let (basis, owed) =
        crate::model::remedy::owed(&case.matter, case.rounds.len() as u64, &case.evidence);
    let remedy = &view["remedy"];
    let theirs = json!([
        remedy["basis"],
        remedy["owed_fen"],
        remedy["approved_fen"],
        remedy["refunded_fen"]
    ]);
    let ours = json!([basis, owed, case.approved_fen, case.refunded_fen]);
    same("remedy", theirs, ours)?;
    if case.refunded_fen > case.matter.paid_fen {
        return Err("more was refunded than was paid".to_owned());
    }
    let theirs: Vec<&str> = view["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|piece| piece["status"].as_str().unwrap())
        .collect();
    let status = |accepted| match accepted {
        None => "submitted",
        Some(true) => "accepted",
        Some(false) => "refused",
    };
    let ours = case.evidence.iter().map(|piece| status(piece.accepted));
    same("evidence", theirs, ours.collect())?;
    findings(model, id)
}

fn findings(model: &Model, id: &str) -> Check {
    let known = &model.judgements[id].findings;
    let theirs: BTreeSet<(&str, u64, &str)> = known
        .values()
        .filter(|finding| finding.automatic && finding.cause == "clock_missed")
        .map(|finding| {
            let clock = finding.clock.as_deref().unwrap();
            (finding.ground.as_str(), finding.round, clock)
        })
        .collect();
    let expected = model.findings_of_misses(id);
    // What met a clock late takes the finding back; dismissed ones stay dismissed.
    for (ground, round, clock, superseded) in &expected {
        let withdrawn = known.values().any(|finding| {
            finding.cause == "clock_missed"
                && finding.round == *round
                && finding.clock.as_deref() == Some(*clock)
                && finding.status == "withdrawn"
        });
        let dismissed = known.values().any(|finding| {
            finding.round == *round
                && finding.clock.as_deref() == Some(*clock)
                && finding.status == "dismissed"
        });
        if withdrawn != *superseded && !dismissed {
            return Err(format!(
                "finding {ground} of {clock} in round {round}: withdrawn is {withdrawn}, \
                 superseded {superseded}"
            ));
        }
    }
    let evidence_was_submitted = |round: u64| {
        model.cases[id]
            .evidence
            .iter()
            .any(|piece| piece.round == round)
    };
    let ours = expected
        .iter()
        // 4.1(3) is found where nothing was submitted at all.
        .filter(|(ground, round, _, _)| *ground != "4.1(3)" || !evidence_was_submitted(*round))
        .map(|(ground, round, clock, _)| (*ground, *round, *clock))
        .collect::<BTreeSet<_>>();
    let theirs = theirs
        .into_iter()
        .filter(|(ground, round, _)| *ground != "4.1(3)" || !evidence_was_submitted(*round))
        .collect();
    same("findings that follow from missed deadlines", theirs, ours)
}

fn merchant(model: &Model, id: &str, view: &Value, now: i64) -> Check {
    let party = &model.merchants[id];
    let figures = model.figures(id, now);
    let metrics = &view["standing"]["metrics"];
    let theirs: Vec<u64> = [
        "rounds",
        "closed_rounds",
        "repeat_rounds",
        "late_rounds",
        "liable_rounds",
        "liable_users",
        "debits",
    ]
    .iter()
    .map(|key| metrics[key].as_u64().unwrap())
    .collect();
    let ours = vec![
        figures.rounds,
        figures.closed_rounds,
        figures.repeat_rounds,
        figures.late_rounds,
        figures.liable_rounds,
        figures.liable_users,
        figures.debits,
    ];
    let followed = model
        .cases
        .values()
        .all(|case| case.merchant_id != id || !case.lost_sight_of);
    if followed {
        same("figures", theirs, ours)?;
        standing(model, id, view, now)?;
    }
    let theirs: Vec<&str> = view["measures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|measure| measure["status"].as_str().unwrap())
        .collect();
    let ours = party.measures.iter().map(|measure| measure.status);
    same("measures", theirs, ours.collect())
}

fn standing(model: &Model, id: &str, view: &Value, now: i64) -> Check {
    let place = |tier: &str| {
        TIERS
            .iter()
            .position(|one| *one == tier)
            .map_or(0, |n| n + 1)
    };
    let tier = view["standing"]["tier"].as_str().unwrap();
    let least = model.least_tier(id, now);
    if place(tier) < least {
        return Err(format!("tier {tier} is below {}", TIERS[least - 1]));
    }
    // Without anything that takes history back, tiers fall one by one, each after its time.
    let judgements = model.cases.values().filter(|case| case.merchant_id == id);
    let taken_back = judgements
        .map(|case| &model.judgements[&case.complaint_id])
        .any(|known| {
            known.determinations.values().any(|one| one.overturned)
                || known
                    .findings
                    .values()
                    .any(|finding| finding.status == "withdrawn")
        });
    let changes = &model.merchants[id].changes;
    for (before, (at, from, to)) in changes.iter().zip(changes.iter().skip(1)) {
        if taken_back || place(to) > place(from) {
            continue;
        }
        same("a step down", place(from) - place(to), 1)?;
        if at - before.0 < model.terms(*at).step_down_after {
            return Err(format!("{from} fell to {to} before its time"));
        }
    }
    Ok(())
}

fn repeats(engine: &Engine, model: &Model, id: &str, now: i64) -> Check {
    let users: BTreeSet<&str> = model
        .cases
        .values()
        .map(|case| case.user_ref.as_str())
        .collect();
    for user in std::iter::once(None).chain(users.into_iter().map(Some)) {
        let query = RepeatsQuery {
            merchant_id: Some(MerchantId::new(id).unwrap()),
            user_ref: user.map(|user| UserRef::new(user).unwrap()),
            ..RepeatsQuery::default()
        };
        let report = engine.repeats(&query, look_at(now)).unwrap().value;
        let ours = model.counts(id, user);
        same(
            &format!("of user {user:?}"),
            [
                report.repeat_rounds,
                report.related,
                report.concurrent,
                report.closed_rounds,
                report.complaints,
            ],
            [
                ours.repeat_rounds,
                ours.related,
                ours.concurrent,
                ours.closed_rounds,
                ours.complaints,
            ],
        )?;
    }
    Ok(())
}

fn gate(engine: &Engine, model: &Model, id: &str, now: i64) -> Check {
    let questions = [
        (Capability::Sign, Question::Sign { template_id: None }),
        (
            Capability::Sign,
            Question::Sign {
                template_id: Some("T1"),
            },
        ),
        (Capability::Debit, Question::Debit { amount_fen: 2_001 }),
        (Capability::PayScoreComplete, Question::PayScoreComplete),
        (Capability::MultiAccountSign, Question::MultiAccountSign),
    ];
    for (action, question) in questions {
        let (template_id, amount_fen) = match question {
            Question::Sign { template_id } => (template_id, None),
            Question::Debit { amount_fen } => (None, Some(amount_fen)),
            Question::PayScoreComplete | Question::MultiAccountSign => (None, None),
        };
        let asked = GateQuestion {
            merchant_id: MerchantId::new(id).unwrap(),
            action,
            template_id: template_id.map(|id| TemplateId::new(id).unwrap()),
            agreement_id: None,
            user_ref: None,
            amount_fen,
        };
        let answer = engine.gate(&asked, look_at(now)).unwrap().value.unwrap();
        let theirs = answer.refusal.as_ref().map(|refusal| refusal.code.as_str());
        same(
            &format!("{question:?}"),
            theirs,
            model.closed(id, question, now),
        )?;
        let reminder = model
            .measures_on(id, now)
            .iter()
            .any(|measure| measure.kind == "pre_debit_reminder");
        same("reminder_required", answer.reminder_required, reminder)?;
    }
    Ok(())
}

/// Texts of users whose keys were destroyed since cannot be read; all others can.
pub fn texts(engine: &Engine, model: &Model, log: &[Recorded]) -> Check {
    for recorded in log {
        let header = &recorded.header;
        let user = match &header.stream {
            StreamId::Complaint(id) => &model.cases[id.as_str()].user_ref,
            StreamId::Agreement(id) => &model.agreements[id.as_str()].user_ref,
            _ => continue,
        };
        let erased = model
            .erased
            .get(user)
            .is_some_and(|position| *position > header.position);
        let mut event: Event = recorded.event.clone();
        for (field, text) in event.texts_mut().into_iter().enumerate() {
            let PersonalText::Sealed { characters, bytes } = text else {
                return Err(format!("position {} keeps a text open", header.position));
            };
            let read = engine.unseal(&header.stream, header.version, field, bytes);
            match read.map_err(|error| error.to_string())? {
                Unsealed::Erased if erased => {}
                Unsealed::Text(text) if !erased => {
                    let read = String::from_utf8_lossy(&text).chars().count();
                    same("characters", u64::from(*characters), read as u64)?;
                }
                _ => {
                    return Err(format!(
                        "text {field} at position {}: whether it is erased is not {erased}",
                        header.position
                    ));
                }
            }
        }
    }
    Ok(())
}
