//! Given the editions announced so far, when another is announced, then an event or a refusal.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use uuid::Uuid;

use crate::circumstances::Circumstances;
use crate::identity::{Actor, ActorId, EditionName, Role};
use crate::instant::{Instant, Span};
use crate::refusal::{Code, Refusal};

use super::fixture::{civil, default_edition};
use super::{Announce, Command, Edition, EditionDraft, Event, Rulebook, decide, evolve};

/// An edition given whole.
#[derive(Debug)]
struct Whole(Edition);

impl EditionDraft for Whole {
    fn laid_over(&self, _rulebook: &Rulebook) -> Result<Edition, String> {
        Ok(self.0.clone())
    }
}

/// A file with a wrong value.
#[derive(Debug)]
struct Wrong;

impl EditionDraft for Wrong {
    fn laid_over(&self, _rulebook: &Rulebook) -> Result<Edition, String> {
        Err("clocks.first_reply: not a duration".to_string())
    }
}

fn named(name: &str, announced_at: Instant, effective_at: Instant) -> Edition {
    Edition {
        name: EditionName::new(name).expect("a name"),
        announced_at,
        effective_at,
        ..default_edition()
    }
}

fn first() -> Rulebook {
    Rulebook::new(default_edition())
}

fn announced(
    rulebook: &Rulebook,
    recorded_at: Instant,
    name: &str,
    draft: Arc<dyn EditionDraft>,
) -> (Command, Result<Vec<Event>, Refusal>) {
    let command = Command {
        circumstances: Circumstances {
            command_id: Uuid::from_u128(1),
            recorded_at,
            occurred_at: recorded_at,
            adjusted: false,
            by: Actor {
                role: Role::Admin,
                id: ActorId::new("A1").expect("an id"),
            },
            trust: Role::Admin.default_trust(),
            rulebook: Arc::new(rulebook.clone()),
        },
        announce: Announce {
            name: EditionName::new(name).expect("a name"),
            draft,
        },
    };
    let answer = decide(rulebook, &command);
    (command, answer)
}

fn answer(rulebook: &Rulebook, recorded_at: Instant, edition: &Edition) -> Result<(), Code> {
    let draft = Arc::new(Whole(edition.clone()));
    let (command, answer) = announced(rulebook, recorded_at, edition.name.as_str(), draft);
    match answer {
        Ok(events) => {
            assert_eq!(
                events,
                vec![Event::EditionAnnounced {
                    edition: Box::new(edition.clone())
                }]
            );
            let after = evolve(rulebook.clone(), &command.circumstances.stamp(), &events[0]);
            assert_eq!(after.edition(edition.name.as_str()), Some(edition));
            Ok(())
        }
        Err(refusal) => {
            assert_eq!(refusal.clause, Some("5"));
            Err(refusal.code)
        }
    }
}

fn now() -> Instant {
    civil(2026, 3, 1, 0, 0)
}

const fn ms(milliseconds: i64) -> Span {
    Span::from_ms(milliseconds)
}

/// rulebook 5, policy notice: 30 days to the millisecond.
#[test]
fn a_notice_of_exactly_the_minimum_is_long_enough() {
    let minimum = now().plus(Span::from_days(30));
    let cases = [
        (minimum.minus(ms(1)), Err(Code::NoticeTooShort)),
        (minimum, Ok(())),
        (minimum.plus(ms(1)), Ok(())),
    ];
    for (effective_at, expected) in cases {
        let edition = named("shorter-reply", now(), effective_at);
        assert_eq!(answer(&first(), now(), &edition), expected);
    }
}

/// policy notice: the edition in force when it is announced says how long, not the new one.
#[test]
fn the_edition_in_force_says_how_long_the_notice_is() {
    let strict = Edition {
        notice_minimum_days: 60,
        ..named("sixty", now(), now().plus(Span::from_days(30)))
    };
    let rulebook = first().with(strict.clone());
    let lax = |announced_at: Instant| Edition {
        notice_minimum_days: 0,
        ..named("lax", announced_at, announced_at.plus(Span::from_days(45)))
    };
    let before = strict.effective_at.minus(ms(1));
    assert_eq!(answer(&rulebook, before, &lax(before)), Ok(()));
    assert_eq!(
        answer(&rulebook, strict.effective_at, &lax(strict.effective_at)),
        Err(Code::NoticeTooShort)
    );
}

