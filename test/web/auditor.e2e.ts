import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { sample } from "../../core/sample.ts";
import { CARE, payOut } from "../server/money.ts";
import { REGION, type World } from "../server/world.ts";
import type { Visitor } from "./chromium.ts";
import { expectSound, go, leftInChinese, openStage, type Stage } from "./stage.ts";

/** An auditor: the chain's calendar, what was found, a sample that anybody draws again, a pack, a check of everything. */
describe("web: an auditor's day", () => {
  let stage: Stage;
  let w: World;
  let here: Visitor;
  before(async function () {
    this.timeout(180_000);
    stage = await openStage(["auditor"]);
    w = stage.w;
    await payOut(w, stage.officials, CARE);
    here = await stage.signIn("auditor");
    await here.page.clock.setSystemTime(w.clock.now() * 1000);
  });
  after(() => stage?.close());

  it("compares every sealed day with the chain", async () => {
    await go(here, "审计");
    await here.page.getByText(/\d+ 天全部与链上一致。/).waitFor();
    await here.page
      .getByText(/^#\d+$/)
      .first()
      .waitFor();
    await here.shot("audit-calendar");
    // A root that the books state otherwise is seen at the next look.
    const { sql } = w.ledger.db;
    sql.exec('DROP TRIGGER IF EXISTS "seal_no_update"');
    const day = w.ledger.seals.store.last(REGION)!.day;
    const root = sql.prepare("SELECT root FROM seal WHERE day = ?").pluck().get(day);
    sql.prepare("UPDATE seal SET root = ? WHERE day = ?").run(Buffer.alloc(32, 7), day);
    await here.page.reload();
    await here.page.getByText("与链上不符").waitFor();
    sql.prepare("UPDATE seal SET root = ? WHERE day = ?").run(root, day);
  });
  it("counts findings by rule, provider, area and day, and maps check-ins", async () => {
    await here.page.getByRole("tab", { name: "核查统计" }).click();
    await here.page.getByText("R28 家属否认").waitFor();
    await here.page.getByText("城镇").waitFor();
    await here.page.getByRole("img", { name: /签到分布图:\d+ 个方格/ }).waitFor();
    await here.page.waitForTimeout(800);
    await here.shot("audit-findings");
  });
  let pack: string;
  it("draws the same sample twice, as anybody can, and takes its proofs as a pack", async () => {
    await here.page.getByRole("tab", { name: "抽样" }).click();
    await here.page.getByLabel("种子").fill("0xabc");
    await here.page.getByLabel("数量").fill("1");
    await here.page.getByRole("button", { name: "抽取" }).click();
    await here.page.getByText("2 条中抽取 1 条").waitFor();
    const [expected] = sample("0xabc", [stage.clean, stage.held], 1);
    await here.page.locator(`code[title="${expected}"]`).waitFor();
    await here.page.getByLabel("数量").fill("30");
    await here.page.getByRole("button", { name: "抽取" }).click();
    await here.page.getByText("2 条中抽取 2 条").waitFor();
    const [download] = await Promise.all([
      here.page.waitForEvent("download"),
      here.page.getByRole("button", { name: "下载证据包" }).click(),
    ]);
    pack = join(stage.folder, "sample.pack.json");
    await download.saveAs(pack);
    expect(JSON.parse(readFileSync(pack, "utf8")).proofs).to.have.length(2);
    await here.shot("audit-sample");
  });
  it("verifies the pack in the page against a node of one's choice, and tells which proof was changed", async () => {
    const { page, shot } = await stage.arrive("/verify.html");
    await page.locator('input[type="file"]').setInputFiles(pack);
    await page.getByText("证据包:2 份证明").waitFor();
    await page.getByLabel("链节点地址(由您选择)").fill(w.ledger.contracts.chain.rpcUrl);
    await page.getByLabel("记录合约地址").fill(w.ledger.file.contracts.ledger);
    await page.getByLabel("资金合约地址(可空)").fill(w.ledger.file.contracts.subsidy);
    await page.getByRole("button", { name: "验证", exact: true }).click();
    await page.getByText("2 份有效,0 份无效").waitFor();
    for (let row = 0; row < 2; row++) await page.getByRole("button", { name: "展开行" }).first().click();
    // What was found is told in Chinese, every line of it.
    const told = await page.locator(".ant-table-expanded-row td:nth-child(3)").allTextContents();
    expect(told.length).to.be.greaterThan(15);
    expect(told.filter((what) => !/[\u4e00-\u9fff]/.test(what))).to.deep.equal([]);
    await shot("verified-pack");
    const changed = JSON.parse(readFileSync(pack, "utf8")) as { proofs: { entry: { endedAt: number } }[] };
    changed.proofs[1]!.entry.endedAt += 60;
    writeFileSync(pack, JSON.stringify(changed));
    await page.locator('input[type="file"]').setInputFiles(pack);
    await page.getByRole("button", { name: "验证", exact: true }).click();
    await page.getByText("1 份有效,1 份无效").waitFor();
  });
  it("checks everything with progress, and says what is broken", async () => {
    await here.page.getByRole("tab", { name: "全库核验" }).click();
    await here.page.getByText("尚未核验。").waitFor();
    await here.page.getByRole("button", { name: "开始核验" }).click();
    await here.page.getByText(/一致:\d+ 天/).waitFor();
    await here.shot("audit-fsck");
    const { sql } = w.ledger.db;
    sql.exec('DROP TRIGGER IF EXISTS "visit_no_update"');
    sql.prepare("UPDATE visit SET ended_at = ended_at + 60 WHERE rowid = 1").run();
    await here.page.getByRole("button", { name: "开始核验" }).click();
    await here.page.getByText(/不一致:\d+ 处/).waitFor();
    sql.prepare("UPDATE visit SET ended_at = ended_at - 60 WHERE rowid = 1").run();
  });
  it("goes from a payment back to its visits and their proofs", async () => {
    await go(here, "拨付批次");
    await here.page.getByRole("combobox", { name: "专项资金" }).click();
    await here.page.getByTitle(CARE).click();
    await here.page.getByRole("button", { name: "付款明细" }).click();
    await here.page.getByRole("button", { name: /展开行|Expand row/ }).click();
    await here.page.locator(`code[title="${stage.clean}"]`).waitFor();
    const [download] = await Promise.all([
      here.page.waitForEvent("download"),
      here.page.getByRole("button", { name: "下载证明" }).click(),
    ]);
    expect(download.suggestedFilename()).to.equal(`${stage.clean}.proof.json`);
    await here.shot("payment-to-visit");
    await here.page.keyboard.press("Escape");
  });
  it("is sound for eye, ear and hand, in both languages", async () => {
    for (const width of [360, 1440]) {
      await here.page.setViewportSize({ width, height: 900 });
      await here.page.goto("/audit");
      for (const tab of ["封账日历", "核查统计", "抽样", "全库核验"]) {
        await here.page.getByRole("tab", { name: tab }).click();
        await here.page.waitForLoadState("networkidle");
        await expectSound(here.page, `/audit ${tab}`);
      }
    }
    await here.page.getByRole("button", { name: "English" }).click();
    for (const tab of ["Calendar of sealed days", "Findings", "Sample", "Check everything"]) {
      await here.page.getByRole("tab", { name: tab }).click();
      await here.page.waitForLoadState("networkidle");
      expect(await leftInChinese(here.page), tab).to.deep.equal([]);
    }
    await stage.leave();
  });
}).timeout(120_000);
