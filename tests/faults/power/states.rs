//! The states in which a power cut can leave a disk, at every moment of a run: without anything that
//! was not synced, with all of it, with its beginning, with a write torn between two sectors or
//! lacking one of them, with any part of it.

use std::collections::HashMap;
use std::path::Path;

use super::medium::{Change, Durable, Medium, Pending, Without, sectors};
use super::trace::Step;
use crate::findings::Acknowledged;

/// Most places in one write at which it is torn.
const PLACES_IN_A_WRITE: usize = 100;

/// A disk after a power cut.
pub struct State {
    /// What was kept, for whoever reads of a loss.
    pub name: String,
    pub disk: Durable,
    /// What had been acknowledged.
    pub acknowledged: Vec<Acknowledged>,
}

/// What is kept of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kept {
    Nothing,
    /// Everything up to this step.
    UpTo(usize),
    /// Everything before this step, and the first sectors of what it wrote.
    Torn(usize, usize),
    /// Everything up to this step but one sector of what it wrote.
    Without(usize, usize),
    /// Any part of what there is, at this step.
    Some(usize),
}

/// What makes a state: how many syncs there were, and what is kept beside what they made durable.
type Key = (usize, Kept);

/// How many there are, and so many of them: all that keep nothing after something was acknowledged,
/// and others that follow from a seed.
pub fn states(
    steps: &[Step],
    root: &Path,
    without: Without,
    count: usize,
    seed: u64,
) -> (usize, Vec<State>) {
    let mut chosen = choose(steps, root, without, count, seed);
    let all = chosen.0;
    let mut states = Vec::new();
    let mut acknowledged = Vec::new();
    walk(steps, root, without, |moment, medium| {
        if let Step::Acknowledge(some) = &steps[moment] {
            acknowledged.extend(some.iter().cloned());
        }
        for kept in chosen.1.remove(&moment).unwrap_or_default() {
            states.push(State {
                name: format!("{kept:?} of what was not synced at step {moment}"),
                disk: disk_with(medium, kept, seed),
                acknowledged: acknowledged.clone(),
            });
        }
    });
    (all, states)
}

/// How many states there are, and what is kept in those that were chosen, by the last moment at
/// which each can arise: then most had been acknowledged.
fn choose(
    steps: &[Step],
    root: &Path,
    without: Without,
    count: usize,
    seed: u64,
) -> (usize, HashMap<usize, Vec<Kept>>) {
    let mut moments: HashMap<Key, usize> = HashMap::new();
    let mut after_answer: Vec<Key> = Vec::new();
    let mut syncs = 0;
    walk(steps, root, without, |moment, medium| {
        match &steps[moment] {
            Step::SyncFile(..) | Step::SyncFolder(_) => syncs += 1,
            Step::Acknowledge(_) => after_answer.push((syncs, Kept::Nothing)),
            _ => {}
        }
        for kept in kept_at(moment, medium) {
            moments.insert((syncs, kept), moment);
        }
    });
    after_answer.dedup();
    let mut others: Vec<Key> = moments
        .keys()
        .filter(|key| !after_answer.contains(key))
        .copied()
        .collect();
    others.sort_by_key(|(syncs, kept)| (*syncs, format!("{kept:?}")));
    let mut random = fastrand::Rng::with_seed(seed);
    random.shuffle(&mut others);
    random.shuffle(&mut after_answer);
    // Most of what can be torn is in one long write: as many of each kind are taken.
    others.sort_by_key(|(_, kept)| match kept {
        Kept::Torn(..) | Kept::Without(..) => 1,
        Kept::Nothing | Kept::UpTo(_) | Kept::Some(_) => 0,
    });
    let whole = others
        .iter()
        .take_while(|(_, kept)| !matches!(kept, Kept::Torn(..) | Kept::Without(..)))
        .count();
    let torn = others.split_off(whole);
    let mixed = interleaved(&after_answer, &interleaved(&others, &torn));
    let mut by_moment: HashMap<usize, Vec<Kept>> = HashMap::new();
    for key in mixed.iter().take(count) {
        by_moment.entry(moments[key]).or_default().push(key.1);
    }
    (moments.len(), by_moment)
}

