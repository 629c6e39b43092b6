import { Stack } from "@mantine/core";
import type { ReactNode } from "react";
import type { PlanProblem, PromotionPlan } from "@/api/contract";
import { count, listed } from "@/lib/words";
import { Note } from "./note";
import classes from "./plan-problems.module.css";

/** The problems of a plan of images, then those of each cluster. */
export const problemsOf = (plan: PromotionPlan): PlanProblem[] => [
  ...plan.problems,
  ...plan.clusters.flatMap(({ problems }) => problems),
];

/** The same where containers are ticked one by one: that an image is older, its own line says. */
export const imagePlanProblems = (plan: PromotionPlan): PlanProblem[] =>
  problemsOf(plan).filter(({ code }) => code !== "downgrade");

interface PlanProblemsProps {
  problems: readonly PlanProblem[];
  /** What stands beside a problem, as its remedy. */
  beside?: ((problem: PlanProblem) => ReactNode) | undefined;
}

/** The problems of a plan on all clusters: those that block it, then the warnings, then what is merely told. */
export function PlanProblems({ problems, beside }: PlanProblemsProps) {
  const blocks = problems.filter((problem) => problem.severity === "blocks");
  const warns = problems.filter((problem) => problem.severity === "warns");
  const tells = problems.filter((problem) => problem.severity === "tells");
  if (problems.length === 0) return null;
  return (
    <Stack gap="xs">
      {blocks.length > 0 ? (
        <Note tone="bad" title={`${count(joined(blocks).length, "problem blocks", "problems block")} this plan`}>
          <Problems problems={blocks} beside={beside} />
        </Note>
      ) : null}
      {warns.length > 0 ? (
        <Note tone="warn" title={count(joined(warns).length, "warning")}>
          <Problems problems={warns} beside={beside} />
        </Note>
      ) : null}
      {tells.length > 0 ? (
        <Note title="Good to know">
          <Problems problems={tells} beside={beside} />
        </Note>
      ) : null}
    </Stack>
  );
}

function Problems({ problems, beside }: PlanProblemsProps) {
  return (
    <ul className={classes.problems}>
      {joined(problems).map(({ problem, clusters }, index) => (
        <li key={index}>
          {clusters.length > 0 ? <strong>{listed(clusters)}</strong> : null}
          {problem.resource ? (
            <code>
              {problem.resource.kind}/{problem.resource.name}
            </code>
          ) : null}
          <span>{problem.detail}</span>
          {beside?.(problem)}
        </li>
      ))}
    </ul>
  );
}

/** Joins equal problems of several clusters into one, with the clusters' names. */
function joined(problems: readonly PlanProblem[]): { problem: PlanProblem; clusters: string[] }[] {
  const groups = new Map<string, { problem: PlanProblem; clusters: string[] }>();
  for (const problem of problems) {
    const { cluster, ...rest } = problem;
    const key = JSON.stringify(rest);
    const group = groups.get(key) ?? { problem, clusters: [] };
    groups.set(key, group);
    if (cluster !== null) group.clusters.push(cluster);
  }
  return [...groups.values()];
}
