import { hashKey, type QueryClient } from "@tanstack/react-query";
import { createRouter } from "@tanstack/react-router";
import { keys } from "@/api/keys";
import { meQuery } from "@/api/me";
import { ApiProblem } from "@/api/problem";
import { takeSignInCode } from "@/features/session/sign-in-code";
import { routeTree } from "@/route-tree.gen";
import { NotFound, PageFailed, PagePending } from "@/app/page-states";
import type { RouterContext } from "@/app/router-context";

const meHash = hashKey(keys.me);

export function createAppRouter(queryClient: QueryClient) {
  const router = createRouter({
    routeTree,
    context: { queryClient, signInCode: takeSignInCode(window) } satisfies RouterContext,
    defaultPreload: "intent",
    // The query cache decides what is fresh; the router caches nothing.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultPendingComponent: PagePending,
    defaultErrorComponent: PageFailed,
    defaultNotFoundComponent: NotFound,
  });
  // When any query finds that the session has expired, the router runs again, shows the sign-in page, and returns here
  // afterwards. The query of `/me` is excluded: the route that runs it handles its failure.
  queryClient.getQueryCache().subscribe(({ type, query }) => {
    if (type !== "updated" || query.queryHash === meHash) return;
    if (query.state.status !== "error" || !isSignedOut(query.state.error)) return;
    queryClient.removeQueries(meQuery);
    void router.invalidate();
  });
  return router;
}

const isSignedOut = (error: unknown): boolean => error instanceof ApiProblem && error.status === 401;

export type AppRouter = ReturnType<typeof createAppRouter>;

declare module "@tanstack/react-router" {
  interface Register {
    router: AppRouter;
  }
}
