//! To whom a stream belongs, for those who decide who may see it.

use redress_domain::identity::{IntermediaryId, MerchantId, StreamId, UserRef};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::looking::RestsOn;
use crate::query::Look;
use crate::world::World;

/// Whose matter something is (rulebook 1.1, 1.2, 1.3, 1.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belonging {
    /// The user's.
    pub user_ref: Option<UserRef>,
    /// The merchant's.
    pub merchant_id: Option<MerchantId>,
    /// That of the intermediaries that manage or serve the merchant now, or the intermediary's own.
    pub intermediaries: Vec<IntermediaryId>,
}

impl Engine {
    /// To whom a stream belongs as things are now; `None` when there is nothing of that name, and
    /// for the rulebook, which is everybody's.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn belonging(&self, stream: &StreamId) -> Result<Option<Belonging>, EngineError> {
        let seen = self.look(RestsOn::ItsStreams, Look::default(), |world, _| {
            belonging(world, stream)
        })?;
        Ok(seen.value)
    }
}

fn belonging(world: &mut World, stream: &StreamId) -> Result<Option<Belonging>, EngineError> {
    Ok(match stream {
        StreamId::Complaint(id) => {
            let parties = world
                .complaint(id)?
                .map(|known| (known.user_ref.clone(), known.merchant_id.clone()));
            match parties {
                Some((user_ref, merchant_id)) => Some(Belonging {
                    user_ref: Some(user_ref),
                    ..of_merchant(world, merchant_id)?
                }),
                None => None,
            }
        }
        StreamId::Merchant(id) => match world.merchant(id)?.is_some() {
            true => Some(of_merchant(world, id.clone())?),
            false => None,
        },
        // An intermediary has no part in an agreement (rulebook 1.5).
        StreamId::Agreement(id) => world.agreement(id)?.map(|known| Belonging {
            user_ref: Some(known.user_ref.clone()),
            merchant_id: Some(known.merchant_id.clone()),
            intermediaries: Vec::new(),
        }),
        StreamId::Intermediary(id) => world.intermediary(id)?.map(|_| Belonging {
            intermediaries: vec![id.clone()],
            ..Belonging::default()
        }),
        StreamId::User(user_ref) => Some(Belonging {
            user_ref: Some(user_ref.clone()),
            ..Belonging::default()
        }),
        StreamId::Rulebook => None,
    })
}

fn of_merchant(world: &mut World, merchant_id: MerchantId) -> Result<Belonging, EngineError> {
    let facts = world.merchant_facts(&merchant_id)?;
    let intermediaries = facts.map_or_else(Vec::new, |facts| {
        [facts.institution_id, facts.service_provider_id]
            .into_iter()
            .flatten()
            .collect()
    });
    Ok(Belonging {
        user_ref: None,
        merchant_id: Some(merchant_id),
        intermediaries,
    })
}
