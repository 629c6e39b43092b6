import { List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { EnvironmentOverview, NextImage } from "@/api/contract";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Loaded } from "@/ui/loaded";
import { deployModePreviewQuery } from "./queries";

interface DeployModeDialogProps {
  application: string;
  environment: string;
  mode: EnvironmentOverview["deploy_mode"];
  pending: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

const words = {
  auto: { title: "Roll out new images at once?", action: "Switch to automatic" },
  manual: { title: "Wait for people?", action: "Switch to manual" },
} as const;

/** Asks before the deploy mode is switched, and says what that will do next: which images go out, or wait from then on. */
export function DeployModeDialog(props: DeployModeDialogProps) {
  const { application, environment, mode, pending, error, onConfirm, onClose } = props;
  const preview = useQuery(deployModePreviewQuery(application, environment, mode));
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={words[mode].title}
      action={words[mode].action}
      destructive={false}
      pending={pending}
      error={error}
      onConfirm={onConfirm}
    >
      <Loaded query={preview} what="what will happen">
        {({ sentence, next, offered }) => (
          <Stack gap="sm">
            <Text>{sentence}</Text>
            <Images title="Goes out at once" images={next} />
            <Images title="Waits for somebody" images={offered} />
          </Stack>
        )}
      </Loaded>
    </ConfirmDialog>
  );
}

function Images({ title, images }: { title: string; images: readonly NextImage[] }) {
  if (images.length === 0) return null;
  return (
    <div>
      <Text size="sm" c="dimmed">
        {title}
      </Text>
      <List size="sm" aria-label={title}>
        {images.map(({ workload, container, image, tag }) => (
          <List.Item key={`${workload.kind} ${workload.name} ${container}`}>
            {container}: <code title={image}>{tag}</code>
          </List.Item>
        ))}
      </List>
    </div>
  );
}
