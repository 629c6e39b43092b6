import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Delivery, Receiver } from "@/api/contract";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { Time } from "@/ui/time";
import { parseHeaders, parseQuery } from "./model";
import { useTryDelivery } from "./mutations";
import classes from "./receivers.module.css";
import { TestResult } from "./test-result";

interface TestDeliveryDialogProps {
  receiver: Receiver;
  /** The one to replay; null to paste a payload. */
  delivery: Delivery | null;
  onClose: () => void;
}

/** What a delivery would come to: its proof, what is understood of it, and what every environment would do. */
export function TestDeliveryDialog({ receiver, delivery, onClose }: TestDeliveryDialogProps) {
  const attempt = useTryDelivery(receiver.id);
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={delivery ? "Replay a delivery" : `Try a payload of ${receiver.title}`}
    >
      <Stack gap="md">
        <Note tone="plain">
          <p>Nothing is changed, stored or deployed by trying: it only says what would happen.</p>
        </Note>
        {delivery ? (
          <>
            <p>
              What came <Time at={delivery.received_at} />, once more, by the rules as they are now.
            </p>
            <Group justify="flex-end">
              <Button loading={attempt.isPending} onClick={() => attempt.mutate({ delivery: delivery.id })}>
                See what would happen
              </Button>
            </Group>
          </>
        ) : (
          <PayloadForm pending={attempt.isPending} onTry={attempt.mutate} />
        )}
        {attempt.error ? <ProblemAlert error={attempt.error} /> : null}
        {attempt.data ? (
          <div className={classes.result} aria-live="polite">
            <TestResult tested={attempt.data} replayed={delivery !== null} />
          </div>
        ) : null}
      </Stack>
    </Modal>
  );
}

interface PayloadFormProps {
  pending: boolean;
  onTry: (sample: { body: string; headers: Record<string, string>; query: Record<string, string> }) => void;
}

function PayloadForm({ pending, onTry }: PayloadFormProps) {
  const [payload, setPayload] = useState("");
  const [writtenHeaders, setWrittenHeaders] = useState("");
  const [writtenQuery, setWrittenQuery] = useState("");
  const [withProof, setWithProof] = useState(false);
  const headers = withProof ? parseHeaders(writtenHeaders) : {};
  const query = withProof ? parseQuery(writtenQuery) : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (headers && query) onTry({ body: payload, headers, query });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Textarea
          label="Payload"
          description="The body as the registry sends it."
          required
          rows={10}
          resize="vertical"
          spellCheck={false}
          classNames={{ input: "sc-mono" }}
          value={payload}
          onChange={(event) => setPayload(event.currentTarget.value)}
        />
        {withProof ? (
          <>
            <Textarea
              label="Headers"
              description="One a line, as Name: value. With the proof among them, it is checked as well."
              rows={4}
              resize="vertical"
              spellCheck={false}
              classNames={{ input: "sc-mono" }}
              value={writtenHeaders}
              onChange={(event) => setWrittenHeaders(event.currentTarget.value)}
              error={headers ? undefined : "Write each as Name: value."}
            />
            <TextInput
              label="Query of the address"
              description="What it has after the question mark, for registries that prove themselves there. The whole address will do."
              placeholder="key=…"
              autoComplete="off"
              spellCheck={false}
              classNames={{ input: "sc-mono" }}
              value={writtenQuery}
              onChange={(event) => setWrittenQuery(event.currentTarget.value)}
              error={query ? undefined : "Write it as name=value."}
            />
          </>
        ) : null}
        <Group justify="space-between">
          <Button
            variant="subtle"
            aria-expanded={withProof}
            onClick={() => setWithProof((shown) => !shown)}
            size="compact-sm"
          >
            {withProof ? "Without headers and query" : "With headers and query"}
          </Button>
          <Button type="submit" loading={pending} disabled={payload.trim() === "" || !headers || !query}>
            See what would happen
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
