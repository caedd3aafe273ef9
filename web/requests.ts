import { requestProblem, SIGNERS, type SigningRequest, validSignatures } from "../core/request.ts";
import { recover } from "../core/signature.ts";
import { moneyJson, SigningRequestInput } from "../server/payouts/schema.ts";
import { post } from "./api.ts";

/** What the server asks an official to sign: parsed, and held against itself before anybody reads it. Throws Error. */
export async function askToSign(question: object): Promise<SigningRequest> {
  return checked(await post("/requests", question));
}

/** A request that somebody else signed before, out of its file. Throws Error on anything else. */
export function requestOfFile(text: string): SigningRequest {
  return checked(JSON.parse(text));
}

function checked(value: unknown): SigningRequest {
  const request = SigningRequestInput.parse(value);
  const problem = requestProblem(request);
  if (problem) throw new Error(problem);
  return request;
}

/** Who has signed, and which roles are left to sign. */
export function signersOf(request: SigningRequest): { signed: string[]; left: number } {
  const signed = validSignatures(request, recover).map(({ signer }) => signer as string);
  return { signed, left: Math.max(0, SIGNERS[request.message.action].length - signed.length) };
}

export const requestText = (request: SigningRequest): string => moneyJson(request);
