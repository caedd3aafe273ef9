// The architecture's rules (ARCHITECTURE.md); test/architecture.test.ts runs them.
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    { name: "core-is-pure", comment: "core imports core, hash-wasm and @noble alone", severity: "error", from: { path: "^core/" }, to: { pathNot: ["^core/", "node_modules/(hash-wasm|@noble)/"] } },
    { name: "server-not-from-scripts", severity: "error", from: { path: "^server/" }, to: { path: "^(scripts|bin|test)/" } },
    { name: "nothing-imports-tests", severity: "error", from: { pathNot: "^test/" }, to: { path: "^test/" } },
    { name: "only-chain-touches-ethers", severity: "error", from: { path: "^server/", pathNot: "^server/chain/" }, to: { path: "node_modules/ethers/" } },
    { name: "only-stores-touch-the-database", comment: "stores, the db folder, and services over Prisma models", severity: "error", from: { path: "^server/", pathNot: "(^server/db/|[sS]tore\\.ts$|^server/keys/service\\.ts$)" }, to: { path: "node_modules/better-sqlite3/" } },
    { name: "routes-hold-no-store", severity: "error", from: { path: "routes\\.ts$" }, to: { path: "[sS]tore\\.ts$", dependencyTypesNot: ["type-only"] } },
    { name: "schema-loads-in-a-browser", severity: "error", from: { path: "^server/.*/schema\\.ts$" }, to: { pathNot: ["^core/", "schema\\.ts$", "node_modules/zod/"] } },
    { name: "server-not-from-web", severity: "error", from: { path: "^(core|server|scripts)/" }, to: { path: "^web/" } },
    { name: "web-is-a-client", comment: "pages know core and the shapes of the wire; the verifier alone speaks to a chain", severity: "error", from: { path: "^web/", pathNot: "^web/verify\\.tsx$" }, to: { path: "^(server|scripts)/", pathNot: "schema\\.ts$" } },
    { name: "only-identity-knows-better-auth", severity: "error", from: { path: "^(core|server)/", pathNot: "^server/(identity/|http/api\\.ts$|app\\.ts$)" }, to: { path: "node_modules/better-auth/" } },
    { name: "seals-before-anchors", severity: "error", from: { path: "^server/(entries|registry|records|seals)/", pathNot: "routes\\.ts$" }, to: { path: "^server/(anchors|audits|erasures)/" } },
    { name: "domains-know-no-http", severity: "error", from: { path: "^server/", pathNot: "(routes\\.ts$|^server/http/|^server/(app|serve)\\.ts$)" }, to: { path: "(^server/http/|node_modules/express/)" } },
  ],
  options: { tsPreCompilationDeps: true, doNotFollow: { path: "node_modules" }, tsConfig: { fileName: "tsconfig.json" }, exclude: { path: "generated" }, enhancedResolveOptions: { extensions: [".ts", ".js", ".json"] } },
};
