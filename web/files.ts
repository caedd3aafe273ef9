const KEPT_MS = 60_000;
/** Hands a text to the browser as a file. */
export function saveFile(name: string, content: string, type = "application/json"): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // A browser that is busy begins to read it later.
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}

/** A table as a spreadsheet takes it: UTF-8 with its mark, and no cell that a spreadsheet would compute. */
export function saveCsv(name: string, rows: readonly (readonly (string | number)[])[]): void {
  const cell = (value: string | number) => {
    const text = String(value);
    const safe = /^[=+\-@\t\r]/.test(text) && typeof value !== "number" ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  saveFile(name, `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`, "text/csv;charset=utf-8");
}
