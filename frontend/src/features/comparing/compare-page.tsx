import { Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AppEnvironment, Comparison } from "@/api/contract";
import { HoldNotice } from "@/connected/hold-notice";
import { BringKeys, type Bringing } from "@/connected/bring-keys";
import { count } from "@/lib/words";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { Page } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import classes from "./comparing.module.css";
import {
  fieldOf,
  missingKeys,
  samePlace,
  sectionTitles,
  sections,
  sideTitles,
  summary,
  type PickedSide,
  type PickedSides,
} from "./model";
import { useMarkExpected } from "./mutations";
import { comparisonQuery } from "./queries";
import { SectionView } from "./section-view";
import { SidePicker } from "./side-picker";

interface ComparePageProps {
  application: string;
  /** Where the application is configured, by rank. */
  environments: readonly AppEnvironment[];
  sides: PickedSides | null;
  onSides: (sides: PickedSides) => void;
  onBring: (bringing: Bringing) => void;
}

/** An application in two places, side by side: what differs, what of it is meant, and the keys that one side lacks. */
export function ComparePage({ application, environments, sides, onSides, onBring }: ComparePageProps) {
  return (
    <Page
      title={`Compare ${application}`}
      above={
        <Link to="/applications/$application" params={{ application }}>
          {application}
        </Link>
      }
      below={
        <Stack gap="0.2rem">
          <span>
            Stagecoach reads the clusters of both sides. It counts what is the same, and shows what differs; of Secrets
            it shows only whether values differ.
          </span>
          {placesOf(sides).map((environment) => (
            <HoldNotice key={environment} application={application} environment={environment} named />
          ))}
        </Stack>
      }
      actions={
        sides ? (
          <Button
            variant="default"
            leftSection={<Icon name="refresh" />}
            onClick={() => onSides({ left: sides.right, right: sides.left })}
          >
            Swap sides
          </Button>
        ) : null
      }
    >
      {sides ? (
        <>
          <div className={classes.pickers}>
            {(["left", "right"] as const).map((which) => (
              <SidePicker
                key={which}
                application={application}
                label={which === "left" ? "Left" : "Right"}
                environments={environments}
                side={sides[which]}
                onChange={(side: PickedSide) => onSides({ ...sides, [which]: side })}
              />
            ))}
          </div>
          {samePlace(sides) ? (
            <EmptyState title="Both sides are the same">
              <p>Pick another environment, cluster or release on one side.</p>
            </EmptyState>
          ) : (
            <Compared key={JSON.stringify(sides)} application={application} sides={sides} onBring={onBring} />
          )}
        </>
      ) : (
        <EmptyState title="Nothing to compare">
          <p>{application} is not configured in any environment yet.</p>
        </EmptyState>
      )}
    </Page>
  );
}

const placesOf = (sides: PickedSides | null): string[] =>
  sides ? [...new Set([sides.left.environment, sides.right.environment])] : [];

function Compared({
  application,
  sides,
  onBring,
}: {
  application: string;
  sides: PickedSides;
  onBring: (bringing: Bringing) => void;
}) {
  const query = useQuery(comparisonQuery(application, sides));
  return (
    <Loaded query={query} what="the comparison">
      {(comparison) => <Result application={application} sides={sides} comparison={comparison} onBring={onBring} />}
    </Loaded>
  );
}

interface ResultProps {
  application: string;
  sides: PickedSides;
  comparison: Comparison;
  onBring: (bringing: Bringing) => void;
}

function Result({ application, sides, comparison, onBring }: ResultProps) {
  const titles = sideTitles(comparison);
  const found = missingKeys(comparison);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const picked = new Map(found.map(({ id }) => [id, !left.has(id)]));
  const pick = (id: string, brought: boolean) =>
    setLeft((before) => {
      const after = new Set(before);
      if (brought) after.delete(id);
      else after.add(id);
      return after;
    });
  return (
    <div className={classes.result}>
      <div className={classes.bar}>
        <p className={classes.verdict} role="status">
          <Icon name={comparison.same ? "check" : "warning"} /> {summary(comparison)}
        </p>
        <span className={classes.acts}>
          <MarkProposed application={application} comparison={comparison} />
          {(["to-right", "to-left"] as const).map((direction) => {
            const names = found.filter((each) => each.direction === direction);
            if (names.length === 0) return null;
            const [source, target] = direction === "to-right" ? [sides.left, sides.right] : [sides.right, sides.left];
            return (
              <BringKeys
                key={direction}
                application={application}
                bringing={{
                  source: source.environment,
                  cluster: source.cluster,
                  target: target.environment,
                  names: names.filter(({ id }) => picked.get(id)).map(({ name }) => name),
                }}
                onBring={onBring}
              />
            );
          })}
        </span>
      </div>
      <Notes comparison={comparison} />
      <div className={classes.heads} aria-hidden="true">
        <span>{titles.left}</span>
        <span>{titles.right}</span>
      </div>
      {sections(comparison).map((section) => (
        <SectionView
          key={section.section}
          application={application}
          comparison={comparison}
          section={section}
          keys={picked}
          onBring={pick}
        />
      ))}
    </div>
  );
}

/** What could not be compared, and what a release does not hold. */
function Notes({ comparison }: { comparison: Comparison }) {
  const { not_compared: missed, not_recorded: unrecorded, left, right } = comparison;
  const skewed = [left, right].filter(({ skew }) => skew > 0);
  return (
    <>
      {missed.length > 0 ? (
        <Note tone="warn" title="Not everything could be compared">
          <ul className={classes.plain}>
            {missed.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </Note>
      ) : null}
      {unrecorded.length > 0 ? (
        <Note title="A release holds images alone">
          <p>Not recorded: {unrecorded.map((section) => sectionTitles[section].toLowerCase()).join(", ")}.</p>
        </Note>
      ) : null}
      {skewed.map(({ environment, skew }) => (
        <Note key={environment} tone="warn" title={`The clusters of ${environment} differ among themselves`}>
          <p>They differ in {count(skew, "field")}. Compare one of them with another to see which.</p>
        </Note>
      ))}
    </>
  );
}

/** Marks everything that is proposed as expected at once. */
function MarkProposed({ application, comparison }: { application: string; comparison: Comparison }) {
  const mark = useMarkExpected(application);
  const proposed = comparison.differences.filter((each) => each.proposed !== null && !each.expected);
  if (comparison.lacking !== null || proposed.length === 0) return null;
  return (
    <>
      <Button
        variant="default"
        loading={mark.isPending}
        onClick={() =>
          mark.mutate({
            environments: [comparison.left.environment, comparison.right.environment],
            fields: proposed.map(fieldOf),
          })
        }
      >
        Mark {proposed.length} proposed as expected
      </Button>
      {mark.error ? <ProblemAlert error={mark.error} /> : null}
    </>
  );
}
