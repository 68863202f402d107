//! What each act of a history becomes.

use std::collections::BTreeMap;

use redress_domain::command::Request;
use redress_domain::complaint::Act;
use redress_domain::identity::{Reference, Role};
use redress_domain::rulebook::PauseReason;
use serde_json::{Value, json};

use super::{act, becomes, created, detail, item, note, open, planned};

#[test]
fn a_second_creation_is_a_note() {
    assert_eq!(
        becomes(&detail("C1"), "USER_CREATE_COMPLAINT", "again", &[]),
        note("USER_CREATE_COMPLAINT", "complaint_exists", Some("again"))
    );
}

#[test]
fn continuing_withdrawing_and_confirming_are_the_users_acts() {
    let detail = detail("C1");
    assert_eq!(
        becomes(&detail, "USER_CONTINUE_COMPLAINT", "again", &[]),
        (
            Role::User,
            Act::Continue {
                text: Some(open("again"))
            }
        )
    );
    assert_eq!(
        becomes(&detail, "USER_CONTINUE_COMPLAINT", "", &[]),
        (Role::User, Act::Continue { text: None })
    );
    assert_eq!(
        becomes(&detail, "USER_REVOKE_COMPLAINT", "", &[]),
        (Role::User, Act::Withdraw)
    );
    assert_eq!(
        becomes(&detail, "USER_COMFIRM_COMPLAINT", "", &[]),
        (Role::User, Act::Confirm)
    );
}

#[test]
fn messages_are_the_users_or_the_platforms_and_need_words() {
    let message = Act::Message {
        text: open("hello"),
    };
    for (kind, role) in [
        ("USER_RESPONSE", Role::User),
        ("USER_APPLY_PLATFORM_HELP", Role::User),
        ("USER_SUBMIT_SATISFACTION", Role::User),
        ("USER_CLICK_RESPONSE", Role::User),
        ("PLATFORM_RESPONSE", Role::Reviewer),
        ("PLATFORM_HELP_APPLICATION", Role::Reviewer),
    ] {
        assert_eq!(
            becomes(&detail("C1"), kind, "hello", &[]),
            (role, message.clone())
        );
        assert_eq!(
            becomes(&detail("C1"), kind, " ", &["i1", "i2"]),
            note(kind, "text_missing", Some("i1\ni2"))
        );
    }
}

#[test]
fn an_answer_takes_its_images_along_and_needs_words() {
    let (role, answer) = becomes(
        &detail("C1"),
        "MERCHANT_RESPONSE",
        "received",
        &["i1", "i2"],
    );
    assert_eq!(role, Role::Merchant);
    let Act::Respond { text, media } = answer else {
        panic!("not an answer");
    };
    assert_eq!(text, open("received"));
    let shown: Vec<&str> = media.iter().map(|one| one.media_id.as_str()).collect();
    assert_eq!(shown, ["i1", "i2"]);
    assert!(media.iter().all(|one| one.sha256.is_none()));
    assert_eq!(
        becomes(&detail("C1"), "MERCHANT_RESPONSE", "", &[]),
        note("MERCHANT_RESPONSE", "text_missing", None)
    );
}

#[test]
fn a_completion_has_a_resolution_in_any_case() {
    for (details, resolution) in [("done", "done"), ("", "confirmed complete")] {
        assert_eq!(
            becomes(&detail("C1"), "MERCHANT_CONFIRM_COMPLETE", details, &[]),
            (
                Role::Merchant,
                Act::Complete {
                    resolution: open(resolution)
                }
            )
        );
    }
}

#[test]
fn an_approval_is_of_the_requested_amount_else_of_everything_paid() {
    for (requested, amount_fen) in [(json!(700), 700), (Value::Null, 1000), (json!(0), 1000)] {
        let mut detail = detail("C1");
        detail["apply_refund_amount"] = requested;
        assert_eq!(
            becomes(&detail, "MERCHANT_APPROVE_REFUND", "yes", &[]),
            (
                Role::Merchant,
                Act::ApproveRefund {
                    amount_fen,
                    launch_days: 3
                }
            )
        );
    }
}

