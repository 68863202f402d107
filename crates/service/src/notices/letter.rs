//! A notice as it is read: what was found, under which clause, what to do, by when, and how to
//! appeal (rulebook 4.2).

use redress_domain::instant::{CivilOffset, Instant};
use redress_domain::measure::{Measure, Owner};
use redress_protocol::instant::format_instant;
use serde::{Deserialize, Serialize};

use super::wording::words;

/// A language that notices are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Chinese alone.
    Zh,
    /// English alone.
    En,
    /// Chinese, and English below.
    #[default]
    Both,
}

/// A subject and a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// In a line.
    pub subject: String,
    /// In several.
    pub body: String,
}

/// What a letter is about.
pub struct Facts<'a> {
    /// Whose measure it is.
    pub owner: Owner,
    /// Their id.
    pub owner_id: &'a str,
    /// Their name.
    pub owner_name: &'a str,
    /// The measure.
    pub measure: &'a Measure,
    /// The offset of instants.
    pub offset: CivilOffset,
}

impl Facts<'_> {
    /// The letter in a language.
    #[must_use]
    pub fn letter(&self, language: Language) -> Letter {
        match language {
            Language::Zh => self.chinese(),
            Language::En => self.english(),
            Language::Both => {
                let (chinese, english) = (self.chinese(), self.english());
                Letter {
                    subject: format!("{} / {}", chinese.subject, english.subject),
                    body: format!("{}\n\n----\n\n{}", chinese.body, english.body),
                }
            }
        }
    }

    fn chinese(&self) -> Letter {
        let measure = self.measure;
        let [words, _] = words(measure.kind);
        let owner = match self.owner {
            Owner::Merchant => "商户号",
            Owner::Intermediary => "机构或服务商编号",
        };
        let mut lines = vec![
            format!("{}（{owner} {}）：", self.owner_name, self.owner_id),
            format!(
                "平台依据免密服务用户权益保障规范第 {} 条，自 {} 起对贵方采取措施 {}：{}。",
                measure.clause,
                self.instant(measure.imposed_at.unwrap_or(measure.proposed_at)),
                measure.measure_id,
                words.name,
            ),
            format!("查明情况：{}", measure.rationale),
        ];
        if !measure.grounds.is_empty() {
            lines.push(format!("依据的认定：{}", measure.grounds.join("、")));
        }
        let terms = self.terms();
        if !terms.is_empty() {
            lines.push(format!("措施内容：{}", terms.join("；")));
        }
        lines.push(format!("请贵方：{}", words.task));
        lines.push(match (self.due_at(), measure.ends_at()) {
            (Some(due), _) => format!("期限：{} 之前（含）", self.instant(due)),
            (None, Some(end)) => format!("有效期至：{}", self.instant(end)),
            (None, None) => "期限：直至解除条件成就".to_owned(),
        });
        lines.push(format!("解除条件：{}", measure.cure));
        if let Some(until) = self.appeal_until() {
            lines.push(format!(
                "申诉：如有异议，请在 {} 之前（含）提出申诉并说明理由（{}.appeal，措施 {}）。",
                self.instant(until),
                self.owner.as_str(),
                measure.measure_id,
            ));
        }
        Letter {
            subject: format!(
                "免密服务措施通知：{}（第 {} 条）",
                words.name, measure.clause
            ),
            body: lines.join("\n"),
        }
    }

    fn english(&self) -> Letter {
        let measure = self.measure;
        let [_, words] = words(measure.kind);
        let mut lines = vec![
            format!(
                "To {} ({} {}):",
                self.owner_name,
                self.owner.as_str(),
                self.owner_id
            ),
            format!(
                "Under clause {} of the rules on password-free debits, measure {} is in force since \
                 {}: {}.",
                measure.clause,
                measure.measure_id,
                self.instant(measure.imposed_at.unwrap_or(measure.proposed_at)),
                words.name,
            ),
            format!("What was found: {}", measure.rationale),
        ];
        if !measure.grounds.is_empty() {
            lines.push(format!("It rests on: {}", measure.grounds.join(", ")));
        }
        let terms = self.terms();
        if !terms.is_empty() {
            lines.push(format!("Its terms: {}", terms.join("; ")));
        }
        lines.push(format!("What to do: {}", words.task));
        lines.push(match (self.due_at(), measure.ends_at()) {
            (Some(due), _) => format!("By when: {} at the latest", self.instant(due)),
            (None, Some(end)) => format!("It lasts until: {}", self.instant(end)),
            (None, None) => "By when: it lasts until what lifts it has come".to_owned(),
        });
        lines.push(format!("What lifts it: {}", measure.cure));
        if let Some(until) = self.appeal_until() {
            lines.push(format!(
                "To appeal: say why, by {} at the latest ({}.appeal, measure {}).",
                self.instant(until),
                self.owner.as_str(),
                measure.measure_id,
            ));
        }
        Letter {
            subject: format!(
                "Notice of a measure: {} (clause {})",
                words.name, measure.clause
            ),
            body: lines.join("\n"),
        }
    }

    /// What the measure is limited to and its numbers, as commands name them.
    fn terms(&self) -> Vec<String> {
        let (scope, numbers) = (&self.measure.scope, &self.measure.parameters);
        let listed = |name: &str, items: &[std::sync::Arc<str>]| {
            (!items.is_empty()).then(|| format!("{name} {}", items.join(", ")))
        };
        let number = |name: &str, value: Option<u64>| value.map(|value| format!("{name} {value}"));
        [
            scope
                .template_id
                .as_ref()
                .map(|id| format!("template_id {}", id.as_str())),
            listed("capabilities", &scope.capabilities),
            listed("permissions", &scope.permissions),
            scope
                .complaint_id
                .as_ref()
                .map(|id| format!("complaint_id {}", id.as_str())),
            scope.level.map(|level| format!("level {}", level.as_str())),
            numbers.days.map(|days| format!("T+{days}")),
            number("debit_fen", numbers.debit_fen),
            number("day_fen", numbers.day_fen),
            number("debits_per_day", numbers.debits_per_day.map(u64::from)),
            number("amount_fen", numbers.amount_fen),
            numbers.description.as_ref().map(ToString::to_string),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn due_at(&self) -> Option<Instant> {
        let rectification = self.measure.rectification.as_ref();
        rectification.map(|rectification| rectification.due_at)
    }

    fn appeal_until(&self) -> Option<Instant> {
        self.measure
            .appeal
            .as_ref()
            .map(|appeal| appeal.window_until)
    }

    fn instant(&self, instant: Instant) -> String {
        format_instant(instant, self.offset)
    }
}
