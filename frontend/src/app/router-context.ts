import type { QueryClient } from "@tanstack/react-query";
import type { SignInCode } from "@/features/session/sign-in-code";

/** What every route can use. */
export interface RouterContext {
  queryClient: QueryClient;
  /** The one-time sign-in code from the page's address, already removed from the address bar. */
  signInCode: SignInCode;
}
