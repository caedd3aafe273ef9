import { Button, Checkbox, Form, Input, InputNumber, Modal, Select } from "antd";
import { type ReactNode, useState } from "react";
import { ABILITY_LEVELS, LTCI_LEVELS } from "../../core/assessment.ts";
import { signRegistry } from "../../core/batch.ts";
import { toHex } from "../../core/bytes.ts";
import { dateOfDay, dayOf, dayOfDate, dayStart, OPEN_END } from "../../core/day.ts";
import { isCreditCode, uuidv7 } from "../../core/id.ts";
import { EVENT_TYPES, isFamilyWord, PRECISIONS } from "../../core/rules/rule.ts";
import type { RegistryInput } from "../../server/registry/schema.ts";
import { type Me, post } from "../api.ts";
import { useWords } from "../language.tsx";
import { useAttempt, useLedger } from "../parts.tsx";
import { SignBatch } from "../signBatch.tsx";
import type { WordKey } from "../words.ts";
import type { Owned } from "./personCard.tsx";

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
interface Common {
  region: number;
  onDone: (said: WordKey) => void;
  onClose: () => void;
}

function useToday(region: number): { today: number; offset: number } {
  const offset = useLedger()?.regions.find((one) => one.region === region)?.offsetMinutes ?? 0;
  return { today: dayOf(Math.floor(Date.now() / 1000), offset), offset };
}

function entry(
  kind: RegistryInput["kind"],
  region: number,
  fields: Pick<RegistryInput, "subject" | "version" | "validFrom" | "validTo"> & { provider: string },
  values: object,
): RegistryInput {
  const id = uuidv7(Date.now(), random(10));
  return { kind, id, region, ...fields, details: { seed: toHex(random(16)), values } } as unknown as RegistryInput;
}

/** One entry of the registry, signed in the region's name. */
function SignEntry({
  me,
  made,
  facts,
  onClose,
  onDone,
}: { me: Me; made: RegistryInput; facts: string[] } & Omit<Common, "region">) {
  const { t } = useWords();
  return (
    <SignBatch
      title={t("registry_sign")}
      facts={facts}
      submitter={`import:${me.scope}`}
      path="/registry"
      make={(signer) => [signRegistry(signer, [made as never])]}
      onClose={onClose}
      onDone={() => onDone("registry_signed")}
    />
  );
}

