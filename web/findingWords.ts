/**
 * What the verifier says, in Chinese: `core/verify` states its findings in English, as the command line prints them. A finding
 * that has no row here is shown as it is stated.
 */
const ROWS: readonly (readonly [pattern: RegExp, zh: string])[] = [
  [/^days (\d+)–(\d+) chain to the anchored head$/, "第 $1–$2 天环环相扣,直到链上记的摘要"],
  [/^the days have a gap$/, "日期有缺口"],
  [/^day (\d+) is not anchored there$/, "第 $1 天没有上链"],
  [/^the days do not chain to the anchored head$/, "各日与链上记的摘要不相连"],
  [/^the receipt was given under another history than the one that is anchored$/, "回执所依的历史与链上的不同"],
  [/^stands at region (\d+), day (\d+), index (\d+) of (\d+)$/, "位于区划 $1 第 $2 天第 $3 条(共 $4 条)"],
  [/^is not at that place of the sealed day$/, "不在封账日的这个位置"],
  [/^the day was sealed (\d+) seconds after it was due$/, "该日晚了 $1 秒封账"],
  [/^the file is not well formed: (.*)$/, "文件格式有误:$1"],
  [/^ledger (0x\w+)$/, "账本 $1"],
  [/^the proof is of another ledger$/, "证明属于另一个账本"],
  [/^the operator's own entry: nobody else signed it$/, "运营方自己的账目,没有他人签名"],
  [/^the signed submission and its receipt are missing$/, "缺少签名的提交和回执"],
  [
    /^(\d+) submissions were put on chain by providers .*: (.*)$/,
    "机构把 $1 份未被答复的提交放到了链上,请索取其证明:$2",
  ],
  [/^the shown details are the committed ones$/, "出示的明细与承诺一致"],
  [/^the shown details are not the committed ones$/, "出示的明细与承诺不符"],
  [/^no details are shown$/, "未出示明细"],
  [/^not in this proof$/, "不在本证明范围内"],
  [/^the chain was replayed after a loss: .*$/, "链丢失后重放过:密钥期限以部署者为准,区块时间偏晚"],
  [/^a demonstration ledger on a simulated clock$/, "演示账本,模拟时钟"],
  [/^signed by (\S+) with (0x\w+)$/, "由 $1 用密钥 $2 签名"],
  [/^the entry is not in the signed submission$/, "该账目不在签名的提交里"],
  [/^no key registry here: .*$/, "此处没有密钥登记,未核对密钥归属"],
  [/^an administration imported it; no provider signed$/, "经办导入,机构没有签名"],
  [/^receipted by (0x\w+)$/, "运营方 $1 出具回执"],
  [/^the receipt does not name this place$/, "回执不是这个位置的"],
  [/^the signature is not a valid one$/, "签名无效"],
  [/^(0x\w+) is not the operator that you trust$/, "$1 不是您信任的运营方"],
  [/^no chain here that could say what was settled and paid$/, "此处没有链可核对结算与拨付"],
  [/^the proof is of another contract than (0x\w+)$/, "证明属于 $1 以外的合约"],
  [/^a line has no known status$/, "有一行的状态无法识别"],
  [/^the funds' shares exceed the price, or disagree$/, "各资金分担超过价格或互相矛盾"],
  [/^a line is another entry's$/, "有一行属于别的账目"],
  [/^a line pays somebody else$/, "有一行付给了别人"],
  [/^revision (\d+) was settled on a chain that is lost.*$/, "第 $1 版在已丢失的链上结算,由经办签名承接"],
  [/^the chain holds another settlement of the day$/, "链上该日的结算不同"],
  [/^revision (\d+) is not on the chain$/, "第 $1 版不在链上"],
  [/^the day was settled again: revision (\d+) holds, this is (\d+)$/, "该日已重算:现行第 $1 版,本证明为第 $2 版"],
  [/^no fund has a part in that day$/, "该日没有资金参与"],
  [/^(\S+): the fund is not open on that chain$/, "$1:该资金未在链上开立"],
  [/^(\S+): (\w+), (\d+) of (\d+) fen, in revision (\d+) of the day$/, "$1:$4 分中分担 $3 分($2),该日第 $5 版"],
  [/^(\S+): the line is not in the settlement$/, "$1:该行不在结算里"],
  [/^(\S+): the chain holds another settlement of this fund$/, "$1:链上该资金的结算不同"],
  [
    /^(\S+): appropriated (\d+) − withdrawn (\d+) = available (\d+) \+ reserved (\d+) \+ released (\d+) − returned (\d+) − repaid (\d+)$/,
    "$1:下达 $2 − 收回 $3 = 可用 $4 + 占用 $5 + 拨付 $6 − 退票 $7 − 退回 $8",
  ],
  [/^(\S+): money is not conserved$/, "$1:资金不守恒"],
  [/^(\S+): no run has paid the day yet$/, "$1:尚无批次拨付该日"],
  [/^(\S+): run (\d+) was made on a chain that is lost.*$/, "$1:第 $2 批在已丢失的链上生成,资金按账簿重开"],
  [/^(\S+): run (\d+) is not the one on the chain$/, "$1:第 $2 批与链上的不同"],
  [/^(\S+): run (\d+) does not pay this day$/, "$1:第 $2 批没有拨付这一天"],
  [/^(\S+): run (\d+) paid another revision of the day$/, "$1:第 $2 批拨付的是该日另一版"],
  [
    /^(\S+): run (\d+) paid revision (\d+); what changed since is for a later run$/,
    "$1:第 $2 批拨付的是第 $3 版,之后的变化由后续批次处理",
  ],
  [/^(\S+): run (\d+) was approved by its proposer$/, "$1:第 $2 批由提出者自己复核"],
  [/^(\S+): run (\d+) has another total than its lines$/, "$1:第 $2 批合计与明细不符"],
  [/^(\S+): run (\d+) has no such line for the payee$/, "$1:第 $2 批没有该收款人的这一行"],
  [
    /^(\S+): run (\d+) (\w+): line (\d+), (\d+) fen; proposed by (\S+), (?:approved by (\S+)|not approved yet)$/,
    "$1:第 $2 批($3)第 $4 行 $5 分;提出 $6,复核 $7",
  ],
  [/^(\S+): run (\d+) (\w+): the payee was due nothing after what was owed; .*$/, "$1:第 $2 批($3)抵扣欠款后无应付"],
  [/^(\S+): run (\d+): (\d+) fen are the sum of its (\d+) lines$/, "$1:第 $2 批合计 $3 分,等于 $4 行之和"],
  [
    /^(\S+): run (\d+): (\w+) at the bank as (\S+) by the file (\S+): ask the bank for it$/,
    "$1:第 $2 批在银行的状态 $3(编号 $4),见银行文件 $5,可向银行核实",
  ],
];

/** A finding in a language. */
export function findingText(what: string, language: "zh" | "en"): string {
  if (language === "en") return what;
  for (const [pattern, zh] of ROWS) if (pattern.test(what)) return what.replace(pattern, zh);
  return what;
}
