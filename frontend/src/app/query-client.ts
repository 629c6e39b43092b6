import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "@/api/problem";

/** Retries if the service is unreachable or overloaded; never if it refused the request. */
function worthRetrying(failures: number, error: unknown): boolean {
  const status = error instanceof ApiProblem ? error.status : undefined;
  return failures < 2 && (status === 0 || status === 429 || status === 502 || status === 503 || status === 504);
}

export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      // Clusters change without the console. Data of the last ten seconds is shown without loading it again.
      queries: { staleTime: 10_000, retry: worthRetrying, networkMode: "always" },
      mutations: { retry: false, networkMode: "always" },
    },
  });
