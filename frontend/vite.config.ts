import { fileURLToPath } from "node:url";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` proxies API calls to this service. The service itself serves the built console.
const service = process.env.STAGECOACH_SERVICE ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [
    tanstackRouter({
      target: "react",
      autoCodeSplitting: true,
      routesDirectory: "src/routes",
      generatedRouteTree: "src/route-tree.gen.ts",
    }),
    react(),
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/api": { target: service } } },
  // scripts/check-budget.mjs reads the manifest.
  build: { manifest: true, sourcemap: false, target: "es2022" },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
    // Files share a worker's jsdom and modules: loading them anew for each took three quarters of the time. What a test leaves
    // behind, src/test/setup.ts takes away.
    isolate: false,
    testTimeout: 40_000,
  },
});
