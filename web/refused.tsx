import { Alert, Button } from "antd";
import { Problem } from "./api.ts";
import { useWords } from "./language.tsx";

/** What a page says when something was refused: what it was, and what to do. */
export function Refused({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t, of } = useWords();
  const text = error instanceof Problem ? of(error.text) : String(error);
  const issues = error instanceof Problem ? error.issues : [];
  return (
    <Alert
      type="error"
      showIcon
      title={t("refused")}
      description={
        <>
          <div>{text}</div>
          {issues.map((issue) => (
            <div key={issue.pointer + issue.en}>
              <code>{issue.pointer}</code> {of(issue)}
            </div>
          ))}
        </>
      }
      {...(retry && { action: <Button onClick={retry}>{t("retry")}</Button> })}
    />
  );
}
