//! A feed: one command a line. A line without an id gets one from its own bytes.

use std::collections::HashMap;

use uuid::{Uuid, uuid};

/// The namespace of ids that are derived from the lines of feeds.
const NAMESPACE: Uuid = uuid!("6f2f8a0e-6f0c-5d0b-9c55-6b5e1f0c7a01");

/// The id of a line that has none: the same line at the same place among its equals has the same
/// id in every feed that is fed again, and no other line has it. The ordinal counts from 0; line
/// ends are not part of the line.
#[must_use]
pub fn derive_id(line: &[u8], ordinal_among_equal_lines: u64) -> Uuid {
    let mut name = Vec::with_capacity(line.len() + 8);
    name.extend_from_slice(&ordinal_among_equal_lines.to_be_bytes());
    name.extend_from_slice(line);
    Uuid::new_v5(&NAMESPACE, &name)
}

/// Counts equal lines of one feed. It keeps 16 bytes of each distinct line, not the line.
#[derive(Debug, Default)]
pub struct Ordinals {
    seen: HashMap<Uuid, u64>,
}

impl Ordinals {
    /// The id of the next line of the feed, were it to have none of its own.
    pub fn derive_id(&mut self, line: &[u8]) -> Uuid {
        let ordinal = self.seen.entry(derive_id(line, 0)).or_insert(0);
        let id = derive_id(line, *ordinal);
        *ordinal += 1;
        id
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Ordinals, derive_id};

    #[test]
    fn the_same_feed_again_has_the_same_ids() {
        let lines: [&[u8]; 4] = [b"a", b"b", b"a", b"a"];
        let ids = |lines: &[&[u8]]| {
            let mut ordinals = Ordinals::default();
            lines
                .iter()
                .map(|line| ordinals.derive_id(line))
                .collect::<Vec<_>>()
        };
        let first = ids(&lines);
        assert_eq!(first, ids(&lines));
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), 4);
        // A line before it changes nothing, as long as it is another line.
        assert_eq!(ids(&[b"c", b"a"])[1], first[0]);
    }

    #[test]
    fn ids_stay_what_they_are() {
        // Stores keep the ids of commands for ever: these must never change.
        assert_eq!(
            derive_id(b"{}", 0).to_string(),
            "ea7c4d8e-1b20-5846-8ea5-236f0dce2cc9"
        );
    }
}
