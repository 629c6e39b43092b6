import { Button, Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Release } from "@/api/contract";
import { itemsOf } from "@/api/pages";
import { ProblemAlert } from "@/ui/problem-alert";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Loading } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { RoleButton } from "@/connected/role-button";
import { kindWords } from "@/ui/statuses";
import { Time } from "@/ui/time";
import { releaseHeadline } from "./model";
import { releasesQuery } from "./queries";
import classes from "./releases.module.css";

interface ReleasesSectionProps {
  application: string;
  environment: string;
  onRollBack: (release: number) => void;
}

/** The releases of an environment, newest first, each with a button that rolls back to it. */
export function ReleasesSection({ application, environment, onRollBack }: ReleasesSectionProps) {
  const query = useInfiniteQuery(releasesQuery(application, environment));
  const releases = itemsOf(query.data) ?? [];
  return (
    <Section title="Releases">
      {query.error ? <ProblemAlert error={query.error} retry={() => void query.refetch()} /> : null}
      {query.isPending ? <Loading what="releases" rows={3} /> : null}
      {query.data && releases.length === 0 ? (
        <p className={classes.none}>No releases yet. The first promotion or deployment creates one.</p>
      ) : null}
      {releases.length > 0 ? (
        <ol className={classes.releases}>
          {releases.map((release, index) => (
            <ReleaseLine
              key={release.number}
              release={release}
              before={releases[index + 1]}
              current={index === 0}
              environment={environment}
              onRollBack={() => onRollBack(release.number)}
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
  release: Release;
  before: Release | undefined;
  current: boolean;
  environment: string;
  onRollBack: () => void;
}

function ReleaseLine({ release, before, current, environment, onRollBack }: ReleaseLineProps) {
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
          by {release.actor} <Time at={release.created_at} />
        </span>
      </Stack>
      {current ? (
        <span className={classes.current}>current</span>
      ) : (
        <RoleButton
          needs="operator"
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
        </RoleButton>
      )}
    </li>
  );
}
