import { Group, Stack, Text } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import type { PlanProblem, ProposalDetail } from "@/api/contract";
import { proposalQuery } from "@/api/proposals";
import { HoldNotice } from "@/connected/hold-notice";
import { differingFirst } from "@/lib/images-plan";
import { capitalised, listed } from "@/lib/words";
import { ApplicationPart } from "@/ui/application-part";
import { CopyPlanView } from "@/ui/copy-plan";
import { ImagePlan } from "@/ui/image-plan";
import { Link } from "@/ui/link";
import { Stale } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { Page, Section } from "@/ui/page";
import { PlanProblems } from "@/ui/plan-problems";
import { StatusBadge } from "@/ui/status-badge";
import { proposalStatus } from "@/ui/statuses";
import { StrategyView } from "@/ui/strategy/strategy-view";
import { Time } from "@/ui/time";
import {
  approvals,
  broughtWords,
  endings,
  forView,
  isCopyPlan,
  lackingWords,
  partsOf,
  strategyIn,
  titleOf,
  unread,
  type Part,
} from "./model";
import { Decision } from "./decision";
import classes from "./proposals.module.css";
import { Votes } from "./votes";
import { Withdrawal } from "./withdrawal";

/** One proposal: what would change, who asks and why, what it lacks, and the decision. */
export function ProposalPage({ id }: { id: string }) {
  const query = useSuspenseQuery(proposalQuery(id));
  const proposal = query.data;
  const { environment, state } = proposal;
  const strategy = strategyIn(proposal);
  return (
    <Page
      title={titleOf(proposal)}
      above={proposal.applications.map((application, index) => (
        <span key={application}>
          {index > 0 ? ", " : ""}
          <Link to="/applications/$application" params={{ application }} search={{ environment }}>
            {application} in {environment}
          </Link>
        </span>
      ))}
      heading={
        <>
          {titleOf(proposal)} <StatusBadge status={proposalStatus[state]} />
        </>
      }
      below={
        <Group gap="0.35rem 1rem">
          <span>
            Proposed by {proposal.requested_by.name} <Time at={proposal.created_at} />
          </span>
          <span>
            {proposal.ended_at ? "Ended" : "Expires"} <Time at={proposal.ended_at ?? proposal.expires_at} />
          </span>
          {proposal.applications.map((application) => (
            <HoldNotice key={application} application={application} environment={environment} named />
          ))}
        </Group>
      }
      actions={state === "waiting" ? <Withdrawal proposal={proposal} /> : null}
    >
      {query.error ? <Stale error={query.error} updatedAt={query.dataUpdatedAt} /> : null}
      {state === "waiting" ? <Lacking proposal={proposal} /> : <Ending proposal={proposal} state={state} />}
      <Section title="Why">
        <p className={classes.about}>{proposal.comment ?? `${proposal.requested_by.name} gave no reason.`}</p>
      </Section>
      <Section title="Planned changes">
        <Parts proposal={proposal} />
      </Section>
      {strategy ? (
        <Section title="Strategy">
          <StrategyView strategy={strategy} />
        </Section>
      ) : null}
      <Section title="Votes">
        <Votes votes={proposal.votes} />
        {state === "waiting" ? <Decision proposal={proposal} /> : null}
      </Section>
    </Page>
  );
}

function Lacking({ proposal }: { proposal: ProposalDetail }) {
  const { needed, groups } = proposal;
  const lacking = lackingWords(proposal);
  return (
    <Note tone="warn" title={lacking === null ? "Nothing is lacking" : `It lacks ${lacking}`}>
      <p>
        {approvals(proposal)} of {needed} approvals count now
        {groups.length > 0 ? `; somebody of ${listed(groups)} has to be among those who approve` : ""}. With the last
        one it is planned again, and starts if the plan is the same.
      </p>
    </Note>
  );
}

interface EndingProps {
  proposal: ProposalDetail;
  state: keyof typeof endings;
}

function Ending({ proposal: { reason, operation, promotion_set: set }, state }: EndingProps) {
  return (
    <Note tone={state === "approved" ? "good" : state === "rejected" ? "bad" : "plain"} title={endings[state]}>
      {reason ? <p>{capitalised(reason)}</p> : null}
      {operation ? (
        <p>
          <Link to="/operations/$operation" params={{ operation }}>
            View the operation that it started
          </Link>
        </p>
      ) : null}
      {set ? (
        <p>
          <Link to="/promotion-sets/$set" params={{ set }}>
            View the promotion set that it started
          </Link>
        </p>
      ) : null}
    </Note>
  );
}

/** The planned changes, of a promotion set application by application. */
function Parts({ proposal }: { proposal: ProposalDetail }) {
  const parts = partsOf(proposal);
  const { order, plan_digest: digest } = proposal;
  if (order === null) return parts.map((part) => <Plan key={part.application} part={part} digest={digest} />);
  return (
    <Stack gap="md">
      {parts.map((part, index) => (
        <ApplicationPart
          key={part.application}
          application={part.application}
          place={order === "one-by-one" ? index : null}
        >
          <Plan part={part} digest={digest} />
        </ApplicationPart>
      ))}
    </Stack>
  );
}

function Plan({ part: { plan, request }, digest }: { part: Part; digest: string }) {
  const missing = unread(plan);
  return (
    <Stack gap="md">
      {missing.length > 0 ? (
        <Note tone="warn" title={`${listed(missing)} did not answer`}>
          <p>What changes there is planned once it answers.</p>
        </Note>
      ) : null}
      {isCopyPlan(plan) ? (
        <>
          <CopyPlanView plan={forView(plan, digest)} />
          <Text size="sm" c="dimmed">
            Proposals say which resources are written, not what is in them.
          </Text>
        </>
      ) : (
        <>
          <PlanProblems problems={problemsOf(plan)} />
          {"bring" in request && request.bring.length > 0 ? <Text>{broughtWords(request.bring)}</Text> : null}
          <ImagePlan containers={differingFirst(plan.clusters)} clusters={plan.clusters.length} />
        </>
      )}
    </Stack>
  );
}

interface WithProblems {
  problems: readonly PlanProblem[];
  clusters: readonly { problems: readonly PlanProblem[] }[];
}

const problemsOf = ({ problems, clusters }: WithProblems): PlanProblem[] => [
  ...problems,
  ...clusters.flatMap((each) => each.problems),
];
