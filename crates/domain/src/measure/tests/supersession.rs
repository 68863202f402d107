//! rulebook 4.2: a stronger or wider measure of a kind supersedes the weaker one in force.

use super::*;
use crate::identity::TemplateId;
use crate::measure::ScopeLevel;

/// Imposes `old`, then `new`; says whether the old one is superseded.
fn superseded(old: Proposal, new: Proposal) -> bool {
    let mut story = Story::new();
    story.impose(old);
    story.impose(new);
    let superseded = story.status(M1) == MeasureStatus::Superseded;
    assert!(superseded || story.status(M1) == MeasureStatus::InForce);
    assert_eq!(story.status(M2), MeasureStatus::InForce);
    superseded
}

fn cycle(days: u32) -> Proposal {
    let mut cycle = proposal(MeasureKind::SettlementCycle);
    cycle.parameters.days = Some(days);
    cycle
}

/// rulebook 4.2(7)
#[test]
fn more_settlement_days_supersede_fewer() {
    assert!(superseded(cycle(7), cycle(14)));
    assert!(!superseded(cycle(14), cycle(7)));
    assert!(!superseded(cycle(7), cycle(7)));
}

fn limits(debit_fen: Option<u64>, debits_per_day: Option<u32>) -> Proposal {
    let mut limits = proposal(MeasureKind::Limits);
    limits.parameters.debit_fen = debit_fen;
    limits.parameters.debits_per_day = debits_per_day;
    limits
}

/// rulebook 4.2(6): lower in something, higher in nothing.
#[test]
fn lower_limits_supersede_higher() {
    assert!(superseded(limits(Some(200), None), limits(Some(100), None)));
    assert!(superseded(
        limits(Some(200), None),
        limits(Some(200), Some(1))
    ));
    assert!(!superseded(
        limits(Some(200), Some(1)),
        limits(Some(100), None)
    ));
    assert!(!superseded(
        limits(Some(200), Some(1)),
        limits(Some(100), Some(2))
    ));
}

fn signing(template: Option<&str>, ending: Ending) -> Proposal {
    let mut signing = proposal(MeasureKind::TemplateSigning);
    signing.scope.template_id = template.map(|id| TemplateId::new(id).expect("an id"));
    signing.ending = ending;
    signing
}

/// rulebook 4.2(4): all templates over one; closed for good over suspended, and never the other
/// way round, or a template would open again that was closed for good.
#[test]
fn all_templates_supersede_one() {
    let for_a_month = Ending::After(Span::from_days(30));
    let one = || signing(Some("T1"), for_a_month);
    let all = || signing(None, for_a_month);
    assert!(superseded(one(), all()));
    assert!(!superseded(all(), one()));
    assert!(!superseded(one(), signing(Some("T2"), for_a_month)));
    assert!(superseded(one(), signing(Some("T1"), Ending::Permanent)));
    assert!(!superseded(signing(Some("T1"), Ending::Permanent), all()));
}

fn capabilities(names: &[&str]) -> Proposal {
    let mut capabilities = proposal(MeasureKind::DebitCapability);
    capabilities.scope.capabilities = names.iter().map(|name| text(name)).collect();
    capabilities
}

/// rulebook 4.2(5): more names over fewer; none named is all.
#[test]
fn more_capabilities_supersede_fewer() {
    let (one, two, all) = (["a"], ["b", "a"], []);
    assert!(superseded(capabilities(&one), capabilities(&two)));
    assert!(superseded(capabilities(&two), capabilities(&all)));
    assert!(!superseded(capabilities(&two), capabilities(&one)));
    assert!(!superseded(capabilities(&all), capabilities(&two)));
    assert!(!superseded(capabilities(&one), capabilities(&["b"])));
}

/// rulebook 4.2(5): the entity, which is meant where nothing is said, over one merchant number.
#[test]
fn the_entity_supersedes_the_merchant_number() {
    let of_merchant = || {
        let mut narrow = capabilities(&["a"]);
        narrow.scope.level = Some(ScopeLevel::Merchant);
        narrow
    };
    assert!(superseded(of_merchant(), capabilities(&["a"])));
    assert!(!superseded(capabilities(&["a"]), of_merchant()));
}

fn permissions(names: &[&str], level: Option<ScopeLevel>) -> Proposal {
    let mut permissions = proposal(MeasureKind::PaymentPermission);
    permissions.scope.permissions = names.iter().map(|name| text(name)).collect();
    permissions.scope.level = level;
    permissions
}

/// rulebook 4.2(9): all permissions over named ones, the entity over one merchant number.
#[test]
fn wider_permissions_supersede_narrower() {
    let entity = Some(ScopeLevel::Entity);
    assert!(superseded(
        permissions(&["jsapi"], None),
        permissions(&[], None)
    ));
    assert!(superseded(permissions(&[], None), permissions(&[], entity)));
    assert!(!superseded(
        permissions(&["jsapi"], entity),
        permissions(&[], None)
    ));
}

/// rulebook 4.2: the nine are a flat set: another kind is never superseded, nor what cannot be
/// more or less of itself.
#[test]
fn other_measures_stand_beside_each_other() {
    assert!(!superseded(
        proposal(MeasureKind::ServiceSuspension),
        proposal(MeasureKind::ServiceTermination)
    ));
    for kind in [
        MeasureKind::Rectification,
        MeasureKind::PreDebitReminder,
        MeasureKind::EndServiceOrders,
        MeasureKind::Other,
    ] {
        assert!(
            !superseded(proposal(kind), proposal(kind)),
            "{}",
            kind.as_str()
        );
    }
}
