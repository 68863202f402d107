//! One flipped bit anywhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use redress_tests::testing::evidence::{self, Size};

use super::Store;
use crate::child::{End, binary, count_asked, for_each, role, run};
use crate::feed::generated;
use crate::findings::Findings;
use crate::stand::{copy, files, folder, last_segment};

const SEED: u64 = 11;

/// A bit to flip.
#[derive(Clone, Debug)]
struct Flip {
    /// The file, below the data directory.
    file: PathBuf,
    byte: usize,
    bit: u32,
}

/// What became of a damaged store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// It was refused, with the place.
    Reported,
    /// The read store was built anew.
    Rebuilt,
    /// It was noticed while the store was read; the next start built the read store anew.
    ReportedThenRebuilt,
    /// Nothing that anybody can ask for is affected.
    Harmless,
}

impl Outcome {
    fn words(self) -> &'static str {
        match self {
            Self::Reported => "reported with the place",
            Self::Rebuilt => "rebuilt at start",
            Self::ReportedThenRebuilt => "reported while reading, rebuilt at the next start",
            Self::Harmless => "harmless",
        }
    }
}

/// What a file is for: it decides what may become of damage to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Segment,
    Digest,
    ReadStore,
    Vault,
    FirstEdition,
    Key,
    Lock,
}

impl Part {
    /// Each as often as its number stands here.
    const DRAWN: [(Self, u32); 7] = [
        (Self::Segment, 8),
        (Self::ReadStore, 8),
        (Self::Vault, 5),
        (Self::Digest, 2),
        (Self::FirstEdition, 1),
        (Self::Key, 1),
        (Self::Lock, 1),
    ];

    fn of(file: &Path) -> Self {
        let name = file.to_string_lossy();
        match &*name {
            "first-edition.toml" => Self::FirstEdition,
            "key-encryption-key" => Self::Key,
            "lock" => Self::Lock,
            name if name.ends_with(".sha256") => Self::Digest,
            name if name.starts_with("journal/") => Self::Segment,
            name if name.starts_with("read/") => Self::ReadStore,
            name if name.starts_with("vault/") => Self::Vault,
            other => panic!("what is {other} for?"),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Segment => "segments",
            Self::Digest => "digests of segments",
            Self::ReadStore => "the read store",
            Self::Vault => "the vault",
            Self::FirstEdition => "the first edition",
            Self::Key => "the key-encryption key",
            Self::Lock => "the lock",
        }
    }

    /// How a report names the place.
    fn is_named_in(self, report: &str, file: &Path) -> bool {
        let name = file.file_name().unwrap().to_string_lossy();
        match self {
            Self::Segment => report.contains(&*name),
            // The segment that the digest is of.
            Self::Digest => report.contains(name.trim_end_matches(".sha256")),
            Self::ReadStore => report.contains("read store"),
            Self::Vault => report.contains(&*name),
            Self::FirstEdition => {
                report.contains("first-edition.toml") || report.contains("genesis")
            }
            Self::Key => {
                report.contains("key-encryption-key") || report.contains("key-encryption key")
            }
            Self::Lock => false,
        }
    }
}

/// Bits in places that follow from the seed; in the read store only where there is something.
fn flips(data: &Path, count: usize) -> Vec<Flip> {
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut by_part: BTreeMap<Part, Vec<(PathBuf, Vec<u8>)>> = BTreeMap::new();
    for (path, bytes) in files(data) {
        let file = path.strip_prefix(data).unwrap().to_owned();
        if !bytes.is_empty() {
            by_part
                .entry(Part::of(&file))
                .or_default()
                .push((file, bytes));
        }
    }
    let drawn: u32 = Part::DRAWN.iter().map(|(_, often)| often).sum();
    (0..count)
        .map(|_| {
            let mut ticket = random.u32(0..drawn);
            let part = Part::DRAWN
                .iter()
                .find(|(_, often)| match ticket.checked_sub(*often) {
                    Some(rest) => {
                        ticket = rest;
                        false
                    }
                    None => true,
                })
                .unwrap()
                .0;
            let (file, bytes) = random.choice(&by_part[&part]).unwrap();
            let byte = loop {
                let byte = random.usize(0..bytes.len());
                let sector = byte - byte % 512;
                let sector = &bytes[sector..bytes.len().min(sector + 512)];
                if sector.iter().any(|byte| *byte != 0) {
                    break byte;
                }
            };
            Flip {
                file: file.clone(),
                byte,
                bit: random.u32(0..8),
            }
        })
        .collect()
}

/// Whether the checksums of a damaged segment are left as they were.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Checksums {
    Kept,
    Forged,
}

/// Makes the checksums of a segment's frames right again.
fn forge(segment: &mut [u8]) {
    const SEGMENT_HEADER_BYTES: usize = 92;
    const HEADER_BYTES: usize = 32;
    let mut rest = &mut segment[SEGMENT_HEADER_BYTES..];
    while rest.len() > HEADER_BYTES {
        let (header, behind) = rest.split_at_mut(HEADER_BYTES);
        let length = u32::from_le_bytes(*header[4..].first_chunk().unwrap());
        let (payload, after) = behind.split_at_mut(usize::try_from(length).unwrap());
        header[24..28].copy_from_slice(&crc32c::crc32c(payload).to_le_bytes());
        let checksum = crc32c::crc32c(&header[..28]);
        header[28..].copy_from_slice(&checksum.to_le_bytes());
        rest = after;
    }
}

