/**
 * The embedded chain's process. It ends when its parent does, also after a kill -9, so that no orphan keeps the
 * chain's files locked: the channel to the parent closes, whatever the reason.
 */
process.on("disconnect", () => process.exit(0));
const { Common } = await import("@ethereumjs/common");
// The library copies all parameters so far once for each hardfork, and does that for each header and transaction that it
// reads: two fifths of the node's time. The list that it builds is its own, so adding to it gives the same.
Object.assign(Common.prototype, {
  _mergeWithParamsCache(this: { _paramsCache: object }, params: object): void {
    Object.assign(this._paramsCache, params);
  },
});
await import("@ethereumjs/client");
