import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import type { Proposal, VoteCreate } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { Icon } from "@/ui/icons";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { useVote } from "./queries";

/** The user's vote, with a comment; or why the user has none. The service says which. */
export function Decision({ proposal }: { proposal: Proposal }) {
  const [comment, setComment] = useState("");
  const vote = useVote(proposal.id);
  const cast = (choice: VoteCreate["choice"]) =>
    vote.mutate({ choice, comment: comment.trim() || null }, { onSuccess: () => setComment("") });
  const casting = (choice: VoteCreate["choice"]) => vote.isPending && vote.variables.choice === choice;
  return (
    <Stack gap="sm" maw="44rem">
      {proposal.may_vote ? (
        <>
          <Textarea
            label="Comment"
            description="Optional. It stands with your vote"
            rows={2}
            maxLength={2000}
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
            error={vote.error ? asProblem(vote.error).messageFor("comment") : undefined}
          />
          <Group gap="sm">
            <Button
              leftSection={<Icon name="check" />}
              loading={casting("approve")}
              disabled={casting("reject")}
              onClick={() => cast("approve")}
            >
              Approve
            </Button>
            <Button
              color="red"
              variant="outline"
              leftSection={<Icon name="cross" />}
              loading={casting("reject")}
              disabled={casting("approve")}
              onClick={() => cast("reject")}
            >
              Reject
            </Button>
          </Group>
        </>
      ) : (
        <Note title="You cannot vote on it">{proposal.vote_refused ? <p>{proposal.vote_refused}</p> : null}</Note>
      )}
      {vote.error ? <ProblemAlert error={vote.error} /> : null}
    </Stack>
  );
}
