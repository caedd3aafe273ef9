import type { SigningRequest } from "../../core/request.ts";
import type { Officials } from "./officials.ts";
import type { RequestQuestion } from "./schema.ts";

/** The file that officials sign for an action, whoever asks for it: the API, the command line, later a page. */
export async function requestFor(officials: Officials, q: RequestQuestion): Promise<SigningRequest> {
  switch (q.action) {
    case "open":
      return await officials.openRequest(q.region, q.fund);
    case "appropriate":
    case "withdraw":
      return await officials.budgetRequest(q.region, q.fund, q.action, q.amountFen, q.document as `0x${string}`);
    case "propose":
    case "approve":
      return await officials.runRequest(q.region, q.fund, q.run, q.action);
    case "object":
    case "dismiss":
    case "void":
      return await officials.runRequest(q.region, q.fund, q.run, q.action, q.document as `0x${string}`);
    case "return":
      return await officials.returnRequest(q.region, q.fund, q.run, q.index, q.document as `0x${string}`);
    case "repay":
      return await officials.repayRequest(q.region, q.fund, q.payee, q.amountFen, q.document as `0x${string}`);
  }
}
