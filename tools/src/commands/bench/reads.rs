//! Queries in process, on a store with nothing else to do.

use std::time::{Duration, Instant};

use redress_domain::gate::Capability;
use redress_domain::identity::{ComplaintId, IdentifierError, MerchantId};
use redress_engine::{AsOf, Engine, GateQuestion, Look};
use redress_projections::cases::{QueueView, SlaQuery};

use super::append::percentile;
use crate::failure::Failure;
use crate::store::StoreArguments;

/// Figures of one query.
pub struct Read {
    /// Which query.
    pub query: &'static str,
    /// Median time.
    pub median: Duration,
    /// 99th percentile.
    pub p99: Duration,
}

/// Measures queries on a filled store.
pub fn measure(store: &StoreArguments, queries: usize) -> Result<Vec<Read>, Failure> {
    let engine = store.open()?;
    let unnamed = |_: IdentifierError| Failure::Failed("the load has no such name".to_owned());
    let look = Look::default();
    let complaints = queries / 2;
    let gate = timed("gate", queries, |number| {
        let question = GateQuestion {
            merchant_id: MerchantId::new(&format!("M{}", number % 50)).map_err(unnamed)?,
            action: Capability::Sign,
            template_id: None,
            agreement_id: None,
            user_ref: None,
            amount_fen: None,
        };
        engine.gate(&question, look)?;
        Ok(())
    })?;
    let complaint = timed("complaint", complaints, |number| {
        let id = ComplaintId::new(&format!("fill-{number}")).map_err(unnamed)?;
        engine.complaint(&id, look)?;
        Ok(())
    })?;
    let merchant = timed("merchant", queries.min(500), |number| {
        let id = MerchantId::new(&format!("M{}", number % 50)).map_err(unnamed)?;
        engine.merchant(&id, look)?;
        Ok(())
    })?;
    let queue = timed("queue", 3, |_| {
        engine.queue(None, QueueView::All, None, look)?;
        Ok(())
    })?;
    let sla = timed("sla of everything", 3, |_| {
        let query = SlaQuery {
            merchant_id: None,
            from: None,
            to: None,
            at: engine.now(),
        };
        engine.sla(query, look)?;
        Ok(())
    })?;
    let past = timed("complaint as of the middle of the log", 3, |_| {
        as_of_the_middle(&engine, &ComplaintId::new("fill-0").map_err(unnamed)?)
    })?;
    Ok(vec![gate, complaint, merchant, queue, sla, past])
}

fn as_of_the_middle(engine: &Engine, id: &ComplaintId) -> Result<(), Failure> {
    let look = Look {
        at: None,
        as_of: Some(AsOf::Position(engine.last_position() / 2)),
    };
    engine.complaint(id, look)?;
    Ok(())
}

fn timed(
    query: &'static str,
    times: usize,
    mut ask: impl FnMut(usize) -> Result<(), Failure>,
) -> Result<Read, Failure> {
    let mut took = Vec::with_capacity(times);
    for number in 0..times.max(1) {
        let asked = Instant::now();
        ask(number)?;
        took.push(asked.elapsed());
    }
    took.sort_unstable();
    Ok(Read {
        query,
        median: percentile(&took, 50),
        p99: percentile(&took, 99),
    })
}
