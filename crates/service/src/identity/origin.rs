//! Requests that a browser was talked into, or that a proxy on the same machine passes on.
//!
//! There is no page of another origin that may ask this service for anything, so whatever carries a
//! foreign `Origin` is turned away. While everybody on the machine is the development admin, the
//! host that is asked for must be the machine itself, too: else a web page could have its own name
//! point to the loopback address and be let in (DNS rebinding).
//!
//! A proxy reaches the loopback address for whoever reaches the proxy. Only one that announces itself
//! by a head that it adds is noticed; what one that adds nothing passes on cannot be told from a
//! request of the machine's own, and everybody behind it is an admin. Such a proxy must not stand in
//! front of the service while no identity is configured.

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

/// Whether a request comes from a page of another origin.
#[must_use]
pub fn is_foreign(head: &Parts) -> bool {
    let says_cross_site = head
        .headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none");
    let mut origins = head.headers.get_all(header::ORIGIN).iter();
    let of_another_origin = match (origins.next(), origins.next()) {
        (None, _) => false,
        (Some(origin), None) => origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .is_none_or(|(_, authority)| Some(authority) != authority_of(head)),
        (Some(_), Some(_)) => true,
    };
    says_cross_site || of_another_origin
}

/// Whether a request asks for the machine itself by a name that is always its own. One that names
/// no host at all is from no browser.
#[must_use]
pub fn asks_for_loopback(head: &Parts) -> bool {
    if head.uri.authority().is_none() && !head.headers.contains_key(header::HOST) {
        return true;
    }
    let Some(authority) = authority_of(head) else {
        return false;
    };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) | None => authority,
    };
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// The heads by which a proxy tells for whom it asks, beside all that begin with [`FORWARDED_AS`].
const FORWARDED: [&str; 7] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-envoy-external-address",
];
/// How the other heads of proxies begin: `X-Forwarded-For`, `X-Forwarded-Host`, and more.
const FORWARDED_AS: &str = "x-forwarded-";

/// The head by which a request shows that a proxy passes it on, where the proxy adds one.
#[must_use]
pub fn forwarded_by(head: &Parts) -> Option<&str> {
    let mut names = head.headers.keys().map(HeaderName::as_str);
    names.find(|name| FORWARDED.contains(name) || name.starts_with(FORWARDED_AS))
}

/// The host and port that a request asks for: `:authority` of HTTP/2, else the one `Host`.
fn authority_of(head: &Parts) -> Option<&str> {
    match head.uri.authority() {
        Some(authority) if agrees(&head.headers, authority.as_str()) => Some(authority.as_str()),
        Some(_) => None,
        None => one_host(&head.headers),
    }
}

fn agrees(headers: &HeaderMap, authority: &str) -> bool {
    !headers.contains_key(header::HOST) || one_host(headers) == Some(authority)
}

fn one_host(headers: &HeaderMap) -> Option<&str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    hosts.next().is_none().then_some(host)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use axum::http::request::Parts;

    use super::{asks_for_loopback, is_foreign};

    fn head(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn only_names_that_are_always_the_machine_itself_are_loopback() {
        for host in [
            "localhost",
            "LocalHost:8080",
            "127.0.0.1",
            "127.1.2.3:1",
            "[::1]:8080",
        ] {
            assert!(asks_for_loopback(&head("/", &[("host", host)])), "{host}");
        }
        for host in [
            "example.org",
            "localhost.example.org",
            "127.0.0.1.nip.io:8080",
            "10.0.0.1",
            "",
        ] {
            assert!(!asks_for_loopback(&head("/", &[("host", host)])), "{host}");
        }
        assert!(asks_for_loopback(&head("/", &[])));
        let two = [("host", "localhost"), ("host", "example.org")];
        assert!(!asks_for_loopback(&head("/", &two)));
        assert!(asks_for_loopback(&head("http://localhost:1/", &[])));
        let differs = [("host", "localhost:1")];
        assert!(!asks_for_loopback(&head("http://example.org/", &differs)));
    }

    #[test]
    fn a_page_of_another_origin_is_foreign() {
        let foreign = |headers: &[(&str, &str)]| is_foreign(&head("/", headers));
        assert!(!foreign(&[("host", "localhost:8080")]));
        assert!(!foreign(&[
            ("host", "localhost:8080"),
            ("origin", "http://localhost:8080")
        ]));
        assert!(!foreign(&[
            ("host", "localhost"),
            ("sec-fetch-site", "none")
        ]));
        for origin in ["http://example.org", "http://localhost:3000", "null", ""] {
            assert!(
                foreign(&[("host", "localhost:8080"), ("origin", origin)]),
                "{origin}"
            );
        }
        assert!(foreign(&[
            ("host", "localhost"),
            ("sec-fetch-site", "cross-site")
        ]));
        assert!(foreign(&[
            ("host", "localhost"),
            ("sec-fetch-site", "same-site")
        ]));
    }
}
