//! Pages: lists are read a page at a time, each from behind the last id of the one before, so that
//! what is written meanwhile moves nothing from one page to another.

use std::ops::ControlFlow;

use crate::fault::Fault;

/// Rows that are looked at for one page at the most: where a filter admits few of many, a page is
/// short, or empty, and the next one goes on.
const LOOKED_AT_MAX: usize = 10_000;

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn<Id> {
    /// The page begins behind this id; `None` is the first page.
    pub after: Option<Id>,
    /// Ids of a page at the most; at least one.
    pub limit: usize,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<Id> {
    /// The ids, in byte order.
    pub ids: Vec<Id>,
    /// Behind which id the next page begins; `None` where nothing is left.
    pub next: Option<Id>,
}

/// A page that is being filled.
pub(crate) struct Filling<Id> {
    ids: Vec<Id>,
    last: Option<Id>,
    limit: usize,
    looked_at: usize,
    is_cut: bool,
}

impl<Id> Filling<Id> {
    pub fn of(turn: &Turn<Id>) -> Self {
        Self {
            ids: Vec::new(),
            last: None,
            limit: turn.limit.max(1),
            looked_at: 0,
            is_cut: false,
        }
    }
}

impl<Id: Clone> Filling<Id> {
    /// Takes up a row; breaks off where the page is full.
    pub fn see(&mut self, id: Id, is_admitted: bool) -> Result<ControlFlow<()>, Fault> {
        if self.ids.len() >= self.limit || self.looked_at >= LOOKED_AT_MAX {
            self.is_cut = true;
            return Ok(ControlFlow::Break(()));
        }
        self.looked_at += 1;
        if is_admitted {
            self.ids.push(id.clone());
        }
        self.last = Some(id);
        Ok(ControlFlow::Continue(()))
    }

    pub fn finish(self) -> Page<Id> {
        Page {
            ids: self.ids,
            next: self.last.filter(|_| self.is_cut),
        }
    }
}
