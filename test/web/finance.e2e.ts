import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { acceptance, statement } from "../../scripts/dataset/demoBank.ts";
import { CARE, FUND_ACCOUNTS } from "../server/money.ts";
import { REGION, type World } from "../server/world.ts";
import type { Visitor } from "./chromium.ts";
import { expectSound, leftInChinese, makeKey, openStage, type Stage } from "./stage.ts";

/** A month's money on screens: proposed, objected to, dismissed by two, released, ordered, answered, sent back. */
describe("web: finance from the proposal to the bank", () => {
  let stage: Stage;
  let w: World;
  const passphrase = "an official's own words";
  const at: Record<string, Visitor> = {};

  before(async function () {
    this.timeout(300_000);
    stage = await openStage(["proposer", "approver", "auditor", "treasurer", "supervisor"]);
    w = stage.w;
    // The second supervisor is another person of the same role.
    const password = await w.ledger.identity.people.create({
      username: "supervisor-b",
      name: "测试supervisor-b",
      role: "supervisor",
      scope: String(REGION),
    });
    const { oneTimeCode } = await import("../../scripts/dataset/demoPeople.ts");
    const secret = await w.ledger.identity.people.setUpCodes("supervisor-b", password, oneTimeCode);
    stage.people["supervisor-b"] = { password, secret };
    for (const name of ["proposer", "approver", "auditor", "treasurer", "supervisor", "supervisor-b"]) {
      at[name] = await stage.signIn(name);
      await makeKey(stage, at[name]!, passphrase);
    }
  });
  after(() => stage?.close());

  async function open(name: string): Promise<Visitor> {
    const visitor = at[name]!;
    await visitor.page.clock.setSystemTime(w.clock.now() * 1000);
    await visitor.page.goto("/finance");
    await visitor.page.getByRole("combobox", { name: "专项资金" }).click();
    await visitor.page.getByTitle(CARE).click();
    await visitor.page.getByText("现有应付").waitFor();
    return visitor;
  }
  async function sign({ page }: Visitor, then = "您已签署以下内容"): Promise<string[]> {
    await page.getByText("您将签署以下内容").waitFor();
    await page.getByLabel("口令", { exact: true }).fill(passphrase);
    await page.getByRole("button", { name: "签名并发送" }).click();
    await page.getByText(then).waitFor();
    return await page.locator(".facts li").allTextContents();
  }
  const close = async ({ page }: Visitor) => {
    await page.getByRole("button", { name: "关闭", exact: true }).last().click();
    await page.getByText("您已签署以下内容").waitFor({ state: "detached" });
  };
  async function state(why: string): Promise<void> {
    const { page } = at["supervisor"]!;
    await page.getByLabel("理由(全文请保存").fill(why);
    await page.getByRole("button", { name: "保存全文" }).click();
  }

  it("shows what is due, and proposes and approves it", async () => {
    const proposer = await open("proposer");
    await proposer.page.getByText("¥19.50").first().waitFor();
    await proposer.shot("finance-due");
    await proposer.page.getByRole("button", { name: "生成批次" }).click();
    expect((await sign(proposer))[0]).to.equal("提出拨付批次 Propose a payout run");
    await close(proposer);
    await proposer.page.getByText("已提交", { exact: true }).waitFor();
    const approver = await open("approver");
    await approver.page.getByRole("button", { name: "复核签名" }).click();
    await sign(approver);
  });
  it("freezes a run by an auditor's objection, which two supervisors dismiss by one file", async () => {
    const auditor = await open("auditor");
    await auditor.page.getByRole("button", { name: "提出异议" }).click();
    const goOn = auditor.page.getByRole("button", { name: "保存全文" });
    expect(await goOn.isDisabled()).to.equal(true);
    await auditor.page.getByLabel("理由(全文请保存").fill("第一行的服务需要再核实一次");
    const [text] = await Promise.all([auditor.page.waitForEvent("download"), goOn.click()]);
    expect(text.suggestedFilename()).to.equal(`${CARE}-1-object.txt`);
    expect((await sign(auditor))[0]).to.contain("提出异议");
    await close(auditor);
    await auditor.page.getByText("已冻结(有异议)").waitFor();

    const first = await open("supervisor");
    await first.page.getByRole("button", { name: "驳回异议" }).click();
    await state("已电话核实,服务属实");
    await sign(first, "还需另一位");
    const [file] = await Promise.all([
      first.page.waitForEvent("download"),
      first.page.getByRole("button", { name: "下载待签文件" }).click(),
    ]);
    const path = join(stage.folder, "dismiss.json");
    await file.saveAs(path);
    const second = await open("supervisor-b");
    await second.page.locator('input[type="file"]').first().setInputFiles(path);
    await second.page.getByText("已签:0x").waitFor();
    await second.shot("finance-second-signature");
    await sign(second);
    await close(second);
    await second.page.getByText("已复核,公示中").waitFor();
    writeFileSync(path, readFileSync(path, "utf8").replace('"run"', '"ran"'));
    await second.page.locator('input[type="file"]').first().setInputFiles(path);
    await second.page.getByText("不是待签文件").waitFor();
  });
  it("releases when the window has passed, orders at the bank, and takes its answers whole or not at all", async () => {
    const { windowEnds } = w.ledger.payouts.runs.status(REGION, CARE, 1)!;
    while (w.clock.now() < windowEnds) await stage.nextDay();
    const proposer = await open("proposer");
    await proposer.page.getByRole("button", { name: "放款" }).click();
    await proposer.page.getByText("已拨付", { exact: true }).last().waitFor();
    await proposer.page.getByRole("tab", { name: "银行与退票" }).click();
    const [order] = await Promise.all([
      proposer.page.waitForEvent("download"),
      proposer.page.getByRole("button", { name: "下载支付文件(pain.001)" }).click(),
    ]);
    const xml = join(stage.folder, "order.xml");
    await order.saveAs(xml);
    expect(readFileSync(xml, "utf8")).to.contain("pain.001").and.contain("19.50");
    const { hash, terms } = w.ledger.payouts.runs.find(REGION, CARE, 1);
    const message = hash.slice(2, 34);
    const upload = async (name: string, bytes: Uint8Array | string) => {
      const file = join(stage.folder, name);
      writeFileSync(file, bytes);
      await proposer.page.locator('input[type="file"]').nth(1).setInputFiles(file);
    };
    await upload("acceptance.xml", acceptance(message, "2026-09-01T10:00:00"));
    await proposer.page.getByText("已入账:银行已受理 1").waitFor();
    const account = FUND_ACCOUNTS[CARE]!;
    const wrong = [{ messageId: message, amountFen: terms.lines.sum + 1n }];
    await upload("wrong.xml", statement(account, "s-0", "2026-09-02", wrong, []));
    await proposer.page.getByText("银行文件与批次不符").waitFor();
    await upload("nonsense.xml", "<not-a-statement/>");
    await proposer.page.getByRole("alert").filter({ hasText: "未能完成" }).waitFor();
    const booked = [{ messageId: message, amountFen: terms.lines.sum }];
    const back = [{ terms: hash, index: 0, amountFen: terms.lines.sum, reason: "AC04" }];
    await upload("statement.xml", statement(account, "s-1", "2026-09-02", booked, back));
    await proposer.page.getByText(/已入账:.*已退回 1/).waitFor();
    await proposer.page.getByText("AC04").waitFor();
    expect(await proposer.page.getByRole("button", { name: "登记退票" }).count()).to.equal(0);
    await proposer.shot("finance-bank");
  });
  it("lets the treasury record the return, after which it waits to be issued again", async () => {
    const treasurer = await open("treasurer");
    await treasurer.page.getByRole("tab", { name: "银行与退票" }).click();
    await treasurer.page.getByRole("button", { name: "登记退票" }).click();
    expect((await sign(treasurer))[0]).to.contain("登记银行退票");
    await close(treasurer);
    await treasurer.page.getByText("1 · ¥19.50", { exact: true }).waitFor();
    await treasurer.page.getByRole("tab", { name: "资金明细账" }).click();
    await treasurer.page.getByRole("cell", { name: "登记退票" }).first().waitFor();
    await treasurer.shot("finance-books");
    await treasurer.page.getByRole("tab", { name: "拨付批次" }).click();
    await treasurer.page.getByRole("button", { name: "付款明细" }).click();
    await treasurer.page.getByRole("row", { name: /已退回 AC04/ }).waitFor();
  });
  it("is sound for eye, ear and hand, in both languages", async () => {
    const { page, shot } = at["proposer"]!;
    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      for (const tab of ["拨付批次", "银行与退票", "资金明细账"]) {
        await page.getByRole("tab", { name: tab }).click();
        await page.waitForLoadState("networkidle");
        await expectSound(page, `/finance ${tab}`);
      }
      await shot(`finance-${width}`);
    }
    await page.getByRole("button", { name: "English" }).click();
    for (const tab of ["Payout runs", "Bank and returns", "Books of the fund"]) {
      await page.getByRole("tab", { name: tab }).click();
      await page.waitForLoadState("networkidle");
      expect(await leftInChinese(page), tab).to.deep.equal([]);
    }
    await stage.leave();
  });
}).timeout(120_000);
