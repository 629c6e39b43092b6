import { List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { DeployMode, NextImage } from "@/api/contract";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Loaded } from "@/ui/loaded";
import { deployModePreviewQuery } from "./queries";

interface DeployModeDialogProps {
  application: string;
  environment: string;
  mode: Exclude<DeployMode, "follow">;
  pending: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

const words = {
  auto: { title: "Switch to automatic deployment?", action: "Switch to automatic" },
  manual: { title: "Switch to manual deployment?", action: "Switch to manual" },
} as const;

/** Confirms a switch of the deploy mode, and shows its effect: the images that are deployed, or offered, next. */
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
      <Loaded query={preview} what="the effect">
        {({ sentence, next, offered }) => (
          <Stack gap="sm">
            <Text>{sentence}</Text>
            <Images title="Deployed immediately" images={next} />
            <Images title="Offered for manual deployment" images={offered} />
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
