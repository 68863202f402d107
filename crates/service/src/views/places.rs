//! The places where views, lists and explanations are asked for, and what is said of them.

use redress_domain::agreement::AgreementState;
use redress_domain::clock::ClockKind;
use redress_domain::complaint::ComplaintState;
use redress_domain::gate::Capability;
use redress_domain::intermediary::IntermediaryKind;
use redress_domain::merchant::MerchantKind;
use redress_domain::standing::Tier;
use redress_protocol::query::{GATE_ACTIONS, PAGE_LIMIT_MAX};
use serde_json::json;

use super::{asking, explanations, lists};
use crate::interface::{Interface, Method, Place};
use crate::openapi::{instant, number, shape, text};

const JSON: &str = "application/json";

fn view(summary: &'static str) -> Place {
    Place::new(summary)
        .query("at", "The instant to judge clocks by.", instant())
        .query(
            "as_of",
            "What was known then: a position, or an instant of recording.",
            text(),
        )
        .query(
            "min_position",
            "Wait until the log has come to this position.",
            number(),
        )
        .query("wait", "For how long to wait for it, as 5s.", text())
        .head(
            "If-None-Match",
            "The entity tag that the caller has.",
            text(),
        )
        .answer(200, "The view.", JSON, shape("View"))
        .plain_answer(304, "It is the one that the caller has.")
}

/// A view of one case: with it comes what may be asked of it.
fn case(summary: &'static str) -> Place {
    view(summary)
        .query(
            "allowed",
            "Whether to list the commands that may be issued on it; true where nothing is said.",
            json!({ "type": "boolean" }),
        )
        .query(
            "by",
            "Whose commands to list, as merchant:M1; by default the caller's.",
            text(),
        )
}

/// Views.
pub fn views(interface: Interface) -> Interface {
    interface
        .at(
            Method::Get,
            "/v1/complaints/{id}",
            asking::complaint,
            &case("One complaint."),
        )
        .at(
            Method::Get,
            "/v1/merchants/{id}",
            asking::merchant,
            &case("One merchant."),
        )
        .at(
            Method::Get,
            "/v1/agreements/{id}",
            asking::agreement,
            &case("One agreement."),
        )
        .at(
            Method::Get,
            "/v1/intermediaries/{id}",
            asking::intermediary,
            &case("One institution or service provider."),
        )
        .at(
            Method::Get,
            "/v1/queue",
            asking::queue,
            &view("What waits for somebody, the most urgent first.")
                .query("due_within", "Only what is due that soon, as 6h.", text())
                .query(
                    "view",
                    "Which complaints.",
                    json!({ "enum": ["all", "breached", "repeats", "first_reply", "unassessed"] }),
                )
                .query("merchant", "Only this merchant's.", text())
                .answer(200, "The view.", JSON, json!({ "type": "array" })),
        )
        .at(
            Method::Get,
            "/v1/repeats",
            asking::repeats,
            &view("The three counts of repeat complaints.")
                .query("user", "Of this user.", text())
                .query("merchant", "Against this merchant.", text())
                .query("agreement", "Under this agreement.", text())
                .query("from", "From this instant on.", instant())
                .query("to", "Before this instant.", instant()),
        )
        .at(
            Method::Get,
            "/v1/sla",
            asking::sla,
            &view("How clocks were kept.")
                .query("merchant", "Only this merchant's.", text())
                .query(
                    "from",
                    "In rounds opened at this instant or later.",
                    instant(),
                )
                .query("to", "In rounds opened before this instant.", instant()),
        )
        .at(
            Method::Get,
            "/v1/gate",
            asking::gate,
            &view("Whether a merchant may sign, debit or something else now, and if not, why.")
                .needed("merchant", "Whose permission.", text())
                .needed(
                    "action",
                    "What for.",
                    json!({ "enum": GATE_ACTIONS.map(Capability::as_str) }),
                )
                .query("template", "Under which template.", text())
                .query("agreement", "Under which agreement.", text())
                .query("user", "For which user.", text())
                .query("amount_fen", "How much, in fen.", number()),
        )
}

/// A page of a list.
fn list(summary: &'static str) -> Place {
    view(summary)
        .query(
            "limit",
            "How many at the most.",
            json!({ "type": "integer", "minimum": 1, "maximum": PAGE_LIMIT_MAX }),
        )
        .query("after", "The `next` of the page before.", text())
}

/// Lists and explanations.
pub fn lists(interface: Interface) -> Interface {
    let flag = || json!({ "type": "boolean" });
    let tiers = || json!({ "enum": Tier::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>() });
    interface
        .at(
            Method::Get,
            "/v1/complaints",
            lists::complaints,
            &list("Complaints by id, a page at a time.")
                .query("merchant", "Against this merchant.", text())
                .query("user", "Of this user.", text())
                .query("agreement", "Under this agreement.", text())
                .query("state", "In this state.", json!({ "enum": ComplaintState::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>() }))
                .query("waiting", "Whether somebody waits for it.", flag())
                .query("under_review", "Whether a person must look at it.", flag()),
        )
        .at(
            Method::Get,
            "/v1/merchants",
            lists::merchants,
            &list("Merchants by id, a page at a time.")
                .query("tier", "At this tier.", tiers())
                .query("kind", "Of this kind.", json!({ "enum": MerchantKind::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>() }))
                .query("intermediary", "With this institution or service provider.", text()),
        )
        .at(
            Method::Get,
            "/v1/agreements",
            lists::agreements,
            &list("Agreements by id, a page at a time.")
                .query("merchant", "With this merchant.", text())
                .query("user", "Of this user.", text())
                .query("template", "Under this template.", text())
                .query("state", "In this state.", json!({ "enum": AgreementState::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>() })),
        )
        .at(
            Method::Get,
            "/v1/intermediaries",
            lists::intermediaries,
            &list("Institutions and service providers by id, a page at a time.")
                .query("tier", "At this tier.", tiers())
                .query("kind", "Of this kind.", json!({ "enum": IntermediaryKind::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>() })),
        )
        .at(
            Method::Get,
            "/v1/explain/complaints/{id}",
            explanations::complaint,
            &view("Why the clocks of a complaint are where they are, and why it was judged as it was.")
                .query("clock", "Only this clock.", json!({ "enum": ClockKind::OF_ROUND.map(ClockKind::as_str) })),
        )
        .at(
            Method::Get,
            "/v1/explain/merchants/{id}",
            explanations::merchant,
            &view("Why a merchant is at its tier, and why each of its measures is where it is."),
        )
}
