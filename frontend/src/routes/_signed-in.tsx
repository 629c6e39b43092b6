import { createFileRoute, redirect, useRouter } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useSuspenseQuery } from "@tanstack/react-query";
import { meQuery } from "@/api/me";
import { rightsQuery } from "@/api/rights";
import { ApiProblem } from "@/api/problem";
import { Shell } from "@/app/shell";
import { StopBanner } from "@/connected/stop-banner";
import { AccountMenu } from "@/features/session/account-menu";
import { NoRightsPage } from "@/features/session/no-rights-page";

// Not a part of what a first visit waits for.
const LiveNotice = lazy(async () => ({ default: (await import("@/connected/live-notice")).LiveNotice }));

export const Route = createFileRoute("/_signed-in")({
  beforeLoad: async ({ context, location }) => {
    const toSignIn = redirect({
      to: "/sign-in",
      search: { return: location.href === "/" ? undefined : location.href },
    });
    if (context.signInCode.waiting) throw toSignIn;
    try {
      await context.queryClient.ensureQueryData(meQuery);
      // Known before a page is shown, which would first offer too little; unread, they leave a page to look at.
      await context.queryClient.ensureQueryData(rightsQuery).catch(() => undefined);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) throw toSignIn;
      throw error;
    }
  },
  component: SignedIn,
});

function SignedIn() {
  const router = useRouter();
  const { data: me, refetch } = useSuspenseQuery(meQuery);
  // The provider's page leads back to the sign-in page, once it has signed the browser out.
  const goOn = (providerUrl: string | null) =>
    providerUrl === null ? void router.navigate({ to: "/sign-in" }) : window.location.assign(providerUrl);
  const account = <AccountMenu me={me} onSignedOut={goOn} />;
  return (
    <Shell
      account={account}
      notice={
        me.bound ? (
          <>
            <StopBanner />
            <Suspense>
              <LiveNotice />
            </Suspense>
          </>
        ) : null
      }
    >
      {me.bound ? null : <NoRightsPage me={me} onAgain={() => void refetch()} />}
    </Shell>
  );
}
