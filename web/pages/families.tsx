import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal, Space, Table, Tag } from "antd";
import { useState } from "react";
import { dateOfDay } from "../../core/day.ts";
import { type Me, post } from "../api.ts";
import { short, timeOf } from "../format.ts";
import { useWords } from "../language.tsx";
import { Export, Loaded, PAGES, Page, saveCsv, useAttempt, useLedger } from "../parts.tsx";

interface Word {
  visit: string | null;
  carer: string;
  what: "confirmed" | "denied" | "complaint" | "reply";
  note: string;
  by: string;
  day: number;
  startedAt: number;
}
interface Feed {
  id: string;
  subject: string;
  day: number;
  retracted: boolean;
}
const COLOR = { confirmed: "green", denied: "red", complaint: "orange", reply: "blue" } as const;

/** What families said of visits, and the service's answers; and what other authorities told. */
export default function Families({ me }: { me: Me }) {
  const { t } = useWords();
  const { message } = App.useApp();
  const { attempt, refused } = useAttempt([]);
  const region = Number(me.scope);
  const offset = useLedger()?.regions.find((one) => one.region === region)?.offsetMinutes ?? 0;
  const [open, setOpen] = useState<Word | null>(null);
  async function reply({ note }: { note: string }) {
    if (!(await attempt(() => post(`/visits/${open!.visit}/family-reply`, { region, note })))) return;
    message.success(t("replied"));
    setOpen(null);
  }
  return (
    <>
      <Page title={t("families")} text={t("families_text")}>
        <Loaded<{ words: Word[] }> path={`/regions/${region}/family-words`}>
          {({ words }) => (
            <div className="stack">
              <div>
                <Button
                  onClick={() =>
                    saveCsv("families.csv", [
                      [t("date"), t("from_to"), t("what"), t("reason"), t("record")],
                      ...words.map((one) => [
                        dateOfDay(one.day),
                        timeOf(one.startedAt, offset),
                        t(`family_said_${one.what}`),
                        one.note,
                        one.visit ?? "",
                      ]),
                    ])
                  }
                >
                  {t("export_csv")}
                </Button>
              </div>
              <Table<Word>
                rowKey={(one) => `${one.carer}/${one.startedAt}/${one.what}/${one.day}/${one.note}`}
                dataSource={words}
                pagination={PAGES}
                columns={[
                  { title: t("date"), dataIndex: "day", render: dateOfDay, sorter: (a, b) => a.day - b.day },
                  {
                    title: t("what"),
                    dataIndex: "what",
                    filters: (["denied", "complaint", "confirmed", "reply"] as const).map((value) => ({
                      text: t(`family_said_${value}`),
                      value,
                    })),
                    onFilter: (value, one) => one.what === value,
                    render: (what: Word["what"]) => <Tag color={COLOR[what]}>{t(`family_said_${what}`)}</Tag>,
                  },
                  { title: t("from_to"), dataIndex: "startedAt", render: (at: number) => timeOf(at, offset) },
                  { title: t("details_of"), dataIndex: "note" },
                  {
                    title: t("record"),
                    dataIndex: "visit",
                    render: (id: string | null) => id && <code title={id}>{short(id)}</code>,
                  },
                  {
                    title: "",
                    key: "act",
                    render: (_, one) =>
                      me.role === "coordinator" &&
                      one.visit &&
                      one.what !== "reply" && <Button onClick={() => setOpen(one)}>{t("reply")}</Button>,
                  },
                ]}
              />
            </div>
          )}
        </Loaded>
      </Page>
      <Feeds me={me} region={region} />
      <Modal open={open !== null} title={t("reply")} footer={null} onCancel={() => setOpen(null)} destroyOnHidden>
        {refused}
        <Form layout="vertical" requiredMark={false} onFinish={(values: { note: string }) => void reply(values)}>
          <Form.Item name="note" label={t("reply")} rules={[{ required: true, min: 4, max: 500, message: t("reply") }]}>
            <Input.TextArea rows={3} maxLength={500} />
          </Form.Item>
          <Button type="primary" htmlType="submit">
            {t("submit")}
          </Button>
        </Form>
      </Modal>
    </>
  );
}

function Feeds({ me, region }: { me: Me; region: number }) {
  const { t } = useWords();
  const { attempt, refused } = useAttempt();
  const queries = useQueryClient();
  const [asking, setAsking] = useState<{ feed: Feed; to: "read" | "retract" } | null>(null);
  const [said, setSaid] = useState<Record<string, string>>({});
  async function go({ why }: { why: string }) {
    const { feed, to } = asking!;
    const done = await attempt(async () => {
      if (to === "retract") await post(`/feeds/${feed.id}/retraction`, { region, reason: why });
      else {
        const { values } = await post<{ values: object }>(`/entries/${feed.id}/details`, { region, purpose: why });
        setSaid((before) => ({ ...before, [feed.id]: JSON.stringify(values) }));
      }
    });
    if (!done) return;
    setAsking(null);
    if (to === "retract") await queries.invalidateQueries();
  }
  return (
    <Page title={t("feeds")} text={t("feeds_text")}>
      <Loaded<{ feeds: Feed[] }> path={`/regions/${region}/feeds`}>
        {({ feeds }) => (
          <Table<Feed>
            title={() => (
              <Export
                name="feeds"
                rows={[
                  [t("date"), t("pseudonym"), t("state")],
                  ...feeds.map((one) => [dateOfDay(one.day), one.subject, t(one.retracted ? "retracted" : "standing")]),
                ]}
              />
            )}
            rowKey="id"
            dataSource={feeds}
            pagination={PAGES}
            columns={[
              { title: t("date"), dataIndex: "day", render: dateOfDay, sorter: (a, b) => a.day - b.day },
              { title: t("pseudonym"), dataIndex: "subject", render: (id: string) => <code>{short(id)}</code> },
              {
                title: t("state"),
                key: "state",
                filters: [
                  { text: t("standing"), value: false },
                  { text: t("retracted"), value: true },
                ],
                onFilter: (value, one) => one.retracted === value,
                render: (_, { retracted }) => (
                  <Tag color={retracted ? "default" : "green"}>{t(retracted ? "retracted" : "standing")}</Tag>
                ),
              },
              { title: t("details_of"), key: "said", render: (_, { id }) => <code>{said[id] ?? ""}</code> },
              {
                title: "",
                key: "act",
                render: (_, feed) => (
                  <Space wrap>
                    {!said[feed.id] && (
                      <Button size="small" onClick={() => setAsking({ feed, to: "read" })}>
                        {t("details")}
                      </Button>
                    )}
                    {me.role === "coordinator" && !feed.retracted && (
                      <Button size="small" danger onClick={() => setAsking({ feed, to: "retract" })}>
                        {t("retract")}
                      </Button>
                    )}
                  </Space>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      <Modal
        open={asking !== null}
        title={t(asking?.to === "retract" ? "retract" : "details")}
        footer={null}
        onCancel={() => setAsking(null)}
        destroyOnHidden
      >
        {refused}
        <Form layout="vertical" requiredMark={false} onFinish={(values: { why: string }) => void go(values)}>
          <Form.Item
            name="why"
            label={t(asking?.to === "retract" ? "reason" : "purpose")}
            rules={[{ required: true, min: 4, max: 200, message: t("purpose") }]}
          >
            <Input maxLength={200} />
          </Form.Item>
          <Button type="primary" htmlType="submit">
            {t("continue")}
          </Button>
        </Form>
      </Modal>
    </Page>
  );
}
