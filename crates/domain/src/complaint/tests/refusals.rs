//! Every refusal of what users, merchants and services ask, and which comes first.

use super::*;

/// A complaint with a request, closed by the merchant.
fn closed() -> Story {
    let mut story = Story::asking();
    story.merchant(h(1), complete());
    story
}

fn blank() -> PersonalText {
    text(" \n\t")
}

fn digest(content: &str) -> EvidenceItem {
    EvidenceItem {
        sha256: Some(Arc::from(content)),
        ..item()
    }
}

#[test]
fn filing_is_refused_in_the_order_of_the_table() {
    // rulebook 1.6
    let mut bad = filing(Problem::RefundRequest, Some(1));
    bad.orders.clear();
    let mut story = Story::asking();
    story.merchant = None;
    let code = story.refused(Role::User, h(1), Act::File(bad.clone()));
    assert_eq!(code, Code::MerchantUnknown);
    let mut story = Story::asking();
    let code = story.refused(Role::User, h(1), Act::File(bad.clone()));
    assert_eq!(code, Code::ComplaintExists);
    let mut story = Story::new();
    let code = story.refused(Role::User, h(1), Act::File(bad));
    assert_eq!(code, Code::OrdersMissing);
    let above = filing(Problem::RefundRequest, Some(PAID_FEN + 1));
    let code = story.refused(Role::User, h(1), Act::File(above));
    assert_eq!(code, Code::RefundAbovePaid);
    story.user(
        h(1),
        Act::File(filing(Problem::RefundRequest, Some(PAID_FEN))),
    );
}

#[test]
fn nothing_but_filing_is_asked_of_a_complaint_that_is_not_there() {
    // rulebook 1.6
    let mut story = Story::new();
    for act in [respond(), Act::Confirm, determine(&[1]), refund(1, 1)] {
        let code = story.refused(Role::Admin, h(0), act);
        assert_eq!(code, Code::ComplaintUnknown);
    }
}

#[test]
fn a_request_on_a_closed_round_or_above_what_was_paid_is_refused() {
    // rulebook 3(1).1.1
    let code = closed().refused(Role::User, h(2), request(PAID_FEN + 1));
    assert_eq!(code, Code::RoundClosed);
    let mut story = Story::asking();
    let code = story.refused(Role::User, h(2), request(PAID_FEN + 1));
    assert_eq!(code, Code::RefundAbovePaid);
    story.user(h(2), request(PAID_FEN));
}

#[test]
fn an_answer_has_a_text_of_at_most_500_characters_and_4_files() {
    // guide first-reply
    let answer = |text: PersonalText, files| {
        let Act::Respond { media, .. } = respond_with_media(files) else {
            unreachable!("an answer")
        };
        Act::Respond { text, media }
    };
    let mut story = Story::asking();
    for (act, code) in [
        (answer(blank(), 5), Code::TextMissing),
        (answer(characters(501), 5), Code::TextTooLong),
        (answer(characters(500), 5), Code::TooManyMedia),
    ] {
        assert_eq!(story.refused(Role::Merchant, h(1), act), code);
    }
    story.merchant(h(1), answer(characters(500), 4));
    // Limits of length and number do not apply to an import.
    story.of_history = true;
    story.merchant(h(2), answer(characters(501), 5));
}

#[test]
fn a_message_after_the_withdrawal_is_refused_before_its_text_is_looked_at() {
    // rulebook 1.6
    let empty = Act::Message { text: blank() };
    let mut story = Story::asking();
    let code = story.refused(Role::User, h(1), empty.clone());
    assert_eq!(code, Code::TextMissing);
    story.user(h(1), message());
    story.user(h(2), Act::Withdraw);
    let code = story.refused(Role::User, h(3), empty);
    assert_eq!(code, Code::Withdrawn);
}

#[test]
fn evidence_is_at_least_one_piece_with_a_whole_digest_if_any() {
    // rulebook 3(1).1.2
    let submit = |evidence| Act::SubmitEvidence {
        evidence,
        note: None,
    };
    let whole = "0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789";
    let mut story = Story::asking();
    let code = story.refused(Role::Merchant, h(1), submit(Vec::new()));
    assert_eq!(code, Code::EvidenceMissing);
    let wrong = [
        "",
        "beef",
        &whole[1..],
        &whole.replace('a', "g"),
        &"退".repeat(64),
    ];
    for content in wrong {
        let act = submit(vec![item(), digest(content)]);
        assert_eq!(
            story.refused(Role::Merchant, h(1), act),
            Code::DigestMalformed
        );
    }
    let act = Act::Respond {
        text: text("see the file"),
        media: vec![Media {
            media_id: reference("file"),
            sha256: Some(Arc::from("beef")),
        }],
    };
    assert_eq!(
        story.refused(Role::Merchant, h(1), act),
        Code::DigestMalformed
    );
    story.merchant(h(1), submit(vec![digest(whole)]));
}

#[test]
fn explaining_and_reconfirming_need_an_open_round_and_an_explanation_a_text() {
    // rulebook 2.2(2)
    let empty = Act::ExplainBilling { text: blank() };
    let mut story = closed();
    for act in [empty.clone(), reconfirm()] {
        assert_eq!(story.refused(Role::Merchant, h(2), act), Code::RoundClosed);
    }
    let code = Story::asking().refused(Role::Merchant, h(2), empty);
    assert_eq!(code, Code::TextMissing);
}

