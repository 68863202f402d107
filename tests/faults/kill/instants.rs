//! Kills at random instants: while the store is opened, while it works, and on a store that was
//! killed before.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redress_tests::chance::Chance;
use redress_tests::testing::evidence::{self, Size};

use super::child::Told;
use super::process::{End, Run};
use super::reference::{ERASING, Reference};
use crate::stand::{copied, folder};

/// Kills that are made where `REDRESS_KILLS` does not say how many.
const KILLS: u64 = 500;
/// Acts of a story: some hundred milliseconds of work.
const ACTS: usize = 260;
/// Kills of one store at the most.
const KILLS_OF_A_STORE: u64 = 12;
/// Longest time that the first child of a store works.
const GROWS_MICROSECONDS: u64 = 300_000;
/// Longest time that every other child is left alone after it has opened the store.
const WORKS_MICROSECONDS: u64 = 50_000;
/// Longest time from the start of a child to its kill, where the kill is to come while it opens.
const STARTS_MICROSECONDS: u64 = 45_000;

#[test]
fn a_kill_at_any_instant_loses_nothing_and_does_nothing_twice() {
    let wanted = std::env::var("REDRESS_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(KILLS);
    let references: Vec<Reference> = (0..4)
        .map(|seed| Reference::of_seed(seed, ACTS))
        .chain([Reference::of(ERASING)])
        .collect();
    let count = Count::default();
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (references, count) = (&references, &count);
            scope.spawn(move || {
                let mut chance = Chance::new(worker);
                for life in 0.. {
                    if count.kills.load(Ordering::SeqCst) >= wanted {
                        break;
                    }
                    let reference = &references[(2 * life + usize::try_from(worker).unwrap()) % 5];
                    live(reference, &mut chance, count);
                }
            });
        }
    });
    println!("{count}");
    let [kills, lives, opening, told] = count.all();
    assert!(kills >= wanted);
    // Every way to be killed was there, and there was something to lose.
    assert!(
        opening > 0 && opening * 2 < kills && told > kills && lives * 2 < kills,
        "{count}"
    );
    let counted = [
        ("kills", kills),
        ("of them before the store was open", opening),
        ("stores", lives),
        ("acknowledgements seen", told),
    ];
    evidence::record("kill-instants", Size::Asked("REDRESS_KILLS"), &counted);
}

/// What was done, counted over both workers.
#[derive(Default)]
struct Count {
    kills: AtomicU64,
    lives: AtomicU64,
    /// Kills before the store was open.
    opening: AtomicU64,
    /// Answers that were told before kills.
    told: AtomicU64,
}

impl Count {
    fn all(&self) -> [u64; 4] {
        [&self.kills, &self.lives, &self.opening, &self.told].map(|one| one.load(Ordering::SeqCst))
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [kills, lives, opening, told] = self.all();
        write!(
            formatter,
            "{kills} kills on {lives} stores, {opening} of them before the store was open; {told} \
             acknowledgements seen"
        )
    }
}

/// The life of one store: it grows undisturbed for a while, is killed again and again, and then
/// everything is played to its end.
fn live(reference: &Reference, chance: &mut Chance, count: &Count) {
    let store = folder();
    let mut told: Vec<Told> = Vec::new();
    for round in 0..KILLS_OF_A_STORE {
        let microseconds = |limit| Duration::from_micros(limit);
        let end = match chance.below(8) {
            _ if round == 0 => End::AfterOpening(microseconds(chance.below(GROWS_MICROSECONDS))),
            0 => End::AfterStart(microseconds(chance.below(STARTS_MICROSECONDS))),
            _ => End::AfterOpening(microseconds(chance.below(WORKS_MICROSECONDS))),
        };
        let reached = told.iter().map(|one| one.index).max().unwrap_or(0);
        let run = Run {
            // Now and then everything is fed again from the beginning.
            from: match chance.below(6) {
                0 => 0,
                _ => reached.saturating_sub(5),
            },
            frame_bytes: match chance.below(3) {
                0 => 4 * 1024 * 1024,
                _ => 1,
            },
            rebuild_every: (chance.below(10) == 0).then_some(37),
            ..Run::of(reference, store.path(), end)
        };
        let ended = run.watch();
        let context = format!(
            "{}, round {round}, from act {}, {end:?}, {} acknowledgements",
            reference.story.name,
            run.from,
            told.len() + ended.told.len()
        );
        count
            .told
            .fetch_add(ended.told.len() as u64, Ordering::SeqCst);
        told.extend(ended.told);
        if !ended.killed {
            break;
        }
        count.kills.fetch_add(1, Ordering::SeqCst);
        count
            .opening
            .fetch_add(u64::from(!ended.opened), Ordering::SeqCst);
        // A copy is opened and looked at, so that the next kill comes upon what this one left.
        let image = copied(store.path());
        reference.assert_holds(image.path(), &told, &context);
    }
    count.lives.fetch_add(1, Ordering::SeqCst);
    reference.assert_ends_the_same(store.path(), &told, &reference.story.name);
}
