import { z } from "zod";
import { writeNote } from "../../core/note.ts";
import { route } from "../http/route.ts";
import type { Ledger } from "../ledger.ts";
import { dayNumber, hash32, regionCode } from "../registry/schema.ts";

const params = z.object({ region: z.coerce.number().pipe(regionCode) });

export const sealRoutes = (ledger: Ledger) => [
  route({
    method: "get",
    path: "/regions/{region}/checkpoint",
    zh: "当日(或某日)账目树的签名检查点",
    en: "The operator's signed statement of the open day's tree, or of another day's, as a note.",
    params,
    query: z.object({ day: z.coerce.number().pipe(dayNumber).optional() }),
    status: 200,
    contentType: "text/plain",
    response: z.string(),
    handle({ params: { region }, query: { day } }) {
      const { checkpoint, signature } = ledger.seals.checkpoint(region, day);
      return writeNote({ ledgerId: ledger.file.ledgerId, checkpoint, signature });
    },
  }),
  route({
    method: "get",
    path: "/regions/{region}/days/{day}/consistency",
    zh: "同一日两个大小之间的一致性证明",
    en: "Proof that the day's tree of `from` entries is the beginning of that of `to` entries.",
    params: params.extend({ day: z.coerce.number().pipe(dayNumber) }),
    query: z.object({ from: z.coerce.number().int().min(1), to: z.coerce.number().int().min(1) }),
    status: 200,
    response: z.object({ proof: z.array(hash32) }),
    handle: ({ params: { region, day }, query: { from, to } }) => ({
      proof: ledger.seals.consistency(region, day, from, to),
    }),
  }),
];
