//! Filing, and what a filing asks for.

use super::*;
use crate::complaint::ComplaintState;
use crate::remedy::Basis;

#[test]
fn filing_opens_the_first_round_and_yields_no_request_event() {
    // rulebook 1.6, 3(1).1.1
    let mut story = Story::new();
    let events = story.user(h(0), Act::File(filing(Problem::RefundRequest, Some(9_700))));
    assert_eq!(names(&events), ["ComplaintFiled", "RoundOpened"]);
    let complaint = story.complaint();
    assert_eq!(complaint.state, ComplaintState::Pending);
    assert_eq!(complaint.round_number(), 1);
    assert_eq!(complaint.requested_fen(), Some(9_700));
    assert!(complaint.round(1).is_some_and(|round| !round.repeat));
}

#[test]
fn a_refund_request_without_an_amount_asks_for_everything_paid() {
    // rulebook 2.2(3)
    let story = Story::filed(Problem::RefundRequest, None);
    let remedy = story.complaint().remedy();
    assert_eq!(
        (remedy.basis, remedy.owed_fen),
        (Basis::Requested, PAID_FEN)
    );
}

#[test]
fn a_dispute_names_orders_and_an_enquiry_need_not() {
    // rulebook 1.6
    let mut dispute = filing(Problem::Other, None);
    dispute.orders.clear();
    let mut story = Story::new();
    let code = story.refused(Role::User, h(0), Act::File(dispute.clone()));
    assert_eq!(code, Code::OrdersMissing);
    let enquiry = Filing {
        enquiry: true,
        ..dispute
    };
    assert_eq!(story.user(h(0), Act::File(enquiry)).len(), 2);
    assert_eq!(story.complaint().paid_fen(), 0);
}

#[test]
fn what_the_agreement_refunded_before_counts_no_more_as_paid() {
    // rulebook 2.2
    let mut story = Story::new();
    let mut ask = |requested_fen| {
        let act = Act::File(filing(Problem::RefundRequest, Some(requested_fen)));
        let mut command = story.command(Role::User, None, h(0), h(0), act);
        command.refunded_before_fen = 9_000;
        decide(&None, &command)
    };
    assert_eq!(ask(901).unwrap_err().code, Code::RefundAbovePaid);
    assert!(ask(900).is_ok());
}

#[test]
fn a_complaint_that_is_filed_late_starts_when_somebody_vouches_that_it_was_made() {
    // rulebook 1.6
    let mut vouched = Story::new();
    vouched
        .tell(
            Role::Service,
            None,
            h(0),
            h(30),
            Act::File(filing(Problem::Other, None)),
        )
        .unwrap();
    assert_eq!(vouched.complaint().filed_at, h(0));
    // guide first-reply: the miss lies behind us already.
    assert_eq!(vouched.findings(), [("4.1(1)", 1, "determined")]);

    let mut claimed = Story::new();
    claimed
        .tell(
            Role::User,
            None,
            h(0),
            h(30),
            Act::File(filing(Problem::Other, None)),
        )
        .unwrap();
    assert_eq!(claimed.complaint().filed_at, h(30));
}

#[test]
fn an_industry_may_be_stricter_and_never_looser() {
    // rulebook 3(1).1.3, 3(2)(1)
    let mut edition = default_edition();
    let overlay = crate::rulebook::Overlay {
        durations: [
            (ClockKind::FirstReply, Span::from_hours(12)),
            (ClockKind::Resolution, Span::from_hours(100)),
        ]
        .into(),
        refund_payment_working_days_max: None,
        at_risk_percent: None,
    };
    edition.industries.insert(Industry::PowerBank, overlay);
    let mut story = Story::under(Rulebook::new(edition));
    story.merchant.as_mut().unwrap().industry = Industry::PowerBank;
    story.file(h(0), Problem::Other, None);
    assert_eq!(story.reading(1, ClockKind::FirstReply, h(0)).due_at, h(12));
    assert_eq!(story.reading(1, ClockKind::Resolution, h(0)).due_at, h(72));
}
