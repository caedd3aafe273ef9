import { Button, Input, Table, type TableProps } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { saveCsv } from "./files.ts";
import { short, yuan } from "./format.ts";
import { useWords } from "./language.tsx";
import { Refused } from "./refused.tsx";

/** One column of a list: what its cells say decides how they are found, sorted, chosen among and exported. */
export interface Column<T> {
  title: string;
  /** What a cell says, whole: an address is cut only where it is shown. */
  value: (row: T) => string | number;
  /** How a cell looks, where that is more than its text. */
  show?: (row: T) => ReactNode;
  /** What the column is sorted by, where the text would sort otherwise. */
  order?: (row: T) => number | bigint;
  /** Offers what stands in the column as a choice; a function where one row says several things. */
  choices?: true | ((row: T) => readonly string[]);
  /** Figures stand at the right. */
  figure?: true;
  /** A class for a cell. */
  mark?: (row: T) => string | undefined;
}

/** A column of names that nobody reads whole: shown cut, found and exported whole. */
export const coded = <K extends string>(title: string, field: K, cut = short): Column<Record<K, string>> => ({
  title,
  value: (row) => row[field],
  show: (row) => <code title={row[field]}>{cut(row[field])}</code>,
});
export const eight = (id: string): string => id.slice(0, 8);
export const whole = (code: string): string => code;

/** A column of money: the field holds whole fen as decimal text. */
export const money = <K extends string>(title: string, field: K): Column<Record<K, string>> => ({
  title,
  value: (row) => yuan(row[field]),
  order: (row) => BigInt(row[field]),
  figure: true,
});

export interface ListingProps<T> extends Pick<TableProps<T>, "expandable" | "loading" | "onRow" | "rowKey"> {
  /** The exported file, without its ending. */
  name: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  /** What can be done with one row. */
  actions?: (row: T) => ReactNode;
  /** What stands where there is nothing. */
  empty?: string;
  pageSize?: number;
  /** Where the server gives the list by parts: the next one, and all of it for an export. */
  parts?: { more: (() => void) | null; all: () => Promise<readonly T[]> };
}

const PAGE_SIZE = 20;
/** So many rows of a list that comes by parts are fetched to be looked through; the rest by a button. */
const MOST_LOOKED = 10_000;
/** From when on a page offers to look for a row: fewer are seen at a glance. */
const LOOK_FROM = 2;
const inOrder = new Intl.Collator("zh-CN", { numeric: true });

/** Negative, zero or positive, as two cells of a column follow each other. */
function compare<T>({ order, value }: Column<T>, a: T, b: T): number {
  if (order) {
    const [x, y] = [order(a), order(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return inOrder.compare(String(value(a)), String(value(b)));
}

const saidBy = <T,>({ choices, value }: Column<T>, row: T): readonly string[] =>
  typeof choices === "function" ? choices(row) : [String(value(row))];

/** A list as every page shows one: looked through, filtered, sorted, by pages, and exported as it is shown. */
export function Listing<T extends object>(props: ListingProps<T>) {
  const { name, rows, columns, actions, empty, pageSize = PAGE_SIZE, parts, ...table } = props;
  const { t } = useWords();
  const [looked, setLooked] = useState("");
  const [picked, setPicked] = useState<Record<string, readonly unknown[] | null>>({});
  const [sorted, setSorted] = useState<{ title: string; order: "ascend" | "descend" } | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  // What is looked for may stand in a part that is not here yet: parts are fetched until it was all looked through.
  const isAsked = looked.trim() !== "" || sorted !== null || Object.values(picked).some((some) => some?.length);
  const more = parts?.more ?? null;
  useEffect(() => {
    if (isAsked && more && !table.loading && rows.length < MOST_LOOKED) more();
  }, [isAsked, more, table.loading, rows.length]);

  /** The rows of a list that pass, in the order that was asked for. */
  function shown(all: readonly T[]): T[] {
    const wanted = looked.trim().toLowerCase();
    const passes = (row: T) =>
      columns.every((column) => {
        const some = picked[column.title];
        return !some?.length || saidBy(column, row).some((said) => some.includes(said));
      }) &&
      (wanted === "" || columns.some(({ value }) => String(value(row)).toLowerCase().includes(wanted)));
    const left = all.filter(passes);
    const by = sorted && columns.find(({ title }) => title === sorted.title);
    if (!by) return left;
    return left.sort((a, b) => compare(by, a, b) * (sorted.order === "ascend" ? 1 : -1));
  }
  async function save() {
    setBusy(true);
    setProblem(null);
    try {
      const all = shown(parts ? await parts.all() : rows);
      saveCsv(`${name}.csv`, [
        columns.map(({ title }) => title),
        ...all.map((row) => columns.map(({ value }) => value(row))),
      ]);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  }
  const offered = (column: Column<T>) =>
    [...new Set(rows.flatMap((row) => saidBy(column, row)))]
      .sort(inOrder.compare)
      .map((said) => ({ text: said, value: said }));
  return (
    <div className="listing">
      {rows.length > 0 && (
        <div className="listing-tools no-print">
          {rows.length >= LOOK_FROM && (
            <Input
              type="search"
              allowClear
              aria-label={t("look_for")}
              placeholder={t("look_for")}
              value={looked}
              onChange={(event) => setLooked(event.target.value)}
            />
          )}
          <Button loading={busy} onClick={() => void save()}>
            {t("export_csv")}
          </Button>
        </div>
      )}
      {problem !== null && <Refused error={problem} />}
      <Table<T>
        {...table}
        size="small"
        dataSource={shown(rows)}
        pagination={{ pageSize, showSizeChanger: false, hideOnSinglePage: true }}
        onChange={(_, filters, sorter) => {
          setPicked(filters);
          const { columnKey, order } = Array.isArray(sorter) ? sorter[0]! : sorter;
          setSorted(order ? { title: String(columnKey), order } : null);
        }}
        {...(empty !== undefined && { locale: { emptyText: empty } })}
        {...(more && {
          footer: () => (
            <>
              {isAsked && <div>{t("looked_through", { count: rows.length })}</div>}
              <Button onClick={more}>{t("more")}</Button>
            </>
          ),
        })}
        columns={[
          ...columns.map((column) => ({
            key: column.title,
            title: column.title,
            sorter: true,
            sortOrder: sorted?.title === column.title ? sorted.order : null,
            ...(column.figure && { align: "right" as const, className: "amount" }),
            ...(column.choices && {
              filters: offered(column),
              filteredValue: (picked[column.title] as string[] | null) ?? null,
            }),
            ...(column.mark && {
              onCell: (row: T) => {
                const className = column.mark!(row);
                return className === undefined ? {} : { className };
              },
            }),
            render: (_: unknown, row: T) => (column.show ? column.show(row) : column.value(row)),
          })),
          ...(actions ? [{ key: "act", title: "", render: (_: unknown, row: T) => actions(row) }] : []),
        ]}
      />
    </div>
  );
}
