import type { ErrorRequestHandler, Request, Response } from "express";
import { ISSUES, type Issue, PROBLEMS, type ProblemCode, Refusal } from "../../core/errors.ts";

/** RFC 9457 problems: the only shape in which this server says no. */
const MAX_ISSUES = 1000;

function lines(issues: Issue[]) {
  return issues
    .slice(0, MAX_ISSUES)
    .map((issue) => ({ ...issue, zh: ISSUES[issue.code].zh, en: ISSUES[issue.code].en }));
}

export function sendProblem(response: Response, code: ProblemCode, issues: Issue[] = []): void {
  const { status, zh, en } = PROBLEMS[code];
  response
    .status(status)
    .type("application/problem+json")
    .send(
      JSON.stringify({
        type: `/problems/${code}`,
        title: en,
        title_zh: zh,
        status,
        code,
        ...(issues.length > 0 && { issues: lines(issues) }),
      }),
    );
}

// Express's own errors, by their type: malformed JSON, a body too large, a bad encoding.
function codeOf(error: unknown): ProblemCode {
  if (error instanceof Refusal) return error.code;
  const { type, status } = error as { type?: string; status?: number };
  if (type === "entity.too.large") return "body_too_large";
  if (type === "entity.parse.failed" || status === 400 || status === 415) return "invalid_json";
  return "internal";
}

/** The one error handler. A bug's text goes to the log, never to the caller. */
export function problemHandler(onBug: (error: unknown, request: Request) => void): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const code = codeOf(error);
    if (code === "internal") onBug(error, request);
    sendProblem(response, code, error instanceof Refusal ? error.issues : []);
  };
}
