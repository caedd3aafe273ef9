import { createHash, randomBytes } from "node:crypto";
import { expect } from "chai";
import { signVisits } from "../../core/batch.ts";
import { type Hex, toHex, utf8 } from "../../core/bytes.ts";
import { commit, type Details } from "../../core/details.ts";
import { familyToken } from "../../core/familyLink.ts";
import { keccak } from "../../core/hash.ts";
import { keyClaim } from "../../core/keyClaim.ts";
import { addressOfKey, signDigest } from "../../core/signature.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import { type Api, openApi } from "./api.ts";
import { Browser } from "./browser.ts";
import { registerMoney } from "./money.ts";
import {
  endDay,
  freshId,
  makeWorld,
  OTHER_PROVIDER,
  PROVIDER,
  REGION,
  visit,
  visitBatch,
  type World,
} from "./world.ts";

/** What a carer's phone, a family's link and a person's key may do over HTTP, and what each is refused. */
describe("the door: carers, families, keys", () => {
  let w: World;
  let api: Api;
  const at: Record<string, Browser> = {};

  before(async function () {
    this.timeout(120_000);
    w = await makeWorld();
    await registerMoney(w);
    api = await openApi(w, [["system", "provider", PROVIDER]]);
    const people = [
      ["carer", "carer", PROVIDER, w.carer],
      ["foreign-carer", "carer", OTHER_PROVIDER, w.otherCarer],
      ["nobodys-carer", "carer", PROVIDER, undefined],
      ["clerk", "clerk", PROVIDER, undefined],
      ["foreign-clerk", "clerk", OTHER_PROVIDER, undefined],
      ["family", "family", String(REGION), w.elder],
      ["other-family", "family", String(REGION), freshId()],
      ["coordinator", "coordinator", String(REGION), undefined],
      ["far-coordinator", "coordinator", "110101", undefined],
      ["administrator", "administrator", String(REGION), undefined],
      ["second-admin", "administrator", String(REGION), undefined],
      ["far-admin", "administrator", "110101", undefined],
    ] as const;
    for (const [username, role, scope, subject] of people) {
      const password = await w.ledger.identity.people.create({ username, name: username, role, scope, subject });
      at[username] = new Browser(api.http.url);
      await at[username].signIn(username, password);
      if (role === "administrator") await at[username].setUpSecondFactor(password);
    }
  });
  after(async () => {
    await api?.http.stop();
    await w?.destroy();
  });

  async function codeOf(answer: Response): Promise<string> {
    const text = await answer.text();
    return answer.ok ? "ok" : (JSON.parse(text) as { code: string }).code;
  }
  const post = async (who: string, path: string, body: unknown) =>
    await codeOf(await at[who]!.post(`/api/v1${path}`, body));
  const get = async (who: string, path: string) => await codeOf(await at[who]!.get(`/api/v1${path}`));
  const count = (table: string) => w.ledger.db.sql.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;

  describe("a carer", () => {
    it("submits their own visits and nobody else's", async () => {
      const own = visitBatch(w, [visit(w)]);
      expect(await post("carer", "/visits", own)).to.equal("ok");
      const others = visitBatch(w, [visit(w, { caregiver: w.otherCarer })]);
      expect(await post("carer", "/visits", others)).to.equal("forbidden");
      expect(await post("nobodys-carer", "/visits", visitBatch(w, [visit(w)]))).to.equal("forbidden");
      expect(await post("foreign-carer", "/visits", own)).to.equal("forbidden");
    });
    it("sees the elders of their own last days, each reading once a day an entry", async () => {
      await w.ledger.records.submit(visitBatch(w, [visit(w)]));
      const before = count("access");
      const day = await at["carer"]!.json<{ elders: { name: string }[]; carer: { id: string } }>("/api/v1/workday");
      expect(day.elders.map(({ name }) => name)).to.deep.equal(["李桂英"]);
      expect(day.carer.id).to.equal(w.carer);
      await at["carer"]!.json("/api/v1/workday");
      expect(count("access")).to.equal(before + 1);
      const foreign = await at["foreign-carer"]!.json<{ elders: unknown[] }>("/api/v1/workday");
      expect(foreign.elders).to.deep.equal([]);
      expect(await get("nobodys-carer", "/workday")).to.equal("not_found");
    });
    it("finds planned elders by their whole name alone", async () => {
      expect(await post("carer", "/workday/elders", { name: "李桂英" })).to.equal("ok");
      expect(await post("carer", "/workday/elders", { name: "李桂" })).to.equal("not_found");
      expect(await post("foreign-carer", "/workday/elders", { name: "李桂英" })).to.equal("not_found");
      expect(await post("carer", "/workday/elders", { name: "李" })).to.equal("invalid_input");
    });
  });

  describe("evidence", () => {
    const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(200)]);
    const digestOf = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const body = (bytes: Uint8Array, more: object = {}) => ({
      region: REGION,
      elder: w.elder,
      digest: digestOf(bytes),
      type: "image/jpeg",
      data: Buffer.from(bytes).toString("base64"),
      ...more,
    });
    it("is kept once under its digest, and refused when it is not what it says", async () => {
      expect(await post("carer", "/evidence", body(jpeg))).to.equal("ok");
      expect(await post("carer", "/evidence", body(jpeg))).to.equal("ok");
      expect(count("evidence")).to.equal(1);
      const other = Buffer.concat([jpeg, Buffer.from([1])]);
      expect(await post("carer", "/evidence", body(jpeg, { digest: digestOf(other) }))).to.equal("invalid_input");
      expect(await post("carer", "/evidence", body(Buffer.from("<script>alert(1)</script>")))).to.equal(
        "invalid_input",
      );
      expect(await post("carer", "/evidence", body(jpeg, { type: "image/png" }))).to.equal("invalid_input");
      expect(await post("carer", "/evidence", body(jpeg, { type: "text/html" }))).to.equal("invalid_input");
      expect(await post("carer", "/evidence", body(jpeg, { data: "not base64!" }))).to.equal("invalid_input");
    });
    it("is taken of one's own elders alone", async () => {
      expect(await post("carer", "/evidence", body(jpeg, { elder: freshId() }))).to.equal("forbidden");
      expect(await post("foreign-clerk", "/evidence", body(jpeg))).to.equal("forbidden");
      expect(await post("family", "/evidence", body(jpeg))).to.equal("forbidden");
    });
    it("lies encrypted, and is opened for a purpose by who may see a record that names it", async () => {
      const raw = w.ledger.db.sql.prepare("SELECT box FROM evidence").pluck().get() as Buffer;
      expect(raw.includes(jpeg.subarray(4, 40))).to.equal(false);
      const made = visit(w);
      made.details.values.evidence = [digestOf(jpeg)];
      await w.ledger.records.submit(visitBatch(w, [made]));
      const ask = { region: REGION, visit: made.id, purpose: "核对现场照片" };
      const before = count("access");
      const shown = await at["coordinator"]!.post(`/api/v1/evidence/${digestOf(jpeg)}/view`, ask);
      expect(Buffer.from(((await shown.json()) as { data: string }).data, "base64").equals(jpeg)).to.equal(true);
      expect(count("access")).to.equal(before + 1);
      expect(await post("clerk", `/evidence/${digestOf(jpeg)}/view`, ask)).to.equal("ok");
      expect(await post("foreign-clerk", `/evidence/${digestOf(jpeg)}/view`, ask)).to.equal("not_found");
      expect(await post("far-coordinator", `/evidence/${digestOf(jpeg)}/view`, ask)).to.equal("forbidden");
      expect(await post("coordinator", `/evidence/${digestOf(jpeg)}/view`, { ...ask, purpose: "" })).to.equal(
        "invalid_input",
      );
      const unnamed = visit(w);
      await w.ledger.records.submit(visitBatch(w, [unnamed]));
      const wrong = { ...ask, visit: unnamed.id };
      expect(await post("coordinator", `/evidence/${digestOf(jpeg)}/view`, wrong)).to.equal("not_found");
    });
  });

  describe("a family's link", () => {
    let made: VisitInput;
    let token: string;
    before(async () => {
      made = visit(w);
      await w.ledger.records.submit(visitBatch(w, [made]));
      const shown = commit("Visit", made.details as Details).disclose(["circumstances"]);
      // As the phone makes it, from the seed alone.
      token = familyToken(shown)!.slice(2);
    });
    const link = (more: object = {}) => ({ region: REGION, visit: made.id, token, ...more });
    it("opens with the secret that the phone made without a network, and with no other", async () => {
      expect(w.ledger.families.tokenOf(REGION, made.id)).to.equal(token);
      const nobody = new Browser(api.http.url);
      const shown = await nobody.post("/api/v1/family/visit", link());
      const text = await shown.text();
      expect(text).to.contain("王*").and.not.contain("王芳").and.not.contain("李桂英");
      const wrong = token.replace(/^./, (first) => (first === "0" ? "1" : "0"));
      expect(await codeOf(await nobody.post("/api/v1/family/visit", link({ token: wrong })))).to.equal("not_found");
      expect(await codeOf(await nobody.post("/api/v1/family/visit", link({ visit: freshId() })))).to.equal("not_found");
      expect(await codeOf(await nobody.post("/api/v1/family/visit", link({ token: "short" })))).to.equal(
        "invalid_input",
      );
    });
    it("takes each answer once, a complaint with its words alone, and shows the service's reply", async () => {
      const answer = (more: object) => post("family", "/family/answer", link(more));
      expect(await answer({ answer: "denied" })).to.equal("ok");
      expect(await answer({ answer: "denied" })).to.equal("already_done");
      expect(await answer({ answer: "complaint" })).to.equal("invalid_input");
      expect(await answer({ answer: "complaint", note: "没做完就走了" })).to.equal("ok");
      const reply = { region: REGION, note: "已核实并整改" };
      expect(await post("coordinator", `/visits/${made.id}/family-reply`, reply)).to.equal("ok");
      expect(await post("far-coordinator", `/visits/${made.id}/family-reply`, reply)).to.equal("forbidden");
      const shown = await at["family"]!.post("/api/v1/family/visit", link());
      const { said } = (await shown.json()) as { said: { what: string; note: string }[] };
      expect(said.map(({ what, note }) => `${what} ${note}`.trim())).to.deep.equal([
        "denied",
        "complaint 没做完就走了",
        "reply 已核实并整改",
      ]);
      const before = count("feed");
      expect(await answer({ answer: "confirmed" })).to.equal("ok");
      expect(count("feed"), "the denial is retracted, the confirmation entered").to.equal(before + 2);
    });
    it("is made for their own records alone, and a family that signs in answers for its own elder alone", async () => {
      const path = `/visits/${made.id}/family-link?region=${REGION}`;
      expect(await get("clerk", path)).to.equal("ok");
      expect(await get("carer", path)).to.equal("ok");
      expect(await get("foreign-clerk", path)).to.equal("not_found");
      expect(await get("nobodys-carer", path)).to.equal("not_found");
      const answer = { region: REGION, visit: made.id, answer: "complaint", note: "一" };
      expect(await post("family", "/family/visits/answer", answer)).to.equal("ok");
      expect(await post("other-family", "/family/visits/answer", answer)).to.equal("not_found");
      const own = await at["family"]!.json<{ visits: unknown[] }>("/api/v1/family/visits");
      expect(own.visits.length).to.be.greaterThan(1);
      const none = await at["other-family"]!.json<{ visits: unknown[] }>("/api/v1/family/visits");
      expect(none.visits).to.deep.equal([]);
    });
  });

  describe("a key made in a browser", () => {
    const key = new Uint8Array(randomBytes(32));
    const address = addressOfKey(key);
    const claim = (username: string, by = key) => ({
      address,
      signature: signDigest(keyClaim(w.ledger.file.ledgerId, username, address), by),
    });
    it("is asked for by who holds it, once, and for nobody else", async () => {
      expect(await post("clerk", "/keys", claim("foreign-clerk"))).to.equal("signature_invalid");
      expect(await post("clerk", "/keys", claim("clerk", new Uint8Array(randomBytes(32))))).to.equal(
        "signature_invalid",
      );
      expect(await post("clerk", "/keys", claim("clerk"))).to.equal("ok");
      expect(await post("clerk", "/keys", claim("clerk"))).to.equal("already_done");
    });
    it("speaks for nobody until a second person of the region puts it on the chain", async () => {
      const signer = {
        ledgerId: w.ledger.file.ledgerId,
        submitter: PROVIDER,
        sign: (digest: Uint8Array) => signDigest(digest, key),
        now: () => w.clock.now(),
      };
      const batch = () => signVisits(signer, [visit(w)]);
      expect(await post("clerk", "/visits", batch())).to.equal("key_unknown");
      expect(await post("clerk", `/keys/${address}/approval`, {})).to.equal("forbidden");
      expect(await post("far-admin", `/keys/${address}/approval`, {})).to.equal("not_found");
      expect(await post("administrator", `/keys/${address}/approval`, {})).to.equal("ok");
      expect(await post("second-admin", `/keys/${address}/approval`, {})).to.equal("already_done");
      expect(w.ledger.keys.grantOf(address)?.person).to.equal(toHex(keccak(utf8("clerk"))));
      w.clock.moveTo(w.clock.now() + 60);
      expect(await post("clerk", "/visits", batch())).to.equal("ok");
      expect(await post("clerk", `/keys/${address}/revocation`, {})).to.equal("ok");
      expect(await post("clerk", `/keys/${address}/revocation`, {})).to.equal("already_done");
      w.clock.moveTo(w.clock.now() + 60);
      expect(await post("clerk", "/visits", batch())).to.equal("key_ended");
    });
    it("is seen by its owner and the region's administrators alone", async () => {
      const keysOf = async (who: string) =>
        (await at[who]!.json<{ keys: { address: Hex }[] }>("/api/v1/keys")).keys.map((one) => one.address);
      expect(await keysOf("clerk")).to.deep.equal([address]);
      expect(await keysOf("administrator")).to.deep.equal([address]);
      expect(await keysOf("foreign-clerk")).to.deep.equal([]);
      expect(await keysOf("far-admin")).to.deep.equal([]);
      expect(await post("foreign-clerk", `/keys/${address}/revocation`, {})).to.equal("not_found");
    });
  });

  describe("a spreadsheet and a statement", () => {
    it("are checked without taking anything, for one's own provider alone", async () => {
      const before = count("visit");
      const wrong = [visit(w), visit(w, { elder: freshId() })];
      const answer = await at["clerk"]!.post("/api/v1/visits/check", { visits: wrong });
      const { issues } = (await answer.json()) as { issues: { pointer: string; code: string }[] };
      expect(issues.map(({ pointer, code }) => `${pointer} ${code}`)).to.deep.equal(["/visits/1/elder unknown_elder"]);
      expect(count("visit")).to.equal(before);
      expect(await post("foreign-clerk", "/visits/check", { visits: wrong })).to.equal("forbidden");
    });
    it("match names of one's own people alone", async () => {
      const names = { carers: ["王芳", "没有人"], elders: ["李桂英"] };
      const own = await (await at["clerk"]!.post("/api/v1/workday/match", names)).json();
      expect(own).to.deep.equal({ region: REGION, carers: { 王芳: [w.carer] }, elders: { 李桂英: [w.elder] } });
      const foreign = (await (await at["foreign-clerk"]!.post("/api/v1/workday/match", names)).json()) as {
        carers: object;
        elders: object;
      };
      expect(foreign.elders).to.deep.equal({});
      expect(foreign.carers).to.deep.equal({ 王芳: [w.otherCarer] });
    });
    it("tell a provider its own month, and refuse another's", async () => {
      await endDay(w);
      const path = `/providers/${PROVIDER}/statements/2026-08?region=${REGION}`;
      const statement = await at["clerk"]!.json<{ lines: unknown[]; totals: { visits: number } }>(`/api/v1${path}`);
      expect(statement.lines.length).to.equal(count("visit")).and.to.equal(statement.totals.visits);
      expect(await get("foreign-clerk", path)).to.equal("forbidden");
      expect(await get("far-coordinator", path)).to.equal("forbidden");
      expect(await get("clerk", path.replace("2026-08", "2026-13"))).to.equal("invalid_input");
    });
  });

  describe("an administrator", () => {
    it("has seen a first password, so its owner does nothing before changing it", async () => {
      const body = { username: "fresh-clerk", name: "新文员", role: "clerk", scope: PROVIDER };
      const made = (await (await at["administrator"]!.post("/api/v1/people", body)).json()) as { password: string };
      const fresh = new Browser(api.http.url);
      await fresh.signIn("fresh-clerk", made.password);
      expect(await codeOf(await fresh.get(`/api/v1/visits?region=${REGION}`))).to.equal("password_change_needed");
      expect(await fresh.json<object>("/api/v1/me")).to.include({ first_password: true });
      const change = { currentPassword: made.password, newPassword: "weak" };
      expect((await fresh.post("/api/auth/change-password", change)).ok).to.equal(false);
      expect(await fresh.json<object>("/api/v1/me")).to.include({ first_password: true });
      const good = { currentPassword: made.password, newPassword: "My-own-words-2026", revokeOtherSessions: true };
      expect((await fresh.post("/api/auth/change-password", good)).ok).to.equal(true);
      expect(await fresh.json<object>("/api/v1/me")).to.include({ first_password: false });
      expect(await codeOf(await fresh.get(`/api/v1/visits?region=${REGION}`))).to.equal("ok");
    });
    it("makes API keys of the region's systems, shown once, and revokes them", async () => {
      const body = { name: "clinic-1", role: "provider", scope: PROVIDER };
      const made = await at["administrator"]!.post("/api/v1/api-keys", body);
      const { key } = (await made.json()) as { key: string };
      const call = async () =>
        await codeOf(
          await fetch(`${api.http.url}/api/v1/visits?region=${REGION}`, {
            headers: { authorization: `Bearer ${key}` },
          }),
        );
      expect(await call()).to.equal("ok");
      expect(await post("administrator", "/api-keys", body)).to.equal("already_done");
      expect(await post("far-admin", "/api-keys", { ...body, name: "clinic-2" })).to.equal("forbidden");
      expect(await post("administrator", "/api-keys", { ...body, name: "clinic-2", role: "officer" })).to.equal(
        "forbidden",
      );
      const listed = JSON.stringify(await at["administrator"]!.json("/api/v1/api-keys"));
      expect(listed).to.contain("clinic-1").and.not.contain(key);
      expect(JSON.stringify(await at["far-admin"]!.json("/api/v1/api-keys"))).to.not.contain("clinic-1");
      expect(await post("far-admin", "/api-keys/clinic-1/revocation", {})).to.equal("not_found");
      expect(await post("administrator", "/api-keys/clinic-1/revocation", {})).to.equal("ok");
      expect(await call()).to.equal("unauthenticated");
      expect(await post("administrator", "/api-keys/clinic-1/revocation", {})).to.equal("not_found");
    });
    it("binds a carer's account to a carer of that provider, and a family's to an elder", async () => {
      const body = (more: object) => ({ username: `p${Math.random().toString(36).slice(2, 9)}`, name: "新", ...more });
      const carer = { role: "carer", scope: PROVIDER };
      expect(await post("administrator", "/people", body(carer))).to.equal("invalid_input");
      expect(await post("administrator", "/people", body({ ...carer, subject: w.otherCarer }))).to.equal(
        "invalid_input",
      );
      expect(await post("administrator", "/people", body({ ...carer, subject: w.carer }))).to.equal("ok");
      const family = { role: "family", scope: String(REGION) };
      expect(await post("administrator", "/people", body({ ...family, subject: w.carer }))).to.equal("invalid_input");
      expect(await post("administrator", "/people", body({ ...family, subject: w.elder }))).to.equal("ok");
      const clerk = { role: "clerk", scope: PROVIDER, subject: w.carer };
      expect(await post("administrator", "/people", body(clerk))).to.equal("invalid_input");
    });
  });
});
