import type { EnvironmentOverview } from "@/api/contract";
import { BringKeys, type Bringing } from "@/connected/bring-keys";
import { missingHint, missingNames, missingWords } from "@/lib/missing-keys";
import { Link } from "@/ui/link";
import { StatusBadge } from "@/ui/status-badge";
import classes from "./pipeline.module.css";

interface MissingKeysProps {
  application: string;
  environment: EnvironmentOverview;
  onBring: (bringing: Bringing) => void;
}

/** The keys that an environment lacks and the one that it is promoted from has: the comparison shows them, an import brings them. */
export function MissingKeys({ application, environment, onBring }: MissingKeysProps) {
  const missing = environment.missing_keys;
  if (!missing) return null;
  const names = missingNames(missing);
  return (
    <div className={classes.missing}>
      <StatusBadge
        quiet
        status={{ label: missingWords(missing), tone: "warn", icon: "key" }}
        hint={missingHint(missing)}
      />
      <Link
        className={classes.drift}
        to="/applications/$application/compare"
        params={{ application }}
        search={{ left: missing.source, right: environment.environment }}
      >
        Compare with {missing.source}
      </Link>
      {/* Not all of many are named: the comparison names them all, and brings them. */}
      {names.length === missing.count ? (
        <BringKeys
          application={application}
          bringing={{ source: missing.source, cluster: undefined, target: environment.environment, names }}
          onBring={onBring}
          size="compact-sm"
          variant="default"
        />
      ) : null}
    </div>
  );
}
