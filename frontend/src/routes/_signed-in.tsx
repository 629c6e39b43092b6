import { createFileRoute, redirect, useRouter } from "@tanstack/react-router";
import { useSuspenseQuery } from "@tanstack/react-query";
import { meQuery } from "@/api/me";
import { ApiProblem } from "@/api/problem";
import { Shell } from "@/app/shell";
import { AccountMenu } from "@/features/session/account-menu";

export const Route = createFileRoute("/_signed-in")({
  beforeLoad: async ({ context, location }) => {
    const toSignIn = redirect({
      to: "/sign-in",
      search: { return: location.href === "/" ? undefined : location.href },
    });
    if (context.signInCode.waiting) throw toSignIn;
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) throw toSignIn;
      throw error;
    }
  },
  component: SignedIn,
});

function SignedIn() {
  const router = useRouter();
  const { data: me } = useSuspenseQuery(meQuery);
  const goToSignIn = () => router.navigate({ to: "/sign-in" });
  return <Shell account={<AccountMenu me={me} onSignedOut={() => void goToSignIn()} />} />;
}
