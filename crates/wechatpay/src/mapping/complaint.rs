//! One complaint's commands, act by act.

use redress_domain::command::Request;
use redress_domain::complaint::{
    Act, ComplaintChannel, EvidenceItem, Filing, Media, Order, Problem,
};
use redress_domain::identity::{Actor, ActorId, IdentifierError, Reference, Role, Trust, UserRef};
use redress_domain::instant::Instant;
use redress_domain::rulebook::PauseReason;
use redress_domain::text::PersonalText;
use uuid::Uuid;

use crate::document::{ComplaintDetail, ComplaintDocument, HistoryItem, OperateType, ProblemType};

use super::{Fallback, PlannedCommand, ids, importer, platform};

/// Working days until a refund is paid: an approval in a history does not say how many were
/// promised, so the longest that may be is taken (policy refund-payment).
const LAUNCH_DAYS: u32 = 3;

/// A command and its place in the order of all.
pub(super) struct Step {
    /// Never before the complaint's filing: what a source dates earlier still comes after it.
    pub(super) order_at: Instant,
    /// The command.
    pub(super) command: PlannedCommand,
    /// Who registers the merchant, should this be its first complaint.
    pub(super) importer: Actor,
}

/// A field of the wire that cannot be taken over.
pub(super) struct Untaken {
    pub(super) field: &'static str,
    pub(super) error: IdentifierError,
}

fn named<T>(field: &'static str, name: Result<T, IdentifierError>) -> Result<T, Untaken> {
    name.map_err(|error| Untaken { field, error })
}

/// The commands of one complaint whose items are in order: filing first, then act by act.
pub(super) fn steps(document: &ComplaintDocument) -> Result<Vec<Step>, Untaken> {
    let items = &document.history.data;
    let filing_item = items
        .iter()
        .find(|item| item.operate_type == OperateType::UserCreateComplaint);
    let mut story = Story::new(&document.complaint)?;

    let filed_at = filing_item.map_or(document.complaint.complaint_time, |item| item.operate_time);
    let mut commands = story.file(filed_at)?;
    for item in items {
        if filing_item.is_none_or(|filing| filing.log_id != item.log_id) {
            commands.push(story.command(item)?);
        }
    }
    Ok(commands
        .into_iter()
        .map(|command| Step {
            order_at: command.occurred_at.max(filed_at),
            command,
            importer: story.service.clone(),
        })
        .collect())
}

/// A complaint while its acts are gone through.
struct Story<'a> {
    detail: &'a ComplaintDetail,
    user_ref: UserRef,
    user: Actor,
    merchant: Actor,
    service: Actor,
    reviewer: Actor,
    paid_fen: u64,
    /// What the user asks back, at most what was paid; `None` where no amount is named.
    requested_fen: Option<u64>,
    /// What the acts gone through so far have refunded.
    refunded_fen: u64,
}

/// What an act becomes.
enum Mapped {
    /// A command.
    Command(Actor, Act),
    /// A pause or its end where the edition names the reason, else a message (policy pause).
    Pause { act: Act, message_by: Actor },
    /// Nothing but a note, because of this.
    Note(&'static str),
}

impl<'a> Story<'a> {
    fn new(detail: &'a ComplaintDetail) -> Result<Self, Untaken> {
        let user_ref = match &detail.payer_openid {
            Some(user_ref) => user_ref.clone(),
            None => {
                let anonymous = format!("anonymous-{}", detail.complaint_id);
                named("complaint_id", UserRef::new(&anonymous))?
            }
        };
        let user = Actor {
            role: Role::User,
            id: named("payer_openid", ActorId::new(user_ref.as_str()))?,
        };
        let merchant = Actor {
            role: Role::Merchant,
            id: named(
                "complainted_mchid",
                ActorId::new(detail.complainted_mchid.as_str()),
            )?,
        };
        let paid_fen = detail.paid_fen();
        Ok(Self {
            detail,
            user_ref,
            user,
            merchant,
            service: named("operator", importer())?,
            reviewer: named("operator", platform(Role::Reviewer))?,
            paid_fen,
            requested_fen: detail
                .requested_fen()
                .map(|amount| amount.min(paid_fen))
                .filter(|amount| *amount > 0),
            refunded_fen: 0,
        })
    }

