import { useQuery } from "@tanstack/react-query";
import { operationQuery } from "@/api/operations";
import { putBackLabel, replacedImages, type ReplacedImage } from "@/lib/put-back";
import { Icon } from "@/ui/icons";
import { ChangeButton } from "./change-button";

interface PutBackButtonProps {
  operation: string;
  application: string;
  environment: string;
  /** Whether the operation's image still runs; by default what the operation says counts. */
  stands?: (image: ReplacedImage) => boolean;
  /** Why nothing can be put back now. */
  blocked?: string | null;
  /** Opens the preview. */
  onPutBack: (operation: string) => void;
  size?: "compact-sm" | "sm";
  /** Without a frame, where nothing is wrong. */
  quiet?: boolean;
}

/** `Put web 1.4.0 back`: opens the preview of the one step back from an operation. Nothing where nothing is to go back to. */
export function PutBackButton(props: PutBackButtonProps) {
  const {
    operation,
    application,
    environment,
    stands = () => true,
    blocked,
    onPutBack,
    size = "compact-sm",
    quiet = false,
  } = props;
  // An ended operation changes only by a retry.
  const query = useQuery({ ...operationQuery(operation), staleTime: 60_000, refetchInterval: false });
  const images = query.data ? replacedImages(query.data) : [];
  const standing = images.filter(stands);
  if (standing.length === 0) return null;
  return (
    <ChangeButton
      needs="promote"
      kind="rollback"
      application={application}
      environment={environment}
      size={size}
      variant={quiet ? "subtle" : "default"}
      leftSection={<Icon name="back" size={14} />}
      blocked={blocked}
      onClick={() => onPutBack(operation)}
    >
      {putBackLabel(standing)}
      <span className="sc-unseen"> in {environment}</span>
    </ChangeButton>
  );
}
