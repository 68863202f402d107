//! Keys of personal texts: in a place of their own, gone when erased, and a store without them.

use std::fs;
use std::path::Path;

use redress_tests::{Ran, run_on};
use serde_json::{Value, json};

use super::{Places, history};
use crate::story;

/// Places with a store in which `U1` wrote something.
fn places_with_words() -> Places {
    let places = Places::new();
    let store = story::store();
    redress_tests::files::copy_folder(store.path(), &places.data());
    places
}

fn unsealed(data: &Path, more: &[&str]) -> String {
    let arguments = [
        "history",
        "--all",
        "--unseal",
        "--purpose",
        "trial",
        "--format",
        "json",
    ];
    run_on(data, arguments.iter().chain(more)).ended(0).output
}

fn append(data: &Path, command: &Value) -> Ran {
    let feed = data.with_extension("ndjson");
    fs::write(&feed, format!("{command}\n")).unwrap();
    run_on(data, ["append", feed.to_str().unwrap(), "--format", "json"])
}

#[test]
fn with_its_keys_a_store_opens_its_texts_again() {
    let places = places_with_words();
    let keys = places.at("keys");
    let keys_text = keys.to_str().unwrap();
    let copied = places.back_up(&["--keys", keys_text]).ended(0).json();
    assert_eq!(copied["keys"]["files_copied"], 2);
    let verified = places.verify(&["--keys", keys_text]).ended(0).json();
    assert_eq!(verified["keys"]["destroyed"], 0);
    let wrapping = places.data().join("key-encryption-key");
    let wrapping_text = wrapping.to_str().unwrap();
    let more = ["--keys", keys_text, "--vault-key", wrapping_text];
    let restored = places.restore(&more).ended(0).json();
    assert_eq!(restored["key_files"], 2);
    let texts = unsealed(&places.restored(), &["--vault-key", wrapping_text]);
    assert!(texts.contains(story::DESCRIPTION));
    assert_eq!(texts, unsealed(&places.data(), &[]));
    for place in [&keys, &places.backup(), &places.restored()] {
        assert!(!place.join("key-encryption-key").exists());
    }
}

#[test]
fn an_erasure_reaches_the_copy_of_the_keys_with_the_next_run() {
    let places = places_with_words();
    let keys = places.at("keys");
    let keys_text = keys.to_str().unwrap();
    places.back_up(&["--keys", keys_text]).ended(0);
    let before = fs::read(keys.join("00000000000000000000.keys")).unwrap();
    run_on(&places.data(), ["erase", "U1", "--reason", "asked for"]).ended(0);
    let copied = places.back_up(&["--keys", keys_text]).ended(0).json();
    assert_eq!(copied["keys"]["files_copied"], 1);
    let after = fs::read(keys.join("00000000000000000000.keys")).unwrap();
    assert_ne!(before, after);
    let verified = places.verify(&["--keys", keys_text]).ended(0).json();
    assert_eq!(verified["keys"]["destroyed"], 1);

    // Also where the log ends before the erasure.
    let wrapping = places.data().join("key-encryption-key");
    let wrapping = wrapping.to_str().unwrap();
    let last = history(&places.data()).len() as u64;
    let to = (last - 1).to_string();
    let more = ["--keys", keys_text, "--vault-key", wrapping, "--to", &to];
    places.restore(&more).ended(0);
    let texts = unsealed(&places.restored(), &["--vault-key", wrapping]);
    assert!(!texts.contains(story::DESCRIPTION));
    assert!(texts.contains(r#""erased":true"#));
}

#[test]
fn an_older_copy_of_the_keys_does_not_bring_back_what_the_log_erased() {
    let places = places_with_words();
    let keys = places.at("keys");
    let keys_text = keys.to_str().unwrap();
    places.back_up(&["--keys", keys_text]).ended(0);
    run_on(&places.data(), ["erase", "U1", "--reason", "asked for"]).ended(0);
    places.back_up(&[]).ended(0);
    let wrapping = places.data().join("key-encryption-key");
    let wrapping = wrapping.to_str().unwrap();
    let more = ["--keys", keys_text, "--vault-key", wrapping];
    places.restore(&more).ended(0);
    let texts = unsealed(&places.restored(), &["--vault-key", wrapping]);
    assert!(!texts.contains(story::DESCRIPTION));
}

#[test]
fn without_its_keys_a_store_works_and_says_what_is_sealed() {
    let places = places_with_words();
    places.back_up(&[]).ended(0);
    let restored = places.restore(&[]).ended(0).json();
    assert!(restored["key_files"].is_null());
    assert_eq!(history(&places.restored()), history(&places.data()));
    let texts = unsealed(&places.restored(), &[]);
    assert!(!texts.contains(story::DESCRIPTION));
    assert!(texts.contains(r#""sealed":true"#), "sealed, not erased");
    assert!(!texts.contains(r#""erased":true"#));

    // A command that was accepted before has its answer, though its digest cannot be made again.
    let known = json!({
        "type": "merchant.register", "recorded_at": "2026-05-01T09:00:00+08:00",
        "by": { "role": "service", "id": "onboarding" },
        "data": { "merchant_id": "M1", "kind": "direct", "industry": "power_bank", "name": "Example" },
    });
    let positions = history(&places.restored()).len();
    let again = append(&places.restored(), &known).ended(0).json();
    assert_eq!(again["refused"], 0, "{again}");

    // New words of a user whose old key is not here are sealed with a new one and can be read.
    let mut filed = story::filed("C9", "U1", "2026-06-20T09:00:00+08:00");
    filed["data"]["description"] = json!("charged once more");
    // The texts were read just now, which is in the log: nothing can be recorded before that.
    filed.as_object_mut().unwrap().remove("recorded_at");
    let accepted = append(&places.restored(), &filed).ended(0).json();
    assert_eq!(accepted["accepted"], 1, "{accepted}");
    assert!(history(&places.restored()).len() > positions);
    let texts = unsealed(&places.restored(), &[]);
    assert!(texts.contains("charged once more"));
    assert!(!texts.contains(story::DESCRIPTION));

    // An erasure takes both: the key that is here and the one that is not.
    let erased = ["erase", "U1", "--reason", "asked for", "--format", "json"];
    let erased = run_on(&places.restored(), erased).ended(0).json();
    assert_eq!(erased["keys"].as_array().unwrap().len(), 2);
    assert!(!unsealed(&places.restored(), &[]).contains("charged once more"));
    run_on(&places.restored(), ["projection", "verify"]).ended(0);
    run_on(&places.restored(), ["log", "verify"]).ended(0);
    back_up_and_restore_again(&places);
}

fn back_up_and_restore_again(places: &Places) {
    let (backup, keys, again) = (places.at("b2"), places.at("k2"), places.at("again"));
    let keys = ["--keys", keys.to_str().unwrap()];
    super::back_up(&places.restored(), &backup, &keys).ended(0);
    super::verify(&backup, &keys).ended(0);
    let wrapping = places.restored().join("key-encryption-key");
    let more = [keys[0], keys[1], "--vault-key", wrapping.to_str().unwrap()];
    super::restore(&again, &backup, &more).ended(0);
}
