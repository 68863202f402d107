//! What people and other programs write: commands, feeds, editions, scenarios, and the complaints
//! 2.0 documents.

use std::collections::HashSet;
use std::path::Path;
use std::sync::OnceLock;

use redress_domain::instant::Instant;
use redress_domain::rulebook::Edition;
use redress_protocol::edition::{built_in, parse_edition, render_edition};
use redress_protocol::feed::Ordinals;
use redress_protocol::{command as commands, scenario as scenarios};
use redress_wechatpay::{document, history, mapping};

/// One command: what is read does not depend on how the document is written.
pub fn command(bytes: &[u8]) {
    let Ok(read) = commands::parse_bytes(bytes) else {
        return;
    };
    let document: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    serde_json::from_slice::<serde_json::Value>(&read.body).unwrap();
    let pretty = serde_json::to_vec_pretty(&document).unwrap();
    let again = commands::parse_bytes(&pretty).unwrap();
    assert_eq!(again.body, read.body);
    assert_eq!(again.id, read.id);
    assert_eq!(again.by, read.by);
    assert_eq!(again.recorded_at, read.recorded_at);
    assert_eq!(again.request.stream(), read.request.stream());
}

/// A feed: one id a line, the same when it is fed again.
pub fn feed(bytes: &[u8]) {
    let ids = || {
        let mut ordinals = Ordinals::default();
        bytes
            .split(|byte| *byte == b'\n')
            .map(|line| ordinals.derive_id(line))
            .collect::<Vec<_>>()
    };
    let first = ids();
    assert_eq!(first, ids());
    assert_eq!(first.iter().collect::<HashSet<_>>().len(), first.len());
    for line in bytes.split(|byte| *byte == b'\n') {
        command(line);
    }
}

/// An edition: what is read can be written, and says the same when it is read again.
pub fn edition(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    static BASE: OnceLock<Edition> = OnceLock::new();
    let base = BASE.get_or_init(|| built_in().unwrap());
    let known = |name: &str| (base.name.as_str() == name).then(|| base.clone());
    let Ok(read) = parse_edition(text, &known) else {
        return;
    };
    let written = render_edition(&read).unwrap();
    let again =
        parse_edition(&written, &known).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(again, read);
}

/// A scenario, and the commands in it.
pub fn scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(read) = scenarios::parse(text, "fuzz.yaml") else {
        return;
    };
    let mut last = None;
    for (number, step) in (1..).zip(&read.steps) {
        assert_eq!(step.number, number);
        assert!(last.is_none_or(|last| last <= step.at));
        last = Some(step.at);
        if let Some(command) = &step.command {
            drop(command.read());
        }
    }
}

/// Complaints 2.0 documents, to the commands that they become.
pub fn complaints(bytes: &[u8]) {
    let cutover = Some(Instant::from_unix_ms(1_777_597_200_000));
    for name in ["fuzz.json", "fuzz.ndjson", "fuzz.ndjson.gz"] {
        let read = document::read_from(Path::new(name), bytes).unwrap();
        drop(history::gather(read.documents.clone()));
        let plan = mapping::plan(read.documents, cutover);
        let ids: HashSet<_> = plan.commands.iter().map(|command| command.id).collect();
        assert_eq!(ids.len(), plan.commands.len(), "an act has one id");
    }
}
