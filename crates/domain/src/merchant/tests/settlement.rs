//! rulebook 4.2(2), policy settlement-refund

use super::*;
use crate::measure::Authority;
use crate::measure::tests::{M1, M2, complaint};
use crate::merchant::{MeasureAct, SettlementRefundFacts};

fn owing(outstanding_fen: u64) -> SettlementRefundFacts {
    SettlementRefundFacts {
        complaint_id: complaint("C1"),
        outstanding_fen,
        due: outstanding_fen > 0,
        determinations: vec![text("C1/d1")],
    }
}

fn look(story: &mut Story, facts: SettlementRefundFacts) -> Vec<Event> {
    let observation = Observation {
        settlement_refunds: vec![facts],
        ..story.observation()
    };
    story.observe(&observation)
}

fn ordered(events: &[Event]) -> Option<u64> {
    events.iter().find_map(|event| match event {
        Event::Measure(MeasureEvent::SettlementRefundOrdered { amount_fen, .. }) => {
            Some(*amount_fen)
        }
        _ => None,
    })
}

fn status(story: &Story, measure_id: MeasureId) -> MeasureStatus {
    let measures = &story.merchant().measures;
    measures.get(measure_id).expect("a measure").status
}

/// Up to 20 000 fen no person is asked.
#[test]
fn a_small_refund_is_ordered_at_once() {
    let mut story = Story::registered();
    let events = look(&mut story, owing(20_000));
    assert_eq!(ordered(&events), Some(20_000));
    let measure = story.merchant().measures.get(M1).expect("a measure");
    assert_eq!(measure.authority, Authority::Automatic);
    assert_eq!(measure.status, MeasureStatus::InForce);
    assert_eq!(measure.clause, "4.2(2)");
    assert_eq!(measure.grounds, vec![text("C1/d1")]);
}

/// Above it one person is; what is ordered is what is outstanding then.
#[test]
fn a_large_refund_takes_one_person() {
    let mut story = Story::registered();
    let events = look(&mut story, owing(20_001));
    assert_eq!(ordered(&events), None);
    assert_eq!(status(&story, M1), MeasureStatus::Proposed);
    story.facts.outstanding_fen = Some(19_000);
    let approve = Act::Measure(MeasureAct::Approve {
        measure_id: M1,
        seen_position: None,
    });
    let events = story.act(person("K1"), approve).expect("an approval");
    assert_eq!(ordered(&events), Some(19_000));
}

/// An import of history orders nothing.
#[test]
fn an_import_orders_nothing() {
    let mut story = Story::registered();
    let observation = Observation {
        settlement_refunds: vec![owing(500)],
        enact: false,
        ..story.observation()
    };
    assert_eq!(ordered(&story.observe(&observation)), None);
    assert_eq!(status(&story, M1), MeasureStatus::Proposed);
}

/// It lapses when nothing is outstanding, a proposal is withdrawn; at most one is open a
/// complaint.
#[test]
fn it_ends_when_nothing_is_owed() {
    let mut story = Story::registered();
    look(&mut story, owing(500));
    assert_eq!(look(&mut story, owing(700)), vec![]);
    look(&mut story, owing(0));
    assert_eq!(status(&story, M1), MeasureStatus::Lapsed);
    look(&mut story, owing(30_000));
    assert_eq!(status(&story, M2), MeasureStatus::Proposed);
    look(&mut story, owing(0));
    assert_eq!(status(&story, M2), MeasureStatus::Withdrawn);
}

/// Before the waiting time is over, or where no determination stands, nothing is proposed.
#[test]
fn what_is_not_due_is_not_proposed() {
    let mut story = Story::registered();
    let facts = SettlementRefundFacts {
        due: false,
        ..owing(500)
    };
    assert_eq!(look(&mut story, facts), vec![]);
}

/// What a person turned down is not proposed again on the same determinations.
#[test]
fn what_was_turned_down_stays_so_until_there_is_more() {
    let mut story = Story::registered();
    look(&mut story, owing(30_000));
    let refuse = Act::Measure(MeasureAct::Refuse {
        measure_id: M1,
        rationale: text("paid in cash"),
    });
    story.act(person("K1"), refuse).expect("a refusal");
    assert_eq!(look(&mut story, owing(30_000)), vec![]);
    let facts = SettlementRefundFacts {
        determinations: vec![text("C1/d1"), text("C1/d2")],
        ..owing(30_000)
    };
    look(&mut story, facts);
    assert_eq!(status(&story, M2), MeasureStatus::Proposed);
}
