import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import type { Binding } from "@/api/contract";
import { useRight } from "@/api/rights";
import { peopleQuery } from "@/api/subjects";
import { RightButton } from "@/connected/right-button";
import { scopeWords } from "@/lib/rights";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Time } from "@/ui/time";
import { bindingsOf, hasExpired, kindWords, type Whom } from "./model";
import { useTakeRole } from "./mutations";
import { bindingsQuery } from "./queries";
import classes from "./roles.module.css";
import { WhySection } from "./why-section";

// Loaded on demand: no other part of the page needs its form fields.
const GiveRoleDialog = lazy(async () => ({ default: (await import("./give-role-dialog")).GiveRoleDialog }));

/** Who has which role where, and why somebody may do something. For those who maintain something. */
export function RolesPage({ whom }: { whom?: Whom | undefined }) {
  const allowed = useRight("maintain", "somewhere");
  const query = useQuery({ ...bindingsQuery, enabled: allowed });
  const [giving, setGiving] = useState(false);
  const [taking, setTaking] = useState<Binding | null>(null);
  const readAt = query.dataUpdatedAt;
  const columns = useMemo(() => columnsFor(readAt, setTaking), [readAt]);
  return (
    <Page
      title="Roles"
      below="Who may do what, and where. You see the roles whose whole place you maintain"
      actions={
        <RightButton needs="maintain" at="somewhere" leftSection={<Icon name="plus" />} onClick={() => setGiving(true)}>
          Give a role
        </RightButton>
      }
    >
      {allowed ? (
        <>
          <Loaded query={query} what="roles">
            {(bindings) =>
              whom ? (
                <RolesOf whom={whom} bindings={bindings} columns={columns} />
              ) : bindings.length === 0 ? (
                <EmptyState title="No roles given yet">
                  <p>Give one to a person, a group, a service account or a trust.</p>
                </EmptyState>
              ) : (
                <RolesTable bindings={bindings} columns={columns} />
              )
            }
          </Loaded>
          <WhySection key={whom?.id} whom={whom} />
        </>
      ) : (
        <EmptyState title="Only for maintainers">
          <p>Only users with the right maintain, on some application, can list and give roles.</p>
        </EmptyState>
      )}
      {giving ? (
        <Suspense fallback={null}>
          <GiveRoleDialog onClose={() => setGiving(false)} />
        </Suspense>
      ) : null}
      {taking ? <TakeRoleDialog binding={taking} onClose={() => setTaking(null)} /> : null}
    </Page>
  );
}

interface RolesTableProps {
  bindings: readonly Binding[];
  columns: readonly Column<Binding>[];
}

const RolesTable = ({ bindings, columns }: RolesTableProps) => (
  <DataTable label="Roles" columns={columns} rows={bindings} rowKey={idOf} rowHeight={58} />
);

/** The roles of somebody alone; a person has those of their groups as well. */
function RolesOf({ whom, bindings, columns }: RolesTableProps & { whom: Whom }) {
  const lists = useRight("administer");
  const { data: people } = useQuery({ ...peopleQuery, enabled: lists && whom.kind === "person" });
  const person = whom.kind === "person" ? people?.find(({ id }) => id === whom.id) : undefined;
  const found = bindingsOf(bindings, whom, person);
  const name = person?.name ?? found.find(({ subject }) => subject.id === whom.id)?.subject.name ?? whom.id;
  return (
    <>
      <p className={classes.whom}>
        {found.length === 0 ? "No roles of " : "Only the roles of "}
        <strong>{name}</strong>
        {person && person.groups.length > 0 ? " and of their groups" : ""}{" "}
        <Link to="/roles" search={{}} underline="always" inherit>
          Show all roles
        </Link>
      </p>
      {found.length > 0 ? <RolesTable bindings={found} columns={columns} /> : null}
    </>
  );
}

const idOf = ({ id }: Binding): string => id;

/** `readAt` is the time that an expiry is compared with. */
const columnsFor = (readAt: number, onTake: (binding: Binding) => void): Column<Binding>[] => [
  {
    key: "subject",
    header: "Who",
    cell: (binding) => (
      <>
        {binding.subject.name}
        <span className={classes.sub}>{kindWords[binding.subject.kind]}</span>
        <span className={`${classes.sub} sc-narrow`}>
          {binding.role}
          {binding.break_glass ? " with break glass" : ""} on {scopeWords(binding.scope)},{" "}
          <Until binding={binding} readAt={readAt} />
        </span>
      </>
    ),
  },
  {
    key: "role",
    header: "Role",
    width: "8rem",
    wideOnly: true,
    cell: ({ role, break_glass: breakGlass }) => (
      <>
        {role}
        {breakGlass ? <span className={classes.sub}>with break glass</span> : null}
      </>
    ),
  },
  {
    key: "where",
    header: "Where",
    wideOnly: true,
    cell: (binding) => scopeWords(binding.scope),
  },
  {
    key: "until",
    header: "Until",
    width: "9rem",
    wideOnly: true,
    cell: (binding) => <Until binding={binding} readAt={readAt} />,
  },
  {
    key: "by",
    header: "Given by",
    wideOnly: true,
    cell: ({ created_by: by, created_at: created }) => (
      <>
        {by.name}
        <span className={classes.sub}>
          <Time at={created} />
        </span>
      </>
    ),
  },
  {
    key: "actions",
    header: <span className="sc-unseen">Actions</span>,
    width: "7.5rem",
    cell: (binding) => (
      <Button
        size="compact-sm"
        variant="default"
        aria-label={`Take ${binding.role} from ${binding.subject.name}`}
        onClick={() => onTake(binding)}
      >
        Take away
      </Button>
    ),
  },
];

function Until({ binding, readAt }: { binding: Binding; readAt: number }) {
  if (binding.expires_at === null) return <>no end</>;
  return (
    <>
      {hasExpired(binding, readAt) ? "expired " : null}
      <Time at={binding.expires_at} />
    </>
  );
}

function TakeRoleDialog({ binding, onClose }: { binding: Binding; onClose: () => void }) {
  const take = useTakeRole(binding.id);
  const { role, scope, subject } = binding;
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Take ${role} from ${subject.name}?`}
      action={`Take ${role} from ${subject.name}`}
      pending={take.isPending}
      error={take.error}
      onConfirm={() => take.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>
        The role {role} on {scopeWords(scope)} counts no more from the next request on. Automatic deploys that need it
        are blocked.
      </Text>
    </ConfirmDialog>
  );
}
