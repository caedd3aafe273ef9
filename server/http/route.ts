import type { z } from "zod";
import { ISSUES, type Issue, type IssueCode, Refusal } from "../../core/errors.ts";
import type { Caller } from "../identity/service.ts";

/** One entry point, written once: the Express route and its OpenAPI page come from it; who may call, from `ACCESS`. */
export interface Route {
  method: "get" | "post";
  /** OpenAPI form, below /api/v1: `/visits/{id}`. */
  path: string;
  zh: string;
  en: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  status: number;
  response: z.ZodType;
  /** Set for what is not JSON. */
  contentType?: string;
  /** `bytes` are the body's own, where it is JSON in UTF-8. */
  handle(input: { params: never; query: never; body: never; caller: Caller; bytes: Buffer | undefined }): unknown;
}

type Output<T> = T extends z.ZodType ? z.output<T> : undefined;

/** Types the handler by its schemas; erases them again, so that routes of all shapes stand in one list. */
export function route<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  definition: Omit<Route, "params" | "query" | "body" | "handle"> & {
    params?: P;
    query?: Q;
    body?: B;
    handle(input: {
      params: Output<P>;
      query: Output<Q>;
      body: Output<B>;
      caller: Caller;
      bytes: Buffer | undefined;
    }): unknown;
  },
): Route {
  return definition as unknown as Route;
}

const BY_ZOD_CODE: Record<string, IssueCode> = {
  unrecognized_keys: "unknown_field",
  too_big: "too_long",
  too_small: "too_short",
  invalid_format: "invalid_value",
  invalid_value: "invalid_value",
  invalid_union: "invalid_value",
  custom: "invalid_value",
};

function issueOf(issue: z.core.$ZodIssue, base: string): Issue[] {
  const pointer = base + issue.path.map((part) => `/${String(part)}`).join("");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ pointer: `${pointer}/${key}`, code: "unknown_field" }));
  // A refinement names its reason by the code itself.
  if (issue.message in ISSUES) return [{ pointer, code: issue.message as IssueCode }];
  if (issue.code === "invalid_type")
    return [
      { pointer, code: issue.input === undefined && /undefined/.test(issue.message) ? "missing_field" : "wrong_type" },
    ];
  return [{ pointer, code: BY_ZOD_CODE[issue.code] ?? "invalid_value" }];
}

/** Parses or throws Refusal invalid_input with every reason. */
export function parse<T extends z.ZodType>(schema: T, value: unknown, base = ""): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal(
    "invalid_input",
    parsed.error.issues.flatMap((issue) => issueOf(issue, base)),
  );
}
