import { Modal } from "@mantine/core";
import type { AuditEntry } from "@/api/contract";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import classes from "./audit.module.css";
import { actionWords, changedMembers, outcomeOf, targetsText } from "./model";

/** One entry: who, by what means, from where, and what was before and after. */
export function EntryDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { actor, origin } = entry;
  const members = changedMembers(entry);
  return (
    <Modal opened onClose={onClose} size="xl" title={actionWords(entry.action)}>
      <dl className={classes.facts}>
        <dt>When</dt>
        <dd>
          <Time at={entry.at} />
        </dd>
        <dt>Who</dt>
        <dd>
          {actor.name}
          <span className={classes.sub}>
            {actor.kind}, {actor.id}
          </span>
        </dd>
        <dt>How</dt>
        <dd>
          {origin.via}
          {origin.address ? ` from ${origin.address}` : ""}
          {origin.request_id ? <span className={classes.sub}>Request {origin.request_id}</span> : null}
        </dd>
        <dt>What</dt>
        <dd>{targetsText(entry) || "No target"}</dd>
        <dt>Outcome</dt>
        <dd>
          <StatusBadge status={outcomeOf(entry.outcome)} />
          {entry.reason ? <span className={classes.sub}>{entry.reason}</span> : null}
        </dd>
      </dl>
      {members.length > 0 ? (
        <table className={classes.members}>
          <thead>
            <tr>
              <th scope="col">Member</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {members.map(({ name, before, after }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{before ?? "none"}</td>
                <td>{after ?? "none"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </Modal>
  );
}
