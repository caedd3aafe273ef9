import { mountPlain } from "../plain.tsx";
import { Door } from "./door.tsx";

if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/carer-sw.js").catch(() => undefined);
// Asks the browser not to clear what is kept here when space runs short.
void navigator.storage?.persist?.();
mountPlain(<Door />);
