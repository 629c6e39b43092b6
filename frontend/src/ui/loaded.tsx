import { Skeleton, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asProblem } from "@/api/problem";
import { Note } from "./note";
import { ProblemAlert } from "./problem-alert";
import { Time } from "./time";

/** Grey bars in the place of what is coming; said aloud once. */
export function Loading({ what, rows = 4 }: { what: string; rows?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label={`Loading ${what}`}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={row === 0 ? 34 : 44} width={row === 0 ? "38%" : "100%"} />
      ))}
    </Stack>
  );
}

/** What was read a while ago is shown on, and says so. */
export function Stale({ error, readAt }: { error: unknown; readAt: number }) {
  const problem = asProblem(error);
  return (
    <div role="status">
      <Note tone="warn" title="This may be out of date">
        <p>
          Last read <Time at={new Date(readAt).toISOString()} />. {problem.title}: {problem.detail}
        </p>
      </Note>
    </div>
  );
}

interface LoadedProps<Data> {
  query: UseQueryResult<Data>;
  what: string;
  children: (data: Data) => ReactNode;
  loading?: ReactNode;
}

/** The states of something that is read: loading, failed, out of date, there. */
export function Loaded<Data>({ query, what, children, loading }: LoadedProps<Data>) {
  if (query.data === undefined) {
    if (query.error) return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
    return <>{loading ?? <Loading what={what} />}</>;
  }
  return (
    <>
      {query.error ? <Stale error={query.error} readAt={query.dataUpdatedAt} /> : null}
      {children(query.data)}
    </>
  );
}
