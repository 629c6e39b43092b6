import { Alert, Button, Group, List, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { asProblem, type ApiProblem } from "@/api/problem";
import { count } from "@/lib/words";
import { Icon } from "./icons";
import { Link } from "./link";

/** Remedies by problem code. Other problems name their remedy in their detail. */
const remedies: Record<string, string> = {
  "service-unreachable": "Check that the service is running and that this machine is online.",
  "cluster-unreachable": "Check the cluster's address and network, then test the connection under Clusters.",
  "operation-underway": "Wait for the running operation to end, or cancel it.",
  "plan-outdated": "Review the current plan and start again.",
  "name-taken": "Choose another name.",
  "deploy-mode-auto": "To promote into this environment, set its deploy mode to manual.",
};

/** The invalid members that the detail does not name already. */
const unsaidErrors = ({ detail, document }: ApiProblem) =>
  (document.errors ?? []).filter(({ message }) => !detail.includes(message));

/** A problem with its title, detail and remedy. Screen readers announce it when it appears. */
export function ProblemAlert({ error, retry, children }: { error: unknown; retry?: () => void; children?: ReactNode }) {
  const problem = asProblem(error);
  const { operation, used_by: usedBy, problems } = problem.document;
  const errors = unsaidErrors(problem);
  const remedy = remedies[problem.code];
  return (
    <Alert color="red" variant="light" icon={<Icon name="warning" />} title={problem.title}>
      <Text size="sm">{problem.detail}</Text>
      {errors.length > 0 ? (
        <List size="sm" mt={6}>
          {errors.map((each, index) => (
            <List.Item key={index}>
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
      {problem.document.retry_after_seconds ? (
        <Text size="sm" mt={6}>
          Try again in {count(problem.document.retry_after_seconds, "second")}.
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
            View the running operation
          </Link>
        ) : null}
        {problem.requestId ? (
          <Text size="xs" c="dimmed" className="sc-mono">
            Request {problem.requestId}
          </Text>
        ) : null}
      </Group>
    </Alert>
  );
}
