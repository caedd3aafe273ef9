import { expect } from "chai";
import type { Hex } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import { entry, tariffEntry } from "../server/money.ts";
import {
  carerEntry,
  freshId,
  itemEntry,
  OFFSET,
  PROVIDER,
  REGION,
  registryBatch,
  type World,
} from "../server/world.ts";
import type { Visitor } from "./chromium.ts";
import { openPhoneKey, openStage, type Stage, visitsInLog } from "./stage.ts";

const ITEM = "lifting";

/** A visit that takes two: two phones at one door, neither with a network, and what the rules say of it. */
describe("web: two carers at one door", () => {
  let stage: Stage;
  let w: World;
  const phones: Visitor[] = [];
  const passphrase = "key of one of the two";
  const second = freshId();

  before(async function () {
    this.timeout(180_000);
    stage = await openStage(["carer"]);
    w = stage.w;
    const today = dayOf(w.clock.now(), OFFSET);
    const item = itemEntry(ITEM, today);
    (item.details.values as { names: { zh: string } }).names.zh = "助移";
    await w.ledger.registry.register(
      registryBatch(w, [
        item,
        tariffEntry(ITEM, 6501, today - 1),
        entry(
          "Plan",
          freshId(),
          { service: { elder: w.elder, item: ITEM }, quantity: { units: 2, period: "day", carers: 2 } },
          today - 1,
          { provider: PROVIDER },
        ),
        carerEntry(second, PROVIDER, today),
      ]),
    );
    const who = { username: "second", name: "测试second", role: "carer" as const, scope: PROVIDER, subject: second };
    stage.people["second"] = { password: await w.ledger.identity.people.create(who), secret: null };
  });
  after(() => stage?.close());

  const setClocks = async () => {
    for (const { page } of phones) await page.clock.setSystemTime(w.clock.now() * 1000);
  };
  const both = async (what: (phone: Visitor) => Promise<unknown>) => {
    for (const phone of phones) await what(phone);
  };

  /** Signs a carer in on a phone of its own, with a key that a second person put on the chain. */
  async function prepare(username: string): Promise<Visitor> {
    const phone = await stage.arrive("about:blank", 390);
    const { page } = phone;
    await page.context().grantPermissions(["geolocation"]);
    await page.context().setGeolocation({ longitude: 121.42, latitude: 31.22, accuracy: 15 });
    await page.clock.setSystemTime(w.clock.now() * 1000);
    await page.goto("/carer.html");
    await page.getByLabel("用户名").fill(username);
    await page.getByLabel("密码", { exact: true }).fill(stage.people[username]!.password);
    await page.getByRole("button", { name: "登录", exact: true }).click();
    await page.getByLabel("再输一次口令").waitFor();
    await page.getByLabel("口令", { exact: true }).fill(passphrase);
    await page.getByLabel("再输一次口令").fill(passphrase);
    await page.getByRole("button", { name: "生成密钥" }).click();
    await page.getByText("密钥等待管理员登记").waitFor();
    const waiting = await w.ledger.keyRequests.list(() => true);
    const { address } = waiting.find((one) => one.username === username)!;
    await w.ledger.keyRequests.approve({ name: "admin", role: "administrator", scope: String(REGION) }, address as Hex);
    w.clock.moveTo(w.clock.now() + 60);
    phones.push(phone);
    return phone;
  }

  /** One visit on every phone, begun and ended without a network; `alone` is who says that nobody else was there. */
  async function visitTogether(alone?: Visitor): Promise<void> {
    await setClocks();
    await both(({ page }) => page.context().setOffline(true));
    await both(async (phone) => {
      const { page } = phone;
      await page.reload();
      await page.getByText("没有网络:照常服务").waitFor();
      await page.getByRole("button", { name: "到达,开始服务" }).first().click();
      const together = page.getByLabel("和另一位护理员一起(双人服务)");
      expect(await together.isChecked(), "the plan is for two").to.equal(true);
      if (phone === alone) await together.uncheck();
      await phone.shot("carer-two");
      await page.getByRole("button", { name: /助移/ }).click();
      await page.getByRole("button", { name: "服务结束" }).waitFor();
      w.clock.moveTo(w.clock.now() + 45);
      await setClocks();
    });
    w.clock.moveTo(w.clock.now() + 1900);
    await setClocks();
    await both(async ({ page }) => {
      await page.getByRole("button", { name: "服务结束" }).click();
      await page.getByText("待签名").waitFor();
      await openPhoneKey(page, passphrase);
      await page.getByText("等待发送", { exact: true }).waitFor();
    });
    w.clock.moveTo(w.clock.now() + 60);
    await both(async ({ page }) => {
      await page.context().setOffline(false);
      await page.getByText("全部已发送").waitFor();
    });
  }
  const newestTwo = () => visitsInLog(w).slice(-2);
  const circumstances = (id: string) => {
    const { disclosure } = w.ledger.audits.details(REGION, id);
    const opened = (disclosure as { group: string; value: string }[]).find(({ group }) => group === "circumstances");
    return JSON.parse(opened!.value) as { twoCarer?: number; group?: string };
  };

  it("gives each of the two a phone and a key", async () => {
    const [, other] = [await prepare("carer"), await prepare("second")];
    // Who has not been there yet finds the elder by name.
    await other.page.getByLabel("按姓名查找").fill("李桂英");
    await other.page.getByRole("button", { name: "按姓名查找" }).click();
    await other.page.getByText("李桂英").first().waitFor();
    await setClocks();
    await both(async ({ page }) => {
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      await page.getByRole("button", { name: "更新今日名单" }).click();
      await page.getByText("密钥等待管理员登记").waitFor({ state: "detached" });
    });
  });
  it("names one visit of two the same on both phones, and no rule speaks against it", async () => {
    await visitTogether();
    const [a, b] = newestTwo();
    expect(a!.caregiver).to.not.equal(b!.caregiver);
    expect([a!.item, b!.item]).to.deep.equal([ITEM, ITEM]);
    expect(b!.startedAt).to.be.lessThan(a!.endedAt);
    const [first, other] = [circumstances(a!.id), circumstances(b!.id)];
    expect([first.twoCarer, other.twoCarer]).to.deep.equal([1, 1]);
    expect(first.group)
      .to.match(/^two-[0-9a-f]{16}$/)
      .and.to.equal(other.group);
    await stage.nextDay();
    await stage.nextDay();
    for (const { id } of [a!, b!]) {
      const words = w.ledger.desk.wordsOn(REGION, id);
      expect(words.map(({ verdict }) => verdict?.rule)).to.not.include("R02");
      expect(w.ledger.desk.outcomeOf(words)).to.equal("pay");
    }
  });
  it("does not pay two who were there at once where one of them says to have been alone", async () => {
    await visitTogether(phones[1]);
    const [a, b] = newestTwo();
    await stage.nextDay();
    await stage.nextDay();
    for (const { id } of [a!, b!])
      expect(w.ledger.desk.wordsOn(REGION, id).map(({ verdict }) => verdict?.rule)).to.include("R02");
    await stage.leave();
  });
}).timeout(120_000);
