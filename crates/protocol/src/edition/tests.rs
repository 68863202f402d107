use redress_domain::clock::ClockKind;
use redress_domain::complaint::Ground;
use redress_domain::identity::EditionName;
use redress_domain::instant::Span;
use redress_domain::measure::{Authority, Ending, MeasureKind};
use redress_domain::merchant::Industry;
use redress_domain::rulebook::{Edition, EditionDraft, Rulebook};
use redress_domain::standing::Tier;
use serde_json::{Value, json};

use super::{BUILT_IN, Content, Draft, EditionError, built_in, parse_edition, render_edition};
use crate::instant::parse_instant;

fn known(name: &str) -> Option<Edition> {
    built_in()
        .ok()
        .filter(|edition| edition.name.as_str() == name)
}

/// The built-in file with one piece of text replaced.
fn with(old: &str, new: &str) -> Result<Edition, EditionError> {
    assert!(BUILT_IN.contains(old), "{old}");
    parse_edition(&BUILT_IN.replacen(old, new, 1), &|_| None)
}

fn complaint_of(result: Result<Edition, EditionError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn the_built_in_edition_says_what_the_file_says() {
    let edition = built_in().unwrap();
    assert_eq!(edition.name.as_str(), "2026-02-18");
    // guide first-reply, rulebook 3(1).1.1
    assert_eq!(edition.clocks.first_reply, Span::from_hours(24));
    assert_eq!(
        edition.duration(ClockKind::RefundDecision, Industry::PowerBank),
        Some(Span::from_hours(72))
    );
    assert_eq!(edition.automatic_grounds, [Ground::OutOfTime]);
    assert_eq!(edition.tiers.len(), 7);
    let t3 = edition.tier(Tier::T3).unwrap();
    assert_eq!(t3.authority, Authority::Two);
    assert_eq!(t3.measures[0].kind, MeasureKind::TemplateSigning);
    assert_eq!(t3.measures[0].ending, Ending::After(Span::from_days(30)));
    assert_eq!(t3.measures[1].parameters.debit_fen, Some(20_000));
    assert_eq!(t3.enter[1].held, Some((Tier::T2, Span::from_days(14))));
    assert!(edition.tier(Tier::T2).unwrap().enter[1].rectification_overdue);
    let t4 = edition.tier(Tier::T4).unwrap();
    assert_eq!(t4.measures[0].scope.capabilities.len(), 2);
}

#[test]
fn what_is_written_reads_as_the_same_edition() {
    let edition = built_in().unwrap();
    let text = render_edition(&edition).unwrap();
    assert_eq!(parse_edition(&text, &|_| None), Ok(edition));
}

#[test]
fn every_edition_of_the_scenarios_reads_and_writes() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/scenarios/editions"
    );
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let edition = parse_edition(&text, &known).unwrap_or_else(|error| {
            panic!("{}: {error}", path.display());
        });
        assert_ne!(Ok(&edition), built_in().as_ref());
        let written = render_edition(&edition).unwrap();
        assert_eq!(parse_edition(&written, &|_| None), Ok(edition));
        seen += 1;
    }
    assert!(seen >= 8);
}

#[test]
fn an_extension_holds_only_what_differs() {
    // rulebook 3(1).1.3: the stricter of the two applies.
    let text = r#"
        edition = "next"
        extends = "2026-02-18"
        announced_at = "2026-03-01T00:00:00+08:00"
        effective_at = "2026-04-01T00:00:00+08:00"
        [clocks]
        first_reply = "12h"
        [industry.power_bank]
        first_reply = "6h"
        resolution = "96h"
    "#;
    let edition = parse_edition(text, &known).unwrap();
    assert_eq!(edition.clocks.first_reply, Span::from_hours(12));
    assert_eq!(edition.clocks.resolution, Span::from_hours(72));
    assert_eq!(
        edition.duration(ClockKind::FirstReply, Industry::PowerBank),
        Some(Span::from_hours(6))
    );
    assert_eq!(
        edition.duration(ClockKind::Resolution, Industry::PowerBank),
        Some(Span::from_hours(72))
    );
    assert_eq!(
        parse_edition(text, &|_| None),
        Err(EditionError::ExtendsUnknown("2026-02-18".to_owned()))
    );
}

#[test]
fn an_extension_has_a_name_and_dates_of_its_own() {
    let error = complaint_of(parse_edition("extends = \"2026-02-18\"", &known));
    assert_eq!(error, "edition.edition: is missing");
    let error = complaint_of(parse_edition(
        "extends = \"2026-02-18\"\nedition = \"next\"",
        &known,
    ));
    assert_eq!(error, "edition.announced_at: is missing");
}

