import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Select, Table, Tag } from "antd";
import { useState } from "react";
import { get, type Me } from "../api.ts";
import { dateOf } from "../format.ts";
import { useWords } from "../language.tsx";
import { Page, Refused, saveCsv } from "../parts.tsx";
import { Line, useRules } from "../verdicts.tsx";
import type { WordKey } from "../words.ts";

interface Item {
  entry: string;
  day: number;
  index: number;
  state: "held" | "denied" | "appealed";
  rules: string[];
  verdicts: string[];
}
const STATES = ["held", "appealed", "denied"] as const;
const PAGE = 100;

/** What rules found and a person decides on. */
export default function Queue({ me }: { me: Me }) {
  const { t, of } = useWords();
  const titles = useRules();
  const titled = (rule: string) => `${rule} ${titles.has(rule) ? of(titles.get(rule)!.title) : ""}`.trim();
  const queries = useQueryClient();
  const [state, setState] = useState<string>("held");
  const [open, setOpen] = useState<Item | null>(null);
  const list = useInfiniteQuery({
    queryKey: ["queue", me.scope, state],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      get<{ items: Item[]; next: string | null }>(
        `/regions/${me.scope}/queue?limit=${PAGE}&state=${state}${pageParam ? `&after=${pageParam}` : ""}`,
      ),
    getNextPageParam: ({ next }) => next,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const rules = [...new Set(items.flatMap((item) => item.rules))].sort();
  const save = () =>
    saveCsv(`queue-${state}.csv`, [
      [t("date"), t("record"), t("state"), t("rules")],
      ...items.map((item) => [dateOf(item.day), item.entry, t(`state_${item.state}`), item.rules.join(" ")]),
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
      {list.error && <Refused error={list.error} retry={() => void list.refetch()} />}
      <Table<Item>
        rowKey="entry"
        loading={list.isLoading}
        dataSource={items}
        pagination={{ pageSize: 20, showSizeChanger: false, hideOnSinglePage: true }}
        onRow={(item) => ({ onClick: () => setOpen(item) })}
        columns={[
          { title: t("date"), dataIndex: "day", render: dateOf, sorter: (a, b) => a.day - b.day },
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
        footer={
          list.hasNextPage ? () => <Button onClick={() => void list.fetchNextPage()}>{t("more")}</Button> : undefined!
        }
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