    /// The filing. More than was paid cannot be requested, and a complaint must not be lost for
    /// it: the amount is cut down to what was paid, and a note keeps what the document says.
    fn file(&self, filed_at: Instant) -> Result<Vec<PlannedCommand>, Untaken> {
        let detail = self.detail;
        let words = readable(detail.complaint_detail.as_deref());
        let filing = Act::File(Filing {
            complaint_id: detail.complaint_id.clone(),
            merchant_id: detail.complainted_mchid.clone(),
            user_ref: self.user_ref.clone(),
            problem: problem(detail.problem_type.as_ref()),
            channel: ComplaintChannel::SelfService,
            orders: detail
                .complaint_order_info
                .iter()
                .map(|order| Order {
                    order_id: order.transaction_id.clone(),
                    amount_fen: order.amount,
                })
                .collect(),
            agreement_id: None,
            requested_refund_fen: self.requested_fen,
            description: words.clone().map(PersonalText::Open),
            contact: readable(detail.payer_phone.as_deref()).map(PersonalText::Open),
            enquiry: detail.complaint_order_info.is_empty(),
        });
        let id = ids::filing(&detail.complaint_id);
        let mut commands = vec![PlannedCommand {
            id,
            note_id: id,
            occurred_at: filed_at,
            by: self.user.clone(),
            trust: Trust::Platform,
            request: self.request(filing),
            fallback: None,
            raw_type: raw_type(OperateType::UserCreateComplaint.as_str())?,
            complaint_id: detail.complaint_id.clone(),
            note_text: words,
        }];
        if let Some(amount) = detail.requested_fen()
            && Some(amount) != self.requested_fen
        {
            commands.push(self.note(
                ids::requested_amount(&detail.complaint_id),
                filed_at,
                raw_type("apply_refund_amount")?,
                "refund_above_paid",
                Some(amount.to_string()),
            )?);
        }
        Ok(commands)
    }

    fn command(&mut self, item: &HistoryItem) -> Result<PlannedCommand, Untaken> {
        let complaint_id = &self.detail.complaint_id;
        let note_id = ids::note(complaint_id, &item.log_id);
        let raw_type = raw_type(item.operate_type.as_str())?;
        let text = item.text();
        let (by, act, fallback) = match self.mapped(item)? {
            Mapped::Command(by, act) => (by, act, None),
            Mapped::Pause { act, message_by } => {
                let fallback = match &text {
                    Some(text) => Fallback {
                        by: message_by,
                        request: self.request(message(text)),
                    },
                    None => Fallback {
                        by: self.service.clone(),
                        request: self.request(keep(raw_type.clone(), "text_missing", None)?),
                    },
                };
                (self.reviewer.clone(), act, Some(fallback))
            }
            Mapped::Note(because) => {
                let text = text.or_else(|| listed(&item.images()));
                return self.note(note_id, item.operate_time, raw_type, because, text);
            }
        };
        Ok(PlannedCommand {
            id: ids::act(complaint_id, &item.log_id),
            note_id,
            occurred_at: item.operate_time,
            by,
            trust: Trust::Platform,
            request: self.request(act),
            fallback,
            raw_type,
            complaint_id: complaint_id.clone(),
            note_text: text,
        })
    }

    fn mapped(&mut self, item: &HistoryItem) -> Result<Mapped, Untaken> {
        let text = item.text();
        Ok(match &item.operate_type {
            // The first was the filing.
            OperateType::UserCreateComplaint => Mapped::Note("complaint_exists"),
            OperateType::UserContinueComplaint => Mapped::Command(
                self.user.clone(),
                Act::Continue {
                    text: text.map(PersonalText::Open),
                },
            ),
            OperateType::UserResponse
            | OperateType::UserApplyPlatformHelp
            | OperateType::UserSubmitSatisfaction
            | OperateType::UserClickResponse => said(&self.user, text),
            OperateType::PlatformResponse | OperateType::PlatformHelpApplication => {
                said(&self.reviewer, text)
            }
            OperateType::MerchantResponse => match text {
                Some(text) => Mapped::Command(
                    self.merchant.clone(),
                    Act::Respond {
                        text: PersonalText::Open(text),
                        media: media(item)?,
                    },
                ),
                None => Mapped::Note("text_missing"),
            },
            OperateType::MerchantConfirmComplete => Mapped::Command(
                self.merchant.clone(),
                Act::Complete {
                    resolution: PersonalText::Open(
                        text.unwrap_or_else(|| "confirmed complete".to_owned()),
                    ),
                },
            ),
            OperateType::MerchantApproveRefund => Mapped::Command(
                self.merchant.clone(),
                Act::ApproveRefund {
                    amount_fen: self.refund_fen(),
                    launch_days: LAUNCH_DAYS,
                },
            ),
            OperateType::MerchantRefuseRefund => self.rejection(item, text)?,
            OperateType::ComplaintRefundReceived => self.refund(item, false),
            OperateType::ComplaintEntrustedRefund => self.refund(item, true),
            OperateType::UserRevokeComplaint => Mapped::Command(self.user.clone(), Act::Withdraw),
            OperateType::UserConfirmComplaint => Mapped::Command(self.user.clone(), Act::Confirm),
            OperateType::UserApplyPlatformService => Mapped::Pause {
                act: Act::Pause {
                    reason: Some(PauseReason::PlatformAssistance),
                },
                message_by: self.user.clone(),
            },
            OperateType::UserCancelPlatformService => Mapped::Pause {
                act: resume(),
                message_by: self.user.clone(),
            },
            OperateType::PlatformServiceFinished => Mapped::Pause {
                act: resume(),
                message_by: self.reviewer.clone(),
            },
            OperateType::UserCreateComplaintSystemMessage
            | OperateType::UserContinueComplaintSystemMessage
            | OperateType::ComplaintFullRefunded
            | OperateType::ComplaintPartialRefunded
            | OperateType::ServiceOrderCancel
            | OperateType::ServiceOrderComplete => Mapped::Note("no_effect"),
            OperateType::Unknown(_) => Mapped::Note("type_unknown"),
        })
    }

