//! What could be asked about measures.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::{ANYTHING, parts, reference};
use crate::measure::{AppealOutcome, Ending, MeasureId, MeasureKind, Measures, Parameters, Scope};
use crate::merchant::{MeasureAct, Proposal};
use crate::rulebook::Channel;

/// An act for each command about measures, with the measure that it names.
pub(super) fn acts(measures: &Measures) -> Vec<(Option<String>, MeasureAct)> {
    // Merchants and intermediaries alike can be told to rectify (rulebook 4.2(1), 4.3).
    let proposal = || Proposal {
        kind: MeasureKind::Rectification,
        scope: Scope::default(),
        parameters: Parameters::default(),
        ending: Ending::AtCure,
        authority: None,
        grounds: vec![ANYTHING.into()],
        rationale: ANYTHING.into(),
    };
    let mut acts = vec![
        (None, MeasureAct::Propose(proposal())),
        (None, MeasureAct::Impose(proposal())),
    ];
    let known = measures.iter().map(|measure| measure.measure_id);
    for (part, measure_id) in parts(known, MeasureId(1)) {
        let mut add = |act| acts.push((part.clone(), act));
        add(MeasureAct::Approve {
            measure_id,
            seen_position: None,
        });
        add(MeasureAct::Refuse {
            measure_id,
            rationale: ANYTHING.into(),
        });
        add(MeasureAct::Lift {
            measure_id,
            rationale: ANYTHING.into(),
        });
        add(MeasureAct::SubmitRectification {
            measure_id,
            summary: ANYTHING.into(),
        });
        add(MeasureAct::AcceptRectification {
            measure_id,
            rationale: ANYTHING.into(),
        });
        add(MeasureAct::RefuseRectification {
            measure_id,
            rationale: ANYTHING.into(),
        });
        add(MeasureAct::Appeal {
            measure_id,
            statement: ANYTHING.into(),
        });
        add(MeasureAct::DecideAppeal {
            measure_id,
            outcome: AppealOutcome::Uphold,
            rationale: ANYTHING.into(),
            until: None,
        });
        if let Some(delivery_ref) = reference() {
            add(MeasureAct::RecordNotice {
                measure_id,
                channel: Channel::InSite,
                delivery_ref,
            });
        }
    }
    acts
}
