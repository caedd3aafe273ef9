import { useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Select, Tag } from "antd";
import { useState } from "react";
import { dateOfDay } from "../../core/day.ts";
import { QUEUE_STATES, type QueueState } from "../../server/reviews/schema.ts";
import type { Me } from "../api.ts";
import { useWords } from "../language.tsx";
import { Listing } from "../listing.tsx";
import { Page, useParts } from "../parts.tsx";
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

/** What rules found and a person decides on. */
export default function Queue({ me }: { me: Me }) {
  const { t, of } = useWords();
  const titles = useRules();
  const titled = (rule: string) => `${rule} ${titles.has(rule) ? of(titles.get(rule)!.title) : ""}`.trim();
  const queries = useQueryClient();
  const [state, setState] = useState<string>("held");
  const [open, setOpen] = useState<Item | null>(null);
  const { listing, refused } = useParts(
    `/regions/${me.scope}/queue?state=${state}`,
    "after",
    (answer: { items: Item[]; next: string | null }) => answer.items,
  );
  return (
    <Page
      title={t("queue")}
      text={t("queue_text")}
      actions={
        <Select
          aria-label={t("state")}
          value={state}
          onChange={setState}
          options={QUEUE_STATES.map((value) => ({ value, label: t(`state_${value}` as WordKey) }))}
        />
      }
    >
      {refused}
      <Listing
        name={`queue-${state}`}
        rowKey="entry"
        {...listing}
        onRow={(item) => ({ onClick: () => setOpen(item) })}
        columns={[
          { title: t("date"), value: ({ day }) => dateOfDay(day) },
          {
            title: t("rules"),
            value: ({ rules }) => rules.map(titled).join("; "),
            choices: ({ rules }) => rules.map(titled),
            show: ({ rules }) => rules.map((rule) => <Tag key={rule}>{titled(rule)}</Tag>),
          },
          {
            title: t("record"),
            value: ({ entry }) => entry,
            show: ({ entry }) => (
              <code title={entry}>
                {entry.slice(0, 8)}…{entry.slice(-4)}
              </code>
            ),
          },
          { title: t("state"), value: (item) => t(`state_${item.state}`) },
        ]}
        actions={(item) => <Button onClick={() => setOpen(item)}>{t("details")}</Button>}
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
