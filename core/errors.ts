/**
 * The closed set of refusals. Each has a stable code, an HTTP status and a sentence in Chinese and English; the status
 * table does not compile when a code is missing, and docs/problems.md is made from it.
 */
export const PROBLEMS = {
  invalid_json: { status: 400, zh: "请求正文不是有效的 JSON。", en: "The body is not valid JSON." },
  invalid_input: {
    status: 422,
    zh: "提交的内容有误,逐条列在 issues 中;整批未接收。",
    en: "The input is wrong; every reason is listed in issues. Nothing of it was taken.",
  },
  body_too_large: { status: 413, zh: "请求正文过大。", en: "The body is larger than allowed." },
  unauthenticated: {
    status: 401,
    zh: "未登录或登录已失效,或 API 密钥无效。",
    en: "Nobody is signed in (any more), or the API key is missing, unknown or revoked.",
  },
  forbidden: { status: 403, zh: "您的角色或密钥无权进行此操作。", en: "Your role or key may not do that." },
  second_factor_needed: {
    status: 403,
    zh: "该角色须先启用动态口令(两步验证)。",
    en: "This role needs a second factor: set up the one-time codes first.",
  },
  password_change_needed: {
    status: 403,
    zh: "首次登录须先修改密码。",
    en: "Change the first password before anything else.",
  },
  cross_site: { status: 403, zh: "请求来自其他网站,已拒绝。", en: "Another site's page asked for this: refused." },
  not_found: { status: 404, zh: "未找到。", en: "There is no such thing." },
  method_not_allowed: { status: 405, zh: "此地址不支持该方法。", en: "This address does not take that method." },
  count_mismatch: {
    status: 422,
    zh: "签名声明的条数与提交的条数不同。",
    en: "The signed count differs from the number of records.",
  },
  root_mismatch: {
    status: 422,
    zh: "记录与签名的默克尔根不符:内容在签名后被改动。",
    en: "The records do not hash to the signed root: something changed after signing.",
  },
  signature_missing: { status: 422, zh: "签名不齐。", en: "A signature that is needed is missing." },
  signature_invalid: { status: 422, zh: "签名无效。", en: "The signature is not a valid one." },
  key_unknown: {
    status: 403,
    zh: "签名所用密钥未登记,或属于其他机构。",
    en: "The signing key is not registered for this submitter.",
  },
  key_not_yet_valid: { status: 403, zh: "签名所用密钥尚未生效。", en: "The signing key is not valid yet." },
  key_ended: { status: 403, zh: "签名所用密钥已吊销或过期。", en: "The signing key was revoked or has ended." },
  id_conflict: { status: 409, zh: "编号已被其他内容使用。", en: "These ids were accepted before with other content." },
  not_sealed: { status: 409, zh: "该日尚未封账,暂无证明。", en: "The day is not sealed yet, so there is no proof." },
  not_anchored: {
    status: 409,
    zh: "该日尚未上链,不能结算。",
    en: "The day is not anchored yet, so it cannot be settled.",
  },
  fund_not_open: { status: 409, zh: "资金尚未在链上开立。", en: "A fund is not open on the chain." },
  revision_due: {
    status: 409,
    zh: "有已结算日的记录被更正,须先重算再拨付。",
    en: "Visits of settled days were corrected: these days are settled again before anything is paid.",
  },
  payment_pending: {
    status: 409,
    zh: "该人员有未办结的付款,办结后方可删除。",
    en: "A payment to this person is under way; the details can be erased once it is ordered at the bank.",
  },
  not_reviewed: {
    status: 409,
    zh: "该日尚未核查,不能结算。",
    en: "The day was not reviewed yet, so it cannot be settled.",
  },
  too_late: { status: 409, zh: "已超过申诉期限。", en: "The time within which this could be contested has passed." },
  no_match: {
    status: 422,
    zh: "没有唯一符合的人员:至少两项身份信息须一致。",
    en: "No one person fits: two identifiers at least must agree.",
  },
  nothing_due: { status: 409, zh: "没有应付款项。", en: "Nothing is due." },
  account_missing: {
    status: 409,
    zh: "有收款人没有可付的账户,逐一列在 issues 中;未生成批次。",
    en: "Payees have no account that a bank would take; they are listed in issues, and no run was made.",
  },
  insufficient_funds: {
    status: 409,
    zh: "资金可用余额不足。",
    en: "The fund has less available than the run would pay.",
  },
  wrong_state: { status: 409, zh: "批次的状态不允许此操作。", en: "The run's state does not allow that." },
  books_differ: {
    status: 409,
    zh: "账簿与链上不符,已停止;请先核验。",
    en: "The books differ from the chain; nothing is done until that is looked at.",
  },
  contract_refused: { status: 409, zh: "合约拒绝了此操作。", en: "The contract refused it." },
  statement_differs: {
    status: 409,
    zh: "银行文件与批次不符,差异逐笔列在 issues 中;整份未入账。",
    en: "The bank's file differs from the run; every difference is listed in issues, and nothing of it counts.",
  },
  erased: {
    status: 410,
    zh: "该人员的明细已依法删除;证明仍然有效。",
    en: "The person's details were erased; the proofs still hold.",
  },
  line_state: {
    status: 409,
    zh: "这条记录没有待处理的结论,或已作出决定。",
    en: "Nothing stands against the record that could be decided so, or it was decided already.",
  },
  second_person_needed: { status: 409, zh: "须由另一人批准。", en: "Another person than the first must approve." },
  already_done: { status: 409, zh: "此事已办理,不能重复。", en: "This was done already." },
  rate_limited: { status: 429, zh: "请求过于频繁,请稍后再试。", en: "Too many requests; try again later." },
  clock_refused: {
    status: 503,
    zh: "服务器时钟异常,暂停接收,请联系运维。",
    en: "The server's clock is off; nothing is accepted until it is looked at.",
  },
  restored: {
    status: 503,
    zh: "服务器由备份恢复,正在找回已收的记录,暂不接收新内容;请保留记录和回执,稍后再试。",
    en: "The server was restored from a backup and puts receipted records back first: keep records and receipts, and try again later.",
  },
  not_restored: {
    status: 409,
    zh: "账本没有等待核对的回执。",
    en: "The books wait for no receipts: nothing of them was lost.",
  },
  backup_too_old: {
    status: 409,
    zh: "备份早于最近一次封账,不能由回执补全;请恢复更新的备份。",
    en: "The backup is older than the last sealed day: receipts cannot complete it. Restore a newer backup.",
  },
  receipt_invalid: {
    status: 422,
    zh: "回执不是本账本对这批记录签发的。",
    en: "The receipt is not this ledger's own for these records.",
  },
  chain_unavailable: { status: 503, zh: "链暂不可用。", en: "The chain cannot be reached." },
  storage_full: { status: 507, zh: "存储空间不足,未接收。", en: "The disk is full; nothing was taken." },
  internal: { status: 500, zh: "内部错误。", en: "Internal error." },
} as const satisfies Record<string, { status: number; zh: string; en: string }>;
export type ProblemCode = keyof typeof PROBLEMS;

