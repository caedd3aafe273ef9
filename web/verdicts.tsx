import { useQuery } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input, Space, Tag } from "antd";
import { useState } from "react";
import { get, type Me, post } from "./api.ts";
import { spanOf } from "./format.ts";
import { type Both, useWords } from "./language.tsx";
import { coded, eight, Listing } from "./listing.tsx";
import { Loaded, useItemName, usePlace } from "./parts.tsx";
import { Refused } from "./refused.tsx";
import type { WordKey } from "./words.ts";

/** A verdict or a decision about an entry, as it stands. */
interface Word {
  id: string;
  rule: string | null;
  severity: string | null;
  decision: string | null;
}
interface Rule {
  id: string;
  title: Both;
}
interface Explained {
  id: string;
  rule: { id: string; title: Both; text: Both };
  severity: string;
  sentence: Both;
  numbers: Record<string, string | number>;
  records: {
    id: string;
    caregiver: string;
    elder: string;
    item: string;
    startedAt: number;
    endedAt: number;
    metresFromBefore: number | null;
  }[];
  history: { decided: number; wrong: number };
  appeal: { until: string; zh: string; en: string };
}

/** Titles of the rules, asked for once. */
export function useRules(): Map<string, Rule> {
  const { data } = useQuery({
    queryKey: ["/rules"],
    queryFn: () => get<{ rules: Rule[] }>("/rules"),
    staleTime: Infinity,
  });
  return new Map((data?.rules ?? []).map((rule) => [rule.id, rule]));
}

const DECISIONS: Record<string, Record<string, readonly string[]>> = {
  coordinator: {
    held: ["release", "deny", "ask"],
    asked: ["release", "deny"],
    answered: ["release", "deny", "ask"],
    appealed: ["uphold", "overturn"],
  },
  clerk: { held: ["answer"], denied: ["appeal"] },
};

/** One record: what was found about it, why, and what this person may say to it. */
export function Line({
  region,
  entry,
  state,
  me,
  onDecided,
}: {
  region: number;
  entry: string;
  state: string;
  me: Me;
  onDecided: () => void;
}) {
  const { t, of } = useWords();
  const rules = useRules();
  const [purpose, setPurpose] = useState("");
  const [shown, setShown] = useState<Explained[]>([]);
  const [problem, setProblem] = useState<unknown>(null);
  async function explain(verdicts: readonly Word[]) {
    setProblem(null);
    try {
      const found = [];
      for (const { id } of verdicts)
        found.push(await post<Explained>(`/verdicts/${id}/explanation`, { region, purpose }));
      setShown(found);
    } catch (error) {
      setProblem(error);
    }
  }
  return (
    <Loaded<{ words: Word[] }> path={`/entries/${entry}/verdicts?region=${region}`}>
      {({ words }) => {
        const standing = words.filter(({ rule }) => rule !== null);
        return (
          <div className="stack">
            {standing.length === 0 && <div>{t("no_verdicts")}</div>}
            {words.map(({ id, rule, severity, decision }) => (
              <div key={id}>
                {decision !== null ? (
                  <Tag color="blue">{t(`decision_${decision}` as WordKey)}</Tag>
                ) : (
                  <>
                    <Tag color={severity === "block" ? "red" : severity === "hold" ? "orange" : "default"}>
                      {t(`severity_${severity}` as WordKey)}
                    </Tag>
                    <strong>{rule}</strong> {rules.has(rule!) && of(rules.get(rule!)!.title)}
                  </>
                )}
              </div>
            ))}
            {problem !== null && <Refused error={problem} />}
            {shown.length === 0 && standing.length > 0 && (
              <Form layout="vertical" onFinish={() => void explain(standing)}>
                <Form.Item label={t("purpose")} htmlFor="purpose" extra={t("purpose_text")}>
                  <Input
                    id="purpose"
                    value={purpose}
                    minLength={4}
                    maxLength={200}
                    required
                    onChange={(event) => setPurpose(event.target.value)}
                  />
                </Form.Item>
                <Button type="primary" htmlType="submit" disabled={purpose.trim().length < 4}>
                  {t("show")}
                </Button>
              </Form>
            )}
            {shown.map((one) => (
              <Explanation key={one.id} one={one} />
            ))}
            <Decide region={region} entry={entry} options={DECISIONS[me.role]?.[state] ?? []} onDecided={onDecided} />
          </div>
        );
      }}
    </Loaded>
  );
}

function Explanation({ one }: { one: Explained }) {
  const { t, of } = useWords();
  const itemName = useItemName();
  const offset = usePlace()?.offsetMinutes ?? 0;
  return (
    <div className="card stack">
      <Alert type="warning" showIcon title={of(one.rule.title)} description={of(one.sentence)} />
      <Listing
        name={one.id}
        rowKey="id"
        rows={one.records}
        columns={[
          { title: t("from_to"), value: (row) => spanOf(row, offset), order: ({ startedAt }) => startedAt },
          { title: t("item"), value: ({ item }) => itemName(item), choices: true },
          coded(t("carer"), "caregiver", eight),
          coded(t("elder"), "elder", eight),
          { title: t("metres"), value: ({ metresFromBefore }) => metresFromBefore ?? "", figure: true },
        ]}
      />
      <div className="legend">
        {Object.entries(one.numbers).map(([name, value]) => (
          <span key={name}>
            <code>{name}</code> {value}
          </span>
        ))}
      </div>
      <div>
        {t("rule_text")}: {of(one.rule.text)}
      </div>
      <div>{t("how_often_wrong", { decided: one.history.decided, wrong: one.history.wrong })}</div>
      <div>
        {t("appeal_until")}: {of(one.appeal)}
      </div>
    </div>
  );
}

function Decide({
  region,
  entry,
  options,
  onDecided,
}: {
  region: number;
  entry: string;
  options: readonly string[];
  onDecided: () => void;
}) {
  const { t } = useWords();
  const { message } = App.useApp();
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<unknown>(null);
  if (options.length === 0) return null;
  async function decide(outcome: string) {
    setProblem(null);
    try {
      await post(`/entries/${entry}/decisions`, { region, outcome, reason: reason.trim() });
      message.success(t("decided"));
      onDecided();
    } catch (error) {
      setProblem(error);
    }
  }
  return (
    <div className="card stack">
      <strong>{t("decide")}</strong>
      <Input.TextArea
        aria-label={t("reason")}
        placeholder={t("reason")}
        rows={3}
        maxLength={2000}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {problem !== null && <Refused error={problem} />}
      <Space wrap>
        {options.map((outcome, i) => (
          <Button
            key={outcome}
            type={i === 0 ? "primary" : "default"}
            disabled={reason.trim().length < 4}
            onClick={() => void decide(outcome)}
          >
            {t(`decision_${outcome}` as WordKey)}
          </Button>
        ))}
      </Space>
    </div>
  );
}
