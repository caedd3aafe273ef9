import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, type ReactNode, Suspense } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { auth, type Me } from "./api.ts";
import { Head } from "./frame.tsx";
import { useWords } from "./language.tsx";
import { useLedger, useMe } from "./parts.tsx";
import type { WordKey } from "./words.ts";

const Home = lazy(() => import("./pages/home.tsx"));
const SignIn = lazy(() => import("./pages/signIn.tsx"));
const SecondFactor = lazy(() => import("./pages/secondFactor.tsx"));
const Account = lazy(() => import("./pages/account.tsx"));
const Finance = lazy(() => import("./pages/finance.tsx"));
const Queue = lazy(() => import("./pages/queue.tsx"));
const Reviews = lazy(() => import("./pages/reviews.tsx"));
const Records = lazy(() => import("./pages/records.tsx"));
const Import = lazy(() => import("./pages/import.tsx"));
const Statement = lazy(() => import("./pages/statement.tsx"));
const Audit = lazy(() => import("./pages/audit.tsx"));
const Registry = lazy(() => import("./pages/registry.tsx"));
const Families = lazy(() => import("./pages/families.tsx"));
const Approvals = lazy(() => import("./pages/approvals.tsx"));
const Keys = lazy(() => import("./pages/keys.tsx"));
const People = lazy(() => import("./pages/people.tsx"));

interface Place {
  path: string;
  label: WordKey;
  /** Roles that find something there; the server decides what they may do. */
  roles: readonly string[];
  page: (me: Me) => ReactNode;
}
const FINANCE = ["proposer", "approver", "treasurer", "supervisor", "auditor"];
const PLACES: readonly Place[] = [
  { path: "/records", label: "my_records", roles: ["clerk"], page: (me) => <Records me={me} /> },
  { path: "/import", label: "import_title", roles: ["clerk"], page: (me) => <Import me={me} /> },
  { path: "/statement", label: "statement_title", roles: ["clerk"], page: (me) => <Statement me={me} /> },
  { path: "/audit", label: "audit", roles: ["auditor"], page: (me) => <Audit me={me} /> },
  { path: "/queue", label: "queue", roles: ["coordinator", ...FINANCE], page: (me) => <Queue me={me} /> },
  { path: "/registry", label: "registry", roles: ["coordinator"], page: (me) => <Registry me={me} /> },
  { path: "/families", label: "families", roles: ["coordinator", "auditor"], page: (me) => <Families me={me} /> },
  { path: "/approvals", label: "approvals", roles: ["coordinator"], page: (me) => <Approvals me={me} /> },
  { path: "/reviews", label: "findings", roles: ["coordinator", "auditor"], page: (me) => <Reviews me={me} /> },
  { path: "/visits", label: "records", roles: ["coordinator", "auditor"], page: (me) => <Records me={me} /> },
  { path: "/finance", label: "runs", roles: FINANCE, page: (me) => <Finance me={me} /> },
  {
    path: "/keys",
    label: "keys",
    roles: ["clerk", "coordinator", ...FINANCE, "administrator"],
    page: (me) => <Keys me={me} />,
  },
  { path: "/people", label: "people", roles: ["administrator"], page: () => <People /> },
];

function Top({ me }: { me: Me | null }) {
  const { t } = useWords();
  const [path, go] = useLocation();
  const queries = useQueryClient();
  const own =
    me && me.second_factor !== "needed" && !me.first_password
      ? PLACES.filter(({ roles }) => roles.includes(me.role))
      : [];
  const link = (to: string, label: string) => (
    <Link key={to} href={to} aria-current={path === to ? "page" : undefined}>
      {label}
    </Link>
  );
  async function signOut() {
    await auth.post("/sign-out").catch(() => undefined);
    queries.clear();
    go("/");
  }
  return (
    <Head
      brand={
        <Link href="/" className="brand">
          {t("app")}
        </Link>
      }
      places={
        <>
          {link("/", t("home"))}
          {own.map(({ path: to, label }) => link(to, t(label)))}
          {me?.role === "carer" && <a href="/carer.html">{t("door_title")}</a>}
          {me?.role === "family" && <a href="/family.html">{t("family_visits")}</a>}
          <a href="/verify.html">{t("verify")}</a>
        </>
      }
    >
      {me ? (
        <>
          {link("/account", `${me.name} · ${t(`role_${me.role}` as WordKey)}`)}
          <Button type="text" onClick={() => void signOut()}>
            {t("sign_out")}
          </Button>
        </>
      ) : (
        link("/sign-in", t("sign_in"))
      )}
    </Head>
  );
}

export function Shell() {
  const { t } = useWords();
  const me = useMe();
  const ledger = useLedger();
  const who = me.data ?? null;
  if (me.isLoading) return null;
  return (
    <>
      <Top me={who} />
      {ledger?.simulated && <div className="notice">{t("simulated")}</div>}
      <main>
        <Suspense fallback={<output className="center">{t("loading")}</output>}>
          {who?.first_password ? (
            <Account first />
          ) : who?.second_factor === "needed" ? (
            <SecondFactor />
          ) : (
            <Switch>
              <Route path="/sign-in">
                <SignIn />
              </Route>
              {who && (
                <Route path="/account">
                  <Account />
                </Route>
              )}
              {who &&
                PLACES.filter(({ roles }) => roles.includes(who.role)).map(({ path, page }) => (
                  <Route key={path} path={path}>
                    {page(who)}
                  </Route>
                ))}
              <Route path="/">
                <Home />
              </Route>
              <Route>{who ? <Home /> : <SignIn />}</Route>
            </Switch>
          )}
        </Suspense>
      </main>
    </>
  );
}
