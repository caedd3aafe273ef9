import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { PROVIDER, REGION, type World } from "../server/world.ts";
import type { Visitor } from "./chromium.ts";
import { expectSound, exported, go, leftInChinese, openStage, type Stage, submitVisits } from "./stage.ts";

/** A provider's clerk at the month's end: a spreadsheet with faults and without, a correction, the statement. */
describe("web: a clerk's spreadsheet and statement", () => {
  let stage: Stage;
  let w: World;
  let clerk: Visitor;
  const passphrase = "the clerk's own words";

  before(async function () {
    this.timeout(180_000);
    stage = await openStage(["clerk", "administrator"]);
    w = stage.w;
  });
  after(() => stage?.close());

  const setClock = ({ page }: Visitor) => page.clock.setSystemTime(w.clock.now() * 1000);
  const visits = () => w.ledger.db.sql.prepare("SELECT count(*) FROM visit").pluck().get() as number;
  const local = (secondsAgo: number) =>
    new Date((w.clock.now() - secondsAgo + 480 * 60) * 1000).toISOString().slice(0, 16).replace("T", " ");
  const HEADER = "护理员,老人,项目代码,开始时间,结束时间,单位数,金额(分),录入方式,手工原因";
  const row = (carer: string, ago: number, more = "1,6501,manual,忘记打卡") =>
    `${carer},李桂英,bathing,${local(ago)},${local(ago - 1800)},${more}`;
  async function choose(name: string, content: string | Buffer): Promise<void> {
    const file = join(stage.folder, name);
    writeFileSync(file, content);
    await clerk.page.locator('input[type="file"]').setInputFiles(file);
  }

  it("makes a key that an administrator registers", async () => {
    clerk = await stage.signIn("clerk");
    await setClock(clerk);
    const { page } = clerk;
    await go(clerk, "签名密钥");
    await page.getByLabel("口令", { exact: true }).fill(passphrase);
    await page.getByLabel("再输一次口令").fill(passphrase);
    await page.getByRole("button", { name: "生成密钥" }).click();
    await page.getByText("等待登记").waitFor();
    const admin = await stage.signIn("administrator");
    await go(admin, "签名密钥");
    await admin.page.getByRole("button", { name: "同意登记" }).click();
    await admin.page.getByText("有效", { exact: true }).waitFor();
    w.clock.moveTo(w.clock.now() + 7200);
    await setClock(clerk);
  });
  it("marks every wrong cell of a spreadsheet with its reason, and submits nothing", async () => {
    const before = visits();
    const { page } = clerk;
    await go(clerk, "表格导入");
    const lines = [
      HEADER,
      row("王芳", 7000),
      row("没有人", 7000),
      row("王芳", 5000, "一,6501,manual,忘记打卡"),
      row("王芳", 4500, "1,6501,manual,"),
      `王芳,李桂英,bathing,昨天,${local(0)},1,6501,manual,忘记打卡`,
      row("王芳", -9000),
      row("王芳", 7000),
    ];
    await page.getByText("拖入或选择表格文件").waitFor();
    await choose("wrong.csv", lines.join("\n"));
    await page.getByText("7 行,6 行有错").waitFor();
    for (const reason of ["姓名不在本机构登记或计划内", "应为整数", "必填", "应为时间", "时间在未来", "与第 2 行重复"])
      await page.getByText(reason).first().waitFor();
    await clerk.shot("import-wrong");
    expect(await page.getByRole("button", { name: "签名并提交" }).count()).to.equal(0);
    await page.getByLabel("只看有错的行").click();
    expect(await page.locator("tbody tr.ant-table-row").count()).to.equal(6);
    await choose("columns.csv", "甲,乙\n1,2\n");
    await page.getByText("表头有不认识的列:甲, 乙").waitFor();
    await choose("empty.csv", `${HEADER}\n`);
    await page.getByText("表格里没有数据行。").waitFor();
    await choose("broken.xlsx", Buffer.from([0x50, 0x4b, 3, 4, 1, 2, 3]));
    await page.getByText("文件读不出来").waitFor();
    expect(visits()).to.equal(before);
  });
  it("shows what is signed, submits a right one as GB 18030 or Excel saves it, and knows it again", async () => {
    const before = visits();
    const { page } = clerk;
    const right = [HEADER, row("王芳", 7000), row("王芳", 4800)].join("\r\n");
    await choose("right.csv", right);
    await page.getByText("2 行,0 行有错").waitFor();
    await page.getByRole("button", { name: "签名并提交" }).click();
    await page.getByText("服务记录 2 条,1 批").waitFor();
    await page.getByText("申报金额合计 ¥130.02").waitFor();
    await clerk.shot("import-sign");
    await page.getByLabel("口令", { exact: true }).fill("not these words at all");
    await page.getByRole("button", { name: "签名并发送" }).click();
    await page.getByText("口令不对。").waitFor();
    await page.getByLabel("口令", { exact: true }).fill(passphrase);
    await page.getByRole("button", { name: "签名并发送" }).click();
    await page.getByText("已提交 2 条,收到 1 份回执").waitFor();
    // The same words after signing as before.
    await page.getByText("申报金额合计 ¥130.02").waitFor();
    expect(visits()).to.equal(before + 2);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "下载回执" }).click(),
    ]);
    await download.saveAs(join(stage.folder, "receipts.json"));
    // Each with what was sent: an operator who loses it is returned both.
    const [kept] = JSON.parse(readFileSync(join(stage.folder, "receipts.json"), "utf8")) as {
      receipt: { count: number };
      sent: { visits: object[] };
    }[];
    expect(kept!.sent.visits).to.have.length(kept!.receipt.count);
    await page.getByRole("button", { name: "再导入一份" }).click();
    await choose("again.csv", right);
    await page.getByText("2 行,2 行有错").waitFor();
    await page.getByText("编号已被接收").first().waitFor();
    // What Excel in China saves: the same characters in another encoding.
    const GB: Record<string, number[]> = { 王: [0xcd, 0xf5], 芳: [0xb7, 0xbc] };
    const bytes = Buffer.concat([
      Buffer.from("caregiver,elder,item,started_at,ended_at,units,price_fen,entry,manual_reason\n"),
      Buffer.from([...GB["王"]!, ...GB["芳"]!]),
      Buffer.from(`,${w.elder},bathing,${local(2400)},${local(600)},1,6501,auto,\n`),
    ]);
    await choose("gb.csv", bytes);
    await page.getByText("1 行,0 行有错").waitFor();
    await choose("excel.xlsx", readFileSync(new URL("../vectors/visits.xlsx", import.meta.url)));
    await page.getByText("1 行,1 行有错").waitFor();
    await page.getByText("超出允许补报的期限").waitFor();
  });
  it("corrects a record with a reason, once", async () => {
    const { page } = clerk;
    await go(clerk, "我的记录");
    await page.getByRole("button", { name: "详情" }).last().click();
    await page.getByRole("button", { name: "更正", exact: true }).click();
    await page.getByRole("button", { name: "继续" }).click();
    await page.getByRole("textbox", { name: "理由" }).last().fill("结束时间记错");
    const from = Date.parse(`${await page.getByLabel("开始时间").inputValue()}Z`);
    await page.getByLabel("结束时间").fill(new Date(from - 60_000).toISOString().slice(0, 16));
    const sign = page.getByRole("button", { name: "继续" });
    await sign.click();
    await page.getByText("结束时间要晚于开始时间").waitFor();
    await page.getByLabel("结束时间").fill(new Date(from + 23 * 60_000).toISOString().slice(0, 16));
    await clerk.shot("correction");
    await sign.click();
    await page.getByLabel("口令", { exact: true }).fill(passphrase);
    await page.getByRole("button", { name: "签名并发送" }).click();
    await page.getByText("您将以机构名义").waitFor({ state: "detached" });
    const list = w.ledger.records.store.list({
      region: REGION,
      provider: PROVIDER,
      fromDay: 0,
      toDay: 0xffff_ffff,
      after: { day: 0, index: -1 },
      limit: 100,
    });
    expect(list.at(-1)!.replaces).to.equal(list.at(-2)!.id);
    await page.reload();
    await page.getByText("已被更正").waitFor();
  });
  it("takes the month's statement as CSV and as PDF, with what was settled", async () => {
    await stage.nextDay();
    await stage.nextDay();
    await setClock(clerk);
    const { page } = clerk;
    await go(clerk, "月度对账单");
    await page.getByText("¥58.51").first().waitFor();
    await page.getByRole("button", { name: "打印或另存为 PDF" }).waitFor();
    await clerk.shot("statement");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "导出 CSV" }).click(),
    ]);
    await download.saveAs(join(stage.folder, "statement.csv"));
    const csv = readFileSync(join(stage.folder, "statement.csv"), "utf8");
    expect(csv.split("\r\n").length).to.be.greaterThan(4);
    expect(csv).to.contain("助浴").and.contain("可支付");
    const pdf = await page.pdf({ format: "A4", landscape: true });
    expect(pdf.subarray(0, 5).toString()).to.equal("%PDF-");
    expect(pdf.length).to.be.greaterThan(10_000);
    writeFileSync(new URL("../../artifacts/screenshots/statement.pdf", import.meta.url), pdf);
  });
  it("looks through a list that comes by parts to its end, and exports all of it", async () => {
    const more = await submitVisits(w, 250, 60);
    const { page } = clerk;
    await page.goto("/records");
    const rows = page.locator(".listing tbody tr.ant-table-row");
    await rows.first().waitFor();
    const last = more.at(-1)!.id;
    await page.getByLabel("在本列表中查找").fill(last);
    await page.locator(`code[title="${last}"]`).waitFor();
    expect(await rows.count()).to.equal(1);
    await page.getByLabel("在本列表中查找").fill("");
    await page.reload();
    await rows.first().waitFor();
    const lines = await exported(page);
    expect(lines.length - 1).to.equal(visits());
    expect(lines.some((line) => line.includes(last))).to.equal(true);
  });
  it("is sound for eye, ear and hand, in both languages", async () => {
    for (const width of [360, 1440]) {
      await clerk.page.setViewportSize({ width, height: 900 });
      for (const path of ["/import", "/statement", "/keys"]) {
        await clerk.page.goto(path);
        await clerk.page.locator("h1").first().waitFor();
        await clerk.page.waitForLoadState("networkidle");
        await clerk.shot(`clerk${path.replace("/", "-")}-${width}`);
        await expectSound(clerk.page, path);
      }
    }
    await clerk.page.getByRole("button", { name: "English" }).click();
    for (const path of ["/import", "/statement", "/keys"]) {
      await clerk.page.goto(path);
      await clerk.page.waitForLoadState("networkidle");
      expect(await leftInChinese(clerk.page), path).to.deep.equal([]);
    }
    await stage.leave();
  });
}).timeout(120_000);
