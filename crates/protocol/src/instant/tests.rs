use proptest::prelude::*;
use redress_domain::instant::{CivilDay, CivilOffset, Instant, Span};

use super::{
    InstantError, SpanError, format_day, format_instant, format_offset, format_span, parse_day,
    parse_instant, parse_offset, parse_span,
};

const BEIJING: CivilOffset = CivilOffset::from_seconds(8 * 3600);

fn read(text: &str) -> Result<i64, InstantError> {
    parse_instant(text).map(Instant::unix_ms)
}

#[test]
fn one_instant_in_two_offsets() {
    assert_eq!(read("2026-03-20T06:00:00Z"), Ok(1_773_986_400_000));
    assert_eq!(read("2026-03-20T14:00:00+08:00"), Ok(1_773_986_400_000));
    assert_eq!(read("2026-03-20t06:00:00z"), Ok(1_773_986_400_000));
    assert_eq!(read("2026-03-19T23:30:00-06:30"), Ok(1_773_986_400_000));
}

#[test]
fn finer_fractions_are_cut_off_towards_the_past() {
    assert_eq!(read("1970-01-01T00:00:00.0019999Z"), Ok(1));
    assert_eq!(read("1969-12-31T23:59:59.9999Z"), Ok(-1));
    assert_eq!(read("1969-12-31T23:59:59.9981Z"), Ok(-2));
    assert_eq!(read("1970-01-01T00:00:00.1Z"), Ok(100));
}

#[test]
fn an_offset_is_required() {
    for text in ["2026-03-20T14:00:00", "2026-03-20T14:00:00.120"] {
        assert_eq!(read(text), Err(InstantError::WithoutOffset), "{text}");
    }
}

#[test]
fn what_is_not_rfc_3339_is_refused() {
    for text in [
        "",
        "2026-03-20",
        "2026-03-20 14:00:00+08:00",
        "2026-03-20T14:00:60+08:00",
        "2026-03-20T24:00:00+08:00",
        "2026-03-20T14:60:00+08:00",
        "2026-02-29T14:00:00+08:00",
        "2026-13-01T14:00:00+08:00",
        "0000-01-01T00:00:00Z",
        "2026-03-20T14:00+08:00",
        "2026-03-20T14:00:00.+08:00",
        "2026-03-20T14:00:00+0800",
        "2026-03-20T14:00:00+08:60",
        "2026-03-20T14:00:00+24:00",
        "2026-03-20T14:00:00Z ",
        "20260-03-20T14:00:00Z",
        "２０２６-03-20T14:00:00Z",
        "2026-03-20T14:00:60",
    ] {
        assert_eq!(read(text), Err(InstantError::Malformed), "{text}");
    }
    assert!(read("2028-02-29T14:00:00+08:00").is_ok());
    assert!(read("0001-01-01T00:00:00Z").is_ok());
    assert!(read("9999-12-31T23:59:59.999Z").is_ok());
}

#[test]
fn instants_are_shown_with_milliseconds_in_the_offset_given() {
    let instant = Instant::from_unix_ms(1_773_986_400_000);
    assert_eq!(
        format_instant(instant, BEIJING),
        "2026-03-20T14:00:00.000+08:00"
    );
    assert_eq!(
        format_instant(Instant::from_unix_ms(-1), CivilOffset::from_seconds(0)),
        "1969-12-31T23:59:59.999+00:00"
    );
    assert_eq!(
        format_instant(instant, CivilOffset::from_seconds(-23_400)),
        "2026-03-19T23:30:00.000-06:30"
    );
    assert!(format_instant(Instant::from_unix_ms(i64::MAX), BEIJING).starts_with("9999-12-31T"));
    assert!(format_instant(Instant::from_unix_ms(i64::MIN), BEIJING).starts_with("0001-01-01T"));
}

#[test]
fn spans_are_read_unit_by_unit() {
    for (text, milliseconds) in [
        ("24h", 86_400_000),
        ("7d", 604_800_000),
        ("1h30m", 5_400_000),
        ("72h0.001s", 259_200_001),
        ("3d", 259_200_000),
        ("0s", 0),
        ("1.5s", 1_500),
        ("48h6m", 173_160_000),
    ] {
        assert_eq!(parse_span(text), Ok(Span::from_ms(milliseconds)), "{text}");
    }
}

#[test]
fn what_is_not_a_span_is_refused() {
    for text in [
        "", "h", "24", "24x", "-1h", "+1h", "1m1h", "1h1h", "1.5h", "1.2345s", "1.s", ".5s", "1 h",
        "24H", "1h２m",
    ] {
        assert_eq!(parse_span(text), Err(SpanError::Malformed), "{text}");
    }
    for text in ["9223372036854775807d", "99999999999999999999s"] {
        assert_eq!(parse_span(text), Err(SpanError::TooLong), "{text}");
    }
}

#[test]
fn spans_are_written_as_the_rulebook_speaks_of_them() {
    for text in ["24h", "72h", "7d", "28d", "25h", "5m", "72h0.001s", "0s"] {
        let span = parse_span(text).unwrap();
        assert_eq!(format_span(span), text);
    }
}

#[test]
fn days_and_offsets_are_read_and_written() {
    assert_eq!(parse_day("2026-05-01"), CivilDay::from_ymd(2026, 5, 1));
    for text in ["2026-5-1", "2026-02-30", "2026-05-01T", "20260501", ""] {
        assert_eq!(parse_day(text), None, "{text}");
    }
    assert_eq!(format_day(CivilDay::from_days(0)), "1970-01-01");
    assert_eq!(parse_offset("+08:00"), Some(BEIJING));
    assert_eq!(parse_offset("Z"), Some(CivilOffset::from_seconds(0)));
    for text in ["08:00", "+8:00", "+08:00 ", ""] {
        assert_eq!(parse_offset(text), None, "{text}");
    }
    assert_eq!(format_offset(CivilOffset::from_seconds(-19_800)), "-05:30");
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        milliseconds in -62_135_510_400_000_i64..253_402_200_000_000,
        minutes in -1_439_i32..1_440,
    ) {
        let instant = Instant::from_unix_ms(milliseconds);
        let offset = CivilOffset::from_seconds(minutes * 60);
        prop_assert_eq!(parse_instant(&format_instant(instant, offset)), Ok(instant));
        prop_assert_eq!(parse_offset(&format_offset(offset)), Some(offset));
    }

    #[test]
    fn a_span_that_is_written_is_read_again(milliseconds in 0_i64..10_000_000_000_000) {
        let span = Span::from_ms(milliseconds);
        prop_assert_eq!(parse_span(&format_span(span)), Ok(span));
    }

    #[test]
    fn no_text_breaks_the_reading(text in "\\PC{0,40}") {
        let _ = (parse_instant(&text), parse_span(&text), parse_day(&text), parse_offset(&text));
    }

    #[test]
    fn a_day_that_is_written_is_read_again(days in -700_000_i32..2_900_000) {
        let day = CivilDay::from_days(days);
        prop_assert_eq!(parse_day(&format_day(day)), Some(day));
    }
}
