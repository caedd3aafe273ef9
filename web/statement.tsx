import { Button, Input, Modal } from "antd";
import { useState } from "react";
import { toHex, utf8 } from "../core/bytes.ts";
import { keccak } from "../core/hash.ts";
import { saveFile } from "./files.ts";
import { useWords } from "./language.tsx";

const LEAST = 10;

/** Asks why, for an act whose document is signed by its digest: the text is saved by who writes it. */
export function Statement({
  title,
  name,
  onClose,
}: {
  title: string;
  name: string;
  onClose: (document: string | null) => void;
}) {
  const { t } = useWords();
  const [text, setText] = useState("");
  const whole = text.trim().length >= LEAST;
  function go() {
    saveFile(name, text.trim(), "text/plain;charset=utf-8");
    onClose(toHex(keccak(utf8(text.trim()))));
  }
  return (
    <Modal open title={title} footer={null} onCancel={() => onClose(null)}>
      <div className="stack">
        <label htmlFor="why">{t("statement_why")}</label>
        <Input.TextArea
          id="why"
          rows={5}
          maxLength={4000}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="primary" disabled={!whole} onClick={go}>
          {t("save_text")} · {t("continue")}
        </Button>
      </div>
    </Modal>
  );
}
