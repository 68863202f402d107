//! Whether a projection follows the log.

use crate::fault::Fault;

/// How a projection stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// It reflects every event that was folded.
    #[default]
    Following,
    /// It could not take up the event at a position, or what was left of its rows there could not be
    /// read: it stands still until it is rebuilt.
    Faulted {
        /// Where in the log.
        position: u64,
        /// What was wrong.
        cause: String,
    },
    /// It is not here: its rows are being made elsewhere, or nobody asked for them.
    Absent,
}

impl Condition {
    /// Stopped at a position by a fault.
    #[must_use]
    pub fn faulted(position: u64, fault: &Fault) -> Self {
        Self::Faulted {
            position,
            cause: fault.to_string(),
        }
    }
}

/// The conditions that are not `Following`: there are few of them, mostly none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions(Vec<(String, Condition)>);

impl Conditions {
    pub fn get(&self, projection: &str) -> &Condition {
        let known = self.0.iter().find(|(name, _)| name == projection);
        known.map_or(&Condition::Following, |(_, condition)| condition)
    }

    pub fn follows(&self, projection: &str) -> bool {
        self.0.is_empty() || *self.get(projection) == Condition::Following
    }

    pub fn set(&mut self, projection: &str, condition: Condition) {
        self.0.retain(|(name, _)| name != projection);
        if condition != Condition::Following {
            self.0.push((projection.to_owned(), condition));
        }
    }

    /// Stops a projection that could not take up the event at a position; what is out of reach is
    /// the caller's.
    pub fn take(
        &mut self,
        projection: &str,
        position: u64,
        folded: Result<(), Fault>,
    ) -> Result<(), Fault> {
        match folded {
            Ok(()) => Ok(()),
            Err(fault) if fault.is_out_of_reach() => Err(fault),
            Err(fault) => {
                self.set(projection, Condition::faulted(position, &fault));
                Ok(())
            }
        }
    }
}
