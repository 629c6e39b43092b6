import { Button, Group, Select, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { AuditEntry, AuditFilter } from "@/api/contract";
import { itemsOf } from "@/api/pages";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Loading, Stale } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import classes from "./audit.module.css";
import { EntryDialog } from "./entry-dialog";
import { actionWords, exportAddress, outcomeOf, outcomes, targetsText } from "./model";
import { auditQuery } from "./queries";

interface AuditPageProps {
  filter: AuditFilter;
  environments: readonly string[];
  onFilter: (changes: Partial<AuditFilter>) => void;
}

/** Who did what, the newest first. Administrators see everything, others what concerns what they see. */
export function AuditPage({ filter, environments, onFilter }: AuditPageProps) {
  const query = useInfiniteQuery(auditQuery(filter));
  const entries = itemsOf(query.data);
  const [opened, setOpened] = useState<AuditEntry | null>(null);
  const columns = useMemo(() => auditColumns(setOpened), []);
  return (
    <Page
      title="Audit"
      below="Every change, who made it and from where"
      actions={
        <Button component="a" variant="default" href={exportAddress(filter)} download="audit.ndjson">
          Export
        </Button>
      }
    >
      <div className={classes.filters}>
        <TextFilter label="Actor" value={filter.actor} onChange={(actor) => onFilter({ actor })} />
        <TextFilter label="Action" value={filter.action} onChange={(action) => onFilter({ action })} />
        <TextFilter label="Target" value={filter.target} onChange={(target) => onFilter({ target })} />
        <TextFilter
          label="Application"
          value={filter.application}
          onChange={(application) => onFilter({ application })}
        />
        <Select
          aria-label="Environment"
          placeholder="Any environment"
          clearable
          data={[...environments]}
          value={filter.environment ?? null}
          onChange={(environment) => onFilter({ environment: environment ?? undefined })}
        />
        <Select
          aria-label="Outcome"
          placeholder="Any outcome"
          clearable
          data={outcomes.map((value) => ({ value, label: outcomeOf(value).label }))}
          value={filter.outcome ?? null}
          onChange={(outcome) => onFilter({ outcome: (outcome as AuditFilter["outcome"]) ?? undefined })}
        />
      </div>
      {query.error ? (
        entries ? (
          <Stale error={query.error} updatedAt={query.dataUpdatedAt} />
        ) : (
          <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        )
      ) : null}
      {query.isPending ? <Loading what="entries" rows={8} /> : null}
      {entries?.length === 0 ? (
        <EmptyState title={Object.values(filter).some(Boolean) ? "No entry matches the filters" : "No entries yet"}>
          <p>Every change of applications, environments, clusters and access appears here.</p>
        </EmptyState>
      ) : null}
      {entries && entries.length > 0 ? (
        <DataTable label="Entries of the audit" columns={columns} rows={entries} rowKey={keyOf} rowHeight={58} />
      ) : null}
      {query.hasNextPage ? (
        <Group>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load older entries
          </Button>
        </Group>
      ) : null}
      {opened ? <EntryDialog entry={opened} onClose={() => setOpened(null)} /> : null}
    </Page>
  );
}

const keyOf = ({ seq }: AuditEntry): string => String(seq);

function auditColumns(onOpen: (entry: AuditEntry) => void): Column<AuditEntry>[] {
  return [
    {
      key: "what",
      header: "Action",
      width: "clamp(11rem, 34vw, 34rem)",
      cell: (entry) => (
        <>
          <UnstyledButton onClick={() => onOpen(entry)}>{actionWords(entry.action)}</UnstyledButton>
          <span className={classes.sub}>{targetsText(entry)}</span>
        </>
      ),
    },
    {
      key: "outcome",
      header: "Outcome",
      width: "8.5rem",
      cell: ({ outcome, reason, at }) => (
        <>
          <StatusBadge status={outcomeOf(outcome)} hint={reason} />
          <span className={`${classes.sub} sc-narrow`}>
            <Time at={at} />
          </span>
        </>
      ),
    },
    {
      key: "actor",
      header: "By",
      wideOnly: true,
      cell: ({ actor, origin }) => (
        <>
          {actor.name}
          <span className={classes.sub}>{origin.address ? `${origin.via}, ${origin.address}` : origin.via}</span>
        </>
      ),
    },
    { key: "when", header: "When", wideOnly: true, cell: ({ at }) => <Time at={at} /> },
  ];
}

const TYPING_PAUSE = 350;

interface TextFilterProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** Filters by a full name once typing pauses. */
function TextFilter({ label, value, onChange }: TextFilterProps) {
  // The text that is not in the address yet.
  const [draft, setDraft] = useState<string | null>(null);
  const commit = useDebouncedCallback((text: string) => {
    onChange(text.trim() || undefined);
    setDraft(null);
  }, TYPING_PAUSE);
  return (
    <TextInput
      aria-label={label}
      placeholder={`Any ${label.toLowerCase()}`}
      value={draft ?? value ?? ""}
      onChange={({ currentTarget }) => {
        setDraft(currentTarget.value);
        commit(currentTarget.value);
      }}
    />
  );
}
