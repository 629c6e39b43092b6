import { createFileRoute, redirect, useRouter } from "@tanstack/react-router";
import { signIn } from "@/features/session/mutations";
import { safeReturn } from "@/features/session/sign-in-code";
import { SignInPage } from "@/features/session/sign-in-page";
import { optionalText } from "@/lib/search-params";

export const Route = createFileRoute("/sign-in")({
  validateSearch: (search): { return?: string } => ({ return: optionalText(search.return) }),
  beforeLoad: async ({ context, search }) => {
    const code = context.signInCode.take();
    if (code === null) return { linkProblem: null };
    try {
      await signIn(context.queryClient, { code });
    } catch (linkProblem) {
      return { linkProblem };
    }
    throw redirect({ href: safeReturn(search.return), replace: true });
  },
  component: SignInRoute,
});

function SignInRoute() {
  const router = useRouter();
  const search = Route.useSearch();
  const { linkProblem } = Route.useRouteContext();
  return <SignInPage linkProblem={linkProblem} onSignedIn={() => router.history.replace(safeReturn(search.return))} />;
}
