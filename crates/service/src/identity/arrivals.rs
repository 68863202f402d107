//! Who was let in: a line in the log for each, when they come and then at the most once a minute,
//! however much they ask for.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redress_domain::identity::Actor;

use super::Standing;

/// How long nothing more is told of somebody who was let in.
const TOLD_FOR: Duration = Duration::from_secs(60);
/// With so many, those of whom more would be told anyway are forgotten; where that is not enough, all.
const KNOWN_MAX: usize = 16_384;

/// Somebody, with what they were let in with, from where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Arrival {
    actor: Actor,
    credential: Option<String>,
    address: Option<IpAddr>,
}

/// Those of whom the log tells already.
#[derive(Debug, Default)]
pub struct Arrivals(Mutex<HashMap<Arrival, Instant>>);

impl Arrivals {
    /// Tells that somebody was let in, unless it was told a short while ago.
    pub fn note(&self, actor: &Actor, standing: &Standing, address: Option<IpAddr>) {
        let (means, credential) = match standing {
            Standing::Unconfigured => return,
            Standing::ApiKey(key_id) => ("api_key", Some(key_id.clone())),
            Standing::Until(_) => ("token_or_certificate", None),
        };
        let arrival = Arrival {
            actor: actor.clone(),
            credential,
            address,
        };
        let Some(arrival) = self.told_anew(arrival, Instant::now()) else {
            return;
        };
        tracing::info!(
            role = arrival.actor.role.as_str(),
            id = ?arrival.actor.id.as_str(),
            means,
            api_key = arrival.credential,
            address = arrival.address.map(tracing::field::display),
            "let in"
        );
    }

    /// Gives an arrival back when it is to be told.
    fn told_anew(&self, arrival: Arrival, now: Instant) -> Option<Arrival> {
        let is_fresh = |at: &Instant| now.saturating_duration_since(*at) < TOLD_FOR;
        let mut known = self.0.lock();
        if known.get(&arrival).is_some_and(is_fresh) {
            return None;
        }
        if known.len() >= KNOWN_MAX {
            known.retain(|_, at| is_fresh(at));
        }
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(arrival.clone(), now);
        Some(arrival)
    }
}

#[cfg(test)]
mod tests {
    use redress_domain::identity::{ActorId, Role};

    use super::*;

    fn arrival(id: &str, key_id: &str, last: u8) -> Arrival {
        Arrival {
            actor: Actor {
                role: Role::Merchant,
                id: ActorId::new(id).unwrap(),
            },
            credential: Some(key_id.to_owned()),
            address: Some(IpAddr::from([203, 0, 113, last])),
        }
    }

    #[test]
    fn each_is_told_once_a_minute_by_credential_and_address() {
        let (arrivals, begun) = (Arrivals::default(), Instant::now());
        let is_told = |arrival, after_s| {
            let now = begun + Duration::from_secs(after_s);
            arrivals.told_anew(arrival, now).is_some()
        };
        assert!(is_told(arrival("M1", "k1", 1), 0));
        for second in 0..60 {
            assert!(!is_told(arrival("M1", "k1", 1), second), "{second}");
        }
        assert!(is_told(arrival("M1", "k2", 1), 30));
        assert!(is_told(arrival("M1", "k1", 2), 30));
        assert!(is_told(arrival("M2", "k1", 1), 30));
        assert!(is_told(arrival("M1", "k1", 1), 60));
        assert!(!is_told(arrival("M1", "k1", 1), 61));
    }

    #[test]
    fn those_who_come_and_go_are_forgotten() {
        let (arrivals, begun) = (Arrivals::default(), Instant::now());
        let count = || arrivals.0.lock().len();
        for number in 0..KNOWN_MAX {
            arrivals.told_anew(arrival(&format!("M{number}"), "k", 1), begun);
        }
        assert_eq!(count(), KNOWN_MAX);
        arrivals.told_anew(arrival("M1", "k", 2), begun + TOLD_FOR);
        assert_eq!(count(), 1);
        for number in 0..3 * KNOWN_MAX {
            arrivals.told_anew(arrival(&format!("M{number}"), "k", 3), begun + TOLD_FOR);
        }
        assert!(count() <= KNOWN_MAX, "{}", count());
    }
}
