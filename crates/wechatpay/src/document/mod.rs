//! Complaint details and negotiation histories as they come over the wire.
//!
//! The platform adds fields and values: unknown keys are tolerated, and an unknown value of an
//! enumeration keeps its raw string. Misspelt names are the platform's own.

mod instant;
mod names;
mod reading;
mod wire;

#[cfg(test)]
mod tests;

pub use instant::{InstantError, parse_instant};
pub use names::{
    AdditionalType, ComplaintState, MediaType, OperateType, ProblemType, ServiceOrderState, UserTag,
};
pub use reading::{Problem, ReadError, Reading, Reason, read, read_from};

pub(crate) use wire::reason;

use redress_domain::identity::{ComplaintId, MerchantId, OrderId, Reference, UserRef};
use redress_domain::instant::Instant;
use serde::Deserialize;

/// What a file says of one complaint: its detail, and its history where the file has one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ComplaintDocument {
    /// The detail.
    pub complaint: ComplaintDetail,
    /// The negotiation history; empty where the file has the detail alone.
    #[serde(default, deserialize_with = "wire::null_as_default")]
    pub history: HistoryAnswer,
}

/// A complaint's detail. The list call answers the same without `payer_openid`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ComplaintDetail {
    /// The platform's id of the complaint.
    #[serde(deserialize_with = "wire::complaint_id")]
    pub complaint_id: ComplaintId,
    /// When the user complained.
    #[serde(deserialize_with = "wire::instant")]
    pub complaint_time: Instant,
    /// The user's words: personal.
    pub complaint_detail: Option<String>,
    /// Where the platform says that the complaint stands.
    pub complaint_state: ComplaintState,
    /// The merchant complained of.
    #[serde(deserialize_with = "wire::merchant_id")]
    pub complainted_mchid: MerchantId,
    /// The user's phone number, as ciphertext: personal.
    pub payer_phone: Option<String>,
    /// The user as the merchant's application sees them.
    #[serde(default, deserialize_with = "wire::user_ref")]
    pub payer_openid: Option<UserRef>,
    /// The orders complained of.
    #[serde(default, deserialize_with = "wire::null_as_default")]
    pub complaint_order_info: Vec<OrderInfo>,
    /// Whether all orders have been refunded in full.
    pub complaint_full_refunded: Option<bool>,
    /// Whether a message of the user waits for an answer.
    pub incoming_user_response: Option<bool>,
    /// How often the user complained: 1, and 1 more for each time that the user went on.
    pub user_complaint_times: Option<u64>,
    /// Files of the complaint.
    #[serde(default, deserialize_with = "wire::one_or_many")]
    pub complaint_media_list: Vec<MediaList>,
    /// What the complaint is about, in words of the platform.
    pub problem_description: Option<String>,
    /// What the complaint is about.
    pub problem_type: Option<ProblemType>,
    /// What the user asks back, in fen.
    pub apply_refund_amount: Option<u64>,
    /// How the platform sees the user.
    #[serde(default, deserialize_with = "wire::null_as_default")]
    pub user_tag_list: Vec<UserTag>,
    /// Pay-score orders behind the complaint.
    #[serde(default, deserialize_with = "wire::null_as_default")]
    pub service_order_info: Vec<ServiceOrderInfo>,
    /// What an industry adds.
    pub additional_info: Option<AdditionalInfo>,
    /// Whether the platform's own service is looking at it.
    pub in_platform_service: Option<bool>,
    /// Whether the user asked for an answer at once.
    pub need_immediate_service: Option<bool>,
    /// Whether an agent handles it for the merchant.
    pub is_agent_mode: Option<bool>,
}

/// An order complained of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OrderInfo {
    /// The platform's id of the order.
    #[serde(deserialize_with = "wire::order_id")]
    pub transaction_id: OrderId,
    /// The merchant's id of it.
    pub out_trade_no: Option<String>,
    /// What was paid, in fen.
    pub amount: u64,
}

/// Files of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MediaList {
    /// Who showed them, and when.
    pub media_type: Option<MediaType>,
    /// Where they are.
    #[serde(default, deserialize_with = "wire::null_as_default")]
    pub media_url: Vec<String>,
}

