//! What went wrong, as RFC 9457 documents: one shape for refusals by a rule, for requests that make
//! no sense and for failures, each with a stable code, and a page that explains it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use redress_domain::refusal::Code;
use redress_engine::{EngineError, Refused};
use redress_protocol::answer::status_of;
use redress_protocol::command::CommandError;
use redress_protocol::query::QueryError;
use serde_json::{Map, Value, json};

/// The path of the pages that explain codes.
pub const PAGES: &str = "/problems/";

/// A code of the service itself, beside those of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceCode {
    /// As written in answers.
    pub name: &'static str,
    /// The status that goes with it.
    pub status: u16,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// What it stands for, in a sentence for people.
    pub meaning: &'static str,
}

/// The codes of the service itself.
pub mod codes {
    use super::ServiceCode;

    macro_rules! service_codes {
        ($($name:ident = $text:literal, $status:literal, $retryable:literal, $meaning:literal;)*) => {
            $(
                #[doc = $meaning]
                pub const $name: ServiceCode = ServiceCode {
                    name: $text, status: $status, retryable: $retryable, meaning: $meaning,
                };
            )*
            /// Every code, for the pages and for tests that reach each.
            pub const ALL: &[ServiceCode] = &[$($name,)*];
        };
    }

    /// The code of a status that came without one.
    #[must_use]
    pub fn of_status(status: u16) -> &'static ServiceCode {
        let general = if status < 500 { &MALFORMED } else { &INTERNAL };
        [
            &NOT_FOUND,
            &METHOD_NOT_ALLOWED,
            &REQUEST_TIMEOUT,
            &TOO_LARGE,
            &UNSUPPORTED_MEDIA_TYPE,
        ]
        .into_iter()
        .find(|code| code.status == status)
        .unwrap_or(general)
    }

    service_codes! {
        MALFORMED = "malformed", 400, false, "The request is not one that the interface knows.";
        UNAUTHENTICATED = "unauthenticated", 401, false, "The request names nobody that is known here: it needs a valid token, key or certificate.";
        FORBIDDEN = "forbidden", 403, false, "The caller may not do or see this.";
        FOREIGN_ORIGIN = "foreign_origin", 403, false, "The request comes from a web page of another origin, or asks for another host than it may.";
        IDENTITY_MISMATCH = "identity_mismatch", 403, false, "The caller acts as itself only, and the command names somebody else in `by`.";
        NOT_FOUND = "not_found", 404, false, "There is nothing of that name, at least not as of then.";
        METHOD_NOT_ALLOWED = "method_not_allowed", 405, false, "This place cannot be asked in that way.";
        NOT_ACCEPTABLE = "not_acceptable", 406, false, "None of the forms that the caller accepts can be given.";
        REQUEST_TIMEOUT = "request_timeout", 408, true, "The request took too long to arrive.";
        TOO_LARGE = "too_large", 413, false, "The body, or a line of it, is longer than allowed.";
        UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415, false, "The body is of a type that is not taken here.";
        TOO_FAST = "too_fast", 429, true, "The caller sends more than its share; it may go on after the time that Retry-After names.";
        INTERNAL = "internal", 500, true, "Something failed inside; the log of the service says more.";
        DAMAGED = "damaged", 500, false, "What is stored is damaged, or is not what the log says: an operator must look at it.";
        OVERLOADED = "overloaded", 503, true, "More is waiting than can be answered in time; it may be tried again after the time that Retry-After names.";
        STARTING = "starting", 503, true, "The deadlines that passed while the service was down are being observed; commands are taken after that.";
        STOPPING = "stopping", 503, true, "The service is being stopped.";
        STOPPED = "stopped", 503, true, "A write failed, and nothing more is taken until the service is started again; reads go on.";
        PROJECTION_BUILDING = "projection_building", 503, true, "The rows that this needs are being built.";
        PROJECTION_FAULTED = "projection_faulted", 503, false, "The rows that this needs stand still after a fault, until an operator has them rebuilt.";
        POSITION_NOT_REACHED = "position_not_reached", 412, true, "The log had not come to that position in the time given.";
        TIMED_OUT = "timed_out", 504, true, "The request took longer than allowed.";
        DISK_FULL = "disk_full", 507, true, "There is no room on the disk: nothing more is taken until there is and the service is started again; reads go on.";
    }
}

