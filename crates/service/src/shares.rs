//! Places of which each may hold only so many, so that nobody takes those of all others.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// How many places each holds.
#[derive(Debug)]
pub struct Shares<K: Hash + Eq> {
    held: Arc<Mutex<HashMap<K, usize>>>,
    max: usize,
}

impl<K: Hash + Eq + Clone> Shares<K> {
    /// Nobody holds one yet; each may hold so many.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self {
            held: Arc::default(),
            max,
        }
    }

    /// Takes a place, which is free again when it is dropped; `None` for whoever holds as many as
    /// they may.
    #[must_use]
    pub fn take(&self, holder: K) -> Option<Share<K>> {
        let mut held = self.held.lock();
        let count = held.get(&holder).copied().unwrap_or(0);
        if count >= self.max {
            return None;
        }
        held.insert(holder.clone(), count + 1);
        Some(Share {
            held: Arc::clone(&self.held),
            holder,
        })
    }
}

/// A place.
#[derive(Debug)]
pub struct Share<K: Hash + Eq> {
    held: Arc<Mutex<HashMap<K, usize>>>,
    holder: K,
}

impl<K: Hash + Eq> Drop for Share<K> {
    fn drop(&mut self) {
        let mut held = self.held.lock();
        if let Some(count) = held.get_mut(&self.holder) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shares;

    #[test]
    fn each_holds_only_so_many_and_whoever_holds_none_is_forgotten() {
        let shares = Shares::new(2);
        let first = shares.take("a").unwrap();
        let second = shares.take("a").unwrap();
        assert!(shares.take("a").is_none());
        let of_another = shares.take("b").unwrap();
        drop(first);
        let third = shares.take("a").unwrap();
        assert!(shares.take("a").is_none());
        drop((second, third, of_another));
        assert!(shares.held.lock().is_empty());
        assert!(Shares::new(0).take("a").is_none());
    }
}
