//! Who may ask what: every role against every command, and whose word may be passed on.

#[path = "../../crates/protocol/src/command/tests/examples.rs"]
mod examples;

use std::collections::BTreeSet;

use redress_domain::identity::{Actor, ActorId, Role, Trust};
use redress_engine::{Answer, EventRange, Submission, Submitter};
use redress_tests::testing::evidence::{self, Size};
use serde_json::json;

use crate::stand::{accept_all, accepted, in_memory, refused, submit};
use crate::story::{at, command, filing, instant, merchant};

const ON_COMPLAINTS: &str = "respond submit_evidence explain_billing reconfirm_plan record_usage \
    record_billing_error record_settlement approve_refund reject_refund complete";
const REVIEWS: &str = "message assess_evidence find_ground determine dismiss overturn link unlink \
    pause resume accept_late_fact refuse_late_fact";
const MEASURES: &str = "propose_measure impose_measure approve_measure refuse_measure lift_measure \
    record_notice accept_rectification refuse_rectification decide_appeal";
const SERVES: &str = "file request_refund record_usage record_billing_error record_settlement \
    record_defective_rejection record_refund confirm keep_note";
const AGREEMENTS: &str = "sign change_plan remind debit record_usage refund suspend resume cancel";

/// Section 1 of the interfaces, row by row, as `kind: acts`; besides, whoever may read a personal
/// text has that recorded.
fn allowed(role: Role) -> Vec<(&'static str, &'static str)> {
    let service = [
        ("complaint", SERVES),
        ("merchant", "register update report_volume record_notice"),
        ("intermediary", "register update record_notice"),
        ("agreement", AGREEMENTS),
    ];
    let risk = [("merchant", MEASURES), ("intermediary", MEASURES)];
    match role {
        Role::User => vec![
            (
                "complaint",
                "file request_refund message continue confirm withdraw",
            ),
            ("agreement", "sign cancel"),
        ],
        Role::Merchant => vec![
            ("complaint", ON_COMPLAINTS),
            (
                "merchant",
                "submit_rectification appeal accept_rulebook decline_rulebook",
            ),
            ("agreement", "cancel change_plan"),
        ],
        Role::Intermediary => vec![
            ("complaint", ON_COMPLAINTS),
            ("merchant", "submit_rectification appeal"),
            ("intermediary", "submit_rectification appeal"),
        ],
        Role::Reviewer => vec![("complaint", REVIEWS), ("user", "record_reading")],
        Role::Risk => [risk.as_slice(), &[("user", "record_reading")]].concat(),
        Role::Service => service.to_vec(),
        Role::Auditor => vec![],
        Role::Admin => [
            service.as_slice(),
            risk.as_slice(),
            &[
                ("complaint", REVIEWS),
                ("rulebook", "announce"),
                ("user", "erase record_reading"),
            ],
        ]
        .concat(),
        Role::Engine => vec![
            ("complaint", "observe link"),
            ("merchant", "observe"),
            ("intermediary", "observe record_coordination_failure"),
            ("agreement", "cancel"),
        ],
    }
}

#[test]
fn every_role_may_issue_exactly_its_commands() {
    let engine = in_memory();
    let mut checked = 0;
    for role in Role::ALL {
        let own: BTreeSet<String> = allowed(role)
            .into_iter()
            .flat_map(|(kind, acts)| {
                acts.split_whitespace()
                    .map(move |act| format!("{kind}.{act}"))
            })
            .collect();
        let names: BTreeSet<String> = examples::examples()
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        assert!(own.is_subset(&names), "{:?}", own.difference(&names));
        for (name, data) in examples::examples() {
            let document = json!({ "type": name, "data": data,
                "by": { "role": role.as_str(), "id": "somebody" } });
            let mut submission = command(document);
            submission.recorded_at = Some(instant("2026-05-01T09:00:00+08:00"));
            let code = match submit(&engine, &submission) {
                Answer::Refused(refusal) => refusal.refusal.code.as_str(),
                Answer::Accepted(_) => "accepted",
            };
            assert_eq!(
                code != "role_not_allowed",
                own.contains(name),
                "{} {name}: {code}",
                role.as_str()
            );
            checked += 1;
        }
    }
    assert_eq!(checked, 9 * examples::examples().len());
    assert!(examples::examples().len() > 70);
    let counted = [("pairs of role and command", checked as u64)];
    evidence::record("roles", Size::Fixed, &counted);
}

fn actor(role: Role, id: &str) -> Actor {
    Actor {
        role,
        id: ActorId::new(id).unwrap(),
    }
}

/// An answer of `M1` to a complaint, handed in by somebody who may claim these trusts.
fn response(claimed: Option<Trust>, submitter: &Actor, may_claim: &[Trust]) -> Submission {
    let text = format!("{claimed:?} {submitter:?} {may_claim:?}");
    let data = json!({ "complaint_id": "C1", "text": text });
    let mut submission = at(
        "2026-05-01T10:00:00+08:00",
        "merchant:M1",
        "complaint.respond",
        data,
    );
    submission.trust = claimed;
    submission.submitter = Submitter::Identity {
        actor: submitter.clone(),
        may_claim: may_claim.to_vec(),
    };
    submission
}

#[test]
fn only_who_is_entitled_to_it_passes_on_the_word_of_others() {
    let engine = in_memory();
    let start = "2026-05-01T09:00:00+08:00";
    accept_all(
        &engine,
        &[
            at(
                start,
                "service:onboarding",
                "merchant.register",
                merchant("M1"),
            ),
            at(
                start,
                "user:U1",
                "complaint.file",
                filing("C1", "U1", "charged twice"),
            ),
        ],
    );
    let itself = actor(Role::Merchant, "M1");
    let gateway = actor(Role::Service, "gateway");
    let allowed = [
        response(None, &itself, &[]),
        response(Some(Trust::OwnClaim), &itself, &[]),
        response(Some(Trust::OwnClaim), &gateway, &[]),
        response(Some(Trust::Platform), &gateway, &[Trust::Platform]),
        response(Some(Trust::Partner), &gateway, &[Trust::Partner]),
    ];
    for submission in &allowed {
        accepted(submit(&engine, submission));
    }
    let position = engine.last_position();
    let not_allowed = [
        response(Some(Trust::Platform), &itself, &[]),
        response(Some(Trust::Partner), &itself, &[]),
        response(Some(Trust::Platform), &gateway, &[]),
        response(Some(Trust::Platform), &gateway, &[Trust::Partner]),
        response(Some(Trust::Partner), &gateway, &[Trust::Platform]),
    ];
    for submission in &not_allowed {
        assert_eq!(refused(submit(&engine, submission)), "trust_not_allowed");
    }
    assert_eq!(engine.last_position(), position);

    // Who handed it in is recorded where that is somebody else.
    let mut submitters = Vec::new();
    engine
        .events(&EventRange::default(), |recorded| {
            if recorded.header.by == itself {
                submitters.push(recorded.header.submitted_by);
            }
            true
        })
        .unwrap();
    let by_gateway = Some(gateway);
    let expected = [&None, &None, &by_gateway, &by_gateway, &by_gateway];
    assert_eq!(submitters.iter().collect::<Vec<_>>(), expected);
}
