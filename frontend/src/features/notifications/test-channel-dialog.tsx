import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { Channel } from "@/api/contract";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { useTestChannel } from "./mutations";

/** Sends a test to a channel and says what became of it. */
export function TestChannelDialog({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const test = useTestChannel(channel.id);
  return (
    <Modal opened onClose={onClose} title={`Send a test to ${channel.name}`}>
      <Stack gap="md">
        <Text>Stagecoach sends one message now, whether or not the channel is enabled. Nothing of it is stored.</Text>
        <div aria-live="polite">
          {test.data ? (
            <Note
              tone={test.data.delivered ? "plain" : "warn"}
              title={test.data.delivered ? "Delivered" : "Not delivered"}
            >
              <p>{test.data.detail ?? "The other side took the message."}</p>
            </Note>
          ) : null}
        </div>
        {test.error ? <ProblemAlert error={test.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button loading={test.isPending} onClick={() => test.mutate()} data-autofocus>
            {test.data ? "Send again" : "Send a test"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
