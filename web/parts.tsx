import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Space, Spin, Typography } from "antd";
import { type ReactNode, useState } from "react";
import { get, type LedgerFacts, type Me, Problem } from "./api.ts";
import { type Both, useWords } from "./language.tsx";
import { Refused } from "./refused.tsx";

/** A page's title, what it is for, and what can be done on it. */
export function Page({
  title,
  text,
  actions,
  children,
}: {
  title: string;
  text?: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="page">
      <div className="page-head">
        <div>
          <Typography.Title level={1}>{title}</Typography.Title>
          {text && <Typography.Paragraph type="secondary">{text}</Typography.Paragraph>}
        </div>
        {actions && <Space wrap>{actions}</Space>}
      </div>
      {children}
    </section>
  );
}

/** Data of the API, or what stands in its place while it comes or does not come. */
export function Loaded<T>({
  path,
  children,
  every,
}: {
  path: string;
  children: (data: T) => ReactNode;
  every?: number;
}) {
  const { t } = useWords();
  const query = useQuery({ queryKey: [path], queryFn: () => get<T>(path), ...(every && { refetchInterval: every }) });
  if (query.error) return <Refused error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined)
    return (
      <output aria-label={t("loading")} className="center">
        <Spin />
      </output>
    );
  return children(query.data);
}

/** Something asked of the server: while it runs, what was refused of it, and what to read again afterwards. */
export function useAttempt(reread?: readonly string[]) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  /** True when nothing was refused. */
  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      if (reread) await queries.invalidateQueries(reread.length > 0 ? { queryKey: reread } : {});
      return true;
    } catch (error) {
      setProblem(error);
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { attempt, busy, problem, refused: problem === null ? null : <Refused error={problem} /> };
}

/** Rows asked for at once: to look at, and for an export. */
const ROWS_SHOWN = 100;
const ROWS_EXPORTED = 1000;

/** A list that the server gives by parts, as `Listing` takes it: all rows so far, the way to the others, what was refused. Null asks for none. */
export function useParts<A extends { next: string | null }, T>(
  path: string | null,
  cursor: string,
  rowsOf: (answer: A) => T[],
) {
  const part = (limit: number, from: string | null) =>
    get<A>(`${path}&limit=${limit}${from === null ? "" : `&${cursor}=${from}`}`);
  const list = useInfiniteQuery({
    queryKey: [path],
    enabled: path !== null,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => part(ROWS_SHOWN, pageParam),
    getNextPageParam: ({ next }) => next,
  });
  const rows = list.data?.pages.flatMap(rowsOf) ?? [];
  async function all(): Promise<T[]> {
    const found: T[] = [];
    for (let from: string | null = null; ; ) {
      const answer: A = await part(ROWS_EXPORTED, from);
      found.push(...rowsOf(answer));
      if (answer.next === null) return found;
      from = answer.next;
    }
  }
  return {
    listing: {
      rows,
      loading: list.isFetching,
      parts: { more: list.hasNextPage && !list.error ? () => void list.fetchNextPage() : null, all },
    },
    refused: list.error && <Refused error={list.error} retry={() => void list.refetch()} />,
  };
}

export function useLedger(): LedgerFacts | undefined {
  return useQuery({ queryKey: ["/ledger"], queryFn: () => get<LedgerFacts>("/ledger"), staleTime: 60_000 }).data;
}

/** Who is signed in; null when nobody is. */
export function useMe() {
  return useQuery({
    queryKey: ["/me"],
    queryFn: () =>
      get<Me>("/me").catch((error: unknown) => {
        if (error instanceof Problem && error.code === "unauthenticated") return null;
        throw error;
      }),
    staleTime: 60_000,
  });
}

/** The region in which whoever is signed in works; for everybody else the first one. */
export function usePlace(): LedgerFacts["regions"][number] | undefined {
  const [ledger, me] = [useLedger(), useMe()];
  if (me.isPending) return undefined;
  return ledger?.regions.find(({ region }) => region === me.data?.region) ?? ledger?.regions[0];
}

/** Names of the region's services by their codes; a code that is not in the catalogue any more stands for itself. */
export function useItemName(): (code: string) => string {
  const { of } = useWords();
  const region = usePlace()?.region;
  const path = `/regions/${region}/items`;
  const { data } = useQuery({
    queryKey: [path],
    queryFn: () => get<{ items: ({ code: string } & Both)[] }>(path),
    enabled: region !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const names = new Map(data?.items.map((item) => [item.code, item]));
  return (code) => (names.has(code) ? of(names.get(code)!) : code);
}
