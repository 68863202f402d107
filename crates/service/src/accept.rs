//! `Accept`: which of the forms of an answer a caller likes best (RFC 9110, section 12.5.1).

use std::cmp::Reverse;

use axum::http::{HeaderMap, header};

/// What a caller says of some media types.
struct Range<'h> {
    media_type: &'h str,
    /// From 0, not at all, to 1000.
    quality: u16,
}

impl<'h> Range<'h> {
    /// Reads one; `None` for what is none. Parameters of media types make no difference here.
    fn of(text: &'h str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let media_type = match parts.next()? {
            // Clients in Java say so, beside a quality without its zero.
            "*" => "*/*",
            media_type if media_type.contains('/') => media_type,
            _ => return None,
        };
        let quality = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then_some(value)
        });
        let quality = match quality {
            None => 1_000,
            Some(text) => thousandths(text.trim())?,
        };
        Some(Self {
            media_type,
            quality,
        })
    }

    /// How exactly a media type is named, 0 where it is not.
    fn exactness(&self, media_type: &str) -> u8 {
        if self.media_type.eq_ignore_ascii_case(media_type) {
            return 3;
        }
        match self.media_type.strip_suffix("/*") {
            Some("*") => 1,
            Some(kind) => {
                let of_kind = media_type.split_once('/').map(|(kind, _)| kind);
                match of_kind.is_some_and(|of_kind| of_kind.eq_ignore_ascii_case(kind)) {
                    true => 2,
                    false => 0,
                }
            }
            None => 0,
        }
    }
}

/// `0.5`, or `.5`, as 500.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_written_right = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    match whole {
        "0" if is_written_right => Some(part),
        "" if is_written_right && text.len() > 1 => Some(part),
        "1" if is_written_right && part == 0 => Some(1_000),
        _ => None,
    }
}

/// The offer that the caller likes best; of those it likes alike, the one it names first, and of
/// those it does not tell apart, the first. `None` where it accepts none of them. Whoever says
/// nothing takes the first.
pub fn preferred<'o>(headers: &HeaderMap, offers: &[&'o str]) -> Option<&'o str> {
    let ranges: Vec<Range<'_>> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::of)
        .collect();
    if ranges.is_empty() {
        return offers.first().copied();
    }
    offers
        .iter()
        .filter_map(|offer| {
            // The range that names it most exactly says how well it is liked.
            let (place, range) = ranges
                .iter()
                .enumerate()
                .filter(|(_, range)| range.exactness(offer) > 0)
                .max_by_key(|(place, range)| (range.exactness(offer), Reverse(*place)))?;
            Some((*offer, place, range.quality))
        })
        .filter(|(_, _, quality)| *quality > 0)
        .min_by_key(|(_, place, quality)| (Reverse(*quality), *place))
        .map(|(offer, _, _)| offer)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::preferred;

    const OFFERS: [&str; 3] = ["application/json", "application/x-ndjson", "text/html"];

    #[test]
    fn the_best_liked_form_is_given() {
        for (accepted, expected) in [
            ("*/*", Some("application/json")),
            ("", Some("application/json")),
            ("text/*", Some("text/html")),
            ("Text/HTML", Some("text/html")),
            (
                "application/x-ndjson, application/json",
                Some("application/x-ndjson"),
            ),
            (
                "application/json;q=0.2, application/x-ndjson;q=0.9",
                Some("application/x-ndjson"),
            ),
            (
                "application/json;q=0.2, application/x-ndjson;Q=0.9",
                Some("application/x-ndjson"),
            ),
            (
                "application/json;q=0.8, */*;q=0.9",
                Some("application/x-ndjson"),
            ),
            ("*/*, application/json;q=0", Some("application/x-ndjson")),
            ("application/*;q=0, */*", Some("text/html")),
            (
                "application/json;charset=utf-8;q=1.000",
                Some("application/json"),
            ),
            ("application/json;q=0.000", None),
            ("image/png", None),
            ("image/png, text/*;q=0.001", Some("text/html")),
            ("application/json;q=2, text/html;q=0.1", Some("text/html")),
            ("*", Some("application/json")),
            (
                "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
                Some("text/html"),
            ),
            ("image/png, *", Some("application/json")),
            (
                "application/x-ndjson;q=.2, application/json;q=.1",
                Some("application/x-ndjson"),
            ),
            ("image/gif, */*; q=.2", Some("application/json")),
            (
                "text/html;q=., application/x-ndjson",
                Some("application/x-ndjson"),
            ),
            (
                "text/html;q=, application/x-ndjson",
                Some("application/x-ndjson"),
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accepted));
            assert_eq!(preferred(&headers, &OFFERS), expected, "{accepted}");
        }
        assert_eq!(preferred(&HeaderMap::new(), &OFFERS), Some(OFFERS[0]));
    }

    #[test]
    fn several_heads_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT, HeaderValue::from_static("text/html;q=0.1"));
        headers.append(
            header::ACCEPT,
            HeaderValue::from_static("application/x-ndjson"),
        );
        assert_eq!(preferred(&headers, &OFFERS), Some("application/x-ndjson"));
    }
}
