//! What ties a request to what its caller was doing: the W3C trace context, else a request id.

use axum::http::request::Parts;
use redress_engine::History;
use uuid::Uuid;

/// The id that the events of a request carry where its command names none: the trace id of
/// `traceparent`, else `X-Request-Id` where that is a UUID.
#[must_use]
pub fn correlation_id(head: &Parts) -> Option<Uuid> {
    let text = |name: &str| head.headers.get(name)?.to_str().ok();
    let of_trace = text("traceparent").and_then(trace_id);
    let of_request = || text("x-request-id").and_then(|id| Uuid::try_parse(id).ok());
    of_trace
        .or_else(of_request)
        .filter(|id| History::of_correlation_id(*id).is_none())
}

/// The trace id of a `traceparent`: version, 32 hexadecimal digits that are not all zero, parent,
/// flags.
fn trace_id(traceparent: &str) -> Option<Uuid> {
    let mut parts = traceparent.trim().split('-');
    let version = parts.next()?;
    let trace = parts.next()?;
    let parent = parts.next()?;
    let lengths = (version.len(), trace.len(), parent.len());
    if lengths != (2, 32, 16) || version == "ff" {
        return None;
    }
    Uuid::try_parse(trace).ok().filter(|id| !id.is_nil())
}

#[cfg(test)]
mod tests {
    use super::trace_id;

    #[test]
    fn a_trace_id_is_taken_from_a_whole_traceparent_only() {
        let whole = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(
            trace_id(whole).unwrap().simple().to_string(),
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(trace_id(wrong), None, "{wrong}");
        }
    }
}
