//! What goes wrong around the program – it is killed, its clock leaps – and what must hold all the
//! same. Each test has its negative control: without the safeguard, what is looked at here shows
//! the loss.

mod clock;
mod kill;
#[path = "../engine/random.rs"]
#[expect(dead_code, reason = "the tests of the engine use the rest of it")]
mod random;
#[path = "../engine/stand.rs"]
#[expect(dead_code, reason = "the tests of the engine use the rest of it")]
mod stand;
#[path = "../engine/story.rs"]
#[expect(dead_code, reason = "the tests of the engine use the rest of it")]
mod story;
