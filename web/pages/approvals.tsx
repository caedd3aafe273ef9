import { App, Button } from "antd";
import { type Me, post } from "../api.ts";
import { timeOf } from "../format.ts";
import { useWords } from "../language.tsx";
import { Listing } from "../listing.tsx";
import { Loaded, Page, useAttempt, useLedger } from "../parts.tsx";

interface Request {
  id: string;
  payee?: string;
  person?: string;
  reason: string;
  requestedBy: string;
  requestedAt: number;
}

/** What waits for a second person: changes of account, and erasures. */
export default function Approvals({ me }: { me: Me }) {
  const { t } = useWords();
  return (
    <>
      <Page title={t("approvals")} text={t("approvals_text")}>
        {null}
      </Page>
      {(["accounts", "erasures"] as const).map((what) => (
        <Waiting key={what} me={me} what={what} />
      ))}
    </>
  );
}

function Waiting({ me, what }: { me: Me; what: "accounts" | "erasures" }) {
  const { t } = useWords();
  const { message } = App.useApp();
  const { attempt, refused } = useAttempt([]);
  const region = Number(me.scope);
  const offset = useLedger()?.regions.find((one) => one.region === region)?.offsetMinutes ?? 0;
  async function approve(id: string) {
    if (await attempt(() => post(`/${what}/${id}/approval`, { region }))) message.success(t("approved"));
  }
  return (
    <Page title={t(what)}>
      {refused}
      <Loaded<{ requests: Request[] }> path={`/${what}?region=${region}`}>
        {({ requests }) => (
          <Listing
            name={what}
            rowKey="id"
            rows={requests}
            columns={[
              { title: t("date"), value: ({ requestedAt }) => timeOf(requestedAt, offset) },
              {
                title: t("pseudonym"),
                value: ({ payee, person }) => payee ?? person ?? "",
                show: ({ payee, person }) => <code>{payee ?? person}</code>,
              },
              { title: t("reason"), value: ({ reason }) => reason },
              { title: t("asked_by"), value: ({ requestedBy }) => requestedBy, choices: true },
            ]}
            actions={(one) =>
              one.requestedBy !== me.username && (
                <Button type="primary" onClick={() => void approve(one.id)}>
                  {t("approve_it")}
                </Button>
              )
            }
          />
        )}
      </Loaded>
    </Page>
  );
}