fn outcome(store: &Store, flip: &Flip, checksums: Checksums) -> Result<Outcome, String> {
    let place = folder();
    let data = place.path().join("data");
    copy(&store.data(), &data);
    let damaged = data.join(&flip.file);
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[flip.byte] ^= 1 << flip.bit;
    if checksums == Checksums::Forged {
        forge(&mut bytes);
    }
    fs::write(&damaged, &bytes).unwrap();
    let before = truth(&data);

    let part = Part::of(&flip.file);
    let findings = Findings::of(&run(&mut role("examine", &data)))?;
    let Some(report) = &findings.refused else {
        findings.answers_like(&store.reference)?;
        return match (part, &findings.rebuilt) {
            (Part::Segment | Part::Digest, _) => Err("passed over".to_owned()),
            (_, Some(_)) => Ok(Outcome::Rebuilt),
            (_, None) => Ok(Outcome::Harmless),
        };
    };
    if !part.is_named_in(report, &flip.file) {
        return Err(format!("the place is not named: {report}"));
    }
    if truth(&data) != before {
        return Err(format!("something was written all the same: {report}"));
    }
    if part == Part::ReadStore {
        let again = Findings::of(&run(&mut role("examine", &data)))?;
        return match &again.refused {
            None => again
                .answers_like(&store.reference)
                .map(|()| Outcome::ReportedThenRebuilt),
            Some(still) => Err(format!("the next start does not heal it: {still}")),
        };
    }
    told_by_the_binary(&data)?;
    Ok(Outcome::Reported)
}

/// Everything that is not derived, but for what every start writes.
fn truth(data: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    files(data)
        .into_iter()
        .filter(|(path, _)| {
            let part = Part::of(path.strip_prefix(data).unwrap());
            !matches!(part, Part::ReadStore | Part::Lock)
        })
        .collect()
}

/// The binary says it in its own way: a message, and an exit code that means failure or damage.
fn told_by_the_binary(data: &Path) -> Result<(), String> {
    for arguments in [
        &["history", "--all", "--unseal", "--purpose", "trial"][..],
        &["log", "verify"],
    ] {
        let ran = run(binary(data).args(arguments));
        let told = ran.errors.lines().any(|line| line.starts_with("redress: "));
        match ran.end {
            End::Code(1 | 5) if told => return Ok(()),
            End::Code(0) => {}
            _ => return Err(format!("the binary: {ran:?}")),
        }
    }
    Err("the binary says nothing of it".to_owned())
}

#[test]
fn a_flipped_bit_is_reported_or_healed() {
    let store = Store::of(&generated(30, 5));
    let count = count_asked("REDRESS_FLIPS", 80);
    let flips = flips(&store.data(), count);
    let found = for_each(&flips, |flip| outcome(&store, flip, Checksums::Kept));
    let mut outcomes: BTreeMap<(Part, Outcome), u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (flip, outcome) in flips.iter().zip(found) {
        match outcome {
            Ok(outcome) => *outcomes.entry((Part::of(&flip.file), outcome)).or_default() += 1,
            Err(what) => wrong.push(format!("{flip:?}: {what}")),
        }
    }
    println!(
        "{count} flipped bits of a store of {} events:",
        store.reference.events.len()
    );
    for ((part, outcome), times) in &outcomes {
        println!("  {part:?} {outcome:?}: {times}");
    }
    assert!(wrong.is_empty(), "{} of {count}: {wrong:#?}", wrong.len());
    let mut counted = vec![
        ("flipped bits".to_owned(), count as u64),
        (
            "events in the store".to_owned(),
            store.reference.events.len() as u64,
        ),
    ];
    for ((part, outcome), times) in outcomes {
        let what = format!("in {}: {}", part.words(), outcome.words());
        counted.push((what, u64::from(times)));
    }
    counted.push(("passed over".to_owned(), wrong.len() as u64));
    let counted: Vec<(&str, u64)> = counted
        .iter()
        .map(|(what, times)| (what.as_str(), *times))
        .collect();
    evidence::record("flips", Size::Asked("REDRESS_FLIPS"), &counted);
}

/// Without checksums there would be other answers, or damage that is told without its place.
#[test]
fn without_checksums_damage_would_be_passed_over() {
    let store = Store::of(&generated(24, 3));
    let segment = last_segment(&store.data());
    let file = segment.strip_prefix(store.data()).unwrap().to_owned();
    let length = fs::metadata(&segment).unwrap().len();
    let flips: Vec<Flip> = (1..=16)
        .map(|number| Flip {
            file: file.clone(),
            // Behind the headers of the segment and of its first frame, whose length must stay.
            byte: 130 + usize::try_from((length - 150) * number / 17).unwrap(),
            bit: 2,
        })
        .collect();
    let found = for_each(&flips, |flip| outcome(&store, flip, Checksums::Forged));
    let noticed = found.iter().filter(|outcome| outcome.is_err()).count();
    println!(
        "{noticed} of {} flips with forged checksums are passed over",
        flips.len()
    );
    assert!(noticed > 0, "{found:?}");
    let counted = [
        ("flipped bits", flips.len() as u64),
        ("of them reported as wrong", noticed as u64),
    ];
    evidence::record("flips-without-checksums", Size::Fixed, &counted);
}
