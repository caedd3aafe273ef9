/**
 * The embedded chain's process. It ends when its parent does, also after a kill -9, so that no orphan keeps the
 * chain's files locked: the channel to the parent closes, whatever the reason.
 */
process.on("disconnect", () => process.exit(0));
await import("@ethereumjs/client");
