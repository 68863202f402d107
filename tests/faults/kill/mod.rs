//! `kill -9`, at random instants and at every named step. A child process plays a story on a real
//! store and tells every answer that it was given; after each kill everything that was told must
//! be there, once and whole, and the story played again from its beginning must end in the history
//! of a run that nothing interrupted, event by event: then every consequence and every deadline
//! happened exactly once.
//!
//! `REDRESS_KILLS` sets the number of random instants.

mod binary;
mod child;
mod controls;
mod copying;
mod instants;
mod process;
mod reference;
mod steps;
