//! What goes wrong around the program – it is killed, its clock leaps – and what must hold all the
//! same. Each test has its negative control: without the safeguard, what is looked at here shows
//! the loss.

mod child;
mod clock;
mod damage;
mod disk;
mod disk_full;
mod feed;
mod findings;
mod io_errors;
mod kill;
mod power;
#[path = "../engine/random.rs"]
#[expect(dead_code, reason = "the tests of the engine use the rest of it")]
mod random;
mod roles;
#[path = "../engine/stand.rs"]
#[expect(dead_code, reason = "the tests of the engine use the rest of it")]
mod stand;
#[path = "../engine/story.rs"]
#[expect(dead_code, reason = "the tests of the engine use the rest of it")]
mod story;
