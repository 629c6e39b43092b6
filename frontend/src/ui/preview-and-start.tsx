import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { CopyPlan, Operation } from "@/api/contract";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { useIdempotencyKeys } from "@/api/starting";
import { CopyPlanView } from "./copy-plan";
import { Icon, type IconName } from "./icons";
import { Note } from "./note";
import { Section } from "./page";
import classes from "./preview-and-start.module.css";
import { ProblemAlert } from "./problem-alert";
import { RoleButton } from "./role-button";

interface PreviewAndStartProps {
  /** All that is asked for, as text: a preview counts as long as this stays the same. */
  asked: string;
  summary: string;
  /** Why there is nothing to look at yet. */
  incomplete: string | null;
  preview: () => Promise<CopyPlan>;
  start: (planDigest: string, idempotencyKey: string) => Promise<Operation>;
  /** What the button does with this plan; null is what it says before there is one. */
  label: (plan: CopyPlan | null) => string;
  icon: IconName;
  onStarted: (operation: string) => void;
}

/**
 * The end of every form that fills an environment: look at what would change on each cluster, then carry out exactly that.
 * A changed form asks for a new look. Requests may hold typed-in Secret values, so that no cache keeps them.
 */
export function PreviewAndStart({
  asked,
  summary,
  incomplete,
  preview,
  start,
  label,
  icon,
  onStarted,
}: PreviewAndStartProps) {
  const queryClient = useQueryClient();
  const keyFor = useIdempotencyKeys();
  const [seen, setSeen] = useState<{ asked: string; plan: CopyPlan } | null>(null);
  const looking = useMutation({ mutationFn: preview, gcTime: 0, onSuccess: (plan) => setSeen({ asked, plan }) });
  const starting = useMutation({
    mutationFn: (plan: CopyPlan) => start(plan.digest, keyFor(plan.digest)),
    gcTime: 0,
    onSuccess: async (operation) => {
      onStarted(operation.id);
      await queryClient.invalidateQueries({ queryKey: keys.applications.all });
      await queryClient.invalidateQueries({ queryKey: keys.operations.all });
    },
    onError: (error) => {
      const newer = newerPlan(error);
      if (newer) setSeen({ asked, plan: newer });
    },
  });
  const current = seen?.asked === asked ? seen.plan : null;
  const result = useRef<HTMLDivElement>(null);

  // The preview appears below everything that was filled in: it is brought into sight.
  useEffect(() => {
    if (seen) result.current?.scrollIntoView({ block: "start", behavior: "smooth" });
  }, [seen]);

  const look = () => {
    starting.reset();
    looking.mutate();
  };

  return (
    <>
      <div ref={result} className={classes.result} aria-live="polite">
        {looking.error ? <ProblemAlert error={looking.error} retry={look} /> : null}
        {seen && !current ? (
          <Note tone="warn" title="Something has changed since the preview. Look at the differences again." />
        ) : null}
        {starting.error ? <ProblemAlert error={starting.error} /> : null}
        {current ? (
          <Section title="What would change">
            <CopyPlanView plan={current} />
          </Section>
        ) : null}
      </div>
      <div className={classes.bar}>
        <span className={classes.summary}>{incomplete ?? summary}</span>
        <Button
          variant={current ? "default" : "filled"}
          leftSection={<Icon name="search" />}
          loading={looking.isPending}
          disabled={incomplete !== null}
          onClick={look}
        >
          Preview the differences
        </Button>
        <RoleButton
          needs="operator"
          leftSection={<Icon name={icon} />}
          loading={starting.isPending}
          blocked={blockedBy(current)}
          onClick={() => current && starting.mutate(current)}
        >
          {label(current)}
        </RoleButton>
      </div>
    </>
  );
}

function blockedBy(plan: CopyPlan | null): string | null {
  if (!plan) return "Look at the differences first.";
  return plan.blocked ? "The plan has problems that have to be solved first." : null;
}

/** The plan as it is now, where the service refused because it has become outdated. */
function newerPlan(error: unknown): CopyPlan | null {
  const { code, document } = asProblem(error);
  return code === "plan-outdated" && document.plan ? (document.plan as CopyPlan) : null;
}
