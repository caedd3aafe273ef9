import { useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Select, Table, Tag } from "antd";
import { useState } from "react";
import { dateOfDay } from "../../core/day.ts";
import type { Me } from "../api.ts";
import { useWords } from "../language.tsx";
import { Page, saveCsv, useParts } from "../parts.tsx";
import { Line, useRules } from "../verdicts.tsx";
import type { WordKey } from "../words.ts";

interface Item {
  entry: string;
  day: number;
  index: number;
  state: QueueState;
  rules: string[];
  verdicts: string[];
}

import { QUEUE_STATES, type QueueState } from "../../server/reviews/schema.ts";

const STATES = QUEUE_STATES;

/** What rules found and a person decides on. */
export default function Queue({ me }: { me: Me }) {
  const { t, of } = useWords();
  const titles = useRules();
  const titled = (rule: string) => `${rule} ${titles.has(rule) ? of(titles.get(rule)!.title) : ""}`.trim();
  const queries = useQueryClient();
  const [state, setState] = useState<string>("held");
  const [open, setOpen] = useState<Item | null>(null);
  const { rows, table, refused } = useParts(
    `/regions/${me.scope}/queue?state=${state}`,
    "after",
    (answer: { items: Item[]; next: string | null }) => answer.items,
  );
  const rules = [...new Set(rows.flatMap((item) => item.rules))].sort();
  const save = () =>
    saveCsv(`queue-${state}.csv`, [
      [t("date"), t("record"), t("state"), t("rules")],
      ...rows.map((item) => [dateOfDay(item.day), item.entry, t(`state_${item.state}`), item.rules.join(" ")]),
    ]);
  return (
    <Page
      title={t("queue")}
      text={t("queue_text")}
      actions={
        <>
          <Select
            aria-label={t("state")}
            value={state}
            onChange={setState}
            options={STATES.map((value) => ({ value, label: t(`state_${value}` as WordKey) }))}
          />
          <Button onClick={save}>{t("export_csv")}</Button>
        </>
      }
    >
      {refused}
      <Table<Item>
        rowKey="entry"
        {...table}
        onRow={(item) => ({ onClick: () => setOpen(item) })}
        columns={[
          { title: t("date"), dataIndex: "day", render: dateOfDay, sorter: (a, b) => a.day - b.day },
          {
            title: t("rules"),
            dataIndex: "rules",
            filters: rules.map((rule) => ({ text: titled(rule), value: rule })),
            onFilter: (value, item) => item.rules.includes(String(value)),
            render: (own: string[]) => own.map((rule) => <Tag key={rule}>{titled(rule)}</Tag>),
          },
          {
            title: t("record"),
            dataIndex: "entry",
            render: (entry: string) => (
              <code title={entry}>
                {entry.slice(0, 8)}…{entry.slice(-4)}
              </code>
            ),
          },
          {
            title: "",
            key: "open",
            render: (_, item) => <Button onClick={() => setOpen(item)}>{t("details")}</Button>,
          },
        ]}
      />
      <Drawer open={open !== null} onClose={() => setOpen(null)} size="large" title={open?.entry} destroyOnHidden>
        {open && (
          <Line
            region={Number(me.scope)}
            entry={open.entry}
            state={open.state}
            me={me}
            onDecided={() => {
              setOpen(null);
              void queries.invalidateQueries();
            }}
          />
        )}
      </Drawer>
    </Page>
  );
}
