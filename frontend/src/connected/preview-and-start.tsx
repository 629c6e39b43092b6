import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { CopyPlan, Operation } from "@/api/contract";
import { useLack } from "@/api/rights";
import { usePlan } from "@/api/use-plan";
import type { KeyFor } from "@/api/use-start";
import { CopyConsents } from "@/ui/copy-consents";
import { CopyPlanView } from "@/ui/copy-plan";
import { Gates } from "@/ui/gates";
import { Icon, type IconName } from "@/ui/icons";
import { Note } from "@/ui/note";
import { Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import classes from "./preview-and-start.module.css";
import { useBreakGlass, type BreakGlassPart } from "./break-glass";
import { ProposalFields, useProposing, type ProposedChange } from "./proposing";
import { RightButton } from "./right-button";

interface PreviewAndStartProps {
  application: string;
  /** The target. */
  environment: string;
  /** The whole request as text. */
  request: string;
  summary: string;
  /** What the request still lacks; null if it is complete. */
  incomplete: string | null;
  /** Why the request cannot be started, apart from its plan and the right in the target. */
  blocked?: string | null;
  preview: (signal: AbortSignal) => Promise<CopyPlan>;
  /** With `glass`, it is started without the approvals that it takes. */
  start: (plan: CopyPlan, keyFor: KeyFor, glass: BreakGlassPart) => Promise<Operation>;
  /** The start button's text for a plan, and for null before the first preview. */
  label: (plan: CopyPlan | null) => string;
  icon: IconName;
  onStarted: (operation: string) => void;
  /** What is filed where the change takes approvals. */
  proposal: {
    change: (plan: CopyPlan) => ProposedChange;
    onProposed: (proposal: string) => void;
  };
  /** The consents that the form gives; those that a plan asks for are offered beside it. */
  consents?: { given: readonly string[]; onChange: (given: string[]) => void };
}

/** The end of the configure and import forms: a preview of the changes on each cluster, and the button that starts it. */
export function PreviewAndStart(props: PreviewAndStartProps) {
  const { application, environment, request, summary, incomplete, blocked, preview, start, label, icon } = props;
  const at = { application, environment };
  const lack = useLack("maintain", at) ?? blocked;
  const glass = useBreakGlass(at);
  const plan = usePlan({
    request,
    mode: "on-demand",
    preview,
    start: (previewed, keyFor) => start(previewed, keyFor, glass.part),
    onStarted: ({ id }) => props.onStarted(id),
  });
  const proposing = useProposing({
    gates: plan.plan?.gates,
    refused: plan.startError,
    change: plan.plan && props.proposal.change(plan.plan),
    glass,
    onProposed: props.proposal.onProposed,
    onOutdated: plan.preview,
  });
  const result = useRef<HTMLDivElement>(null);
  const previewedAt = plan.query.dataUpdatedAt;

  // The preview appears below the form, often outside the window.
  useEffect(() => {
    if (previewedAt > 0) result.current?.scrollIntoView({ block: "start", behavior: "smooth" });
  }, [previewedAt]);

  return (
    <>
      <div ref={result} className={classes.result} aria-live="polite">
        {plan.query.error ? <ProblemAlert error={plan.query.error} retry={plan.preview} /> : null}
        {plan.outdated ? (
          <Note tone="warn" title="The form has changed since the preview. Preview the changes again." />
        ) : null}
        {plan.startError ? <ProblemAlert error={plan.startError} /> : null}
        {plan.plan ? (
          <Section title="Planned changes">
            <Gates gates={plan.plan.gates} />
            <CopyPlanView plan={plan.plan} />
            {props.consents ? <CopyConsents plan={plan.plan} {...props.consents} /> : null}
            <ProposalFields proposing={proposing} />
          </Section>
        ) : null}
      </div>
      <div className={classes.bar}>
        <span className={classes.summary}>{incomplete ?? summary}</span>
        <Button
          variant={plan.plan ? "default" : "filled"}
          leftSection={<Icon name="search" />}
          loading={plan.query.isFetching}
          disabled={incomplete !== null || Boolean(lack)}
          onClick={plan.preview}
        >
          Preview changes
        </Button>
        <RightButton
          needs="maintain"
          at={at}
          leftSection={<Icon name={icon} />}
          loading={plan.starting || proposing.filing}
          blocked={blocked ?? blockedBy(plan.plan, proposing)}
          {...proposing.action(label(plan.plan ?? null), plan.start)}
        />
      </div>
    </>
  );
}

function blockedBy(plan: CopyPlan | undefined, proposing: ReturnType<typeof useProposing>): string | null {
  if (!plan) return "Preview the changes first.";
  if (plan.blocked) return "Solve the plan's problems first.";
  return proposing.blockedBy(plan.gates);
}
