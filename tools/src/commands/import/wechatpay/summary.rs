//! What an import did, and where the documents disagree with what became of them.

use std::collections::BTreeMap;

use redress_domain::instant::{CivilOffset, Instant};
use redress_protocol::instant::format_instant;
use redress_wechatpay::comparison::Difference;
use redress_wechatpay::document::Problem;
use redress_wechatpay::mapping::Plan;
use serde_json::{Map, Value, json};

use super::replay::Replayed;
use crate::table::{Page, number, table};
use crate::wording;

/// Everything there is to tell.
pub struct Summary {
    /// What the documents became.
    pub plan: Plan,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What became of the plan.
    pub replayed: Replayed,
    /// Events recorded, with everything that followed.
    pub events: u64,
    /// The instant up to which time has passed.
    pub reached: Option<Instant>,
    /// The offset that instants are shown in.
    pub offset: CivilOffset,
    /// Where documents and what became of them disagree.
    pub differences: Vec<Difference>,
}

impl Summary {
    /// Whether everything was taken over.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
            && self.plan.unplanned.is_empty()
            && self.replayed.unfiled.is_empty()
            && self.replayed.lost == 0
    }

    /// The summary as one document.
    pub fn document(&self) -> Value {
        let Self {
            plan,
            replayed,
            problems,
            differences,
            ..
        } = self;
        let refused: Map<String, Value> = replayed
            .refused
            .iter()
            .map(|(code, count)| (code.as_str().to_owned(), (*count).into()))
            .collect();
        json!({
            "documents": plan.documents.len(),
            "acts": plan.commands.len(),
            "accepted": replayed.accepted,
            "known": replayed.known,
            "notes": plan.notes,
            "refused": refused,
            "unfiled": replayed.unfiled.iter().map(|(id, refusal)| json!({
                "complaint_id": id.as_str(),
                "code": refusal.code.as_str(),
                "message": refusal.message,
            })).collect::<Vec<_>>(),
            "lost": replayed.lost,
            "unplanned": plan.unplanned.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "incomplete_histories": plan.incomplete_histories.iter()
                .map(ToString::to_string).collect::<Vec<_>>(),
            "problems": problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "differences": differences.iter().map(difference).collect::<Vec<_>>(),
            "events": self.events,
            "unchanged": self.events == 0,
            "cutover": plan.cutover.map(|at| format_instant(at, self.offset)),
            "reached": self.reached.map(|at| format_instant(at, self.offset)),
        })
    }

    /// The summary for people.
    pub fn page(&self) -> String {
        let mut page = Page::default();
        let shown = |at: Option<Instant>| {
            at.map(|at| wording::instant(at, self.offset))
                .unwrap_or_default()
        };
        page.fact("complaints", self.plan.documents.len().to_string())
            .fact("acts", self.plan.commands.len().to_string())
            .fact("known before", self.replayed.known.to_string())
            .fact("events", self.events.to_string())
            .fact("time reached", shown(self.reached))
            .fact("liable from", shown(self.plan.cutover));
        self.counts(&mut page);
        self.what_is_missing(&mut page);
        self.disagreements(&mut page);
        if self.events == 0 {
            page.line("Everything was known: nothing has changed.");
        }
        page.finish().to_owned()
    }

    fn counts(&self, page: &mut Page) {
        if !self.replayed.accepted.is_empty() {
            page.heading("recorded");
            let mut accepted = table(&["command", "count"]);
            for (command, count) in &self.replayed.accepted {
                accepted.add_row(vec![(*command).into(), number(count)]);
            }
            page.table(&accepted);
        }
        if !self.plan.notes.is_empty() {
            page.heading("acts without an effect here, kept as notes");
            let mut notes = table(&["type", "count"]);
            for (raw_type, count) in &self.plan.notes {
                notes.add_row(vec![raw_type.as_str().into(), number(count)]);
            }
            page.table(&notes);
        }
        if !self.replayed.refused.is_empty() {
            page.heading("acts that the rules refused, kept as notes");
            let mut refused = table(&["code", "count"]);
            for (code, count) in &self.replayed.refused {
                refused.add_row(vec![code.as_str().into(), number(count)]);
            }
            page.table(&refused);
        }
    }

    fn what_is_missing(&self, page: &mut Page) {
        if !self.is_whole() {
            page.heading("not imported");
        }
        for problem in &self.problems {
            page.line(problem.to_string());
        }
        for unplanned in &self.plan.unplanned {
            page.line(unplanned.to_string());
        }
        for (complaint_id, refusal) in &self.replayed.unfiled {
            page.line(format!(
                "complaint {complaint_id}: {} ({})",
                refusal.message,
                refusal.code.as_str()
            ));
        }
        if self.replayed.lost > 0 {
            let acts = wording::counted(self.replayed.lost, "act");
            page.line(format!("{acts} could not be kept, not even as notes"));
        }
        if !self.plan.incomplete_histories.is_empty() {
            page.heading("histories that speak of more than they hold");
            for complaint_id in &self.plan.incomplete_histories {
                page.line(complaint_id.as_str());
            }
        }
    }

    fn disagreements(&self, page: &mut Page) {
        if self.differences.is_empty() {
            return;
        }
        page.heading("where documents and cases disagree; nothing was overwritten");
        let mut by_field: BTreeMap<&str, u64> = BTreeMap::new();
        for one in &self.differences {
            *by_field.entry(one.field).or_default() += 1;
        }
        let counts: Vec<String> = by_field
            .iter()
            .map(|(field, count)| format!("{field} {count}"))
            .collect();
        page.line(counts.join(", "));
        let mut differences = table(&["complaint", "field", "document", "here"]);
        for one in &self.differences {
            differences.add_row(vec![
                one.complaint_id.as_str(),
                one.field,
                one.theirs.as_str(),
                one.ours.as_str(),
            ]);
        }
        page.table(&differences);
    }
}

fn difference(one: &Difference) -> Value {
    json!({
        "complaint_id": one.complaint_id.as_str(),
        "field": one.field,
        "document": one.theirs,
        "here": one.ours,
    })
}
