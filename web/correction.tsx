import { Button, Form, Input, InputNumber, Modal } from "antd";
import { useState } from "react";
import { toHex } from "../core/bytes.ts";
import { dateOfDay } from "../core/day.ts";
import { uuidv7 } from "../core/id.ts";
import type { VisitInput, VisitOutput } from "../server/records/schema.ts";
import { type Me, post } from "./api.ts";
import { secondsOf, timeOf } from "./format.ts";
import { useWords } from "./language.tsx";
import { Refused } from "./refused.tsx";
import { SignVisits } from "./signVisits.tsx";

type Values = VisitInput["details"]["values"];
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

interface Changed {
  item: string;
  from: string;
  to: string;
  units: number;
  reason: string;
}

/** Corrects a record: a new one with what was wrong put right, everything else as it was, and the reason. */
export function Correction({
  visit,
  me,
  offsetMinutes,
  onClose,
}: {
  visit: VisitOutput;
  me: Me;
  offsetMinutes: number;
  onClose: (done: boolean) => void;
}) {
  const { t } = useWords();
  const [before, setBefore] = useState<Values | null>(null);
  const [made, setMade] = useState<VisitInput | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const { id, region, provider, caregiver, elder } = visit;

  async function open() {
    setProblem(null);
    try {
      const { values } = await post<{ values: Values }>(`/entries/${id}/details`, {
        region,
        purpose: t("correct_title"),
      });
      setBefore(values);
    } catch (error) {
      setProblem(error);
    }
  }
  function make({ item, from, to, units, reason }: Changed) {
    const old = before!.circumstances;
    const unitFen = old && old.units > 0 ? Math.round(old.priceFen / old.units) : 0;
    const [startedAt, endedAt] = [secondsOf(from, offsetMinutes), secondsOf(to, offsetMinutes)];
    const circumstances = { ...old!, units, priceFen: unitFen * units, reason };
    setMade({
      id: uuidv7(Date.now(), random(10)),
      region,
      provider,
      caregiver,
      elder,
      item,
      startedAt,
      endedAt,
      replaces: id,
      details: { seed: toHex(random(16)), values: { ...before!, circumstances } },
    });
  }
  if (made) return <SignVisits me={me} visits={[made]} onClose={() => setMade(null)} onDone={() => onClose(true)} />;
  const local = (seconds: number) => timeOf(seconds, offsetMinutes).replace(" ", "T");
  return (
    <Modal open title={t("correct_title")} footer={null} onCancel={() => onClose(false)} destroyOnHidden>
      <div className="stack">
        <div>{t("correct_text")}</div>
        {problem !== null && <Refused error={problem} />}
        {!before && (
          <Button type="primary" onClick={() => void open()}>
            {t("continue")}
          </Button>
        )}
        {before && (
          <Form<Changed>
            layout="vertical"
            requiredMark={false}
            onFinish={make}
            initialValues={{
              item: visit.item,
              from: local(visit.startedAt),
              to: local(visit.endedAt),
              units: before.circumstances?.units ?? 1,
            }}
          >
            <Form.Item
              name="item"
              label={t("item")}
              rules={[{ required: true, pattern: /^[a-z0-9-]{1,40}$/, message: t("cell_code") }]}
            >
              <Input />
            </Form.Item>
            <Form.Item name="from" label={t("col_started_at")} rules={[{ required: true, message: t("cell_time") }]}>
              <Input type="datetime-local" max={`${dateOfDay(visit.day + 366)}T00:00`} />
            </Form.Item>
            <Form.Item
              name="to"
              label={t("col_ended_at")}
              dependencies={["from"]}
              rules={[
                { required: true, message: t("cell_time") },
                ({ getFieldValue }) => ({
                  validator: (_, value: string) =>
                    value > (getFieldValue("from") as string)
                      ? Promise.resolve()
                      : Promise.reject(new Error(t("door_times_wrong"))),
                }),
              ]}
            >
              <Input type="datetime-local" />
            </Form.Item>
            <Form.Item name="units" label={t("col_units")} rules={[{ required: true, message: t("cell_integer") }]}>
              <InputNumber min={0} max={1000} precision={0} />
            </Form.Item>
            <Form.Item
              name="reason"
              label={t("reason")}
              rules={[{ required: true, min: 4, max: 500, message: t("reason") }]}
            >
              <Input.TextArea rows={2} maxLength={500} />
            </Form.Item>
            <Button type="primary" htmlType="submit">
              {t("continue")}
            </Button>
          </Form>
        )}
      </div>
    </Modal>
  );
}
