import { randomBytes } from "node:crypto";
import { aesKey, chachaKey, decrypt, encrypt } from "../../server/db/cipher.ts";
import { type Line, perSecond, rateOf, times } from "./table.ts";

/** What is sealed of a visit for the elder, in bytes, or nearly. */
const BOX_BYTES = 330;
const PLACE = "310105/0197b3e0-0000-7000-8000-000000000000/0";

/** A visit's box sealed and opened, beside the cipher of before. */
export function benchBoxes(): Line[] {
  const [secret, plain] = [randomBytes(32), randomBytes(BOX_BYTES)];
  const rates = [chachaKey(secret), aesKey(secret)].map((key) => {
    const box = encrypt(key, plain, PLACE);
    return { sealed: rateOf(() => encrypt(key, plain, PLACE)), opened: rateOf(() => decrypt(key, box, PLACE)) };
  });
  const [ours, aes] = rates as [(typeof rates)[number], (typeof rates)[number]];
  return (["sealed", "opened"] as const).map((how) => ({
    what: `boxes of ${BOX_BYTES} bytes ${how}, beside AES-256-GCM by Node`,
    ours: perSecond(ours[how], 1),
    other: perSecond(aes[how], 1),
    ratio: times(ours[how] / aes[how]),
    aim: "–",
  }));
}
