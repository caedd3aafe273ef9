import { Button, Tag } from "antd";
import { useState } from "react";
import type { z } from "zod";
import { dateOfDay } from "../../core/day.ts";
import type { ReviewsOutput } from "../../server/reviews/schema.ts";
import { get, type Me, Problem } from "../api.ts";
import { short } from "../format.ts";
import { useWords } from "../language.tsx";
import { Listing } from "../listing.tsx";
import { Loaded, Page, useLedger } from "../parts.tsx";
import { useRules } from "../verdicts.tsx";

type Review = z.infer<typeof ReviewsOutput>["reviews"][number];
type Found = Review["found"][number];
const COLOR: Partial<Record<Found["severity"], string>> = { block: "red", hold: "orange" };
const DAYS = 400;

/** Every reviewed day with what rules found in it; each can be computed again. */
export default function Reviews({ me }: { me: Me }) {
  const { t, of } = useWords();
  const rules = useRules();
  const place = useLedger()?.regions.find(({ region }) => region === Number(me.scope));
  if (!place) return null;
  const titled = ({ rule }: Found) => `${rule} ${rules.has(rule) ? of(rules.get(rule)!.title) : ""}`.trim();
  const counted = (one: Found) => `${one.rule} × ${one.count}`;
  const period = `fromDay=${Math.max(0, place.openDay - DAYS)}&toDay=${place.openDay}`;
  return (
    <Page title={t("findings")} text={t("findings_text")}>
      <Loaded<z.infer<typeof ReviewsOutput>> path={`/regions/${me.scope}/reviews?${period}`}>
        {({ reviews }) => (
          <Listing
            name={`reviews-${me.scope}`}
            rowKey="id"
            rows={reviews}
            empty={t("not_reviewed")}
            columns={[
              { title: t("date"), value: ({ reviewedDay }) => dateOfDay(reviewedDay) },
              { title: t("verdict_count"), value: ({ count }) => count, figure: true },
              {
                title: t("found"),
                value: ({ found }) => found.map(counted).join("; "),
                choices: ({ found }) => found.map(titled),
                show: ({ found }) =>
                  found.map((one) => (
                    <Tag key={one.rule + one.severity} color={COLOR[one.severity] ?? "default"} title={titled(one)}>
                      {counted(one)}
                    </Tag>
                  )),
              },
              {
                title: t("rule_set"),
                value: ({ ruleset }) => ruleset,
                choices: true,
                show: ({ ruleset }) => <code title={ruleset}>{short(ruleset)}</code>,
              },
            ]}
            actions={({ reviewedDay }) => <Replay region={me.scope} day={reviewedDay} />}
          />
        )}
      </Loaded>
    </Page>
  );
}

function Replay({ region, day }: { region: string; day: number }) {
  const { t, of } = useWords();
  const [state, setState] = useState<"idle" | "busy" | "same" | "differs" | Problem>("idle");
  async function run() {
    setState("busy");
    try {
      const { same } = await get<{ same: boolean }>(`/regions/${region}/days/${day}/replay`);
      setState(same ? "same" : "differs");
    } catch (error) {
      setState(error instanceof Problem ? error : "differs");
    }
  }
  if (state instanceof Problem) return <Tag>{of(state.text)}</Tag>;
  if (state === "same") return <Tag color="green">{t("replay_same")}</Tag>;
  if (state === "differs") return <Tag color="red">{t("replay_differs")}</Tag>;
  return (
    <Button size="small" loading={state === "busy"} onClick={() => void run()}>
      {t("replay")}
    </Button>
  );
}