function Window({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  return (
    <Modal open title={title} footer={null} onCancel={onClose} destroyOnHidden>
      {children}
    </Modal>
  );
}

interface PlanValues {
  provider: string;
  item: string;
  units: number;
  period: "day" | "week" | "month";
  carers: number;
  from: string;
  to?: string;
}

export function PlanForm({ me, region, elder, onDone, onClose }: Common & { me: Me; elder: string }) {
  const { t } = useWords();
  const { today } = useToday(region);
  const [made, setMade] = useState<{ entry: RegistryInput; facts: string[] } | null>(null);
  function make({ provider, item, units, period, carers, from, to }: PlanValues) {
    const [validFrom, validTo] = [dayOfDate(from)!, to ? dayOfDate(to)! : OPEN_END];
    const fields = { subject: uuidv7(Date.now(), random(10)), provider, version: 1, validFrom, validTo };
    const values = { service: { elder, item }, quantity: { units, period, carers } };
    setMade({
      entry: entry("Plan", region, fields, values),
      facts: [
        `${t("add_plan")} · ${t("elder")} ${elder}`,
        t("import_provider", { provider }),
        `${item} · ${t("door_plan", { units, period: t(`period_${period}`) })} · ${t("plan_carers")} ${carers}`,
        `${from} – ${to ?? t("no_end")}`,
      ],
    });
  }
  if (made) return <SignEntry me={me} made={made.entry} facts={made.facts} onDone={onDone} onClose={onClose} />;
  return (
    <Window title={t("add_plan")} onClose={onClose}>
      <Form<PlanValues>
        layout="vertical"
        requiredMark={false}
        onFinish={make}
        initialValues={{ units: 1, period: "day", carers: 1, from: dateOfDay(today) }}
      >
        <Form.Item
          name="provider"
          label={t("col_provider")}
          rules={[
            {
              validator: (_, value: string) =>
                isCreditCode(value ?? "") ? Promise.resolve() : Promise.reject(new Error(t("col_provider"))),
            },
          ]}
        >
          <Input maxLength={18} />
        </Form.Item>
        <Form.Item
          name="item"
          label={t("col_item")}
          rules={[{ required: true, pattern: /^[a-z0-9-]{1,40}$/, message: t("cell_code") }]}
        >
          <Input />
        </Form.Item>
        <Form.Item name="units" label={t("plan_units")} rules={[{ required: true, message: t("plan_units") }]}>
          <InputNumber min={1} max={10_000} precision={0} />
        </Form.Item>
        <Form.Item name="period" label={t("plan_period")}>
          <Select
            options={(["day", "week", "month"] as const).map((value) => ({ value, label: t(`period_${value}`) }))}
          />
        </Form.Item>
        <Form.Item name="carers" label={t("plan_carers")}>
          <InputNumber min={1} max={2} precision={0} />
        </Form.Item>
        <Form.Item name="from" label={t("valid_from")} rules={[{ required: true, message: t("valid_from") }]}>
          <Input type="date" />
        </Form.Item>
        <Form.Item name="to" label={`${t("valid_to")} (${t("no_end")})`}>
          <Input type="date" />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          {t("continue")}
        </Button>
      </Form>
    </Window>
  );
}

/** A later version of the same beginning takes the plan's place, with its true end. */
export function EndPlan({ me, region, plan, onDone, onClose }: Common & { me: Me; plan: Owned }) {
  const { t } = useWords();
  const { today } = useToday(region);
  const [made, setMade] = useState<{ entry: RegistryInput; facts: string[] } | null>(null);
  function make({ last }: { last: string }) {
    const { subject, provider, version, validFrom, values } = plan;
    const fields = { subject, provider, version: version + 1, validFrom, validTo: dayOfDate(last)! };
    setMade({
      entry: entry("Plan", region, fields, values),
      facts: [`${t("end_plan")} ${subject}`, `${dateOfDay(validFrom)} – ${last}`],
    });
  }
  if (made) return <SignEntry me={me} made={made.entry} facts={made.facts} onDone={onDone} onClose={onClose} />;
  return (
    <Window title={t("end_plan")} onClose={onClose}>
      <Form layout="vertical" requiredMark={false} onFinish={make} initialValues={{ last: dateOfDay(today) }}>
        <Form.Item name="last" label={t("end_plan_on")} rules={[{ required: true, message: t("end_plan_on") }]}>
          <Input type="date" min={dateOfDay(plan.validFrom)} />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          {t("continue")}
        </Button>
      </Form>
    </Window>
  );
}

interface AssessmentValues {
  scale: "gbt42195" | "ltci";
  level: string;
  on: string;
  until?: string;
  assessor?: string;
  organisation?: string;
}

export function AssessmentForm({ me, region, elder, onDone, onClose }: Common & { me: Me; elder: string }) {
  const { t } = useWords();
  const { today } = useToday(region);
  const [made, setMade] = useState<{ entry: RegistryInput; facts: string[] } | null>(null);
  const [scale, setScale] = useState<AssessmentValues["scale"]>("gbt42195");
  function make({ level, on, until, assessor, organisation }: AssessmentValues) {
    const day = dayOfDate(on)!;
    const fields = {
      subject: uuidv7(Date.now(), random(10)),
      provider: "",
      version: 1,
      validFrom: day,
      validTo: until ? dayOfDate(until)! : OPEN_END,
    };
    const values = {
      person: { elder },
      result: { scale, level, assessedOn: on },
      ...(assessor && organisation && { assessor: { assessor, organisation } }),
    };
    setMade({
      entry: entry("Assessment", region, fields, values),
      facts: [
        `${t("add_assessment")} · ${t("elder")} ${elder}`,
        `${t(`scale_${scale}`)} · ${t("level")} ${level}`,
        `${on} – ${until ?? t("no_end")}`,
      ],
    });
  }
  if (made) return <SignEntry me={me} made={made.entry} facts={made.facts} onDone={onDone} onClose={onClose} />;
  const levels: readonly string[] = scale === "ltci" ? LTCI_LEVELS : ABILITY_LEVELS;
  return (
    <Window title={t("add_assessment")} onClose={onClose}>
      <Form<AssessmentValues>
        layout="vertical"
        requiredMark={false}
        onFinish={make}
        initialValues={{ on: dateOfDay(today) }}
      >
        <Form.Item label={t("scale")}>
          <Select
            aria-label={t("scale")}
            value={scale}
            onChange={setScale}
            options={(["gbt42195", "ltci"] as const).map((value) => ({ value, label: t(`scale_${value}`) }))}
          />
        </Form.Item>
        <Form.Item name="level" label={t("level")} rules={[{ required: true, message: t("level") }]}>
          <Select options={levels.map((value) => ({ value, label: value }))} />
        </Form.Item>
        <Form.Item name="on" label={t("assessed_on")} rules={[{ required: true, message: t("assessed_on") }]}>
          <Input type="date" max={dateOfDay(today)} />
        </Form.Item>
        <Form.Item name="until" label={`${t("valid_to")} (${t("no_end")})`}>
          <Input type="date" />
        </Form.Item>
        <Form.Item name="assessor" label={t("assessor")}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="organisation" label={t("organisation")}>
          <Input maxLength={200} />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          {t("continue")}
        </Button>
      </Form>
    </Window>
  );
}

interface FeedValues {
  type: string;
  precision: string;
  from: string;
  to?: string;
  official?: boolean;
  source: string;
}

export function FeedForm({ region, subject, onDone, onClose }: Common & { subject: string }) {
  const { t } = useWords();
  const { today, offset } = useToday(region);
  const { attempt, refused } = useAttempt();
  async function send({ type, precision, from, to, official, source }: FeedValues) {
    const at = (date: string) => dayStart(dayOfDate(date)!, offset);
    const event = {
      type,
      precision,
      from: at(from),
      ...(to && { to: at(to) }),
      official: official ? 1 : 0,
    };
    if (await attempt(() => post("/feeds", { region, subject, event, source }))) onDone("decided");
  }
  return (
    <Window title={t("add_feed")} onClose={onClose}>
      {refused}
      <Form<FeedValues>
        layout="vertical"
        requiredMark={false}
        onFinish={(values) => void send(values)}
        initialValues={{ precision: "day", from: dateOfDay(today), official: true }}
      >
        <Form.Item name="type" label={t("feed_type")} rules={[{ required: true, message: t("feed_type") }]}>
          <Select
            options={EVENT_TYPES.filter((type) => !isFamilyWord(type)).map((value) => ({
              value,
              label: t(`feed_${value}` as WordKey),
            }))}
          />
        </Form.Item>
        <Form.Item name="precision" label={t("precision")}>
          <Select
            options={PRECISIONS.filter((value) => value !== "time").map((value) => ({
              value,
              label: t(`precision_${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item name="from" label={t("door_from")} rules={[{ required: true, message: t("door_from") }]}>
          <Input type="date" max={dateOfDay(today)} />
        </Form.Item>
        <Form.Item name="to" label={`${t("door_to")} (${t("no_end")})`}>
          <Input type="date" />
        </Form.Item>
        <Form.Item
          name="source"
          label={t("feed_source")}
          rules={[{ required: true, max: 200, message: t("feed_source") }]}
        >
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="official" valuePropName="checked">
          <Checkbox>{t("official_source")}</Checkbox>
        </Form.Item>
        <Button type="primary" htmlType="submit">
          {t("submit")}
        </Button>
      </Form>
    </Window>
  );
}

export function AccountForm({ region, payee, onDone, onClose }: Common & { payee: string }) {
  const { t } = useWords();
  const { attempt, refused } = useAttempt();
  async function send({ account, reason }: { account: string; reason: string }) {
    const body = { region, payee, account: account.replaceAll(" ", ""), reason };
    if (await attempt(() => post("/accounts", body))) onDone("asked_second");
  }
  return (
    <Window title={t("account_change")} onClose={onClose}>
      {refused}
      <Form
        layout="vertical"
        requiredMark={false}
        onFinish={(values: { account: string; reason: string }) => void send(values)}
      >
        <Form.Item
          name="account"
          label={t("new_account")}
          rules={[{ required: true, pattern: /^[0-9A-Za-z ]{1,40}$/, message: t("new_account") }]}
        >
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="reason"
          label={t("reason")}
          rules={[{ required: true, min: 4, max: 500, message: t("reason") }]}
        >
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          {t("submit")}
        </Button>
      </Form>
    </Window>
  );
}
