import { Button, Drawer, Form, Input, Select, Tag } from "antd";
import { useState } from "react";
import { type Me, post } from "../api.ts";
import { useWords } from "../language.tsx";
import { coded, Listing, whole } from "../listing.tsx";
import { Page, useAttempt } from "../parts.tsx";
import { PersonCard } from "./personCard.tsx";

export interface Person {
  subject: string;
  entry: string;
  name: string;
  birthDate: string;
  provider: string;
  valid: boolean;
}
export type PersonKind = "Elder" | "Carer";
interface Asked {
  kind: PersonKind;
  name: string;
  purpose: string;
}

/** People of the registry: found by name for a purpose, opened as a card, and what is done for them. */
export default function Registry({ me }: { me: Me }) {
  const { t } = useWords();
  const region = Number(me.scope);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [people, setPeople] = useState<Person[] | null>(null);
  const [open, setOpen] = useState<Person | null>(null);
  const { attempt, busy, refused } = useAttempt();
  const search = (values: Asked) =>
    attempt(async () => {
      const found = await post<{ people: Person[] }>("/registry/search", { region, ...values });
      setPeople(found.people);
      setAsked(values);
    });
  return (
    <Page title={t("registry")} text={t("registry_text")}>
      <div className="stack">
        <Form<Asked>
          className="card"
          layout="vertical"
          requiredMark={false}
          initialValues={{ kind: "Elder" }}
          onFinish={(values) => void search(values)}
        >
          <Form.Item name="kind" label={t("kind")}>
            <Select
              options={(["Elder", "Carer"] as const).map((value) => ({ value, label: t(`kind_${value}`) }))}
              className="month"
            />
          </Form.Item>
          <Form.Item name="name" label={t("name")} rules={[{ required: true, message: t("name") }]}>
            <Input autoComplete="off" maxLength={100} />
          </Form.Item>
          <Form.Item
            name="purpose"
            label={t("purpose")}
            rules={[{ required: true, min: 4, max: 200, message: t("purpose") }]}
          >
            <Input autoComplete="off" maxLength={200} />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={busy}>
            {t("search")}
          </Button>
        </Form>
        {refused}
        {people && (
          <Listing
            name="people"
            rowKey="subject"
            rows={people}
            empty={t("search_none")}
            columns={[
              { title: t("name"), value: ({ name }) => name },
              { title: t("birth_date"), value: ({ birthDate }) => birthDate },
              ...(asked?.kind === "Carer"
                ? [
                    {
                      title: t("provider"),
                      value: ({ provider }: Person) => provider,
                      choices: true as const,
                      show: ({ provider }: Person) => <code>{provider}</code>,
                    },
                  ]
                : []),
              {
                title: t("state"),
                value: ({ valid }) => t(valid ? "registered_now" : "registered_before"),
                choices: true,
                show: ({ valid }) => (
                  <Tag color={valid ? "green" : "default"}>{t(valid ? "registered_now" : "registered_before")}</Tag>
                ),
              },
              coded(t("pseudonym"), "subject", whole),
            ]}
            actions={(person) => <Button onClick={() => setOpen(person)}>{t("open_card")}</Button>}
          />
        )}
      </div>
      <Drawer open={open !== null} onClose={() => setOpen(null)} size="large" title={open?.name} destroyOnHidden>
        {open && asked && (
          <PersonCard me={me} region={region} kind={asked.kind} person={open} purpose={asked.purpose} />
        )}
      </Drawer>
    </Page>
  );
}
