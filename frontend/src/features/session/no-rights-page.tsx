import { Button } from "@mantine/core";
import type { Me } from "@/api/contract";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";

/** For somebody who is known and to whom no role is bound: nothing of this installation is visible. */
export function NoRightsPage({ me, onAgain }: { me: Me; onAgain: () => void }) {
  return (
    <Page title="No access yet">
      <EmptyState title={`You are signed in as ${me.name}, and have no role here yet`}>
        <p>
          Ask an administrator of this Stagecoach to give a role to you or to one of your groups. It counts at once;
          groups that you join are known after you sign in again.
        </p>
        {me.provider !== null ? (
          <p>
            {me.groups.length > 0 ? (
              <>
                Your groups at {me.provider}: <strong>{me.groups.join(", ")}</strong>
              </>
            ) : (
              <>{me.provider} named no groups of yours. If you have some, an administrator compares the groups claim.</>
            )}
          </p>
        ) : null}
        <Button variant="default" onClick={onAgain}>
          Look again
        </Button>
      </EmptyState>
    </Page>
  );
}
