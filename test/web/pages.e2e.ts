import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { base32 } from "@better-auth/utils/base32";
import { expect } from "chai";
import type { Hex } from "../../core/bytes.ts";
import { oneTimeCode } from "../../scripts/dataset/demoPeople.ts";
import { CARE, passWindow } from "../server/money.ts";
import { PROVIDER, REGION, type World } from "../server/world.ts";
import type { Visitor } from "./chromium.ts";
import { bytesOf, expectSound, exported, go, leftInChinese, openStage, type Stage } from "./stage.ts";

/** People at their screens, in a real browser: what each does, what each is refused, and how the pages look and read. */
describe("web: people at their screens", () => {
  let stage: Stage;
  let w: World;
  before(async function () {
    this.timeout(180_000);
    stage = await openStage(["clerk", "coordinator", "proposer", "approver", "auditor", "administrator"]);
    w = stage.w;
  });
  after(() => stage?.close());
  afterEach(() => stage.leave());
  const arrive: Stage["arrive"] = (...of) => stage.arrive(...of);
  const signIn: Stage["signIn"] = (...of) => stage.signIn(...of);

  it("shows everybody the sealed days and the funds, and asks no third party for anything", async () => {
    const visitor = await arrive("/");
    await visitor.page.getByText("封账与上链").waitFor();
    await visitor.page
      .getByRole("row", { name: /已上链 #\d+/ })
      .first()
      .waitFor();
    await visitor.page.getByText("¥100,000.00").first().waitFor();
    expect([...visitor.hosts]).to.deep.equal([new URL(stage.api.http.url).host]);
    const headers = (await fetch(stage.api.http.url, { headers: { accept: "text/html" } })).headers;
    // Whoever asks the address itself gets the page, whatever it says that it takes.
    expect((await fetch(stage.api.http.url)).headers.get("content-type")).to.match(/^text\/html/);
    const policy = headers.get("content-security-policy")!;
    expect(policy)
      .to.match(/script-src 'self' 'wasm-unsafe-eval';/)
      .and.not.match(/unsafe-inline|https?:/);
    await visitor.shot("home");
  });
  it("gives every list its look-up, order, choices and an export of just what is shown", async () => {
    const { page } = await arrive("/");
    const list = page.locator(".listing").last();
    const dates = () => list.locator("tbody tr.ant-table-row td:first-child").allTextContents();
    await list.getByText("已上链").first().waitFor();
    const newestFirst = await dates();
    expect(newestFirst.length).to.be.greaterThan(2);
    await list.getByRole("columnheader", { name: "日期" }).click();
    expect(await dates()).to.deep.equal([...newestFirst].reverse());
    // By number, not by text: 10 comes after 9.
    await list.getByRole("columnheader", { name: "账目数" }).click();
    const sizes = (await list.locator("tbody tr.ant-table-row td:nth-child(2)").allTextContents()).map(Number);
    expect(sizes).to.deep.equal([...sizes].sort((a, b) => a - b));
    await list.getByLabel("在本列表中查找").fill(newestFirst[1]!);
    expect(await dates()).to.deep.equal([newestFirst[1]]);
    const [head, row, ...rest] = await exported(page, list);
    expect(head!.split(",")[0]).to.equal("日期");
    expect(row).to.match(new RegExp(`^${newestFirst[1]},\\d+,0x[0-9a-f]{64},已上链,\\d+$`));
    expect(rest).to.deep.equal([]);
    await list.getByLabel("在本列表中查找").fill("nothing says this");
    await list.locator(".ant-empty-description").waitFor();
    await list.getByLabel("在本列表中查找").fill("");
    await list.locator(".ant-table-filter-trigger").click();
    await page.getByRole("menuitem", { name: "已上链" }).click();
    await page.getByRole("button", { name: /^确\s?定$/ }).click();
    expect(await dates()).to.have.length(newestFirst.length);
  });
  it("loads in at most 600 kB, the verifier too", async () => {
    for (const path of ["/", "/verify.html"])
      expect(await bytesOf(await arrive("about:blank"), path), path).to.be.within(100_000, 600_000);
  });
  it("says what is wrong with a sign-in, and locks out after five", async () => {
    const password = await w.ledger.identity.people.create({
      username: "guess",
      name: "试",
      role: "family",
      scope: String(REGION),
    });
    expect(password).to.have.length(20);
    const { page } = await signIn("guess", 1440, "Wrong-Password-1");
    await page.getByText("用户名或密码不对。").waitFor();
    for (let i = 0; i < 5; i++) {
      await page.getByRole("button", { name: "登录", exact: true }).click();
      await page.waitForTimeout(200);
    }
    await page.getByText("密码错误次数过多").waitFor();
  });
  it("makes whoever has no second factor set it up before anything else", async () => {
    const password = await w.ledger.identity.people.create({
      username: "fresh",
      name: "新审计",
      role: "auditor",
      scope: String(REGION),
    });
    const visitor = await signIn("fresh", 1440, password);
    const { page } = visitor;
    await page.getByText("先设置动态口令").waitFor();
    await page.goto("/visits");
    await page.getByText("先设置动态口令").waitFor();
    await page.getByLabel("密码", { exact: true }).fill(password);
    await page.getByRole("button", { name: "继续" }).click();
    await page.getByText("备用码").waitFor();
    await visitor.shot("second-factor");
    const codes = (await page.locator("code").nth(1).textContent())!.split(/\s+/);
    const secret = (await page.locator("code").first().textContent())!;
    await page.getByLabel("动态口令(6位)").fill(await oneTimeCode(new TextDecoder().decode(base32.decode(secret))));
    await page.getByRole("button", { name: "已设置" }).click();
    await page.getByRole("link", { name: "待核队列" }).waitFor();
    // The phone is lost: a backup code lets in once, and not again.
    for (const works of [true, false]) {
      const other = (await signIn("fresh", 1440, password)).page;
      await other.getByRole("button", { name: "手机不在身边" }).click();
      await other.getByLabel("备用码").fill(codes[0]!);
      await other.getByRole("button", { name: "继续" }).click();
      if (works) await other.getByRole("link", { name: "待核队列" }).waitFor();
      else await other.getByText("动态口令不对").waitFor();
    }
  });
  it("takes a clerk from a record to its verdict and its proof", async () => {
    const visitor = await signIn("clerk");
    const { page } = visitor;
    await go(visitor, "我的记录");
    await page.getByRole("button", { name: "详情" }).nth(1).waitFor();
    for (const nth of [0, 1]) {
      await page.getByRole("button", { name: "详情" }).nth(nth).click();
      await page
        .getByText(/已封账|结算/)
        .first()
        .waitFor();
      await page.getByRole("button", { name: "下载证明" }).waitFor();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "下载证明" }).click(),
      ]);
      await download.saveAs(join(stage.folder, download.suggestedFilename()));
      await visitor.shot(`record-${nth}`);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "下载证明" }).waitFor({ state: "detached" });
    }
    expect(JSON.parse(readFileSync(join(stage.folder, `${stage.clean}.proof.json`), "utf8"))).to.include({
      format: "silverledger-proof",
    });
    await page.goto("/people");
    expect(await page.getByText("新增人员").count()).to.equal(0);
  });
  it("lets a coordinator read why, for a purpose that is written down, and decide once", async () => {
    const reads = () => w.ledger.db.sql.prepare("SELECT count(*) FROM access").pluck().get() as number;
    const before = reads();
    const visitor = await signIn("coordinator");
    const { page } = visitor;
    await go(visitor, "待核队列");
    await page.getByRole("button", { name: "详情" }).first().click();
    await page.getByText("R28").first().waitFor();
    const show = page.getByRole("button", { name: "查看依据" });
    expect(await show.isDisabled()).to.equal(true);
    await page.getByLabel("查阅用途").fill("核实家属否认");
    await show.click();
    await page.getByText("规则原文").waitFor();
    expect(reads()).to.equal(before + 1);
    await visitor.shot("explanation");
    await page.getByLabel("理由").fill("电话核实,家属记错日期");
    await page.getByRole("button", { name: "放行" }).click();
    await page.getByText("已记入账本").waitFor();
    const words = w.ledger.desk.wordsOn(REGION, stage.held);
    expect(words.at(-1)).to.include({ decision: "release" });
    expect(w.ledger.desk.outcomeOf(words)).to.equal("pay");
  });
  it("lets an auditor compute a day's verdicts again", async () => {
    const visitor = await signIn("auditor");
    const { page } = visitor;
    await go(visitor, "每日核查");
    await page.getByText("R28 × 1").waitFor();
    const row = page.getByRole("row").filter({ hasText: "R28" });
    await row.getByRole("button", { name: "重放" }).click();
    await row.getByText("重算一致,逐字节相同").waitFor();
    await visitor.shot("reviews");
  });
  it("shows finance what was paid for what, and refuses a run when nothing is due", async () => {
    const visitor = await signIn("proposer");
    const { page } = visitor;
    await go(visitor, "拨付批次");
    await page.getByText("city-allowance-2026").first().waitFor();
    await page.getByRole("button", { name: "生成批次" }).click();
    await page.getByRole("alert").filter({ hasText: "未能完成" }).waitFor();
    await visitor.shot("finance");
  });
  it("lets two officials pay with keys made in their own browsers, shown what they sign, and an auditor see it", async () => {
    const passphrase = "correct horse battery";
    async function official(name: "proposer" | "approver"): Promise<Visitor> {
      const visitor = await signIn(name);
      const { page } = visitor;
      await go(visitor, "签名密钥");
      await page.getByLabel("口令", { exact: true }).fill(passphrase);
      await page.getByLabel("再输一次口令").fill(passphrase);
      await page.getByRole("button", { name: "生成密钥" }).click();
      const address = (await page.locator("td code").first().textContent()) as Hex;
      expect(address).to.match(/^0x[0-9a-f]{40}$/);
      // Kept over a reload, and only as a keystore.
      await page.reload();
      await page.getByText("等待登记").waitFor();
      await visitor.shot(`keys-${name}`);
      const admin = await signIn("administrator");
      await go(admin, "签名密钥");
      await admin.page.getByRole("row").filter({ hasText: address }).getByRole("button", { name: "同意登记" }).click();
      await admin.page.getByRole("row").filter({ hasText: address }).getByText("有效").waitFor();
      w.clock.moveTo(w.clock.now() + 60);
      await go(visitor, "拨付批次");
      await page.getByRole("combobox", { name: "专项资金" }).click();
      await page.getByTitle(CARE).click();
      return visitor;
    }
    async function sign({ page, shot }: Visitor, name: string): Promise<string[]> {
      await page.getByText("您将签署以下内容").waitFor();
      const facts = await page.locator(".facts li").allTextContents();
      await shot(`signing-${name}`);
      await page.getByLabel("口令", { exact: true }).fill("not this one at all");
      await page.getByRole("button", { name: "签名并发送" }).click();
      await page.getByText("口令不对。").waitFor();
      await page.getByLabel("口令", { exact: true }).fill(passphrase);
      await page.getByRole("button", { name: "签名并发送" }).click();
      await page.getByText("您已签署以下内容").waitFor();
      expect(await page.locator(".facts li").allTextContents()).to.deep.equal(facts);
      await page.getByRole("button", { name: "关闭", exact: true }).last().click();
      return facts;
    }
    const proposer = await official("proposer");
    await proposer.page.getByRole("button", { name: "生成批次" }).click();
    const facts = await sign(proposer, "proposer");
    expect(facts[0]).to.equal("提出拨付批次 Propose a payout run");
    expect(facts.join()).to.contain("19.50 元");
    await proposer.page.getByText("已提交", { exact: true }).waitFor();
    expect(await proposer.page.getByRole("button", { name: "复核签名" }).count()).to.equal(0);

    const approver = await official("approver");
    await approver.page.getByRole("button", { name: "复核签名" }).click();
    expect((await sign(approver, "approver"))[0]).to.equal("批准拨付批次 Approve a payout run");
    await passWindow(w, CARE, 1);
    await w.ledger.payouts.officials.release(REGION, CARE, 1);

    const auditor = await signIn("auditor");
    await go(auditor, "拨付批次");
    await auditor.page.getByRole("combobox", { name: "专项资金" }).click();
    await auditor.page.getByTitle(CARE).click();
    await auditor.page.getByRole("row").filter({ hasText: "¥19.50" }).getByText("已拨付").waitFor();
    await auditor.shot("released");
  });
  it("lets an administrator make a person, who signs in, and lock the person out", async () => {
    const visitor = await signIn("administrator");
    const { page } = visitor;
    await go(visitor, "人员");
    await page.getByRole("button", { name: "新增人员" }).click();
    await page.getByRole("textbox", { name: "用户名" }).fill("new-clerk");
    await page.getByRole("textbox", { name: "姓名" }).fill("新文员");
    await page.getByRole("textbox", { name: "范围(区划或机构代码)" }).fill(PROVIDER);
    await page.getByRole("combobox", { name: "角色" }).click();
    await page.getByTitle("机构文员").click();
    await page.getByRole("button", { name: "提交" }).click();
    const password = (await page.locator("code.password").textContent())!;
    expect(password).to.have.length(20);
    const other = await signIn("new-clerk", 1440, password);
    await other.page.getByText("新文员").waitFor();
    // The administrator saw that password: nothing else is to be had before it is changed.
    await other.page.getByText("请先换成只有您知道的").waitFor();
    expect(await other.page.getByRole("link", { name: "我的记录" }).count()).to.equal(0);
    await other.page.getByLabel("密码", { exact: true }).fill(password);
    await other.page.getByLabel("新密码(至少12位,含三类字符)").fill("Nur-mir-bekannt-1");
    await other.page.getByRole("button", { name: "提交" }).click();
    await other.page.getByRole("link", { name: "我的记录" }).waitFor();
    await page.getByRole("row").filter({ hasText: "new-clerk" }).getByRole("button", { name: "停用" }).click();
    await page.getByRole("row").filter({ hasText: "new-clerk" }).getByText("已停用").waitFor();
    await other.page.goto("/records");
    await other.page.getByRole("button", { name: "登录", exact: true }).waitFor();
    await visitor.shot("people");
  });
  it("verifies a proof in the browser against a chain node, asks this server nothing, and sees what was changed", async () => {
    const visitor = await arrive("/verify.html");
    const { page } = visitor;
    const file = join(stage.folder, `${stage.clean}.proof.json`);
    await page.getByText("拖入或选择证明文件").waitFor();
    visitor.hosts.clear();
    await page.locator('input[type="file"]').setInputFiles(file);
    await page.getByLabel("链节点地址(由您选择)").fill(w.ledger.contracts.chain.rpcUrl);
    await page.getByLabel("记录合约地址").fill(w.ledger.file.contracts.ledger);
    await page.getByLabel("资金合约地址(可空)").fill(w.ledger.file.contracts.subsidy);
    await page.getByRole("button", { name: "验证", exact: true }).click();
    await page.getByText("有效", { exact: true }).waitFor();
    const chain = new URL(w.ledger.contracts.chain.rpcUrl).host;
    expect([...visitor.hosts].filter((host) => host !== chain)).to.deep.equal([]);
    await visitor.shot("verified");
    const changed = join(stage.folder, "changed.json");
    writeFileSync(changed, readFileSync(file, "utf8").replace(/"endedAt": 1/, '"endedAt": 2'));
    await page.locator('input[type="file"]').setInputFiles(changed);
    await page.getByText("changed.json").waitFor();
    await page.getByRole("button", { name: "验证", exact: true }).click();
    await page.getByText("无效", { exact: true }).waitFor();
    writeFileSync(changed, "no proof");
    await page.locator('input[type="file"]').setInputFiles(changed);
    await page.getByText("文件不是证明").waitFor();
  });

  describe("web: every page", () => {
    const pages: readonly (readonly [who: string | null, paths: readonly string[]])[] = [
      [null, ["/", "/sign-in", "/verify.html"]],
      ["clerk", ["/records", "/account"]],
      ["auditor", ["/queue", "/reviews", "/visits", "/finance"]],
      ["proposer", ["/keys"]],
      ["administrator", ["/people"]],
    ];
    for (const width of [360, 1440])
      for (const [who, paths] of pages)
        it(`${who ?? "nobody"} at ${width} px: no serious finding of axe, nothing wider than the screen, English whole`, async () => {
          const visitor = who ? await signIn(who, width) : await arrive("/", width);
          const { page } = visitor;
          if (who) await page.getByRole("button", { name: "退出登录" }).waitFor();
          for (const path of paths) {
            await page.goto(path);
            await page.locator("h1").first().waitFor();
            await page.waitForLoadState("networkidle");
            await visitor.shot(`${who ?? "nobody"}${path.replaceAll("/", "-")}`);
            await expectSound(page, path);
          }
          await page.getByRole("button", { name: "English" }).click();
          for (const path of paths) {
            await page.goto(path);
            await page.locator("h1").first().waitFor();
            await page.waitForLoadState("networkidle");
            expect(await leftInChinese(page), path).to.deep.equal([]);
          }
        });
  });
}).timeout(120_000);