#[test]
fn every_wrong_value_is_named_by_its_place() {
    for (old, new, place) in [
        (
            "first_reply     = \"24h\"",
            "first_reply = \"1 day\"",
            "edition.clocks.first_reply: ",
        ),
        (
            "first_reply     = \"24h\"",
            "first_replie = \"24h\"",
            "edition.clocks.first_replie: ",
        ),
        (
            "first_reply     = \"24h\"",
            "",
            "edition.clocks.first_reply: is missing",
        ),
        (
            "first_reply     = \"24h\"",
            "first_reply = \"0h\"",
            "edition.clocks.first_reply: ",
        ),
        (
            "first_reply     = \"24h\"",
            "first_reply = \"4000d\"",
            "edition.clocks.first_reply: ",
        ),
        (
            "first_reply     = \"24h\"",
            "first_reply = 24",
            "edition.clocks.first_reply: ",
        ),
        (
            "\"inclusive\"",
            "\"exclusive\"",
            "edition.clocks.boundary: ",
        ),
        (
            "pause_reasons   = []",
            "pause_reasons = [\"holiday\"]",
            "edition.clocks.pause_reasons[0]: ",
        ),
        (
            "at_risk_percent = 75",
            "at_risk_percent = 101",
            "edition.clocks.at_risk_percent: ",
        ),
        (
            "announced_at = \"2026-02-18T00:00:00+08:00\"",
            "announced_at = \"2026-02-18T00:00:00\"",
            "edition.announced_at: ",
        ),
        (
            "announced_at = \"2026-02-18",
            "announced_at = \"2026-02-19",
            "edition.effective_at: lies before",
        ),
        (
            "civil_offset = \"+08:00\"",
            "civil_offset = \"+15:00\"",
            "edition.civil_offset: ",
        ),
        (
            "transition   = \"keep\"",
            "transition = \"drop\"",
            "edition.transition: ",
        ),
        (
            "minimum_days = 30",
            "minimum_days = -1",
            "edition.notice.minimum_days: ",
        ),
        (
            "[\"sat\", \"sun\"]",
            "[\"sat\", \"sunday\"]",
            "edition.calendar.weekend[1]: ",
        ),
        (
            "holidays = []",
            "holidays = [\"2026-02-30\"]",
            "edition.calendar.holidays[0]: ",
        ),
        (
            "[\"4.1(1)\"]",
            "[\"4.1(7)\"]",
            "edition.liability.automatic[0]: ",
        ),
        ("\"up_for_user\"", "\"down\"", "edition.remedy.rounding: "),
        (
            "\"reached\"   ",
            "\"maybe\"",
            "edition.standing.rate_without_volume: ",
        ),
        (
            "step_down_percent      = 80",
            "step_down_percent = 0",
            "edition.standing.step_down_percent: ",
        ),
        (
            "name = \"watch\"",
            "name = \"none\"",
            "edition.tier[0].name: ",
        ),
        (
            "name = \"t1\"",
            "name = \"watch\"",
            "edition.tier[1].name: ",
        ),
        (
            "authority = \"one\"",
            "authority = \"three\"",
            "edition.tier[2].authority: ",
        ),
        (
            "liable_rounds = 1\n",
            "liable_rounds = 0\n",
            "edition.tier[0].enter[0].liable_rounds: ",
        ),
        (
            "liable_rounds = 1\n",
            "liable_round = 1\n",
            "edition.tier[0].enter[0].liable_round: ",
        ),
        (
            "liable_rounds = 1\n",
            "",
            "edition.tier[0].enter[0]: asks for nothing",
        ),
        (
            "\nrectification_overdue = true",
            "\nrectification_overdue = false",
            "edition.tier[2].enter[1].rectification_overdue: ",
        ),
        (
            "{ kind = \"rectification\" }",
            "{ kind = \"rectify\" }",
            "edition.tier[1].measures[0].kind: ",
        ),
        (
            "{ kind = \"rectification\" }",
            "{ kind = \"warning\" }",
            "edition.tier[1].measures[0].kind: ",
        ),
        (
            "{ kind = \"rectification\" }",
            "{ kind = \"settlement_refund\" }",
            "edition.tier[1].measures[0].kind: ",
        ),
        (
            "{ kind = \"rectification\" }",
            "{ kind = \"other\" }",
            "edition.tier[1].measures[0].description: ",
        ),
        (
            "{ kind = \"rectification\" }",
            "{ kind = \"rectification\", until = \"2026-12-01T00:00:00Z\" }",
            "edition.tier[1].measures[0].until: ",
        ),
        (
            "kind = \"settlement_cycle\", days = 7",
            "kind = \"settlement_cycle\"",
            "edition.tier[2].measures[1].days: ",
        ),
        (
            "scope = \"all\", for = \"30d\"",
            "scope = \"some\", for = \"30d\"",
            "edition.tier[3].measures[0].scope: ",
        ),
        (
            "scope = \"all\", for = \"30d\"",
            "for = \"30d\", permanent = true",
            "edition.tier[3].measures[0].permanent: ",
        ),
        (
            "held = { tier = \"t2\"",
            "held = { tier = \"t3\"",
            "edition.tier[3].enter[1].held.tier: ",
        ),
        (
            "channels = [\"in_site\", \"email\"]",
            "channels = []",
            "edition.notify.channels: ",
        ),
        (
            "channels = [\"in_site\", \"email\"]",
            "channels = [\"fax\"]",
            "edition.notify.channels[0]: ",
        ),
        (
            "[industry.power_bank]",
            "[industry.power_banks]",
            "edition.industry.power_banks: ",
        ),
        (
            "[industry.insurance]",
            "[industry.insurance]\nfuture_skew = \"1m\"",
            "edition.industry.insurance.future_skew: ",
        ),
        (
            "t1_percent_at_t2        = 5",
            "t1_percent_at_t2 = 500",
            "edition.intermediary.t1_percent_at_t2: ",
        ),
        (
            "related_window = \"30d\"",
            "related_window = \"d\"",
            "edition.repeat.related_window: ",
        ),
        ("[repeat]", "[repeats]", "edition.repeats: "),
    ] {
        let error = complaint_of(with(old, new));
        assert!(error.starts_with(place), "{place} but: {error}");
    }
    assert!(complaint_of(with("[notice]", "[notice")).starts_with("not a TOML document"));
}

