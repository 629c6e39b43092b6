import { Textarea } from "@mantine/core";

interface NamespaceLabelsFieldProps {
  value: string;
  onChange: (names: string) => void;
}

/** The names of labels of the source's namespace that a new namespace gets. */
export function NamespaceLabelsField({ value, onChange }: NamespaceLabelsFieldProps) {
  return (
    <Textarea
      label="Labels for a new namespace"
      description="One name per line, of labels that the source's namespace has. Policies that select by them then let the new namespace in."
      autosize
      minRows={1}
      maxRows={8}
      spellCheck={false}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
