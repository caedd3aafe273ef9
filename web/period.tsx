import { Input } from "antd";
import { useState } from "react";
import { dateOfDay, dayOfDate } from "../core/day.ts";
import { useWords } from "./language.tsx";

/** Two dates that somebody chooses, as days of the region; null while one is not filled in. */
export function usePeriod(firstDay: number | null, lastDay: number | null) {
  const { t } = useWords();
  const [from, setFrom] = useState(firstDay === null ? "" : dateOfDay(firstDay));
  const [to, setTo] = useState(lastDay === null ? "" : dateOfDay(lastDay));
  const field = (name: "door_from" | "door_to", value: string, set: (value: string) => void) => (
    <Input
      type="date"
      className="month"
      aria-label={t(name)}
      value={value}
      onChange={(event) => set(event.target.value)}
    />
  );
  const fields = (
    <>
      {field("door_from", from, setFrom)}
      {field("door_to", to, setTo)}
    </>
  );
  return { fromDay: dayOfDate(from), toDay: dayOfDate(to), fields };
}
