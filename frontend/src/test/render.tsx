import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterContextProvider } from "@tanstack/react-router";
import { render as rendered } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { createQueryClient } from "@/app/query-client";
import type { AppRouter } from "@/app/router";
import { cssVariablesResolver, theme } from "@/app/theme";

/** Renders inside everything that a component may rely on; gives a user to act with. */
export function render(children: ReactNode) {
  const queryClient = createQueryClient();
  queryClient.setDefaultOptions({ queries: { retry: false } });
  // Links need a router to say where they lead, not the pages behind them.
  const router = createRouter({ routeTree: createRootRoute(), history: createMemoryHistory() }) as unknown as AppRouter;
  const view = rendered(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver} env="test">
      <QueryClientProvider client={queryClient}>
        <RouterContextProvider router={router}>{children}</RouterContextProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { ...view, user: userEvent.setup(), queryClient };
}
