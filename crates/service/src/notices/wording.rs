//! What a notice says of each kind of measure, in Chinese and English: what it is called, and what
//! whoever is notified has to do.

use redress_domain::measure::MeasureKind;

/// The words for one kind of measure in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// What it is called.
    pub name: &'static str,
    /// What to do.
    pub task: &'static str,
}

/// The words for a kind, in Chinese and in English.
#[must_use]
pub const fn words(kind: MeasureKind) -> [Words; 2] {
    let (chinese, english) = match kind {
        // rulebook 4.2(1)
        MeasureKind::Rectification => (
            (
                "限期整改",
                "请在期限内完成整改，并提交整改说明，经平台审核通过后本措施结束。",
            ),
            (
                "rectification within a time limit",
                "Put right what was found and submit what you did within the time limit; the measure ends when the platform accepts it.",
            ),
        ),
        // rulebook 4.2(2)
        MeasureKind::SettlementRefund => (
            (
                "从待结算资金中原路退款",
                "涉诉订单款项将从贵方待结算资金中按原路退回付款人，请核对账目，勿重复退款。",
            ),
            (
                "refund from the pending settlement",
                "The money of the disputed orders goes back to the payer from your pending settlement; check your books and do not refund it again.",
            ),
        ),
        MeasureKind::EndServiceOrders => (
            (
                "结束进行中的支付分订单",
                "请停止对相关订单继续计费，并向用户说明订单已结束。",
            ),
            (
                "end of running pay-score orders",
                "Stop charging for the orders concerned and tell their users that they have ended.",
            ),
        ),
        // rulebook 4.2(3)
        MeasureKind::PreDebitReminder => (
            (
                "扣费前提醒用户",
                "平台将在扣费前提醒用户，请确保扣费时间和金额与约定一致。",
            ),
            (
                "reminder to users before each debit",
                "The platform reminds users before each debit; make sure that time and amount are as agreed.",
            ),
        ),
        MeasureKind::RiskWarning => (
            ("风险提示", "平台将向用户提示风险，请尽快消除投诉原因。"),
            (
                "warning of risk to users",
                "The platform warns users; remove the causes of their complaints without delay.",
            ),
        ),
        // rulebook 4.2(4)
        MeasureKind::TemplateSigning => (
            (
                "限制模板新增签约",
                "在措施有效期间，所列模板不能新增签约，已签约用户不受影响。",
            ),
            (
                "no new sign-ups on templates",
                "No user can newly sign up on the templates named; those who signed before are not affected.",
            ),
        ),
        // rulebook 4.2(5)
        MeasureKind::DebitCapability => (
            (
                "限制扣费子能力",
                "在措施有效期间，所列扣费能力不可使用，请调整业务流程。",
            ),
            (
                "debit capabilities withdrawn",
                "The debit capabilities named cannot be used; adjust your processes.",
            ),
        ),
        // rulebook 4.2(6)
        MeasureKind::Limits => (
            (
                "调整扣费额度或频次",
                "请将扣费金额和频次控制在所列限额之内，超出的扣费将被拒绝。",
            ),
            (
                "limits on amount or frequency",
                "Keep debits within the limits named; what exceeds them is refused.",
            ),
        ),
        // rulebook 4.2(7)
        MeasureKind::SettlementCycle => (
            ("延长结算周期", "结算将按所列周期进行，请安排好资金。"),
            (
                "longer settlement cycle",
                "Settlement follows the cycle named; plan your funds accordingly.",
            ),
        ),
        // rulebook 4.2(8)
        MeasureKind::ServiceSuspension => (
            (
                "暂停免密服务",
                "在措施有效期间不能签约或扣费，请向用户说明并提供其他支付方式。",
            ),
            (
                "suspension of the password-free service",
                "Neither sign-ups nor debits are possible; tell your users and offer another way to pay.",
            ),
        ),
        MeasureKind::ServiceTermination => (
            (
                "终止免密服务协议",
                "免密服务协议已终止，请停止签约和扣费，并妥善处理未了结的订单和投诉。",
            ),
            (
                "end of the service agreement",
                "The service agreement has ended: stop sign-ups and debits and settle open orders and complaints.",
            ),
        ),
        // rulebook 4.2(9)
        MeasureKind::PaymentPermission => (
            (
                "关闭支付权限",
                "所列支付权限已关闭，请停止使用并处理未了结的订单。",
            ),
            (
                "payment permissions withdrawn",
                "The payment permissions named are closed; stop using them and settle open orders.",
            ),
        ),
        // rulebook 4.2
        MeasureKind::Other => (
            ("其他措施", "请按措施内容办理。"),
            ("another measure", "Act as the measure says."),
        ),
        // rulebook 4.3
        MeasureKind::Warning => (
            ("警示", "请督促所管理或服务的商户处理投诉。"),
            (
                "warning",
                "See to it that the merchants you manage or serve handle complaints.",
            ),
        ),
        MeasureKind::LimitOnboarding => (
            (
                "限制拓展商户",
                "在措施有效期间限制新增商户，请先改善现有商户的投诉处理。",
            ),
            (
                "limit on new merchants",
                "New merchants are limited; first improve how your present ones handle complaints.",
            ),
        ),
        MeasureKind::RestrictSubMerchants => (
            ("限制特约商户", "所管理的特约商户将受到限制，请督促其整改。"),
            (
                "restrictions on sub-merchants",
                "The sub-merchants that you manage are restricted; see to it that they put things right.",
            ),
        ),
        MeasureKind::HoldServiceFee => (
            (
                "暂缓结算服务费",
                "服务费暂缓结算，请先改善所服务商户的投诉处理。",
            ),
            (
                "service fee held back",
                "Your service fee is held back; first improve how the merchants you serve handle complaints.",
            ),
        ),
    };
    [
        Words {
            name: chinese.0,
            task: chinese.1,
        },
        Words {
            name: english.0,
            task: english.1,
        },
    ]
}
