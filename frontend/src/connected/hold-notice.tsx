import { useQuery } from "@tanstack/react-query";
import { holdsQuery } from "@/api/gates";
import { heldPlace, holdsOf } from "@/lib/gates";
import { Icon } from "@/ui/icons";
import { Time } from "@/ui/time";

interface HoldNoticeProps {
  application: string;
  environment: string;
  /** Says which place it is, where the page shows several. */
  named?: boolean;
}

/** That automation leaves a place alone, until when and why: in one line. Nothing where nothing is held. */
export function HoldNotice({ application, environment, named = false }: HoldNoticeProps) {
  const { data } = useQuery(holdsQuery);
  const [hold] = holdsOf(data ?? [], environment, application);
  if (!hold) return null;
  return (
    <span>
      <Icon name="pause" size={13} />{" "}
      <strong>{hold.application && !named ? "On hold" : `${heldPlace(hold)} is on hold`}</strong>{" "}
      {hold.until ? (
        <>
          until it ends <Time at={hold.until} />
        </>
      ) : (
        "until somebody lifts it"
      )}
      : {hold.reason}
    </span>
  );
}
