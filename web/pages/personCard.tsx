import { useQuery } from "@tanstack/react-query";
import { Alert, App, Button, Descriptions, Popconfirm, Space } from "antd";
import { useState } from "react";
import { dateOfDay, OPEN_END } from "../../core/day.ts";
import { type Me, post } from "../api.ts";
import { useWords } from "../language.tsx";
import { Listing } from "../listing.tsx";
import { Refused } from "../refused.tsx";
import type { WordKey } from "../words.ts";
import { AccountForm, AssessmentForm, EndPlan, FeedForm, PlanForm } from "./personForms.tsx";
import type { Person, PersonKind } from "./registry.tsx";

export interface Owned {
  kind: string;
  subject: string;
  provider: string;
  version: number;
  validFrom: number;
  validTo: number;
  values: Record<string, Record<string, string | number>>;
}
interface Card {
  values: Record<string, unknown>;
  versions: { version: number; validFrom: number; validTo: number }[];
  owned: Owned[];
}
type Doing = "plan" | "assessment" | "feed" | "account" | null;
const LISTS: readonly (readonly [kind: string, label: WordKey])[] = [
  ["Plan", "plans"],
  ["Assessment", "assessments"],
  ["Enrolment", "enrolments"],
  ["Place", "places"],
];

/** Whom it is about is told by the card itself. */
const HIDDEN: readonly string[] = ["elder"];
const GROUPS: Record<string, WordKey> = {
  identity: "group_identity",
  home: "group_home",
  household: "group_household",
  account: "group_account",
  contact: "group_contact",
  employment: "group_employment",
  qualifications: "group_qualifications",
  devices: "group_devices",
};
/** Values as a person reads them: places in degrees, everything else as it stands. */
function text(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  if ("lon" in value && "lat" in value) {
    const { lon, lat, ...rest } = value as { lon: number; lat: number };
    return [`${lon / 1e6}, ${lat / 1e6}`, ...Object.values(rest).map(text)].join(" · ");
  }
  return Object.entries(value)
    .filter(([name]) => !HIDDEN.includes(name))
    .map(([, one]) => text(one))
    .filter((one) => one !== "")
    .join(" · ");
}

/** What the registry holds about one person, and what a coordinator may add; the reading is an entry of the log. */
export function PersonCard({
  me,
  region,
  kind,
  person,
  purpose,
}: {
  me: Me;
  region: number;
  kind: PersonKind;
  person: Person;
  purpose: string;
}) {
  const { t } = useWords();
  const { message } = App.useApp();
  const [doing, setDoing] = useState<Doing>(null);
  const [ending, setEnding] = useState<Owned | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const { subject } = person;
  const card = useQuery({
    queryKey: ["card", subject],
    // Every opening is an entry of the log: only a change asks again.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: () => post<Card>("/registry/card", { region, kind, subject, purpose }),
  });
  async function erase() {
    setProblem(null);
    try {
      await post("/erasures", { region, person: subject, reason: purpose });
      message.success(t("asked_second"));
    } catch (error) {
      setProblem(error);
    }
  }
  function done(said: WordKey) {
    setDoing(null);
    setEnding(null);
    message.success(t(said));
    void card.refetch();
  }
  const to = (day: number) => (day === OPEN_END ? t("no_end") : dateOfDay(day));
  if (card.error) return <Refused error={card.error} retry={() => void card.refetch()} />;
  if (!card.data) return <output className="center">{t("loading")}</output>;
  const { values, versions, owned } = card.data;
  return (
    <div className="stack">
      {problem !== null && <Refused error={problem} />}
      <Descriptions
        column={1}
        size="small"
        items={[
          { key: "subject", label: t("pseudonym"), children: <code>{subject}</code> },
          ...Object.entries(values).map(([group, value]) => ({
            key: group,
            label: GROUPS[group] ? t(GROUPS[group]) : group,
            children: text(value),
          })),
        ]}
      />
      <Space wrap>
        {kind === "Elder" && <Button onClick={() => setDoing("plan")}>{t("add_plan")}</Button>}
        {kind === "Elder" && <Button onClick={() => setDoing("assessment")}>{t("add_assessment")}</Button>}
        <Button onClick={() => setDoing("feed")}>{t("add_feed")}</Button>
        {kind === "Elder" && <Button onClick={() => setDoing("account")}>{t("account_change")}</Button>}
        <Popconfirm title={t("erase_sure")} onConfirm={() => void erase()}>
          <Button danger>{t("erase")}</Button>
        </Popconfirm>
      </Space>
      {doing === "plan" && (
        <PlanForm me={me} region={region} elder={subject} onDone={done} onClose={() => setDoing(null)} />
      )}
      {doing === "assessment" && (
        <AssessmentForm me={me} region={region} elder={subject} onDone={done} onClose={() => setDoing(null)} />
      )}
      {doing === "feed" && <FeedForm region={region} subject={subject} onDone={done} onClose={() => setDoing(null)} />}
      {doing === "account" && (
        <AccountForm region={region} payee={subject} onDone={done} onClose={() => setDoing(null)} />
      )}
      {ending && <EndPlan me={me} region={region} plan={ending} onDone={done} onClose={() => setEnding(null)} />}
      {LISTS.map(([of, label]) => {
        const list = owned.filter((one) => one.kind === of);
        return (
          <section key={of} className="card stack">
            <strong>{t(label)}</strong>
            {list.length === 0 ? (
              <div>{t("none_of")}</div>
            ) : (
              <Listing
                name={of.toLowerCase()}
                rowKey="subject"
                rows={list}
                columns={[
                  { title: t("valid_from"), value: ({ validFrom }) => dateOfDay(validFrom) },
                  { title: t("valid_to"), value: ({ validTo }) => to(validTo), order: ({ validTo }) => validTo },
                  { title: t("details_of"), value: (one) => `${text(one.values)} ${one.provider}`.trim() },
                ]}
                {...(of === "Plan" && {
                  actions: (one: Owned) => (
                    <Button size="small" onClick={() => setEnding(one)}>
                      {t("end_plan")}
                    </Button>
                  ),
                })}
              />
            )}
          </section>
        );
      })}
      <Alert
        type="info"
        title={t("card_versions")}
        description={versions
          .map(({ version, validFrom, validTo }) => `${version}: ${dateOfDay(validFrom)} – ${to(validTo)}`)
          .join("; ")}
      />
    </div>
  );
}
