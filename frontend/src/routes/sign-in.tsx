import { createFileRoute, redirect, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Me } from "@/api/contract";
import { meQuery } from "@/api/me";
import { signIn } from "@/features/session/mutations";
import { ReplaceSessionPage } from "@/features/session/replace-session-page";
import { safeReturn } from "@/features/session/sign-in-code";
import { SignInPage } from "@/features/session/sign-in-page";
import { optionalText } from "@/lib/search-params";

export const Route = createFileRoute("/sign-in")({
  validateSearch: (search): { return?: string; provider?: string; problem?: string } => ({
    return: optionalText(search.return),
    provider: optionalText(search.provider),
    problem: optionalText(search.problem),
  }),
  beforeLoad: async ({ context, search }): Promise<{ linkProblem: unknown; replacing: Replacing | null }> => {
    const code = context.signInCode.take();
    if (code === null) return { linkProblem: null, replacing: null };
    const me = await context.queryClient.ensureQueryData(meQuery).catch(() => null);
    if (me !== null) return { linkProblem: null, replacing: { me, code } };
    try {
      await signIn(context.queryClient, { code });
    } catch (linkProblem) {
      return { linkProblem, replacing: null };
    }
    throw redirect({ href: safeReturn(search.return), replace: true });
  },
  component: SignInRoute,
});

/** Who is signed in, and the code of a link that would replace that session. */
interface Replacing {
  me: Me;
  code: string;
}

function SignInRoute() {
  const router = useRouter();
  const { return: returnTo, provider, problem } = Route.useSearch();
  const { linkProblem, replacing, queryClient } = Route.useRouteContext();
  const [refused, setRefused] = useState<unknown>(null);
  const goOn = () => router.history.replace(safeReturn(returnTo));
  if (replacing !== null && refused === null) {
    return (
      <ReplaceSessionPage
        me={replacing.me}
        onKeep={goOn}
        onUse={() => void signIn(queryClient, { code: replacing.code }).then(goOn, setRefused)}
      />
    );
  }
  return (
    <SignInPage
      linkProblem={refused ?? linkProblem}
      failed={provider && problem ? { provider, problem } : null}
      returnTo={returnTo}
      onSignedIn={goOn}
    />
  );
}
