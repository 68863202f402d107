//! How fast one identity may ask, and how many streams it may hold: nobody crowds out the others.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use redress_domain::identity::Actor;

use crate::caller::{ActsFor, Caller};
use crate::configuration::Limits;
use crate::problem::{Problem, codes};
use crate::shares::{Share, Shares};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// After so many requests the identities that have been quiet for a while are forgotten.
const FORGET_EVERY: u32 = 65_536;

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// How fast each identity asks, and how fast each address sends credentials that are not good.
pub struct Rates {
    requests: Option<Limiter<Actor>>,
    failures: Option<Limiter<IpAddr>>,
    burst: u32,
    asked: AtomicU32,
}

impl Rates {
    /// Nobody has asked yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            requests: quota(limits.requests_per_s, limits.requests_burst).map(limiter),
            failures: quota(limits.failures_per_s, limits.failures_burst).map(limiter),
            burst: limits.requests_burst,
            asked: AtomicU32::new(0),
        }
    }

    /// Counts a request; gives what the caller is told of the rest of its share.
    ///
    /// The development admin is alone on its machine and has no share.
    ///
    /// # Errors
    /// `too_fast`, with the time to wait.
    pub fn request(&self, caller: &Caller) -> Result<HeaderMap, Problem> {
        let mut told = HeaderMap::new();
        let Some(limiter) = self.requests.as_ref().filter(|_| has_share(caller)) else {
            return Ok(told);
        };
        if self.asked.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            limiter.retain_recent();
        }
        let left = checked(limiter, &caller.actor)?;
        let texts = [
            (RATE_LIMIT, format!("\"identity\";r={left}")),
            (
                RATE_LIMIT_POLICY,
                format!("\"identity\";q={};w=1", self.burst),
            ),
        ];
        for (name, text) in texts {
            if let Ok(value) = HeaderValue::try_from(text) {
                told.insert(name, value);
            }
        }
        Ok(told)
    }

    /// Waits until the caller may hand in one more line of a feed: a feed is slowed down, not cut.
    pub async fn line(&self, caller: &Caller) {
        if let Some(limiter) = self.requests.as_ref().filter(|_| has_share(caller)) {
            limiter.until_key_ready(&caller.actor).await;
        }
    }

    /// Counts a credential that was not good.
    ///
    /// # Errors
    /// `too_fast`, when one address tries too many.
    pub fn failure(&self, address: IpAddr) -> Result<(), Problem> {
        match &self.failures {
            Some(limiter) => {
                // Addresses come and go by the million; only those of the last moments matter.
                if limiter.len() > 4_096 {
                    limiter.retain_recent();
                }
                checked(limiter, &address).map(|_| ())
            }
            None => Ok(()),
        }
    }
}

fn has_share(caller: &Caller) -> bool {
    caller.acts_for != ActsFor::Anybody
}

fn quota(per_s: u32, burst: u32) -> Option<Quota> {
    let per_s = NonZeroU32::new(per_s)?;
    Some(Quota::per_second(per_s).allow_burst(NonZeroU32::new(burst).unwrap_or(per_s)))
}

fn limiter<K: std::hash::Hash + Eq + Clone>(quota: Quota) -> Limiter<K> {
    RateLimiter::hashmap(quota).with_middleware()
}

/// Takes one from a share; says how many are left.
fn checked<K: std::hash::Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K) -> Result<u32, Problem> {
    limiter
        .check_key(key)
        .map(|state| state.remaining_burst_capacity())
        .map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Problem::of(&codes::TOO_FAST).retry_after(whole_seconds(wait))
        })
}

/// Rounded up: whoever waits that long is let through.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The streams that each identity holds open: feeds, and followers of events.
pub struct Streams {
    shares: Shares<Actor>,
    max: usize,
}

impl Streams {
    /// None is open yet; each identity may hold so many.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self {
            shares: Shares::new(max),
            max,
        }
    }

    /// Takes a place for a stream, which is free again when it is dropped.
    ///
    /// # Errors
    /// `too_fast`, when the caller holds as many as it may.
    pub fn open(&self, caller: &Caller) -> Result<StreamPlace, Problem> {
        self.shares.take(caller.actor.clone()).ok_or_else(|| {
            Problem::of(&codes::TOO_FAST).because(format!(
                "at most {} streams may be open at a time",
                self.max
            ))
        })
    }
}

/// A place for a stream.
pub type StreamPlace = Share<Actor>;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::whole_seconds;

    #[test]
    fn a_part_of_a_second_is_waited_for_too() {
        assert_eq!(whole_seconds(Duration::ZERO), 0);
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(2_000)), 2);
        assert_eq!(whole_seconds(Duration::from_millis(2_001)), 3);
    }
}
