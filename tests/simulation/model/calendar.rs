//! Civil days in +08:00, counted one by one.

use super::terms::{DAY, HOUR};

/// The number of the civil day since 1970-01-01, a Thursday.
pub fn civil_day(at: i64) -> i64 {
    (at + 8 * HOUR).div_euclid(DAY)
}

/// The civil midnight with which a day begins.
pub fn midnight(day: i64) -> i64 {
    day * DAY - 8 * HOUR
}

fn is_working_day(day: i64) -> bool {
    // Thursday is 0; Saturday and Sunday are off, and these editions know no holidays.
    !matches!(day.rem_euclid(7), 2 | 3)
}

/// The last millisecond of the day by which an approved refund must have come.
pub fn payment_due(approved: i64, promised_days: u64) -> i64 {
    let mut day = civil_day(approved);
    for _ in 0..promised_days.min(3) {
        day += 1;
        while !is_working_day(day) {
            day += 1;
        }
    }
    while !is_working_day(day) {
        day += 1;
    }
    midnight(day + 1) - 1
}

/// Days of a month.
fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of the month.
fn date(day: i64) -> (i64, i64, i64) {
    let (mut year, mut month, mut left) = (1970, 1, day);
    while left >= month_days(year, month) {
        left -= month_days(year, month);
        month += 1;
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
    (year, month, left + 1)
}

fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let mut number = day - 1;
    let (mut y, mut m) = (1970, 1);
    while (y, m) != (year, month) {
        number += month_days(y, m);
        m += 1;
        if m > 12 {
            (y, m) = (y + 1, 1);
        }
    }
    number
}

/// When the period of a plan around an instant began: weeks, months or years from the signing, the
/// day clamped to the month's end.
pub fn period_start(signed: i64, period: &str, at: i64) -> i64 {
    let mut start = signed;
    for count in 1.. {
        let next = after_periods(signed, period, count);
        if next > at {
            break;
        }
        start = next;
    }
    start
}

fn after_periods(signed: i64, period: &str, count: i64) -> i64 {
    if period == "P1W" {
        return signed + count * 7 * DAY;
    }
    let day = civil_day(signed);
    let time_of_day = signed - midnight(day);
    let (year, month, day_of_month) = date(day);
    let months = month - 1 + if period == "P1M" { count } else { 12 * count };
    let (year, month) = (year + months / 12, months % 12 + 1);
    let clamped = day_of_month.min(month_days(year, month));
    midnight(day_number(year, month, clamped)) + time_of_day
}

/// `2026-05-01` of a civil day.
pub fn written(day: i64) -> String {
    let (year, month, day) = date(day);
    format!("{year:04}-{month:02}-{day:02}")
}
