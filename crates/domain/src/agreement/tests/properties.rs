//! What holds whatever is asked, in whatever order, at whatever instant.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::super::{Act, AgreementKind, Event, Period, Plan, evolve};
use super::{
    Story, cancel, debit, ms, open_plan, refund, remind, resume, signing, start, suspend, usage,
};
use crate::gate::GateMeasure;
use crate::gate::fixture::{gate, measure};
use crate::identity::Role;
use crate::measure::{MeasureKind, Parameters};

fn plans() -> impl Strategy<Value = Plan> {
    let periods = prop_oneof![Just(None), prop::sample::select(Period::ALL).prop_map(Some)];
    (0_u64..4_000, periods, prop::option::of(0_u32..4)).prop_map(
        |(amount_fen, period, debits_per_period)| Plan {
            amount_fen,
            period,
            debits_per_period,
        },
    )
}

fn amounts() -> impl Strategy<Value = u64> {
    prop_oneof![9 => 0_u64..4_000, 1 => Just(u64::MAX)]
}

fn acts() -> impl Strategy<Value = Act> {
    let kinds = prop::sample::select(AgreementKind::ALL);
    prop_oneof![
        1 => (kinds, plans()).prop_map(|(kind, plan)| signing(kind, plan)),
        1 => plans().prop_map(|plan| Act::ChangePlan { plan, disclosed: None }),
        3 => (0_i64..900_000_000, amounts())
            .prop_map(|(from_start_ms, amount_fen)| remind(start().plus(ms(from_start_ms)), amount_fen)),
        6 => (0_u32..12, amounts()).prop_map(|(number, amount_fen)| debit(number, amount_fen)),
        3 => (0_u32..12, amounts()).prop_map(|(number, amount_fen)| refund(number, amount_fen)),
        1 => Just(usage()),
        1 => Just(suspend()),
        2 => Just(resume()),
        1 => Just(cancel()),
    ]
}

fn measures() -> impl Strategy<Value = Vec<GateMeasure>> {
    let one = (
        prop::sample::select(MeasureKind::ALL),
        prop::option::of(-100_000_000_i64..900_000_000),
        prop::option::of(0_u64..4_000),
        prop::option::of(0_u32..3),
    )
        .prop_map(|(kind, until_ms, day_fen, debits_per_day)| GateMeasure {
            parameters: Parameters {
                day_fen,
                debits_per_day,
                ..Parameters::default()
            },
            until: until_ms.map(|until_ms| start().plus(ms(until_ms))),
            ..measure(1, kind)
        });
    // Mostly none, so that most debits are judged by the agreement.
    prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(one, 1..3)]
}

proptest! {
    /// Any sequence of acts: nothing panics, a refusal writes nothing, what was paid is the sum of
    /// the debits, no order is debited twice or refunded beyond its debit, no reminder serves
    /// twice, and the version counts the events.
    #[test]
    fn any_sequence_of_acts_keeps_the_books(
        steps in prop::collection::vec(
            (acts(), measures(), -1_000_000_i64..90_000_000, prop::sample::select(&Role::ALL[..])),
            1..60,
        ),
    ) {
        let mut story = Story::new();
        let mut recorded_at = start();
        let mut events_so_far = 0_u64;
        let mut reminders_used: Vec<u32> = Vec::new();
        for (act, measures, step_ms, role) in steps {
            // Negative steps are acts that happened before they were recorded.
            recorded_at = recorded_at.plus(ms(step_ms.max(0)));
            let occurred_at = recorded_at.plus(ms(step_ms.min(0)));
            story.gate = Some(gate(measures));
            story.role = role;
            let before = story.state.clone();
            match story.ask_late(occurred_at, recorded_at, act) {
                Ok(events) => {
                    events_so_far += events.len() as u64;
                    reminders_used.extend(events.iter().filter_map(|event| match event {
                        Event::Debited { reminder, .. } => *reminder,
                        _ => None,
                    }));
                }
                Err(_) => prop_assert_eq!(&story.state, &before),
            }
            let Some(agreement) = &story.state else {
                prop_assert_eq!(events_so_far, 0);
                continue;
            };
            let sum_fen: u64 = agreement.debits.iter().map(|debit| debit.amount_fen).sum();
            prop_assert_eq!(agreement.paid_fen, sum_fen);
            prop_assert_eq!(agreement.next_version, events_so_far);
            for debit in &agreement.debits {
                prop_assert!(debit.refunded_fen <= debit.amount_fen);
                prop_assert!(debit.at >= agreement.signed_at);
            }
            let orders: BTreeSet<_> =
                agreement.debits.iter().map(|debit| debit.order_id.clone()).collect();
            prop_assert_eq!(orders.len(), agreement.debits.len());
            let distinct: BTreeSet<_> = reminders_used.iter().collect();
            prop_assert_eq!(distinct.len(), reminders_used.len());
            let used = agreement.reminders.iter().filter(|reminder| reminder.used).count();
            prop_assert_eq!(used, reminders_used.len());
        }
    }
}

/// An event that makes no sense where it stands is applied without harm.
#[test]
fn events_without_an_agreement_or_an_order_change_nothing() {
    let mut story = Story::signed(AgreementKind::Postpaid, open_plan(), start());
    let stamp = story
        .command(start(), start(), usage())
        .circumstances
        .stamp();
    let stray = Event::AgreementRefunded {
        order_id: super::order(9),
        amount_fen: 1,
    };
    assert_eq!(evolve(None, &stamp, &stray), None);
    let mut expected = story.agreement().clone();
    expected.next_version += 1;
    assert_eq!(evolve(story.state, &stamp, &stray), Some(expected));
}
