//! Choices that follow from a seed.

use redress_domain::instant::{Instant, Span};

/// A sequence of choices.
pub struct Chance(fastrand::Rng);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// One of the numbers below a limit; 0 where there is none.
    pub fn below(&mut self, limit: u64) -> u64 {
        let product = u128::from(self.0.u64(..)) * u128::from(limit);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// One of the numbers from the first to the last.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last.saturating_sub(first).saturating_add(1))
    }

    /// Whether something that so many cases in a hundred have is the case.
    pub fn percent(&mut self, of_a_hundred: u64) -> bool {
        self.below(100) < of_a_hundred
    }

    /// Whether something that so many cases in a thousand have is the case.
    pub fn per_mille(&mut self, of_a_thousand: u64) -> bool {
        self.below(1_000) < of_a_thousand
    }

    /// One of several, each with its weight.
    pub fn weighted<T: Copy>(&mut self, choices: &[(u64, T)], otherwise: T) -> T {
        let all = choices.iter().map(|(weight, _)| weight).sum();
        let mut drawn = self.below(all);
        for (weight, choice) in choices {
            if drawn < *weight {
                return *choice;
            }
            drawn -= weight;
        }
        otherwise
    }

    /// One of several, each as likely as the others.
    pub fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let index = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices.get(index).copied().unwrap_or_default()
    }

    /// An instant some minutes later, from the fewest to the most, to the millisecond.
    pub fn minutes_after(&mut self, at: Instant, fewest: u64, most: u64) -> Instant {
        let ms = self.between(fewest * 60_000, most * 60_000);
        at.plus(Span::from_ms(i64::try_from(ms).unwrap_or(0)))
    }

    /// An instant some hours later, from the fewest to the most, to the millisecond.
    pub fn hours_after(&mut self, at: Instant, fewest: u64, most: u64) -> Instant {
        self.minutes_after(at, fewest * 60, most * 60)
    }
}
