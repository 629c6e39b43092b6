import { Button, Chip, Group, NativeSelect, SegmentedControl, Text, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { itemsOf } from "@/api/pages";
import { HoldNotice } from "@/connected/hold-notice";
import { browserZone } from "@/lib/zones";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Loading, Stale } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { EntryLine } from "./entry-line";
import { byDay, rangeLabels, ranges, spanFault, topicLabels, topicNames, type Shown } from "./model";
import { timelineQuery } from "./queries";
import classes from "./timeline.module.css";

interface TimelinePageProps {
  application: string;
  environment: string;
  /** Those of the application that have a timeline. */
  environments: readonly string[];
  shown: Shown;
  onShow: (changes: Partial<Shown>) => void;
  onEnvironment: (environment: string) => void;
}

/** What happened in an app environment, the newest first and by day. New entries appear as they are recorded. */
export function TimelinePage({
  application,
  environment,
  environments,
  shown,
  onShow,
  onEnvironment,
}: TimelinePageProps) {
  const fault = spanFault(shown);
  return (
    <Page
      title={`Timeline of ${application} in ${environment}`}
      heading="Timeline"
      above={
        <Link to="/applications/$application" params={{ application }} search={{ environment }}>
          {application} in {environment}
        </Link>
      }
      below={
        <Group gap="0.35rem 1rem">
          <span>Times by your clock, in {browserZone()}</span>
          <HoldNotice application={application} environment={environment} />
        </Group>
      }
      actions={
        <NativeSelect
          aria-label="Environment"
          leftSection={<Icon name="stages" />}
          data={environments.includes(environment) ? [...environments] : [environment, ...environments]}
          value={environment}
          onChange={(event) => onEnvironment(event.currentTarget.value)}
        />
      }
    >
      <Filters shown={shown} fault={fault} onShow={onShow} />
      {fault === null ? <Entries application={application} environment={environment} shown={shown} /> : null}
    </Page>
  );
}

function Filters({ shown, fault, onShow }: Pick<TimelinePageProps, "shown" | "onShow"> & { fault: string | null }) {
  const range = shown.range ?? "24h";
  return (
    <div className={classes.filters}>
      <div className={classes.ranges}>
        <SegmentedControl
          aria-label="Span of time"
          size="xs"
          data={ranges.map((value) => ({ value, label: rangeLabels[value] }))}
          value={range}
          onChange={(value) => onShow({ range: value })}
        />
      </div>
      {range === "picked" ? (
        <div className={classes.picked}>
          <TextInput
            type="datetime-local"
            label="From"
            value={shown.from ?? ""}
            onChange={(event) => onShow({ from: event.currentTarget.value || undefined })}
          />
          <TextInput
            type="datetime-local"
            label="To"
            value={shown.to ?? ""}
            error={fault}
            onChange={(event) => onShow({ to: event.currentTarget.value || undefined })}
          />
        </div>
      ) : null}
      <Chip.Group
        multiple
        value={shown.only ?? []}
        onChange={(only) => onShow({ only: only.length > 0 ? only : undefined })}
      >
        <Group gap="xs" role="group" aria-label="Show only">
          <Text size="sm" aria-hidden="true">
            Show only
          </Text>
          {topicNames.map((topic) => (
            <Chip key={topic} value={topic} size="xs">
              {topicLabels[topic]}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </div>
  );
}

function Entries({
  application,
  environment,
  shown,
}: Pick<TimelinePageProps, "application" | "environment" | "shown">) {
  const query = useInfiniteQuery(timelineQuery(application, environment, shown));
  const entries = itemsOf(query.data);
  const narrowed = (shown.only?.length ?? 0) > 0;
  return (
    <>
      {query.error ? (
        entries ? (
          <Stale error={query.error} updatedAt={query.dataUpdatedAt} />
        ) : (
          <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        )
      ) : null}
      {query.isPending ? <Loading what="the timeline" rows={8} /> : null}
      {entries?.length === 0 ? (
        <EmptyState title={narrowed ? "Nothing of this kind happened" : "Nothing happened"}>
          <p>
            Neither operations, nor anything that was seen on the clusters in this span of time. What clusters show is
            recorded while Stagecoach watches them, and kept for 90 days.
          </p>
        </EmptyState>
      ) : null}
      {byDay(entries ?? []).map(({ label, entries: ofDay }) => (
        <section key={`${label} ${ofDay[0]?.id}`} className={classes.day} aria-label={label}>
          <h2 className={classes.date}>{label}</h2>
          <ol className={classes.entries}>
            {ofDay.map((entry) => (
              <EntryLine key={entry.id} application={application} environment={environment} entry={entry} />
            ))}
          </ol>
        </section>
      ))}
      {query.hasNextPage ? (
        <Group>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load earlier entries
          </Button>
        </Group>
      ) : null}
    </>
  );
}
