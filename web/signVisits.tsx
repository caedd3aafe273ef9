import { batches, signVisits } from "../core/batch.ts";
import { dateOfDay, dayOf } from "../core/day.ts";
import type { VisitInput } from "../server/records/schema.ts";
import type { Me } from "./api.ts";
import { yuan } from "./format.ts";
import { useWords } from "./language.tsx";
import { useLedger } from "./parts.tsx";
import { SignBatch } from "./signBatch.tsx";

const BATCH = 500;

/** What a provider signs, in words and figures: before, and the same on the confirmation after. */
export function useVisitFacts(me: Me, visits: readonly VisitInput[]): string[] {
  const { t } = useWords();
  const offset = useLedger()?.regions.find(({ region }) => region === visits[0]?.region)?.offsetMinutes ?? 0;
  const days = visits.map(({ startedAt }) => dayOf(startedAt, offset)).sort((a, b) => a - b);
  const total = visits.reduce((sum, { details }) => sum + (details.values.circumstances?.priceFen ?? 0), 0);
  return [
    t("import_provider", { provider: me.scope }),
    t("import_count", { count: visits.length, batches: Math.ceil(visits.length / BATCH) }),
    t("import_period", { from: dateOfDay(days[0] ?? 0), to: dateOfDay(days.at(-1) ?? 0) }),
    t("import_total", { amount: yuan(total) }),
  ];
}

/** A provider's visits, or one that corrects another: signed in the provider's name. */
export function SignVisits({
  me,
  visits,
  onClose,
  onDone,
}: {
  me: Me;
  visits: VisitInput[];
  onClose: () => void;
  onDone: (receipts: object[]) => void;
}) {
  const { t } = useWords();
  const facts = useVisitFacts(me, visits);
  const parts = batches(visits, BATCH);
  const corrected = visits.length === 1 ? visits[0]!.replaces : null;
  return (
    <SignBatch
      title={t("import_sign")}
      facts={facts}
      submitter={me.scope}
      path={corrected ? `/visits/${corrected}/correction` : "/visits"}
      make={(signer) => parts.map((part) => signVisits(signer, part))}
      onClose={onClose}
      onDone={onDone}
    />
  );
}
