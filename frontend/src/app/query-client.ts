import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "@/api/problem";

/** Repeats what may go better the next time: a service that is away or overloaded, never a refusal. */
function worthRetrying(failures: number, error: unknown): boolean {
  const status = error instanceof ApiProblem ? error.status : undefined;
  return failures < 2 && (status === 0 || status === 429 || status === 502 || status === 503 || status === 504);
}

export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      // What clusters run changes without us: ten seconds are fresh enough to move between pages without a flicker.
      queries: { staleTime: 10_000, retry: worthRetrying, networkMode: "always" },
      mutations: { retry: false, networkMode: "always" },
    },
  });
