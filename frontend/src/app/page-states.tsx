import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { EmptyState } from "@/ui/empty-state";
import { LinkButton } from "@/ui/link";
import { Loading } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";

/** Shown in place of a page while it loads, when loading fails, and when the address matches no page. */
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
    <Page title="This page failed to load">
      <ProblemAlert error={error} retry={retry} />
    </Page>
  );
}

export function NotFound() {
  return (
    <Page title="Not found">
      <EmptyState
        title="No page at this address"
        action={
          <LinkButton to="/applications" variant="default">
            Go to applications
          </LinkButton>
        }
      >
        <p>The page may have been renamed or deleted, or the link is incomplete.</p>
      </EmptyState>
    </Page>
  );
}