    /// rulebook 3(1).1.1: a rejection counts with full reasons and evidence. One made elsewhere
    /// without them is recorded by the platform, since it is no act that a merchant may ask for.
    fn rejection(&self, item: &HistoryItem, text: Option<String>) -> Result<Mapped, Untaken> {
        if !self.detail.requests_refund() {
            return Ok(Mapped::Note("no_refund_requested"));
        }
        let evidence = evidence(item)?;
        Ok(match text {
            Some(reason) if !evidence.is_empty() => Mapped::Command(
                self.merchant.clone(),
                Act::RejectRefund {
                    reason: PersonalText::Open(reason),
                    evidence,
                    remark: None,
                },
            ),
            reason => Mapped::Command(
                self.service.clone(),
                Act::RecordDefectiveRejection {
                    reason: reason.map(PersonalText::Open),
                },
            ),
        })
    }

    /// A history names no amount: what was approved arrives, and that is what [`Self::refund_fen`]
    /// says, at most what is left of the amount paid.
    fn refund(&mut self, item: &HistoryItem, by_platform: bool) -> Mapped {
        let left_fen = self.paid_fen.saturating_sub(self.refunded_fen);
        let amount_fen = self.refund_fen().min(left_fen);
        if amount_fen == 0 {
            return Mapped::Note("refund_above_paid");
        }
        self.refunded_fen = self.refunded_fen.saturating_add(amount_fen);
        Mapped::Command(
            self.service.clone(),
            Act::RecordRefund {
                refund_id: item.log_id.clone(),
                amount_fen,
                by_platform,
            },
        )
    }

    /// The requested amount, else everything paid.
    fn refund_fen(&self) -> u64 {
        self.requested_fen.unwrap_or(self.paid_fen)
    }

    fn request(&self, act: Act) -> Request {
        Request::Complaint(self.detail.complaint_id.clone(), act)
    }

    fn note(
        &self,
        id: Uuid,
        occurred_at: Instant,
        raw_type: Reference,
        because: &'static str,
        text: Option<String>,
    ) -> Result<PlannedCommand, Untaken> {
        Ok(PlannedCommand {
            id,
            note_id: id,
            occurred_at,
            by: self.service.clone(),
            trust: Trust::Platform,
            request: self.request(keep(raw_type.clone(), because, text.clone())?),
            fallback: None,
            raw_type,
            complaint_id: self.detail.complaint_id.clone(),
            note_text: text,
        })
    }
}

/// What the platform calls a problem, in our words; anything it may call one later is `other`.
const fn problem(theirs: Option<&ProblemType>) -> Problem {
    match theirs {
        Some(ProblemType::Refund) => Problem::RefundRequest,
        Some(ProblemType::ServiceNotWork) => Problem::ServiceNotWorking,
        Some(ProblemType::Others | ProblemType::Unknown(_)) | None => Problem::Other,
    }
}

fn said(by: &Actor, text: Option<String>) -> Mapped {
    match text {
        Some(text) => Mapped::Command(by.clone(), message(&text)),
        None => Mapped::Note("text_missing"),
    }
}

fn message(text: &str) -> Act {
    Act::Message {
        text: PersonalText::Open(text.to_owned()),
    }
}

const fn resume() -> Act {
    Act::Resume {
        reason: Some(PauseReason::PlatformAssistance),
    }
}

fn keep(raw_type: Reference, because: &'static str, text: Option<String>) -> Result<Act, Untaken> {
    Ok(Act::KeepNote {
        raw_type,
        because: named("operate_type", Reference::new(because))?,
        text: text.map(PersonalText::Open),
    })
}

fn raw_type(text: &str) -> Result<Reference, Untaken> {
    named("operate_type", Reference::new(text))
}

/// Files shown with an answer; an import has no digests.
fn media(item: &HistoryItem) -> Result<Vec<Media>, Untaken> {
    item.images()
        .into_iter()
        .map(|image| {
            Ok(Media {
                media_id: named("image_list", Reference::new(image))?,
                sha256: None,
            })
        })
        .collect()
}

/// Files shown with a rejection; an import has no digests.
fn evidence(item: &HistoryItem) -> Result<Vec<EvidenceItem>, Untaken> {
    item.images()
        .into_iter()
        .map(|image| {
            Ok(EvidenceItem {
                kind: named("image_list", Reference::new("image"))?,
                media_id: named("image_list", Reference::new(image))?,
                sha256: None,
            })
        })
        .collect()
}

fn readable(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
}

fn listed(images: &[&str]) -> Option<String> {
    (!images.is_empty()).then(|| images.join("\n"))
}
