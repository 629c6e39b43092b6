import { Textarea } from "@mantine/core";

interface LeaveOutFieldProps {
  value: string;
  onChange: (names: string) => void;
}

/** The names of labels and annotations that the copies do not get. */
export function LeaveOutField({ value, onChange }: LeaveOutFieldProps) {
  return (
    <Textarea
      label="Labels and annotations to leave out"
      description="One name per line; a name may end in *, such as keel.sh/*. Pods keep their labels, because selectors name them."
      autosize
      minRows={2}
      maxRows={8}
      spellCheck={false}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
