import { Button, Group, List, Modal, MultiSelect, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Environment, LevelCreate, LevelMember, LevelPlan, LevelStart, OnConflict } from "@/api/contract";
import { usePlan } from "@/api/use-plan";
import { RightButton } from "@/connected/right-button";
import { listed } from "@/lib/words";
import { ApplicationPart } from "@/ui/application-part";
import { ConflictChoice } from "@/ui/conflict-choice";
import { CopyConsents } from "@/ui/copy-consents";
import { CopyPlanView } from "@/ui/copy-plan";
import { Gates } from "@/ui/gates";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { StatusBadge } from "@/ui/status-badge";
import { levelBlocked, levelLabel, levelStatus, previewLevel, startLevel } from "./level";

interface LevelDialogProps {
  environment: Environment;
  /** The cluster that lacks something. */
  cluster: string;
  onClose: () => void;
}

/** Brings a cluster level with the others of its environment: which one, the plan of each application, and go. */
export function LevelDialog({ environment, cluster: initially, onClose }: LevelDialogProps) {
  const [cluster, setCluster] = useState(initially);
  const [applications, setApplications] = useState<string[]>([]);
  const [allow, setAllow] = useState<string[]>([]);
  const [onConflict, setOnConflict] = useState<OnConflict>("fail");
  const [known, setKnown] = useState<string[]>([]);
  const [started, setStarted] = useState<LevelStart | null>(null);
  const request: LevelCreate = {
    on_conflict: onConflict,
    allow,
    ...(applications.length > 0 ? { applications } : {}),
  };
  const plan = usePlan({
    request: JSON.stringify([cluster, request]),
    mode: "automatic",
    enabled: started === null,
    preview: async (signal) => {
      const shown = await previewLevel(environment.name, cluster, request, signal);
      if (!request.applications) setKnown(shown.members.map(({ application }) => application));
      return shown;
    },
    start: ({ digest }, keyFor) =>
      startLevel(environment.name, cluster, { ...request, plan_digest: digest }, keyFor(digest)),
    onStarted: setStarted,
  });
  return (
    <Modal opened onClose={onClose} size="xl" title={`Bring a cluster of ${environment.name} level`}>
      {started ? (
        <Started start={started} onClose={onClose} />
      ) : (
        <Stack gap="md">
          <Text size="sm">
            It gets what the other clusters of {environment.name} have of every application, with the images of the last
            releases.
          </Text>
          <Select
            label="Cluster"
            allowDeselect={false}
            data={environment.clusters.map(({ name }) => name)}
            value={cluster}
            onChange={(value) => value && setCluster(value)}
          />
          <MultiSelect
            label="Applications"
            placeholder={applications.length === 0 ? "All that you may import into" : undefined}
            data={known}
            value={applications}
            onChange={setApplications}
            clearable
            searchable
          />
          <ConflictChoice value={onConflict} onChange={setOnConflict} />
          <Loaded query={plan.query} what="the plan">
            {(shown) => <LevelPlanView plan={shown} allow={allow} onAllow={setAllow} />}
          </Loaded>
          {plan.startError ? <ProblemAlert error={plan.startError} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <RightButton
              needs="maintain"
              at="somewhere"
              leftSection={<Icon name="copy" />}
              loading={plan.starting || plan.query.isFetching}
              blocked={levelBlocked(plan.plan)}
              onClick={plan.start}
            >
              {levelLabel(plan.plan)}
            </RightButton>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

interface LevelPlanViewProps {
  plan: LevelPlan;
  allow: readonly string[];
  onAllow: (allow: string[]) => void;
}

function LevelPlanView({ plan, allow, onAllow }: LevelPlanViewProps) {
  return (
    <Stack gap="md">
      {plan.members.length === 0 ? (
        <Text size="sm">No application that you may import into is configured in {plan.environment}.</Text>
      ) : null}
      {plan.members.map((member) => (
        <ApplicationPart
          key={member.application}
          application={member.application}
          beside={<StatusBadge quiet status={levelStatus[member.state]} />}
        >
          {member.failure ? <Note tone="warn" title={member.failure.detail} /> : null}
          {member.plan && member.state !== "level" ? (
            <>
              <Gates gates={member.plan.gates} />
              <CopyPlanView plan={member.plan} />
              <CopyConsents plan={member.plan} given={allow} onChange={onAllow} />
            </>
          ) : null}
          <LeftOut member={member} allow={allow} onAllow={onAllow} />
        </ApplicationPart>
      ))}
      {plan.not_permitted.length > 0 ? (
        <Note title={`You may not import into ${listed(plan.not_permitted)}: left out.`} />
      ) : null}
    </Stack>
  );
}

interface LeftOutProps {
  member: LevelMember;
  allow: readonly string[];
  onAllow: (allow: string[]) => void;
}

/** What is not copied, each with its reason, and a checkbox where a consent would allow it. */
function LeftOut({ member, allow, onAllow }: LeftOutProps) {
  if (member.left_out.length === 0) return null;
  return (
    <List size="sm" mt="sm" aria-label={`What of ${member.application} is left out`}>
      {member.left_out.map(({ resource, reason, consent }) => (
        <List.Item key={`${resource.kind}/${resource.name}`}>
          {resource.kind} {resource.name} is left out. {reason}{" "}
          {consent ? (
            <Button variant="subtle" size="compact-xs" onClick={() => onAllow([...allow, consent])}>
              Copy it all the same
            </Button>
          ) : null}
        </List.Item>
      ))}
    </List>
  );
}

function Started({ start, onClose }: { start: LevelStart; onClose: () => void }) {
  return (
    <Stack gap="md">
      <List aria-label="Operations that were started">
        {start.operations.map(({ id, application }) => (
          <List.Item key={id}>
            <Link to="/operations/$operation" params={{ operation: id }}>
              Import of {application}
            </Link>
          </List.Item>
        ))}
      </List>
      {start.not_started.map(({ application, detail }) => (
        <Note key={application} tone="warn" title={`${application} was not started.`}>
          {detail}
        </Note>
      ))}
      <Group justify="flex-end">
        <Button onClick={onClose}>Close</Button>
      </Group>
    </Stack>
  );
}
