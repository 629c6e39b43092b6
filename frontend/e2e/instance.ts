/**
 * An instance of Stagecoach for tests: the service with its practice clusters, as `make run` starts them, on free ports and
 * with a temporary data folder, which stopping the instance deletes.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../..", import.meta.url));
const START = 150_000;
const STOP = 20_000;

export interface Instance {
  address: string;
  /** The one-time link that signs in as administrator. */
  link: string;
  token: string;
  /** Calls the API as administrator; throws on an error response. */
  call: <Answer = unknown>(method: string, path: string, body?: unknown) => Promise<Answer>;
  /** Calls the API that controls the practice clusters. */
  sandbox: (method: string, cluster: string, what: string, body?: unknown) => Promise<void>;
  kubeconfig: (cluster: string) => string;
  stop: () => Promise<void>;
}

/** The Python interpreter with the service's dependencies. */
export function python(): string {
  const local = join(repository, ".venv/bin/python");
  return process.env.STAGECOACH_PYTHON ?? (existsSync(local) ? local : "python3");
}

/** `environment`: variables beside those that each instance has. */
export async function startInstance(environment: Record<string, string> = {}): Promise<Instance> {
  const data = mkdtempSync(join(tmpdir(), "stagecoach-e2e-"));
  const service = spawn(python(), ["-m", "api.local"], {
    cwd: repository,
    env: { ...process.env, STAGECOACH_DATA: data, STAGECOACH_PORT: "0", PYTHONUNBUFFERED: "1", ...environment },
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
      sandbox: async (method, cluster, what, body) => {
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

/** Reads the sign-in link that the service prints when it is ready. */
function signInLink(service: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(
      () => reject(new Error(`The service did not start in time. Its output:\n${output}`)),
      START,
    );
    const listen = (chunk: Buffer) => {
      output += chunk.toString();
      const link = /https?:\/\/\S+#code=\S+/.exec(output)?.[0];
      if (!link) return;
      clearTimeout(timer);
      resolve(link);
    };
    service.stdout?.on("data", listen);
    service.stderr?.on("data", listen);
    service.on("exit", (code) => reject(new Error(`The service exited with code ${code}. Its output:\n${output}`)));
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
