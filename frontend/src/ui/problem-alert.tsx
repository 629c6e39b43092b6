import { Alert, Button, Group, List, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { asProblem } from "@/api/problem";
import { Icon } from "./icons";
import { Link } from "./link";

/** What can be done about it, where that is always the same; anything else is in the problem's own detail. */
const remedies: Record<string, string> = {
  "service-unreachable": "Check that the service runs and that this machine is online.",
  "cluster-unreachable": "Check the cluster's address and network, then try it again under Clusters.",
  "operation-underway": "Wait until the operation under way has ended, or cancel it.",
  forbidden: "Ask an administrator for a token with a higher role.",
  "plan-outdated": "Look at the plan as it is now and start again.",
  "name-taken": "Choose another name.",
  "deploy-mode-auto": "Switch the target to manual deployment first, if people shall promote into it.",
};

/** A problem that appeared: its title, its detail, what can be done about it. Announced when it comes up. */
export function ProblemAlert({ error, retry, children }: { error: unknown; retry?: () => void; children?: ReactNode }) {
  const problem = asProblem(error);
  const { operation, used_by: usedBy, errors, problems } = problem.document;
  const remedy = remedies[problem.code];
  return (
    <Alert color="red" variant="light" icon={<Icon name="warning" />} title={problem.title}>
      <Text size="sm">{problem.detail}</Text>
      {errors && errors.length > 0 ? (
        <List size="sm" mt={6}>
          {errors.map((each) => (
            <List.Item key={each.field}>
              <code>{each.field.replace(/^body\./, "")}</code>: {each.message}
            </List.Item>
          ))}
        </List>
      ) : null}
      {problems && problems.length > 0 ? (
        <List size="sm" mt={6}>
          {problems.map((each, index) => (
            <List.Item key={index}>
              {each.cluster ? <strong>{each.cluster}: </strong> : null}
              {each.detail}
            </List.Item>
          ))}
        </List>
      ) : null}
      {usedBy && usedBy.length > 0 ? <Text size="sm">Used by {usedBy.join(", ")}.</Text> : null}
      {remedy ? (
        <Text size="sm" mt={6}>
          {remedy}
        </Text>
      ) : null}
      {children}
      <Group gap="sm" mt={retry || operation || problem.requestId ? 8 : 0}>
        {retry ? (
          <Button size="compact-sm" variant="default" leftSection={<Icon name="refresh" size={14} />} onClick={retry}>
            Try again
          </Button>
        ) : null}
        {operation ? (
          <Link size="sm" to="/operations/$operation" params={{ operation }}>
            See the operation under way
          </Link>
        ) : null}
        {problem.requestId ? (
          <Text size="xs" c="dimmed" className="sc-mono">
            request {problem.requestId}
          </Text>
        ) : null}
      </Group>
    </Alert>
  );
}
