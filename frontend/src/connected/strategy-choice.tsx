import { Checkbox, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Strategy } from "@/api/contract";
import { environmentsQuery } from "@/api/environments";
import { strategyPreviewQuery } from "@/api/strategies";
import { draftOf, lackOf, strategyFrom, type StrategyDraft } from "@/ui/strategy/draft";
import { faultsIn } from "@/ui/strategy/faults";
import { ProblemAlert } from "@/ui/problem-alert";
import { StrategyForm } from "@/ui/strategy/strategy-form";
import { StrategyView } from "@/ui/strategy/strategy-view";
import { ringsOf, type OwnStrategy } from "@/ui/strategy/words";
import { useStrategyJudgement } from "./strategy-judgement";

/** The strategy of one request of these applications: the environment's own, or what its user asks for in its place. */
export function useStrategyChoice(environment: string, applications: readonly string[]) {
  const { data: environments } = useQuery(environmentsQuery);
  const target = environments?.find(({ name }) => name === environment);
  const own = target?.strategy ?? null;
  const clusters = target?.clusters.map(({ name }) => name) ?? [];
  const [undo, setUndo] = useState(true);
  const [oneByOne, setOneByOne] = useState(false);
  const [draft, setDraft] = useState<StrategyDraft | null>(null);
  const lack = draft && lackOf(draft);
  const parts = partsOf(own);
  const asked = draft && lack === null ? strategyFrom(draft, parts) : null;
  const judgement = useStrategyJudgement(asked, (settled) => strategyPreviewQuery(environment, applications, settled));
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
    checks: parts.checks.map(({ name }) => name),
    undo,
    setUndo,
    oneByOne,
    setOneByOne,
    draft,
    setDraft,
    judgement,
    /** What the request sends. */
    strategy: asked ?? simple,
    /** Why the request cannot be sent with it. */
    blocked: lack === null ? judgement.blocked : `The strategy is not complete. ${lack}`,
  };
}

/** The checks and hooks of a strategy, each once: the same check may follow several rings. */
function partsOf(own: OwnStrategy | null) {
  const checks = (own ? ringsOf(own) : []).flatMap((ring) => ring.checks);
  return { checks: [...new Map(checks.map((each) => [each.name, each])).values()], hooks: own?.hooks ?? [] };
}

export type StrategyChoice = ReturnType<typeof useStrategyChoice>;

interface StrategyChoiceFieldsProps {
  choice: StrategyChoice;
  /** By which the plan goes, where that is not the environment's own as it is. */
  planned?: OwnStrategy | null | undefined;
  /** Why the service refused to start. */
  refused: unknown;
  /** It is for a restart, which has no images to put back. */
  restarts?: boolean;
}

/** How the clusters are changed, and what happens where one fails; with another strategy for this request alone. */
export function StrategyChoiceFields({ choice, planned, refused, restarts = false }: StrategyChoiceFieldsProps) {
  const { own, clusters, checks, draft, setDraft, judgement } = choice;
  return (
    <Stack gap="xs" role="group" aria-label="Strategy">
      {draft ? null : own ? (
        <StrategyView strategy={planned ?? own} />
      ) : (
        <SimpleFields choice={choice} restarts={restarts} />
      )}
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
          allotted={judgement.allotted}
          faults={faultsIn(refused ?? judgement.refusal)}
        />
      ) : null}
      {judgement.refusal && !refused ? <ProblemAlert error={judgement.refusal} /> : null}
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
