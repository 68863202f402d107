//! rulebook 1.1, 5: who a merchant is, and which edition it agrees to.

use super::*;
use crate::identity::{EditionName, EntityId, IntermediaryId};
use crate::instant::CivilDay;
use crate::measure::tests::{M1, proposal};
use crate::merchant::{MeasureAct, Update};
use crate::rulebook::Edition;

/// The entity defaults to the merchant's own id.
#[test]
fn a_merchant_is_registered_once() {
    let mut story = Story::registered();
    assert_eq!(story.merchant().entity_id.as_str(), "M1");
    let code = story.refused(Act::Register(registration()));
    assert_eq!(code, Code::MerchantExists);
}

/// rulebook 1.1: a sub-merchant names the institution that manages it.
#[test]
fn a_sub_merchant_has_an_institution() {
    let mut story = Story::new();
    let mut sub_merchant = Registration {
        kind: MerchantKind::SubMerchant,
        name: text(" "),
        ..registration()
    };
    let code = story.refused(Act::Register(sub_merchant.clone()));
    assert_eq!(code, Code::InstitutionMissing);
    sub_merchant.institution_id = IntermediaryId::new("I1").ok();
    let code = story.refused(Act::Register(sub_merchant.clone()));
    assert_eq!(code, Code::NameMissing);
    sub_merchant.name = text("Kiosk");
    sub_merchant.entity_id = EntityId::new("E1").ok();
    story
        .act(person("onboarding"), Act::Register(sub_merchant))
        .expect("a registration");
    assert_eq!(story.merchant().entity_id.as_str(), "E1");
}

/// Nothing can be asked of a merchant that nobody registered.
#[test]
fn an_unknown_merchant_answers_nothing() {
    let mut story = Story::new();
    let observe = Act::Observe(story.observation());
    for act in [
        Act::Update(Update::default()),
        Act::ReportVolume {
            day: CivilDay::from_days(20_000),
            debits: 1,
            users: 1,
        },
        Act::Measure(MeasureAct::Propose(proposal(MeasureKind::RiskWarning))),
        Act::AcceptRulebook {
            edition: text("2026-02-18"),
        },
        observe,
    ] {
        assert_eq!(story.refused(act), Code::MerchantUnknown);
    }
    assert_eq!(story.state, None);
}

/// Only what is there changes.
#[test]
fn an_update_changes_what_it_names() {
    let mut story = Story::registered();
    let code = story.refused(Act::Update(Update::default()));
    assert_eq!(code, Code::FieldMissing);
    let blank = Update {
        name: Some(text("")),
        ..Update::default()
    };
    assert_eq!(story.refused(Act::Update(blank)), Code::NameMissing);
    let update = Update {
        industry: Some(Industry::Insurance),
        ..Update::default()
    };
    story
        .act(person("onboarding"), Act::Update(update))
        .expect("an update");
    assert_eq!(story.merchant().industry, Industry::Insurance);
    assert_eq!(&*story.merchant().name, "Example");
}

/// A day's report can be corrected by another: both are facts.
#[test]
fn volumes_are_recorded_as_reported() {
    let mut story = Story::registered();
    let report = Act::ReportVolume {
        day: CivilDay::from_days(20_000),
        debits: 500,
        users: 400,
    };
    for _ in 0..2 {
        let events = story
            .act(person("volumes"), report.clone())
            .expect("a report");
        assert!(matches!(
            events[..],
            [Event::VolumeReported {
                debits: 500,
                users: 400,
                ..
            }]
        ));
    }
}

/// Measures by hand take the snapshot of the metrics with them.
#[test]
fn a_proposal_keeps_its_metrics() {
    let mut story = Story::registered();
    story.facts.metrics = Some(story.evaluation(Tier::T1).metrics);
    let propose = Act::Measure(MeasureAct::Propose(proposal(MeasureKind::RiskWarning)));
    story.act(person("K1"), propose).expect("a proposal");
    let measure = story.merchant().measures.get(M1).expect("a measure");
    assert_eq!(measure.metrics, story.facts.metrics);
}

