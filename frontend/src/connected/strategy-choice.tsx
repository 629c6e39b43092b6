import { Checkbox, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Strategy } from "@/api/contract";
import { environmentsQuery } from "@/api/environments";
import { draftOf, lackOf, strategyFrom, type StrategyDraft } from "@/ui/strategy/draft";
import { faultsIn } from "@/ui/strategy/faults";
import { StrategyForm } from "@/ui/strategy/strategy-form";
import { StrategyView } from "@/ui/strategy/strategy-view";
import { ringsOf } from "@/ui/strategy/words";

/** The strategy of one request: the environment's own, or what its user asks for in its place. */
export function useStrategyChoice(environment: string) {
  const { data: environments } = useQuery(environmentsQuery);
  const target = environments?.find(({ name }) => name === environment);
  const own = target?.strategy ?? null;
  const clusters = target?.clusters.map(({ name }) => name) ?? [];
  const checks = (own ? ringsOf(own) : []).flatMap((ring) => ring.checks);
  const [undo, setUndo] = useState(true);
  const [oneByOne, setOneByOne] = useState(false);
  const [draft, setDraft] = useState<StrategyDraft | null>(null);
  const lack = draft && lackOf(draft);
  const simple: Strategy = {
    on_failure: undo ? "roll-back" : "stay",
    ...(oneByOne ? { waves: clusters.map((cluster) => [cluster]) } : {}),
    // The environment's own, where it has one.
    fallback: true,
  };
  return {
    own,
    clusters,
    /** The names of the checks that rings may have: those of the environment. */
    checks: [...new Set(checks.map(({ name }) => name))],
    undo,
    setUndo,
    oneByOne,
    setOneByOne,
    draft,
    setDraft,
    /** What the request sends. */
    strategy: draft && lack === null ? strategyFrom(draft, { checks: once(checks), hooks: own?.hooks ?? [] }) : simple,
    /** Why the request cannot be sent with it. */
    blocked: lack === null ? null : `The strategy is not complete. ${lack}`,
  };
}

const once = <Named extends { name: string }>(all: readonly Named[]): Named[] => [
  ...new Map(all.map((each) => [each.name, each])).values(),
];

export type StrategyChoice = ReturnType<typeof useStrategyChoice>;

interface StrategyChoiceFieldsProps {
  choice: StrategyChoice;
  /** Why the service refused to start. */
  refused: unknown;
  /** It is for a restart, which has no images to put back. */
  restarts?: boolean;
}

/** How the clusters are changed, and what happens where one fails; with another strategy for this request alone. */
export function StrategyChoiceFields({ choice, refused, restarts = false }: StrategyChoiceFieldsProps) {
  const { own, clusters, checks, draft, setDraft } = choice;
  return (
    <Stack gap="xs" role="group" aria-label="Strategy">
      {draft ? null : own ? <StrategyView strategy={own} /> : <SimpleFields choice={choice} restarts={restarts} />}
      <Checkbox
        checked={draft !== null}
        onChange={(event) => setDraft(event.currentTarget.checked ? draftOf(own) : null)}
        label={own ? "Go another way this time" : "Go by rings, or say more about failures"}
        description={own ? "To be less careful than this takes the right to maintain" : undefined}
      />
      {draft ? (
        <StrategyForm
          draft={draft}
          onChange={setDraft}
          clusters={clusters}
          checks={checks}
          faults={faultsIn(refused)}
        />
      ) : null}
    </Stack>
  );
}

/** For a target without a strategy of its own. */
function SimpleFields({ choice, restarts }: { choice: StrategyChoice; restarts: boolean }) {
  const { clusters, undo, setUndo, oneByOne, setOneByOne } = choice;
  return (
    <>
      {restarts ? null : (
        <Checkbox
          checked={undo}
          onChange={(event) => setUndo(event.currentTarget.checked)}
          label="If the rollout fails on a cluster, undo it there: restore the previous images"
        />
      )}
      {clusters.length > 1 ? (
        <Checkbox
          checked={oneByOne}
          onChange={(event) => setOneByOne(event.currentTarget.checked)}
          label={`One cluster after the other (${clusters.join(", then ")}) instead of all at once`}
        />
      ) : null}
    </>
  );
}
