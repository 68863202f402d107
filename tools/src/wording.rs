//! Instants, spans and amounts of money as people read them.

use redress_domain::instant::{CivilOffset, Instant};
use redress_protocol::instant::{format_instant, parse_instant};

/// The two greatest units of a span: `2 d 3 h`, `1 h 30 min`, `1 ms`.
pub fn span(milliseconds: u64) -> String {
    const UNITS: [(u64, &str); 5] = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "min"),
        (1_000, "s"),
        (1, "ms"),
    ];
    let mut rest = milliseconds;
    let mut parts = Vec::new();
    for (unit, name) in UNITS {
        let count = rest / unit;
        rest %= unit;
        if count > 0 {
            parts.push(format!("{count} {name}"));
        }
        // The unit after the greatest is the last one told, also where there is none of it.
        if parts.len() == 2 || (parts.len() == 1 && count == 0) {
            break;
        }
    }
    if parts.is_empty() {
        return "0 ms".to_owned();
    }
    parts.join(" ")
}

/// How far an instant lies ahead or behind: `2 d 3 h left`, `1 ms late`.
pub fn left_or_late(due_at: Instant, at: Instant) -> String {
    let milliseconds = due_at.since(at).ms();
    if milliseconds < 0 {
        format!("{} late", span(milliseconds.unsigned_abs()))
    } else {
        format!("{} left", span(milliseconds.unsigned_abs()))
    }
}

/// An instant in an offset, without the milliseconds where there are none:
/// `2026-03-23 14:00:00+08:00`.
pub fn instant(instant: Instant, offset: CivilOffset) -> String {
    shown(&format_instant(instant, offset))
}

/// The same without its offset, for where that is said once for all.
pub fn instant_without_offset(instant: Instant, offset: CivilOffset) -> String {
    shown_without_offset(&format_instant(instant, offset))
}

/// The same of an instant that is written already, as views hold it.
pub fn shown(written: &str) -> String {
    written.replacen('T', " ", 1).replacen(".000", "", 1)
}

/// The same without its offset, for where that is said once for all.
pub fn shown_without_offset(written: &str) -> String {
    let shown = shown(written);
    let offset = shown.len().saturating_sub("+08:00".len());
    match shown.split_at_checked(offset) {
        Some((civil, offset)) if read(written).is_some() && offset.contains(':') => {
            civil.to_owned()
        }
        _ => shown,
    }
}

/// An instant as views hold it.
pub fn read(written: &str) -> Option<Instant> {
    parse_instant(written).ok()
}

/// Whole fen as yuan: `¥97.00`.
pub fn yuan(fen: u64) -> String {
    format!("¥{}.{:02}", fen / 100, fen % 100)
}

/// A count with its noun: `1 round`, `2 rounds`.
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// A name of the contract as people read it: `refund_decision` is `refund decision`.
pub fn words(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use redress_domain::instant::{CivilOffset, Instant};

    use super::{instant, left_or_late, shown, span, yuan};

    #[test]
    fn a_span_has_its_two_greatest_units() {
        for (milliseconds, text) in [
            (0, "0 ms"),
            (1, "1 ms"),
            (1_001, "1 s 1 ms"),
            (60_001, "1 min"),
            (90_000, "1 min 30 s"),
            (3_600_000, "1 h"),
            (3_600_001, "1 h"),
            (183_600_000, "2 d 3 h"),
            (259_200_000, "3 d"),
        ] {
            assert_eq!(span(milliseconds), text);
        }
    }

    #[test]
    fn the_due_instant_itself_is_not_late() {
        let due_at = Instant::from_unix_ms(1_000);
        assert_eq!(left_or_late(due_at, due_at), "0 ms left");
        assert_eq!(left_or_late(due_at, due_at.just_after()), "1 ms late");
    }

    #[test]
    fn instants_are_civil_and_keep_their_milliseconds() {
        let offset = CivilOffset::from_seconds(28_800);
        let whole = Instant::from_unix_ms(1_774_245_600_000);
        assert_eq!(instant(whole, offset), "2026-03-23 14:00:00+08:00");
        assert_eq!(
            instant(whole.just_after(), offset),
            "2026-03-23 14:00:00.001+08:00"
        );
        assert_eq!(shown("not an instant"), "not an instant");
    }

    #[test]
    fn money_is_whole_fen() {
        assert_eq!(yuan(9_705), "¥97.05");
        assert_eq!(yuan(7), "¥0.07");
    }
}
