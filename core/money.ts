/** Money is a bigint of fen; the only place where fen are rounded. */

export interface Share {
  /** Who bears it: a fund's code; "" is the elder. */
  bearer: string;
  percent: number;
}

/**
 * Divides a price by percentages so that the parts add up to it exactly: everybody's whole fen first, then one fen each
 * to the largest remainders (Hamilton's method), ties by the order of the list. Throws RangeError unless the price is
 * not negative and the percentages are whole, not negative and add up to 100.
 */
export function divideFen(priceFen: bigint, shares: readonly Share[]): bigint[] {
  const whole = shares.every(({ percent }) => Number.isInteger(percent) && percent >= 0);
  if (priceFen < 0n || !whole || shares.reduce((sum, { percent }) => sum + percent, 0) !== 100)
    throw new RangeError("shares: whole percentages that add up to 100 of a price that is not negative");
  const exact = shares.map(({ percent }) => priceFen * BigInt(percent));
  const parts = exact.map((hundredths) => hundredths / 100n);
  const missing = Number(priceFen - parts.reduce((sum, part) => sum + part, 0n));
  const order = exact
    .map((hundredths, i) => ({ i, rest: hundredths % 100n }))
    .sort((a, b) => (a.rest === b.rest ? a.i - b.i : a.rest > b.rest ? -1 : 1));
  for (const { i } of order.slice(0, missing)) parts[i]! += 1n;
  return parts;
}
