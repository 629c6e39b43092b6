import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Delivery, Receiver } from "@/api/contract";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { Time } from "@/ui/time";
import { parseHeaders, parseQuery } from "./model";
import { useTestDelivery } from "./mutations";
import classes from "./receivers.module.css";
import { TestResult } from "./test-result";

interface TestDeliveryDialogProps {
  receiver: Receiver;
  /** The delivery to replay; null to paste a payload. */
  delivery: Delivery | null;
  onClose: () => void;
}

/** Tests a delivery: its authentication, the images that it reports, and the effect on each environment. */
export function TestDeliveryDialog({ receiver, delivery, onClose }: TestDeliveryDialogProps) {
  const test = useTestDelivery(receiver.id);
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={delivery ? "Replay a delivery" : `Test a payload of ${receiver.title}`}
    >
      <Stack gap="md">
        <Note tone="plain">
          <p>A test is a dry run: it changes, stores and deploys nothing.</p>
        </Note>
        {delivery ? (
          <>
            <p>
              Evaluates the delivery received <Time at={delivery.received_at} /> again, with the present image policies.
            </p>
            <Group justify="flex-end">
              <Button loading={test.isPending} onClick={() => test.mutate({ delivery: delivery.id })}>
                Run test
              </Button>
            </Group>
          </>
        ) : (
          <PayloadForm pending={test.isPending} onTest={test.mutate} />
        )}
        {test.error ? <ProblemAlert error={test.error} /> : null}
        {test.data ? (
          <div className={classes.result} aria-live="polite">
            <TestResult tested={test.data} replayed={delivery !== null} />
          </div>
        ) : null}
      </Stack>
    </Modal>
  );
}

interface PayloadFormProps {
  pending: boolean;
  onTest: (sample: { body: string; headers: Record<string, string>; query: Record<string, string> }) => void;
}

function PayloadForm({ pending, onTest }: PayloadFormProps) {
  const [payload, setPayload] = useState("");
  const [writtenHeaders, setWrittenHeaders] = useState("");
  const [writtenQuery, setWrittenQuery] = useState("");
  const [withHeaders, setWithHeaders] = useState(false);
  const headers = withHeaders ? parseHeaders(writtenHeaders) : {};
  const query = withHeaders ? parseQuery(writtenQuery) : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (headers && query) onTest({ body: payload, headers, query });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Textarea
          label="Payload"
          description="The request body as the registry sends it"
          required
          rows={10}
          resize="vertical"
          spellCheck={false}
          classNames={{ input: "sc-mono" }}
          value={payload}
          onChange={(event) => setPayload(event.currentTarget.value)}
        />
        {withHeaders ? (
          <>
            <Textarea
              label="Headers"
              description="One Name: value per line. Include the credential to test the authentication."
              rows={4}
              resize="vertical"
              spellCheck={false}
              classNames={{ input: "sc-mono" }}
              value={writtenHeaders}
              onChange={(event) => setWrittenHeaders(event.currentTarget.value)}
              error={headers ? undefined : "Enter one Name: value per line."}
            />
            <TextInput
              label="Query string"
              description="For registries that authenticate by a query parameter. You can paste the whole address."
              placeholder="key=…"
              autoComplete="off"
              spellCheck={false}
              classNames={{ input: "sc-mono" }}
              value={writtenQuery}
              onChange={(event) => setWrittenQuery(event.currentTarget.value)}
              error={query ? undefined : "Enter name=value."}
            />
          </>
        ) : null}
        <Group justify="space-between">
          <Button
            variant="subtle"
            aria-expanded={withHeaders}
            onClick={() => setWithHeaders((shown) => !shown)}
            size="compact-sm"
          >
            {withHeaders ? "Remove headers and query" : "Add headers and query"}
          </Button>
          <Button type="submit" loading={pending} disabled={payload.trim() === "" || !headers || !query}>
            Run test
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
