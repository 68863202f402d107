//! The pages that explain codes: what `type` of a problem opens.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};
use redress_domain::refusal::Code;
use redress_protocol::answer::status_of;
use serde_json::{Value, json};

use crate::accept::preferred;
use crate::problem::{PAGES, Problem, codes};

const HTML: &str = "text/html";
const JSON: &str = "application/json";

/// A code with what is said of it.
struct Explained {
    name: &'static str,
    status: u16,
    retryable: bool,
    meaning: &'static str,
    /// Whether a rule gives it, and not the service.
    by_rule: bool,
}

fn every_code() -> impl Iterator<Item = Explained> {
    let of_rules = Code::ALL.iter().map(|code| Explained {
        name: code.as_str(),
        status: status_of(*code),
        retryable: false,
        meaning: code.meaning(),
        by_rule: true,
    });
    let of_service = codes::ALL.iter().map(|code| Explained {
        name: code.name,
        status: code.status,
        retryable: code.retryable,
        meaning: code.meaning,
        by_rule: false,
    });
    of_rules.chain(of_service)
}

impl Explained {
    fn document(&self) -> Value {
        json!({
            "code": self.name,
            "status": self.status,
            "meaning": self.meaning,
            "retryable": self.retryable,
            "by": if self.by_rule { "rule" } else { "service" },
        })
    }

    fn advice(&self) -> &'static str {
        match (self.by_rule, self.retryable, self.status) {
            (_, true, _) => "The same request may be sent again, under the same Idempotency-Key.",
            (true, false, 412) => "Read the case again and decide on what it says now.",
            (true, false, 409) => "A new command needs a new Idempotency-Key.",
            (true, false, 400) => {
                "Mend the document at the place that is named, and send it again."
            }
            (true, false, _) => {
                "A rule stands against it: nothing was stored, and the id is free. Mend the cause \
                 and send it again."
            }
            (false, false, _) => "Sending the same request again changes nothing.",
        }
    }

    fn page(&self) -> String {
        format!(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{name}</title>\
             <h1><code>{name}</code></h1><p>{meaning}</p><p>HTTP status {status}. {advice}</p>\
             <p><a href=\"{PAGES}\">Every code</a></p></html>\n",
            name = self.name,
            meaning = self.meaning,
            status = self.status,
            advice = self.advice(),
        )
    }
}

fn wants_json(headers: &HeaderMap) -> bool {
    preferred(headers, &[HTML, JSON]) == Some(JSON)
}

/// `GET /problems/{code}`
pub async fn one(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let explained = every_code()
        .find(|code| code.name == name)
        .ok_or_else(|| Problem::of(&codes::NOT_FOUND).because("there is no such code"))?;
    Ok(match wants_json(&headers) {
        true => axum::Json(explained.document()).into_response(),
        false => Html(explained.page()).into_response(),
    })
}

/// `GET /problems/`
pub async fn all(headers: HeaderMap) -> Response {
    if wants_json(&headers) {
        let documents: Vec<Value> = every_code().map(|code| code.document()).collect();
        return axum::Json(documents).into_response();
    }
    let mut page = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
                    <title>Codes</title><h1>Codes</h1><dl>"
        .to_owned();
    for code in every_code() {
        page.push_str(&format!(
            "<dt><a href=\"{PAGES}{name}\"><code>{name}</code></a> ({status})</dt><dd>{meaning}</dd>",
            name = code.name,
            status = code.status,
            meaning = code.meaning,
        ));
    }
    page.push_str("</dl></html>\n");
    Html(page).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::every_code;

    #[test]
    fn every_code_has_one_page_that_says_something() {
        let mut names = BTreeSet::new();
        for code in every_code() {
            assert!(names.insert(code.name), "{} is there twice", code.name);
            assert!(code.meaning.ends_with('.'), "{}", code.name);
            assert!(code.page().contains(code.meaning));
            assert!((400..600).contains(&code.status), "{}", code.name);
        }
        assert!(names.contains("evidence_missing") && names.contains("overloaded"));
    }
}