/// rulebook 5: a name belongs to one edition, the first included.
#[test]
fn a_name_is_taken_once() {
    let effective_at = now().plus(Span::from_days(40));
    let rulebook = first().with(named("taken", now(), effective_at));
    for name in ["2026-02-18", "taken"] {
        let again = named(name, now(), effective_at);
        assert_eq!(answer(&rulebook, now(), &again), Err(Code::EditionExists));
    }
}

/// A taken name answers before a wrong value, a wrong value before a wrong date.
#[test]
fn a_wrong_value_is_named() {
    let (_, answer) = announced(&first(), now(), "wrong", Arc::new(Wrong));
    let refusal = answer.expect_err("a wrong value");
    assert_eq!(refusal.code, Code::EditionInvalid);
    assert!(refusal.message.contains("clocks.first_reply"));

    let (_, answer) = announced(&first(), now(), "2026-02-18", Arc::new(Wrong));
    assert_eq!(answer.expect_err("a taken name").code, Code::EditionExists);
}

/// policy skew: an announcement may be dated back by as much as clocks may differ.
#[test]
fn an_announcement_is_not_dated_before_it_was_made() {
    let earliest = now().minus(default_edition().clocks.future_skew);
    let effective_at = now().plus(Span::from_days(60));
    let cases = [
        (earliest.minus(ms(1)), Err(Code::AnnouncedInPast)),
        (earliest, Ok(())),
        (earliest.plus(ms(1)), Ok(())),
    ];
    for (announced_at, expected) in cases {
        let edition = named("dated", announced_at, effective_at);
        assert_eq!(answer(&first(), now(), &edition), expected);
    }
    // Both wrong: the date of the announcement answers before the length of the notice.
    let both = named("dated", earliest.minus(ms(1)), earliest);
    assert_eq!(answer(&first(), now(), &both), Err(Code::AnnouncedInPast));
}

/// rulebook 5: in force on `[effective_at, next effective_at)`.
#[test]
fn an_edition_is_in_force_from_its_effective_instant_until_the_next() {
    let second = civil(2026, 5, 1, 0, 0);
    let third = civil(2026, 7, 1, 0, 0);
    // Announced in the other order: only the effective instants count.
    let rulebook = first()
        .with(named("third", now(), third))
        .with(named("second", now(), second));
    let cases = [
        (second.minus(ms(1)), "2026-02-18"),
        (second, "second"),
        (second.plus(ms(1)), "second"),
        (third.minus(ms(1)), "second"),
        (third, "third"),
        (third.plus(Span::from_days(10_000)), "third"),
    ];
    for (at, expected) in cases {
        assert_eq!(rulebook.in_force(at).name.as_str(), expected);
    }
    let names: Vec<&str> = rulebook
        .editions()
        .map(|edition| edition.name.as_str())
        .collect();
    assert_eq!(names, ["2026-02-18", "second", "third"]);
}

/// rulebook 5: the first edition also governs everything before it.
#[test]
fn the_first_edition_governs_everything_before_it() {
    let rulebook = first().with(named("second", now(), civil(2026, 5, 1, 0, 0)));
    let effective_at = default_edition().effective_at;
    for at in [
        Instant::from_unix_ms(i64::MIN),
        effective_at.minus(ms(1)),
        effective_at,
    ] {
        assert_eq!(rulebook.in_force(at).name.as_str(), "2026-02-18");
    }
}

/// Two editions with one effective instant: the one announced later governs from there on.
#[test]
fn of_two_editions_with_one_effective_instant_the_later_announced_governs() {
    let at = civil(2026, 5, 1, 0, 0);
    let rulebook = first()
        .with(named("earlier", now(), at))
        .with(named("later", now(), at));
    assert_eq!(rulebook.in_force(at).name.as_str(), "later");
}
