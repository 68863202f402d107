//! `redress rulebook`: edition files, the edition in force, and where clauses live.

use std::fs;

use redress_tests::{run_on, workspace};

#[test]
fn an_edition_file_is_right_or_told_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let built_in = workspace().join("crates/protocol/editions/2026-02-18.toml");
    let check = |text: &str| {
        let file = folder.path().join("edition.toml");
        fs::write(&file, text).unwrap();
        run_on(
            &folder.path().join("none"),
            ["rulebook", "check", file.to_str().unwrap()],
        )
    };
    let text = fs::read_to_string(built_in).unwrap();
    let told = check(&text).ended(0);
    assert!(told.output.contains("2026-02-18"), "{}", told.output);
    for (wrong, place) in [
        (
            text.replace("\"24h\"          # guide", "\"24x\" # guide"),
            "edition.clocks.first_reply",
        ),
        (text.replace("[notice]", "[notices]"), "notice"),
        ("extends = \"2020-01-01\"".to_owned(), "2020-01-01"),
        ("not toml".to_owned(), "line 1"),
    ] {
        let told = check(&wrong).ended(1);
        assert!(told.errors.contains(place), "{place} in {}", told.errors);
        assert!(told.errors.contains("edition.toml"), "{}", told.errors);
    }
    let extended = check(
        "extends = \"2026-02-18\"\nedition = \"next\"\nannounced_at = \"2026-03-01T00:00:00+08:00\"\n\
         effective_at = \"2026-04-01T00:00:00+08:00\"\n[clocks]\nfirst_reply = \"12h\"\n",
    )
    .ended(0);
    assert!(extended.output.contains("next"), "{}", extended.output);
}

#[test]
fn the_edition_shown_is_one_that_can_be_checked() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none");
    let shown = run_on(&none, ["rulebook", "show"]).ended(0);
    let file = folder.path().join("shown.toml");
    fs::write(&file, &shown.output).unwrap();
    run_on(&none, ["rulebook", "check", file.to_str().unwrap()]).ended(0);
    let json = run_on(&none, ["rulebook", "show", "--format", "json"])
        .ended(0)
        .json();
    assert_eq!(json["clocks"]["first_reply"], "24h");
    run_on(&none, ["rulebook", "show", "--edition", "2020-01-01"]).ended(1);
    assert!(!none.exists());
}

#[test]
fn an_announced_edition_is_shown_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let feed = folder.path().join("feed.ndjson");
    let announcement = serde_json::json!({
        "type": "rulebook.announce", "recorded_at": "2026-03-01T00:00:00+08:00",
        "by": { "role": "admin", "id": "D1" },
        "data": {
            "edition": "2026-05", "announced_at": "2026-03-01T00:00:00+08:00",
            "effective_at": "2026-05-01T00:00:00+08:00",
            "changes": { "clocks": { "first_reply": "12h" } },
        },
    });
    fs::write(&feed, format!("{announcement}\n")).unwrap();
    run_on(&data, ["append", feed.to_str().unwrap()]).ended(0);
    let shown = run_on(&data, ["rulebook", "show", "--edition", "2026-05"]).ended(0);
    assert!(
        shown.output.contains("first_reply = \"12h\""),
        "{}",
        shown.output
    );

    // Then a file may extend it, where the store is.
    let file = folder.path().join("later.toml");
    fs::write(
        &file,
        "extends = \"2026-05\"\nedition = \"2026-08\"\nannounced_at = \
         \"2026-06-01T00:00:00+08:00\"\neffective_at = \"2026-08-01T00:00:00+08:00\"\n",
    )
    .unwrap();
    run_on(&data, ["rulebook", "check", file.to_str().unwrap()]).ended(0);
    run_on(
        &folder.path().join("none"),
        ["rulebook", "check", file.to_str().unwrap()],
    )
    .ended(1);
}

#[test]
fn every_clause_has_its_places() {
    let nowhere = tempfile::tempdir().unwrap();
    let clauses = run_on(nowhere.path(), ["rulebook", "clauses", "--format", "json"])
        .ended(0)
        .json();
    let clauses = clauses.as_array().unwrap();
    let find = |citation: &str| {
        clauses
            .iter()
            .find(|clause| clause["citation"] == citation)
            .unwrap_or_else(|| panic!("{citation}"))
    };
    for (citation, code, test) in [
        ("rulebook 4.1(3)", "crates/domain/src/", "tests/scenarios/"),
        ("guide overdue", "crates/", "tests/scenarios/"),
        ("policy window", "crates/", "tests/scenarios/"),
    ] {
        let clause = find(citation);
        for (key, folder) in [("code", code), ("tests", test)] {
            let places = clause[key].as_array().unwrap();
            let is_there = places
                .iter()
                .any(|place| place.as_str().unwrap().starts_with(folder));
            assert!(is_there, "{citation} {key}: {places:?}");
        }
    }
    assert!(
        find("rulebook 3(2)(1)")["without_behaviour"]
            .as_str()
            .unwrap()
            .contains("heading only")
    );

    // Then a clause can be asked for, with what is below it.
    let some = run_on(nowhere.path(), ["rulebook", "clauses", "4.1"]).ended(0);
    assert!(some.output.contains("rulebook 4.1(6)") && !some.output.contains("rulebook 4.2"));
    run_on(nowhere.path(), ["rulebook", "clauses", "9.9"]).ended(1);
}
