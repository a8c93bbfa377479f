import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/console/",
  plugins: [react()],
  // The Worker puts each answer's own value in this place.
  html: { cspNonce: "__NONCE__" },
  build: {
    target: "es2022",
    manifest: "manifest.json",
    // No file inside another: the policy lets none run.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
  },
});
