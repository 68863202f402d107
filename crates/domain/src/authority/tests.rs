//! The role table of the contract, command by command, and whose matters are whose.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::*;
use crate::complaint::{self, ComplaintChannel, Filing, Problem};
use crate::identity::{ActorId, ComplaintId};
use crate::merchant::Industry;

const COMPLAINT: [&str; 31] = [
    "complaint.file",
    "complaint.request_refund",
    "complaint.respond",
    "complaint.message",
    "complaint.submit_evidence",
    "complaint.assess_evidence",
    "complaint.explain_billing",
    "complaint.reconfirm_plan",
    "complaint.record_usage",
    "complaint.record_billing_error",
    "complaint.record_settlement",
    "complaint.approve_refund",
    "complaint.reject_refund",
    "complaint.record_defective_rejection",
    "complaint.record_refund",
    "complaint.complete",
    "complaint.confirm",
    "complaint.continue",
    "complaint.withdraw",
    "complaint.accept_late_fact",
    "complaint.refuse_late_fact",
    "complaint.link",
    "complaint.unlink",
    "complaint.pause",
    "complaint.resume",
    "complaint.observe",
    "complaint.find_ground",
    "complaint.determine",
    "complaint.dismiss",
    "complaint.overturn",
    "complaint.keep_note",
];

/// The commands of the contract on complaints that a role may issue.
fn on_complaints(role: Role) -> BTreeSet<&'static str> {
    COMPLAINT
        .into_iter()
        .filter(|command| may_issue(role, command))
        .collect()
}

