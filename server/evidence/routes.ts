import { z } from "zod";
import { Refusal } from "../../core/errors.ts";
import { route } from "../http/route.ts";
import { requireOwn } from "../identity/own.ts";
import type { Ledger } from "../ledger.ts";
import { EvidenceBody, EvidenceOutput, EvidenceQuestion, EvidenceStored, evidenceDigest } from "./schema.ts";

export const evidenceRoutes = (ledger: Ledger) => [
  route({
    method: "post",
    path: "/evidence",
    zh: "上传佐证(照片或文件);记录里只写它的摘要",
    en: "Keep a photograph or paper, encrypted under the elder's key; a record names it by its SHA-256 alone.",
    body: EvidenceBody,
    status: 201,
    response: EvidenceStored,
    async handle({ body, caller }) {
      const { data, ...input } = body;
      if (!ledger.workdays.serves(body.region, caller.scope, body.elder)) throw new Refusal("forbidden");
      const { repeated } = await ledger.evidence.put({ ...input, bytes: Buffer.from(data, "base64"), by: caller.name });
      return { digest: body.digest, repeated };
    },
  }),
  route({
    method: "post",
    path: "/evidence/{digest}/view",
    zh: "查看佐证(须说明用途;查阅本身入账)",
    en: "Open evidence that a record names, for a stated purpose; the reading becomes an entry of the log.",
    params: z.object({ digest: evidenceDigest }),
    body: EvidenceQuestion,
    status: 200,
    response: EvidenceOutput,
    async handle({ params, body, caller }) {
      requireOwn(ledger, caller, body.region, body.visit);
      const found = await ledger.evidence.get(body.region, body.visit, params.digest);
      await ledger.erasures.recordAccess(body.region, body.visit, caller.name, body.purpose);
      return { type: found.type, data: Buffer.from(found.bytes).toString("base64") };
    },
  }),
];
