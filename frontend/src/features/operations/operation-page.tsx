import { Button, CopyButton, Group, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useEffect, useMemo, type ReactNode } from "react";
import type { OperationDetail, OperationEvent } from "@/api/contract";
import { stopsQuery } from "@/api/gates";
import { keys } from "@/api/keys";
import { operationQuery } from "@/api/operations";
import type { StreamState } from "@/api/event-stream";
import { HoldNotice } from "@/connected/hold-notice";
import { PutBackButton } from "@/connected/put-back-button";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Stale } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { Page, Section } from "@/ui/page";
import { DirectionBadge } from "@/ui/direction";
import { RingsView } from "@/ui/rings/rings-view";
import { StatusBadge } from "@/ui/status-badge";
import { operationStatus } from "@/ui/statuses";
import { Time, Took } from "@/ui/time";
import { ClusterProgressView } from "./cluster-progress-view";
import { hasEnded, clusterProgressOf, stateAfter, summaryOf, titleOf } from "./model";
import { HookRuns } from "./hook-runs-view";
import { ImageCopies } from "./image-copies-view";
import { OperationActions } from "./operation-actions";
import classes from "./operation-page.module.css";
import { stopOn } from "./pause";
import { PausedOperation } from "./paused-operation";
import { TimelineList } from "./timeline-list";
import { useTimeline } from "./use-timeline";

interface OperationPageProps {
  id: string;
  /** Opens the preview of the one step back. */
  onPutBack: () => void;
  /** The open dialog. */
  over: (operation: OperationDetail) => ReactNode;
}

/** The live view of one operation: its progress on each cluster, updated by events, and its timeline. */
export function OperationPage({ id, onPutBack, over }: OperationPageProps) {
  const query = useSuspenseQuery(operationQuery(id));
  const operation = query.data;
  const { events, stream } = useTimeline(id, operation.attempt);
  const clusters = useMemo(() => clusterProgressOf(operation, events), [operation, events]);
  const state = stateAfter(operation, events);
  const { data: stops = [] } = useQuery({ ...stopsQuery, enabled: !hasEnded(state) });
  useRefreshAtEnd(id, hasEnded(state));
  useRefreshAtPause(id, events, operation.rings ? turns : pausing);

  return (
    <Page
      title={titleOf(operation)}
      above={
        <Link
          to="/applications/$application"
          params={{ application: operation.application }}
          search={{ environment: operation.environment }}
        >
          {operation.application} in {operation.environment}
        </Link>
      }
      heading={
        <>
          {titleOf(operation)} <StatusBadge status={operationStatus[state]} />{" "}
          {operation.downgrade ? <DirectionBadge direction="downgrade" /> : null}
        </>
      }
      below={
        <Group gap="0.35rem 1rem">
          <span>
            Started by {operation.actor} <Time at={operation.created_at} />
          </span>
          <span>
            {hasEnded(state) ? "Took" : "Running for"}{" "}
            <Took from={operation.started_at ?? operation.created_at} to={endOf(operation, events, state)} />
          </span>
          <Connection stream={stream} ended={hasEnded(state)} />
          <HoldNotice application={operation.application} environment={operation.environment} />
        </Group>
      }
      actions={
        <>
          <ShareButton />
          {hasEnded(state) && !operation.promotion_set ? (
            <PutBackButton
              size="sm"
              operation={id}
              application={operation.application}
              environment={operation.environment}
              stands={({ cluster }) => clusters.some((each) => each.cluster === cluster && each.imagesChanged)}
              onPutBack={onPutBack}
            />
          ) : null}
          {operation.promotion_set ? null : <OperationActions operation={operation} state={state} />}
        </>
      }
    >
      {over(operation)}
      {query.error ? <Stale error={query.error} updatedAt={query.dataUpdatedAt} /> : null}
      {operation.cancel_requested_at && !hasEnded(state) ? (
        <Note tone="warn" title="Cancellation in progress">
          <p>Stagecoach finishes the current step on each cluster and starts no other.</p>
        </Note>
      ) : null}
      {operation.promotion_set ? <PartOfSet set={operation.promotion_set} /> : null}
      {operation.pause && !hasEnded(state) && !operation.promotion_set ? (
        <PausedOperation operation={operation} pause={operation.pause} />
      ) : null}
      <Text aria-live="polite" size="md">
        {(hasEnded(state) && operation.message) || summaryOf(clusters)}
      </Text>
      {operation.rings ? <RingsView operation={operation} rings={operation.rings} ended={hasEnded(state)} /> : null}
      <ImageCopies events={events} ended={hasEnded(state)} />
      <div className={classes.clusters}>
        {clusters.map((progress) => (
          <ClusterProgressView
            key={progress.cluster}
            progress={progress}
            waves={clusters.some((each) => each.wave > 0)}
            stop={hasEnded(state) ? null : stopOn(progress.cluster, operation, stops)}
          />
        ))}
      </div>
      <HookRuns operation={id} events={events} />
      <Section title="Timeline">
        <Stack gap="xs">
          <TimelineList events={events} />
        </Stack>
      </Section>
    </Page>
  );
}

