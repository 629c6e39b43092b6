import type { QueryClient } from "@tanstack/react-query";
import type { SignInCode } from "@/features/session/sign-in-code";

/** What every route may rely on. */
export interface RouterContext {
  queryClient: QueryClient;
  /** The one-time code that the page was opened with; it is out of the address bar already. */
  signInCode: SignInCode;
}
