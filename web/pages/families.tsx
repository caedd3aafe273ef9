import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal, Space, Tag } from "antd";
import { useState } from "react";
import { dateOfDay } from "../../core/day.ts";
import { type Me, post } from "../api.ts";
import { short, timeOf } from "../format.ts";
import { useWords } from "../language.tsx";
import { coded, Listing } from "../listing.tsx";
import { Loaded, Page, useAttempt, useLedger } from "../parts.tsx";

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
            <Listing
              name="families"
              rowKey={(one) => `${one.carer}/${one.startedAt}/${one.what}/${one.day}/${one.note}`}
              rows={words}
              columns={[
                { title: t("date"), value: ({ day }) => dateOfDay(day) },
                {
                  title: t("what"),
                  value: ({ what }) => t(`family_said_${what}`),
                  choices: true,
                  show: ({ what }) => <Tag color={COLOR[what]}>{t(`family_said_${what}`)}</Tag>,
                },
                { title: t("from_to"), value: ({ startedAt }) => timeOf(startedAt, offset) },
                { title: t("details_of"), value: ({ note }) => note },
                {
                  title: t("record"),
                  value: ({ visit }) => visit ?? "",
                  show: ({ visit }) => visit && <code title={visit}>{short(visit)}</code>,
                },
              ]}
              actions={(one) =>
                me.role === "coordinator" &&
                one.visit &&
                one.what !== "reply" && <Button onClick={() => setOpen(one)}>{t("reply")}</Button>
              }
            />
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
          <Listing
            name="feeds"
            rowKey="id"
            rows={feeds}
            columns={[
              { title: t("date"), value: ({ day }) => dateOfDay(day) },
              coded(t("pseudonym"), "subject"),
              {
                title: t("state"),
                value: ({ retracted }) => t(retracted ? "retracted" : "standing"),
                choices: true,
                show: ({ retracted }) => (
                  <Tag color={retracted ? "default" : "green"}>{t(retracted ? "retracted" : "standing")}</Tag>
                ),
              },
              {
                title: t("details_of"),
                value: ({ id }) => said[id] ?? "",
                show: ({ id }) => <code>{said[id] ?? ""}</code>,
              },
            ]}
            actions={(feed) => (
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
            )}
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
