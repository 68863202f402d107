//! A full disk: no acknowledgement, a message that says so, reads go on; and when there is space
//! again, a restart goes on where it was.

use std::fs;
use std::path::{Path, PathBuf};

use redress_engine::{Answer, Engine};
use redress_protocol::feed::Ordinals;
use redress_store::step::Safeguard;
use redress_tests::small_disk::SmallDisk;
use redress_tests::testing::evidence::{self, Size};

use crate::child::{End, binary, role, run};
use crate::disk::{Call, Fault, Layer, Refusal};
use crate::feed::{feed, generated};
use crate::findings::{Findings, acknowledgements, lost};
use crate::roles::{open, submission, tell_of};
use crate::stand::{folder, look_at, views};

/// Lines that are taken before the disk is full.
const LINES_BEFORE: usize = 50;

/// A process that hands in everything whatever it is answered: the disk is full from one line on.
pub fn role_of_overfilling(data: &Path) -> Result<(), String> {
    let full = PathBuf::from(std::env::var_os("DISK_FAIL_WHILE").unwrap());
    let mut ordinals = Ordinals::default();
    let (engine, _) = open(data)?;
    for (number, line) in feed().iter().enumerate() {
        let one = submission(line.as_bytes(), &mut ordinals);
        if let Ok(Answer::Accepted(accepted)) = engine.submit(one.clone()).wait() {
            tell_of(&one, &accepted);
        }
        if number + 1 == LINES_BEFORE {
            fs::write(&full, b"").unwrap();
        }
    }
    drop(engine);
    println!("whole {LINES_BEFORE}");
    Ok(())
}

/// One process lives through it: the disk is full while a file is there.
pub fn role_of_filling(data: &Path) -> Result<(), String> {
    let full = PathBuf::from(std::env::var_os("DISK_FAIL_WHILE").unwrap());
    let lines = feed();
    let mut ordinals = Ordinals::default();
    let submissions: Vec<_> = lines
        .iter()
        .map(|line| submission(line.as_bytes(), &mut ordinals))
        .collect();
    let submit = |engine: &Engine, from: usize| {
        for (number, one) in submissions.iter().enumerate().skip(from) {
            match engine.submit(one.clone()).wait() {
                Ok(Answer::Accepted(accepted)) => tell_of(one, &accepted),
                Ok(Answer::Refused(_)) => {}
                Err(error) => return (number, error.to_string()),
            }
            if number + 1 == LINES_BEFORE {
                fs::write(&full, b"").unwrap();
            }
        }
        (submissions.len(), String::new())
    };

    let (engine, _) = open(data)?;
    let (reached, because) = submit(&engine, 0);
    assert!((LINES_BEFORE..submissions.len()).contains(&reached));
    assert!(because.contains(Refusal::Full.words()), "{because}");
    // The same process answers questions from what was acknowledged, and takes nothing more.
    let position = engine.last_position();
    let at = submissions[LINES_BEFORE].recorded_at.unwrap();
    let seen = views(&engine, look_at(at));
    assert!(seen.keys().any(|name| name.starts_with("complaint/")));
    let (still, because) = submit(&engine, reached);
    assert_eq!(still, reached);
    assert!(because.contains(Refusal::Full.words()), "{because}");
    assert_eq!(engine.last_position(), position);
    drop(engine);

    // A restart on the full disk says what is the matter, if it cannot be.
    if let Err(because) = open(data) {
        assert!(because.contains(Refusal::Full.words()), "{because}");
    }
    fs::remove_file(&full).unwrap();
    let (engine, _) = open(data)?;
    assert_eq!(engine.last_position(), position);
    assert_eq!(views(&engine, look_at(at)), seen);
    let (reached, because) = submit(&engine, reached);
    assert_eq!(reached, submissions.len(), "{because}");
    drop(engine);
    println!("whole {}", submissions.len());
    Ok(())
}

#[test]
fn a_disk_that_fills_up_and_has_space_again() {
    if !Layer::is_there() {
        return;
    }
    let place = folder();
    let root = place.path().join("disk");
    fs::create_dir(&root).unwrap();
    let data = root.join("data");
    assert_eq!(run(binary(&data).args(["append", "-"])).end, End::Code(0));
    let mut counted = Vec::new();
    for (part, place_of) in [
        ("/disk/", "full disk"),
        ("/journal/", "full place of the journal"),
        ("/vault/", "full place of the vault"),
    ] {
        counted.push((place_of, 1));
        let data = root.join(part.trim_matches('/'));
        crate::stand::copy(&root.join("data"), &data);
        let layer = Layer {
            trace: None,
            fault: Some(Fault {
                call: Call::Write,
                part: part.to_owned(),
                first: 1,
                last: 0,
                error: Refusal::Full,
                only_while: Some(place.path().join("full")),
            }),
        };
        let mut filling = role("fill", &data);
        assert!(layer.under(&mut filling, &root));
        let ran = run(&mut filling);
        let findings = Findings::of(&ran).unwrap();
        assert_eq!(findings.refused, None);
        let acknowledged = acknowledgements(ran.output.as_bytes());
        assert!(acknowledged.len() > LINES_BEFORE);
        let examined = Findings::of(&run(&mut role("examine", &data))).unwrap();
        assert!(examined.whole, "{:?}", examined.refused);
        assert_eq!(lost(&acknowledged, &examined.events), None);
        counted.push(("acknowledgements found again", acknowledged.len() as u64));
    }
    evidence::record("disk-full-in-process", Size::Fixed, &counted);
}

