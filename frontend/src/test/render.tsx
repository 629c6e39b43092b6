import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterContextProvider } from "@tanstack/react-router";
import { render as rendered } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { createQueryClient } from "@/app/query-client";
import type { AppRouter } from "@/app/router";
import { cssVariablesResolver, theme } from "@/app/theme";

/** Renders inside the providers of the console, and returns a user who acts. */
export function render(children: ReactNode) {
  const queryClient = createQueryClient();
  queryClient.setDefaultOptions({ queries: { retry: false } });
  // Links need a router for their addresses; they need no pages.
  const router = createRouter({ routeTree: createRootRoute(), history: createMemoryHistory() }) as unknown as AppRouter;
  const around = (shown: ReactNode) => (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver} env="test">
      <QueryClientProvider client={queryClient}>
        <RouterContextProvider router={router}>{shown}</RouterContextProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
  const view = rendered(around(children));
  /** Renders again with other props. */
  const show = (changed: ReactNode) => view.rerender(around(changed));
  return { ...view, show, user: userEvent.setup(), queryClient };
}
