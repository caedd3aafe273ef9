import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Two documents: the workplace, and the verifier, which has no session and may speak to any chain node. */
export default defineConfig({
  root: "web",
  plugins: [react()],
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2023",
    // Fonts and images stay files: a page takes nothing from a data: address.
    assetsInlineLimit: 0,
    rollupOptions: { input: { index: "web/index.html", verify: "web/verify.html" } },
    chunkSizeWarningLimit: 2000,
  },
});