/// A pay-score order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ServiceOrderInfo {
    /// The platform's id of it.
    pub order_id: Option<String>,
    /// The merchant's id of it.
    pub out_order_no: Option<String>,
    /// Where it stands.
    pub state: Option<ServiceOrderState>,
}

/// What an industry adds to a complaint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AdditionalInfo {
    /// Which industry's it is.
    #[serde(rename = "type")]
    pub kind: Option<AdditionalType>,
    /// Of power banks.
    pub share_power_info: Option<SharePowerInfo>,
}

/// The return of a power bank.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SharePowerInfo {
    /// When, as the platform writes it.
    pub return_time: Option<String>,
    /// Where.
    pub return_address_info: Option<ReturnAddressInfo>,
    /// Whether it went back into the machine that it came from.
    pub is_returned_to_same_machine: Option<bool>,
}

/// Where a power bank was returned.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReturnAddressInfo {
    /// In words.
    pub return_address: Option<String>,
    /// Degrees east, as text.
    pub longitude: Option<String>,
    /// Degrees north, as text.
    pub latitude: Option<String>,
}

/// The answer of the history call: one page.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
pub struct HistoryAnswer {
    /// Items in no particular order.
    #[serde(default, deserialize_with = "wire::null_as_default")]
    pub data: Vec<HistoryItem>,
    /// Items of a page at the most.
    pub limit: Option<u64>,
    /// Items before this page.
    pub offset: Option<u64>,
    /// Items of all pages.
    pub total_count: Option<u64>,
}

/// One act in a negotiation history.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct HistoryItem {
    /// The platform's id of the act.
    #[serde(deserialize_with = "wire::reference")]
    pub log_id: Reference,
    /// Who acted, in words of the platform.
    pub operator: Option<String>,
    /// When.
    #[serde(deserialize_with = "wire::instant")]
    pub operate_time: Instant,
    /// What was done.
    pub operate_type: OperateType,
    /// In words.
    pub operate_details: Option<String>,
    /// Files along with it.
    #[serde(default, deserialize_with = "wire::null_as_default")]
    pub image_list: Vec<String>,
    /// The same files, as newer answers name them.
    #[serde(default, deserialize_with = "wire::one_or_many")]
    pub complaint_media_list: Vec<MediaList>,
    /// A structured message.
    pub normal_message: Option<serde_json::Value>,
    /// What the user chose in a structured message.
    pub click_message: Option<serde_json::Value>,
}

impl ComplaintDetail {
    /// What was paid on the complaint's orders, in fen.
    #[must_use]
    pub fn paid_fen(&self) -> u64 {
        self.complaint_order_info
            .iter()
            .fold(0, |sum, order| sum.saturating_add(order.amount))
    }

    /// Whether the user explicitly asks for money back: by the kind of problem, or by an amount.
    #[must_use]
    pub fn requests_refund(&self) -> bool {
        self.problem_type == Some(ProblemType::Refund) || self.requested_fen().is_some()
    }

    /// The amount that the user names, in fen; 0 names none.
    #[must_use]
    pub fn requested_fen(&self) -> Option<u64> {
        self.apply_refund_amount.filter(|amount| *amount > 0)
    }

    /// Whether it tells of the return of a power bank.
    #[must_use]
    pub fn tells_of_power_bank(&self) -> bool {
        self.additional_info.as_ref().is_some_and(|info| {
            info.share_power_info.is_some() || info.kind == Some(AdditionalType::SharePower)
        })
    }
}

impl HistoryItem {
    /// The words of this act: the details, else a structured message as it came, in JSON.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        if let Some(details) = &self.operate_details
            && !details.trim().is_empty()
        {
            return Some(details.clone());
        }
        [&self.normal_message, &self.click_message]
            .into_iter()
            .flatten()
            .find(|message| !message.is_null())
            .map(ToString::to_string)
    }

    /// The files along with this act, each once, in order of appearance.
    #[must_use]
    pub fn images(&self) -> Vec<&str> {
        let newer = self
            .complaint_media_list
            .iter()
            .flat_map(|list| &list.media_url);
        let mut images: Vec<&str> = Vec::new();
        for image in self.image_list.iter().chain(newer) {
            if !image.is_empty() && !images.contains(&image.as_str()) {
                images.push(image);
            }
        }
        images
    }
}
