//! Filing a complaint (rulebook 1.6).

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use crate::clock::ClockKind;
use crate::instant::Instant;
use crate::merchant::Industry;
use crate::refusal::{Code, Refusal};
use crate::rulebook::Edition;

use super::decide::above_paid;
use super::{Command, Event, Filing, Problem, StartedClock, State};

/// rulebook 1.6, 2.2, 3(1).1.1
pub(super) fn file(
    state: &State,
    command: &Command,
    filing: &Filing,
) -> Result<Vec<Event>, Refusal> {
    let Some(merchant) = &command.merchant else {
        return Err(Refusal::new(
            Code::MerchantUnknown,
            format!("there is no merchant {}", filing.merchant_id),
        ));
    };
    if state.is_some() {
        return Err(Refusal::new(
            Code::ComplaintExists,
            format!("complaint {} was filed before", filing.complaint_id),
        ));
    }
    if filing.orders.is_empty() && !filing.enquiry {
        return Err(
            Refusal::new(Code::OrdersMissing, "a dispute names the orders in dispute")
                .citing("1.6"),
        );
    }
    let paid_fen = filing
        .orders
        .iter()
        .fold(0_u64, |sum, order| sum.saturating_add(order.amount_fen))
        .saturating_sub(command.refunded_before_fen);
    if filing
        .requested_refund_fen
        .is_some_and(|asked| asked > paid_fen)
    {
        return Err(above_paid(paid_fen));
    }
    let at = command.circumstances.counted_at();
    let edition = command.circumstances.rulebook.in_force(at);
    let asks = filing.problem == Problem::RefundRequest || filing.requested_refund_fen.is_some();
    let mut kinds = vec![ClockKind::FirstReply];
    if asks {
        // rulebook 3(1).1.1: the request stands from the complaint on.
        kinds.push(ClockKind::RefundDecision);
    }
    kinds.push(ClockKind::Resolution);
    Ok(vec![
        Event::ComplaintFiled {
            complaint_id: filing.complaint_id.clone(),
            merchant_id: filing.merchant_id.clone(),
            user_ref: filing.user_ref.clone(),
            problem: filing.problem,
            channel: filing.channel,
            orders: filing.orders.clone(),
            agreement_id: filing.agreement_id.clone(),
            requested_refund_fen: filing.requested_refund_fen,
            refunded_before_fen: command.refunded_before_fen,
            description: filing.description.clone(),
            contact: filing.contact.clone(),
            enquiry: filing.enquiry,
        },
        Event::RoundOpened {
            round: 1,
            repeat: false,
            edition: edition.name.clone(),
            industry: merchant.industry,
            clocks: started(&kinds, at, edition, merchant.industry),
            text: None,
        },
    ])
}

/// guide first-reply, guide resolution, rulebook 3(1).1.1, rulebook 3(1).1.2: clocks that start
/// now, with the durations of the edition in force and of the merchant's industry.
pub(super) fn started(
    kinds: &[ClockKind],
    at: Instant,
    edition: &Edition,
    industry: Industry,
) -> Vec<StartedClock> {
    kinds
        .iter()
        .filter_map(|kind| {
            Some(StartedClock {
                kind: *kind,
                started_at: at,
                runs: edition.duration(*kind, industry)?,
                at_risk_percent: edition.at_risk_percent(industry),
            })
        })
        .collect()
}