fn later_edition() -> Edition {
    Edition {
        name: EditionName::new("next").expect("a name"),
        effective_at: civil(2026, 5, 1, 0, 0),
        ..default_edition()
    }
}

fn with_two_editions() -> Story {
    let mut story = Story::registered();
    story.rulebook = Arc::new((*story.rulebook).clone().with(later_edition()));
    story
}

fn accept(edition: &str) -> Act {
    Act::AcceptRulebook {
        edition: text(edition),
    }
}

fn decline(edition: &str, written_notice: &str) -> Act {
    Act::DeclineRulebook {
        edition: text(edition),
        written_notice: text(written_notice),
    }
}

/// rulebook 5: a merchant who disagrees says so in writing, about an edition that there is.
#[test]
fn declining_is_in_writing() {
    let mut story = with_two_editions();
    assert_eq!(story.refused(decline("none", "")), Code::EditionUnknown);
    assert_eq!(
        story.refused(decline("next", " ")),
        Code::WrittenNoticeMissing
    );
    story
        .act(person("M1"), decline("next", "letter"))
        .expect("a decline");
    assert_eq!(
        story.merchant().gate().declined,
        EditionName::new("next").ok()
    );
    let again = story.act(person("M1"), decline("next", "letter"));
    assert_eq!(again, Ok(vec![]));
}

/// rulebook 5: an explicit word is recorded once, and takes a decline back.
#[test]
fn agreeing_is_recorded_once() {
    let mut story = with_two_editions();
    assert_eq!(story.refused(accept("none")), Code::EditionUnknown);
    story
        .act(person("M1"), decline("next", "letter"))
        .expect("a decline");
    // What came before the declined edition was agreed to once and ended with it.
    assert_eq!(story.act(person("M1"), accept("2026-02-18")), Ok(vec![]));
    assert!(story.merchant().declined.is_some());
    story
        .act(person("M1"), accept("next"))
        .expect("an acceptance");
    assert_eq!(story.merchant().declined, None);
    assert_eq!(story.act(person("M1"), accept("next")), Ok(vec![]));
    assert_eq!(story.merchant().acceptances.len(), 1);
}

fn used_at(story: &Story, at: Instant) -> Observation {
    Observation {
        used_service_at: Some(at),
        ..story.observation()
    }
}

/// rulebook 5: continued use is consent to the edition in force then, once an edition, and from
/// its very first instant.
#[test]
fn continued_use_is_consent() {
    let mut story = with_two_editions();
    let effective_at = later_edition().effective_at;
    let by_use = |edition| {
        vec![Event::RulebookAccepted {
            edition: EditionName::new(edition).expect("a name"),
            by_use: true,
        }]
    };
    let before = used_at(&story, effective_at.minus(Span::from_ms(1)));
    assert_eq!(story.observe(&before), by_use("2026-02-18"));
    let after = used_at(&story, effective_at);
    assert_eq!(story.observe(&after), by_use("next"));
    // A late word about use under the older edition takes nothing back.
    assert_eq!(story.observe(&before), vec![]);
    let accepted = story.merchant().accepted().map(EditionName::as_str);
    assert_eq!(accepted, Some("next"));
    // An explicit word says more than use.
    let explicit = story.act(person("M1"), accept("next")).expect("a word");
    assert_eq!(explicit.len(), 1);
}

/// rulebook 5: what a merchant that declined still does about complaints is no consent.
#[test]
fn who_declined_does_not_agree_by_use() {
    let mut story = with_two_editions();
    story
        .act(person("M1"), decline("next", "letter"))
        .expect("a decline");
    let after = used_at(&story, later_edition().effective_at);
    assert_eq!(story.observe(&after), vec![]);
}
