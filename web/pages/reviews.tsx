import { useQuery } from "@tanstack/react-query";
import { Button, Table, Tag } from "antd";
import { useState } from "react";
import { dateOfDay } from "../../core/day.ts";
import { get, type Me, Problem } from "../api.ts";
import { useWords } from "../language.tsx";
import { Loaded, Page } from "../parts.tsx";

interface Seal {
  day: number;
  size: number;
}
interface DayReview {
  review: { ruleset: string; count: number };
  verdicts: { rule: string; severity: string }[];
}

/** Every sealed day with what rules found in it; each can be computed again. */
export default function Reviews({ me }: { me: Me }) {
  const { t } = useWords();
  return (
    <Page title={t("findings")} text={t("findings_text")}>
      <Loaded<{ seals: Seal[] }> path={`/regions/${me.scope}/seals?limit=400`}>
        {({ seals }) => (
          <Table<Seal>
            rowKey="day"
            dataSource={[...seals].reverse()}
            pagination={{ pageSize: 15, showSizeChanger: false, hideOnSinglePage: true }}
            columns={[
              { title: t("date"), dataIndex: "day", render: dateOfDay },
              { title: t("entries"), dataIndex: "size", align: "right" },
              { title: t("found"), key: "found", render: (_, { day }) => <Found region={me.scope} day={day} /> },
              { title: t("replay"), key: "replay", render: (_, { day }) => <Replay region={me.scope} day={day} /> },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}

function Found({ region, day }: { region: string; day: number }) {
  const { t } = useWords();
  const path = `/regions/${region}/days/${day}/review`;
  const { data, error } = useQuery({ queryKey: [path], queryFn: () => get<DayReview>(path), retry: false });
  if (error instanceof Problem) return <Tag>{t("not_reviewed")}</Tag>;
  if (!data) return null;
  const counts = Map.groupBy(data.verdicts, ({ rule }) => rule);
  return (
    <span>
      {[...counts].sort().map(([rule, list]) => (
        <Tag
          key={rule}
          color={
            list.some(({ severity }) => severity === "block")
              ? "red"
              : list.some(({ severity }) => severity === "hold")
                ? "orange"
                : "default"
          }
        >
          {rule} × {list.length}
        </Tag>
      ))}
    </span>
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
