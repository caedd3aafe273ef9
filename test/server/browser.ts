import { base32 } from "@better-auth/utils/base32";
import { oneTimeCode } from "../../scripts/dataset/demoPeople.ts";

/** A person's browser as far as HTTP goes: it keeps cookies, and says which page asks. */
export class Browser {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();
  readonly setCookies: string[] = [];
  /** The one-time codes' secret, once it was set up here. */
  secret: string | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  async #request(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(this.#url + path, {
      ...init,
      headers: { ...(cookie !== "" && { cookie }), ...(init.headers as Record<string, string>) },
    });
    for (const line of answer.headers.getSetCookie()) {
      this.setCookies.push(line);
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === "") this.#cookies.delete(name!);
      else this.#cookies.set(name!, value!);
    }
    return answer;
  }

  async get(path: string): Promise<Response> {
    return await this.#request(path, {});
  }
  async json<T>(path: string): Promise<T> {
    return (await (await this.get(path)).json()) as T;
  }
  async post(path: string, body: unknown, { origin = this.#url as string | null } = {}): Promise<Response> {
    const headers = { "content-type": "application/json", ...(origin !== null && { origin }) };
    return await this.#request(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** What the server answered to user name and password. */
  async signIn(username: string, password: string): Promise<Record<string, unknown>> {
    const answer = await this.post("/api/auth/sign-in/username", { username, password });
    return (await answer.json()) as Record<string, unknown>;
  }

  async setUpSecondFactor(password: string): Promise<void> {
    const enabled = await this.post("/api/auth/two-factor/enable", { password });
    const { totpURI } = (await enabled.json()) as { totpURI: string };
    const secret = new URL(totpURI).searchParams.get("secret")!;
    this.secret = new TextDecoder().decode(base32.decode(secret));
    const code = await oneTimeCode(this.secret);
    const verified = await this.post("/api/auth/two-factor/verify-totp", { code });
    if (!verified.ok) throw new Error(`second factor: ${await verified.text()}`);
  }
}
