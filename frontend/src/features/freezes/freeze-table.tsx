import { Button } from "@mantine/core";
import { useMemo } from "react";
import type { Freeze, FreezeEffect } from "@/api/contract";
import { browserZone, momentOf, spanIn } from "@/lib/zones";
import { scopeWords } from "@/lib/rights";
import { DataTable, type Column } from "@/ui/data-table";
import { StatusBadge, type Status } from "@/ui/status-badge";
import classes from "./freezes.module.css";
import { recurrenceInWords } from "./recurrence";

interface FreezeTableProps {
  freezes: readonly Freeze[];
  mayChange: boolean;
  onEdit: (freeze: Freeze) => void;
  onDelete: (freeze: Freeze) => void;
}

export const effectStatus: Record<FreezeEffect, Status> = {
  deny: { label: "Nothing is deployed", tone: "bad", icon: "lock" },
  allow: { label: "Only then something is", tone: "good", icon: "check" },
};

export function FreezeTable({ freezes, mayChange, onEdit, onDelete }: FreezeTableProps) {
  const columns = useMemo(() => columnsFor({ mayChange, onEdit, onDelete }), [mayChange, onEdit, onDelete]);
  return <DataTable label="Freezes" columns={columns} rows={freezes} rowKey={idOf} rowHeight={76} />;
}

const idOf = ({ id }: Freeze): string => id;

/** When it is open for the first time, by both clocks, and how it repeats. */
function When({ freeze: { starts, ends, zone, rrule } }: { freeze: Freeze }) {
  const [from, to] = [momentOf(starts, zone), momentOf(ends, zone)];
  const now = new Date();
  const there = spanIn(zone, from, to, now);
  const mine = spanIn(browserZone(), from, to, now);
  return (
    <>
      {there}
      <span className={classes.sub}>
        in {zone}, {recurrenceInWords(rrule, zone)}
      </span>
      {mine === there ? null : <span className={classes.sub}>for you {mine}</span>}
    </>
  );
}

function columnsFor({ mayChange, onEdit, onDelete }: Omit<FreezeTableProps, "freezes">): Column<Freeze>[] {
  const columns: Column<Freeze>[] = [
    {
      key: "name",
      header: "Freeze",
      width: "26%",
      cell: ({ name, effect, reason }) => (
        <>
          {name} <StatusBadge quiet status={effectStatus[effect]} />
          <span className={classes.sub}>{reason}</span>
        </>
      ),
    },
    {
      key: "when",
      header: "When",
      cell: (freeze) => (
        <>
          <When freeze={freeze} />
          <span className={`${classes.sub} sc-narrow`}>{scopeWords(freeze)}</span>
        </>
      ),
    },
    {
      key: "where",
      header: "Where",
      wideOnly: true,
      cell: (freeze) => (
        <>
          {scopeWords(freeze)}
          <span className={classes.sub}>by {freeze.created_by.name}</span>
        </>
      ),
    },
  ];
  if (!mayChange) return columns;
  columns.push({
    key: "actions",
    header: <span className="sc-unseen">Actions</span>,
    width: "18%",
    cell: (freeze) => (
      <span className={classes.buttons}>
        <Button size="compact-sm" variant="default" onClick={() => onEdit(freeze)}>
          Edit<span className="sc-unseen"> {freeze.name}</span>
        </Button>
        <Button size="compact-sm" variant="subtle" color="red" onClick={() => onDelete(freeze)}>
          Delete<span className="sc-unseen"> {freeze.name}</span>
        </Button>
      </span>
    ),
  });
  return columns;
}
