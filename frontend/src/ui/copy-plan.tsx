import { Checkbox } from "@mantine/core";
import { useState } from "react";
import type { CopyPlan, FieldChange, PlanProblem } from "@/api/contract";
import { byResource, isUnchanged, tally, type PlannedCell, type PlannedRow } from "@/lib/copy-plan";
import { count, listed } from "@/lib/words";
import classes from "./copy-plan.module.css";
import { DiffView } from "./diff-view";
import { Icon } from "./icons";
import { Note } from "./note";
import { PlanProblems } from "./plan-problems";
import { StatusBadge } from "./status-badge";
import { actionStatus } from "./statuses";

type FileEdit = NonNullable<CopyPlan["clusters"][number]["handed_over"]>["edits"][number];

export const planProblems = (plan: CopyPlan): PlanProblem[] => [
  ...plan.problems,
  ...plan.clusters.flatMap(({ problems }) => problems),
];

/** A copy plan: its problems, then each resource with the changes on each cluster side by side. */
export function CopyPlanView({ plan }: { plan: CopyPlan }) {
  const [all, setAll] = useState(false);
  const rows = byResource(plan.clusters);
  const unchanged = rows.filter(isUnchanged).length;
  const shown = all ? rows : rows.filter((row) => !isUnchanged(row));
  return (
    <div className={classes.plan}>
      <PlanProblems problems={planProblems(plan)} />
      <Unchecked clusters={plan.clusters} />
      <div className={classes.summary}>
        {tally(rows).map(({ action, amount }) => (
          <StatusBadge
            key={action}
            status={{ ...actionStatus[action], label: `${actionStatus[action].label}: ${amount}` }}
          />
        ))}
        <span className={classes.where}>
          in <code>{plan.namespace}</code> on {listed(plan.clusters.map(({ cluster }) => cluster))}
        </span>
        {unchanged > 0 ? (
          <Checkbox
            className={classes.all}
            checked={all}
            onChange={(event) => setAll(event.currentTarget.checked)}
            label={`Show ${count(unchanged, "unchanged resource")}`}
          />
        ) : null}
      </div>
      <Namespaces clusters={plan.clusters} />
      <ul className={classes.rows} aria-label="Planned changes by resource">
        {shown.map((row) => (
          <RowView key={row.key} row={row} clusters={plan.clusters.length} />
        ))}
      </ul>
      <Files clusters={plan.clusters} />
      {shown.length === 0 && !plan.blocked ? <p className={classes.where}>The plan writes nothing.</p> : null}
    </div>
  );
}

function Unchecked({ clusters }: { clusters: CopyPlan["clusters"] }) {
  const unchecked = clusters.filter((each) => each.unchecked.length > 0);
  if (unchecked.length === 0) return null;
  return (
    <Note title="Not validated by a server-side dry run">
      <ul className={classes.unchecked}>
        {unchecked.map((each) => (
          <li key={each.cluster}>
            <strong>{each.cluster}</strong>: {each.unchecked.join(" ")}
          </li>
        ))}
      </ul>
    </Note>
  );
}

/** The files of a Git repository that are written instead of clusters; the same ones of several clusters once. */
function Files({ clusters }: { clusters: CopyPlan["clusters"] }) {
  const places = new Map<string, { owner: string; edits: FileEdit[]; clusters: string[] }>();
  for (const { cluster, handed_over: handed } of clusters) {
    if (handed === null || handed.edits.length === 0) continue;
    const key = JSON.stringify(handed);
    const known = places.get(key);
    if (known) known.clusters.push(cluster);
    else places.set(key, { owner: handed.owner.title, edits: handed.edits, clusters: [cluster] });
  }
  return [...places.values()].map(({ owner, edits, clusters: served }) => (
    <section key={served[0]} className={classes.files} aria-label={`Files for ${listed(served)}`}>
      <p className={classes.where}>
        These lines are written to {owner}, from which {listed(served)} {served.length > 1 ? "are" : "is"} delivered:
      </p>
      {edits.map(({ where, before, after }) => (
        <details key={where} open={before !== null}>
          <summary>
            <code>{where}</code> {before === null ? <span className={classes.where}>new</span> : null}
          </summary>
          <pre className={classes.lines}>
            {before === null ? null : <del>{before}</del>}
            {after === null ? null : <ins>{after}</ins>}
          </pre>
        </details>
      ))}
    </section>
  ));
}

function Namespaces({ clusters }: { clusters: CopyPlan["clusters"] }) {
  const created = clusters.filter((each) => each.namespace_action === "create");
  if (created.length === 0) return null;
  const labels = Object.entries(created[0]!.namespace_labels).map(([name, value]) => `${name}=${value}`);
  return (
    <p className={classes.namespaces}>
      <Icon name="plus" size={13} /> Stagecoach creates the namespace <code>{created[0]!.namespace}</code> on{" "}
      {listed(created.map(({ cluster }) => cluster))}
      {labels.length > 0 ? ` with ${listed(labels)}` : null}.
    </p>
  );
}

function RowView({ row, clusters }: { row: PlannedRow<FieldChange>; clusters: number }) {
  const detailed = row.cells.some(({ changes, notes }) => changes.length > 0 || notes.length > 0);
  const head = (
    <>
      <span className={classes.resource}>
        <span className={classes.kind}>{row.kind}</span> {row.name}
      </span>
      <span className={classes.actions}>
        {row.cells.map((cell) => (
          <span key={cell.clusters[0]} className={classes.action}>
            <StatusBadge quiet status={actionStatus[cell.action]} />
            {row.cells.length > 1 || cell.clusters.length < clusters ? (
              <span className={classes.where}>{listed(cell.clusters)}</span>
            ) : null}
            {cell.changes.length > 0 ? (
              <span className={classes.where}>{count(cell.changes.length, "field")}</span>
            ) : null}
          </span>
        ))}
      </span>
    </>
  );
  if (!detailed) return <li className={classes.row}>{<div className={classes.head}>{head}</div>}</li>;
  return (
    <li className={classes.row}>
      <details open={row.cells.some(({ action }) => action === "update" || action === "blocked")}>
        <summary className={classes.head}>
          <Icon name="chevron" size={13} className={classes.chevron} />
          {head}
        </summary>
        <div className={classes.cells}>
          {row.cells.map((cell) => (
            <CellView key={cell.clusters[0]} cell={cell} />
          ))}
        </div>
      </details>
    </li>
  );
}

function CellView({ cell }: { cell: PlannedCell<FieldChange> }) {
  return (
    <div className={classes.cell}>
      <h3 className={classes.clusterName}>{listed(cell.clusters)}</h3>
      {cell.notes.map((note) => (
        <p key={note} className={classes.note}>
          {note}
        </p>
      ))}
      {cell.changes.length > 0 ? <DiffView changes={cell.changes} /> : null}
    </div>
  );
}