// rulebook 3(1).1.1
#[test]
fn a_rejection_needs_words_and_an_image_else_it_is_defective() {
    let kind = "MERCHANT_REFUSE_RERUND";
    let (role, rejection) = becomes(&detail("C1"), kind, "used", &["i1"]);
    assert_eq!(role, Role::Merchant);
    let Act::RejectRefund {
        reason,
        evidence,
        remark: None,
    } = rejection
    else {
        panic!("not a rejection");
    };
    assert_eq!(reason, open("used"));
    assert_eq!(evidence.len(), 1);
    assert_eq!(evidence[0].kind.as_str(), "image");
    assert_eq!(evidence[0].media_id.as_str(), "i1");
    assert_eq!(evidence[0].sha256, None);

    for (details, images, reason) in [
        ("used", [].as_slice(), Some(open("used"))),
        ("", ["i1"].as_slice(), None),
    ] {
        assert_eq!(
            becomes(&detail("C1"), kind, details, images),
            (Role::Service, Act::RecordDefectiveRejection { reason })
        );
    }

    let mut unasked = detail("C1");
    unasked["problem_type"] = json!("OTHERS");
    unasked["apply_refund_amount"] = Value::Null;
    assert_eq!(
        becomes(&unasked, kind, "used", &["i1"]),
        note(kind, "no_refund_requested", Some("used"))
    );
}

#[test]
fn refunds_are_capped_at_what_is_left_of_the_amount_paid() {
    let received = "COMPLAINT_REFUND_RECEIVED_SYSTEM_MESSAGE";
    let entrusted = "COMPLAINT_ENTRUSTED_REFUND_SYSTEM_MESSAGE";
    let plan = planned(
        &detail("C1"),
        &[
            created(),
            item(1, received, "", &[]),
            item(2, entrusted, "", &[]),
            item(3, received, "third", &[]),
        ],
    );
    let refund = |number: u32, amount_fen, by_platform| Act::RecordRefund {
        refund_id: Reference::new(&format!("{number:04}")).unwrap(),
        amount_fen,
        by_platform,
    };
    assert_eq!(act(&plan.commands[2]), &refund(1, 700, false));
    assert_eq!(act(&plan.commands[3]), &refund(2, 300, true));
    assert_eq!(
        act(&plan.commands[4]),
        &note(received, "refund_above_paid", Some("third")).1
    );
    assert_eq!(plan.commands[2].by.role, Role::Service);

    let mut all = detail("C1");
    all["apply_refund_amount"] = Value::Null;
    let (_, whole) = becomes(&all, received, "", &[]);
    assert!(matches!(
        whole,
        Act::RecordRefund {
            amount_fen: 1000,
            ..
        }
    ));
}

// policy pause
#[test]
fn the_platforms_service_pauses_and_falls_back_to_a_message() {
    let reason = Some(PauseReason::PlatformAssistance);
    for (kind, asked, fallback_role) in [
        (
            "USER_APPLY_PLATFORM_SERVICE",
            Act::Pause { reason },
            Role::User,
        ),
        (
            "USER_CANCEL_PLATFORM_SERVICE",
            Act::Resume { reason },
            Role::User,
        ),
        (
            "PLATFORM_SERVICE_FINISHED",
            Act::Resume { reason },
            Role::Reviewer,
        ),
    ] {
        let plan = planned(&detail("C1"), &[created(), item(1, kind, "help", &[])]);
        let command = &plan.commands[2];
        assert_eq!((command.by.role, act(command)), (Role::Reviewer, &asked));
        let fallback = command.fallback.as_ref().unwrap();
        assert_eq!(fallback.by.role, fallback_role);
        assert!(matches!(
            &fallback.request,
            Request::Complaint(_, Act::Message { text }) if *text == open("help")
        ));

        let plan = planned(&detail("C1"), &[created(), item(1, kind, "", &[])]);
        let fallback = plan.commands[2].fallback.as_ref().unwrap();
        assert_eq!(fallback.by.role, Role::Service);
        assert_eq!(fallback.request.name(), "complaint.keep_note");
    }
}

#[test]
fn what_has_no_effect_here_is_kept_as_a_note_and_counted() {
    for (kind, because) in [
        ("USER_CREATE_COMPLAINT_SYSTEM_MESSAGE", "no_effect"),
        ("USER_CONTINUE_COMPLAINT_SYSTEM_MESSAGE", "no_effect"),
        ("COMPLAINT_FULL_REFUNDED_SYSTEM_MESSAGE", "no_effect"),
        ("COMPLAINT_PARTIAL_REFUNDED_SYSTEM_MESSAGE", "no_effect"),
        ("SERVICE_ORDER_CANCEL", "no_effect"),
        ("SERVICE_ORDER_COMPLETE", "no_effect"),
        ("COMPLAINT_FULL_REFUNDED", "type_unknown"),
        ("SOME_NEW_TYPE_2027", "type_unknown"),
    ] {
        assert_eq!(
            becomes(&detail("C1"), kind, "words", &[]),
            note(kind, because, Some("words"))
        );
        let plan = planned(&detail("C1"), &[created(), item(1, kind, "words", &[])]);
        assert_eq!(plan.notes, BTreeMap::from([(kind.to_owned(), 1)]));
    }
}
