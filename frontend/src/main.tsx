import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { Providers } from "@/app/providers";
import { createQueryClient } from "@/app/query-client";
import { createAppRouter } from "@/app/router";

const queryClient = createQueryClient();

const root = createRoot(document.getElementById("root")!);

// Renders in slices, so that the browser can paint and handle input between them.
startTransition(() =>
  root.render(
    <StrictMode>
      <Providers queryClient={queryClient} router={createAppRouter(queryClient)} />
    </StrictMode>,
  ),
);
