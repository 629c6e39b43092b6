import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { EmptyState } from "@/ui/empty-state";
import { LinkButton } from "@/ui/link";
import { Loading } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";

/** What stands in a page's place while it comes, when it cannot come, and when there is none. */
export function PagePending() {
  return (
    <Page title="Loading">
      <Loading what="the page" />
    </Page>
  );
}

export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Page title="This page could not be shown">
      <ProblemAlert error={error} retry={retry} />
    </Page>
  );
}

export function NotFound() {
  return (
    <Page title="Not found">
      <EmptyState
        title="There is nothing at this address"
        action={
          <LinkButton to="/applications" variant="default">
            To the applications
          </LinkButton>
        }
      >
        <p>It may have been renamed or deleted, or the link was cut short.</p>
      </EmptyState>
    </Page>
  );
}
