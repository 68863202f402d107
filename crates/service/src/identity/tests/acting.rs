//! As whom somebody acts: as itself, or, marked, for others with the trust that goes with the mark.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::stand::{Stand, approve, file, register, sign};
use crate::configuration::Configuration;
use crate::identity::setting::Mark;

async fn refused(stand: &Stand, credential: &str, command: &Value, status: u16, code: &str) {
    let answered = stand.command(credential, command).await;
    assert_eq!(
        (answered.status.as_u16(), answered.code()),
        (status, code),
        "{}",
        answered.document
    );
}

fn claiming(command: &Value, trust: &str) -> Value {
    let mut command = command.clone();
    command["trust"] = trust.into();
    command
}

#[tokio::test]
async fn an_ordinary_identity_acts_as_itself_only() {
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let merchant = stand.key("merchant", "M1");
    let other = approve("C2", "M2");
    refused(&stand, &merchant, &other, 403, "identity_mismatch").await;
    let mut same_id = approve("C1", "M1");
    same_id["by"]["role"] = "reviewer".into();
    refused(&stand, &merchant, &same_id, 403, "identity_mismatch").await;
    let mut silent = approve("C1", "M1");
    silent.as_object_mut().unwrap().remove("by");
    stand.accepted(&merchant, &silent).await;
    let last = stand
        .events()
        .into_iter()
        .rfind(|recorded| recorded.event.name() == "RefundApproved")
        .unwrap();
    assert_eq!(last.header.by.id.as_str(), "M1");
    assert_eq!(last.header.submitted_by, None, "it submitted its own act");
}

#[tokio::test]
async fn what_is_not_theirs_is_refused_and_what_their_role_may_not() {
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let merchant = stand.key("merchant", "M1");
    let mut of_others = approve("C2", "M1");
    of_others["by"]["id"] = "M1".into();
    refused(&stand, &merchant, &of_others, 403, "not_your_case").await;
    let user = stand.key("user", "U1");
    let mut decides = approve("C1", "M1");
    decides["by"] = json!({ "role": "user", "id": "U1" });
    refused(&stand, &user, &decides, 403, "role_not_allowed").await;
    refused(
        &stand,
        &user,
        &file("C9", "U2", "M1"),
        403,
        "identity_mismatch",
    )
    .await;
    let mut for_another = file("C9", "U2", "M1");
    for_another["by"]["id"] = "U1".into();
    refused(&stand, &user, &for_another, 403, "not_your_case").await;
}

#[tokio::test]
async fn a_user_files_on_its_own_agreement() {
    // rulebook 1.5
    let stand = Stand::new(Configuration::default());
    let gateway = stand.filled().await;
    let user = stand.key("user", "U1");
    let on = |complaint_id: &str, agreement_id: &str| {
        let mut filing = file(complaint_id, "U1", "M1");
        filing["data"]["agreement_id"] = agreement_id.into();
        filing
    };
    let others = on("C9", "A2");
    refused(&stand, &user, &others, 403, "not_your_case").await;
    let for_the_user = claiming(&others, "platform");
    refused(&stand, &gateway, &for_the_user, 403, "not_your_case").await;
    stand.accepted(&user, &on("C9", "A1")).await;
    // An agreement that is not recorded here is nobody else's.
    stand.accepted(&user, &on("C10", "A9")).await;
    // A service says what it was told, of whomever.
    let mut told = on("C11", "A2");
    told["by"] = json!({ "role": "service", "id": "gateway" });
    stand.accepted(&gateway, &told).await;
}

