import { defineConfig } from "prisma/config";

/** Only for `prisma generate`; the server opens and migrates its database itself (server/db/migrate.ts). */
export default defineConfig({ schema: "server/db/schema.prisma" });
