import { expect } from "chai";
import { PROVIDER, REGION, type World } from "../server/world.ts";
import type { Visitor } from "./chromium.ts";
import { expectSound, go, leftInChinese, makeKey, openStage, type Stage } from "./stage.ts";

/** A coordinator at work: people found for a purpose, plans signed, feeds, families, and what needs a second person. */
describe("web: a coordinator's day", () => {
  let stage: Stage;
  let w: World;
  let here: Visitor;
  let other: Visitor;
  const passphrase = "the region's own words";
  const count = (table: string) => w.ledger.db.sql.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;

  before(async function () {
    this.timeout(180_000);
    stage = await openStage(["coordinator"]);
    w = stage.w;
    const password = await w.ledger.identity.people.create({
      username: "coordinator-b",
      name: "测试coordinator-b",
      role: "coordinator",
      scope: String(REGION),
    });
    stage.people["coordinator-b"] = { password, secret: null };
    here = await stage.signIn("coordinator");
    await makeKey(stage, here, passphrase);
    await here.page.clock.setSystemTime(w.clock.now() * 1000);
  });
  after(() => stage?.close());

  async function search(name: string, purpose: string): Promise<void> {
    const { page } = here;
    await page.getByRole("textbox", { name: "姓名" }).fill(name);
    await page.getByLabel("查阅用途").fill(purpose);
    await page.getByRole("button", { name: "查找" }).click();
  }
  async function sign(): Promise<void> {
    await here.page.getByText("您将以区划名义签署并登记:").waitFor();
    await here.page.getByLabel("口令", { exact: true }).fill(passphrase);
    await here.page.getByRole("button", { name: "签名并发送" }).click();
    await here.page.getByText("登记已接收").last().waitFor();
    // The message of the entry before may still be shown.
    await here.page.getByText("您将以区划名义签署并登记:").waitFor({ state: "detached" });
  }
  const drawer = () => here.page.locator(".ant-drawer-body");

  it("finds nobody without a purpose, and notes everybody whom it finds", async () => {
    const before = count("access");
    await go(here, "登记");
    await search("李", "看");
    await here.page.getByText("查阅用途").last().waitFor();
    expect(count("access")).to.equal(before);
    await search("无此人", "核实家庭住址");
    await here.page.getByText("没有找到。").waitFor();
    expect(count("access")).to.equal(before);
    await search("李", "核实家庭住址");
    await here.page.getByText("李桂英").waitFor();
    expect(count("access")).to.equal(before + 1);
    await here.page.getByRole("button", { name: "打开登记卡" }).click();
    await drawer().getByText("服务计划").waitFor();
    expect(count("access")).to.equal(before + 2);
    await here.shot("person-card");
  });
  it("adds a plan and ends it, signed in the region's name", async () => {
    const plans = () =>
      w.ledger.registry.store
        .list(REGION, "Plan", "", 100)
        .map(({ version, validTo }) => [version, validTo === 0xffff_ffff]);
    const before = plans().length;
    await drawer().getByRole("button", { name: "新增计划" }).click();
    await here.page.getByLabel("机构代码").fill("not-a-code");
    await here.page.getByLabel("项目代码").fill("bathing");
    await here.page.getByRole("button", { name: "继续" }).click();
    await here.page.locator(".ant-form-item-explain-error").first().waitFor();
    await here.page.getByLabel("机构代码").fill(PROVIDER);
    await here.page.getByRole("button", { name: "继续" }).click();
    await sign();
    expect(plans().length).to.equal(before + 1);
    await drawer().getByRole("button", { name: "终止计划" }).nth(1).click();
    await here.page.getByRole("button", { name: "继续" }).click();
    await sign();
    expect(plans().filter(([version, open]) => version === 2 && open === false)).to.have.length(1);
  });
  it("enters an assessment, and what another authority told", async () => {
    await drawer().getByRole("button", { name: "登记评估" }).click();
    await here.page.getByLabel("等级", { exact: true }).click();
    await here.page.locator(".ant-select-item-option").first().click();
    await here.page.getByRole("button", { name: "继续" }).click();
    await sign();
    const feeds = count("feed");
    await drawer().getByRole("button", { name: "登记外部信息" }).click();
    await here.page.getByLabel("类型").click();
    await here.page.getByTitle("住院").click();
    await here.page.getByLabel("来源(单位、文号)").fill("长宁区医院 2026-12");
    await here.page.getByRole("button", { name: "提交" }).click();
    await here.page.getByText("已记入账本").waitFor();
    expect(count("feed")).to.equal(feeds + 1);
  });
  it("asks for a change of account, which another person alone can approve", async () => {
    await drawer().getByRole("button", { name: "变更收款账户" }).click();
    await here.page.getByLabel("新账户").fill("6222 0000 0000 0999");
    await here.page.getByLabel("理由").fill("老人换了银行卡");
    await here.page.getByRole("button", { name: "提交" }).click();
    await here.page.getByText("已提交,等待第二人批准").waitFor();
    await drawer().getByRole("button", { name: "申请删除个人明细" }).click();
    await here.page.getByRole("button", { name: "确定" }).click();
    await here.page.getByText("已提交,等待第二人批准").nth(1).waitFor();
    await here.page.keyboard.press("Escape");
    await here.page.goto("/approvals");
    await here.page.getByText("老人换了银行卡").waitFor();
    expect(await here.page.getByRole("button", { name: "批准" }).count()).to.equal(0);
    other = await stage.signIn("coordinator-b");
    await go(other, "待批");
    const row = other.page.getByRole("row").filter({ hasText: "老人换了银行卡" });
    await row.getByRole("button", { name: "批准" }).click();
    await row.waitFor({ state: "detached" });
    expect(w.ledger.registry.store.versions(REGION, "Account", w.elder)).to.have.length(1);
    await other.shot("approvals");
  });
  it("answers a family that complained, and retracts a feed that was wrong", async () => {
    await w.ledger.families.answer(REGION, stage.clean, "complaint", "迟到了半小时", "family link");
    await here.page.goto("/families");
    await here.page.getByText("迟到了半小时").waitFor();
    await here.page.getByRole("button", { name: "回复家属" }).click();
    await here.page.getByRole("dialog").getByLabel("回复家属").fill("已与机构核实并提醒");
    await here.page.getByRole("button", { name: "提交" }).click();
    await here.page.getByText("已回复,家属凭链接可见").waitFor();
    await here.page.getByRole("cell", { name: "已与机构核实并提醒" }).waitFor();
    // The window of the reply goes before the next one comes.
    await here.page.getByRole("dialog").waitFor({ state: "hidden" });
    const feed = here.page
      .getByRole("row")
      .filter({ has: here.page.getByRole("button", { name: "撤回" }) })
      .last();
    await feed.getByRole("button", { name: "详情" }).click();
    await here.page.getByLabel("查阅用途").fill("核对来源文件");
    await here.page.getByRole("button", { name: "继续" }).click();
    await here.page.getByText("hospital").waitFor();
    await here.page.getByLabel("查阅用途").waitFor({ state: "detached" });
    await feed.getByRole("button", { name: "撤回" }).click();
    await here.page.getByLabel("理由").fill("医院更正:同名他人");
    await here.page.getByRole("button", { name: "继续" }).click();
    await here.page.getByText("已撤回").waitFor();
    await here.shot("families");
  });
  it("is sound for eye, ear and hand, in both languages", async () => {
    for (const width of [360, 1440]) {
      await here.page.setViewportSize({ width, height: 900 });
      for (const path of ["/registry", "/families", "/approvals"]) {
        await here.page.goto(path);
        await here.page.locator("h1").first().waitFor();
        await here.page.waitForLoadState("networkidle");
        await expectSound(here.page, path);
      }
    }
    await here.page.getByRole("button", { name: "English" }).click();
    for (const path of ["/registry", "/families", "/approvals"]) {
      await here.page.goto(path);
      await here.page.waitForLoadState("networkidle");
      const left = await leftInChinese(here.page);
      expect(
        left.filter((text) => !/迟到|已与机构|核实家庭住址/.test(text)),
        path,
      ).to.deep.equal([]);
    }
    await stage.leave();
  });
}).timeout(120_000);
