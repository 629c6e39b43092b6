import { Group, Text } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { PromotionSet } from "@/api/contract";
import { ImageCopiesList } from "@/ui/image-copies/image-copies-list";
import { Link } from "@/ui/link";
import { Stale } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { RingsView } from "@/ui/rings/rings-view";
import { StatusBadge } from "@/ui/status-badge";
import { laneStatus, operationStatus } from "@/ui/statuses";
import { Time, Took } from "@/ui/time";
import { copiesOf, howFar, setEnded, setTitle } from "./model";
import { PausedSet } from "./paused-set";
import classes from "./promotion-sets.module.css";
import { promotionSetQuery } from "./queries";
import { SetActions } from "./set-actions";

interface PromotionSetPageProps {
  id: string;
  onRollBack: () => void;
  /** The open dialog. */
  over: (set: PromotionSet) => ReactNode;
}

/** One promotion set: its state, what a person can decide about it, and a lane for each application and cluster. */
export function PromotionSetPage({ id, onRollBack, over }: PromotionSetPageProps) {
  const query = useSuspenseQuery(promotionSetQuery(id));
  const set = query.data;
  const ended = setEnded(set);
  return (
    <Page
      title={setTitle(set)}
      above={<Link to="/applications">Applications</Link>}
      heading={
        <>
          {setTitle(set)} <StatusBadge status={operationStatus[set.state]} />
        </>
      }
      below={
        <Group gap="0.35rem 1rem">
          <span>
            Started by {set.actor} <Time at={set.created_at} />
          </span>
          {set.source_environment ? <span>From {set.source_environment}</span> : null}
          <span>{set.order === "one-by-one" ? "One by one" : "All at once"}</span>
          <span>
            {ended ? "Took" : "Running for"} <Took from={set.started_at ?? set.created_at} to={set.ended_at} />
          </span>
        </Group>
      }
      actions={<SetActions set={set} onRollBack={onRollBack} />}
    >
      {over(set)}
      {query.error ? <Stale error={query.error} updatedAt={query.dataUpdatedAt} /> : null}
      {set.takes_back ? (
        <Text>
          It takes back{" "}
          <Link to="/promotion-sets/$set" params={{ set: set.takes_back }}>
            an earlier promotion
          </Link>
          .
        </Text>
      ) : null}
      <PausedSet set={set} />
      <Text aria-live="polite" size="md">
        {set.message ?? howFar(set)}
      </Text>
      <div className={classes.members}>
        {set.members.map((member) => (
          <MemberView key={member.application} member={member} order={set.order} />
        ))}
      </div>
    </Page>
  );
}

type Member = PromotionSet["members"][number];

function MemberView({ member, order }: { member: Member; order: PromotionSet["order"] }) {
  const { application, stage, operation, release } = member;
  const copies = copiesOf(member);
  const rings = operation.clusters.some(({ wave }) => wave > 0);
  return (
    <section className={classes.card} aria-label={application}>
      <header className={classes.head}>
        <h2>
          <Link to="/operations/$operation" params={{ operation: operation.id }}>
            {order === "one-by-one" ? `${stage + 1}. ` : ""}
            {application}
          </Link>
        </h2>
        <StatusBadge status={operationStatus[operation.state]} quiet />
        {release === null ? null : <span className={classes.aside}>Release {release}</span>}
      </header>
      {operation.rings ? (
        <RingsView operation={operation} rings={operation.rings} of={application} ended={setEnded(operation)} />
      ) : null}
      {copies.length > 0 ? <ImageCopiesList copies={copies} label={`Images copied first for ${application}`} /> : null}
      <ul className={classes.lanes} aria-label={`Clusters of ${application}`}>
        {operation.clusters.map((lane) => (
          <li key={lane.cluster} className={classes.lane}>
            <span className={classes.cluster}>{lane.cluster}</span>
            <StatusBadge status={laneStatus(lane)} quiet />
            {rings ? <span className={classes.ring}>Ring {lane.wave + 1}</span> : null}
            {lane.detail ? <p className={classes.why}>{lane.detail}</p> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
