//! Enumerations of the wire. They grow: an unknown value keeps its raw string.

use serde::{Deserialize, Deserializer};

macro_rules! wire_names {
    ($($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident => $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$case_doc])* $case,)*
            /// A value that came later than this program, as written.
            Unknown(String),
        }

        impl $name {
            /// Reads the wire's name; anything unknown is kept as written.
            #[must_use]
            pub fn from_wire(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$case,)*
                    _ => Self::Unknown(text),
                }
            }

            /// The wire's name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$case => $text,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from_wire)
            }
        }
    )*};
}

wire_names! {
    /// Where the platform says that a complaint stands.
    ComplaintState {
        /// The merchant has not acted.
        Pending => "PENDING",
        /// The merchant has acted.
        Processing => "PROCESSING",
        /// The complaint is closed.
        Processed => "PROCESSED",
    }
    /// What a complaint is about.
    ProblemType {
        /// Money back.
        Refund => "REFUND",
        /// The service does not work.
        ServiceNotWork => "SERVICE_NOT_WORK",
        /// Anything else.
        Others => "OTHERS",
    }
    /// How the platform sees a user.
    UserTag {
        /// With a good record.
        Trusted => "TRUSTED",
        /// With a bad one.
        HighRisk => "HIGH_RISK",
    }
    /// Which files these are.
    MediaType {
        /// The user's, with the complaint.
        UserComplaintImage => "USER_COMPLAINT_IMAGE",
        /// Anybody's, with an act.
        OperationImage => "OPERATION_IMAGE",
    }
    /// Where a pay-score order stands.
    ServiceOrderState {
        /// Running.
        Doing => "DOING",
        /// Cancelled.
        Revoked => "REVOKED",
        /// To be paid.
        WaitPay => "WAITPAY",
        /// Paid.
        Done => "DONE",
        /// Older answers: begun.
        Created => "CREATED",
        /// Older answers: run out.
        Expired => "EXPIRED",
    }
    /// Which industry adds something.
    AdditionalType {
        /// Power banks.
        SharePower => "SHARE_POWER_TYPE",
    }
    /// What was done, in a negotiation history.
    OperateType {
        /// The user complained.
        UserCreateComplaint => "USER_CREATE_COMPLAINT",
        /// The user complained again.
        UserContinueComplaint => "USER_CONTINUE_COMPLAINT",
        /// The user wrote.
        UserResponse => "USER_RESPONSE",
        /// The platform wrote.
        PlatformResponse => "PLATFORM_RESPONSE",
        /// The platform offered help.
        PlatformHelpApplication => "PLATFORM_HELP_APPLICATION",
        /// The user asked the platform for help.
        UserApplyPlatformHelp => "USER_APPLY_PLATFORM_HELP",
        /// The user said how satisfied they are.
        UserSubmitSatisfaction => "USER_SUBMIT_SATISFACTION",
        /// The user chose in a structured message.
        UserClickResponse => "USER_CLICK_RESPONSE",
        /// The merchant answered.
        MerchantResponse => "MERCHANT_RESPONSE",
        /// The merchant called it complete.
        MerchantConfirmComplete => "MERCHANT_CONFIRM_COMPLETE",
        /// The merchant approved a refund.
        MerchantApproveRefund => "MERCHANT_APPROVE_REFUND",
        /// The merchant rejected a refund; misspelt by the platform.
        MerchantRefuseRefund => "MERCHANT_REFUSE_RERUND",
        /// A refund reached the user.
        ComplaintRefundReceived => "COMPLAINT_REFUND_RECEIVED_SYSTEM_MESSAGE",
        /// The platform refunded out of the merchant's settlement.
        ComplaintEntrustedRefund => "COMPLAINT_ENTRUSTED_REFUND_SYSTEM_MESSAGE",
        /// The user withdrew.
        UserRevokeComplaint => "USER_REVOKE_COMPLAINT",
        /// The user confirmed; misspelt by the platform.
        UserConfirmComplaint => "USER_COMFIRM_COMPLAINT",
        /// The user called in the platform's service.
        UserApplyPlatformService => "USER_APPLY_PLATFORM_SERVICE",
        /// The user sent it away again.
        UserCancelPlatformService => "USER_CANCEL_PLATFORM_SERVICE",
        /// The platform's service is done.
        PlatformServiceFinished => "PLATFORM_SERVICE_FINISHED",
        /// The platform's message about a complaint.
        UserCreateComplaintSystemMessage => "USER_CREATE_COMPLAINT_SYSTEM_MESSAGE",
        /// The platform's message about a complaint that goes on.
        UserContinueComplaintSystemMessage => "USER_CONTINUE_COMPLAINT_SYSTEM_MESSAGE",
        /// The platform's message that everything was refunded.
        ComplaintFullRefunded => "COMPLAINT_FULL_REFUNDED_SYSTEM_MESSAGE",
        /// The platform's message that a part was refunded.
        ComplaintPartialRefunded => "COMPLAINT_PARTIAL_REFUNDED_SYSTEM_MESSAGE",
        /// A pay-score order was cancelled.
        ServiceOrderCancel => "SERVICE_ORDER_CANCEL",
        /// A pay-score order was completed.
        ServiceOrderComplete => "SERVICE_ORDER_COMPLETE",
    }
}
