import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/**
 * Four documents: the workplace; the verifier, which has no session and may speak to any chain node; and for phones at a
 * door the carer's and the family's, which are small.
 */
export default defineConfig({
  root: "web",
  plugins: [react()],
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
