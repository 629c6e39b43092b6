import type { ButtonProps } from "@mantine/core";
import { useLack } from "@/api/rights";
import { broughtWords } from "@/lib/missing-keys";
import { Icon } from "@/ui/icons";
import { RightButton } from "./right-button";

export interface Bringing {
  /** The environment, and the cluster if one was picked, that has the keys. */
  source: string;
  cluster: string | undefined;
  target: string;
  /** Names of keys, as the import's address has them. */
  names: readonly string[];
}

/** Leads to an import of the picked keys. It says which right is missing, on either side. */
export function BringKeys({
  application,
  bringing,
  onBring,
  ...button
}: ButtonProps & {
  application: string;
  bringing: Bringing;
  onBring: (bringing: Bringing) => void;
}) {
  const { source, target, names } = bringing;
  const lackInSource = useLack("maintain", { application, environment: source });
  return (
    <RightButton
      {...button}
      needs="maintain"
      at={{ application, environment: target }}
      blocked={lackInSource ?? (names.length === 0 ? "No key is selected." : null)}
      leftSection={<Icon name="copy" />}
      onClick={() => onBring(bringing)}
    >
      Bring {broughtWords(names)} to {target}
    </RightButton>
  );
}
