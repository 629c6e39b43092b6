import type { Proposal } from "@/api/contract";
import { StatusBadge, type Status } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import classes from "./proposals.module.css";

type Vote = Proposal["votes"][number];

const choiceStatus: Record<Vote["choice"], Status> = {
  approve: { label: "Approves", tone: "good", icon: "check" },
  reject: { label: "Rejects", tone: "bad", icon: "cross" },
};

/** An approval of somebody who has lost the right since. */
const lapsed: Status = { label: "Approved, may not any more", tone: "idle", icon: "dash" };

/** Who has voted, and what they said. */
export function Votes({ votes }: { votes: readonly Vote[] }) {
  if (votes.length === 0) return <p className={classes.about}>Nobody has voted yet.</p>;
  return (
    <ul className={classes.votes} aria-label="Votes">
      {votes.map((vote) => (
        <li key={vote.person} className={classes.vote}>
          <strong>{vote.name}</strong>
          <StatusBadge quiet status={vote.choice === "approve" && !vote.counts ? lapsed : choiceStatus[vote.choice]} />
          <span className={classes.sub}>
            <Time at={vote.at} />
          </span>
          {vote.comment ? <p className={classes.comment}>{vote.comment}</p> : null}
        </li>
      ))}
    </ul>
  );
}
