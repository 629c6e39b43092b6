import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Person } from "@/api/contract";
import { useRight } from "@/api/rights";
import { peopleQuery } from "@/api/subjects";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { SearchField } from "@/ui/search-field";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { DisablePersonDialog } from "./disable-person-dialog";
import { disabledStatus, groupWords, peopleMatching } from "./model";
import classes from "./people.module.css";
import { PersonDialog } from "./person-dialog";

interface PeoplePageProps {
  search: string;
  onSearch: (search: string) => void;
}

interface Open {
  what: "person" | "disable";
  person: string;
}

/** Who has signed in through an OpenID provider. For administrators only. */
export function PeoplePage({ search, onSearch }: PeoplePageProps) {
  const allowed = useRight("administer");
  const query = useQuery({ ...peopleQuery, enabled: allowed });
  const [open, setOpen] = useState<Open | null>(null);
  const columns = useMemo(() => columnsFor(setOpen), []);
  // As it was read last, not as it was when the dialog opened.
  const person = query.data?.find(({ id }) => id === open?.person);
  const close = () => setOpen(null);
  return (
    <Page
      title="People"
      below="Everybody who has signed in through an OpenID provider, as the provider described them last"
      actions={allowed ? <SearchField label="Find people or groups" value={search} onChange={onSearch} /> : null}
    >
      {allowed ? (
        <Loaded query={query} what="people">
          {(people) => <People people={people} search={search} columns={columns} />}
        </Loaded>
      ) : (
        <EmptyState title="Only for administrators">
          <p>Only users with the right administer can list people, end their sessions and disable them.</p>
        </EmptyState>
      )}
      {person && open?.what === "person" ? <PersonDialog person={person} onClose={close} /> : null}
      {person && open?.what === "disable" ? <DisablePersonDialog person={person} onClose={close} /> : null}
    </Page>
  );
}

interface PeopleProps {
  people: readonly Person[];
  search: string;
  columns: readonly Column<Person>[];
}

function People({ people, search, columns }: PeopleProps) {
  const found = peopleMatching(people, search);
  if (found.length > 0) return <DataTable label="People" columns={columns} rows={found} rowKey={idOf} rowHeight={58} />;
  return people.length === 0 ? (
    <EmptyState title="Nobody has signed in yet">
      <p>People appear here once they have signed in through an OpenID provider, which the service's settings name.</p>
    </EmptyState>
  ) : (
    <EmptyState title="Nobody matches">
      <p>No name, e-mail address, provider, subject or group contains “{search.trim()}”.</p>
    </EmptyState>
  );
}

const idOf = ({ id }: Person): string => id;

const columnsFor = (onOpen: (open: Open) => void): Column<Person>[] => [
  {
    key: "person",
    header: "Person",
    cell: (person) => (
      <>
        <span className={classes.head}>
          {person.name}
          {person.disabled_at ? <StatusBadge quiet status={disabledStatus} /> : null}
        </span>
        <span className={classes.sub}>{[person.email, person.provider].filter(Boolean).join(", ")}</span>
        <span className={`${classes.sub} sc-narrow`}>
          <LastSeen person={person} />
        </span>
      </>
    ),
  },
  {
    key: "groups",
    header: "Groups",
    wideOnly: true,
    cell: ({ groups, groups_at: told }) => (
      <>
        {groupWords(groups)}
        {told ? (
          <span className={classes.sub}>
            told <Time at={told} />
          </span>
        ) : null}
      </>
    ),
  },
  { key: "seen", header: "Last seen", width: "9rem", wideOnly: true, cell: (person) => <LastSeen person={person} /> },
  {
    key: "actions",
    header: <span className="sc-unseen">Actions</span>,
    width: "11.5rem",
    cell: (person) => (
      <span className={classes.buttons}>
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`Details and sessions of ${person.name}`}
          onClick={() => onOpen({ what: "person", person: person.id })}
        >
          Details
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`${person.disabled_at ? "Enable" : "Disable"} ${person.name}`}
          onClick={() => onOpen({ what: "disable", person: person.id })}
        >
          {person.disabled_at ? "Enable" : "Disable"}
        </Button>
      </span>
    ),
  },
];

const LastSeen = ({ person }: { person: Person }) =>
  person.last_seen_at ? <Time at={person.last_seen_at} /> : <>never</>;
