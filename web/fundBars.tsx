import { yuan } from "./format.ts";
import { useWords } from "./language.tsx";

export interface Balances {
  fund: string;
  appropriatedFen: string;
  withdrawnFen: string;
  availableFen: string;
  reservedFen: string;
  releasedFen: string;
  returnedFen: string;
  repaidFen: string;
  owedFen: string;
}

const PARTS = ["available", "reserved", "released", "returned"] as const;

/** Each fund as one bar: what is left, what is promised, what was paid, what came back. */
export function FundBars({ funds }: { funds: readonly Balances[] }) {
  const { t } = useWords();
  if (funds.length === 0) return <p>{t("empty")}</p>;
  return (
    <div className="bars">
      {funds.map((fund) => {
        const total = Number(BigInt(fund.appropriatedFen) - BigInt(fund.withdrawnFen)) || 1;
        const amounts = PARTS.map((part) => ({ part, fen: fund[`${part}Fen`] }));
        return (
          <div key={fund.fund} className="card stack">
            <div className="page-head">
              <strong>{fund.fund}</strong>
              <span className="amount">
                {t("appropriated")} {yuan(fund.appropriatedFen)}
              </span>
            </div>
            <div className="bar" aria-hidden="true">
              {amounts.map(({ part, fen }) => (
                <span key={part} className={`c-${part}`} style={{ width: `${(Number(fen) * 100) / total}%` }} />
              ))}
            </div>
            <div className="legend">
              {amounts.map(({ part, fen }) => (
                <span key={part}>
                  <i className={`c-${part}`} />
                  {t(part)} <span className="amount">{yuan(fen)}</span>
                </span>
              ))}
              {fund.owedFen !== "0" && (
                <span>
                  {t("owed")} <span className="amount">{yuan(fund.owedFen)}</span>
                </span>
              )}
            </div>
          </div>
        );
      })}
    </div>
  );
}
