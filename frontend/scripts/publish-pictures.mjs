// The three pictures that the README shows, out of those that were taken of every page.
import { copyFileSync, mkdirSync } from "node:fs";

const pictures = {
  "application-desktop-light": "console-application",
  "promote-desktop-dark": "console-promote",
  "operation-failed-desktop-light": "console-operation",
};
const target = new URL("../../docs/images/", import.meta.url);
mkdirSync(target, { recursive: true });
for (const [taken, shown] of Object.entries(pictures)) {
  copyFileSync(new URL(`../screenshots/${taken}.png`, import.meta.url), new URL(`${shown}.png`, target));
}