/// One of each in turn, while there are any.
fn interleaved(one: &[Key], other: &[Key]) -> Vec<Key> {
    let longest = one.len().max(other.len());
    (0..longest)
        .flat_map(|index| [one.get(index), other.get(index)])
        .flatten()
        .copied()
        .collect()
}

fn walk(steps: &[Step], root: &Path, without: Without, mut see: impl FnMut(usize, &Medium)) {
    let mut medium = Medium::new(root, without);
    for (moment, step) in steps.iter().enumerate() {
        medium.take(moment, step);
        see(moment, &medium);
    }
}

fn kept_at(moment: usize, medium: &Medium) -> Vec<Kept> {
    let mut kept = vec![Kept::Nothing];
    let Some(last) = medium.pending.last() else {
        return kept;
    };
    if last.step != moment {
        return kept;
    }
    kept.push(Kept::UpTo(moment));
    if medium.pending.len() > 2 {
        kept.push(Kept::Some(moment));
    }
    if let Change::Write(_, offset, data) = &last.change {
        let pieces = sectors(usize::try_from(*offset).unwrap(), data.len()).len();
        // Of a write of megabytes some places stand for all.
        let stride = pieces.div_ceil(PLACES_IN_A_WRITE);
        let places = || (0..pieces).step_by(stride);
        kept.extend(places().skip(1).map(|first| Kept::Torn(moment, first)));
        if pieces > 1 {
            kept.extend(places().map(|missing| Kept::Without(moment, missing)));
        }
    }
    kept
}

fn disk_with(medium: &Medium, kept: Kept, seed: u64) -> Durable {
    let mut disk = medium.durable.clone();
    let up_to = |step: usize| {
        medium
            .pending
            .iter()
            .take_while(move |pending| pending.step <= step)
    };
    match kept {
        Kept::Nothing => {}
        Kept::UpTo(step) => up_to(step).for_each(|pending| disk.apply(&pending.change)),
        Kept::Torn(step, first) => {
            for Pending { step: at, change } in up_to(step) {
                match change {
                    Change::Write(file, offset, data) if *at == step => {
                        let from = usize::try_from(*offset).unwrap();
                        let end = sectors(from, data.len())[first - 1].end;
                        disk.write(*file, *offset, &data[..end]);
                    }
                    _ => disk.apply(change),
                }
            }
        }
        Kept::Without(step, missing) => {
            for Pending { step: at, change } in up_to(step) {
                match change {
                    Change::Write(file, offset, data) if *at == step => {
                        let from = usize::try_from(*offset).unwrap();
                        let lost = sectors(from, data.len())[missing].start;
                        disk.write_sectors(*file, *offset, data, |start| start != lost);
                    }
                    _ => disk.apply(change),
                }
            }
        }
        Kept::Some(step) => keep_some(&mut disk, &medium.pending, seed ^ step as u64),
    }
    disk
}

/// Any of the writes, each whole or in part; of the names of each folder the first few changes.
fn keep_some(disk: &mut Durable, pending: &[Pending], seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut ended: Vec<std::path::PathBuf> = Vec::new();
    for Pending { change, .. } in pending {
        let is_kept = random.bool();
        match change {
            Change::Name(naming) if ended.iter().any(|folder| folder == naming.folder()) => {}
            Change::Name(naming) if !is_kept => ended.push(naming.folder().to_owned()),
            Change::Write(file, offset, data) if is_kept && random.bool() => {
                disk.write_sectors(*file, *offset, data, |_| random.bool());
            }
            change if is_kept => disk.apply(change),
            Change::Name(_) | Change::Write(..) | Change::Resize(..) => {}
        }
    }
}