/// What is lost where the journal's place is full, if anything is.
fn overfilled(without: Option<Safeguard>) -> Option<String> {
    let place = folder();
    let root = place.path().join("disk");
    fs::create_dir(&root).unwrap();
    let data = root.join("data");
    assert_eq!(run(binary(&data).args(["append", "-"])).end, End::Code(0));
    let full = place.path().join("full");
    let layer = Layer {
        trace: None,
        fault: Some(Fault {
            call: Call::Write,
            part: "/journal/".to_owned(),
            first: 1,
            last: 0,
            error: Refusal::Full,
            only_while: Some(full.clone()),
        }),
    };
    let mut overfilling = role("overfill", &data);
    assert!(layer.under(&mut overfilling, &root));
    if let Some(safeguard) = without {
        overfilling.env("REDRESS_WITHOUT", safeguard.name());
    }
    let ran = run(&mut overfilling);
    assert!(Findings::of(&ran).unwrap().whole);
    fs::remove_file(&full).unwrap();
    let acknowledged = acknowledgements(ran.output.as_bytes());
    assert!(acknowledged.len() >= LINES_BEFORE / 2);
    let examined = Findings::of(&run(&mut role("examine", &data))).unwrap();
    match examined.refused {
        Some(because) => Some(because),
        None => lost(&acknowledged, &examined.events).map(|one| format!("{one:?} is lost")),
    }
}

#[test]
fn answers_after_an_append_that_failed_are_reported_as_lost() {
    if !Layer::is_there() {
        return;
    }
    assert_eq!(overfilled(None), None);
    let reported = overfilled(Some(Safeguard::StopAfterFailure)).unwrap();
    let is_loss = reported.contains("is lost") || reported.contains("events are missing");
    assert!(is_loss, "{reported}");
    let counted = [("full disks", 1), ("of them reported", 1)];
    evidence::record(Safeguard::StopAfterFailure.name(), Size::Fixed, &counted);
}

#[test]
fn a_small_disk_is_filled_by_a_feed() {
    let place = folder();
    let feed = place.path().join("feed");
    fs::write(&feed, generated(100, 9).join("\n")).unwrap();
    let append = |data: &Path| {
        let mut command = binary(data);
        command.arg("append").arg(&feed).args(["--answers", "-"]);
        run(&mut command)
    };
    let whole = place.path().join("whole");
    let ran = append(&whole);
    assert_eq!(ran.end, End::Code(0));
    let all = acknowledgements(ran.output.as_bytes()).len();
    let expected = Findings::of(&run(&mut role("examine", &whole))).unwrap();

    let mut counted = Vec::new();
    for size in ["60k", "330k", "600k"] {
        let Some(disk) = SmallDisk::of(size) else {
            redress_tests::skipped("no small disk can be mounted here");
            return;
        };
        let data = disk.path().join("data");
        let ran = append(&data);
        let acknowledged = acknowledgements(ran.output.as_bytes());
        println!("{size}: {} acknowledged, {:?}", acknowledged.len(), ran.end);
        assert!(!ran.errors.contains("panicked at"), "{}", ran.errors);
        // Where only the read store has no space left, everything is done all the same.
        match ran.end {
            End::Code(0) => assert_eq!(acknowledged.len(), all),
            end => assert_eq!(end, End::Code(1), "{}", ran.errors),
        }
        assert!(ran.errors.contains(Refusal::Full.words()), "{}", ran.errors);
        // Reading may need space for what was not brought to the read store; it never loses any.
        let read = run(binary(&data).args(["list", "complaints"]));
        let told = read.errors.contains(Refusal::Full.words()) || read.errors.contains("no store");
        assert!(
            read.end == End::Code(0) || (read.end == End::Code(1) && told),
            "{read:?}"
        );
        disk.grow();
        let again = append(&data);
        assert_eq!(again.end, End::Code(0), "{again:?}");
        let findings = Findings::of(&run(&mut role("examine", &data))).unwrap();
        assert_eq!(lost(&acknowledged, &findings.events), None);
        assert!(findings.events == expected.events && findings.texts == expected.texts);
        counted.push((
            format!("commands acknowledged on {size}"),
            acknowledged.len(),
        ));
    }
    let counted: Vec<(&str, u64)> = counted
        .iter()
        .map(|(what, times)| (what.as_str(), *times as u64))
        .collect();
    evidence::record("disk-full-mounted", Size::Fixed, &counted);
}
