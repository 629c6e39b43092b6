/**
 * A instance to act in: the service with its practice clusters on free ports and a data folder of its own, as `make run`
 * starts them, and gone without a trace afterwards.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../..", import.meta.url));
const START = 90_000;
const STOP = 20_000;

export interface Instance {
  address: string;
  /** The one-time link that signs in as administrator. */
  link: string;
  token: string;
  /** A call of the API as administrator; anything but success throws. */
  call: <Answer = unknown>(method: string, path: string, body?: unknown) => Promise<Answer>;
  /** A call of the practice clusters themselves. */
  practice: (method: string, cluster: string, what: string, body?: unknown) => Promise<void>;
  kubeconfig: (cluster: string) => string;
  stop: () => Promise<void>;
}

/** The interpreter that has the service's libraries. */
export function python(): string {
  const own = join(repository, ".venv/bin/python");
  return process.env.STAGECOACH_PYTHON ?? (existsSync(own) ? own : "python3");
}

export async function startInstance(): Promise<Instance> {
  const data = mkdtempSync(join(tmpdir(), "stagecoach-e2e-"));
  const service = spawn(python(), ["-m", "api.local"], {
    cwd: repository,
    env: { ...process.env, STAGECOACH_DATA: data, STAGECOACH_PORT: "0", PYTHONUNBUFFERED: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = async () => {
    await stopped(service);
    rmSync(data, { recursive: true, force: true });
  };
  try {
    const link = await signInLink(service);
    const address = new URL(link).origin;
    const token = readFileSync(join(data, "token"), "utf8").trim();
    return {
      address,
      link,
      token,
      call: (method, path, body) => called(`${address}/api/v1${path}`, method, body, token),
      practice: async (method, cluster, what, body) => {
        const port = readFileSync(join(data, "practice", "port"), "utf8").trim();
        await called(`http://127.0.0.1:${port}/sandbox/clusters/${cluster}/${what}`, method, body, null);
      },
      kubeconfig: (cluster) => readFileSync(join(data, "clusters", `${cluster}.kubeconfig`), "utf8"),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The link is the last word of the one line that is printed when everything runs. */
function signInLink(service: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error(`The service did not start in time. It said:\n${said}`)), START);
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const link = /https?:\/\/\S+#code=\S+/.exec(said)?.[0];
      if (!link) return;
      clearTimeout(timer);
      resolve(link);
    };
    service.stdout?.on("data", listen);
    service.stderr?.on("data", listen);
    service.on("exit", (code) => reject(new Error(`The service ended with ${code}. It said:\n${said}`)));
  });
}

async function stopped(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null) return;
  const gone = new Promise<void>((resolve) => service.once("exit", () => resolve()));
  service.kill("SIGTERM");
  const timer = setTimeout(() => service.kill("SIGKILL"), STOP);
  await gone;
  clearTimeout(timer);
}

async function called<Answer>(url: string, method: string, body: unknown, token: string | null): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return (text === "" ? null : JSON.parse(text)) as Answer;
}
