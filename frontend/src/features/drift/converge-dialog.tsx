import type { Divergence } from "@/api/contract";
import { previewRollback, startRollback } from "@/api/rolling-back";
import { ImageChangeDialog } from "@/connected/image-change-dialog";

interface ConvergeDialogProps {
  divergence: Divergence;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews how a container gets its last release's image again, and starts that. */
export function ConvergeDialog({ divergence, onClose, onStarted }: ConvergeDialogProps) {
  const { application, environment, workload, container, last_release: release } = divergence;
  const containers = [{ workload, container }];
  return (
    <ImageChangeDialog
      title={`Converge ${container} in ${environment} to release ${release}`}
      application={application}
      environment={environment}
      request={JSON.stringify([application, environment, release, containers])}
      preview={(allow, signal) => previewRollback(application, environment, { release, allow, containers }, signal)}
      start={(allow, digest, key, { reason }) =>
        startRollback(application, environment, { release, allow, containers }, digest, reason, key)
      }
      label={() => "Converge"}
      icon="back"
      passesFreezes
      note="The container gets the image of the last release again. Configuration, Secrets and replicas stay as they are."
      onClose={onClose}
      onStarted={onStarted}
    />
  );
}
