import { ActionIcon, CopyButton as Copied, Tooltip } from "@mantine/core";
import { Icon } from "./icons";

/** Copies `value`; `what` completes "Copy …". */
export function CopyButton({ value, what }: { value: string; what: string }) {
  return (
    <Copied value={value} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : `Copy ${what}`} withArrow>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            onClick={copy}
            aria-label={copied ? "Copied" : `Copy ${what}`}
          >
            <Icon name={copied ? "check" : "copy"} size={14} />
          </ActionIcon>
        </Tooltip>
      )}
    </Copied>
  );
}
