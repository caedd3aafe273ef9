import { createHash } from "node:crypto";
import { fromHex } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import { Refusal } from "../../core/errors.ts";
import type { Audits } from "../audits/service.ts";
import type { Clock } from "../clock.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import { uuidBytes } from "../db/uuid.ts";
import type { Vault } from "../db/vault.ts";
import type { Entries } from "../entries/service.ts";
import type { Registry } from "../registry/service.ts";
import type { EvidenceType } from "./schema.ts";

/** Photographs and papers that records name by their digest, kept encrypted under the key of the elder whom they show. */
export interface EvidenceStore {
  /** Keeps evidence; the same bytes again are the same evidence. Throws Refusal invalid_input, id_conflict, erased. */
  put(input: {
    region: number;
    elder: string;
    digest: string;
    type: EvidenceType;
    bytes: Uint8Array;
    by: string;
  }): Promise<{ repeated: boolean }>;
  /** Opens what a visit names. Throws Refusal not_found, erased. */
  get(region: number, visit: string, digest: string): Promise<{ type: EvidenceType; bytes: Uint8Array }>;
}

/** How files of each type begin: what a browser would show must be what it is said to be. */
const MAGIC: Record<EvidenceType, (b: Buffer) => boolean> = {
  "image/jpeg": (b) => b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff,
  "image/png": (b) => b.subarray(0, 4).toString("latin1") === "\x89PNG",
  "image/webp": (b) => b.subarray(0, 4).toString() === "RIFF" && b.subarray(8, 12).toString() === "WEBP",
  "application/pdf": (b) => b.subarray(0, 5).toString() === "%PDF-",
};

export function openEvidence(parts: {
  prisma: PrismaClient;
  vault: Vault;
  registry: Registry;
  entries: Entries;
  audits: Audits;
  clock: Clock;
}): EvidenceStore {
  const { prisma, vault, registry, entries, audits, clock } = parts;
  const keyOf = (region: number, digest: string) => ({
    region,
    digest: new Uint8Array(fromHex(`0x${digest.slice("sha256:".length)}`)) as Uint8Array<ArrayBuffer>,
  });
  const placeOf = (region: number, digest: string) => `evidence/${region}/${digest}`;
  return {
    async put({ region, elder, digest, type, bytes, by }) {
      const wrong = (field: string) => new Refusal("invalid_input", [{ pointer: `/${field}`, code: "invalid_value" }]);
      if (`sha256:${createHash("sha256").update(bytes).digest("hex")}` !== digest) throw wrong("digest");
      if (!MAGIC[type](Buffer.from(bytes))) throw wrong("type");
      const today = dayOf(clock.now(), entries.store.regionRow(region).offsetMinutes);
      if (!registry.view(region).elderValid(elder, today))
        throw new Refusal("invalid_input", [{ pointer: "/elder", code: "unknown_elder" }]);
      const key = keyOf(region, digest);
      const person = new Uint8Array(uuidBytes(elder));
      const known = await prisma.evidence.findUnique({ where: { region_digest: key } });
      if (known) {
        if (!Buffer.from(known.person).equals(Buffer.from(person))) throw new Refusal("id_conflict");
        return { repeated: true };
      }
      const text = Buffer.from(bytes).toString("base64");
      const box = new Uint8Array(vault.seal(region, elder, placeOf(region, digest), text));
      await prisma.evidence.create({
        data: { ...key, person, type, uploadedBy: by, uploadedAt: BigInt(clock.now()), box },
      });
      return { repeated: false };
    },
    async get(region, visit, digest) {
      const { disclosure } = audits.details(region, visit);
      const field = disclosure.find(({ group }) => group === "evidence");
      const named = field && "value" in field && field.value !== "" ? (JSON.parse(field.value) as string[]) : [];
      const row = named.includes(digest)
        ? await prisma.evidence.findUnique({ where: { region_digest: keyOf(region, digest) } })
        : null;
      if (!row) throw new Refusal("not_found");
      const text = vault.open(region, row.person, placeOf(region, digest), row.box);
      if (text === null) throw new Refusal("erased");
      return { type: row.type as EvidenceType, bytes: Buffer.from(text.toString(), "base64") };
    },
  };
}
