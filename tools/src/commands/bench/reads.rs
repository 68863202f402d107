//! Queries in process: on a store with nothing else to do, and beside clients that write.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use redress_domain::gate::Capability;
use redress_domain::identity::{ComplaintId, IdentifierError, MerchantId};
use redress_engine::{AsOf, Engine, GateQuestion, Look};
use redress_projections::cases::{QueueView, SlaQuery};

use super::append::percentile;
use super::load::{accepted, case, id, submission};
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

/// Clients that write while queries are timed.
const WRITERS: usize = 8;

/// Measures queries on a filled store.
pub fn measure(store: &StoreArguments, queries: usize) -> Result<Vec<Read>, Failure> {
    let engine = store.open()?;
    let look = Look::default();
    let gate = timed("gate", queries, |number| ask_gate(&engine, number))?;
    let complaint = timed("complaint", queries / 2, |number| {
        ask_complaint(&engine, number)
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
    let mut reads = vec![gate, complaint, merchant, queue, sla, past];
    reads.extend(beside_writers(&engine, queries)?);
    Ok(reads)
}

/// The same queries while clients hand in commands as fast as they are answered.
fn beside_writers(engine: &Engine, queries: usize) -> Result<[Read; 2], Failure> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let is_over = &is_over;
                scope.spawn(move || write_until(engine, &format!("beside-{writer}"), is_over))
            })
            .collect();
        let gate = timed("gate beside 8 writers", queries, |number| {
            ask_gate(engine, number)
        });
        let complaint = timed("complaint beside 8 writers", queries / 2, |number| {
            ask_complaint(engine, number)
        });
        is_over.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.join().unwrap_or_else(|_| {
                Err(Failure::Failed(
                    "a writer of the load ended early".to_owned(),
                ))
            })?;
        }
        Ok([gate?, complaint?])
    })
}

fn write_until(engine: &Engine, name: &str, is_over: &AtomicBool) -> Result<(), Failure> {
    let mut number = 0;
    while !is_over.load(Ordering::Relaxed) {
        for (step, document) in case(name, number).iter().enumerate() {
            let submission = submission(document, id(name, number * 4 + step))?;
            accepted(engine.submit(submission).wait()?)?;
        }
        number += 1;
    }
    Ok(())
}

fn unnamed(_: IdentifierError) -> Failure {
    Failure::Failed("the load has no such name".to_owned())
}

fn ask_gate(engine: &Engine, number: usize) -> Result<(), Failure> {
    let question = GateQuestion {
        merchant_id: MerchantId::new(&format!("M{}", number % 50)).map_err(unnamed)?,
        action: Capability::Sign,
        template_id: None,
        agreement_id: None,
        user_ref: None,
        amount_fen: None,
    };
    engine.gate(&question, Look::default())?;
    Ok(())
}

fn ask_complaint(engine: &Engine, number: usize) -> Result<(), Failure> {
    let id = ComplaintId::new(&format!("fill-{number}")).map_err(unnamed)?;
    engine.complaint(&id, Look::default())?;
    Ok(())
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