/** Why one field or record was refused. `pointer` is a JSON pointer into the body. */
export const ISSUES = {
  unknown_field: { zh: "未知字段", en: "unknown field" },
  missing_field: { zh: "缺少必填字段", en: "required field is missing" },
  wrong_type: { zh: "类型错误", en: "wrong type" },
  invalid_value: { zh: "取值无效", en: "value is not allowed" },
  too_long: { zh: "过长或过多", en: "too long or too many" },
  too_short: { zh: "过短或过少", en: "too short or too few" },
  invalid_uuid: { zh: "不是有效的 UUID", en: "not a valid UUID" },
  invalid_region: { zh: "不是有效的行政区划代码", en: "not a valid region code" },
  unknown_region: { zh: "本系统未开通该区划", en: "region is not served here" },
  invalid_credit_code: { zh: "统一社会信用代码有误(校验位)", en: "not a valid credit code (check digit)" },
  invalid_id_number: { zh: "身份证号码有误(校验位)", en: "not a valid identity number (check digit)" },
  end_before_start: { zh: "结束时间不晚于开始时间", en: "ends at or before its start" },
  in_future: { zh: "时间在未来", en: "is in the future" },
  too_old: { zh: "超出允许补报的期限", en: "is older than the policy allows" },
  too_long_visit: { zh: "单次服务超过 24 小时", en: "lasts longer than 24 hours" },
  other_region: { zh: "与同批其他记录不属同一区划", en: "is of another region than the batch" },
  other_provider: { zh: "不是提交者本机构的记录", en: "is not the submitter's record" },
  unknown_provider: { zh: "服务日该机构未登记", en: "provider is not registered on that day" },
  unknown_carer: { zh: "服务日该护理员未登记", en: "carer is not registered on that day" },
  unknown_elder: { zh: "服务日该老人未登记", en: "elder is not registered on that day" },
  unknown_item: { zh: "服务日该项目不在清单", en: "item is not in the catalogue on that day" },
  unknown_fund: { zh: "该资金未登记", en: "fund is not registered on that day" },
  unknown_programme: { zh: "该补贴项目未登记", en: "programme is not registered on that day" },
  shares_over_hundred: {
    zh: "各资金分担比例之和超过百分之百,或资金重复",
    en: "shares exceed a hundred per cent, or name a fund twice",
  },
  carer_of_other_provider: { zh: "该护理员属于其他机构", en: "carer belongs to another provider" },
  zero_seed: { zh: "盐种子不得为零", en: "the seed of the salts is zero" },
  reused_seed: { zh: "盐种子曾被使用", en: "the seed of the salts was used before" },
  duplicate_id: { zh: "编号在同批中重复", en: "id stands twice in the batch" },
  id_taken: { zh: "编号已被接收", en: "id was accepted before" },
  replaces_missing: { zh: "要更正的记录不存在", en: "the visit to correct does not exist" },
  already_replaced: { zh: "该记录已被更正过", en: "the visit was corrected before" },
  replaces_other_provider: { zh: "只能更正本机构的记录", en: "only one's own visit can be corrected" },
  reason_missing: { zh: "更正或手工录入须写明原因", en: "a correction or manual entry needs a reason" },
  version_out_of_order: { zh: "版本号须为上一版加一", en: "version must be the last one plus one" },
  invalid_period: { zh: "有效期起止颠倒", en: "validity ends before it begins" },
  no_account: { zh: "没有可付的账户", en: "has no account that a bank would take" },
  bank_unknown: { zh: "不是本批次的付款", en: "is no payment of these runs" },
  bank_amount: { zh: "金额不符", en: "has another amount" },
  bank_twice: { zh: "重复入账", en: "is booked a second time" },
  bank_not_paid: { zh: "退回了未付的款项", en: "came back without having been paid" },
  bank_unexplained: { zh: "无法说明的收支", en: "is explained by nothing" },
  bank_entry_sum: { zh: "分录与明细合计不符", en: "differs from the sum of its payments" },
  bank_rejected: { zh: "银行此前已拒付", en: "was rejected by the bank before" },
  bank_account: { zh: "不是该资金的账户", en: "is not the fund's account" },
  unknown_rule: { zh: "没有该规则", en: "there is no such rule" },
  other_version: { zh: "规则版本与本系统不同", en: "this server has another version of the rule" },
  other_day: { zh: "不是待恢复的那一日", en: "is of another day than the one to be restored" },
  place_taken: { zh: "该位置已有其他记录", en: "another record stands at that place" },
  invalid_details: { zh: "明细内容有误", en: "details are not well formed" },
} as const satisfies Record<string, { zh: string; en: string }>;
export type IssueCode = keyof typeof ISSUES;

export interface Issue {
  pointer: string;
  code: IssueCode;
  /** The value that was refused, when it is short and not personal. */
  value?: string;
}

/** A refusal with a name. Anything else that is thrown is a bug and becomes a 500 that says nothing. */
export class Refusal extends Error {
  readonly code: ProblemCode;
  readonly issues: Issue[];
  constructor(code: ProblemCode, issues: Issue[] = [], detail?: string) {
    super(detail ?? PROBLEMS[code].en);
    this.name = "Refusal";
    this.code = code;
    this.issues = issues;
  }
}
