//! What goes wrong around the program – it is killed, its clock leaps – and what must hold all the
//! same. Each test has its negative control: without the safeguard, what is looked at here shows
//! the loss.

mod clock;
