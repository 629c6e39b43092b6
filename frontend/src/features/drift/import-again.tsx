import { useLack } from "@/api/rights";
import { RightButton } from "@/connected/right-button";
import type { Importing } from "./fields";

/** Leads to an import of what drifted, from the environment before. It says which right is missing, on either side. */
export function ImportAgain({
  importing,
  what,
  onImport,
}: {
  importing: Importing;
  what: string;
  onImport: (importing: Importing) => void;
}) {
  const { application, environment, source } = importing;
  const lackInSource = useLack("maintain", { application, environment: source });
  return (
    <RightButton
      needs="maintain"
      at={{ application, environment }}
      size="compact-sm"
      variant="default"
      blocked={lackInSource}
      onClick={() => onImport(importing)}
    >
      Import again{" "}
      <span className="sc-unseen">
        {what} of {application} from {source} to {environment}
      </span>
    </RightButton>
  );
}
