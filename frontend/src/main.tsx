import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { Providers } from "@/app/providers";
import { createQueryClient } from "@/app/query-client";
import { createAppRouter } from "@/app/router";

const queryClient = createQueryClient();

const root = createRoot(document.getElementById("root")!);

// In slices, between which the browser can paint and answer.
startTransition(() =>
  root.render(
    <StrictMode>
      <Providers queryClient={queryClient} router={createAppRouter(queryClient)} />
    </StrictMode>,
  ),
);
