/**
 * The one-time code in the link that the service prints: `/#code=…` or `/sign-in?code=…`.
 *
 * The console removes it from the address bar and the history first, so that users neither bookmark nor share it. It can be
 * used once.
 */
export interface SignInCode {
  /** Returns the code once; null from then on. */
  take: () => string | null;
  readonly waiting: boolean;
}

export function signInCode(code: string | null): SignInCode {
  let left = code;
  return {
    take: () => {
      const taken = left;
      left = null;
      return taken;
    },
    get waiting() {
      return left !== null;
    },
  };
}

export function takeSignInCode({ location, history }: Pick<Window, "location" | "history">): SignInCode {
  const url = new URL(location.href);
  const fragment = new URLSearchParams(url.hash.replace(/^#/, ""));
  const code = fragment.get("code") ?? url.searchParams.get("code");
  if (code === null) return signInCode(null);
  url.searchParams.delete("code");
  fragment.delete("code");
  url.hash = fragment.toString();
  history.replaceState(null, "", url.pathname + url.search + (url.hash === "#" ? "" : url.hash));
  return signInCode(code);
}

/**
 * The address to open after signing in. Only paths of this console are accepted: an address of another origin (`//host`,
 * `/\host`, `https:`) is replaced by the start page.
 */
export function safeReturn(path: string | undefined): string {
  if (!path || !/^\/(?![/\\])/.test(path) || path.startsWith("/sign-in")) return "/applications";
  const origin = "https://console.invalid";
  const url = new URL(path, origin);
  return url.origin === origin ? url.pathname + url.search + url.hash : "/applications";
}