#[tokio::test]
async fn an_auditor_writes_nothing() {
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let auditor = stand.key("auditor", "A1");
    let before = stand.service.engine.last_position();
    for mut command in [
        register("M9"),
        file("C9", "U1", "M1"),
        approve("C1", "M1"),
        sign("A9", "U1", "M1"),
    ] {
        command["by"] = json!({ "role": "auditor", "id": "A1" });
        refused(&stand, &auditor, &command, 403, "role_not_allowed").await;
    }
    assert_eq!(stand.service.engine.last_position(), before);
    for path in [
        "/v1/complaints/C1",
        "/v1/merchants/M2",
        "/v1/queue",
        "/v1/sla",
        "/v1/repeats",
    ] {
        assert_eq!(
            stand.get(&auditor, path).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_gateway_submits_for_others_and_both_are_in_the_event() {
    let stand = Stand::new(Configuration::default());
    let gateway = stand.filled().await;
    stand
        .accepted(&gateway, &claiming(&approve("C1", "M1"), "platform"))
        .await;
    let approved = stand
        .events()
        .into_iter()
        .rfind(|recorded| recorded.event.name() == "RefundApproved")
        .unwrap();
    let (by, submitter) = (approved.header.by, approved.header.submitted_by.unwrap());
    assert_eq!((by.role.as_str(), by.id.as_str()), ("merchant", "M1"));
    assert_eq!(
        (submitter.role.as_str(), submitter.id.as_str()),
        ("service", "gateway")
    );
}

#[tokio::test]
async fn each_mark_claims_its_own_trust_and_no_other() {
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let outside = ["user", "merchant", "service"];
    let gateway = stand.marked_key("service", "G", Some(Mark::Gateway), &outside);
    let partner = stand.marked_key("service", "P", Some(Mark::Partner), &outside);
    let plain = stand.key("merchant", "M1");
    let act = approve("C1", "M1");
    refused(
        &stand,
        &gateway,
        &claiming(&act, "partner"),
        403,
        "trust_not_allowed",
    )
    .await;
    refused(
        &stand,
        &partner,
        &claiming(&act, "platform"),
        403,
        "trust_not_allowed",
    )
    .await;
    refused(
        &stand,
        &plain,
        &claiming(&act, "platform"),
        403,
        "trust_not_allowed",
    )
    .await;
    refused(
        &stand,
        &plain,
        &claiming(&act, "partner"),
        403,
        "trust_not_allowed",
    )
    .await;
    // What a role would be believed without a word is not to be had by leaving the word out.
    let mut for_another_service = register("M9");
    for_another_service["by"]["id"] = "onboarding".into();
    refused(
        &stand,
        &partner,
        &for_another_service,
        403,
        "trust_not_allowed",
    )
    .await;
    stand.accepted(&gateway, &for_another_service).await;
    stand.accepted(&partner, &claiming(&act, "partner")).await;
}

#[tokio::test]
async fn a_marked_identity_speaks_for_the_roles_that_it_was_given() {
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let gateway = stand.marked_key("service", "G", Some(Mark::Gateway), &["user"]);
    stand.accepted(&gateway, &file("C9", "U1", "M1")).await;
    refused(
        &stand,
        &gateway,
        &approve("C1", "M1"),
        403,
        "identity_mismatch",
    )
    .await;
    let mut of_engine = file("C10", "U1", "M1");
    of_engine["by"] = json!({ "role": "engine", "id": "redress" });
    refused(&stand, &gateway, &of_engine, 403, "identity_mismatch").await;
    let mut own = register("M9");
    own["by"]["id"] = "G".into();
    stand.accepted(&gateway, &own).await;
}

fn proposal(by: &str) -> Value {
    json!({
        "type": "merchant.propose_measure", "by": { "role": "risk", "id": by },
        "data": { "merchant_id": "M1", "kind": "service_suspension", "grounds": ["inspection"], "rationale": "found" },
    })
}

fn approval(role: &str, by: &str) -> Value {
    json!({
        "type": "merchant.approve_measure", "by": { "role": role, "id": by },
        "data": { "merchant_id": "M1", "measure_id": "m1" },
    })
}

#[tokio::test]
async fn two_people_are_two_whatever_they_come_in_with() {
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let proposer = stand.key("risk", "K1");
    stand.accepted(&proposer, &proposal("K1")).await;
    // Another key of the same person, and the same person in another role.
    let again = stand.key("risk", "K1");
    refused(&stand, &again, &approval("risk", "K1"), 422, "own_proposal").await;
    let as_admin = stand.key("admin", "K1");
    refused(
        &stand,
        &as_admin,
        &approval("admin", "K1"),
        422,
        "own_proposal",
    )
    .await;
    // Through a gateway, too: it is about who acts, not about who submits.
    let gateway = stand.marked_key("service", "G", Some(Mark::Gateway), &["risk"]);
    refused(
        &stand,
        &gateway,
        &approval("risk", "K1"),
        422,
        "own_proposal",
    )
    .await;
    let second = stand.key("risk", "K2");
    stand.accepted(&second, &approval("risk", "K2")).await;
    refused(
        &stand,
        &gateway,
        &approval("risk", "K2"),
        422,
        "already_approved_by_you",
    )
    .await;
}
