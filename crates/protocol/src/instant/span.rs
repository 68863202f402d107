//! Elapsed time as text: `24h`, `7d`, `1h30m`, `72h0.001s`.

use redress_domain::instant::Span;

/// Why a text is not a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// Not numbers with units, greatest unit first.
    #[error("not a duration like 24h, 7d, 1h30m or 72h0.001s")]
    Malformed,
    /// Longer than an instant can be moved by.
    #[error("the duration is too long")]
    TooLong,
}

/// Units with their milliseconds, greatest first.
const UNITS: [(char, i64); 4] = [
    ('d', 86_400_000),
    ('h', 3_600_000),
    ('m', 60_000),
    ('s', 1_000),
];

/// Reads a span: whole numbers of days (of 24 h), hours, minutes and seconds, each unit at most
/// once and the greatest first; seconds may have up to three decimals.
///
/// # Errors
/// `Malformed` for anything else, `TooLong` beyond what an instant can be moved by.
pub fn parse_span(text: &str) -> Result<Span, SpanError> {
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total: i64 = 0;
    if text.is_empty() {
        return Err(SpanError::Malformed);
    }
    while !rest.is_empty() {
        let end = rest
            .find(|character: char| character.is_ascii_alphabetic())
            .ok_or(SpanError::Malformed)?;
        let (number, unit_and_rest) = rest.split_at(end);
        let (name, after) = unit_and_rest.split_at(1);
        let (letter, unit_ms) = units
            .find(|(letter, _)| name.starts_with(*letter))
            .ok_or(SpanError::Malformed)?;
        let milliseconds = if *letter == 's' {
            seconds(number)?
        } else {
            whole(number)?
                .checked_mul(*unit_ms)
                .ok_or(SpanError::TooLong)?
        };
        total = total.checked_add(milliseconds).ok_or(SpanError::TooLong)?;
        rest = after;
    }
    Ok(Span::from_ms(total))
}

fn whole(number: &str) -> Result<i64, SpanError> {
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SpanError::Malformed);
    }
    number.parse().map_err(|_| SpanError::TooLong)
}

fn seconds(number: &str) -> Result<i64, SpanError> {
    let (seconds, decimals) = match number.split_once('.') {
        Some((seconds, decimals)) if (1..=3).contains(&decimals.len()) => (seconds, decimals),
        Some(_) => return Err(SpanError::Malformed),
        None => (number, "0"),
    };
    let thousandths = whole(&format!("{decimals:0<3}"))?;
    whole(seconds)?
        .checked_mul(1000)
        .and_then(|milliseconds| milliseconds.checked_add(thousandths))
        .ok_or(SpanError::TooLong)
}

/// Writes a span so that `parse_span` reads the same again: in days from seven days on, else in
/// hours, as the rulebook speaks of them; what is left over in smaller units. Negative spans are
/// written as no time at all.
#[must_use]
pub fn format_span(span: Span) -> String {
    let mut left = span.ms().max(0);
    let mut text = String::new();
    for (letter, unit_ms) in UNITS {
        let skip_days = letter == 'd' && (left < 7 * unit_ms || left % unit_ms != 0);
        let count = left / unit_ms;
        if skip_days || count == 0 || letter == 's' {
            continue;
        }
        text.push_str(&format!("{count}{letter}"));
        left %= unit_ms;
    }
    if left % 1000 != 0 {
        text.push_str(&format!("{}.{:03}s", left / 1000, left % 1000));
    } else if left > 0 || text.is_empty() {
        text.push_str(&format!("{}s", left / 1000));
    }
    text
}
