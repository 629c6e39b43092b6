import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

/** The folders of `src/`: each imports from the folders after it. Routes import app too, and a feature no other feature. */
const folders = ["app", "routes", "features", "connected", "ui", "api", "lib"];
const allowedAbove = { routes: ["app"] };
// Only api reads the generated types: @/api/contract names them for the other folders.
const SCHEMA = "@/api/schema";

const forbiddenTo = (folder) =>
  folders
    .slice(0, folders.indexOf(folder) + (folder === "features" ? 1 : 0))
    .filter((each) => !allowedAbove[folder]?.includes(each))
    .map((each) => `@/${each}/*`);

const boundary = (folder, forbidden, message) => ({
  files: [`src/${folder}/**`],
  ignores: ["**/*.test.{ts,tsx}"],
  rules: {
    "no-restricted-imports": [
      "error",
      { patterns: [{ group: [...forbiddenTo(folder), "../*", ...forbidden], message }] },
    ],
  },
});

export default tseslint.config(
  {
    ignores: [
      "dist",
      "screenshots",
      "test-results",
      "playwright-report",
      "src/route-tree.gen.ts",
      "src/api/schema.d.ts",
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  jsxA11y.flatConfigs.strict,
  reactHooks.configs.flat.recommended,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      // The router throws redirects, which are not Errors.
      "@typescript-eslint/only-throw-error": "off",
      // Event handlers may be async: a failure in one becomes a mutation's error state.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      eqeqeq: "error",
      "no-console": "error",
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ["scripts/**", "*.js", "*.ts"], languageOptions: { globals: globals.node }, rules: { "no-console": "off" } },
  { files: ["**/*.js", "**/*.mjs"], ...tseslint.configs.disableTypeChecked },
  boundary(
    "lib",
    ["react", "react-dom", "@mantine/*", "@tanstack/*"],
    "lib holds pure functions: it imports neither React nor another folder of the console.",
  ),
  boundary("api", [], "api imports lib only."),
  boundary(
    "ui",
    ["@tanstack/react-query", "@/api/*", "!@/api/contract", "!@/api/problem"],
    "ui is presentation: of api it imports the contract's types and problems, and no cache, query or mutation.",
  ),
  boundary("connected", [SCHEMA], "connected joins ui to the caches of api: it imports ui, api and lib."),
  boundary(
    "features",
    [SCHEMA],
    "A feature imports connected, ui, api and lib, and no other feature: a route composes features.",
  ),
  boundary("routes", [SCHEMA], "Import from @/features, @/connected, @/ui, @/api, @/lib or @/app."),
);