fn announced(content: Content, effective_at: &str) -> Result<Edition, String> {
    let draft = Draft {
        name: EditionName::new("next").unwrap(),
        announced_at: Some(parse_instant("2026-03-01T00:00:00+08:00").unwrap()),
        effective_at: Some(parse_instant(effective_at).unwrap()),
        content,
    };
    draft.laid_over(&Rulebook::new(built_in().unwrap()))
}

const APRIL: &str = "2026-04-01T00:00:00+08:00";

#[test]
fn announced_changes_are_laid_over_the_edition_before() {
    // rulebook 5
    let edition = announced(
        Content::Changes(
            json!({ "clocks": { "first_reply": "12h" }, "notify": { "channels": ["wechat"] } }),
        ),
        APRIL,
    )
    .unwrap();
    assert_eq!(edition.name.as_str(), "next");
    assert_eq!(edition.clocks.first_reply, Span::from_hours(12));
    assert_eq!(edition.effective_at, parse_instant(APRIL).unwrap());
    assert_eq!(edition.notice_channels.len(), 1);
    let built_in = built_in().unwrap();
    assert_eq!(edition.tiers, built_in.tiers);
    // Laid over again, the changes stay.
    let rulebook = Rulebook::new(built_in).with(edition);
    let later = Draft {
        name: EditionName::new("later").unwrap(),
        announced_at: Some(parse_instant("2026-05-01T00:00:00+08:00").unwrap()),
        effective_at: Some(parse_instant("2026-06-01T00:00:00+08:00").unwrap()),
        content: Content::Changes(json!({ "clocks": { "resolution": "48h" } })),
    };
    let later = later.laid_over(&rulebook).unwrap();
    assert_eq!(later.clocks.first_reply, Span::from_hours(12));
    assert_eq!(later.clocks.resolution, Span::from_hours(48));
}

#[test]
fn an_announced_file_is_whole_or_extends_an_announced_edition() {
    let text = "extends = \"2026-02-18\"\n[clocks]\nfirst_reply = \"6h\"";
    let edition = announced(Content::FileText(text.to_owned()), APRIL).unwrap();
    assert_eq!(edition.clocks.first_reply, Span::from_hours(6));
    let file = json!({ "extends": "2026-02-18", "edition": "next", "effective_at": "2026-03-31T16:00:00Z" });
    assert!(announced(Content::File(file), APRIL).is_ok());
}

#[test]
fn what_is_wrong_in_an_announcement_is_named_by_its_place() {
    let changes = |value: Value| announced(Content::Changes(value), APRIL).unwrap_err();
    assert!(
        changes(json!({ "clocks": { "first_replie": "12h" } }))
            .starts_with("edition.clocks.first_replie: ")
    );
    assert!(changes(json!({ "clocks": "12h" })).starts_with("edition.clocks: "));
    assert!(changes(json!({ "edition": "other" })).starts_with("edition.edition: "));
    assert!(changes(json!({ "extends": "other" })).starts_with("edition.extends: "));
    let file = |value: Value| announced(Content::File(value), APRIL).unwrap_err();
    assert!(file(json!({ "extends": "none" })).starts_with("edition.extends: "));
    assert!(
        file(json!({ "extends": "2026-02-18", "edition": "other" }))
            .starts_with("edition.edition: differs")
    );
    assert!(
        file(json!({ "extends": "2026-02-18", "effective_at": "2026-05-01T00:00:00Z" }))
            .starts_with("edition.effective_at: differs")
    );
    assert!(
        file(json!({ "extends": "2026-02-18", "effective_at": "soon" }))
            .starts_with("edition.effective_at: not an RFC 3339")
    );
    assert!(
        announced(Content::FileText("=".to_owned()), APRIL)
            .unwrap_err()
            .starts_with("not a TOML document")
    );
}
