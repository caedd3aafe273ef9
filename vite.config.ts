import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Prints what each document loads before it can be used, compressed: what it names itself, and what that imports. */
function firstLoads(): Plugin {
  return {
    name: "first-loads",
    writeBundle(_options, bundle) {
      const sizeOf = (file: string) => {
        const part = bundle[file];
        return part ? gzipSync(part.type === "chunk" ? part.code : part.source).length : 0;
      };
      for (const part of Object.values(bundle)) {
        if (part.type !== "chunk" || !part.isEntry) continue;
        const seen = new Set<string>();
        const visit = (file: string): void => {
          const own = bundle[file];
          if (seen.has(file) || !own) return;
          seen.add(file);
          if (own.type !== "chunk") return;
          for (const next of [...own.imports, ...(own.viteMetadata?.importedCss ?? [])]) visit(next);
        };
        visit(part.fileName);
        const bytes = [...seen].reduce((sum, file) => sum + sizeOf(file), 0);
        this.info(`first load of ${part.name}: ${Math.round(bytes / 1000)} kB gzip`);
      }
    },
  };
}

/**
 * Four documents: the workplace; the verifier, which has no session and may speak to any chain node; and for phones at a
 * door the carer's and the family's, which are small.
 */
export default defineConfig({
  root: "web",
  plugins: [react(), firstLoads()],
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2023",
    // Fonts and images stay files: a page takes nothing from a data: address.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: {
        index: "web/index.html",
        verify: "web/verify.html",
        carer: "web/carer.html",
        family: "web/family.html",
      },
    },
    chunkSizeWarningLimit: 2000,
  },
});
