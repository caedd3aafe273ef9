import { useQuery } from "@tanstack/react-query";
import { type StoredKey, storedKeys } from "./keys.ts";
import { useMe } from "./parts.tsx";

/** The signing keys in this browser of who is signed in. */
export function useOwnKeys(): readonly StoredKey[] {
  const username = useMe().data?.username;
  const keys = useQuery({
    queryKey: ["keys", username],
    queryFn: () => storedKeys(username!),
    enabled: username !== undefined,
    staleTime: 0,
  });
  return keys.data ?? [];
}