#[test]
fn no_more_is_consumed_or_charged_in_error_than_was_paid_and_proof_must_be_known() {
    // rulebook 2.2(1), 2.2(2)
    let mut story = Story::asking();
    let too_much = PAID_FEN + 1;
    for (act, code) in [
        (
            use_of(UsageKind::Partly, too_much, Some(9)),
            Code::ConsumedAbovePaid,
        ),
        (
            use_of(UsageKind::Partly, PAID_FEN, Some(9)),
            Code::EvidenceUnknown,
        ),
        (billing_error(too_much, Some(9)), Code::ErrorAbovePaid),
        (billing_error(PAID_FEN, Some(9)), Code::EvidenceUnknown),
    ] {
        assert_eq!(story.refused(Role::Merchant, h(1), act), code);
    }
    story.merchant(h(1), use_of(UsageKind::Fully, PAID_FEN, None));
    story.merchant(h(1), billing_error(PAID_FEN, None));
}

#[test]
fn a_settlement_needs_the_user_and_stays_within_what_was_paid() {
    // rulebook 2.2
    let mut story = Story::asking();
    let alone = Act::RecordSettlement {
        amount_fen: PAID_FEN + 1,
        user_agreed: false,
    };
    let code = story.refused(Role::Merchant, h(1), alone);
    assert_eq!(code, Code::UserAgreementMissing);
    let code = story.refused(Role::Merchant, h(1), settle(PAID_FEN + 1));
    assert_eq!(code, Code::RefundAbovePaid);
    story.merchant(h(1), settle(PAID_FEN));
}

#[test]
fn an_approval_is_refused_above_paid_below_approved_then_withdrawn() {
    // rulebook 3(1).1.1
    let mut story = Story::asking();
    story.merchant(h(1), approve_within(5_000, 3));
    story.user(h(2), Act::Withdraw);
    for (amount_fen, code) in [
        (PAID_FEN + 1, Code::RefundAbovePaid),
        (4_999, Code::RefundBelowApproved),
        (5_000, Code::Withdrawn),
    ] {
        let act = approve(amount_fen);
        assert_eq!(story.refused(Role::Merchant, h(3), act), code);
    }
    let mut open = Story::asking();
    open.merchant(h(1), approve_within(5_000, 3));
    open.merchant(h(2), approve_within(5_000, 3));
    open.merchant(h(2), approve_within(PAID_FEN, 3));
}

#[test]
fn a_rejection_is_refused_without_reason_evidence_open_round_or_request() {
    // rulebook 3(1).1.1
    let with = |reason, evidence| Act::RejectRefund {
        reason,
        evidence,
        remark: None,
    };
    let mut closed_unasked = Story::other();
    closed_unasked.merchant(h(1), complete());
    let refused = |story: &mut Story, act| {
        let refusal = story
            .tell(Role::Merchant, None, h(2), h(2), act)
            .unwrap_err();
        (refusal.code, refusal.clause)
    };
    let story = &mut closed_unasked;
    assert_eq!(
        refused(story, with(blank(), Vec::new())),
        (Code::ReasonMissing, Some("3(1).1.1"))
    );
    assert_eq!(
        refused(story, with(text("used"), Vec::new())),
        (Code::EvidenceMissing, Some("3(1).1.1"))
    );
    assert_eq!(refused(story, reject()).0, Code::RoundClosed);
    let mut unasked = Story::filed(Problem::AgreementNotRecognised, None);
    assert_eq!(refused(&mut unasked, reject()).0, Code::NoRefundRequested);
}

#[test]
fn a_defective_rejection_a_completion_and_a_confirmation_need_an_open_round() {
    // guide resolution
    let empty = Act::Complete {
        resolution: blank(),
    };
    let mut story = closed();
    for act in [defective(), empty.clone(), Act::Confirm] {
        assert_eq!(story.refused(Role::Service, h(2), act), Code::RoundClosed);
    }
    let code = Story::asking().refused(Role::Merchant, h(2), empty);
    assert_eq!(code, Code::ResolutionMissing);
}

#[test]
fn refunds_never_exceed_what_was_paid() {
    // rulebook 2.2
    let mut story = Story::asking();
    story.service(h(1), refund(1, PAID_FEN - 1));
    for amount_fen in [2, u64::MAX] {
        let code = story.refused(Role::Service, h(2), refund(2, amount_fen));
        assert_eq!(code, Code::RefundAbovePaid);
    }
    story.service(h(2), refund(2, 1));
    assert_eq!(story.complaint().refunded_fen(), PAID_FEN);
}

#[test]
fn a_withdrawn_complaint_is_not_continued_or_withdrawn_again() {
    // guide repeat
    let mut story = Story::asking();
    story.user(h(1), Act::Withdraw);
    for act in [proceed(), Act::Withdraw] {
        assert_eq!(story.refused(Role::User, h(2), act), Code::Withdrawn);
    }
    // Its round is closed; money and words are still written down.
    assert_eq!(
        story.refused(Role::Merchant, h(2), complete()),
        Code::RoundClosed
    );
    story.merchant(h(2), respond());
    story.service(h(2), refund(1, 1));
}

#[test]
fn a_note_of_a_source_is_always_kept() {
    // rulebook 1.6
    let note = Act::KeepNote {
        raw_type: reference("SERVICE_ORDER_CANCEL"),
        because: reference("no effect here"),
        text: None,
    };
    let mut story = closed();
    let before = story.complaint().rounds.clone();
    assert_eq!(names(&story.service(h(2), note)), ["NoteKept"]);
    assert_eq!(story.complaint().rounds, before);
}
