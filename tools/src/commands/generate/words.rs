//! What people write. All of it is made up.

/// What users complain of.
pub const DESCRIPTIONS: &[&str] = &[
    "还了充电宝还在继续扣费，请退款",
    "我没有开通过这个自动续费，为什么每个月都扣钱",
    "扣的金额和页面上写的不一样",
    "取消以后又扣了一次，联系不到商家",
    "孩子误点开通的会员，没有使用过，要求退款",
    "设备坏了，没有用上，钱已经扣了",
    "charged again after I cancelled, please return the money",
    "I returned the power bank within a minute and was charged for a day",
    "the price is not the one that I agreed to",
    "I do not know this merchant and never signed anything",
];

/// What merchants answer.
pub const ANSWERS: &[&str] = &[
    "您好，已收到您的反馈，我们正在核实订单",
    "您好，经核实该笔扣费为当月服务费，具体说明已发送给您",
    "we are checking the order and come back to you today",
    "we have found your order and sent you its details",
];

/// How merchants explain what they charge.
pub const EXPLANATIONS: &[&str] = &[
    "按小时计费，每小时三元，每日封顶三十元，以归还时间为准",
    "the plan renews each month on the day of signing; the amount is the one shown when you signed",
];

/// How merchants close a case.
pub const RESOLUTIONS: &[&str] = &[
    "已与用户沟通一致，问题解决",
    "explained the bill to the user, who understood it",
    "the service has been restored",
];

/// Why merchants refuse a refund.
pub const REASONS: &[&str] = &[
    "用户已使用该服务，使用记录见附件",
    "the order was used in full; see the record of use",
];

/// What users add.
pub const MESSAGES: &[&str] = &[
    "还没有人联系我",
    "请尽快处理",
    "nobody has called me yet",
    "I can send the receipt if you need it",
];

/// Why reviewers decide as they do.
pub const RATIONALES: &[&str] = &[
    "读过双方的记录和证据",
    "both sides' statements and the evidence were read",
    "the record shows it",
];