/// What is known of a command that was not answered by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was stored.
    NotStored,
    /// It may be stored or not: the same id again tells.
    Unknown,
}

/// A problem on its way to the caller. It is boxed, as it goes through many results that are fine.
#[derive(Clone, Debug)]
pub struct Problem(Box<Parts>);

/// What a problem says.
#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    clause: Option<&'static str>,
    title: &'static str,
    detail: String,
    retryable: bool,
    outcome: Outcome,
    retry_after_s: Option<u64>,
    more: Map<String, Value>,
    challenge: Option<&'static str>,
    hidden_denial: Option<&'static str>,
    logged: Option<String>,
    is_noted: bool,
}

/// What an answer was about, for those who note denials.
#[derive(Clone, Debug)]
pub struct ProblemMark {
    /// The stable code of the answer.
    pub code: &'static str,
    /// What happened in particular, as the log is told.
    pub detail: String,
    /// The code of a denial that the caller is not told of.
    pub hidden_denial: Option<&'static str>,
    /// Whether it is counted, and logged where it is a denial, already.
    pub is_noted: bool,
}

/// How long to wait before trying again, where nothing better is known.
const RETRY_AFTER_S: u64 = 1;

impl Problem {
    /// A problem of the service itself.
    #[must_use]
    pub fn of(code: &ServiceCode) -> Self {
        Self(Box::new(Parts {
            status: StatusCode::from_u16(code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code: code.name,
            clause: None,
            title: code.meaning,
            detail: code.meaning.to_owned(),
            retryable: code.retryable,
            outcome: Outcome::NotStored,
            retry_after_s: (code.retryable && matches!(code.status, 412 | 429 | 503))
                .then_some(RETRY_AFTER_S),
            more: Map::new(),
            challenge: None,
            hidden_denial: None,
            logged: None,
            is_noted: false,
        }))
    }

    /// A code of the rules that no rule gave: a request that is not a command.
    #[must_use]
    pub fn of_code(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            status: StatusCode::from_u16(status_of(code)).unwrap_or(StatusCode::BAD_REQUEST),
            code: code.as_str(),
            clause: None,
            title: code.meaning(),
            detail: detail.into(),
            retryable: false,
            outcome: Outcome::NotStored,
            retry_after_s: None,
            more: Map::new(),
            challenge: None,
            hidden_denial: None,
            logged: None,
            is_noted: false,
        }))
    }

    /// A refusal by a rule.
    #[must_use]
    pub fn of_refusal(refused: &Refused) -> Self {
        let refusal = &refused.refusal;
        let mut problem = Self::of_code(refusal.code, refusal.message.clone());
        problem.0.clause = refusal.clause;
        if let Some(measure_id) = refusal.measure_id {
            problem = problem.with("measure_id", measure_id.to_string());
        }
        if let Some(cure) = &refusal.cure {
            problem = problem.with("cure", cure.as_str());
        }
        if let Some(actual) = refused.actual_version {
            problem = problem.with("actual_version", actual);
        }
        problem
    }

    /// A document that is not a command.
    #[must_use]
    pub fn of_document(error: &CommandError) -> Self {
        let problem = Self::of_code(error.code, error.sentence());
        match error.path.as_str() {
            "" => problem,
            path => problem.with("field", path),
        }
    }

    /// A query that cannot be asked that way.
    #[must_use]
    pub fn of_question(error: &QueryError) -> Self {
        let code = match error {
            QueryError::UnknownKey { .. } => Code::FieldUnknown,
            QueryError::KeyMissing { .. } | QueryError::IdMissing(_) => Code::FieldMissing,
            QueryError::UnknownView(_)
            | QueryError::IdUnexpected(_)
            | QueryError::MalformedQuery(_)
            | QueryError::Value { .. } => Code::FieldInvalid,
        };
        Self::of_code(code, error.to_string())
    }

    /// A failure of a query: nothing was to be stored.
    #[must_use]
    pub fn of_query(error: &EngineError) -> Self {
        let code = match error {
            EngineError::PositionUnknown { .. } => {
                return Self::of(&codes::NOT_FOUND).because(error.to_string());
            }
            EngineError::ProjectionFaulted { .. } => &codes::PROJECTION_FAULTED,
            EngineError::ProjectionBuilding { .. } => &codes::PROJECTION_BUILDING,
            EngineError::NothingKept { .. } => &codes::NOT_FOUND,
            EngineError::Stopped { .. } => &codes::STOPPED,
            EngineError::DiskFull { .. } => &codes::DISK_FULL,
            error if error.is_integrity_failure() => &codes::DAMAGED,
            EngineError::Journal(_)
            | EngineError::ReadStore(_)
            | EngineError::Vault(_)
            | EngineError::Entry(_)
            | EngineError::Projection(_)
            | EngineError::Backup(_)
            | EngineError::Locked(_)
            | EngineError::Broken { .. } => &codes::INTERNAL,
        };
        // What failed inside is for the log: it names files.
        tracing::error!(%error, code = code.name, "a request failed");
        Self::of(code)
    }

    /// A failure of what an admin asked for, in the words that an operator needs.
    #[must_use]
    pub fn of_admin_work(error: &EngineError) -> Self {
        Self::of_query(error).because(error.to_string())
    }

    /// A failure of a command, of which it is not known whether it was stored.
    #[must_use]
    pub fn of_command(error: &EngineError) -> Self {
        Self::of_query(error).unknown()
    }

    /// The same of a command of which it is not known whether it was stored.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        self.0.outcome = Outcome::Unknown;
        self
    }

    /// The same with what happened in particular.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// The same with a challenge that says which credential is wanted.
    #[must_use]
    pub fn challenge(mut self, challenge: &'static str) -> Self {
        self.0.challenge = Some(challenge);
        self
    }

    /// The same, which in truth is a denial: noted as such, and not told.
    #[must_use]
    pub fn hiding(mut self, code: Code) -> Self {
        self.0.hidden_denial = Some(code.as_str());
        self
    }

    /// The same with what only the log is told.
    #[must_use]
    pub fn logged_as(mut self, detail: impl Into<String>) -> Self {
        self.0.logged = Some(detail.into());
        self
    }

    /// The same, which is counted already, and logged where it is a denial: not again.
    #[must_use]
    pub fn noted(mut self) -> Self {
        self.0.is_noted = true;
        self
    }

    /// Whether it is counted already, and logged where it is a denial.
    #[must_use]
    pub fn is_noted(&self) -> bool {
        self.0.is_noted
    }

    /// The same with one more member.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.more.insert(key.to_owned(), value.into());
        self
    }

    /// The same with a time to wait.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> Value {
        let mut document = json!({
            "type": format!("{PAGES}{}", self.0.code),
            "title": self.0.title,
            "status": self.0.status.as_u16(),
            "detail": self.0.detail,
            "code": self.0.code,
            "clause": self.0.clause,
            "retryable": self.0.retryable,
            "outcome": match self.0.outcome {
                Outcome::NotStored => "not_stored",
                Outcome::Unknown => "unknown",
            },
        });
        if let Some(map) = document.as_object_mut() {
            map.extend(self.0.more.clone());
        }
        document
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.0.status, self.document().to_string()).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(challenge) = self.0.challenge {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
        response.extensions_mut().insert(ProblemMark {
            code: self.0.code,
            detail: self.0.logged.unwrap_or(self.0.detail),
            hidden_denial: self.0.hidden_denial,
            is_noted: self.0.is_noted,
        });
        if let Some(seconds) = self.0.retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
