//! What time alone will bring about besides the deadlines of streams: editions that come into force
//! and intermediaries whose failures leave the window.

use std::collections::{BTreeSet, HashMap};

use redress_domain::identity::IntermediaryId;
use redress_domain::instant::Instant;

/// What is looked at when an instant is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Wake {
    /// An edition comes into force: before everything else at that instant.
    Rulebook,
    /// An intermediary's standing: after everything else at that instant.
    Intermediary(IntermediaryId),
}

/// One instant for everything that waits for one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wakes {
    order: BTreeSet<(Instant, Wake)>,
    instants: HashMap<Wake, Instant>,
}

impl Wakes {
    /// Sets, moves or takes back what waits.
    pub fn set(&mut self, wake: Wake, at: Option<Instant>) {
        let before = match at {
            Some(at) => self.instants.insert(wake.clone(), at),
            None => self.instants.remove(&wake),
        };
        if let Some(before) = before {
            self.order.remove(&(before, wake.clone()));
        }
        if let Some(at) = at {
            self.order.insert((at, wake));
        }
    }

    /// Whether something waits.
    pub fn contains(&self, wake: &Wake) -> bool {
        self.instants.contains_key(wake)
    }

    /// The first that waits.
    pub fn next(&self) -> Option<&(Instant, Wake)> {
        self.order.first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_wake_leaves_one_instant() {
        let wake = Wake::Intermediary(IntermediaryId::new("I1").unwrap());
        let mut wakes = Wakes::default();
        wakes.set(wake.clone(), Some(Instant::from_unix_ms(10)));
        wakes.set(wake.clone(), Some(Instant::from_unix_ms(5)));
        assert_eq!(
            wakes.next(),
            Some(&(Instant::from_unix_ms(5), wake.clone()))
        );
        wakes.set(wake.clone(), None);
        assert_eq!(wakes.next(), None);
        assert!(!wakes.contains(&wake));
    }
}
