import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Person, Session } from "@/api/contract";
import { browserOf } from "@/lib/browsers";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { disabledStatus } from "./model";
import { useEndSessionsOfPerson } from "./mutations";
import classes from "./people.module.css";
import { sessionsOfPersonQuery } from "./queries";

/** Who a person is to the provider, and where they are signed in. */
export function PersonDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const sessions = useQuery(sessionsOfPersonQuery(person.id));
  const [ending, setEnding] = useState(false);
  // In place of the dialog: one dialog upon another hides which of them a key closes.
  if (ending) return <EndSessionsDialog person={person} onClose={() => setEnding(false)} />;
  return (
    <Modal opened onClose={onClose} size="lg" title={person.name}>
      <Stack gap="lg">
        <Facts person={person} />
        <Section
          title="Sessions"
          actions={
            sessions.data?.length ? (
              <Button size="compact-sm" variant="default" onClick={() => setEnding(true)}>
                End all sessions
              </Button>
            ) : null
          }
        >
          <Loaded query={sessions} what="sessions">
            {(listed) =>
              listed.length === 0 ? (
                <Text size="sm">Not signed in anywhere.</Text>
              ) : (
                <ul className={classes.sessions} aria-label="Sessions">
                  {listed.map((session) => (
                    <SessionItem key={session.id} session={session} />
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Section>
        <Group justify="space-between">
          <Link to="/roles" search={{ kind: "person", id: person.id }} size="sm">
            Roles of {person.name}, and what they allow
          </Link>
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Facts({ person }: { person: Person }) {
  return (
    <dl className={classes.facts}>
      {person.disabled_at ? (
        <>
          <dt>State</dt>
          <dd>
            <StatusBadge status={disabledStatus} /> <Time at={person.disabled_at} />
          </dd>
        </>
      ) : null}
      <dt>E-mail</dt>
      <dd>{person.email ?? "not told"}</dd>
      <dt>Provider</dt>
      <dd>
        {person.provider}
        <span className={classes.sub}>{person.issuer}</span>
      </dd>
      <dt>Subject</dt>
      <dd>
        <code>{person.subject}</code>
        <span className={classes.sub}>With the issuer, this is the identity. A name or an address may change.</span>
      </dd>
      <dt>Groups</dt>
      <dd>
        {person.groups.join(", ") || "none"}
        <span className={classes.sub}>
          {person.groups_at ? (
            <>
              As the provider told them <Time at={person.groups_at} />, at a sign-in
            </>
          ) : (
            "The provider has never told any"
          )}
        </span>
      </dd>
      <dt>First seen</dt>
      <dd>
        <Time at={person.created_at} />
      </dd>
      <dt>Last seen</dt>
      <dd>{person.last_seen_at ? <Time at={person.last_seen_at} /> : "never"}</dd>
    </dl>
  );
}

function SessionItem({ session }: { session: Session }) {
  return (
    <li>
      {browserOf(session.user_agent)}
      {session.present ? " (this one)" : ""}
      <span className={classes.sub}>
        from {session.address ?? "an unknown address"}, since <Time at={session.created_at} />, ends{" "}
        <Time at={session.expires_at} />
      </span>
    </li>
  );
}

function EndSessionsDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const end = useEndSessionsOfPerson(person.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`End all sessions of ${person.name}?`}
      action="End all sessions"
      pending={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate(undefined, { onSuccess: onClose })}
    >
      Every browser of theirs is signed out at once. They may sign in again, and the provider tells their groups anew.
      Their tokens stay valid; disable the person to refuse these, too.
    </ConfirmDialog>
  );
}
