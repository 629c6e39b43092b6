import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { asProblem, type ApiProblem } from "@/api/problem";
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
  const problem = asProblem(error);
  if (problem.status === 404) return <NothingToShow problem={problem} />;
  return (
    <Page title="This page failed to load">
      <ProblemAlert error={error} retry={retry} />
    </Page>
  );
}

const lists = {
  applications: { to: "/applications", label: "Go to applications" },
  environments: { to: "/environments", label: "Go to environments" },
  operations: { to: "/operations", label: "Go to the history" },
  registries: { to: "/registries", label: "Go to registries" },
} as const;

/** The list that contains what was looked for, by the contract's name of it. */
const listOf: Record<string, (typeof lists)[keyof typeof lists]> = {
  environment: lists.environments,
  operation: lists.operations,
  receiver: lists.registries,
};

/** The address names something that does not exist: trying again would not help, the list of what exists does. */
function NothingToShow({ problem }: { problem: ApiProblem }) {
  const { to, label } = listOf[problem.document.what ?? ""] ?? lists.applications;
  return (
    <Page title="Not found">
      <EmptyState
        title={problem.detail}
        action={
          <LinkButton to={to} variant="default">
            {label}
          </LinkButton>
        }
      >
        <p>It may have been renamed or deleted, or the link is incomplete.</p>
      </EmptyState>
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
