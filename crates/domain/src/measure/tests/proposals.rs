//! rulebook 4.2, 4.3, policy four-eyes: what can be proposed by hand, and who must approve it.

use super::*;
use crate::identity::TemplateId;
use crate::measure::Authority;

fn authority(proposal: Proposal) -> Authority {
    let mut story = Story::new();
    story
        .act("K1", &MeasureAct::Propose(proposal))
        .expect("a proposal");
    story.measure(M1).authority
}

/// policy four-eyes: the strictest authority that the edition gives the kind, never less than one
/// person, two where no tier names it.
#[test]
fn the_edition_says_who_approves_by_hand() {
    for (kind, expected) in [
        // t1, automatic
        (MeasureKind::Rectification, Authority::One),
        // t2
        (MeasureKind::PreDebitReminder, Authority::One),
        // t2 and t4
        (MeasureKind::SettlementCycle, Authority::Two),
        (MeasureKind::TemplateSigning, Authority::Two),
        (MeasureKind::ServiceSuspension, Authority::Two),
        // no tier
        (MeasureKind::RiskWarning, Authority::Two),
        (MeasureKind::EndServiceOrders, Authority::Two),
        (MeasureKind::SettlementRefund, Authority::Two),
        (MeasureKind::Other, Authority::Two),
    ] {
        assert_eq!(authority(proposal(kind)), expected, "{}", kind.as_str());
    }
}

/// policy four-eyes: the authority can be raised, never lowered.
#[test]
fn the_authority_can_be_raised_and_not_lowered() {
    let raised = Proposal {
        authority: Some(Authority::Two),
        ..proposal(MeasureKind::Rectification)
    };
    assert_eq!(authority(raised), Authority::Two);
    let lowered = Proposal {
        authority: Some(Authority::Automatic),
        ..proposal(MeasureKind::ServiceSuspension)
    };
    assert_eq!(authority(lowered), Authority::Two);
}

/// rulebook 4.2: every kind has its clause; rulebook 4.3 is the clause of all of an intermediary's.
#[test]
fn the_clause_follows_from_kind_and_owner() {
    let mut merchant = Story::new();
    merchant.impose(proposal(MeasureKind::Rectification));
    assert_eq!(merchant.measure(M1).clause, "4.2(1)");
    let mut intermediary = Story::of(Owner::Intermediary);
    intermediary.impose(proposal(MeasureKind::Rectification));
    assert_eq!(intermediary.measure(M1).clause, "4.3");
}

/// rulebook 4.2, 4.3: a merchant's measures are not an intermediary's.
#[test]
fn each_owner_has_its_own_kinds() {
    for kind in MeasureKind::ALL {
        let of_merchant = Story::new()
            .act("K1", &MeasureAct::Propose(proposal(*kind)))
            .is_ok();
        let of_intermediary = Story::of(Owner::Intermediary)
            .act("K1", &MeasureAct::Propose(proposal(*kind)))
            .is_ok();
        let both = *kind == MeasureKind::Rectification;
        assert_eq!(of_merchant && of_intermediary, both, "{}", kind.as_str());
        assert!(of_merchant || of_intermediary, "{}", kind.as_str());
    }
    let code = Story::new().refused("K1", &MeasureAct::Propose(proposal(MeasureKind::Warning)));
    assert_eq!(code, Code::FieldInvalid);
}

fn refused(proposal: Proposal) -> Code {
    let mut story = Story::new();
    let code = story.refused("K1", &MeasureAct::Propose(proposal.clone()));
    assert_eq!(code, story.refused("K1", &MeasureAct::Impose(proposal)));
    code
}

/// Grounds, rationale and the description of an open kind are there, and not blank.
#[test]
fn a_proposal_without_its_texts_is_refused() {
    let complete = || proposal(MeasureKind::Other);
    let mut without = complete();
    without.grounds = vec![];
    assert_eq!(refused(without), Code::GroundsMissing);
    let mut without = complete();
    without.grounds = vec![text(" ")];
    assert_eq!(refused(without), Code::GroundsMissing);
    let mut without = complete();
    without.rationale = text(" ");
    assert_eq!(refused(without), Code::RationaleMissing);
    let mut without = complete();
    without.parameters.description = Some(text(""));
    assert_eq!(refused(without), Code::DescriptionMissing);
}

