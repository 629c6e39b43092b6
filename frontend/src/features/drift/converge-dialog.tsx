import { MultiSelect } from "@mantine/core";
import { useState } from "react";
import { previewRollback, startRollback } from "@/api/rolling-back";
import { ImageChangeDialog } from "@/connected/image-change-dialog";
import { whatConverges, type Converging } from "./converging";

interface ConvergeDialogProps {
  converging: Converging;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews how containers get the images of the last release again, on all clusters or on chosen ones, and starts that. */
export function ConvergeDialog({ converging, onClose, onStarted }: ConvergeDialogProps) {
  const { application, environment, release, containers, clusters } = converging;
  const [chosen, setChosen] = useState<string[]>([]);
  const whereTo = {
    release,
    ...(containers === null ? {} : { containers }),
    ...(chosen.length === 0 ? {} : { clusters: chosen }),
  };
  return (
    <ImageChangeDialog
      title={`Converge ${whatConverges(converging)} in ${environment} to release ${release}`}
      application={application}
      environment={environment}
      request={whereTo}
      preview={(request, signal) => previewRollback(application, environment, request, signal)}
      start={(request, key) => startRollback(application, environment, request, key)}
      label={() => "Converge"}
      icon="back"
      rollsBack
      note={noteOn(converging)}
      scope={() =>
        clusters.length > 1 ? (
          <MultiSelect
            label="Clusters"
            description="The others stay as they are, and what drifted there is still listed"
            placeholder={chosen.length === 0 ? "All clusters" : undefined}
            data={clusters}
            value={chosen}
            onChange={setChosen}
            clearable
          />
        ) : null
      }
      onClose={onClose}
      onStarted={onStarted}
    />
  );
}

const noteOn = ({ containers }: Converging): string =>
  containers?.length === 1
    ? "The container gets the image of the last release again. Configuration, Secrets and replicas stay as they are."
    : "The containers get the images of the last release again. Configuration, Secrets and replicas stay as they are.";
