import { copyFileSync, rmSync } from "node:fs";
import { expect } from "chai";
import { openLedger } from "../../server/ledger.ts";
import { openApi } from "../server/api.ts";
import { REGION, type World } from "../server/world.ts";
import type { Visitor } from "./chromium.ts";
import {
  bytesOf,
  expectSound,
  exported,
  leftInChinese,
  openPhoneKey,
  openStage,
  type Stage,
  submitVisits,
  visitsInLog,
} from "./stage.ts";

/** At the door: a carer's phone with and without a network, and the family that answers. */
describe("web: at the door", () => {
  let stage: Stage;
  let w: World;
  const passphrase = "door key of the carer";
  let phone: Visitor;
  let link: string;

  before(async function () {
    this.timeout(180_000);
    stage = await openStage(["carer", "family", "administrator", "coordinator"]);
    w = stage.w;
  });
  after(() => stage?.close());

  /** The phone's clock is the district's. */
  const setClock = ({ page }: Visitor) => page.clock.setSystemTime(w.clock.now() * 1000);
  const visits = () => w.ledger.db.sql.prepare("SELECT count(*) FROM visit").pluck().get() as number;

  /** The disk was lost: the server starts again on the backup, at the same address. */
  async function restoreBackup(): Promise<void> {
    const port = Number(new URL(stage.api.http.url).port);
    await stage.api.http.stop();
    await w.ledger.close();
    for (const end of ["-wal", "-shm"]) rmSync(w.home.path(`ledger.db${end}`), { force: true });
    copyFileSync(w.home.path("backup.db"), w.home.path("ledger.db"));
    w.ledger = await openLedger({ home: w.home, clock: w.clock });
    stage.api.http = (await openApi(w, [], port)).http;
  }

  it("loads the carer's page and the family's in at most 300 kB each", async () => {
    for (const path of ["/carer.html", "/family.html"])
      expect(await bytesOf(await stage.arrive("about:blank"), path), path).to.be.within(30_000, 300_000);
  });
  it("signs a carer in on the phone and shows whom to visit today, each reading an entry of the log", async () => {
    const reads = () => w.ledger.db.sql.prepare("SELECT count(*) FROM access").pluck().get() as number;
    const before = reads();
    phone = await stage.arrive("about:blank", 390);
    await phone.page.context().grantPermissions(["geolocation"]);
    await phone.page.context().setGeolocation({ longitude: 121.42, latitude: 31.22, accuracy: 15 });
    await setClock(phone);
    await phone.page.goto("/carer.html");
    await phone.page.getByLabel("用户名").fill("carer");
    await phone.page.getByLabel("密码", { exact: true }).fill("not-the-password-1A");
    await phone.page.getByRole("button", { name: "登录", exact: true }).click();
    await phone.page.getByText("用户名或密码不对。").waitFor();
    await phone.page.getByLabel("密码", { exact: true }).fill(stage.people["carer"]!.password);
    await phone.page.getByRole("button", { name: "登录", exact: true }).click();
    await phone.page.getByText("李桂英").first().waitFor();
    expect(reads()).to.equal(before + 1);
    await phone.page.getByRole("button", { name: "更新今日名单" }).click();
    await phone.page.waitForLoadState("networkidle");
    expect(reads(), "the same reading on the same day").to.equal(before + 1);
    await phone.shot("carer-day");
  });
  it("makes the phone's key, which an administrator puts on the chain as the second person", async () => {
    const { page } = phone;
    await page.getByLabel("口令", { exact: true }).fill("short");
    await page.getByLabel("再输一次口令").fill("short");
    await page.getByRole("button", { name: "生成密钥" }).click();
    await page.getByText("口令至少12个字符。").waitFor();
    await page.getByLabel("口令", { exact: true }).fill(passphrase);
    await page.getByLabel("再输一次口令").fill(passphrase);
    await page.getByRole("button", { name: "生成密钥" }).click();
    await page.getByText("密钥等待管理员登记").waitFor();

    const admin = await stage.signIn("administrator");
    await admin.page.getByRole("link", { name: "签名密钥", exact: true }).click();
    const row = admin.page.getByRole("row").filter({ hasText: "carer" });
    await row.getByRole("button", { name: "同意登记" }).click();
    await row.getByText("有效").waitFor();
    await admin.shot("keys-administrator");
    // A key speaks from the moment that the chain names.
    w.clock.moveTo(w.clock.now() + 60);
    await setClock(phone);
    await page.getByRole("button", { name: "更新今日名单" }).click();
    await page.getByText("密钥等待管理员登记").waitFor({ state: "detached" });
    w.ledger.db.sql.prepare("VACUUM INTO ?").run(w.home.path("backup.db"));
  });
  it("checks in and out without a network, over a reload, and sends once when the network is back", async () => {
    const { page } = phone;
    const before = visits();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.context().setOffline(true);
    await page.reload();
    await page.getByText("没有网络:照常服务").waitFor();
    await page.getByRole("button", { name: "到达,开始服务" }).click();
    await page.getByRole("button", { name: /助浴/ }).click();
    await page.getByRole("button", { name: "服务结束" }).waitFor();
    await phone.shot("carer-visit");
    await page.locator('input[type="file"]').setInputFiles(new URL("../vectors/photo.png", import.meta.url).pathname);
    await page.getByText("已拍 1 张").waitFor();
    // The phone goes off and on again in the middle of the visit.
    w.clock.moveTo(w.clock.now() + 1900);
    await setClock(phone);
    await page.reload();
    await page.getByText("31 分钟").waitFor();
    await page.getByText("已拍 1 张").waitFor();
    await page.getByLabel("备注(可空)").fill("老人精神好");
    await page.getByRole("button", { name: "服务结束" }).click();
    await page.getByText("1 条等待发送").waitFor();
    await page.reload();
    await page.getByText("待签名").waitFor();
    await phone.shot("carer-offline");
    expect(visits()).to.equal(before);
    await openPhoneKey(page, "the wrong passphrase");
    await page.getByText("口令不对。").waitFor();
    await openPhoneKey(page, passphrase);
    await page.getByText("等待发送", { exact: true }).waitFor();
    w.clock.moveTo(w.clock.now() + 60);
    await page.context().setOffline(false);
    await page.getByText("已收到回执").waitFor();
    await page.getByText("全部已发送").waitFor();
    expect(visits()).to.equal(before + 1);
    await page.reload();
    await page.getByText("全部已发送").waitFor();
    expect(visits(), "nothing is sent twice").to.equal(before + 1);
    const row = visitsInLog(w);
    const { disclosure } = w.ledger.audits.details(REGION, row.at(-1)!.id);
    const text = JSON.stringify(disclosure);
    expect(text).to.contain("老人精神好").and.contain("sha256:").and.contain('"accuracyM\\":15');
    expect(w.ledger.db.sql.prepare("SELECT count(*) FROM evidence").pluck().get()).to.equal(1);
  });
  it("takes a visit by hand with a reason in one tap, and refuses impossible times", async () => {
    const { page } = phone;
    await openPhoneKey(page, passphrase);
    await page.getByRole("button", { name: "补录" }).click();
    await page.getByLabel("开始", { exact: true }).fill("09:30");
    await page.getByLabel("结束", { exact: true }).fill("09:00");
    expect(await page.getByRole("button", { name: "保存" }).isDisabled()).to.equal(true);
    await page.getByRole("button", { name: "手机没电" }).click();
    await page.getByRole("button", { name: "保存" }).click();
    await page.getByText("结束时间要晚于开始时间").waitFor();
    await page.getByLabel("结束", { exact: true }).fill("10:05");
    await phone.shot("carer-manual");
    await page.getByRole("button", { name: "保存" }).click();
    await page.getByText("已收到回执").nth(1).waitFor();
  });
  it("returns what it holds receipts for to a server whose books were restored from a backup", async () => {
    const { page } = phone;
    const sent = visitsInLog(w).slice(-2);
    await restoreBackup();
    expect(visitsInLog(w).slice(-2)).to.not.deep.equal(sent);
    expect(w.ledger.readmissions.stateOf(REGION)).to.include({ readmitted: 0 });
    await page.reload();
    await page.getByText("服务器由备份恢复").waitFor();
    await phone.shot("carer-restored");
    expect(w.ledger.readmissions.stateOf(REGION)).to.include({ readmitted: 2 });
    expect(phone.complaints.splice(0).join()).to.contain("503");
    expect(w.ledger.readmissions.close(REGION)).to.deep.equal([]);
    expect(visitsInLog(w).slice(-2)).to.deep.equal(sent);
    await page.reload();
    await page.getByText("全部已发送").waitFor();
    await page.getByText("服务器由备份恢复").waitFor({ state: "detached" });
    expect(visitsInLog(w).slice(-2)).to.deep.equal(sent);
  });
  it("shows the family by QR who came and when, takes its denial, and holds the visit for it", async () => {
    const { page } = phone;
    await page.getByRole("button", { name: "请家属扫码确认" }).first().click();
    await page.getByRole("img", { name: "请家属扫码确认" }).waitFor();
    await phone.shot("carer-qr");
    const newest = visitsInLog(w).at(-2)!;
    link = `/family.html#${REGION}.${newest.id}.${w.ledger.families.tokenOf(REGION, newest.id)}`;
    const family = await stage.arrive(link, 390);
    await family.page.getByText("王*").waitFor();
    await family.page.getByText("助浴").waitFor();
    await family.shot("family-link");
    await family.page.getByRole("button", { name: "没有来过" }).click();
    await family.page.getByText("已记入账本,谢谢。").waitFor();
    expect(await family.page.getByRole("button", { name: "没有来过" }).isDisabled()).to.equal(true);
    await family.page.getByRole("button", { name: "我要投诉" }).click();
    await family.page.getByLabel("请写明情况").fill("只待了五分钟");
    await family.page.getByRole("button", { name: "提交" }).click();
    await family.page.getByText("家属投诉: 只待了五分钟").waitFor();
    await stage.nextDay();
    await stage.nextDay();
    const words = w.ledger.desk.wordsOn(REGION, newest.id);
    expect(words.map(({ verdict }) => verdict?.rule)).to.include("R28");
    expect(w.ledger.desk.outcomeOf(words)).to.equal("held");
  });
  it("refuses a link whose secret is wrong, or that is cut short", async () => {
    const wrong = await stage.arrive(
      link.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
      390,
    );
    await wrong.page.getByRole("alert").waitFor();
    expect(await wrong.page.getByText("王*").count()).to.equal(0);
    const short = await stage.arrive(link.slice(0, -4), 390);
    await short.page.getByText("链接不完整或已失效。").waitFor();
  });
  it("shows a family that signs in the visits to its own elder, and takes back a denial", async () => {
    const family = await stage.signIn("family", 390);
    await family.page.getByText("家属否认:没有来过").first().waitFor();
    const box = family.page.locator("section").filter({ hasText: "家属否认" }).first();
    await box.getByRole("button", { name: "来过,属实" }).click();
    await family.page.getByText("家属确认:来过").first().waitFor();
    await family.shot("family-own");
    await stage.nextDay();
    const id = link.split(".")[2]!;
    expect(w.ledger.desk.outcomeOf(w.ledger.desk.wordsOn(REGION, id))).to.equal("pay");
  });
  it("gives a family's list ten at a time, looked through, turned round and saved", async () => {
    await submitVisits(w, 14, 120);
    const { page, shot } = await stage.signIn("family", 390);
    const boxes = page.locator("ul.plain > li");
    await boxes.first().waitFor();
    expect(await boxes.count()).to.equal(10);
    const newest = await boxes.first().textContent();
    await shot("family-list");
    await page.getByRole("button", { name: "继续加载" }).click();
    expect(await boxes.count()).to.be.greaterThan(14);
    await page.getByRole("button", { name: "最新在前" }).click();
    expect(await boxes.last().textContent()).to.equal(newest);
    await page.getByLabel("在本列表中查找").fill("只待了五分钟");
    expect(await boxes.count()).to.equal(1);
    const lines = await exported(page);
    expect(lines).to.have.length(2);
    expect(lines[1]).to.contain("只待了五分钟").and.contain("王*");
    await page.getByLabel("在本列表中查找").fill("nothing says this");
    await page.getByText("没有找到。").waitFor();
  });
  it("is sound for eye, ear and hand, in both languages", async () => {
    for (const width of [360, 1440]) {
      const visitor = await stage.signIn("family", width);
      await visitor.page.getByText("王*").first().waitFor();
      await expectSound(visitor.page, "/family.html");
      await visitor.page.getByRole("button", { name: "English" }).click();
      const left = await leftInChinese(visitor.page);
      expect(left.filter((text) => !/只待了五分钟/.test(text))).to.deep.equal([]);
    }
    await phone.page.setViewportSize({ width: 360, height: 800 });
    await expectSound(phone.page, "/carer.html");
    await phone.page.getByRole("button", { name: "English" }).click();
    expect(await leftInChinese(phone.page)).to.deep.equal([]);
    await stage.leave();
  });
}).timeout(120_000);