fn named(names: &[&'static str]) -> BTreeSet<&'static str> {
    names.iter().copied().collect()
}

#[test]
fn a_user_acts_on_a_complaint_as_a_user() {
    // rulebook 1.2, 1.6
    let may = named(&[
        "complaint.file",
        "complaint.request_refund",
        "complaint.message",
        "complaint.continue",
        "complaint.confirm",
        "complaint.withdraw",
    ]);
    assert_eq!(on_complaints(Role::User), may);
}

#[test]
fn a_merchant_and_its_intermediary_answer_alike() {
    // rulebook 1.1, 1.3, 1.4
    let may = named(&[
        "complaint.respond",
        "complaint.submit_evidence",
        "complaint.explain_billing",
        "complaint.reconfirm_plan",
        "complaint.record_usage",
        "complaint.record_billing_error",
        "complaint.record_settlement",
        "complaint.approve_refund",
        "complaint.reject_refund",
        "complaint.complete",
    ]);
    assert_eq!(on_complaints(Role::Merchant), may);
    assert_eq!(on_complaints(Role::Intermediary), may);
}

#[test]
fn a_reviewer_judges_and_a_service_records() {
    // rulebook 4.1
    let judges = named(&[
        "complaint.message",
        "complaint.assess_evidence",
        "complaint.find_ground",
        "complaint.determine",
        "complaint.dismiss",
        "complaint.overturn",
        "complaint.link",
        "complaint.unlink",
        "complaint.pause",
        "complaint.resume",
        "complaint.accept_late_fact",
        "complaint.refuse_late_fact",
    ]);
    assert_eq!(on_complaints(Role::Reviewer), judges);
    let records = named(&[
        "complaint.file",
        "complaint.request_refund",
        "complaint.record_usage",
        "complaint.record_billing_error",
        "complaint.record_settlement",
        "complaint.record_defective_rejection",
        "complaint.record_refund",
        "complaint.confirm",
        "complaint.keep_note",
    ]);
    assert_eq!(on_complaints(Role::Service), records);
    // policy four-eyes: an admin may both, and acts for no party.
    let both: BTreeSet<_> = judges.union(&records).copied().collect();
    assert_eq!(on_complaints(Role::Admin), both);
    assert_eq!(
        on_complaints(Role::Engine),
        named(&["complaint.observe", "complaint.link"])
    );
    assert!(on_complaints(Role::Risk).is_empty());
    assert!(on_complaints(Role::Auditor).is_empty());
}

/// The roles that may issue a command.
fn issuers(command: &str) -> Vec<Role> {
    Role::ALL
        .into_iter()
        .filter(|role| may_issue(*role, command))
        .collect()
}

#[test]
fn measures_are_the_business_of_risk_and_answers_to_them_of_the_merchant() {
    // rulebook 4.2, 4.3
    for kind in ["merchant", "intermediary"] {
        for act in [
            "propose_measure",
            "impose_measure",
            "approve_measure",
            "refuse_measure",
            "lift_measure",
            "accept_rectification",
            "refuse_rectification",
            "decide_appeal",
        ] {
            let command = format!("{kind}.{act}");
            assert_eq!(issuers(&command), [Role::Risk, Role::Admin], "{command}");
        }
        let command = format!("{kind}.record_notice");
        assert_eq!(
            issuers(&command),
            [Role::Risk, Role::Service, Role::Admin],
            "{command}"
        );
        for act in ["register", "update"] {
            let command = format!("{kind}.{act}");
            assert_eq!(issuers(&command), [Role::Service, Role::Admin], "{command}");
        }
    }
    for command in ["merchant.submit_rectification", "merchant.appeal"] {
        assert_eq!(issuers(command), [Role::Merchant, Role::Intermediary]);
    }
    for command in ["intermediary.submit_rectification", "intermediary.appeal"] {
        assert_eq!(issuers(command), [Role::Intermediary]);
    }
    // rulebook 5
    for command in ["merchant.accept_rulebook", "merchant.decline_rulebook"] {
        assert_eq!(issuers(command), [Role::Merchant]);
    }
    assert_eq!(
        issuers("merchant.report_volume"),
        [Role::Service, Role::Admin]
    );
}

#[test]
fn agreements_belong_to_services_and_either_party_may_end_one() {
    // rulebook 1.5
    assert_eq!(
        issuers("agreement.sign"),
        [Role::User, Role::Service, Role::Admin]
    );
    assert_eq!(
        issuers("agreement.cancel"),
        [
            Role::User,
            Role::Merchant,
            Role::Service,
            Role::Admin,
            Role::Engine
        ]
    );
    assert_eq!(
        issuers("agreement.change_plan"),
        [Role::Merchant, Role::Service, Role::Admin]
    );
    for act in [
        "remind",
        "debit",
        "record_usage",
        "refund",
        "suspend",
        "resume",
    ] {
        let command = format!("agreement.{act}");
        assert_eq!(issuers(&command), [Role::Service, Role::Admin], "{command}");
    }
}

#[test]
fn only_an_admin_announces_an_edition_or_erases_a_user() {
    // rulebook 5, 1.2
    for command in ["rulebook.announce", "user.erase"] {
        assert_eq!(issuers(command), [Role::Admin]);
    }
    // Whoever may read a personal text may have it recorded.
    assert_eq!(
        issuers("user.record_reading"),
        [Role::Reviewer, Role::Risk, Role::Admin]
    );
    for command in [
        "complaint.observe",
        "merchant.observe",
        "intermediary.observe",
    ] {
        assert_eq!(issuers(command), [Role::Engine]);
    }
    assert!(issuers("complaint.obliterate").is_empty());
}

#[test]
fn a_role_that_may_not_issue_a_command_is_told_so() {
    // rulebook 1.6
    let request = Request::Complaint(complaint_id(), ComplaintAct::Confirm);
    assert_eq!(check_role(&actor(Role::User, "U1"), &request), Ok(()));
    let refusal = check_role(&actor(Role::Auditor, "A1"), &request).expect_err("refused");
    assert_eq!(refusal.code, Code::RoleNotAllowed);
}

fn complaint_id() -> ComplaintId {
    ComplaintId::new("C1").expect("an id")
}

fn actor(role: Role, id: &str) -> Actor {
    Actor {
        role,
        id: ActorId::new(id).expect("an id"),
    }
}

fn filing_of(user_ref: &str) -> ComplaintAct {
    ComplaintAct::File(Filing {
        complaint_id: complaint_id(),
        merchant_id: MerchantId::new("M1").expect("an id"),
        user_ref: UserRef::new(user_ref).expect("a reference"),
        problem: Problem::Other,
        channel: ComplaintChannel::Agent,
        orders: Vec::new(),
        agreement_id: None,
        requested_refund_fen: None,
        description: None,
        contact: None,
        enquiry: true,
    })
}

/// A complaint of `U1` against `M1`.
fn filed() -> Complaint {
    use crate::circumstances::Circumstances;
    use crate::instant::Instant;
    use crate::rulebook::Rulebook;
    use crate::rulebook::fixture::default_edition;
    let circumstances = Circumstances::new(
        uuid::Uuid::nil(),
        Instant::from_unix_ms(0),
        None,
        actor(Role::User, "U1"),
        None,
        alloc::sync::Arc::new(Rulebook::new(default_edition())),
    )
    .expect("an instant that has come");
    let command = complaint::Command {
        circumstances,
        merchant: Some(facts()),
        refunded_before_fen: 0,
        other_known: false,
        of_history: false,
        liability_from: None,
        act: filing_of("U1"),
    };
    let stamp = command.circumstances.stamp();
    complaint::decide(&None, &command)
        .expect("accepted")
        .iter()
        .fold(None, |state, event| complaint::evolve(state, &stamp, event))
        .expect("filed")
}

fn facts() -> MerchantFacts {
    MerchantFacts {
        industry: Industry::General,
        institution_id: Some(IntermediaryId::new("I1").expect("an id")),
        service_provider_id: Some(IntermediaryId::new("P1").expect("an id")),
    }
}

fn code(checked: Result<(), Refusal>) -> Option<Code> {
    checked.err().map(|refusal| refusal.code)
}

#[test]
fn a_user_does_not_file_for_somebody_else_and_a_service_does() {
    // rulebook 1.2, 1.6
    let check = |role, id| {
        let by = actor(role, id);
        code(check_complaint(&by, None, Some(&facts()), &filing_of("U1")))
    };
    assert_eq!(check(Role::User, "U1"), None);
    assert_eq!(check(Role::User, "U2"), Some(Code::NotYourCase));
    assert_eq!(check(Role::Service, "desk"), None);
}

#[test]
fn a_complaint_belongs_to_its_user_its_merchant_and_the_merchants_intermediaries() {
    // rulebook 1.1, 1.2, 1.3, 1.4
    let filed = filed();
    let check = |role, id| {
        let by = actor(role, id);
        let act = ComplaintAct::Confirm;
        code(check_complaint(&by, Some(&filed), Some(&facts()), &act))
    };
    for (role, id) in [
        (Role::User, "U1"),
        (Role::Merchant, "M1"),
        (Role::Intermediary, "I1"),
        (Role::Intermediary, "P1"),
        (Role::Reviewer, "R1"),
        (Role::Admin, "A1"),
    ] {
        assert_eq!(check(role, id), None, "{id}");
    }
    for (role, id) in [
        (Role::User, "M1"),
        (Role::Merchant, "M2"),
        (Role::Merchant, "U1"),
        (Role::Intermediary, "I2"),
        (Role::Intermediary, "M1"),
    ] {
        assert_eq!(check(role, id), Some(Code::NotYourCase), "{id}");
    }
}

#[test]
fn a_merchants_matters_are_its_own_and_its_intermediaries() {
    // rulebook 4.3
    let merchant_id = MerchantId::new("M1").expect("an id");
    let check = |role, id| {
        code(check_merchant(
            &actor(role, id),
            &merchant_id,
            Some(&facts()),
        ))
    };
    for (role, id) in [
        (Role::Merchant, "M1"),
        (Role::Intermediary, "I1"),
        (Role::Risk, "K1"),
    ] {
        assert_eq!(check(role, id), None, "{id}");
    }
    for (role, id) in [(Role::Merchant, "M2"), (Role::Intermediary, "I2")] {
        assert_eq!(check(role, id), Some(Code::NotYourCase), "{id}");
    }
}

#[test]
fn an_agreement_belongs_to_its_user_and_its_merchant() {
    // rulebook 1.5
    let user_ref = UserRef::new("U1").expect("a reference");
    let merchant_id = MerchantId::new("M1").expect("an id");
    let check = |role, id| code(check_agreement(&actor(role, id), &user_ref, &merchant_id));
    for (role, id) in [
        (Role::User, "U1"),
        (Role::Merchant, "M1"),
        (Role::Service, "debits"),
    ] {
        assert_eq!(check(role, id), None, "{id}");
    }
    for (role, id) in [(Role::User, "U2"), (Role::Merchant, "M2")] {
        assert_eq!(check(role, id), Some(Code::NotYourCase), "{id}");
    }
}

#[test]
fn an_intermediary_speaks_for_itself_alone() {
    // rulebook 4.3
    let id = IntermediaryId::new("I1").expect("an id");
    let check = |role, name| code(check_intermediary(&actor(role, name), &id));
    assert_eq!(check(Role::Intermediary, "I1"), None);
    assert_eq!(check(Role::Intermediary, "I2"), Some(Code::NotYourCase));
    assert_eq!(check(Role::Risk, "K1"), None);
}
