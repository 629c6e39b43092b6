import { Button, Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { EnvironmentOverview, Release } from "@/api/contract";
import { itemsOf } from "@/api/pages";
import { releasesQuery } from "@/api/releases";
import { ProblemAlert } from "@/ui/problem-alert";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Loading } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { ChangeButton } from "@/connected/change-button";
import { PutBackButton } from "@/connected/put-back-button";
import { kindWords } from "@/ui/statuses";
import { Time } from "@/ui/time";
import { failedWithoutRelease, releaseHeadline } from "./model";
import classes from "./releases.module.css";

interface ReleasesSectionProps {
  application: string;
  environment: Pick<EnvironmentOverview, "environment" | "active_operation" | "last_operation">;
  onRollBack: (release: number) => void;
  onPutBack: (operation: string) => void;
}

/**
 * The releases of an environment, newest first: from the current one the step back of its operation, and to each other one a
 * rollback. An operation that failed and made no release comes before them.
 */
export function ReleasesSection({ application, environment, onRollBack, onPutBack }: ReleasesSectionProps) {
  const query = useInfiniteQuery(releasesQuery(application, environment.environment));
  const releases = itemsOf(query.data) ?? [];
  const failed = query.data ? failedWithoutRelease(environment.last_operation, releases) : null;
  // A rollback stops what is running; a step back is of an operation that has ended.
  const blocked = environment.active_operation ? "An operation is running in this environment." : null;
  return (
    <Section title="Releases">
      {query.error ? <ProblemAlert error={query.error} retry={() => void query.refetch()} /> : null}
      {query.isPending ? <Loading what="releases" rows={3} /> : null}
      {query.data && releases.length === 0 ? (
        <p className={classes.none}>No releases yet. The first promotion or deployment creates one.</p>
      ) : null}
      {failed ? (
        <div className={classes.failed}>
          <span>
            The last{" "}
            <Link to="/operations/$operation" params={{ operation: failed.id }} inherit underline="always">
              {kindWords[failed.kind].toLowerCase()}
            </Link>{" "}
            {failed.state === "cancelled" ? "was cancelled" : "failed"} and made no release.
          </span>
          <PutBackButton
            operation={failed.id}
            application={application}
            environment={environment.environment}
            blocked={blocked}
            onPutBack={onPutBack}
          />
        </div>
      ) : null}
      {releases.length > 0 ? (
        <ol className={classes.releases}>
          {releases.map((release, index) => (
            <ReleaseLine
              key={release.number}
              application={application}
              release={release}
              before={releases[index + 1]}
              environment={environment.environment}
              blocked={blocked}
              onRollBack={() => onRollBack(release.number)}
              onPutBack={onPutBack}
            />
          ))}
        </ol>
      ) : null}
      {query.hasNextPage ? (
        <Button
          variant="default"
          size="compact-sm"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Load older releases
        </Button>
      ) : null}
    </Section>
  );
}

interface ReleaseLineProps {
  application: string;
  release: Release;
  before: Release | undefined;
  environment: string;
  /** Why nothing can be changed now. */
  blocked: string | null;
  onRollBack: () => void;
  onPutBack: (operation: string) => void;
}

function ReleaseLine({ application, release, before, environment, blocked, onRollBack, onPutBack }: ReleaseLineProps) {
  return (
    <li className={classes.release}>
      <span className={classes.number}>#{release.number}</span>
      <Stack gap={0} className={classes.text}>
        <span className={classes.versions}>{releaseHeadline(release, before)}</span>
        <span className={classes.by}>
          {release.operation_id ? (
            <Link to="/operations/$operation" params={{ operation: release.operation_id }} inherit underline="always">
              {kindWords[release.kind]}
            </Link>
          ) : (
            kindWords[release.kind]
          )}{" "}
          by {release.actor} <Time at={release.created_at} />. Compare with{" "}
          <Link
            to="/applications/$application/compare"
            params={{ application }}
            search={{ left: environment, right: environment, rightRelease: release.number }}
            inherit
            underline="always"
          >
            now
            <span className="sc-unseen">
              {" "}
              {environment} and release {release.number}
            </span>
          </Link>
          {before ? (
            <>
              {" or "}
              <Link
                to="/applications/$application/compare"
                params={{ application }}
                search={{
                  left: environment,
                  right: environment,
                  leftRelease: before.number,
                  rightRelease: release.number,
                }}
                inherit
                underline="always"
              >
                #{before.number}
                <span className="sc-unseen"> and release {release.number}</span>
              </Link>
            </>
          ) : null}
        </span>
      </Stack>
      {release.current ? (
        <span className={classes.acts}>
          <span className={classes.current}>current</span>
          {release.operation_id ? (
            <PutBackButton
              operation={release.operation_id}
              application={application}
              environment={environment}
              blocked={blocked}
              onPutBack={onPutBack}
            />
          ) : null}
        </span>
      ) : (
        <ChangeButton
          needs="promote"
          kind="rollback"
          application={application}
          environment={environment}
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="back" size={14} />}
          onClick={onRollBack}
        >
          Roll back
          <span className="sc-unseen">
            {" "}
            {environment} to release {release.number}
          </span>
        </ChangeButton>
      )}
    </li>
  );
}
