import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@/ui/link";
import { Loading } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { OperationList } from "./operation-list";
import classes from "./operation-list.module.css";
import { operationsQuery } from "./queries";

const SHOWN = 5;

/** The latest operations of an app environment, with a link to all of them. */
export function RecentOperations({ application, environment }: { application: string; environment: string }) {
  const query = useInfiniteQuery(operationsQuery({ application, environment }));
  const recent = query.data?.pages[0]?.items.slice(0, SHOWN) ?? [];
  return (
    <Section
      title="Recent operations"
      actions={
        <Link to="/operations" search={{ application, environment }} size="sm">
          All operations
        </Link>
      }
    >
      {query.error ? <ProblemAlert error={query.error} retry={() => void query.refetch()} /> : null}
      {query.isPending ? <Loading what="recent operations" rows={3} /> : null}
      {query.data && recent.length === 0 ? (
        <p className={classes.none}>No operations in this environment yet.</p>
      ) : null}
      {recent.length > 0 ? <OperationList operations={recent} /> : null}
    </Section>
  );
}