/** What was promoted together is decided about together. */
function PartOfSet({ set }: { set: string }) {
  return (
    <Note title="Part of a promotion set">
      <p>
        Applications that are promoted together stay or go back together.{" "}
        <Link to="/promotion-sets/$set" params={{ set }}>
          Decide about the set
        </Link>
        .
      </p>
    </Note>
  );
}

/** Copies the page's address: other users see the same page. */
function ShareButton() {
  return (
    <CopyButton value={window.location.href} timeout={1500}>
      {({ copied, copy }) => (
        <Button variant="default" leftSection={<Icon name={copied ? "check" : "link"} />} onClick={copy}>
          {copied ? "Link copied" : "Copy link"}
        </Button>
      )}
    </CopyButton>
  );
}

function endOf(
  operation: { ended_at: string | null },
  events: readonly { type: string; at: string }[],
  state: string,
): string | null {
  if (state === "queued" || state === "running") return null;
  return events.findLast((event) => event.type === "operation.ended")?.at ?? operation.ended_at;
}

/** When the operation ends, invalidates the queries whose data it changed. */
function useRefreshAtEnd(id: string, ended: boolean) {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!ended) return;
    void queryClient.invalidateQueries({ queryKey: keys.operations.one(id) });
    void queryClient.invalidateQueries({ queryKey: keys.applications.all });
  }, [queryClient, id, ended]);
}

/** Reads the operation when it is paused or goes on: events say that it is, the operation says which gates are in the way. */
function useRefreshAtPause(id: string, events: readonly OperationEvent[], at: ReadonlySet<string>) {
  const queryClient = useQueryClient();
  const last = events.findLast(({ type }) => at.has(type))?.seq;
  useEffect(() => {
    if (last !== undefined) void queryClient.invalidateQueries({ queryKey: keys.operations.one(id) });
  }, [queryClient, id, last]);
}

const pausing: ReadonlySet<string> = new Set(["operation.paused", "operation.continued", "operation.undo-requested"]);
/** Where the drawing of the rings changes. */
const turns: ReadonlySet<string> = new Set([
  ...pausing,
  "cluster.started",
  "cluster.ended",
  "undo.started",
  "soak.started",
  "soak.ended",
  "check.started",
  "check.ended",
]);

function Connection({ stream, ended }: { stream: StreamState; ended: boolean }) {
  if (ended) return null;
  if (stream === "live")
    return (
      <span className={classes.live}>
        <Icon name="dot" size={12} /> Live
      </span>
    );
  return (
    <span className={classes.lost} role="status">
      <Icon name="unplug" size={14} />{" "}
      {stream === "lost" ? "Connection lost, reconnecting. The operation continues." : "Connecting"}
    </span>
  );
}
