import { type ReactNode, useState } from "react";
import { saveCsv } from "./files.ts";
import { useWords } from "./language.tsx";

const AT_ONCE = 10;
/** From when on a page offers to look for one and to turn them round: fewer are seen at a glance. */
const LOOK_FROM = 4;

/** A list on a phone, newest first: looked through, turned round, ten at a time, and saved as a table. */
export function PlainList<T>({
  name,
  rows,
  head,
  cells,
  empty,
  children,
}: {
  /** The saved file, without its ending. */
  name: string;
  rows: readonly T[];
  head: readonly string[];
  /** What a row says, column by column: it is found and saved by this. */
  cells: (row: T) => readonly string[];
  empty: string;
  children: (row: T) => ReactNode;
}) {
  const { t } = useWords();
  const [looked, setLooked] = useState("");
  const [oldestFirst, setOldestFirst] = useState(false);
  const [most, setMost] = useState(AT_ONCE);
  if (rows.length === 0) return <p className="box">{empty}</p>;
  const wanted = looked.trim().toLowerCase();
  const left = rows.filter((row) => cells(row).some((text) => text.toLowerCase().includes(wanted)));
  const shown = oldestFirst ? left.reverse() : left;
  return (
    <>
      {rows.length >= LOOK_FROM && (
        <div className="row">
          <input
            type="search"
            aria-label={t("look_for")}
            placeholder={t("look_for")}
            value={looked}
            onChange={(event) => setLooked(event.target.value)}
          />
          <button type="button" className="quiet" onClick={() => setOldestFirst(!oldestFirst)}>
            {t(oldestFirst ? "oldest_first" : "newest_first")}
          </button>
        </div>
      )}
      {shown.length === 0 && <p className="box">{t("look_none")}</p>}
      <ul className="plain">{shown.slice(0, most).map(children)}</ul>
      {shown.length > most && (
        <button type="button" onClick={() => setMost(most + AT_ONCE)}>
          {t("more")}
        </button>
      )}
      <button type="button" className="quiet" onClick={() => saveCsv(`${name}.csv`, [head, ...shown.map(cells)])}>
        {t("export_csv")}
      </button>
    </>
  );
}
