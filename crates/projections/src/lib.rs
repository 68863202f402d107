//! Read models as pure folds over recorded events.
