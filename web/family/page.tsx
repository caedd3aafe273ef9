import { useCallback, useEffect, useState } from "react";
import type { FamilyAnswer, FamilyVisit } from "../../server/families/schema.ts";
import { get, type Me, Problem, post } from "../api.ts";
import { PlainSignIn } from "../carer/signIn.tsx";
import { spanOf } from "../format.ts";
import { useWords } from "../language.tsx";
import { PlainHead, Trouble } from "../plain.tsx";
import { PlainList } from "../plainList.tsx";
import { VisitBox } from "./answer.tsx";

/** What stands after the # of a link: which visit, and the secret that opens it. */
function linkOf(hash: string) {
  const [, region, visit, token] = /^#(\d{6})\.([0-9a-f-]{36})\.([0-9a-f]{32})$/.exec(hash) ?? [];
  return region ? { region: Number(region), visit: visit!, token: token! } : null;
}

/** A family's page: one visit by its link, or those of the last weeks after signing in. */
export function FamilyPage() {
  const { t } = useWords();
  const link = linkOf(location.hash);
  return (
    <>
      <PlainHead title={t("family_title")} />
      <main>{link ? <ByLink link={link} /> : location.hash.length > 1 ? <BadLink /> : <Own />}</main>
    </>
  );
}

function BadLink() {
  const { t } = useWords();
  return <Trouble>{t("family_bad_link")}</Trouble>;
}

function ByLink({ link }: { link: NonNullable<ReturnType<typeof linkOf>> }) {
  const { t, of } = useWords();
  const [visit, setVisit] = useState<FamilyVisit | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { region, visit: id, token } = link;
  useEffect(() => {
    post<FamilyVisit>("/family/visit", { region, visit: id, token }).then(setVisit, (error: unknown) =>
      setProblem(error as Problem),
    );
  }, [region, id, token]);
  if (problem) return <Trouble>{problem.code === "not_found" ? t("family_not_yet") : of(problem.text)}</Trouble>;
  if (!visit) return <output>{t("loading")}</output>;
  const answer = async (what: FamilyAnswer, note: string) =>
    setVisit(await post("/family/answer", { ...link, answer: what, ...(note !== "" && { note }) }));
  return <VisitBox visit={visit} onAnswer={answer} />;
}

function Own() {
  const { t, of } = useWords();
  const [visits, setVisits] = useState<FamilyVisit[] | null>(null);
  const [signedIn, setSignedIn] = useState<boolean | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const load = useCallback(async () => {
    try {
      const me = await get<Me>("/me");
      if (me.first_password) return location.assign("/");
      setSignedIn(me.role === "family");
      if (me.role === "family") setVisits((await get<{ visits: FamilyVisit[] }>("/family/visits")).visits);
    } catch (error) {
      if (error instanceof Problem && error.code !== "unauthenticated") setProblem(of(error.text));
      setSignedIn(false);
    }
  }, [of]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(() => void load(), []);
  if (signedIn === null) return <output>{t("loading")}</output>;
  if (!signedIn)
    return (
      <>
        {problem && <Trouble>{problem}</Trouble>}
        <PlainSignIn onDone={() => void load()} />
      </>
    );
  return (
    <>
      <h1>{t("family_visits")}</h1>
      <p>{t("family_visits_text")}</p>
      {problem && <Trouble>{problem}</Trouble>}
      {visits && (
        <PlainList
          name="visits"
          rows={visits}
          empty={t("empty")}
          head={[t("from_to"), t("family_who"), t("item"), t("what")]}
          cells={(visit) => [
            spanOf(visit, visit.offsetMinutes),
            visit.carer,
            of(visit.item),
            visit.said.map(({ what, note }) => `${t(`family_said_${what}`)} ${note}`.trim()).join("; "),
          ]}
        >
          {(visit) => (
            <li key={visit.visit}>
              <VisitBox
                visit={visit}
                onAnswer={async (answer, note) => {
                  const { region, visit: id } = visit;
                  await post("/family/visits/answer", { region, visit: id, answer, ...(note !== "" && { note }) });
                  await load();
                }}
              />
            </li>
          )}
        </PlainList>
      )}
    </>
  );
}
