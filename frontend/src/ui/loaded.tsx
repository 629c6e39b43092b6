import { Skeleton, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { asProblem } from "@/api/problem";
import { Note } from "./note";
import { ProblemAlert } from "./problem-alert";
import { Time } from "./time";

/** Skeleton bars while something loads; announced once. */
export function Loading({ what, rows = 4 }: { what: string; rows?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label={`Loading ${what}`}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={row === 0 ? 34 : 44} width={row === 0 ? "38%" : "100%"} />
      ))}
    </Stack>
  );
}

/** Shown above data that could not be refreshed: how old it is, and why. */
export function Stale({ error, updatedAt }: { error: unknown; updatedAt: number }) {
  const problem = asProblem(error);
  return (
    <div role="status">
      <Note tone="warn" title="This page may be out of date">
        <p>
          Last updated <Time at={new Date(updatedAt).toISOString()} />. {problem.title}: {problem.detail}
        </p>
      </Note>
    </div>
  );
}

/** The state of a read, as query libraries report it. */
interface Read<Data> {
  data: Data | undefined;
  error: unknown;
  /** When the data was read, in milliseconds since 1970. */
  dataUpdatedAt: number;
  refetch: () => unknown;
}

interface LoadedProps<Data> {
  query: Read<Data>;
  what: string;
  children: (data: Data) => ReactNode;
  loading?: ReactNode;
}

/** Shows a read in each of its states: loading, failed, loaded, and loaded but not refreshed. */
export function Loaded<Data>({ query, what, children, loading }: LoadedProps<Data>) {
  if (query.data === undefined) {
    if (query.error) return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
    return <>{loading ?? <Loading what={what} />}</>;
  }
  return (
    <>
      {query.error ? <Stale error={query.error} updatedAt={query.dataUpdatedAt} /> : null}
      {children(query.data)}
    </>
  );
}
