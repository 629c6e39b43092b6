/** A real OpenID provider for the journeys: that of the Python tests (tests/support/openid_provider). */
import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { python, repository } from "./instance";

export interface OpenIdProvider {
  issuer: string;
  /** Changes it, as provider.mjs describes. */
  set: (changes: object) => Promise<void>;
  stop: () => void;
}

export async function startProvider(): Promise<OpenIdProvider> {
  const folder = execFileSync(python(), ["-m", "tests.support.openid"], { cwd: repository, encoding: "utf8" }).trim();
  const provider = spawn("node", ["provider.mjs"], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(provider.stdout).once("line", resolve);
    provider.once("exit", (code) => reject(new Error(`The OpenID provider exited with code ${code}.`)));
  });
  const issuer = (JSON.parse(line) as { issuers: string[] }).issuers[0]!;
  return {
    issuer,
    set: async (changes) => {
      const response = await fetch(`${issuer}/control`, { method: "POST", body: JSON.stringify(changes) });
      if (!response.ok) throw new Error(`The OpenID provider answered ${response.status}.`);
    },
    stop: () => provider.stdin.end(), // it ends with its standard input
  };
}
