import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

/** Imports flow `routes → features → ui, api, lib`, and one feature never imports another. */
const boundary = (files, forbidden, message) => ({
  files,
  ignores: ["**/*.test.{ts,tsx}"],
  rules: { "no-restricted-imports": ["error", { patterns: [{ group: forbidden, message }] }] },
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
      // A redirect is thrown in a route; it is no Error by the router's design.
      "@typescript-eslint/only-throw-error": "off",
      // Handlers of events may be async; what fails in them ends in a mutation's error state.
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
    ["src/lib/**"],
    ["@/app/*", "@/routes/*", "@/features/*", "@/ui/*", "@/api/*", "react", "react-dom", "@mantine/*", "../*"],
    "lib holds pure functions: it knows no React and nothing else of ours.",
  ),
  boundary(["src/api/**"], ["@/app/*", "@/routes/*", "@/features/*", "@/ui/*", "../*"], "api knows lib alone."),
  boundary(["src/ui/**"], ["@/app/*", "@/routes/*", "@/features/*", "../*"], "ui knows api and lib alone."),
  boundary(
    ["src/features/**"],
    ["@/app/*", "@/routes/*", "@/features/*", "../*"],
    "A feature knows ui, api and lib, and never another feature: a route composes them.",
  ),
  boundary(["src/routes/**"], ["../*"], "Say where it comes from: @/features, @/ui, @/api, @/lib, @/app."),
);