/// A measure without its numbers would do nothing.
#[test]
fn a_proposal_without_its_numbers_is_refused() {
    let mut cycle = proposal(MeasureKind::SettlementCycle);
    cycle.parameters.days = None;
    assert_eq!(refused(cycle), Code::FieldMissing);
    let mut limits = proposal(MeasureKind::Limits);
    limits.parameters = Parameters::default();
    assert_eq!(refused(limits), Code::FieldMissing);
    let mut refund = proposal(MeasureKind::SettlementRefund);
    refund.scope = Scope::default();
    assert_eq!(refused(refund), Code::FieldMissing);
}

/// What the kind does not have must not be silently without effect.
#[test]
fn a_proposal_with_another_kinds_fields_is_refused() {
    let mut reminder = proposal(MeasureKind::PreDebitReminder);
    reminder.scope.template_id = Some(TemplateId::new("T1").expect("an id"));
    assert_eq!(refused(reminder), Code::FieldInvalid);
    let mut reminder = proposal(MeasureKind::PreDebitReminder);
    reminder.parameters.days = Some(7);
    assert_eq!(refused(reminder), Code::FieldInvalid);
}

/// An end that has passed is no end.
#[test]
fn an_end_in_the_past_is_refused() {
    let now = Story::new().now;
    let until = |until| Proposal {
        ending: Ending::At(until),
        ..proposal(MeasureKind::TemplateSigning)
    };
    assert_eq!(refused(until(now)), Code::FieldInvalid);
    Story::new()
        .act("K1", &MeasureAct::Propose(until(now.just_after())))
        .expect("a proposal");
}

/// rulebook 4.2(5), 4.2(9): only these clauses speak of the entity.
#[test]
fn only_some_kinds_reach_the_entity() {
    for kind in MeasureKind::ALL {
        let mut wide = proposal(*kind);
        wide.scope.level = Some(crate::measure::ScopeLevel::Entity);
        let reaches = matches!(
            kind,
            MeasureKind::DebitCapability | MeasureKind::PaymentPermission
        );
        let outcome = Story::new().act("K1", &MeasureAct::Propose(wide));
        assert_eq!(outcome.is_ok(), reaches, "{}", kind.as_str());
    }
}

/// rulebook 4.2(2): no merchant pays for a complaint about another.
#[test]
fn a_complaint_about_another_merchant_is_refused() {
    let mut story = Story::new();
    story.facts.complaint_is_foreign = true;
    for kind in [MeasureKind::SettlementRefund, MeasureKind::EndServiceOrders] {
        let mut named = proposal(kind);
        named.scope.complaint_id = Some(complaint("C9"));
        let act = MeasureAct::Propose(named);
        assert_eq!(story.refused("K1", &act), Code::ComplaintUnknown);
    }
}

/// rulebook 4.2(2): at most one open per complaint.
#[test]
fn one_settlement_refund_a_complaint() {
    let mut story = Story::new();
    let refund = || MeasureAct::Propose(proposal(MeasureKind::SettlementRefund));
    story.act("K1", &refund()).expect("a proposal");
    assert_eq!(story.refused("K1", &refund()), Code::AlreadyDecided);
    story
        .act("K2", &refuse(M1, "paid meanwhile"))
        .expect("a refusal of the proposal");
    story.act("K1", &refund()).expect("another proposal");
}

/// rulebook 4.2(8), 4.2(9): ending the service and closing permissions are for good.
#[test]
fn some_kinds_are_permanent_whatever_is_written() {
    let mut story = Story::new();
    for kind in [
        MeasureKind::ServiceTermination,
        MeasureKind::PaymentPermission,
    ] {
        let measure_id = story.impose(Proposal {
            ending: Ending::After(Span::from_days(1)),
            ..proposal(kind)
        });
        assert_eq!(story.measure(measure_id).ending, Ending::Permanent);
        assert_eq!(story.measure(measure_id).until, None);
    }
}

/// Every measure says what lifts it.
#[test]
fn every_measure_names_its_cure() {
    for kind in MeasureKind::ALL {
        for ending in [Ending::AtCure, Ending::Permanent, Ending::After(Span::ZERO)] {
            assert!(!crate::measure::cure(*kind, ending, None).is_empty());
        }
    }
}
